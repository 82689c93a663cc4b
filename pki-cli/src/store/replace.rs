//! A few files side by side, put in the place of what is there: for programs whose users expect
//! nothing but those files, neither backups nor a lock file nor a journal.
//!
//! ```text
//! lock    the directory itself (flock)     one run at a time; nothing to leave behind
//! clean   .NAME.kpki-new, .NAME.kpki-old   of a run that was killed
//! stage   .NAME.kpki-new                   each file, complete and durable, with its mode
//! swap    .NAME.kpki-new <-> NAME          all of them; an error takes back those done
//! clean   .NAME.kpki-new, .NAME.kpki-old   now what was there before
//! ```
//!
//! A full disk or a refused permission shows before the first swap. A run that is killed between
//! two swaps leaves every file whole, old or new; only a journal could make them change at once.
//!
//! Some file systems, as NFS, lack what this builds on:
//!
//! - Without `RENAME_EXCHANGE` the old file gets the name `.NAME.kpki-old`, and then the new one is
//!   renamed over it. Without hard links either, there is no NAME for a moment in between.
//! - Without `flock` the names above end in a random number, so that no run touches the files of
//!   another, and those of a killed run stay. Of two runs at once for the same names, some files
//!   may be of the one and some of the other.

mod names;
mod swap;

use std::fmt;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use rustix::fs::{CWD, FlockOperation, Mode, OFlags, openat};
use rustix::io::{Errno, retry_on_intr};
use rustix::process::geteuid;
use zeroize::Zeroizing;

use self::names::Names;
use self::swap::{Staged, Target};
use super::dir::Dir;
use super::lock::Holder;
use super::root::{check_above, check_inside};
use super::status::Status;
use super::{Result, StoreError};

/// How long another run is waited for: swapping takes milliseconds.
const PATIENCE: Duration = Duration::from_secs(10);

/// A file to put into a [`TargetDirectory`].
pub(crate) struct Replacement {
    /// One component of a path.
    pub(crate) name: String,
    pub(crate) bytes: Zeroizing<Vec<u8>>,
    pub(crate) mode: ReplacementMode,
}

/// The permission bits of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ReplacementMode {
    /// These, whatever was there and whatever the umask.
    Fixed(u32),
    /// Those of the file that is there; for a new one these, less the umask.
    Kept(u32),
    /// These, less the umask, whatever was there: some file systems have no modes to change.
    Born(u32),
    /// The same, and nothing may be there.
    New(u32),
}

impl fmt::Debug for Replacement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Replacement")
            .field("name", &self.name)
            .field(
                "bytes",
                &format_args!("[{} bytes elided]", self.bytes.len()),
            )
            .field("mode", &self.mode)
            .finish()
    }
}

/// What is under a name that a new file shall take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) mode: u32,
    /// Whose file it is, if the new one will not be theirs.
    pub(crate) foreign: Option<u32>,
}

/// The directory of the files.
#[derive(Debug)]
pub(crate) struct TargetDirectory {
    dir: Dir,
    status: Status,
}

impl TargetDirectory {
    /// Opens the directory, through whatever links lead to it; empty for the current one.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let named = match path.as_os_str().is_empty() {
            true => Path::new("."),
            false => path,
        };
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let fd = retry_on_intr(|| openat(CWD, named, flags, Mode::empty()))
            .map_err(|e| StoreError::io("open", path.into(), e))?;
        let dir = Dir::new(fd, path.into());
        let status = dir.status()?;
        Ok(Self { dir, status })
    }

    /// Why a key here would not be safe from others; `None` if it is. Scripts write keys to such
    /// directories all the same.
    pub(crate) fn exposure(&self) -> Option<StoreError> {
        let path = match self.dir.path() {
            path if path.as_os_str().is_empty() => Path::new("."),
            path => path,
        };
        check_above(&self.status, path).err()
    }

    /// The file that a new one of this name would replace.
    pub(crate) fn find(&self, file: &Replacement) -> Result<Option<Found>> {
        let status = self.dir.look(&file.name)?.filter(Status::is_file);
        Ok(status.map(|old| Found {
            mode: old.mode,
            foreign: Some(old.uid).filter(|_| !self.passes_on(&old)),
        }))
    }

    /// Whether the new file gets the owner of the old one, and where it is not fixed its mode: a
    /// service may depend on them. Only root can give a file away, and does so only where nobody
    /// else can have made the old one: whoever did would get the key.
    fn passes_on(&self, old: &Status) -> bool {
        old.uid == geteuid().as_raw()
            || (geteuid().is_root() && check_inside(&self.status, self.dir.path()).is_ok())
    }

    /// Writes all the files or none. What a killed run left of them, or of `others`, is removed.
    pub(crate) fn replace(&self, files: &[Replacement], others: &[String]) -> Result<()> {
        let names = match self.lock()? {
            true => Names::plain(),
            false => Names::unique(self.dir.path())?,
        };
        if names.are_plain() {
            for name in files.iter().map(|file| &file.name).chain(others) {
                self.dir.remove_file(&names.staged(name))?;
                self.dir.remove_file(&names.kept(name))?;
            }
        }
        self.replace_as(&names, files)
    }

    fn replace_as(&self, names: &Names, files: &[Replacement]) -> Result<()> {
        let targets: Vec<Target<'_>> = files
            .iter()
            .map(|file| self.target(names, file))
            .collect::<Result<_>>()?;
        let mut staged = Vec::with_capacity(targets.len());
        if let Err(cause) = self.stage(&targets, &mut staged) {
            let clean = self.clean(&targets);
            return Err(cause.with_clean(clean));
        }
        if let Err(cause) = self.swap(&staged) {
            let clean = self.clean_but_old(&staged);
            return Err(cause.with_clean(clean));
        }
        self.clean(&targets)
            .and_then(|()| self.dir.sync())
            .map_err(|cause| StoreError::InPlace {
                cause: Box::new(cause),
            })
    }

    /// Until the descriptor of the directory is closed. `false` where the file system has no
    /// locks: NFS wants a descriptor for writing, which no directory has.
    fn lock(&self) -> Result<bool> {
        let begin = Instant::now();
        loop {
            match self.dir.lock(FlockOperation::NonBlockingLockExclusive) {
                Ok(()) => return Ok(true),
                Err(Errno::WOULDBLOCK) if begin.elapsed() < PATIENCE => {
                    thread::sleep(Duration::from_millis(10));
                }
                Err(Errno::WOULDBLOCK) => {
                    return Err(StoreError::Locked {
                        path: self.dir.path().into(),
                        holder: Holder::default(),
                    });
                }
                Err(_) => return Ok(false),
            }
        }
    }

    fn target<'a>(&self, names: &Names, file: &'a Replacement) -> Result<Target<'a>> {
        let old = self.dir.look(&file.name)?;
        let path = || self.path(&file.name);
        match &old {
            Some(_) if matches!(file.mode, ReplacementMode::New(_)) => {
                Err(StoreError::Exists { path: path() })
            }
            Some(status) if !status.is_file() => Err(StoreError::NotAFile {
                path: path(),
                kind: status.kind_name(),
            }),
            Some(status) if status.links > 1 => Err(StoreError::HardLinked {
                path: path(),
                links: status.links,
            }),
            _ => Ok(Target {
                file,
                new: names.staged(&file.name),
                kept: names.kept(&file.name),
                old,
            }),
        }
    }

    fn stage<'a>(&self, targets: &'a [Target<'a>], staged: &mut Vec<Staged<'a>>) -> Result<()> {
        for target in targets {
            let Target { file, new, .. } = target;
            let heir = target.old.filter(|old| self.passes_on(old));
            // Closed to others until it is complete and belongs to whom it shall.
            let (born, wanted) = match (file.mode, &heir) {
                (ReplacementMode::Fixed(mode), _) => (mode & 0o700, Some(mode)),
                (ReplacementMode::Kept(_), Some(old)) => (0o600, Some(old.mode & 0o777)),
                (ReplacementMode::Kept(mode), None)
                | (ReplacementMode::Born(mode) | ReplacementMode::New(mode), _) => (mode, None),
            };
            let mut open = self.dir.create_new(new, born)?;
            let status = self.status_of(&open, &file.name)?;
            if let Some(old) = heir.filter(|old| (old.uid, old.gid) != (status.uid, status.gid)) {
                // A service may depend on it.
                std::os::unix::fs::fchown(&open, Some(old.uid), Some(old.gid))
                    .map_err(|e| StoreError::io("keep the owner of", self.path(&file.name), e))?;
            }
            if let Some(mode) = wanted {
                self.dir.set_mode(&open, &file.name, mode)?;
            }
            let failed = |action, e| StoreError::io(action, self.path(&file.name), e);
            open.write_all(&file.bytes)
                .map_err(|e| failed("write", e))?;
            open.sync_all().map_err(|e| failed("save", e))?;
            staged.push(Staged {
                target,
                inode: status.inode,
                _open: open,
            });
        }
        Ok(())
    }

    fn status_of(&self, file: &File, name: &str) -> Result<Status> {
        let stat = rustix::fs::fstat(file).map_err(|e| self.dir.failed("look at", name, e))?;
        Ok(stat.into())
    }

    /// Every name is tried, for an old key may be among them; the first error is the one to report.
    fn clean(&self, targets: &[Target<'_>]) -> Result<()> {
        let mut cleaned = Ok(());
        for name in targets
            .iter()
            .flat_map(|target| [&target.new, &target.kept])
        {
            let removed = self.dir.remove_file(name);
            cleaned = cleaned.and(removed);
        }
        cleaned
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }
}

impl StoreError {
    fn with_clean(self, clean: Result<()>) -> Self {
        match clean {
            Ok(()) => self,
            Err(clean) => Self::NotCleaned {
                cause: Box::new(self),
                clean: Box::new(clean),
            },
        }
    }
}

#[cfg(test)]
mod tests;
