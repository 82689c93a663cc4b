use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

use rustix::fs::{
    self, AtFlags, FlockOperation, Mode, OFlags, RenameFlags, StatxAttributes, StatxFlags,
};
use rustix::io::{Errno, Result as SysResult, retry_on_intr};

use super::status::Status;
use super::{Result, StoreError};

/// How to open something that may be anything: never through a link, never waiting for a pipe.
pub(super) const CAREFUL: OFlags = OFlags::NOFOLLOW
    .union(OFlags::CLOEXEC)
    .union(OFlags::NONBLOCK)
    .union(OFlags::NOCTTY);

/// An open directory. Each name below it is one component; no call here follows a link.
///
/// Closing a descriptor reports nothing that the `fsync` before it has not reported.
#[derive(Debug)]
pub(super) struct Dir {
    fd: OwnedFd,
    /// For messages only.
    path: PathBuf,
}

impl Dir {
    pub(super) fn new(fd: OwnedFd, path: PathBuf) -> Self {
        Self { fd, path }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn status(&self) -> Result<Status> {
        let stat = fs::fstat(&self.fd).map_err(|e| self.failed("look at", "", e))?;
        Ok(stat.into())
    }

    /// What a name is, without following it; `None` if there is no such name.
    pub(super) fn look(&self, name: &str) -> Result<Option<Status>> {
        match retry_on_intr(|| fs::statat(&self.fd, name, AtFlags::SYMLINK_NOFOLLOW)) {
            Ok(stat) => Ok(Some(stat.into())),
            Err(Errno::NOENT) => Ok(None),
            Err(e) => Err(self.failed("look at", name, e)),
        }
    }

    /// The same, with links followed: for reading only.
    pub(super) fn look_following(&self, name: &str) -> SysResult<Status> {
        Ok(retry_on_intr(|| fs::statat(&self.fd, name, AtFlags::empty()))?.into())
    }

    pub(super) fn read_link(&self, name: &str) -> SysResult<PathBuf> {
        let target = retry_on_intr(|| fs::readlinkat(&self.fd, name, Vec::new()))?;
        Ok(OsString::from_vec(target.into_bytes()).into())
    }

    /// What a name is, which may be no text.
    pub(super) fn look_raw(&self, name: &Path) -> SysResult<Status> {
        Ok(retry_on_intr(|| fs::statat(&self.fd, name, AtFlags::SYMLINK_NOFOLLOW))?.into())
    }

    pub(super) fn read_link_raw(&self, name: &Path) -> SysResult<PathBuf> {
        let target = retry_on_intr(|| fs::readlinkat(&self.fd, name, Vec::new()))?;
        Ok(OsString::from_vec(target.into_bytes()).into())
    }

    /// Whether something is mounted under a name, `.` for the directory itself; `false` where the
    /// system does not tell (before Linux 5.8).
    pub(super) fn is_mount(&self, name: &str) -> bool {
        self.has_attribute(name, StatxAttributes::MOUNT_ROOT)
    }

    /// Whether `chattr` keeps anybody from replacing what has this name; `false` where the system
    /// does not tell.
    pub(super) fn is_immutable(&self, name: &str) -> bool {
        self.has_attribute(name, StatxAttributes::IMMUTABLE)
            || self.has_attribute(name, StatxAttributes::APPEND)
    }

    fn has_attribute(&self, name: &str, attribute: StatxAttributes) -> bool {
        let flags = AtFlags::SYMLINK_NOFOLLOW;
        let told = retry_on_intr(|| fs::statx(&self.fd, name, flags, StatxFlags::empty()));
        told.is_ok_and(|told| told.stx_attributes.contains(attribute))
    }

    pub(super) fn open_dir(&self, name: &str) -> Result<Self> {
        let flags = CAREFUL | OFlags::RDONLY | OFlags::DIRECTORY;
        match self.open(name, flags, Mode::empty()) {
            Ok(fd) if name == "." => Ok(Self::new(fd, self.path.clone())),
            Ok(fd) => Ok(Self::new(fd, self.path.join(name))),
            Err(e @ (Errno::LOOP | Errno::NOTDIR)) => Err(match self.look(name)? {
                Some(status) if !status.is_dir() => StoreError::NotADirectory {
                    path: self.path.join(name),
                    kind: status.kind_name(),
                },
                _ => self.failed("open", name, e),
            }),
            Err(e) => Err(self.failed("open", name, e)),
        }
    }

    /// A directory to pass through on the way from `/`, as far as the flags allow.
    pub(super) fn open_raw(&self, name: &Path, flags: OFlags) -> SysResult<OwnedFd> {
        retry_on_intr(|| fs::openat(&self.fd, name, flags, Mode::empty()))
    }

    pub(super) fn open_dir_if_there(&self, name: &str) -> Result<Option<Self>> {
        match self.look(name)? {
            Some(_) => self.open_dir(name).map(Some),
            None => Ok(None),
        }
    }

    /// A directory some components below this one; empty for this one itself.
    pub(super) fn descend(&self, below: &str) -> Result<Self> {
        if below.is_empty() {
            return self.open_dir(".");
        }
        let (first, rest) = below.split_once('/').unwrap_or((below, ""));
        let mut dir = self.open_dir(first)?;
        for name in rest.split('/').filter(|name| !name.is_empty()) {
            dir = dir.open_dir(name)?;
        }
        Ok(dir)
    }

    pub(super) fn descend_if_there(&self, below: &str) -> Result<Option<Self>> {
        match self.descend(below) {
            Err(StoreError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                Ok(None)
            }
            other => other.map(Some),
        }
    }

    /// Makes a directory; `false` if a directory was already there.
    pub(super) fn create_dir(&self, name: &str, mode: u32) -> Result<bool> {
        let mode = Mode::from_raw_mode(mode);
        match retry_on_intr(|| fs::mkdirat(&self.fd, name, mode)) {
            Ok(()) => {}
            Err(Errno::EXIST) => return self.open_dir(name).map(|_| false),
            Err(e) => return Err(self.failed("make", name, e)),
        }
        // By name, for under a umask of 0777 the new directory cannot be opened to `fchmod` it.
        // Nobody else can put a link in its place: only root and we can write this directory.
        let set = retry_on_intr(|| fs::chmodat(&self.fd, name, mode, AtFlags::empty()));
        if let Err(e) = set {
            // The first error is the one to report.
            self.remove_dir(name).ok();
            return Err(self.failed("set the mode of", name, e));
        }
        Ok(true)
    }

    /// A new empty file, which nobody else can read before it has its mode.
    pub(super) fn create_file(&self, name: &str, mode: u32) -> Result<File> {
        let file = self.create_new(name, 0o600)?;
        self.set_mode(&file, name, mode)?;
        Ok(file)
    }

    /// A new empty file with these permission bits, less the umask.
    pub(super) fn create_new(&self, name: &str, mode: u32) -> Result<File> {
        let flags = CAREFUL | OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL;
        self.open(name, flags, Mode::from_raw_mode(mode))
            .map(File::from)
            .map_err(|e| self.failed("create", name, e))
    }

    pub(super) fn set_mode(&self, file: impl AsFd, name: &str, mode: u32) -> Result<()> {
        retry_on_intr(|| fs::fchmod(file.as_fd(), Mode::from_raw_mode(mode)))
            .map_err(|e| self.failed("set the mode of", name, e))
    }

    pub(super) fn open_file(&self, name: &str) -> SysResult<File> {
        self.open(name, CAREFUL | OFlags::RDONLY, Mode::empty())
            .map(File::from)
    }

    pub(super) fn open_following(&self, name: &str) -> SysResult<File> {
        let flags = CAREFUL.difference(OFlags::NOFOLLOW) | OFlags::RDONLY;
        self.open(name, flags, Mode::empty()).map(File::from)
    }

    /// A file that stays, such as the lock: opened if there, else created.
    pub(super) fn open_or_create_file(&self, name: &str) -> Result<File> {
        let flags = CAREFUL | OFlags::RDWR | OFlags::CREATE;
        self.open(name, flags, Mode::RUSR | Mode::WUSR)
            .map(File::from)
            .map_err(|e| self.failed("open", name, e))
    }

    fn open(&self, name: &str, flags: OFlags, mode: Mode) -> SysResult<OwnedFd> {
        retry_on_intr(|| fs::openat(&self.fd, name, flags, mode))
    }

    /// Gives a file a second name; fails if the name is taken.
    pub(super) fn link(&self, name: &str, to: &Self, new: &str) -> Result<()> {
        match retry_on_intr(|| fs::linkat(&self.fd, name, &to.fd, new, AtFlags::empty())) {
            Ok(()) => Ok(()),
            Err(Errno::EXIST) => Err(StoreError::Exists {
                path: to.path.join(new),
            }),
            Err(e) => Err(to.failed("create", new, e)),
        }
    }

    /// Moves a file over whatever file has the new name.
    pub(super) fn rename(&self, name: &str, to: &Self, new: &str) -> Result<()> {
        retry_on_intr(|| fs::renameat(&self.fd, name, &to.fd, new))
            .map_err(|e| to.failed("replace", new, e))
    }

    /// Moves a file to a name that nothing has.
    pub(super) fn rename_new(&self, name: &str, new: &str) -> Result<()> {
        match self.rename_with(name, new, RenameFlags::NOREPLACE) {
            Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => self.rename(name, self, new),
            Err(Errno::EXIST) => Err(StoreError::Changed {
                path: self.path.join(new),
            }),
            other => other.map_err(|e| self.failed("create", new, e)),
        }
    }

    /// Swaps two files; `false` where the file system knows the plain rename only.
    pub(super) fn exchange(&self, name: &str, old: &str) -> Result<bool> {
        match self.rename_with(name, old, RenameFlags::EXCHANGE) {
            Ok(()) => Ok(true),
            Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => Ok(false),
            Err(e) => Err(self.failed("replace", old, e)),
        }
    }

    /// Gives a file that will be renamed over a second name. Where the file system has no hard
    /// links it gets the new name only, and nothing has the old one for a moment.
    pub(super) fn keep(&self, name: &str, kept: &str) -> Result<()> {
        match retry_on_intr(|| fs::linkat(&self.fd, name, &self.fd, kept, AtFlags::empty())) {
            // `PERM` is also what the kernel says of a file of another user.
            Err(Errno::PERM | Errno::NOSYS | Errno::NOTSUP | Errno::MLINK) => {
                self.rename(name, self, kept)
            }
            other => other.map_err(|e| self.failed("keep", name, e)),
        }
    }

    fn rename_with(&self, name: &str, new: &str, flags: RenameFlags) -> SysResult<()> {
        retry_on_intr(|| fs::renameat_with(&self.fd, name, &self.fd, new, flags))
    }

    /// Whether names can be made in the directory, by what the system says without trying.
    pub(super) fn check_writable(&self) -> SysResult<()> {
        if fs::fstatvfs(&self.fd)?
            .f_flag
            .contains(fs::StatVfsMountFlags::RDONLY)
        {
            return Err(Errno::ROFS);
        }
        let wanted = fs::Access::WRITE_OK | fs::Access::EXEC_OK;
        retry_on_intr(|| fs::accessat(&self.fd, ".", wanted, AtFlags::empty()))
    }

    /// Locks the directory itself, for as long as it is open here.
    pub(super) fn lock(&self, operation: FlockOperation) -> SysResult<()> {
        retry_on_intr(|| fs::flock(&self.fd, operation))
    }

    /// Removes a file; it may be gone already.
    pub(super) fn remove_file(&self, name: &str) -> Result<()> {
        match retry_on_intr(|| fs::unlinkat(&self.fd, name, AtFlags::empty())) {
            Ok(()) | Err(Errno::NOENT) => Ok(()),
            Err(e) => Err(self.failed("remove", name, e)),
        }
    }

    /// Removes a directory; it may be gone already.
    pub(super) fn remove_dir(&self, name: &str) -> Result<()> {
        match retry_on_intr(|| fs::unlinkat(&self.fd, name, AtFlags::REMOVEDIR)) {
            Ok(()) | Err(Errno::NOENT) => Ok(()),
            Err(e) => Err(self.failed("remove", name, e)),
        }
    }

    /// The same for a directory that may have come into use meanwhile: then it stays.
    pub(super) fn remove_dir_if_empty(&self, name: &str) -> Result<()> {
        match self.remove_dir(name) {
            Err(StoreError::Io { source, .. })
                if matches!(
                    Errno::from_io_error(&source),
                    Some(Errno::NOTEMPTY | Errno::EXIST | Errno::NOTDIR)
                ) =>
            {
                Ok(())
            }
            other => other,
        }
    }

    pub(super) fn sync(&self) -> Result<()> {
        retry_on_intr(|| fs::fsync(&self.fd)).map_err(|e| self.failed("save", "", e))
    }

    /// Makes everything on this file system durable.
    pub(super) fn sync_all(&self) -> Result<()> {
        retry_on_intr(|| fs::syncfs(&self.fd))
            .map_err(|e| self.failed("save the file system of", "", e))
    }

    /// The names in order; [`StoreError::TooMany`] if there are more than `most`.
    pub(super) fn names(&self, most: usize) -> Result<Vec<OsString>> {
        let failed = |e| self.failed("list", "", e);
        let mut names = Vec::new();
        for entry in fs::Dir::read_from(&self.fd).map_err(failed)? {
            let name = entry.map_err(failed)?.file_name().to_bytes().to_vec();
            if name == b"." || name == b".." {
                continue;
            }
            if names.len() >= most {
                return Err(StoreError::TooMany {
                    path: self.path.clone(),
                    limit: most,
                });
            }
            names.push(OsString::from_vec(name));
        }
        names.sort();
        Ok(names)
    }

    pub(super) fn failed(&self, action: &'static str, name: &str, errno: Errno) -> StoreError {
        let path = if name.is_empty() && self.path.as_os_str().is_empty() {
            PathBuf::from(".")
        } else if name.is_empty() {
            self.path.clone()
        } else {
            self.path.join(name)
        };
        StoreError::io(action, path, errno)
    }
}
