//! Words of a command line in a unit (systemd.service(5), "Command lines").

use super::is_plain;

/// One word in double quotes. `$` is a variable's and `%` a specifier's there
/// as well, unless it is doubled.
pub(super) fn word(text: &str) -> String {
    // Brackets are those of an IPv6 address in a URL, and mean nothing here.
    if is_plain(&text.replace(['[', ']'], "")) {
        return text.to_owned();
    }
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.push('\\'),
            '$' | '%' => quoted.push(c),
            _ => {}
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
            ("--data-dir=/var/lib/etcd", "--data-dir=/var/lib/etcd"),
            ("https://[::1]:2379", "https://[::1]:2379"),
            ("/a b", "\"/a b\""),
            ("/a%i$HOME", "\"/a%%i$$HOME\""),
            ("/a\"\\;", "\"/a\\\"\\\\;\""),
            (";", "\";\""),
        ] {
            assert_eq!(word(text), expected);
        }
    }
}
