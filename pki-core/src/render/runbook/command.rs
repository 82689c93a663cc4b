//! Commands that are too long or too quoted for a template.

use crate::shell;

/// `ssh root@10.0.0.10 'COMMAND'`: the words are quoted for the shell there,
/// and all of them together for the one here.
pub(super) fn on_host(target: &str, words: &[&str]) -> String {
    let there: Vec<_> = words
        .iter()
        .map(|word| shell::word(word.as_bytes()))
        .collect();
    let there = there.join(" ");
    format!(
        "ssh {} {}",
        shell::word(target.as_bytes()),
        shell::word(there.as_bytes())
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_shells_read_it() {
        assert_eq!(on_host("root@10.0.0.1", &["ls"]), "ssh root@10.0.0.1 ls");
        assert_eq!(
            on_host("root@10.0.0.1", &["ls", "/a b"]),
            r"ssh root@10.0.0.1 'ls '\''/a b'\'''"
        );
    }
}
