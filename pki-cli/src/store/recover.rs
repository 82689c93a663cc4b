use std::path::PathBuf;

use super::dir::Dir;
use super::journal::{BACK, FORWARD, Journal};
use super::path::STAGE;
use super::publish::{apply, is_applied};
use super::stage;
use super::undo::{nothing_is_lost, undo};
use super::{Locked, RelPath, Result, Root, StoreError};

/// What was done about an earlier run that did not end.
#[derive(Debug)]
pub(crate) enum Recovery {
    Nothing,
    /// The run had decided on the new tree: now all of its files are in place.
    Finished {
        files: usize,
        /// The directory with the files that it replaced.
        backup: Option<PathBuf>,
    },
    /// It had decided on the new tree and was to replace what this run may not: now all is as
    /// it was before that run.
    TakenBack {
        files: usize,
    },
    /// Now all is as it was before the run. `because` tells why a run that had decided on the
    /// new tree could not be finished.
    Undone {
        files: usize,
        because: Option<StoreError>,
    },
}

impl Locked<'_> {
    /// Finishes or undoes what an earlier run left. Each writing command begins with this.
    ///
    /// `may_replace` tells which files may be replaced on behalf of that run. If it was to replace
    /// others, it is taken back, unless all of its files are in place already.
    pub(crate) fn recover(&self, may_replace: impl Fn(&RelPath) -> bool) -> Result<Recovery> {
        let root = self.root;
        let Some(stage) = stage::open(root)? else {
            return Ok(Recovery::Nothing);
        };
        let mut because = None;
        if let Some(journal) = unfinished(&stage)? {
            if goes_back(root, &stage, &journal, may_replace)? {
                nothing_is_lost(root, &stage, &journal)?;
                let files = undo(root, &stage)?;
                return Ok(Recovery::TakenBack { files });
            }
            match apply(root, &stage, &journal).and_then(|()| stage.remove_file(FORWARD)) {
                Ok(()) => {
                    stage::remove(root, &stage)?;
                    return Ok(Recovery::Finished {
                        files: journal.files.len(),
                        backup: journal.backup.map(|name| root.path().join(name)),
                    });
                }
                Err(cause) => because = Some(cause),
            }
        }
        match (undo(root, &stage), because) {
            (Ok(0), None) => Ok(Recovery::Nothing),
            (Ok(files), because) => Ok(Recovery::Undone { files, because }),
            (Err(undo), None) => Err(undo),
            (Err(undo), Some(cause)) => Err(StoreError::NotUndone {
                cause: cause.into(),
                undo: undo.into(),
                stage: root.path().join(STAGE),
            }),
        }
    }
}

impl Root {
    /// What the next run would do about one that did not end, here or by ssh, and had begun to put
    /// files in their places: `Some(true)` if it would take it back, with the same `may_replace`.
    /// A run that is at work ends by itself. Nobody may ask who has the lock.
    pub(crate) fn foreseen_end(
        &self,
        may_replace: impl Fn(&RelPath) -> bool,
    ) -> Result<Option<bool>> {
        if self.is_busy() {
            return Ok(None);
        }
        let goes_back = self.goes_back(may_replace)?;
        Ok(match goes_back {
            None => self.copy_goes_back()?.then_some(true),
            goes_back => goes_back,
        })
    }

    /// The same of one that had decided on a new tree here.
    pub(super) fn goes_back(&self, may_replace: impl Fn(&RelPath) -> bool) -> Result<Option<bool>> {
        let Some(stage) = stage::open(self)? else {
            return Ok(None);
        };
        let journal = unfinished(&stage)?;
        let goes_back = |journal| goes_back(self, &stage, &journal, may_replace);
        journal.map(goes_back).transpose()
    }
}

/// The journal of a run that had decided on the new tree.
fn unfinished(stage: &Dir) -> Result<Option<Journal>> {
    match stage.look(BACK)? {
        Some(_) => Ok(None),
        None => Journal::read(stage, FORWARD),
    }
}

fn goes_back(
    root: &Root,
    stage: &Dir,
    journal: &Journal,
    may_replace: impl Fn(&RelPath) -> bool,
) -> Result<bool> {
    let mut replaced = journal.files.iter().filter(|it| it.replaces.is_some());
    Ok(replaced.any(|it| !may_replace(&it.target)) && !is_applied(root, stage, journal)?)
}
