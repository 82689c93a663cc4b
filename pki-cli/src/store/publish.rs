use std::collections::BTreeSet;
use std::path::PathBuf;

use super::dir::Dir;
use super::journal::{FORWARD, Journal, Record};
use super::path::STAGE;
use super::preflight::{Preflight, free_backup_name};
use super::stage::{self, SYNC_EACH};
use super::undo::undo;
use super::{Locked, NewFile, RelPath, Result, Root, StoreError};

/// What a run has written.
#[derive(Debug)]
pub(crate) struct Published {
    /// The directory with the replaced files.
    pub(crate) backup: Option<PathBuf>,
    /// All files are in place, but the empty stage could not be removed; the next run will.
    pub(crate) leftover: Option<StoreError>,
}

impl Locked<'_> {
    /// Writes all files or none. `recover` must have been called before; `stamp`, the time now
    /// without punctuation, goes into the name of the backup directory.
    ///
    /// After an error the tree is as it was, but for [`StoreError::NotUndone`].
    pub(crate) fn publish(&self, files: Vec<NewFile>, stamp: &str) -> Result<Published> {
        self.publish_mending(files, &[], stamp)
    }

    /// The same. Of the `mended` files nothing but mode and owner changes: a second copy of them
    /// is kept for as long as the run may have to be undone, and not longer.
    pub(crate) fn publish_mending(
        &self,
        files: Vec<NewFile>,
        mended: &[RelPath],
        stamp: &str,
    ) -> Result<Published> {
        let published = self.publish_all(files, mended, stamp);
        published.map_err(|error| self.root.last(error))
    }

    fn publish_all(
        &self,
        files: Vec<NewFile>,
        mended: &[RelPath],
        stamp: &str,
    ) -> Result<Published> {
        let root = self.root;
        if root.dir().look(STAGE)?.is_some() {
            return Err(StoreError::Unfinished {
                stage: root.path().join(STAGE),
            });
        }
        if files.is_empty() {
            return Ok(Published {
                backup: None,
                leftover: None,
            });
        }
        let preflight = Preflight::new(root, &files)?;
        let replaces = preflight.replaced.iter().any(Option::is_some);
        let backup = replaces
            .then(|| free_backup_name(root, stamp))
            .transpose()?;
        match write(root, &files, preflight, backup.clone()) {
            Ok(stage) => {
                let is_kept = |file: &NewFile| file.replaces && !mended.contains(&file.path);
                let forgotten = backup.as_deref().map(|name| forget(root, name, mended));
                let forgotten = forgotten.and_then(Result::err);
                Ok(Published {
                    backup: backup
                        .filter(|_| forgotten.is_some() || files.iter().any(is_kept))
                        .map(|name| root.path().join(name)),
                    leftover: stage::remove(root, &stage).err().or(forgotten),
                })
            }
            Err(cause) => match take_back(root) {
                Ok(()) => Err(cause),
                Err(undo) => Err(StoreError::NotUndone {
                    cause: cause.into(),
                    undo: undo.into(),
                    stage: root.path().join(STAGE),
                }),
            },
        }
    }
}

/// Stage, commit, apply, and no longer need the journal: from there on there is no way back.
fn write(
    root: &Root,
    files: &[NewFile],
    preflight: Preflight,
    backup: Option<String>,
) -> Result<Dir> {
    let (stage, inodes) = stage::fill(root, files)?;
    let records = files.iter().zip(inodes).zip(preflight.replaced).zip(0..);
    let records = records.map(|(((file, inode), replaces), stage)| Record {
        stage,
        target: file.path.clone(),
        inode,
        replaces,
    });
    let journal = Journal::new(backup, preflight.missing, records.collect());
    journal.write(&stage)?;
    stage.sync()?;
    apply(root, &stage, &journal)?;
    stage.remove_file(FORWARD)?;
    Ok(stage)
}

/// Removes these files from a backup, and what is empty then.
fn forget(root: &Root, backup: &str, files: &[RelPath]) -> Result<()> {
    let kept = root.dir().descend(backup)?;
    for file in files {
        let (below, name) = file.split();
        kept.descend(below)?.remove_file(name)?;
    }
    let directories: BTreeSet<_> = files.iter().flat_map(RelPath::parents).collect();
    for directory in directories.iter().rev() {
        let (below, name) = directory.split();
        kept.descend(below)?.remove_dir_if_empty(name)?;
    }
    root.dir().remove_dir_if_empty(backup)
}

fn take_back(root: &Root) -> Result<()> {
    match stage::open(root)? {
        Some(stage) => undo(root, &stage).map(|_| ()),
        None => Ok(()),
    }
}

/// Brings every file of the journal to its place. Can be repeated from any point.
pub(super) fn apply(root: &Root, stage: &Dir, journal: &Journal) -> Result<()> {
    for path in &journal.directories {
        let (below, name) = path.split();
        root.dir().descend(below)?.create_dir(name, 0o755)?;
    }
    for path in journal.backup_directories() {
        let (below, name) = path.rsplit_once('/').unwrap_or(("", &path));
        root.dir().descend(below)?.create_dir(name, 0o700)?;
    }
    for record in &journal.files {
        apply_record(root, stage, journal, record)?;
    }
    save(root, journal)
}

/// Whether every file of the journal is in its place.
pub(super) fn is_applied(root: &Root, stage: &Dir, journal: &Journal) -> Result<bool> {
    for record in &journal.files {
        if stage.look(&record.stage.to_string())?.is_none() {
            continue;
        }
        let (below, name) = record.target.split();
        let found = match root.dir().descend_if_there(below)? {
            Some(dir) => dir.look(name)?,
            None => None,
        };
        if found.is_none_or(|status| status.inode != record.inode) {
            return Ok(false);
        }
    }
    Ok(true)
}

fn apply_record(root: &Root, stage: &Dir, journal: &Journal, record: &Record) -> Result<()> {
    let staged = record.stage.to_string();
    match stage.look(&staged)? {
        // Renamed to its target before; whatever became of it there is not ours to change.
        None => return Ok(()),
        Some(status) if status.inode == record.inode && status.is_file() => {}
        Some(_) => {
            return Err(StoreError::Changed {
                path: stage.path().join(staged),
            });
        }
    }
    let (below, name) = record.target.split();
    let dir = root.dir().descend(below)?;
    let target = dir.look(name)?.map(|status| status.inode);
    let Some(old) = record.replaces else {
        // The name in the stage stays until the new one is durable.
        return match target {
            Some(inode) if inode == record.inode => Ok(()),
            _ => stage.link(&staged, &dir, name),
        };
    };
    if target != Some(old) {
        return Err(StoreError::Changed {
            path: dir.path().join(name),
        });
    }
    let kept = root.dir().descend(&journal.backup_of(below))?;
    match kept.look(name)? {
        None => dir.link(name, &kept, name)?,
        Some(status) if status.inode == old => {}
        Some(_) => {
            return Err(StoreError::Exists {
                path: kept.path().join(name),
            });
        }
    }
    stage.rename(&staged, &dir, name)
}

/// Makes durable what applying or undoing the journal has changed.
pub(super) fn save(root: &Root, journal: &Journal) -> Result<()> {
    let mut touched: BTreeSet<String> = journal.backup_directories().into_iter().collect();
    touched.insert(String::new());
    let paths = journal
        .directories
        .iter()
        .chain(journal.files.iter().map(|file| &file.target));
    touched.extend(paths.map(|path| path.split().0.to_owned()));
    if touched.len() > SYNC_EACH {
        return root.dir().sync_all();
    }
    for below in touched {
        if let Some(dir) = root.dir().descend_if_there(&below)? {
            dir.sync()?;
        }
    }
    Ok(())
}
