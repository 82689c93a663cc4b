//! The files of a run: locked, read, and written in one transaction.

use std::time::Duration;

use pki_core::plan::{ExistingFile, Inventory, Plan, PlanOptions};
use pki_core::{BundleFile, Cluster, Timestamp};

use crate::failure::Failure;
use crate::layout::Layout;
use crate::output;
use crate::store::{Entry, Holder, Locked, NewFile, Published, Recovery, Root};

/// Another run may take as long as its keys do.
const LOCK_WAIT: Duration = Duration::from_secs(30);

/// Locks the directory, and ends what an interrupted run began.
pub(crate) fn lock(root: &Root, now: Timestamp) -> Result<Locked<'_>, Failure> {
    let waiting = |holder: &Holder| {
        output::remark(&format!(
            "waiting for another run in this directory: {holder}"
        ));
    };
    let locked = root.lock(&now.to_string(), LOCK_WAIT, waiting)?;
    match locked.recover()? {
        Recovery::Nothing => {}
        Recovery::Finished { files } => output::remark(&format!(
            "an earlier run was interrupted while it put {files} files in place: finished now"
        )),
        Recovery::Undone { files, because } => {
            let reason = because
                .map(|error| format!(" ({error})"))
                .unwrap_or_default();
            output::remark(&format!(
                "an earlier run was interrupted: what it left of {files} files was undone{reason}"
            ));
        }
    }
    Ok(locked)
}

/// Reads every file that the plan asks about.
pub(crate) fn read(
    root: Option<&Root>,
    cluster: &Cluster,
    options: &PlanOptions,
    layout: &Layout,
) -> Result<Inventory, Failure> {
    let mut inventory = Inventory::new();
    let Some(root) = root else {
        return Ok(inventory);
    };
    for (site, file) in Plan::files(cluster, options) {
        let path = layout.path(site, &file)?;
        let existing = match root.read_following(&path).entry {
            Entry::Absent => continue,
            Entry::File { bytes, .. } => ExistingFile::Content(bytes),
            Entry::TooLarge { size } => {
                ExistingFile::Unreadable(format!("it has {size} bytes, too many for such a file"))
            }
            Entry::Other { kind } => ExistingFile::Unreadable(format!("it is {kind}, not a file")),
            Entry::Unreadable { reason } => ExistingFile::Unreadable(reason),
        };
        inventory.insert(site, file, existing);
    }
    Ok(inventory)
}

/// The files of a bundle where the layout has them.
pub(super) fn new_files(made: Vec<BundleFile>, layout: &Layout) -> Result<Vec<NewFile>, Failure> {
    let new_file = |made: BundleFile| {
        Ok(NewFile {
            path: layout.path(made.site, &made.file)?,
            mode: made.file.role.mode(),
            bytes: made.content,
            replaces: made.replaces,
        })
    };
    made.into_iter().map(new_file).collect()
}

/// Says that everything is in place though the journal could not be removed.
pub(crate) fn remark_on_leftover(published: &Published) {
    if let Some(error) = &published.leftover {
        output::remark(&format!(
            "everything is in place, but {error}; the next run clears it"
        ));
    }
}
