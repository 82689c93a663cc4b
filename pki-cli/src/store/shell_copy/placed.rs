//! What a copy by ssh had put in place when it died: `.kpki-copy/numbers` tells the new
//! files by their inodes, as `goes_back` and `restore` of the scripts read it.

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
}

impl<'a> Placed<'a> {
    /// `None` if there is nothing to take back.
    pub(super) fn of(root: &'a Root, stage: &'a Dir) -> Result<Option<Self>> {
        let numbers = read(stage, "numbers")?.unwrap_or_default();
        let placed = Self {
            root,
            stage,
            files: numbers.lines().filter_map(numbered).collect(),
            backup: backup_of(stage)?,
        };
        let replaces = placed.backup.is_some() || stage.look("old")?.is_some();
        let (mut is_begun, mut is_left) = (false, false);
        for (inode, path) in &placed.files {
            match look(root.dir(), "", path)? {
                Some(there) if there.inode == *inode => is_begun = true,
                _ => is_left |= look(stage, "new/", path)?.is_some(),
            }
        }
        Ok((replaces && is_begun && is_left).then_some(placed))
    }

    /// Fails if a new file is in the place of one that is under no other name.
    fn nothing_is_lost(&self) -> Result<()> {
        let root = self.root.dir();
        let backup = self.backup.as_ref().map(|name| format!("{name}/"));
        let mut lost = Vec::new();
        for (inode, path) in &self.files {
            let there = look(root, "", path)?;
            let is_placed = there.is_some_and(|there| there.inode == *inode);
            let is_staged = |below| Ok(look(self.stage, below, path)?.is_some());
            let is_kept = || match &backup {
                Some(backup) => Ok(look(root, backup, path)?.is_some()),
                None => Ok(false),
            };
            if is_placed && !is_staged("new/")? && !is_staged("old/")? && !is_kept()? {
                lost.push(self.root.path().join(path.as_str()));
            }
        }
        not_lost(self.root, self.stage, self.backup.as_deref(), lost)
    }

    /// Can be repeated from any point. Returns of how many files the copy was.
    pub(super) fn take_back(&self) -> Result<usize> {
        self.nothing_is_lost()?;
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
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    use std::time::Duration;

    use super::super::super::path::COPY;
    use super::*;

    #[test]
    fn what_a_dead_copy_had_replaced_comes_back() {
        let temp = tempfile::tempdir().expect("tempdir");
        let top = temp.path();
        let stage = top.join(COPY);
        for directory in ["pki", "kpki-backup-1/pki", ".kpki-copy/new/pki"] {
            fs::create_dir_all(top.join(directory)).expect("mkdir");
        }
        fs::set_permissions(&stage, fs::Permissions::from_mode(0o700)).expect("chmod");
        let write = |name: &str, text: &str| fs::write(top.join(name), text).expect("write");
        // One was replaced, one is new, one was changed by somebody since, and one is left.
        write("pki/a", "new");
        write("kpki-backup-1/pki/a", "old");
        write(".kpki-copy/new/pki/b", "new");
        fs::hard_link(stage.join("new/pki/b"), top.join("pki/b")).expect("link");
        write("pki/c", "mine");
        write("kpki-backup-1/pki/c", "old");
        write(".kpki-copy/new/d", "new");
        write("d", "old");
        let note = format!("{}/kpki-backup-1\n", top.display());
        write(".kpki-copy/backup", &note);
        let inode = |name: &str| fs::metadata(top.join(name)).expect("there").ino();
        let lines = [
            (inode("pki/a"), "pki/a"),
            (inode("pki/b"), "pki/b"),
            (1, "pki/c"),
            (inode(".kpki-copy/new/d"), "d"),
        ];
        let lines =
            lines.map(|(number, name)| format!("{number} {}/new/{name}\n", stage.display()));
        write(".kpki-copy/numbers", &lines.concat());
        let root = Root::open_or_create(top).expect("root");
        assert!(root.copy_goes_back().expect("readable"));
        let locked = root.lock("now", Duration::ZERO, |_| {}).expect("free");
        assert_eq!(locked.copy_taken_back(), Some(4));
        drop(locked);
        let read = |name: &str| fs::read_to_string(top.join(name)).ok();
        let read = ["pki/a", "pki/b", "pki/c", "d"].map(read);
        let expected = [Some("old"), None, Some("mine"), Some("old")];
        assert_eq!(read, expected.map(|text| text.map(str::to_owned)));
        assert!(!stage.exists());
        // What somebody has put there since is in the place of that.
        assert!(top.join("kpki-backup-1/pki/c").exists());
    }

    #[test]
    fn what_is_lost_is_not_taken_back() {
        let temp = tempfile::tempdir().expect("tempdir");
        let top = temp.path();
        let stage = top.join(COPY);
        for directory in ["pki", "kpki-backup-1/pki", ".kpki-copy/new/pki"] {
            fs::create_dir_all(top.join(directory)).expect("mkdir");
        }
        fs::set_permissions(&stage, fs::Permissions::from_mode(0o700)).expect("chmod");
        let write = |name: &str, text: &str| fs::write(top.join(name), text).expect("write");
        for name in ["pki/a", "pki/b", ".kpki-copy/new/pki/c"] {
            write(name, "new");
        }
        write("pki/c", "old");
        write("kpki-backup-1/pki/a", "old");
        let note = format!("{}/kpki-backup-1\n", top.display());
        write(".kpki-copy/backup", &note);
        let line = |name: &str, of: &str| {
            let inode = fs::metadata(top.join(of)).expect("there").ino();
            format!("{inode} {}/new/{name}\n", stage.display())
        };
        let numbers = [
            line("pki/a", "pki/a"),
            line("pki/b", "pki/b"),
            line("pki/c", ".kpki-copy/new/pki/c"),
        ];
        write(".kpki-copy/numbers", &numbers.concat());
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
                top.join("kpki-backup-1").display(),
                lost.join(", ")
            );
            assert!(error.ends_with(&end), "{error}");
            for name in [".kpki-copy/new/pki/c", ".kpki-copy/numbers"] {
                assert!(top.join(name).exists(), "{name}");
            }
            // The process that took the stage is over in all other cases.
            fs::remove_file(stage.join("pid")).expect("there");
        };
        refused(&["pki/b"]);
        fs::rename(top.join("kpki-backup-1"), top.join("moved")).expect("rename");
        refused(&["pki/a", "pki/b"]);
        // As it is advised.
        fs::rename(top.join("moved"), top.join("kpki-backup-1")).expect("rename");
        write("kpki-backup-1/pki/b", "found");
        let locked = root.lock("now", Duration::ZERO, |_| {}).expect("free");
        assert_eq!(locked.copy_taken_back(), Some(3));
        let read = |name: &str| fs::read_to_string(top.join(name)).expect("there");
        assert_eq!(
            ["pki/a", "pki/b", "pki/c"].map(read),
            ["old", "found", "old"]
        );
    }
}
