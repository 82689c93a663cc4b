use std::path::Path;

use rustix::io::Errno;

use super::super::{Result, StoreError};

/// What the files of a run are called while it lasts.
#[derive(Debug)]
pub(super) struct Names {
    /// Nothing for a run that has the directory to itself.
    end: String,
}

impl Names {
    /// The same for every run, which makes the files of a killed one known to the next.
    pub(super) fn plain() -> Self {
        Self { end: String::new() }
    }

    /// Such as no other run has, for a directory that cannot be locked.
    pub(super) fn unique(directory: &Path) -> Result<Self> {
        let number = getrandom::u64()
            .map_err(|_| StoreError::io("name new files in", directory.into(), Errno::NOSYS))?;
        Ok(Self {
            end: format!("-{number:016x}"),
        })
    }

    pub(super) fn are_plain(&self) -> bool {
        self.end.is_empty()
    }

    /// The new file, before it is in its place.
    pub(super) fn staged(&self, name: &str) -> String {
        format!(".{name}.kpki-new{}", self.end)
    }

    /// The old file, where the two cannot be exchanged.
    pub(super) fn kept(&self, name: &str) -> String {
        format!(".{name}.kpki-old{}", self.end)
    }
}
