//! Words of haproxy's configuration (its manual, 2.2 "Quoting and escaping").

/// A name of a server or proxy has these characters alone, and no other value
/// of ours needs more.
pub(super) fn word(text: &str) -> Option<String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_./:[]-".contains(c);
    text.chars().all(plain).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_words() {
        assert!(word("[fd00::10]:6443").is_some());
        for text in ["a b", "a#b", "'a'", "\"", "$A", "a\\ b", "ä", "%[src]"] {
            assert_eq!(word(text), None, "{text}");
        }
    }
}
