//! Whether a run of kpki is at work in a directory that is only looked at.

use std::fs::TryLockError;

use super::dir::Dir;
use super::path::LOCK;
use super::shell_copy::has_live_copy;
use super::{HostDir, Result, Root};

/// What is known of runs that write in a directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Activity {
    /// There is none.
    None,
    /// One is at work.
    Running,
    /// This user cannot tell.
    Unknown,
}

impl HostDir {
    /// Whether a run holds the lock of this directory, or a copy by ssh its stage.
    pub(crate) fn activity(&self) -> Activity {
        let copied = || match self.opened().and_then(|dir| has_live_copy(&dir)) {
            Ok(true) => Activity::Running,
            Ok(false) => Activity::None,
            Err(_) => Activity::Unknown,
        };
        match self.opened().and_then(|dir| lock_is_held(&dir)) {
            Ok(true) => Activity::Running,
            Ok(false) => copied(),
            Err(_) => Activity::Unknown,
        }
    }
}

impl Root {
    /// The same, as far as this user can tell. Nobody may ask who has the lock.
    pub(crate) fn is_busy(&self) -> bool {
        let dir = self.dir();
        lock_is_held(dir).unwrap_or(false) || has_live_copy(dir).unwrap_or(false)
    }
}

fn lock_is_held(dir: &Dir) -> Result<bool> {
    if !dir.look(LOCK)?.is_some_and(|status| status.is_file()) {
        return Ok(false);
    }
    let file = dir
        .open_file(LOCK)
        .map_err(|error| dir.failed("open", LOCK, error))?;
    // Shared, and given back at once: whoever starts meanwhile waits for as long.
    Ok(matches!(
        file.try_lock_shared(),
        Err(TryLockError::WouldBlock)
    ))
}
