//! What lies under a name: what `look.sh` prints of files.

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
    pub(super) gid: u32,
    pub(super) size: u64,
    pub(super) modified: Option<i64>,
    /// `PERMS UID GID`, as they were said.
    pub(super) said: String,
    /// All that was said, but for `LINKS`.
    pub(super) identity: String,
}

impl Listed {
    /// A line that says all; `None` of an entry, of which more is said later.
    pub(super) fn read(line: &str) -> Result<Option<Self>, Failure> {
        Ok(Some(match line.split_once(' ').unwrap_or((line, "")) {
            ("nothing", "") => Self::Nothing,
            ("linked", "") => Self::Link,
            ("unreadable", reason) => {
                let reason = reason.rsplit(": ").next().unwrap_or(reason);
                Self::Unreadable(crate::output::harmless(reason.trim()))
            }
            ("entry", "") => return Ok(None),
            _ => return Err(strange()),
        }))
    }
}

impl Entry {
    /// `PERMS LINKS UID GID SIZE MTIME INODE`.
    pub(super) fn read(line: &str) -> Result<Self, Failure> {
        let mut words = line.split_whitespace();
        let mut next = || words.next().ok_or_else(strange);
        let (perms, _links, uid, gid, size) = (next()?, next()?, next()?, next()?, next()?);
        let (kind, mode) = permissions(perms).ok_or_else(strange)?;
        let modified = words.next().unwrap_or("-");
        let inode = words.next().unwrap_or_default();
        Ok(Self {
            kind,
            mode,
            uid: uid.parse().map_err(|_| strange())?,
            gid: gid.parse().map_err(|_| strange())?,
            // That of a device says nothing, and may be no number.
            size: match kind {
                None => size.parse().map_err(|_| strange())?,
                Some(_) => 0,
            },
            modified: modified.parse().ok(),
            said: format!("{perms} {uid} {gid}"),
            identity: format!("{perms} {uid} {gid} {size} {modified} {inode}"),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_lines() {
        let entry = Entry::read("-rw------- 1 0 7 1675 1700000000 12").expect("an entry");
        assert_eq!(entry.identity, "-rw------- 0 7 1675 1700000000 12");
        assert_eq!((entry.size, entry.modified), (1675, Some(1_700_000_000)));
        assert_eq!((entry.said.as_str(), entry.gid), ("-rw------- 0 7", 7));
        let device = Entry::read("crw-rw-rw- 1 0 0 1 -").expect("an entry");
        assert!(device.kind.is_some() && device.modified.is_none());
        let reason = Listed::read("unreadable ls: cannot access 'x': Permission denied");
        let denied = Listed::Unreadable("Permission denied".into());
        assert_eq!(reason.expect("a line"), Some(denied));
        assert_eq!(Listed::read("entry").expect("a line"), None);
    }

    proptest! {
        #[test]
        fn nothing_that_is_said_can_harm(line in "(entry |unreadable )?[-rwxdl0-9 ,\\PC]{0,40}") {
            let _ = Listed::read(&line);
            let _ = Entry::read(&line);
        }
    }
}
