//! Values in an environment file (systemd.exec(5), `EnvironmentFile=`).

use super::is_plain;

/// A value in double quotes, in which systemd and every POSIX shell know the
/// same four characters behind a backslash and leave any other alone.
pub(super) fn value(text: &str) -> String {
    if is_plain(text) {
        return text.to_owned();
    }
    let mut quoted = String::from("\"");
    for c in text.chars() {
        if "\"\\$`".contains(c) {
            quoted.push('\\');
        }
        quoted.push(c);
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_what_is_not_plain() {
        for (text, expected) in [
            ("m0=https://10.0.0.1:2380", "m0=https://10.0.0.1:2380"),
            ("a b", "\"a b\""),
            ("a\"$(x)`\\", "\"a\\\"\\$(x)\\`\\\\\""),
            ("#a;'", "\"#a;'\""),
        ] {
            assert_eq!(value(text), expected);
        }
    }
}
