use super::journal::{BACK, FORWARD, Journal};
use super::path::STAGE;
use super::publish::apply;
use super::stage;
use super::undo::undo;
use super::{Locked, Result, StoreError};

/// What was done about an earlier run that did not end.
#[derive(Debug)]
pub(crate) enum Recovery {
    Nothing,
    /// The run had decided on the new tree: now all of its files are in place.
    Finished {
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
    pub(crate) fn recover(&self) -> Result<Recovery> {
        let root = self.root;
        let Some(stage) = stage::open(root)? else {
            return Ok(Recovery::Nothing);
        };
        let mut because = None;
        if stage.look(BACK)?.is_none()
            && let Some(journal) = Journal::read(&stage, FORWARD)?
        {
            match apply(root, &stage, &journal).and_then(|()| stage.remove_file(FORWARD)) {
                Ok(()) => {
                    stage::remove(root, &stage)?;
                    return Ok(Recovery::Finished {
                        files: journal.files.len(),
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
