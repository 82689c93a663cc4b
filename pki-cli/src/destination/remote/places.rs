//! What is known of another host, its directories and the files in one of them: what `look.sh`
//! prints.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::failed::over_there;
use super::listing::{Entry, Listed};
use super::records::{Records, strange};
use crate::destination::Remains;
use crate::failure::Failure;
use crate::output::harmless;
use crate::store::{Ownership, StoreError, User};

/// Where a directory is, and whose are those on the way to it.
#[derive(Debug)]
pub(super) struct Places {
    pub(super) host_name: Option<String>,
    pub(super) user: User,
    /// The directory, without links on the way.
    pub(super) real: String,
    directories: Vec<Directory>,
    /// The files that were asked about, unless there is no such directory yet.
    pub(super) files: Option<Vec<Listed>>,
    /// Of the directory, and of those below it, the ones that have something in them.
    pub(super) full: BTreeSet<String>,
    pub(super) remains: Remains,
    /// A directory below that is a symbolic link.
    linked: Option<Failure>,
}

#[derive(Debug)]
struct Directory {
    path: String,
    /// Whether it is the directory itself, or below it.
    is_inside: bool,
    ownership: Ownership,
    /// The same, as it was said.
    said: String,
}

impl Places {
    pub(super) fn read(answer: &[u8]) -> Result<Self, Failure> {
        let mut records = Records::new(answer, "");
        let name = records.field("host")?;
        let mut user = records.field("user")?.split(' ').map(str::parse);
        let (Some(Ok(uid)), Some(Ok(gid))) = (user.next(), user.next()) else {
            return Err(strange());
        };
        let mut places = Self {
            host_name: (!name.is_empty()).then(|| harmless(name)),
            user: User { uid, gid },
            real: String::new(),
            directories: Vec::new(),
            files: Some(Vec::new()),
            full: BTreeSet::new(),
            remains: Remains::None,
            linked: None,
        };
        let (mut directories, mut listed) = (Vec::new(), Vec::new());
        loop {
            let line = records.line()?;
            match line.split_once(' ').unwrap_or((line, "")) {
                ("described", "") => break,
                ("missing", "") => places.files = None,
                ("remains", "") => places.remains = Remains::Stage,
                ("real", path) => places.real = path.to_owned(),
                ("link", path) => {
                    let target = records.field("target")?;
                    let target = (!target.is_empty()).then(|| target.into());
                    let linked = over_there(StoreError::link(path.into(), target));
                    // Of the directory itself no more is said.
                    if places.real.is_empty() {
                        return Err(linked);
                    }
                    places.linked.get_or_insert(linked);
                }
                ("full", path) => {
                    let below = path.strip_prefix(places.real.trim_end_matches('/'));
                    let below = below.ok_or_else(strange)?.trim_start_matches('/');
                    places.full.insert(below.to_owned());
                }
                ("above", path) => directories.push((path, false)),
                ("inside", path) => directories.push((path, true)),
                _ => listed.push(Listed::read(line)?),
            }
        }
        for (path, is_inside) in directories {
            let entry = Entry::read(records.line()?)?;
            places.directories.push(directory(path, is_inside, entry));
        }
        if let Some(files) = &mut places.files {
            for listed in listed {
                files.push(match listed {
                    Some(listed) => listed,
                    None => Listed::Entry(Entry::read(records.line()?)?),
                });
            }
        }
        match places.real.starts_with('/') && records.is_at_end() {
            true => Ok(places),
            false => Err(strange()),
        }
    }

    /// What was said of these directories, in the order of their names, and the names.
    pub(super) fn found(&self) -> (String, Vec<&str>) {
        let said = self.directories.iter();
        let said: BTreeMap<_, _> = said.map(|it| (it.path.as_str(), &it.said)).collect();
        let whose = said.values().map(|said| format!("{said},")).collect();
        (whose, said.into_keys().collect())
    }

    /// Whether nobody else can put other files in the place of ours: the rule of the store,
    /// on the numbers of the other host.
    pub(super) fn check(&self) -> Result<(), Failure> {
        self.check_each(|_| true)?;
        self.linked.clone().map_or(Ok(()), Err)
    }

    /// The same of the directory and those on the way to it.
    pub(super) fn check_way(&self) -> Result<(), Failure> {
        self.check_each(|directory| !directory.is_inside || directory.path == self.real)
    }

    fn check_each(&self, concerns: impl Fn(&Directory) -> bool) -> Result<(), Failure> {
        for directory in self.directories.iter().filter(|it| concerns(it)) {
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

fn directory(path: &str, is_inside: bool, entry: Entry) -> Directory {
    Directory {
        path: path.to_owned(),
        is_inside,
        ownership: Ownership {
            uid: entry.uid,
            gid: entry.gid,
            mode: entry.mode,
        },
        said: entry.said,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const START: &str = "host m1\nuser 1000 1000\nreal /x\n";

    fn check(lines: &str) -> Result<(), Failure> {
        let said = [START, lines].concat();
        Places::read(said.as_bytes()).and_then(|places| places.check())
    }

    #[test]
    fn refuses_what_others_can_change_as_here() {
        for (lines, refused) in [
            (
                "above /\ninside /a b\ndescribed\ndrwxr-xr-x 2 0 0 1 -\ndrwx------ 2 1000 1000 1 -\n",
                None,
            ),
            (
                "above /tmp\nmissing\ndescribed\ndrwxrwxrwt 2 0 0 1 -\n",
                None,
            ),
            (
                "above /srv\nremains\nentry\ndescribed\ndrwxrwxr-x 2 0 1000 1 -\n-rw------- 1 0 0 1 -\n",
                None,
            ),
            (
                "inside /tmp\ndescribed\ndrwxrwxrwt 2 0 0 1 -\n",
                Some("written by everybody"),
            ),
            (
                "above /x\ndescribed\ndrwxrwxrwx 2 0 0 1 -\n",
                Some("written by everybody"),
            ),
            (
                "inside /x\ndescribed\ndrwxrwxr-x 2 0 1000 1 -\n",
                Some("written by its group"),
            ),
            (
                "above /x\ndescribed\ndrwxr-xr-x 2 7 7 1 -\n",
                Some("belongs to user 7"),
            ),
            (
                "inside /x\nlink /x/y\ntarget /z\ndescribed\ndrwx------ 2 1000 1000 1 -\n",
                Some("symbolic link"),
            ),
            ("above /x\ndescribed\n", Some("does not answer")),
            ("entry\ndescribed\n", Some("does not answer")),
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
        fn nothing_that_is_said_can_harm(
            lines in "(above|inside|missing|link|entry)?[ -~\n]{0,30}(described\n)?[ -~\n]{0,60}",
        ) {
            let _ = check(&lines);
        }
    }
}
