//! A few files side by side, put in the place of what is there: for programs whose users expect
//! nothing but those files, neither backups nor a lock file nor a journal.
//!
//! ```text
//! lock    the directory itself (flock)     one run at a time; nothing to leave behind
//! clean   .NAME.kpki-new                   of a run that was killed
//! stage   .NAME.kpki-new                   each file, complete and durable, with its mode
//! swap    .NAME.kpki-new <-> NAME          all of them; an error swaps those done back
//! clean   .NAME.kpki-new                   now what was there before
//! ```
//!
//! A full disk or a refused permission shows before the first swap. A run that is killed between
//! two swaps leaves every file whole, old or new; only a journal could make them change at once.

use std::fmt;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use rustix::fs::{CWD, FlockOperation, Mode, OFlags, openat};
use rustix::io::{Errno, retry_on_intr};
use zeroize::Zeroizing;

use super::dir::Dir;
use super::lock::Holder;
use super::status::Status;
use super::{Result, StoreError};

/// How long another run is waited for: swapping takes milliseconds.
const PATIENCE: Duration = Duration::from_secs(10);

/// A file to put into a [`Place`].
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

/// The directory of the files.
#[derive(Debug)]
pub(crate) struct Place {
    dir: Dir,
}

/// What is under the name of a replacement.
struct Target<'a> {
    file: &'a Replacement,
    staged: String,
    old: Option<Status>,
}

impl Place {
    /// Opens the directory, through whatever links lead to it; empty for the current one.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let named = match path.as_os_str().is_empty() {
            true => Path::new("."),
            false => path,
        };
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let fd = retry_on_intr(|| openat(CWD, named, flags, Mode::empty()))
            .map_err(|e| StoreError::io("open", path.into(), e))?;
        Ok(Self {
            dir: Dir::new(fd, path.into()),
        })
    }

    /// The permission bits of a file; `None` if there is none.
    pub(crate) fn mode(&self, name: &str) -> Result<Option<u32>> {
        let status = self.dir.look(name)?;
        Ok(status.filter(Status::is_file).map(|status| status.mode))
    }

    /// Writes all the files or none. What a killed run left of them, or of `others`, is removed.
    pub(crate) fn replace(&self, files: &[Replacement], others: &[String]) -> Result<()> {
        self.lock()?;
        for name in files.iter().map(|file| &file.name).chain(others) {
            self.dir.remove_file(&staged(name))?;
        }
        let targets: Vec<Target<'_>> = files
            .iter()
            .map(|file| self.target(file))
            .collect::<Result<_>>()?;
        let done = self.stage(&targets).and_then(|()| self.swap(&targets));
        // Every one is tried, for an old key may be among them; the first error is the one to report.
        let mut cleaned = Ok(());
        for target in &targets {
            let removed = self.dir.remove_file(&target.staged);
            cleaned = cleaned.and(removed);
        }
        done?;
        cleaned
            .and_then(|()| self.dir.sync())
            .map_err(|cause| StoreError::InPlace {
                cause: Box::new(cause),
            })
    }

    /// Until the descriptor of the directory is closed. Where the file system has no locks, as
    /// over some networks, the names of the staged files keep runs apart.
    fn lock(&self) -> Result<()> {
        let begin = Instant::now();
        loop {
            match self.dir.lock(FlockOperation::NonBlockingLockExclusive) {
                Err(Errno::WOULDBLOCK) if begin.elapsed() < PATIENCE => {
                    thread::sleep(Duration::from_millis(10));
                }
                Err(Errno::WOULDBLOCK) => {
                    return Err(StoreError::Locked {
                        path: self.dir.path().into(),
                        holder: Holder::default(),
                    });
                }
                _ => return Ok(()),
            }
        }
    }

    fn target<'a>(&self, file: &'a Replacement) -> Result<Target<'a>> {
        let old = self.dir.look(&file.name)?;
        let path = || self.path(&file.name);
        match &old {
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
                staged: staged(&file.name),
                old,
            }),
        }
    }

    fn stage(&self, targets: &[Target<'_>]) -> Result<()> {
        for Target { file, staged, old } in targets {
            // Closed to others until it is complete and belongs to whom it shall.
            let (born, wanted) = match (file.mode, old) {
                (ReplacementMode::Fixed(mode), _) => (mode & 0o700, Some(mode)),
                (ReplacementMode::Kept(_), Some(old)) => (0o600, Some(old.mode & 0o777)),
                (ReplacementMode::Kept(mode), None) => (mode, None),
            };
            let mut new = self.dir.create_new(staged, born)?;
            if let Some(old) = old {
                self.give_away(&new, old, &file.name)?;
            }
            if let Some(mode) = wanted {
                self.dir.set_mode(&new, &file.name, mode)?;
            }
            let failed = |action, e| StoreError::io(action, self.path(&file.name), e);
            new.write_all(&file.bytes).map_err(|e| failed("write", e))?;
            new.sync_all().map_err(|e| failed("save", e))?;
        }
        Ok(())
    }

    /// The new file belongs to whom the old one did: a service may depend on it.
    fn give_away(&self, new: &File, old: &Status, name: &str) -> Result<()> {
        let stat = rustix::fs::fstat(new).map_err(|e| self.dir.failed("look at", name, e))?;
        let status = Status::from(stat);
        if (status.uid, status.gid) == (old.uid, old.gid) {
            return Ok(());
        }
        std::os::unix::fs::fchown(new, Some(old.uid), Some(old.gid))
            .map_err(|e| StoreError::io("keep the owner of", self.path(name), e))
    }

    fn swap(&self, targets: &[Target<'_>]) -> Result<()> {
        for (done, target) in targets.iter().enumerate() {
            let swapped = match target.old {
                Some(_) => self.dir.swap_in(&target.staged, &target.file.name),
                None => self.dir.rename_new(&target.staged, &target.file.name),
            };
            let Err(cause) = swapped else {
                continue;
            };
            for target in targets.iter().take(done).rev() {
                let undone = match target.old {
                    Some(_) => self.dir.swap_back(&target.staged, &target.file.name),
                    None => self.dir.rename_new(&target.file.name, &target.staged),
                };
                undone.map_err(|undo| StoreError::HalfReplaced {
                    path: self.path(&target.file.name),
                    undo: Box::new(undo),
                })?;
            }
            return Err(cause);
        }
        Ok(())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }
}

fn staged(name: &str) -> String {
    format!(".{name}.kpki-new")
}

#[cfg(test)]
mod tests;
