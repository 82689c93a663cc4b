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

    /// Where a file of it belongs, or belonged; `None` for those that have no name of their
    /// own there, as in the stages of runs on the host itself.
    pub(in crate::verify) fn place_of(&self, file: &str) -> Option<String> {
        let inside = file.strip_prefix(&self.directory)?.strip_prefix('/')?;
        let below = match self.kind {
            RemainsKind::Stage => return None,
            RemainsKind::Copy => inside.strip_prefix("new/")?,
            RemainsKind::Backup => inside,
        };
        Some(match self.above() {
            "." => below.to_owned(),
            above => format!("{above}/{below}"),
        })
    }

    /// Whether a file of it is one that was to be put somewhere, and no record of the run.
    pub(in crate::verify) fn is_staged(&self, file: &str) -> bool {
        let inside = file.strip_prefix(&self.directory).unwrap_or(file);
        let inside = inside.trim_start_matches('/');
        let is_parted = || self.files.keys().any(|it| self.place_of(it).is_some());
        match self.kind {
            RemainsKind::Stage => !["journal", "journal.new", "rollback"].contains(&inside),
            // All of them in one file, before they are parted.
            RemainsKind::Copy => inside.starts_with("new/") || inside == "all" && !is_parted(),
            RemainsKind::Backup => true,
        }
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
    /// Whether a file of a run that did not end has a second name there.
    pub(in crate::verify) fn is_of_unfinished_run(&self, file: &TreeFile) -> bool {
        let is_stage = |it: &&Remains| it.kind != RemainsKind::Backup;
        let is_same = |it: &TreeFile| it.inode == file.inode && file.inode.is_some();
        let mut left = self.remains.iter().flat_map(|it| it.files.values());
        self.remains.iter().any(|it| is_stage(&it)) && left.any(is_same)
    }

    /// A file that is looked at, of the tree or of what was left in it.
    pub(in crate::verify) fn found(&self, path: &str) -> Option<&TreeFile> {
        let mut left = self.remains.iter();
        self.get(path)
            .or_else(|| left.find_map(|remains| remains.files.get(path)))
    }
}
