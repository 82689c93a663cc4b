//! What files are usually called, and what that says of them.

use super::super::role::{placed, usual_row};
use super::super::uses::Use;
use crate::catalog::{Authority, CatalogEntry, EntryKind, EtcdNaming, FileRole};

/// The row of a flag.
pub(super) fn entry(row: &str) -> Option<&'static CatalogEntry> {
    CatalogEntry::find(row)
}

pub(super) fn is_authority(entry: &CatalogEntry) -> bool {
    matches!(entry.kind, EntryKind::Authority(_))
}

/// The usual paths of a row's file.
pub(super) fn usual(entry: &CatalogEntry, role: FileRole) -> Vec<String> {
    let namings = [EtcdNaming::Kubeadm, EtcdNaming::Cfssl];
    let files = namings.iter().flat_map(|naming| placed(entry, naming));
    let files = files.filter(|file| file.role == role);
    let mut paths: Vec<_> = files.map(|file| file.path).collect();
    paths.dedup();
    paths
}

/// Whether a file is called as the row's is.
pub(super) fn is_usual(of: &Use, named: &str) -> bool {
    let Some(entry) = entry(of.row) else {
        return false;
    };
    let is = |role| usual(entry, role).iter().any(|path| path == named);
    // Tokens can be checked with the key that signs them.
    let signing = of.role == FileRole::PublicKey && is(FileRole::PrivateKey);
    let beside = of.row == "apiserver-etcd-client" && named.starts_with("pki/etcd/apiserver-etcd-");
    is(of.role) || signing || beside
}

/// Whether a flag may be trusted with a file: with one that is called as no
/// other row's is.
pub(super) fn may_be(of: &Use, named: &str) -> bool {
    is_usual(of, named) || usual_row(named).is_none()
}

pub(super) fn word(role: FileRole) -> &'static str {
    match role {
        FileRole::Certificate => "certificate",
        FileRole::PrivateKey => "key",
        FileRole::PublicKey => "public key",
        FileRole::Kubeconfig => "kubeconfig",
    }
}

/// What a row's file is, in words.
pub(super) fn described(entry: &CatalogEntry, role: FileRole) -> String {
    match entry.kind {
        EntryKind::Kubeconfig(_) => entry.purpose.to_owned(),
        EntryKind::Authority(Authority::Cluster) => {
            format!("the {} of the cluster's CA", word(role))
        }
        EntryKind::Authority(Authority::FrontProxy) => {
            format!("the {} of the front proxy's CA", word(role))
        }
        EntryKind::Authority(Authority::Etcd) => format!("the {} of etcd's CA", word(role)),
        EntryKind::Authority(Authority::EtcdPeers) => {
            format!("the {} of the CA of etcd's peers", word(role))
        }
        EntryKind::Leaf(_) | EntryKind::ServiceAccount => {
            format!("the {} that {}", word(role), entry.purpose)
        }
    }
}
