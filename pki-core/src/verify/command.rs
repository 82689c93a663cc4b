//! The commands that mend: whole lines that can be pasted, with the paths of
//! the tree as it was found.

mod bundle;
mod cluster;
mod edit;
mod generation;
mod kubelet;
mod made;
mod removal;
mod renewal;
mod replacement;
mod restart;
mod restoration;
mod shared;

use super::fix::Fix;
use super::{Tree, TreeLocation};
use crate::shell;

pub(super) use bundle::{put_first, take_out};
pub(super) use cluster::{KubeconfigCluster, embed_authority, set_cluster};
pub(super) use edit::{FileLine, delete_lines, edit, in_place, line_of, replace, replace_words};
pub use generation::Generation;
pub(super) use kubelet::link_kubelet;
pub(super) use made::{make, make_all, reissue, reissue_all};
pub(super) use removal::remove;
pub(super) use renewal::renew_authority;
pub(super) use replacement::{replaced_authority, separate_authority};
use restart::restart_all;
pub(super) use restart::{restart, restart_kubelet};
pub(super) use restoration::{RESTORE, fill_in};
pub(super) use shared::{FROM_HERE, fetch, reach, target};

/// Where a file of the tree is, in the words of a shell.
pub(super) fn path(tree: &Tree, path: &str) -> String {
    word(&tree.location, path)
}

/// The same where there is no tree any more.
pub(super) fn word(location: &TreeLocation, path: &str) -> String {
    argument(&location.path(path))
}

/// A path that is not taken for a flag.
pub(super) fn argument(path: &str) -> String {
    shell::path(path.as_bytes())
}

/// One word for a shell.
pub(super) fn quoted(word: &str) -> String {
    shell::word(word.as_bytes())
}

/// Takes a file out of the way, and keeps it: whatever had this name already is
/// kept under another one.
pub(super) fn set_aside(location: &TreeLocation, file: &str) -> String {
    let [file, old] = [file.to_owned(), format!("{file}.old")].map(|it| word(location, &it));
    format!("mv --backup=numbered {file} {old}")
}

#[cfg(test)]
mod tests;
