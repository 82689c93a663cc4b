use std::fmt;
use std::fs::{File, TryLockError};
use std::io::{Read, Write};
use std::thread;
use std::time::{Duration, Instant};

use rustix::fs::{fstat, ftruncate};
use rustix::io::Errno;
use serde::{Deserialize, Serialize};

use super::path::LOCK;
use super::root::check_inside;
use super::shell_copy::Copied;
use super::status::Status;
use super::{Result, Root, StoreError};

const POLL: Duration = Duration::from_millis(50);

/// The only run that writes below the root, until dropped.
///
/// The kernel holds the lock (`flock`), so that the lock of a killed run is free at once; the
/// file only names the holder.
#[derive(Debug)]
pub(crate) struct Locked<'a> {
    pub(super) root: &'a Root,
    file: File,
    /// Of how many files a copy by ssh was that was taken back.
    copy_taken_back: Option<usize>,
}

/// Who holds the lock, as far as the lock file tells.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Holder {
    pub(crate) pid: Option<u32>,
    pub(crate) host: Option<String>,
    pub(crate) since: Option<String>,
}

impl Root {
    /// Takes the lock. If another run holds it, calls `on_wait` once and waits up to `wait`.
    /// `since` is the time now, for others to read.
    pub(crate) fn lock(
        &self,
        since: &str,
        wait: Duration,
        on_wait: impl FnOnce(&Holder),
    ) -> Result<Locked<'_>> {
        let locked = self.lock_within(since, wait, on_wait);
        locked.map_err(|error| self.last(error))
    }

    fn lock_within(
        &self,
        since: &str,
        wait: Duration,
        on_wait: impl FnOnce(&Holder),
    ) -> Result<Locked<'_>> {
        let begin = Instant::now();
        let mut on_wait = Some(on_wait);
        loop {
            let file = self.open_lock()?;
            let holder = match file.try_lock() {
                // A run that ended in between has removed the file that we opened; then its lock
                // is worth nothing, for the next run makes another file.
                Ok(()) if self.names_lock(&file)? => {
                    let mut locked = Locked {
                        root: self,
                        file,
                        copy_taken_back: None,
                    };
                    locked.write_holder(since)?;
                    match self.clear_copy()? {
                        Copied::Cleared { taken_back } => {
                            locked.copy_taken_back = taken_back;
                            return Ok(locked);
                        }
                        Copied::Held(holder) => holder,
                    }
                }
                Ok(()) => continue,
                Err(TryLockError::WouldBlock) => Holder::read(&file),
                Err(TryLockError::Error(e)) => {
                    return Err(StoreError::io("lock", self.path().join(LOCK), e));
                }
            };
            if begin.elapsed() >= wait {
                return Err(StoreError::Locked {
                    path: self.path().into(),
                    holder,
                });
            }
            if let Some(on_wait) = on_wait.take() {
                on_wait(&holder);
            }
            thread::sleep(POLL.min(wait.saturating_sub(begin.elapsed())));
        }
    }

    fn open_lock(&self) -> Result<File> {
        let file = self.dir().open_or_create_file(LOCK)?;
        let status = lock_status(self, &file)?;
        let path = self.path().join(LOCK);
        if !status.is_file() {
            return Err(StoreError::NotAFile {
                path,
                kind: status.kind_name(),
            });
        }
        check_inside(&status, &path)?;
        // A umask that takes our own rights away would lock the next run out.
        if status.mode & 0o777 != 0o600 {
            self.dir().set_mode(&file, LOCK, 0o600)?;
        }
        Ok(file)
    }

    /// Whether the lock file in the directory is the one that is open.
    fn names_lock(&self, file: &File) -> Result<bool> {
        let open = lock_status(self, file)?;
        let named = self.dir().look(LOCK)?;
        Ok(named.is_some_and(|named| (named.device, named.inode) == (open.device, open.inode)))
    }
}

fn lock_status(root: &Root, file: &File) -> Result<Status> {
    let stat = fstat(file).map_err(|e| root.dir().failed("look at", LOCK, e))?;
    Ok(stat.into())
}

impl Locked<'_> {
    /// Of how many files a copy by ssh was that died and was taken back when this was locked.
    pub(crate) fn copy_taken_back(&self) -> Option<usize> {
        self.copy_taken_back
    }

    fn write_holder(&self, since: &str) -> Result<()> {
        let holder = Holder {
            pid: Some(std::process::id()),
            host: rustix::system::uname()
                .nodename()
                .to_str()
                .ok()
                .map(Into::into),
            since: Some(since.into()),
        };
        let failed = |e| StoreError::io("write", self.root.path().join(LOCK), e);
        ftruncate(&self.file, 0).map_err(|e| failed(e.into()))?;
        let text = serde_json::to_vec(&holder).map_err(|e| failed(e.into()))?;
        match (&self.file).write_all(&text) {
            // On a full disk the holder stays unnamed: recovery, which makes room, must go on.
            Err(e) if matches!(Errno::from_io_error(&e), Some(Errno::NOSPC | Errno::DQUOT)) => {
                Ok(())
            }
            other => other.map_err(failed),
        }
    }
}

impl Drop for Locked<'_> {
    /// Removes the file while the lock is still held. If that fails, an unlocked file stays,
    /// which the next run takes over.
    fn drop(&mut self) {
        if self.root.names_lock(&self.file).unwrap_or(false) {
            self.root.dir().remove_file(LOCK).ok();
        }
    }
}

impl Holder {
    /// The file may be empty or anything else: then nobody is named.
    fn read(file: &File) -> Self {
        let mut text = Vec::new();
        match file.take(4096).read_to_end(&mut text) {
            Ok(_) => serde_json::from_slice(&text).unwrap_or_default(),
            Err(_) => Self::default(),
        }
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.pid {
            Some(pid) => write!(f, "process {pid}")?,
            None => f.write_str("another process")?,
        }
        if let Some(host) = &self.host {
            write!(f, " on {}", host.escape_debug())?;
        }
        if let Some(since) = &self.since {
            write!(f, " since {}", since.escape_debug())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    const NOW: &str = "2026-11-22T19:15:00Z";

    #[test]
    fn leaves_no_file_and_names_its_holder() {
        let temp = tempfile::tempdir().expect("tempdir");
        let root = Root::open_or_create(temp.path()).expect("root");
        let held = root.lock(NOW, Duration::ZERO, |_| {}).expect("free");
        let file = temp.path().join(LOCK);
        assert_eq!(
            fs::metadata(&file).expect("there").permissions().mode() & 0o7777,
            0o600
        );
        let mut asked = 0;
        let error = root
            .lock(NOW, Duration::from_millis(120), |_| asked += 1)
            .expect_err("held");
        assert_eq!(asked, 1);
        let text = error.to_string();
        assert!(
            text.contains(&format!("process {} on ", std::process::id())),
            "{text}"
        );
        assert!(text.ends_with(&format!("since {NOW}")), "{text}");
        drop(held);
        assert!(!file.exists());
    }

    #[test]
    fn takes_what_a_dead_run_left() {
        let temp = tempfile::tempdir().expect("tempdir");
        fs::write(temp.path().join(LOCK), "not json \u{1b}[2J").expect("write");
        let root = Root::open_or_create(temp.path()).expect("root");
        drop(root.lock(NOW, Duration::ZERO, |_| {}).expect("free"));
        assert!(!temp.path().join(LOCK).exists());
    }

    #[test]
    fn refuses_a_lock_that_is_no_file() {
        let temp = tempfile::tempdir().expect("tempdir");
        let root = Root::open_or_create(temp.path()).expect("root");
        symlink("elsewhere", temp.path().join(LOCK)).expect("symlink");
        root.lock(NOW, Duration::ZERO, |_| {}).expect_err("a link");
        assert!(!temp.path().join("elsewhere").exists());
        fs::remove_file(temp.path().join(LOCK)).expect("remove");
        fs::create_dir(temp.path().join(LOCK)).expect("mkdir");
        root.lock(NOW, Duration::ZERO, |_| {})
            .expect_err("a directory");
    }

    #[test]
    fn one_at_a_time() {
        let temp = tempfile::tempdir().expect("tempdir");
        let inside = AtomicUsize::new(0);
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let root = Root::open_or_create(temp.path()).expect("root");
                    for _ in 0..20 {
                        let held = root
                            .lock(NOW, Duration::from_secs(60), |_| {})
                            .expect("in time");
                        assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0);
                        thread::yield_now();
                        inside.fetch_sub(1, Ordering::SeqCst);
                        drop(held);
                    }
                });
            }
        });
    }

    #[test]
    fn a_hostile_holder_cannot_reach_the_terminal() {
        let holder = Holder {
            pid: None,
            host: Some("\u{1b}[2J".into()),
            since: None,
        };
        assert_eq!(holder.to_string(), "another process on \\u{1b}[2J");
    }
}
