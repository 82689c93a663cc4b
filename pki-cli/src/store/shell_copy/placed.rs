//! What a copy by ssh had put in place when it died: `.kpki-copy/numbers` tells the new
//! files by their inodes, as `goes_back` and `take_back` of `remains.sh` read it.

use std::path::PathBuf;

use super::super::dir::Dir;
use super::super::status::Status;
use super::super::undo::not_lost;
use super::super::{RelPath, Result, Root};
use super::{backup_of, read};

/// A copy that was to replace something, and has put some of its files in their places and
/// not all.
pub(super) struct Placed<'a> {
    root: &'a Root,
    stage: &'a Dir,
    backup: Option<String>,
    files: Vec<(u64, RelPath)>,
    /// What is in the place of files that are under no other name.
    lost: Vec<PathBuf>,
}

impl<'a> Placed<'a> {
    /// `None` if there is nothing to take back.
    pub(super) fn of(root: &'a Root, stage: &'a Dir) -> Result<Option<Self>> {
        let numbers = read(stage, "numbers")?.unwrap_or_default();
        let mut placed = Self {
            root,
            stage,
            files: numbers.lines().filter_map(numbered).collect(),
            backup: backup_of(stage)?,
            lost: Vec::new(),
        };
        let replaces = placed.backup.is_some() || stage.look("old")?.is_some();
        let (mut is_begun, mut is_left, mut is_left_perhaps) = (false, false, false);
        for (inode, path) in &placed.files {
            let there = look(root.dir(), "", path)?;
            let is_placed = there.is_some_and(|there| there.inode == *inode);
            let is_staged = look(stage, "new/", path)?.is_some();
            is_begun |= is_placed;
            match (is_placed, is_staged) {
                (true, true) | (false, false) => {}
                (true, false) => {
                    if !placed.keeps(path)? {
                        placed.lost.push(root.path().join(path.as_str()));
                    }
                }
                // New files come first: where all is replaced, one that is missing was removed
                // later, and nothing goes back.
                (false, true) if placed.keeps(path)? => is_left = true,
                // What was to be replaced may have lost its second name as well.
                (false, true) => is_left_perhaps |= there.is_some(),
            }
        }
        is_left |= is_left_perhaps && !placed.lost.is_empty();
        Ok((replaces && is_begun && is_left).then_some(placed))
    }

    /// Whether what a file replaces has a second name.
    fn keeps(&self, path: &RelPath) -> Result<bool> {
        if look(self.stage, "old/", path)?.is_some() {
            return Ok(true);
        }
        match &self.backup {
            Some(name) => Ok(look(self.root.dir(), &format!("{name}/"), path)?.is_some()),
            None => Ok(false),
        }
    }

    /// Can be repeated from any point. Returns of how many files the copy was.
    pub(super) fn take_back(self) -> Result<usize> {
        not_lost(self.root, self.stage, self.backup.as_deref(), self.lost)?;
        let root = self.root.dir();
        for (inode, path) in &self.files {
            let there = look(root, "", path)?;
            if there.is_none_or(|there| there.inode != *inode) {
                continue;
            }
            let (below, name) = path.split();
            let dir = root.descend(below)?;
            let backup = self.backup.as_ref().map(|name| format!("{name}/"));
            if look(self.stage, "new/", path)?.is_some() {
                dir.remove_file(name)?;
            } else if look(self.stage, "old/", path)?.is_some() {
                let old = self.stage.descend(&within("old/", below))?;
                old.rename(name, &dir, name)?;
            } else if let Some(backup) = backup
                && look(root, &backup, path)?.is_some()
            {
                let kept = root.descend(&within(&backup, below))?;
                kept.rename(name, &dir, name)?;
            }
        }
        root.sync_all()?;
        Ok(self.files.len())
    }
}

/// `INODE .../.kpki-copy/new/PATH`, as ls writes it.
fn numbered(line: &str) -> Option<(u64, RelPath)> {
    let (number, path) = line.trim_start().split_once(' ')?;
    let (_, path) = path.rsplit_once("/.kpki-copy/new/")?;
    let path = path.strip_prefix("./").unwrap_or(path);
    Some((number.parse().ok()?, RelPath::new(path).ok()?))
}

/// What has the name of a file, in a directory that has others as the root has.
fn look(dir: &Dir, within_it: &str, path: &RelPath) -> Result<Option<Status>> {
    let (below, name) = path.split();
    match dir.descend_if_there(&within(within_it, below))? {
        Some(dir) => dir.look(name),
        None => Ok(None),
    }
}

fn within(directory: &str, below: &str) -> String {
    format!("{directory}{below}")
        .trim_end_matches('/')
        .to_owned()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::time::Duration;

    use super::super::dead_copy::{BACKUP, DeadCopy};
    use super::*;

    #[test]
    fn what_a_dead_copy_had_replaced_comes_back() {
        let mut dead = DeadCopy::new();
        // One was replaced, one is new, one was changed by somebody since, and one is left.
        dead.replaced("pki/a");
        dead.made("pki/b");
        dead.replaced("pki/c");
        // It stays somewhere, so that its inode is no other file's.
        fs::rename(dead.top().join("pki/c"), dead.top().join("moved")).expect("there");
        dead.left("d");
        dead.write("pki/c", "mine");
        // Its path was another one by then.
        dead.note(&format!("/mnt/before/{BACKUP}\n"));
        let root = Root::open_or_create(dead.top()).expect("root");
        assert!(root.copy_goes_back().expect("readable"));
        let locked = root.lock("now", Duration::ZERO, |_| {}).expect("free");
        assert_eq!(locked.copy_taken_back(), Some(4));
        drop(locked);
        let read = ["pki/a", "pki/b", "pki/c", "d"].map(|name| dead.read(name));
        let expected = [Some("old"), None, Some("mine"), Some("old")];
        assert_eq!(read, expected.map(|text| text.map(str::to_owned)));
        assert!(!dead.stage().exists());
        // What somebody has put there since is in the place of that.
        assert!(dead.top().join(BACKUP).join("pki/c").exists());
    }

    #[test]
    fn what_is_lost_is_not_taken_back() {
        let mut dead = DeadCopy::new();
        dead.replaced("pki/a");
        dead.replaced("pki/b");
        dead.left("pki/c");
        let (top, stage) = (dead.top(), dead.stage());
        let kept = top.join(BACKUP);
        fs::remove_file(kept.join("pki/b")).expect("there");
        let root = Root::open_or_create(top).expect("root");
        let refused = |lost: &[&str]| {
            let locked = root.lock("now", Duration::ZERO, |_| {});
            let error = locked.expect_err("lost").to_string();
            let lost: Vec<_> = lost
                .iter()
                .map(|name| format!("'{}'", top.join(name).display()))
                .collect();
            let end = format!(
                "is not taken back: what it has replaced is not in '{}' any more: {}",
                kept.display(),
                lost.join(", ")
            );
            assert!(error.ends_with(&end), "{error}");
            for name in ["new/pki/c", "numbers"] {
                assert!(stage.join(name).exists(), "{name}");
            }
            // The process that took the stage is over in all other cases.
            fs::remove_file(stage.join("pid")).expect("there");
        };
        refused(&["pki/b"]);
        fs::rename(&kept, top.join("moved")).expect("rename");
        refused(&["pki/a", "pki/b"]);
        // As it is advised.
        fs::rename(top.join("moved"), &kept).expect("rename");
        dead.write("kpki-backup-1/pki/b", "found");
        let locked = root.lock("now", Duration::ZERO, |_| {}).expect("free");
        assert_eq!(locked.copy_taken_back(), Some(3));
        let read = ["pki/a", "pki/b", "pki/c"].map(|name| dead.read(name).expect("there"));
        assert_eq!(read, ["old", "found", "old"]);
    }
}
