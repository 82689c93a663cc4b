//! What `ls -ldn` says of a file, but for its name.

use std::str::SplitWhitespace;

use super::records::strange;
use crate::failure::Failure;

/// What lies under a name.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Listed {
    Nothing,
    Link,
    Unreadable(String),
    Entry(Entry),
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// What it is, if it is not a file.
    pub(super) kind: Option<&'static str>,
    pub(super) mode: u32,
    pub(super) uid: u32,
    pub(super) size: u64,
    pub(super) modified: Option<i64>,
}

impl Listed {
    /// A line of `survey.sh`.
    pub(super) fn read(line: &str) -> Result<Self, Failure> {
        let mut words = line.split_whitespace();
        Ok(match words.next() {
            Some("nothing") => Self::Nothing,
            Some("linked") => Self::Link,
            Some("unreadable") => {
                let reason = line.rsplit(": ").next().unwrap_or(line);
                Self::Unreadable(crate::output::harmless(reason.trim()))
            }
            Some("entry") => Self::Entry(entry(words)?),
            _ => return Err(strange()),
        })
    }
}

fn entry(mut words: SplitWhitespace<'_>) -> Result<Entry, Failure> {
    let (kind, mode) = words.next().and_then(permissions).ok_or_else(strange)?;
    let mut number = || words.next().ok_or_else(strange);
    let _links = number()?;
    let uid = number()?.parse().map_err(|_| strange())?;
    let _gid = number()?;
    let size = number()?;
    // A device has two numbers in place of a size.
    let size = match kind {
        None => size.parse().map_err(|_| strange())?,
        Some(_) => 0,
    };
    let modified = words.next().and_then(|seconds| seconds.parse().ok());
    Ok(Entry {
        kind,
        mode,
        uid,
        size,
        modified,
    })
}

/// `-rw-r--r--`, and behind it what some systems add for lists of access rights.
pub(super) fn permissions(text: &str) -> Option<(Option<&'static str>, u32)> {
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
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_permissions() {
        for (text, kind, mode) in [
            ("-rw-------", None, 0o600),
            ("-rw-r--r--.", None, 0o644),
            ("drwxr-xr-x+", Some("directory"), 0o755),
            ("drwxrwxrwt", Some("directory"), 0o1777),
            ("-rwsr-S--T@", None, 0o7740),
            ("lrwxrwxrwx", Some("symbolic link"), 0o777),
        ] {
            assert_eq!(permissions(text), Some((kind, mode)), "{text}");
        }
        for bad in ["", "-", "-rw", "total 12", "-rw-?-----"] {
            assert_eq!(permissions(bad), None, "{bad}");
        }
    }

    #[test]
    fn reads_lines() {
        let line = "entry -rw------- 1 0 0 1675 1700000000";
        let Ok(Listed::Entry(entry)) = Listed::read(line) else {
            panic!("an entry");
        };
        assert_eq!((entry.size, entry.modified), (1675, Some(1_700_000_000)));
        let device = Listed::read("entry crw-rw-rw- 1 0 0 1, -").expect("an entry");
        assert!(matches!(device, Listed::Entry(entry) if entry.kind.is_some()));
        let reason = Listed::read("unreadable ls: cannot access 'x': Permission denied").expect("");
        assert_eq!(reason, Listed::Unreadable("Permission denied".into()));
    }

    proptest! {
        #[test]
        fn nothing_that_is_said_can_harm(line in "(entry |unreadable )?[-rwxdl0-9 ,\\PC]{0,40}") {
            let _ = Listed::read(&line);
        }
    }
}
