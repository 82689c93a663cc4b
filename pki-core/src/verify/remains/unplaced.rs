//! What a copy by ssh that did not end has still in its stage, where the host has
//! something else: it tells with which flags the next copy brings the rest.

use super::super::Tree;
use super::super::role::usual_row;
use super::super::tree::{Remains, RemainsKind, TreeFile};
use crate::catalog::{Authority, EntryKind, FileRole};
use crate::key::SubjectPublicKeyInfo;

/// The files of a stage that have not taken the place of others yet.
#[derive(Default)]
pub(super) struct Unplaced {
    /// Those of CAs and service accounts, by their paths in the tree: no copy puts
    /// another key there without being asked to.
    old: Vec<String>,
    /// Whether the cluster's CA is among them, with which the kubeconfigs go.
    is_clusters: bool,
    /// Whether a kubeconfig is another one than the host has.
    has_kubeconfig: bool,
    /// Whether the copy brought what is this host's alone.
    pub(super) is_own: bool,
}

impl Unplaced {
    pub(super) fn of(tree: &Tree, remains: &Remains) -> Self {
        let mut found = Self::default();
        for (staged, file) in &remains.files {
            let Some(path) = place_of(remains, staged) else {
                continue;
            };
            let Some((row, role)) = usual_row(&path) else {
                continue;
            };
            // Of an etcd elsewhere all hosts have one client certificate.
            found.is_own |= !row.is_shared() && row.base_name != "apiserver-etcd-client";
            let Some(there) = tree.get(&path) else {
                continue;
            };
            match row.kind {
                _ if role == FileRole::Kubeconfig => {
                    let texts = file.bytes().zip(there.bytes());
                    found.has_kubeconfig |= texts.is_some_and(|(new, old)| new != old);
                }
                EntryKind::Authority(_) | EntryKind::ServiceAccount if replaces(file, there) => {
                    found.is_clusters |= row.kind == EntryKind::Authority(Authority::Cluster);
                    found.old.push(path);
                }
                _ => {}
            }
        }
        found
    }

    /// What the next copy has to be told, with a space before each word.
    pub(super) fn flags(&self) -> &'static str {
        match (self.old.is_empty(), self.has_kubeconfig) {
            (false, true) if !self.is_clusters => " --replace-ca --replace-kubeconfigs",
            (false, _) => " --replace-ca",
            (true, true) => " --replace-kubeconfigs",
            (true, false) => "",
        }
    }

    /// That old and new files may lie side by side.
    pub(super) fn in_words(&self) -> String {
        let is = match self.old.len() {
            0 => return String::new(),
            1 => "is still the old one",
            _ => "are still the old ones",
        };
        format!(
            "; it was putting other CAs or keys in the place of those here, and {} {is}: what else is wrong may follow from that",
            self.old.join(", ")
        )
    }
}

/// Where a file of the stage belongs; `None` for those that have no name of their own
/// there, and for the stages of runs on the host itself, which the next run finishes.
fn place_of(remains: &Remains, staged: &str) -> Option<String> {
    let inside = staged.strip_prefix(&remains.directory)?;
    let below = inside.strip_prefix("/new/")?;
    let path = match remains.above() {
        "." => below.to_owned(),
        above => format!("{above}/{below}"),
    };
    (remains.kind == RemainsKind::Copy).then_some(path)
}

/// Whether there is a key that the new file does not have, or nothing that is one.
fn replaces(new: &TreeFile, there: &TreeFile) -> bool {
    let is_blank = |bytes: &[u8]| bytes.iter().all(u8::is_ascii_whitespace);
    let (ours, theirs) = (keys(new), keys(there));
    let has_something = there.bytes().is_some_and(|bytes| !is_blank(bytes));
    let is_lost = theirs.is_empty() || theirs.iter().any(|key| !ours.contains(key));
    !ours.is_empty() && has_something && is_lost
}

/// The public halves of whatever a file holds.
fn keys(file: &TreeFile) -> Vec<SubjectPublicKeyInfo> {
    let certificates = file.certificates().unwrap_or_default().iter();
    let certified = certificates.filter_map(|it| it.public_key().ok().cloned());
    let private = file.key_half().map(|half| half.public.clone());
    let public = || SubjectPublicKeyInfo::from_pem(file.bytes()?).ok();
    certified.chain(private.or_else(public)).collect()
}
