//! What a copy by ssh leaves that died while it put files in their places, for tests.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::super::path::COPY;

/// The backup of the dead one.
pub(crate) const BACKUP: &str = "kpki-backup-1";

/// A directory with the stage of a copy that is not alive.
pub(crate) struct DeadCopy {
    temp: TempDir,
    numbers: String,
}

impl DeadCopy {
    pub(crate) fn new() -> Self {
        let temp = tempfile::tempdir().expect("tempdir");
        let dead = Self {
            temp,
            numbers: String::new(),
        };
        fs::create_dir(dead.stage()).expect("mkdir");
        fs::set_permissions(dead.stage(), Permissions::from_mode(0o700)).expect("chmod");
        fs::create_dir(dead.stage().join("new")).expect("mkdir");
        dead.note(&format!("{}/{BACKUP}\n", dead.top().display()));
        dead
    }

    pub(crate) fn top(&self) -> &Path {
        self.temp.path()
    }

    pub(crate) fn stage(&self) -> PathBuf {
        self.top().join(COPY)
    }

    /// Where its backup is.
    pub(crate) fn note(&self, text: &str) {
        fs::write(self.stage().join("backup"), text).expect("write");
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.top().join(path);
        fs::create_dir_all(path.parent().expect("below")).expect("mkdir");
        fs::write(path, text).expect("write");
    }

    pub(crate) fn read(&self, path: &str) -> Option<String> {
        fs::read_to_string(self.top().join(path)).ok()
    }

    fn link(&self, from: &str, to: &str) {
        let to = self.top().join(to);
        fs::create_dir_all(to.parent().expect("below")).expect("mkdir");
        fs::hard_link(self.top().join(from), to).expect("link");
    }

    /// The new file of this path is the one that now lies elsewhere.
    pub(crate) fn number(&mut self, path: &str, at: &str) {
        let inode = fs::metadata(self.top().join(at)).expect("there").ino();
        let line = format!("{inode} {}/new/{path}\n", self.stage().display());
        self.numbers.push_str(&line);
        fs::write(self.stage().join("numbers"), &self.numbers).expect("write");
    }

    /// A file that has replaced another.
    pub(crate) fn replaced(&mut self, path: &str) {
        self.write(path, "new");
        self.write(&format!("{BACKUP}/{path}"), "old");
        self.number(path, path);
    }

    /// One that was to replace another.
    pub(crate) fn left(&mut self, path: &str) {
        let staged = format!("{COPY}/new/{path}");
        self.write(path, "old");
        self.link(path, &format!("{BACKUP}/{path}"));
        self.write(&staged, "new");
        self.number(path, &staged);
    }

    /// One that replaces none.
    pub(crate) fn made(&mut self, path: &str) {
        let staged = format!("{COPY}/new/{path}");
        self.write(&staged, "new");
        self.link(&staged, path);
        self.number(path, path);
    }
}
