use std::ffi::OsString;
use std::fs;
use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};

use rustix::fs::{CWD, Mode, OFlags, openat};
use rustix::io::{Errno, retry_on_intr};
use rustix::process::{getegid, geteuid};

use super::dir::Dir;
use super::path::{COPY, LOCK, STAGE, is_ours};
use super::status::Status;
use super::{RelPath, Result, StoreError};

/// The directory that holds the tree, open and, if it is for writing, found safe to write to.
#[derive(Debug)]
pub(crate) struct Root {
    dir: Dir,
    /// The directories that `open_or_create` made, outermost first.
    created: Vec<PathBuf>,
}

impl Root {
    /// Opens the directory for reading; `None` if there is none. Whoever owns it may look.
    pub(crate) fn open(path: &Path) -> Result<Option<Self>> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let fd = match retry_on_intr(|| openat(CWD, path, flags, Mode::empty())) {
            Ok(fd) => fd,
            Err(Errno::NOENT) => return Ok(None),
            Err(e) => return Err(StoreError::io("open", path.into(), e)),
        };
        Ok(Some(Self {
            dir: Dir::new(fd, path.into()),
            created: Vec::new(),
        }))
    }

    /// The same for reading what nobody else may change: a directory that could not be written
    /// to for its owner, mode or way is refused here too.
    pub(crate) fn open_trusted(path: &Path) -> Result<Option<Self>> {
        let (existing, missing) = split_at_missing(path)?;
        let dir = walk(&existing)?;
        if !missing.is_empty() {
            check_above(&dir.status()?, dir.path())?;
            return Ok(None);
        }
        check_inside(&dir.status()?, dir.path())?;
        Ok(Some(Self {
            dir,
            created: Vec::new(),
        }))
    }

    /// Refuses a directory below that is a symbolic link, or that somebody else can change. One
    /// that is missing is none, and of something else its files tell.
    pub(crate) fn check_below(&self, below: &RelPath) -> Result<()> {
        let mut above = None;
        for parent in below.parents() {
            let dir: &Dir = above.as_ref().unwrap_or(&self.dir);
            let name = parent.split().1;
            let path = dir.path().join(name);
            match dir.look(name)? {
                Some(status) if status.is_symlink() => {
                    let target = fs::canonicalize(&path).ok();
                    return Err(StoreError::link(path, target));
                }
                Some(status) if status.is_dir() => check_inside(&status, &path)?,
                _ => break,
            }
            above = Some(dir.open_dir(name)?);
        }
        Ok(())
    }

    /// Whether something lies in a directory below that is none of ours, nor of the file system.
    /// Ours are certificates with the names that cfssl's users give them as well.
    pub(crate) fn is_full(&self, below: &str) -> bool {
        // Of what cannot be looked into its files tell.
        let dir = self.dir.descend(below);
        dir.is_ok_and(|dir| is_full(&dir, true))
    }

    /// Whether the stage of a copy by ssh is there.
    pub(crate) fn has_copy(&self) -> Result<bool> {
        Ok(self.dir.look(COPY)?.is_some())
    }

    /// Whether a run is at work, or left something that the next one clears.
    pub(crate) fn has_remains(&self) -> Result<bool> {
        for name in [LOCK, STAGE, COPY] {
            if self.dir.look(name)?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Opens the directory for writing and makes it and its parents where they are missing.
    ///
    /// A directory that somebody else than root and the caller can change is refused, and so are
    /// parents where somebody else could put another directory in its place.
    pub(crate) fn open_or_create(path: &Path) -> Result<Self> {
        let (existing, missing) = split_at_missing(path)?;
        let mut dir = walk(&existing)?;
        let mut created = Vec::new();
        for name in &missing {
            // From here on a failure must take the directories made so far along.
            match create_below(&dir, name) {
                Ok((next, new)) => {
                    dir = next;
                    if new {
                        created.push(dir.path().into());
                    }
                }
                Err(e) => {
                    remove_empty(&created);
                    return Err(e);
                }
            }
        }
        let root = Self { dir, created };
        check_inside(&root.dir.status()?, root.path())?;
        Ok(root)
    }

    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }

    pub(super) fn dir(&self) -> &Dir {
        &self.dir
    }

    /// An error of a run that ends with it: the directories that it has made go.
    pub(super) fn last(&self, error: StoreError) -> StoreError {
        match self.created.first() {
            Some(made) => error.without(made),
            None => error,
        }
    }
}

fn is_full(dir: &Dir, may_have_etcd: bool) -> bool {
    // There are never more names of ours.
    const MOST: usize = 1000;
    let is_other = |name: &OsString| {
        let name = name.to_string_lossy();
        let etcd = || {
            dir.open_dir("etcd")
                .is_ok_and(|etcd| !is_full(&etcd, false))
        };
        match &*name {
            "etcd" => !(may_have_etcd && etcd()),
            name => !is_ours(name) && !is_of_cfssl(name) && name != "lost+found",
        }
    };
    match dir.names(MOST) {
        Ok(names) => names.iter().any(is_other),
        Err(error) => matches!(error, StoreError::TooMany { .. }),
    }
}

/// Whether users of cfssl call certificates or keys of a cluster so.
fn is_of_cfssl(name: &str) -> bool {
    let Some(name) = name.strip_suffix(".pem") else {
        return false;
    };
    let name = name.strip_suffix("-key").unwrap_or(name);
    ["ca", "client", "peer", "peer-ca", "server"].contains(&name)
}

/// A run that wrote nothing leaves no empty directories behind; with files in them they stay.
impl Drop for Root {
    fn drop(&mut self) {
        remove_empty(&self.created);
    }
}

fn remove_empty(created: &[PathBuf]) {
    for path in created.iter().rev() {
        if fs::remove_dir(path).is_err() {
            break;
        }
    }
}

/// The real path of the part that exists, and the names to make below it.
pub(super) fn split_at_missing(path: &Path) -> Result<(PathBuf, Vec<String>)> {
    // A trailing slash would make the system follow a link in the last component.
    let path: PathBuf = path.components().collect();
    let mut at = path.as_path();
    let mut missing = Vec::new();
    loop {
        let here = if at.as_os_str().is_empty() {
            Path::new(".")
        } else {
            at
        };
        match fs::symlink_metadata(here) {
            Ok(status) if status.is_symlink() && missing.is_empty() => {
                let target = fs::canonicalize(here).ok();
                return Err(StoreError::RootIsSymlink { path, target });
            }
            Ok(_) => {
                let real = fs::canonicalize(here)
                    .map_err(|e| StoreError::io("resolve", here.into(), e))?;
                missing.reverse();
                return Ok((real, missing));
            }
            // Of a file on the way whoever opens it tells.
            Err(e) if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {}
            Err(e) => return Err(StoreError::io("look at", here.into(), e)),
        }
        let (Some(Component::Normal(name)), Some(parent)) =
            (at.components().next_back(), at.parent())
        else {
            return Err(StoreError::io("resolve", path, Errno::NOENT));
        };
        let Some(name) = name.to_str() else {
            let text = name.to_string_lossy().into();
            return Err(StoreError::BadPath {
                text,
                reason: "it is not UTF-8",
            });
        };
        missing.push(name.into());
        at = parent;
    }
}

/// Opens a real path from `/` down, checking each directory that it goes through.
pub(super) fn walk(real: &Path) -> Result<Dir> {
    // Parents need only be passed through: they may be unreadable to us.
    let through = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let last = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let mut path = PathBuf::from("/");
    let names: Vec<_> = real.components().skip(1).collect();
    let open = |dir: Option<&Dir>, name: &Path, path: &Path, flags| {
        let opened = retry_on_intr(|| match dir {
            Some(dir) => dir.open_raw(name, flags),
            None => openat(CWD, name, flags, Mode::empty()),
        });
        match opened {
            Ok(fd) => Ok(Dir::new(fd, path.into())),
            Err(Errno::NOTDIR) => Err(StoreError::NotADirectory {
                path: path.into(),
                kind: "file",
            }),
            Err(e) => Err(StoreError::io("open", path.into(), e)),
        }
    };
    let mut dir = open(
        None,
        Path::new("/"),
        &path,
        if names.is_empty() { last } else { through },
    )?;
    for (at, name) in names.iter().enumerate() {
        check_above(&dir.status()?, &path)?;
        path.push(name);
        let flags = if at + 1 == names.len() { last } else { through };
        dir = open(Some(&dir), Path::new(name), &path, flags)?;
    }
    Ok(dir)
}

fn create_below(parent: &Dir, name: &str) -> Result<(Dir, bool)> {
    check_above(&parent.status()?, parent.path())?;
    let new = parent.create_dir(name, 0o755)?;
    let opened = parent.sync().and_then(|()| parent.open_dir(name));
    if new && opened.is_err() {
        // The first error is the one to report.
        parent.remove_dir(name).ok();
    }
    Ok((opened?, new))
}

/// Nobody but root and we may be able to rename or replace what is in a parent directory.
pub(super) fn check_above(status: &Status, path: &Path) -> Result<()> {
    Ownership::from(status).check_above(&User::this(), path)
}

/// Nobody but root and we may be able to change what is in the directory.
pub(super) fn check_inside(status: &Status, path: &Path) -> Result<()> {
    Ownership::from(status).check_inside(&User::this(), path)
}

/// Who besides the owner may write where the mode lets others.
pub(crate) fn writers(mode: u32) -> &'static str {
    match mode & 0o002 {
        0 => "its group",
        _ => "everybody",
    }
}

/// Who writes, here or on another host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct User {
    pub(crate) uid: u32,
    pub(crate) gid: u32,
}

impl User {
    fn this() -> Self {
        Self {
            uid: geteuid().as_raw(),
            gid: getegid().as_raw(),
        }
    }
}

/// Whose a directory is and who may write to it, here or on another host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ownership {
    pub(crate) uid: u32,
    pub(crate) gid: u32,
    pub(crate) mode: u32,
}

impl From<&Status> for Ownership {
    fn from(status: &Status) -> Self {
        let Status { uid, gid, mode, .. } = *status;
        Self { uid, gid, mode }
    }
}

impl Ownership {
    /// Whether nobody but root and the user can rename or replace what is in this parent
    /// directory. In a sticky directory such as `/tmp` nobody can, whoever may write to it.
    pub(crate) fn check_above(&self, user: &User, path: &Path) -> Result<()> {
        self.check_owner(user, path)?;
        if self.mode & 0o1000 != 0 {
            return Ok(());
        }
        let own_group = self.gid == user.gid;
        self.check_writers(path, !own_group)
    }

    /// Whether nobody but root and the user can change what is in this directory.
    pub(crate) fn check_inside(&self, user: &User, path: &Path) -> Result<()> {
        self.check_owner(user, path)?;
        self.check_writers(path, true)
    }

    fn check_owner(&self, user: &User, path: &Path) -> Result<()> {
        if self.uid == 0 || self.uid == user.uid {
            return Ok(());
        }
        Err(StoreError::ForeignOwner {
            path: path.into(),
            uid: self.uid,
            mode: self.mode,
        })
    }

    fn check_writers(&self, path: &Path, group_too: bool) -> Result<()> {
        let others = if group_too { 0o022 } else { 0o002 };
        match self.mode & others {
            0 => Ok(()),
            _ => Err(StoreError::WritableByOthers {
                path: path.into(),
                mode: self.mode,
                by: writers(self.mode),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, chown, symlink};

    use super::*;

    fn mode(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("chmod");
    }

    #[test]
    fn makes_missing_directories_and_removes_them_if_unused() {
        let temp = tempfile::tempdir().expect("tempdir");
        let path = temp.path().join("a/b/c/");
        let root = Root::open_or_create(&path).expect("created");
        assert_eq!(
            fs::metadata(&path).expect("there").permissions().mode() & 0o7777,
            0o755
        );
        drop(root);
        assert!(!temp.path().join("a").exists());
        assert!(Root::open(&path).expect("readable").is_none());
    }

    #[test]
    fn directories_in_use_stay() {
        let temp = tempfile::tempdir().expect("tempdir");
        let root = Root::open_or_create(&temp.path().join("a/b")).expect("created");
        fs::write(temp.path().join("a/x"), "").expect("write");
        drop(root);
        assert!(temp.path().join("a").exists());
        assert!(!temp.path().join("a/b").exists());
    }

    #[test]
    fn refuses_a_link_and_names_its_target() {
        let temp = tempfile::tempdir().expect("tempdir");
        fs::create_dir(temp.path().join("real")).expect("mkdir");
        symlink("real", temp.path().join("link")).expect("symlink");
        for given in ["link", "link/"] {
            let error = Root::open_or_create(&temp.path().join(given)).expect_err("a link");
            assert!(matches!(error, StoreError::RootIsSymlink { .. }), "{error}");
            let hint = error.hint().expect("a hint");
            assert!(hint.contains("/real in the place of "), "{hint}");
            assert!(hint.trim_end_matches('/').ends_with("/link"), "{hint}");
        }
        Root::open_or_create(&temp.path().join("link/below")).expect("parents may be links");
        symlink("nowhere", temp.path().join("dangling")).expect("symlink");
        for given in ["dangling", "dangling/x"] {
            assert!(
                Root::open_or_create(&temp.path().join(given)).is_err(),
                "{given}"
            );
        }
    }

    #[test]
    fn refuses_what_others_can_change() {
        let temp = tempfile::tempdir().expect("tempdir");
        let dir = temp.path().join("dir");
        fs::create_dir(&dir).expect("mkdir");
        for (bits, ok) in [(0o755, true), (0o700, true), (0o775, false), (0o777, false)] {
            mode(&dir, bits);
            let opened = Root::open_or_create(&dir);
            assert_eq!(opened.is_ok(), ok, "{bits:o}");
            if let Err(error) = opened {
                assert_eq!(error.hint(), Some(format!("chmod go-w {}", dir.display())));
            }
        }
        // In a parent the sticky bit protects our entry; in the root itself it does not.
        mode(&dir, 0o1777);
        assert!(Root::open_or_create(&dir).is_err());
        assert!(Root::open_or_create(&dir.join("x")).is_ok());
        mode(&dir, 0o777);
        assert!(Root::open_or_create(&dir.join("x")).is_err());
        mode(&dir, 0o775);
        assert!(
            Root::open_or_create(&dir.join("x")).is_ok(),
            "our own group"
        );
    }

    #[test]
    fn refuses_a_foreign_owner() {
        if !geteuid().is_root() {
            return; // Only root can give a directory away.
        }
        let temp = tempfile::tempdir().expect("tempdir");
        let dir = temp.path().join("dir");
        fs::create_dir(&dir).expect("mkdir");
        chown(&dir, Some(12345), None).expect("chown");
        for path in [dir.clone(), dir.join("below")] {
            let error = Root::open_or_create(&path).expect_err("foreign");
            assert!(
                matches!(error, StoreError::ForeignOwner { uid: 12345, .. }),
                "{error}"
            );
        }
        assert!(Root::open(&dir).expect("readable").is_some());
    }

    #[test]
    fn refuses_a_file() {
        let temp = tempfile::tempdir().expect("tempdir");
        let file = temp.path().join("file");
        fs::write(&file, "").expect("write");
        for path in [file.clone(), file.join("x")] {
            assert!(Root::open_or_create(&path).is_err(), "{path:?}");
            assert!(Root::open(&path).is_err(), "{path:?}");
        }
    }
}
