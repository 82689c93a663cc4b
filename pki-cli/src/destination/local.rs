//! A directory of this host, by way of the store: locked, and written in one
//! transaction. No link is followed.

use std::collections::BTreeSet;
use std::path::Path;

use zeroize::Zeroizing;

use pki_core::copy::{Present, PresentFile};

use super::{
    Asked, Delivery, Destination, Receipt, Remains, STAGE_IS_LEFT, Survey, Unpublished, parents,
};
use crate::commands::generate::Recovered;
use crate::failure::Failure;
use crate::store::{Entry, Locked, RelPath, Root, StoreError, quote};

/// A directory of this host, for as long as one run has it.
pub(crate) struct LocalDirectory<'a> {
    path: &'a Path,
    root: Option<&'a Root>,
    /// Held from before the survey until after the files are read back; `None` if
    /// nothing is to be written.
    locked: Option<&'a Locked<'a>>,
    /// Whether somebody would write, or has to clear what another run left.
    needs_lock: bool,
    /// Whether whoever has the lock takes a run back first, or waits for one.
    is_between: bool,
}

impl<'a> LocalDirectory<'a> {
    /// To look at only; `None` if there is no such directory yet.
    pub(crate) fn to_read(path: &'a Path, root: Option<&'a Root>) -> Self {
        Self {
            path,
            root,
            locked: None,
            needs_lock: false,
            is_between: false,
        }
    }

    /// To write to, after what an earlier run left was recovered.
    pub(crate) fn to_write(root: &'a Root, locked: &'a Locked<'a>) -> Self {
        Self {
            path: root.path(),
            root: Some(root),
            locked: Some(locked),
            needs_lock: false,
            is_between: false,
        }
    }

    /// Whether it has to be done again with the lock: something is to be written, or another run
    /// may be at work.
    pub(crate) fn needs_lock(&self) -> bool {
        self.needs_lock
    }

    /// Whether what was seen is the state between, which is taken back first or waited for.
    pub(crate) fn is_between(&self) -> bool {
        self.is_between
    }

    fn remains(&self) -> Result<Remains, StoreError> {
        let Some(root) = self.root else {
            return Ok(Remains::None);
        };
        // Locking has cleared all that is ours.
        let is_any_left = match self.locked {
            Some(_) => root.has_copy()?,
            None => root.has_remains()?,
        };
        match (is_any_left, self.locked) {
            (false, _) => return Ok(Remains::None),
            (true, Some(_)) => return Ok(Remains::Stage),
            (true, None) if root.is_busy() => return Ok(Remains::Busy),
            (true, None) => {}
        }
        // Whoever cannot tell has other things to say first.
        Ok(match root.foreseen_end(|_| false) {
            Ok(Some(true)) => Remains::TakenBack,
            Ok(Some(false)) => Remains::Finished,
            Ok(None) | Err(_) => Remains::Stage,
        })
    }
}

impl Destination for LocalDirectory<'_> {
    fn survey(&mut self, asked: &[Asked<'_>]) -> Result<Survey, Failure> {
        let look = |asked: &Asked<'_>| match self.root {
            Some(root) => PresentFile {
                modified: root.modified(&asked.path),
                uid: root.owner(&asked.path),
                ..look(root, asked)
            },
            None => found(Present::Nothing, 0),
        };
        let before = self.remains()?;
        let distrusted = self.root.and_then(|root| {
            let mut checked = asked.iter().map(|asked| root.check_below(&asked.path));
            checked.find_map(Result::err)
        });
        let files = asked.iter().map(look).collect();
        let mut places: BTreeSet<_> = parents(asked.iter().map(|it| &it.path));
        places.insert(String::new());
        places.retain(|below| self.root.is_some_and(|root| root.is_full(below)));
        // A run may begin or end meanwhile.
        let remains = match before {
            Remains::None => self.remains()?,
            before => before,
        };
        self.needs_lock |= remains != Remains::None;
        self.is_between |= matches!(remains, Remains::TakenBack | Remains::Busy);
        Ok(Survey {
            // A directory may be that of any host.
            host_name: None,
            files,
            full: places,
            remains,
            user: Some(rustix::process::geteuid().as_raw()),
            distrusted: distrusted.map(Failure::from),
        })
    }

    fn foresee(&mut self, delivery: &Delivery) -> Result<(), Failure> {
        match self.root {
            Some(root) => root.foresee(&delivery.files)?,
            None => Root::foresee_new(self.path)?,
        }
        Ok(())
    }

    fn take_back(&mut self) -> Result<(), Failure> {
        // Whoever takes the lock does so first, and knows what became of it.
        Ok(())
    }

    fn recovered(&mut self) -> Option<Recovered> {
        None
    }

    fn publish(&mut self, delivery: Delivery, stamp: &str) -> Result<Receipt, Unpublished> {
        let Some(locked) = self.locked else {
            self.needs_lock = true;
            return Err(Failure::new("the directory is open for reading only").into());
        };
        let published = locked
            .publish_mending(delivery.files, &delivery.mended, stamp)
            .map_err(|error| match error {
                StoreError::NotUndone { .. } => Unpublished::Unknown {
                    backup: None,
                    failure: error.into(),
                },
                error => error.into(),
            })?;
        let remark = match published.leftover {
            Some(error) => Some(format!(
                "everything is in place, but {error}; the next run clears it"
            )),
            None => self
                .root
                .is_some_and(|root| root.has_copy().unwrap_or(false))
                .then(|| STAGE_IS_LEFT.to_owned()),
        };
        Ok(Receipt {
            backup: published.backup.map(|path| path.display().to_string()),
            remark,
        })
    }

    fn read_back(&mut self, paths: &[RelPath]) -> Result<Vec<Zeroizing<Vec<u8>>>, Failure> {
        let read = |path: &RelPath| {
            let followed = self.root.map(|root| root.read_following(path));
            match followed.map(|followed| (followed.entry, followed.link)) {
                Some((Entry::File { bytes, .. }, None)) => Ok(bytes),
                _ => Err(Failure::new(format!(
                    "{} cannot be read back",
                    quote(path.as_str().as_ref())
                ))),
            }
        };
        paths.iter().map(read).collect()
    }
}

fn look(root: &Root, asked: &Asked<'_>) -> PresentFile {
    let followed = root.read_following(&asked.path);
    if followed.link.is_some() {
        return found(Present::NotAFile("symbolic link"), 0);
    }
    match followed.entry {
        Entry::Absent => found(Present::Nothing, 0),
        Entry::File { bytes, mode } => found(content(bytes, asked), mode),
        Entry::TooLarge { size } => {
            let why = format!("it has {size} bytes, too many for such a file");
            found(Present::Unreadable(why), 0)
        }
        Entry::Other { kind } => found(Present::NotAFile(kind), 0),
        Entry::Unreadable { reason } => found(Present::Unreadable(reason), 0),
    }
}

/// As much of it as any destination would tell.
fn content(bytes: Zeroizing<Vec<u8>>, asked: &Asked<'_>) -> Present {
    match asked.expected {
        Some(expected) if expected == bytes.as_slice() => Present::Equal,
        _ if asked.is_secret && !bytes.is_empty() => Present::of_secret(&bytes),
        _ => Present::Content(bytes),
    }
}

fn found(content: Present, mode: u32) -> PresentFile {
    PresentFile {
        content,
        mode,
        uid: None,
        modified: None,
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{MetadataExt, symlink};
    use std::time::Duration;

    use super::*;
    use crate::store::NewFile;

    fn asked<'a>(path: &str, expected: Option<&'a [u8]>, is_secret: bool) -> Asked<'a> {
        Asked {
            path: RelPath::new(path).expect("valid"),
            expected,
            is_secret,
        }
    }

    #[test]
    fn a_secret_that_is_not_expected_is_not_told() {
        let temp = tempfile::tempdir().expect("tempdir");
        fs::write(temp.path().join("ca.key"), "secret").expect("write");
        fs::write(temp.path().join("ca.crt"), "public").expect("write");
        symlink("ca.crt", temp.path().join("link")).expect("symlink");
        let root = Root::open(temp.path()).expect("readable");
        let mut here = LocalDirectory::to_read(temp.path(), root.as_ref());
        let survey = here
            .survey(&[
                asked("ca.key", Some(b"secret"), true),
                asked("ca.key", Some(b"other"), true),
                asked("ca.crt", None, false),
                asked("link", None, false),
                asked("none", None, false),
            ])
            .expect("readable");
        let said: Vec<_> = survey
            .files
            .iter()
            .map(|it| format!("{:?}", it.content))
            .collect();
        assert_eq!(
            said,
            [
                "Equal",
                "OtherSecret(None)",
                "Content(6 bytes, [elided])",
                "NotAFile(symbolic link)",
                "Nothing"
            ]
        );
        assert!(here.publish(Delivery::default(), "x").is_err());
        let link = RelPath::new("link").expect("valid");
        assert!(here.read_back(&[link]).is_err());
    }

    #[test]
    fn a_run_that_is_at_work_left_nothing() {
        let temp = tempfile::tempdir().expect("tempdir");
        let root = Root::open_or_create(temp.path()).expect("root");
        let locked = root.lock("now", Duration::ZERO, |_| {}).expect("free");
        let remains = || {
            let mut here = LocalDirectory::to_read(temp.path(), Some(&root));
            let remains = here.survey(&[]).expect("readable").remains;
            assert_eq!(here.needs_lock(), remains != Remains::None);
            remains
        };
        assert_eq!(remains(), Remains::Busy);
        drop(locked);
        assert_eq!(remains(), Remains::None);
        fs::write(temp.path().join(".kpki.lock"), "of one that was killed").expect("write");
        assert_eq!(remains(), Remains::Stage);
    }

    #[test]
    fn of_a_file_that_is_mended_no_second_copy_is_kept() {
        let temp = tempfile::tempdir().expect("tempdir");
        let top = temp.path();
        fs::create_dir(top.join("etcd")).expect("mkdir");
        for name in ["a.key", "etcd/b.key", "c.key"] {
            fs::write(top.join(name), "key").expect("write");
        }
        let root = Root::open_or_create(top).expect("root");
        let locked = root.lock("now", Duration::ZERO, |_| {}).expect("free");
        let mut here = LocalDirectory::to_write(&root, &locked);
        let mut publish = |names: &[&str], stamp: &str| {
            let path = |name: &&str| RelPath::new(*name).expect("valid");
            let file = |name: &&str| NewFile {
                path: path(name),
                bytes: Zeroizing::new(b"key".to_vec()),
                mode: 0o600,
                replaces: true,
            };
            let delivery = Delivery {
                files: names.iter().map(file).collect(),
                mended: ["a.key", "etcd/b.key"].iter().map(path).collect(),
                heirs: Vec::new(),
            };
            here.publish(delivery, stamp).expect("published").backup
        };
        assert_eq!(publish(&["a.key", "etcd/b.key"], "1"), None);
        assert!(!top.join("kpki-backup-1").exists());
        let backup = publish(&["a.key", "etcd/b.key", "c.key"], "2").expect("kept");
        let kept = fs::read_dir(backup).expect("there");
        let kept: Vec<_> = kept.map(|it| it.expect("entry").file_name()).collect();
        assert_eq!(kept, ["c.key"]);
        for name in ["a.key", "etcd/b.key", "c.key"] {
            let status = fs::metadata(top.join(name)).expect("there");
            assert_eq!((status.mode() & 0o777, status.nlink()), (0o600, 1));
        }
    }
}
