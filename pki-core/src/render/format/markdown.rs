//! Text and code in CommonMark.

/// Running text. Where a line starts no value stands, so that only the
/// characters count that mean something within a line.
pub(in crate::render) fn text(value: &str) -> String {
    let mut escaped = String::new();
    for c in value.chars() {
        if "\\`*_[]<>|&~$".contains(c) {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

/// Inline code: between more backticks than the value has in a row.
pub(super) fn code(value: &str) -> String {
    let mut longest = 0;
    let mut row = 0;
    for c in value.chars() {
        row = if c == '`' { row + 1 } else { 0 };
        longest = longest.max(row);
    }
    let fence = "`".repeat(longest + 1);
    let touches = |c: char| c == '`' || c == ' ';
    match value.starts_with(touches) || value.ends_with(touches) {
        true => format!("{fence} {value} {fence}"),
        false => format!("{fence}{value}{fence}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_becomes_markup() {
        assert_eq!(text("a*b*<c>[d](e)"), "a\\*b\\*\\<c\\>\\[d\\](e)");
        for (value, expected) in [("a", "`a`"), ("a`b", "``a`b``"), ("`", "`` ` ``")] {
            assert_eq!(code(value), expected);
        }
    }
}
