//! What kpki itself left in a directory.

use std::collections::BTreeMap;

use super::{Tree, TreeFile};

/// A directory of kpki's own that lies in a tree: it is no part of the tree, and
/// no component reads it.
#[derive(Debug)]
pub struct Remains {
    /// Where it is in the tree: `pki/kpki-backup-20261122T191500Z`.
    pub directory: String,
    /// Which of them it is.
    pub kind: RemainsKind,
    /// What lies in it, by the path in the tree.
    pub files: BTreeMap<String, TreeFile>,
    /// Why not all of it could be looked at.
    pub unread: Option<String>,
    /// Whether nobody could tell if a run is at work there.
    pub may_be_in_use: bool,
}

/// Which directory of kpki's own it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RemainsKind {
    /// New files of a run on the host itself, which did not end.
    Stage,
    /// New files of a copy by ssh, which did not end.
    Copy,
    /// Files that were replaced.
    Backup,
}

impl Remains {
    /// The directory that it is in: `.` for the kubernetes directory.
    pub(in crate::verify) fn above(&self) -> &str {
        let above = self.directory.rsplit_once('/');
        above.map_or(".", |(above, _)| above)
    }
}

impl RemainsKind {
    /// What a directory of this name is.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        match name {
            ".kpki-stage" => Some(Self::Stage),
            ".kpki-copy" => Some(Self::Copy),
            name if name.starts_with("kpki-backup-") => Some(Self::Backup),
            _ => None,
        }
    }
}

impl Tree {
    /// A file that is looked at, of the tree or of what was left in it.
    pub(in crate::verify) fn found(&self, path: &str) -> Option<&TreeFile> {
        let mut left = self.remains.iter();
        self.get(path)
            .or_else(|| left.find_map(|remains| remains.files.get(path)))
    }
}
