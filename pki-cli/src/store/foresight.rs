//! What a run that writes would fail with, told without writing.

use std::fs;
use std::path::Path;

use rustix::io::Errno;

use super::dir::Dir;
use super::path::{COPY, LOCK};
use super::preflight::Preflight;
use super::root::{check_inside, split_at_missing, walk};
use super::status::Status;
use super::{NewFile, Result, Root, stage};

impl Root {
    /// The error that writing these files is bound to end with. Where an interrupted run is ended
    /// first, what lies there then is not known.
    pub(crate) fn foresee(&self, files: &[NewFile]) -> Result<()> {
        let dir = self.dir();
        if let Some(lock) = dir.look(LOCK)? {
            check_inside(&lock, &self.path().join(LOCK))?;
        }
        let writable = dir.check_writable();
        writable.map_err(|e| dir.failed("open", LOCK, e))?;
        let copy = stage::open_ours(self, COPY)?;
        let stage = stage::open(self)?;
        if copy.is_some() || stage.is_some() {
            return self.goes_back(|_| false).map(|_| ());
        }
        let preflight = Preflight::new(self, files)?;
        for missing in &preflight.missing {
            let (below, name) = missing.split();
            if let Some(dir) = dir.descend_if_there(below)? {
                let writable = dir.check_writable();
                writable.map_err(|e| dir.failed("make", name, e))?;
            }
        }
        for file in files {
            let (below, name) = file.path.split();
            let action = if file.replaces { "replace" } else { "create" };
            if let Some(dir) = dir.descend_if_there(below)? {
                let writable = dir.check_writable();
                writable.map_err(|e| dir.failed(action, name, e))?;
                if file.replaces {
                    may_keep(&dir, name)?;
                }
            }
        }
        Ok(())
    }

    /// The same where there is no such directory yet.
    pub(crate) fn foresee_new(path: &Path) -> Result<()> {
        let (existing, missing) = split_at_missing(path)?;
        let dir = walk(&existing)?;
        match missing.first() {
            // It has been made meanwhile.
            None => Ok(()),
            Some(name) => {
                let writable = dir.check_writable();
                writable.map_err(|e| dir.failed("make", name, e))
            }
        }
    }
}

/// Fails where a file cannot be given a second name: that of another, where the kernel protects
/// those from whoever cannot read and write them.
fn may_keep(dir: &Dir, name: &str) -> Result<()> {
    const PROTECTED: &str = "/proc/sys/fs/protected_hardlinks";
    let user = rustix::process::geteuid();
    let is_anothers = |status: Status| status.uid != user.as_raw();
    if user.is_root()
        || !dir.look(name)?.is_some_and(is_anothers)
        || dir.is_open_to_us(name)
        || fs::read_to_string(PROTECTED).is_ok_and(|text| text.trim() != "1")
    {
        return Ok(());
    }
    Err(dir.failed("keep", name, Errno::PERM))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    use std::time::Duration;

    use zeroize::Zeroizing;

    use super::super::RelPath;
    use super::*;

    fn new(path: &str) -> NewFile {
        NewFile {
            path: RelPath::new(path).expect("valid"),
            bytes: Zeroizing::new(b"new".to_vec()),
            mode: 0o600,
            replaces: false,
        }
    }

    /// What is foreseen, and what happens then.
    fn both(top: &Path, path: &str) -> [Option<String>; 2] {
        let foreseen = match Root::open_trusted(top).expect("trusted") {
            Some(root) => root.foresee(&[new(path)]),
            None => Root::foresee_new(top),
        };
        let happened = Root::open_or_create(top).and_then(|root| {
            let locked = root.lock("now", Duration::ZERO, |_| {})?;
            locked.publish(vec![new(path)], "1").map(|_| ())
        });
        [foreseen, happened].map(|result| result.err().map(|error| error.to_string()))
    }

    #[test]
    fn what_is_foreseen_happens() {
        let temp = tempfile::tempdir().expect("tempdir");
        let top = temp.path();
        fs::write(top.join("file"), "").expect("write");
        for (below, path) in [
            ("a", "file/x"),
            ("b", "x"),
            ("c/d", "x/y"),
            ("e", "x"),
            ("f", "x/y"),
        ] {
            let root = top.join(below);
            match below {
                "a" => {
                    fs::create_dir(&root).expect("mkdir");
                    fs::write(root.join("file"), "").expect("write");
                }
                // Root writes there all the same.
                "e" | "f" => {
                    let closed = root.join(if below == "f" { "x" } else { "" });
                    fs::create_dir_all(&closed).expect("mkdir");
                    fs::set_permissions(&closed, fs::Permissions::from_mode(0o555)).expect("chmod");
                }
                _ => {}
            }
            let [foreseen, happened] = both(&root, path);
            assert_eq!(foreseen, happened, "{below}");
            assert_eq!(
                foreseen.is_some(),
                below == "a" || (below > "d" && !is_root())
            );
        }
    }

    fn is_root() -> bool {
        rustix::process::geteuid().is_root()
    }
}
