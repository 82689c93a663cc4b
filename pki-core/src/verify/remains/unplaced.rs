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
    /// Whether the next copy takes back first what was put in the place of others.
    pub(super) goes_back: bool,
    /// Whether such files are among these.
    has_replaced: bool,
    /// Whether a kubeconfig is another one than the host has.
    has_kubeconfig: bool,
    /// Whether it is the kubelet's, which no CA takes along.
    has_kubelets: bool,
    /// Whether the copy brought what is this host's alone.
    pub(super) is_own: bool,
}

impl Unplaced {
    pub(super) fn of(tree: &Tree, remains: &Remains) -> Self {
        let mut found = Self::default();
        for (staged, file) in &remains.files {
            let Some(path) = remains.place_of(staged) else {
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
                    found.brings_kubeconfig(&path, file, there);
                }
                EntryKind::Authority(_) | EntryKind::ServiceAccount if replaces(file, there) => {
                    found.is_clusters |= row.kind == EntryKind::Authority(Authority::Cluster);
                    found.old.push(path);
                }
                _ => {}
            }
        }
        if let Some(backup) = backup_of(tree, remains) {
            found.goes_back = true;
            for (kept, old) in &backup.files {
                found.has_replaced(tree, backup, kept, old);
            }
        }
        found
    }

    /// What a copy that had begun to put files in their places has replaced.
    fn has_replaced(&mut self, tree: &Tree, backup: &Remains, kept: &str, old: &TreeFile) {
        let path = backup.place_of(kept);
        let placed = path.and_then(|path| Some((tree.get(&path)?, usual_row(&path)?, path)));
        let Some((there, (row, role), path)) = placed else {
            return;
        };
        match row.kind {
            _ if role == FileRole::Kubeconfig => self.brings_kubeconfig(&path, there, old),
            EntryKind::Authority(_) | EntryKind::ServiceAccount if replaces(there, old) => {
                self.is_clusters |= row.kind == EntryKind::Authority(Authority::Cluster);
                self.has_replaced = true;
            }
            _ => {}
        }
        self.is_own |= !row.is_shared() && row.base_name != "apiserver-etcd-client";
    }

    fn brings_kubeconfig(&mut self, path: &str, new: &TreeFile, old: &TreeFile) {
        let texts = new.bytes().zip(old.bytes());
        if texts.is_some_and(|(new, old)| new != old) {
            self.has_kubeconfig = true;
            self.has_kubelets |= path == "kubelet.conf";
        }
    }

    /// What the next copy has to be told, with a space before each word.
    pub(super) fn flags(&self) -> &'static str {
        let replaces_authorities = self.has_replaced || !self.old.is_empty();
        let goes_along = replaces_authorities && self.is_clusters;
        let replaces_kubeconfigs = self.has_kubelets || self.has_kubeconfig && !goes_along;
        match (replaces_authorities, replaces_kubeconfigs) {
            (true, true) => " --replace-ca --replace-kubeconfigs",
            (true, false) => " --replace-ca",
            (false, true) => " --replace-kubeconfigs",
            (false, false) => "",
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

/// The backup of a copy that had begun to put files in their places, and has some left.
fn backup_of<'a>(tree: &'a Tree, remains: &Remains) -> Option<&'a Remains> {
    let has = |below: &str| {
        let below = format!("{}/{below}", remains.directory);
        remains.files.keys().any(|path| path.starts_with(&below))
    };
    if remains.kind != RemainsKind::Copy || !has("numbers") || !has("new/") {
        return None;
    }
    let beside = tree
        .remains
        .iter()
        .filter(|it| it.kind == RemainsKind::Backup && it.above() == remains.above());
    // Their names tell the time.
    beside.max_by_key(|it| &it.directory)
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
