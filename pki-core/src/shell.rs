//! Words of a POSIX shell, for commands that people paste.

/// One word for a shell, with nothing in it that could move the cursor or turn
/// the text around. Octets that are not UTF-8, and characters that a terminal
/// would obey, are escaped as bash, ksh and zsh read them.
#[must_use]
pub fn word(octets: &[u8]) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+=:@%,".contains(c);
    let odd = |c: char| {
        c.is_control() || c != '\'' && c.escape_debug().len() > 1 && c != '"' && c != '\\'
    };
    match std::str::from_utf8(octets) {
        Ok(word) if !word.is_empty() && word.chars().all(plain) => word.to_owned(),
        Ok(word) if !word.chars().any(odd) => quoted(word),
        _ => {
            let octet = |octet: &u8| match octet {
                b'\'' | b'\\' => format!("\\{}", char::from(*octet)),
                b' '..=b'~' => char::from(*octet).to_string(),
                other => format!("\\x{other:02x}"),
            };
            let escaped: String = octets.iter().map(octet).collect();
            format!("$'{escaped}'")
        }
    }
}

/// One word for a script that no person reads: whatever is in it, and for every
/// POSIX shell, of which not all know `$'...'`.
#[must_use]
pub fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// A path as one word, which is not taken for a flag.
#[must_use]
pub fn path(octets: &[u8]) -> String {
    match octets.starts_with(b"-") {
        true => word(&[b"./", octets].concat()),
        false => word(octets),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_safe_to_paste() {
        for (octets, pasted) in [
            (&b"/etc/kubernetes"[..], "/etc/kubernetes"),
            (b"", "''"),
            (b"/a b", "'/a b'"),
            (b"/a'b;$(x)", r"'/a'\''b;$(x)'"),
            (b"/a\x1b[2J", r"$'/a\x1b[2J'"),
            (b"/a'\xff", r"$'/a\'\xff'"),
            ("/\u{202e}".as_bytes(), r"$'/\xe2\x80\xae'"),
        ] {
            assert_eq!(word(octets), pasted);
        }
        assert_eq!(quoted("a'\n"), "'a'\\''\n'");
        assert_eq!(path(b"-rf"), "./-rf");
        assert_eq!(path(b"-r f"), "'./-r f'");
    }
}
