//! Integers as Go reads them from a command line: with the base in front, and underscores.

/// The error is Go's text.
pub(super) fn parse(text: &str) -> Result<i64, String> {
    let wrong = || "parse error".to_owned();
    let (negative, digits) = match text.as_bytes().first() {
        Some(b'-') => (true, text.get(1..).ok_or_else(wrong)?),
        Some(b'+') => (false, text.get(1..).ok_or_else(wrong)?),
        _ => (false, text),
    };
    let lower = digits.to_ascii_lowercase();
    let (radix, digits) = match lower.get(..2) {
        Some("0x") => (16, lower.get(2..)),
        Some("0o") => (8, lower.get(2..)),
        Some("0b") => (2, lower.get(2..)),
        _ if lower.len() > 1 && lower.starts_with('0') => (8, lower.get(1..)),
        _ => (10, Some(&*lower)),
    };
    let digits = digits.ok_or_else(wrong)?;
    // An underscore stands between digits, or between the base and a digit; only where there is
    // a base.
    let prefixed = radix != 10;
    let spaced = digits.contains('_');
    let misplaced = digits.ends_with('_') || digits.contains("__") || !prefixed;
    if spaced && misplaced {
        return Err(wrong());
    }
    let digits = digits.replace('_', "");
    if digits.is_empty() || !digits.chars().all(|c| c.is_digit(radix)) {
        return Err(wrong());
    }
    let signed = if negative {
        format!("-{digits}")
    } else {
        digits
    };
    i64::from_str_radix(&signed, radix).map_err(|_| "value out of range".into())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_what_go_reads() {
        for (text, number) in [
            ("0", 0),
            ("5", 5),
            ("-5", -5),
            ("+5", 5),
            ("0x1F", 31),
            ("0b101", 5),
            ("0o17", 15),
            ("017", 15),
            ("0x_1_0", 16),
            ("-9223372036854775808", i64::MIN),
        ] {
            assert_eq!(parse(text), Ok(number), "{text}");
        }
        for text in [
            "", "-", "0x", "1_0", "0x1__0", "0x1_", "08", "5s", " 5", "--5", "-+5",
        ] {
            assert_eq!(parse(text), Err("parse error".into()), "{text}");
        }
        assert_eq!(
            parse("9223372036854775808"),
            Err("value out of range".into())
        );
    }

    proptest! {
        #[test]
        fn never_panics(text in ".{0,12}") {
            let _ = parse(&text);
        }

        #[test]
        fn reads_every_number(number: i64) {
            prop_assert_eq!(parse(&number.to_string()), Ok(number));
        }
    }
}
