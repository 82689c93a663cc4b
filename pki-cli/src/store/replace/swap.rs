//! The step that others see, and the way back from it. What was done is read from the directory:
//! a file is known by its inode, under whatever name.

use std::fs::File;

use super::super::error::NotPutBack;
use super::super::status::Status;
use super::super::{Result, StoreError};
use super::{Replacement, TargetDirectory};

/// A file to write and what is under its name.
pub(super) struct Target<'a> {
    pub(super) file: &'a Replacement,
    /// The name of the new file until it has its own.
    pub(super) new: String,
    /// The name of the old file once it has lost its own, if the two cannot be exchanged.
    pub(super) kept: String,
    pub(super) old: Option<Status>,
}

/// A target whose new file is complete.
pub(super) struct Staged<'a> {
    pub(super) target: &'a Target<'a>,
    /// That of the new file.
    pub(super) inode: u64,
    /// Never closed before the end of the run: the inode of a file that somebody removes is
    /// given to the next one made, but not while it is open.
    pub(super) _open: File,
}

impl TargetDirectory {
    /// Puts every file in its place; on failure as many as possible are taken back.
    pub(super) fn swap(&self, files: &[Staged<'_>]) -> Result<()> {
        for (at, file) in files.iter().enumerate() {
            if let Err(cause) = self.put(file) {
                // This one too: it may have come half the way.
                return Err(self.take_back_all(files.iter().take(at + 1), cause));
            }
        }
        Ok(())
    }

    fn put(&self, file: &Staged<'_>) -> Result<()> {
        let Target { new, kept, old, .. } = file.target;
        let name = &file.target.file.name;
        if self.inode(new)? != Some(file.inode) {
            return Err(self.changed(new));
        }
        let Some(old) = old else {
            return self.dir.rename_new(new, name);
        };
        let now = match self.dir.exchange(new, name)? {
            true => new,
            false => {
                self.dir.keep(name, kept)?;
                self.dir.rename(new, &self.dir, name)?;
                kept
            }
        };
        // What came there since we looked is not ours to replace.
        match self.inode(now)? == Some(old.inode) {
            true => Ok(()),
            false => Err(self.changed(name)),
        }
    }

    fn take_back_all<'a>(
        &self,
        files: impl DoubleEndedIterator<Item = &'a Staged<'a>>,
        cause: StoreError,
    ) -> StoreError {
        let mut failed = None;
        let mut left = Vec::new();
        for file in files.rev() {
            if let Err(undo) = self.take_back(file) {
                failed.get_or_insert(undo);
                let old = self.old_place(file).ok().flatten();
                left.push(NotPutBack {
                    path: self.path(&file.target.file.name),
                    old: old.map(|(name, _)| self.path(name)),
                });
            }
        }
        match failed {
            None => cause,
            Some(undo) => StoreError::HalfReplaced {
                cause: Box::new(cause),
                undo: Box::new(undo),
                left,
            },
        }
    }

    pub(super) fn take_back(&self, file: &Staged<'_>) -> Result<()> {
        let name = &file.target.file.name;
        let here = self.inode(name)?;
        let old = file.target.old.map(|old| old.inode);
        if old.is_some() && here == old {
            return Ok(());
        }
        match (here, self.old_place(file)?) {
            (Some(here), None) if here == file.inode => match old {
                None => self.dir.remove_file(name),
                Some(_) => Err(self.changed(name)),
            },
            (_, None) => Ok(()),
            // Not the one we looked at, and it still has its name.
            (Some(here), Some((_, old))) if here == old => Ok(()),
            (Some(here), Some(_)) if here != file.inode => Err(self.changed(name)),
            (_, Some((kept, _))) => self.dir.rename(kept, &self.dir, name),
        }
    }

    /// Where the old file is, if it is under one of the names that are for this run only.
    fn old_place<'a>(&self, file: &Staged<'a>) -> Result<Option<(&'a str, u64)>> {
        if file.target.old.is_none() {
            return Ok(None);
        }
        for name in [&file.target.new, &file.target.kept] {
            match self.inode(name)? {
                Some(inode) if inode != file.inode => return Ok(Some((name, inode))),
                _ => {}
            }
        }
        Ok(None)
    }

    /// Removes what the run wrote in vain, but never the only name of an old file.
    pub(super) fn clean_but_old(&self, files: &[Staged<'_>]) -> Result<()> {
        let mut cleaned = Ok(());
        for file in files {
            for name in [&file.target.new, &file.target.kept] {
                let removed = self.remove_but_old(file, name);
                cleaned = cleaned.and(removed);
            }
        }
        cleaned
    }

    fn remove_but_old(&self, file: &Staged<'_>, name: &str) -> Result<()> {
        match self.inode(name)? {
            None => Ok(()),
            Some(inode)
                if inode != file.inode && self.inode(&file.target.file.name)? != Some(inode) =>
            {
                Ok(())
            }
            Some(_) => self.dir.remove_file(name),
        }
    }

    fn inode(&self, name: &str) -> Result<Option<u64>> {
        Ok(self.dir.look(name)?.map(|status| status.inode))
    }

    fn changed(&self, name: &str) -> StoreError {
        StoreError::Changed {
            path: self.path(name),
        }
    }
}
