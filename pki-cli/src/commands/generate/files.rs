//! The files of a run: locked, read, and written in one transaction.

use std::fmt::Display;
use std::time::Duration;

use pki_core::plan::{ExistingFile, Inventory, Plan, PlanOptions};
use pki_core::{BundleFile, Cluster, Timestamp};

use crate::failure::Failure;
use crate::layout::Layout;
use crate::output;
use crate::store::{Entry, Holder, Locked, NewFile, Published, Recovery, RelPath, Root};

/// Another run may take as long as its keys do.
const LOCK_WAIT: Duration = Duration::from_secs(30);

/// Locks the directory, and ends what an interrupted run began. Nobody asked this one to replace a CA.
/// What is said of that comes before all else, whatever becomes of this run.
pub(crate) fn lock(
    root: &Root,
    now: Timestamp,
) -> Result<(Locked<'_>, Option<Recovered>), Failure> {
    let (locked, recovered) = lock_recovering(root, now, |path| !is_of_all_hosts(path))?;
    if let Some(recovered) = &recovered {
        output::remark(&recovered.note);
    }
    Ok((locked, recovered))
}

/// What the same would do about an interrupted run, with --dry-run. An error if it is taken back:
/// what there is to do then cannot be told before.
pub(crate) fn foresee_recovery(root: Option<&Root>) -> Result<Option<Recovered>, Failure> {
    // Whoever cannot look has other things to say first.
    let end = root.and_then(|root| root.foreseen_end(|path| !is_of_all_hosts(path)).ok()?);
    match end {
        None => Ok(None),
        Some(true) => Err(unforeseen()),
        Some(false) => {
            let recovered = Recovered::foreseen();
            output::remark(&recovered.note);
            Ok(Some(recovered))
        }
    }
}

/// Why --dry-run shows nothing where an interrupted run is taken back first.
pub(crate) fn unforeseen() -> Failure {
    Failure::new(
        "an earlier run was interrupted while it put files in place, some for others, and the next one takes that back first: what is to be done then can only be told after that",
    )
    .hint("run it without --dry-run: it takes back what was interrupted, and then does what it is asked for or refuses it; with --dry-run nothing was changed")
}

/// What was done about an interrupted run, or with --dry-run would be.
pub(crate) struct Recovered {
    pub(crate) note: String,
    /// Whether files were put in their places or taken from them.
    pub(crate) is_changed: bool,
    /// The directory with the files which that run had replaced.
    pub(crate) backup: Option<String>,
}

impl Recovered {
    /// What would be done first about a run that put files in place and is finished.
    pub(crate) fn foreseen() -> Self {
        Self {
            note: "an earlier run was interrupted while it put files in place: the next one, without --dry-run, finishes it first, also where all else is equal".to_owned(),
            is_changed: true,
            backup: None,
        }
    }

    /// So many files are as they were before that run.
    pub(crate) fn taken_back(files: &dyn Display) -> Self {
        Self {
            note: format!(
                "an earlier run was interrupted while it put {files} files in place, some for others: taken back now; restart what was started since"
            ),
            is_changed: true,
            backup: None,
        }
    }
}

/// Locks the directory, and ends what an interrupted run began: `may_replace` tells which
/// files may be replaced on its behalf.
pub(crate) fn lock_recovering(
    root: &Root,
    now: Timestamp,
    may_replace: impl Fn(&RelPath) -> bool,
) -> Result<(Locked<'_>, Option<Recovered>), Failure> {
    let waiting = |holder: &Holder| {
        output::remark(&format!(
            "waiting for another run in this directory: {holder}"
        ));
    };
    let locked = root.lock(&now.to_string(), LOCK_WAIT, waiting)?;
    let recovered = match locked.recover(may_replace)? {
        Recovery::Nothing => locked
            .copy_taken_back()
            .map(|files| Recovered::taken_back(&files)),
        Recovery::Finished { files, backup } => {
            let backup = backup.map(|path| path.display().to_string());
            let earlier = backup.as_ref().map(|backup| {
                format!("; what it replaced is in {backup}: restart what uses those files, if nobody has since")
            });
            Some(Recovered {
                note: format!(
                    "an earlier run was interrupted while it put {files} files in place: finished now{}",
                    earlier.unwrap_or_default()
                ),
                is_changed: true,
                backup,
            })
        }
        Recovery::TakenBack { files } => Some(Recovered::taken_back(&files)),
        Recovery::Undone { files, because } => {
            let reason = because.as_ref().map(|error| format!(" ({error})"));
            Some(Recovered {
                note: format!(
                    "an earlier run was interrupted: what it left of {files} files was undone{}",
                    reason.unwrap_or_default()
                ),
                is_changed: because.is_some(),
                backup: None,
            })
        }
    };
    Ok((locked, recovered))
}

/// Whether a cluster hangs on the file: a CA's, or the keys of service accounts.
fn is_of_all_hosts(path: &RelPath) -> bool {
    let name = path.as_str().rsplit('/').next().unwrap_or_default();
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    stem == "sa" || stem == "ca" || stem.ends_with("-ca")
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
