//! Words of keepalived.conf(5).

/// keepalived has quotes, but not for every field, and `$`, `~`, `!` and `#`
/// mean something of their own: only what needs no quotes is written.
pub(super) fn word(text: &str) -> Option<String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_./:+-@".contains(c);
    let starts_well = !text.starts_with('@');
    (starts_well && text.chars().all(plain)).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_words() {
        assert!(word("fd00::10/64").is_some());
        for text in ["a b", "$A", "a#b", "!a", "@a", "~SEQ", "{", "\"a\"", "ä"] {
            assert_eq!(word(text), None, "{text}");
        }
    }
}
