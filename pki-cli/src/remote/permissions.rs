//! The first word of a line of `ls -l`.

/// `-rw-r--r--`, and behind it what some systems add for lists of access rights.
pub(crate) fn permissions(text: &str) -> Option<(Option<&'static str>, u32)> {
    let octets = text.as_bytes();
    let kind = match octets.first()? {
        b'-' => None,
        b'd' => Some("directory"),
        b'l' => Some("symbolic link"),
        b'p' => Some("named pipe"),
        b's' => Some("socket"),
        b'c' => Some("character device"),
        b'b' => Some("block device"),
        _ => Some("file of unknown kind"),
    };
    let mut mode = 0;
    for (at, octet) in octets.get(1..10)?.iter().enumerate() {
        let bit = 0o400 >> at;
        let special = match at {
            2 => 0o4000,
            5 => 0o2000,
            8 => 0o1000,
            _ => 0,
        };
        mode |= match octet {
            b'-' => 0,
            b'r' | b'w' | b'x' => bit,
            b's' | b't' => bit | special,
            b'S' | b'T' => special,
            // Of mandatory locks.
            b'l' | b'L' => special,
            _ => return None,
        };
    }
    Some((kind, mode))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_permissions() {
        for (text, kind, mode) in [
            ("-rw-------", None, 0o600),
            ("-rw-r--r--.", None, 0o644),
            ("drwxr-xr-x+", Some("directory"), 0o755),
            ("drwxrwxrwt", Some("directory"), 0o1777),
            ("-rwsr-S--T@", None, 0o7740),
            ("-rwsr-Sr-t", None, 0o7745),
            ("-rw-r-lr--", None, 0o2644),
            ("lrwxrwxrwx", Some("symbolic link"), 0o777),
        ] {
            assert_eq!(permissions(text), Some((kind, mode)), "{text}");
        }
        for bad in ["", "-", "-rw", "total 12", "-rw-?-----"] {
            assert_eq!(permissions(bad), None, "{bad}");
        }
    }
}
