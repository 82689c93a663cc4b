//! What a copy by ssh has here while it writes, and what it left if it died:
//! `destination/remote/publish.sh` tells how `.kpki-copy` changes hands.

#[cfg(test)]
pub(crate) mod dead_copy;
mod placed;

use std::fs;
use std::io::Read;

use rustix::io::Errno;
use rustix::process::{Pid, test_kill_process};

use super::dir::Dir;
use super::journal::is_backup_name;
use super::listing::list;
use super::lock::Holder;
use super::path::COPY;
use super::{Result, Root, StoreError, stage};
use placed::Placed;

/// Whose the stage is.
struct Record {
    pid: Option<u32>,
    /// When that process began, as far as its system told.
    since: Option<u64>,
    token: String,
}

/// The last of those who had the stage, and the name under which another takes it.
struct Owner {
    last: Option<Record>,
    next: String,
}

/// More owners than this have not died one after the other.
const MOST_OWNERS: usize = 100;

impl Root {
    /// Clears what a copy by ssh left that died. The lock of this root must be held: a copy looks
    /// for it once it has its own.
    pub(super) fn clear_copy(&self) -> Result<Copied> {
        let Some(stage) = stage::open_ours(self, COPY)? else {
            return Ok(Copied::Cleared { taken_back: None });
        };
        let owner = Owner::of(&stage)?;
        if let Some(record) = &owner.last
            && record.is_alive()
        {
            return Ok(Copied::Held(Holder {
                pid: record.pid,
                ..Holder::default()
            }));
        }
        let pid = std::process::id();
        let token = format!("here-{pid}-{}", begun(pid).unwrap_or_default());
        if !take(&stage, &owner, &token)? {
            return Ok(Copied::Held(Holder::default()));
        }
        let placed = Placed::of(self, &stage)?;
        let taken_back = placed.map(|placed| placed.take_back()).transpose()?;
        self.thin_out_backup(&stage)?;
        let mut names: Vec<_> = stage.names(usize::MAX)?;
        names.retain(|name| name.to_str().is_some_and(is_of_copy));
        // The record of whose it is goes before those that are based on it, and both go last.
        names.sort_by_key(|name| {
            let name = name.to_string_lossy();
            (name.starts_with("pid"), name.into_owned())
        });
        for name in names {
            remove(&stage, &name.to_string_lossy(), 0)?;
        }
        self.dir().remove_dir_if_empty(COPY)?;
        self.dir().sync()?;
        Ok(Copied::Cleared { taken_back })
    }

    /// Whether the next run takes a copy by ssh back that died.
    pub(crate) fn copy_goes_back(&self) -> Result<bool> {
        let Some(stage) = stage::open_ours(self, COPY)? else {
            return Ok(false);
        };
        Ok(Placed::of(self, &stage)?.is_some())
    }

    /// What was not replaced in the end needs no second name.
    fn thin_out_backup(&self, stage: &Dir) -> Result<()> {
        let Some(name) = backup_of(stage)? else {
            return Ok(());
        };
        let Some(backup) = self.dir().open_dir_if_there(&name)? else {
            return Ok(());
        };
        let mut directories = Vec::new();
        for kept in list(&backup)?.files {
            let (parent, file) = kept.split();
            directories.extend(kept.parents().map(|parent| parent.to_string()));
            let Some(there) = self.dir().descend_if_there(parent)? else {
                continue;
            };
            let kept = backup.descend(parent)?;
            let numbers = [there.look(file)?, kept.look(file)?];
            if let [Some(there), Some(second)] = numbers
                && (there.device, there.inode) == (second.device, second.inode)
            {
                kept.remove_file(file)?;
            }
        }
        // The deepest first.
        directories.sort();
        for directory in directories.iter().rev() {
            backup.remove_dir_if_empty(directory)?;
        }
        self.dir().remove_dir_if_empty(&name)
    }
}

/// What became of a copy by ssh.
pub(super) enum Copied {
    /// Somebody who lives has the stage.
    Held(Holder),
    /// There is none, or not any more.
    Cleared {
        /// How many files it was of, if what it had put in place was taken back.
        taken_back: Option<usize>,
    },
}

/// The name of the backup of a copy.
fn backup_of(stage: &Dir) -> Result<Option<String>> {
    let note = read(stage, "backup")?.unwrap_or_default();
    let name = note.trim_end().rsplit('/').next().unwrap_or_default();
    Ok(is_backup_name(name).then(|| name.to_owned()))
}

/// Whether somebody who lives writes here by ssh.
pub(super) fn has_live_copy(dir: &Dir) -> Result<bool> {
    let Some(stage) = dir.open_dir_if_there(COPY)? else {
        return Ok(false);
    };
    let last = Owner::of(&stage)?.last;
    Ok(last.is_some_and(|record| record.is_alive()))
}

/// Removes a file of a stage, or a directory of files.
fn remove(dir: &Dir, name: &str, depth: usize) -> Result<()> {
    // No path of ours has as many parts.
    const DEEPEST: usize = 32;
    let is_directory = dir.look(name)?.is_some_and(|status| status.is_dir());
    if !is_directory {
        return dir.remove_file(name);
    }
    if depth < DEEPEST {
        let below = dir.open_dir(name)?;
        for name in below.names(usize::MAX)? {
            remove(&below, &name.to_string_lossy(), depth + 1)?;
        }
    }
    dir.remove_dir_if_empty(name)
}

/// Whether the stage is ours now: of all who want it one gets it.
fn take(stage: &Dir, owner: &Owner, token: &str) -> Result<bool> {
    let own = format!("own-{token}");
    let pid = std::process::id();
    let since = begun(pid).map_or_else(|| "-".to_owned(), |since| since.to_string());
    stage.remove_file(&own)?;
    let mut file = stage.create_file(&own, 0o600)?;
    std::io::Write::write_all(&mut file, format!("{pid} {since} {token}\n").as_bytes())
        .map_err(|e| StoreError::io("write", stage.path().join(&own), e))?;
    match stage.link(&own, stage, &owner.next) {
        Ok(()) => {}
        Err(StoreError::Exists { .. }) => return Ok(false),
        Err(e) => return Err(e),
    }
    let now = Owner::of(stage)?;
    if now.last.is_some_and(|record| record.token == token) {
        return Ok(true);
    }
    stage.remove_file(&owner.next)?;
    Ok(false)
}

impl Owner {
    fn of(stage: &Dir) -> Result<Self> {
        let mut next = "pid".to_owned();
        let mut last = None;
        for _ in 0..MOST_OWNERS {
            let Some(text) = read(stage, &next)? else {
                return Ok(Self { last, next });
            };
            last = Record::parse(&text);
            next = match &last {
                Some(record) => format!("pid-{}", record.token),
                // The power went before it was durable.
                None => format!("{next}-"),
            };
        }
        Err(StoreError::TooMany {
            path: stage.path().into(),
            limit: MOST_OWNERS,
        })
    }
}

impl Record {
    fn parse(text: &str) -> Option<Self> {
        let line = text.strip_suffix('\n')?;
        let mut words = line.split(' ');
        let pid = words.next()?.parse().ok();
        let since = words.next().and_then(|since| since.parse().ok());
        let token = words.next().unwrap_or_default();
        let is_plain = token.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        is_plain.then(|| Self {
            pid,
            since,
            token: token.to_owned(),
        })
    }

    fn is_alive(&self) -> bool {
        let process = self.pid.and_then(|pid| Pid::from_raw(pid.try_into().ok()?));
        let (Some(pid), Some(process)) = (self.pid, process) else {
            return false;
        };
        match test_kill_process(process) {
            Err(Errno::SRCH) => false,
            _ => self.since.is_none() || begun(pid) == self.since,
        }
    }
}

/// When a process began, in ticks since its system did; one that is dead and not buried is none.
fn begun(pid: u32) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, after_name) = stat.rsplit_once(") ")?;
    let mut words = after_name.split(' ');
    // The twentieth word from its state on.
    let is_dead = after_name.starts_with('Z');
    words.nth(19)?.parse().ok().filter(|_| !is_dead)
}

/// A text of the stage.
fn read(stage: &Dir, name: &str) -> Result<Option<String>> {
    // A copy has no more files than have their numbers in that.
    const MOST: u64 = 64 << 10;
    if !stage.look(name)?.is_some_and(|status| status.is_file()) {
        return Ok(None);
    }
    let file = stage
        .open_file(name)
        .map_err(|e| stage.failed("open", name, e))?;
    let mut text = Vec::new();
    file.take(MOST)
        .read_to_end(&mut text)
        .map_err(|e| StoreError::io("read", stage.path().join(name), e))?;
    Ok(Some(String::from_utf8_lossy(&text).into_owned()))
}

fn is_of_copy(name: &str) -> bool {
    ["all", "new", "old", "numbers", "pid", "backup"].contains(&name)
        || name.starts_with("pid-")
        || name.starts_with("own-")
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt;
    use std::time::Duration;

    use super::dead_copy::DeadCopy;
    use super::*;

    const NOW: &str = "2026-11-22T19:15:00Z";

    #[test]
    fn a_copy_that_lives_is_waited_for_and_one_that_died_is_cleared() {
        let mut dead = DeadCopy::new();
        let stage = dead.stage();
        let root = Root::open_or_create(dead.top()).expect("root");
        let pid = std::process::id();
        let since = begun(pid).expect("on Linux");
        fs::write(stage.join("pid"), "1000000 5 aa\n").expect("write");
        fs::write(stage.join("pid-aa"), format!("{pid} {since} bb\n")).expect("write");
        for name in [
            "all",
            "new/pki/ca.key",
            "new/pki/etcd/ca.key",
            "old/pki/sa.key",
        ] {
            dead.write(&format!("{COPY}/{name}"), "a key");
        }
        let held = root.lock(NOW, Duration::ZERO, |_| {});
        let said = held.expect_err("held").to_string();
        assert!(said.contains(&format!("process {pid}")), "{said}");
        assert!(stage.join("new/pki/etcd/ca.key").exists());
        // The same number, and another process; its files have second names.
        fs::write(stage.join("pid-aa"), format!("{pid} {} bb\n", since + 1)).expect("write");
        dead.left("ca.key");
        dead.left("etcd/ca.key");
        drop(root.lock(NOW, Duration::ZERO, |_| {}).expect("free"));
        assert!(!stage.exists());
        assert!(!dead.top().join("kpki-backup-1").exists());
        let links = fs::metadata(dead.top().join("etcd/ca.key")).map(|status| status.nlink());
        assert_eq!(links.expect("there"), 1);
    }

    #[test]
    fn records_that_are_none_hold_nobody_up() {
        for text in [
            "",
            "x",
            "\n",
            "0 0 0\n",
            "-1 - x\n",
            "1000000\n",
            "7 7 ../x\n",
        ] {
            let dead = DeadCopy::new();
            let stage = dead.stage();
            fs::write(stage.join("pid"), text).expect("write");
            let root = Root::open_or_create(dead.top()).expect("root");
            drop(root.lock(NOW, Duration::ZERO, |_| {}).expect(text));
            assert!(!stage.exists(), "{text:?}");
        }
    }
}
