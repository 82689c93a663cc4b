//! What `ls -ldn` says of a file, but for its name.

use std::str::SplitWhitespace;

use super::records::strange;
use crate::failure::Failure;
use crate::remote::permissions;

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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

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
