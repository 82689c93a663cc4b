use super::dir::Dir;
use super::journal::{BACK, FORWARD, Journal, Record};
use super::publish::save;
use super::{RelPath, Result, Root, stage};

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
    restore(root, &journal)?;
    stage.remove_file(BACK)?;
    stage::remove(root, stage)?;
    Ok(journal.files.len())
}

/// Puts back as much as possible; the first failure is reported when the rest is done.
fn restore(root: &Root, journal: &Journal) -> Result<()> {
    let mut done = Ok(());
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
    if kept.look(name)?.map(|status| status.inode) != Some(old) {
        return Ok(());
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
