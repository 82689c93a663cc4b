//! A directory that files are copied to: on this host, or on another one.

mod local;
mod remote;

use std::collections::BTreeSet;

use zeroize::Zeroizing;

use pki_core::copy::PresentFile;

use crate::commands::generate::Recovered;
use crate::failure::Failure;
use crate::store::{NewFile, RelPath};

pub(crate) use local::LocalDirectory;
pub(crate) use remote::RemoteDirectory;

/// A directory that files are copied to. One `Destination` is one conversation: a connection
/// that was lost is not made again.
pub(crate) trait Destination: Send {
    /// What lies at these paths, in their order. Nothing is changed there. What is wrong with the
    /// directory itself, or on the way to it, is an error.
    fn survey(&mut self, asked: &[Asked<'_>]) -> Result<Survey, Failure>;

    /// Why `publish` is bound to fail, in its own words, as far as that can be told without
    /// writing: nobody asks whether there is room.
    fn foresee(&mut self, delivery: &Delivery) -> Result<(), Failure>;

    /// Waits for a run that is at work, and takes back what an interrupted one has put in place,
    /// where that was to replace something. After it all has to be looked at again.
    fn take_back(&mut self) -> Result<(), Failure>;

    /// What became of an interrupted run in any of these calls, whatever else became of them.
    fn recovered(&mut self) -> Option<Recovered>;

    /// Writes all files or none, with their modes from birth, and keeps what they replace.
    /// Directories that are missing are made (0755). All files belong to whoever writes, but
    /// for heirs.
    fn publish(&mut self, delivery: Delivery, stamp: &str) -> Result<Receipt, Unpublished>;

    /// The bytes that lie there after `publish`, in the order of the paths.
    fn read_back(&mut self, paths: &[RelPath]) -> Result<Vec<Zeroizing<Vec<u8>>>, Failure>;
}

/// A file that is asked about.
pub(crate) struct Asked<'a> {
    /// Below the directory.
    pub(crate) path: RelPath,
    /// What should be in it, if anything should: compared where the file lies.
    pub(crate) expected: Option<&'a [u8]>,
    /// Whether a private key may be in it: then it is never fetched unless it is known to
    /// be the expected one.
    pub(crate) is_secret: bool,
}

/// Files to write.
#[derive(Debug, Default)]
pub(crate) struct Delivery {
    pub(crate) files: Vec<NewFile>,
    /// At another host these keep the owner of what they replace.
    pub(crate) heirs: Vec<RelPath>,
    /// These have the same bytes as what they replace: no second copy of them is kept.
    pub(crate) mended: Vec<RelPath>,
}

/// What was found.
#[derive(Debug)]
pub(crate) struct Survey {
    /// What the host calls itself (`uname -n`).
    pub(crate) host_name: Option<String>,
    /// One for each path that was asked about.
    pub(crate) files: Vec<PresentFile>,
    /// The directories of these paths, empty for the directory itself, in which something lies,
    /// were it no file that was asked about. What kpki itself has left is nothing.
    pub(crate) full: BTreeSet<String>,
    /// What an interrupted run left of its own, perhaps keys: it goes with the next
    /// `publish`, were it of no file.
    pub(crate) remains: Remains,
    /// The number of the user who writes there.
    pub(crate) user: Option<u32>,
    /// Why nothing can be written below the directory: somebody else could change it, or a link
    /// is there. What `files` tells is no more than whether anything is there.
    pub(crate) distrusted: Option<Failure>,
}

/// What an interrupted run left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Remains {
    None,
    /// Files that are in the place of no others.
    Stage,
    /// The same, and it had begun to put files in their places, which the next run finishes.
    Finished,
    /// Or takes back.
    TakenBack,
    /// It was not interrupted: it is at work.
    Busy,
}

/// What is said of the stage of a copy that cannot be removed.
const STAGE_IS_LEFT: &str = "'.kpki-copy' could not be removed: where the next copy leaves it as well, something else lies in it, to be looked at";

/// Why nobody says that it was written.
#[derive(Debug)]
pub(crate) enum Unpublished {
    /// Everything is as it was.
    Undone(Failure),
    /// The same: somebody else has written there since the survey.
    Overtaken(Failure),
    /// It was sent and not answered, or could not be taken back as a whole.
    Unknown {
        /// Where the replaced files are if it was done.
        backup: Option<Backup>,
        failure: Failure,
    },
}

/// A directory with replaced files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Backup {
    Named(String),
    /// Nobody has said its name, which begins so.
    Beginning(String),
}

impl<E: Into<Failure>> From<E> for Unpublished {
    fn from(error: E) -> Self {
        Self::Undone(error.into())
    }
}

/// What was written.
#[derive(Debug)]
pub(crate) struct Receipt {
    /// The directory with the replaced files, whole as the host knows it.
    pub(crate) backup: Option<String>,
    /// What is left to be said: remains that the next run clears.
    pub(crate) remark: Option<String>,
}

/// The directories on the way to files: `pki`, `pki/etcd`.
fn parents<'a>(paths: impl Iterator<Item = &'a RelPath>) -> BTreeSet<String> {
    let parents = paths.flat_map(RelPath::parents);
    parents.map(|parent| parent.to_string()).collect()
}
