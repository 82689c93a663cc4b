//! What is known of another host and its directories: what `places.sh` prints.

use std::collections::BTreeMap;
use std::path::Path;

use super::digest::Tool;
use super::failed::over_there;
use super::records::{Records, strange};
use crate::failure::Failure;
use crate::output::harmless;
use crate::remote::permissions;
use crate::store::{Ownership, StoreError, User};

/// Where a directory is, and whose are those on the way to it.
#[derive(Debug, Clone)]
pub(super) struct Places {
    pub(super) host_name: Option<String>,
    pub(super) user: User,
    pub(super) tool: Tool,
    /// The directory, without links on the way.
    pub(super) real: String,
    directories: Vec<Directory>,
    /// The directory is not there yet.
    pub(super) is_missing: bool,
    pub(super) has_remains: bool,
}

#[derive(Debug, Clone)]
struct Directory {
    path: String,
    ownership: Ownership,
    /// The same, as `ls` has it.
    said: String,
    /// Whether it is the directory itself, or below it.
    is_inside: bool,
}

impl Places {
    pub(super) fn read(answer: &[u8]) -> Result<Self, Failure> {
        let mut records = Records::new(answer, "");
        let name = records.field("host")?;
        let mut user = records.field("user")?.split(' ').map(str::parse);
        let (Some(Ok(uid)), Some(Ok(gid))) = (user.next(), user.next()) else {
            return Err(strange());
        };
        let tool = Tool::named(records.field("tool")?).ok_or_else(strange)?;
        let mut places = Self {
            host_name: (!name.is_empty()).then(|| harmless(name)),
            user: User { uid, gid },
            tool,
            real: String::new(),
            directories: Vec::new(),
            is_missing: false,
            has_remains: false,
        };
        while !records.is_at_end() {
            let line = records.line()?;
            match line.split_once(' ') {
                None if line == "missing" => places.is_missing = true,
                None if line == "remains" => places.has_remains = true,
                Some(("real", path)) => places.real = path.to_owned(),
                Some(("link", path)) => {
                    let target = records.field("target")?;
                    let target = (!target.is_empty()).then(|| target.into());
                    let path = path.into();
                    return Err(over_there(StoreError::RootIsSymlink { path, target }));
                }
                Some(("above", rest)) => places.directories.push(directory(rest, false)?),
                Some(("inside", rest)) => places.directories.push(directory(rest, true)?),
                _ => return Err(strange()),
            }
        }
        match places.real.starts_with('/') {
            true => Ok(places),
            false => Err(strange()),
        }
    }

    /// What `ls` said of these directories, in the order of their names, and the names.
    pub(super) fn found(&self) -> (String, Vec<String>) {
        let said = |it: &'_ Directory| (it.path.clone(), it.said.clone());
        let said: BTreeMap<_, _> = self.directories.iter().map(said).collect();
        let whose = said.values().map(|said| format!("{said},")).collect();
        (whose, said.into_keys().collect())
    }

    /// Whether nobody else can put other files in the place of ours: the rule of the store,
    /// on the numbers of the other host.
    pub(super) fn check(&self) -> Result<(), Failure> {
        for directory in &self.directories {
            let Directory {
                path, ownership, ..
            } = directory;
            let checked = match directory.is_inside {
                true => ownership.check_inside(&self.user, Path::new(path)),
                false => ownership.check_above(&self.user, Path::new(path)),
            };
            checked.map_err(over_there)?;
        }
        Ok(())
    }
}

/// `PERMS UID GID PATH`; the path may have spaces.
fn directory(line: &str, is_inside: bool) -> Result<Directory, Failure> {
    let mut words = line.splitn(4, ' ');
    let mut next = || words.next().ok_or_else(strange);
    let (perms, uid, gid, path) = (next()?, next()?, next()?, next()?);
    let (_, mode) = permissions(perms).ok_or_else(strange)?;
    Ok(Directory {
        path: path.to_owned(),
        said: format!("{perms} {uid} {gid}"),
        ownership: Ownership {
            uid: uid.parse().map_err(|_| strange())?,
            gid: gid.parse().map_err(|_| strange())?,
            mode,
        },
        is_inside,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const START: &str = "host m1\nuser 1000 1000\ntool cksum\nreal /x\n";

    fn check(lines: &str) -> Result<(), Failure> {
        let said = [START, lines].concat();
        Places::read(said.as_bytes()).and_then(|places| places.check())
    }

    #[test]
    fn refuses_what_others_can_change_as_here() {
        for (lines, refused) in [
            (
                "above drwxr-xr-x 0 0 /\ninside drwx------ 1000 1000 /a b\n",
                None,
            ),
            ("above drwxrwxrwt 0 0 /tmp\nmissing\n", None),
            ("above drwxrwxr-x 0 1000 /srv\nremains\n", None),
            ("inside drwxrwxrwt 0 0 /tmp\n", Some("written by everybody")),
            ("above drwxrwxrwx 0 0 /x\n", Some("written by everybody")),
            (
                "inside drwxrwxr-x 0 1000 /x\n",
                Some("written by its group"),
            ),
            ("above drwxr-xr-x 7 7 /x\n", Some("belongs to user 7")),
            ("link /x\ntarget /y\n", Some("symbolic link")),
        ] {
            match (check(lines), refused) {
                (Ok(()), None) => {}
                (Err(failure), Some(words)) => {
                    assert!(failure.message().contains(words), "{failure:?}");
                }
                (result, _) => panic!("{lines}: {result:?}"),
            }
        }
    }

    proptest! {
        #[test]
        fn nothing_that_is_said_can_harm(lines in "(above|inside|missing|link)?[ -~\n]{0,60}") {
            let _ = check(&lines);
        }
    }
}
