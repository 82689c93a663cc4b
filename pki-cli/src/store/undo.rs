use std::path::PathBuf;

use super::dir::Dir;
use super::journal::{BACK, FORWARD, Journal, Record};
use super::publish::save;
use super::{RelPath, Result, Root, StoreError, stage};

/// Takes back whatever the run of this stage did, and removes the stage. Can be repeated from
/// any point. Returns for how many files the run is undone.
pub(super) fn undo(root: &Root, stage: &Dir) -> Result<usize> {
    if stage.look(FORWARD)?.is_some() {
        // Renamed, for this needs no room on a full disk. The old tree wins before it is
        // touched: an undone replacement has lost its new file and cannot be applied again.
        stage.rename(FORWARD, stage, BACK)?;
        stage.sync()?;
    }
    let Some(journal) = Journal::read(stage, BACK)? else {
        return stage::remove(root, stage);
    };
    restore(root, stage, &journal)?;
    stage.remove_file(BACK)?;
    stage::remove(root, stage)?;
    Ok(journal.files.len())
}

/// Puts back as much as possible; the first failure is reported when the rest is done.
fn restore(root: &Root, stage: &Dir, journal: &Journal) -> Result<()> {
    let mut done = nothing_is_lost(root, stage, journal);
    for record in journal.files.iter().rev() {
        let restored = restore_record(root, journal, record);
        done = done.and(restored);
    }
    let backup = journal.backup_directories();
    let made = journal.directories.iter().map(RelPath::as_str);
    for path in backup.iter().rev().map(String::as_str).chain(made.rev()) {
        let removed = remove_if_empty(root, path);
        done = done.and(removed);
    }
    done?;
    save(root, journal)
}

/// Fails if a new file is in the place of one that is under no other name.
pub(super) fn nothing_is_lost(root: &Root, stage: &Dir, journal: &Journal) -> Result<()> {
    let mut lost = Vec::new();
    for record in &journal.files {
        let (below, name) = record.target.split();
        if record.replaces.is_none() {
            continue;
        }
        let number = |dir: Option<Dir>| -> Result<Option<u64>> {
            let status = dir.map(|dir| dir.look(name)).transpose()?.flatten();
            Ok(status.map(|status| status.inode))
        };
        let there = number(root.dir().descend_if_there(below)?)?;
        if there == Some(record.inode)
            && number(root.dir().descend_if_there(&journal.backup_of(below))?)?.is_none()
        {
            lost.push(root.path().join(record.target.as_str()));
        }
    }
    not_lost(root, stage, journal.backup.as_deref(), lost)
}

/// An error if any file is lost.
pub(super) fn not_lost(
    root: &Root,
    stage: &Dir,
    backup: Option<&str>,
    lost: Vec<PathBuf>,
) -> Result<()> {
    match lost.is_empty() {
        true => Ok(()),
        false => Err(StoreError::NotTakenBack {
            stage: stage.path().into(),
            backup: match backup {
                Some(backup) => root.path().join(backup),
                None => stage.path().join("old"),
            },
            lost,
        }),
    }
}

fn restore_record(root: &Root, journal: &Journal, record: &Record) -> Result<()> {
    let (below, name) = record.target.split();
    let Some(dir) = root.dir().descend_if_there(below)? else {
        return Ok(());
    };
    let target = dir.look(name)?.map(|status| status.inode);
    let Some(old) = record.replaces else {
        return match target {
            Some(inode) if inode == record.inode => dir.remove_file(name),
            _ => Ok(()),
        };
    };
    let Some(kept) = root.dir().descend_if_there(&journal.backup_of(below))? else {
        return Ok(());
    };
    // What somebody put back there is as good, in the place of the new file.
    match kept.look(name)?.map(|status| status.inode) {
        Some(inode) if inode == old || target == Some(record.inode) => {}
        _ => return Ok(()),
    }
    match target {
        // Two names of one file; a rename from one to the other would do nothing.
        Some(inode) if inode == old => kept.remove_file(name),
        // Somebody else wrote it meanwhile: theirs stays, and so does the backup.
        Some(inode) if inode != record.inode => Ok(()),
        _ => kept.rename(name, &dir, name),
    }
}

fn remove_if_empty(root: &Root, path: &str) -> Result<()> {
    let (below, name) = path.rsplit_once('/').unwrap_or(("", path));
    match root.dir().descend_if_there(below)? {
        Some(dir) => dir.remove_dir_if_empty(name),
        None => Ok(()),
    }
}
