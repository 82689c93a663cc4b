//! What a tree is for, told by the host's description or by what lies there,
//! and so which rows of the catalog it must have.

use std::fmt;

use super::Expectation;
use super::tree::Tree;
use crate::catalog::{
    Authority, CATALOG, CatalogEntry, EntryKind, EtcdNaming, FileRole, HostRule, PlacedFile,
};
use crate::cluster::{Etcd, ExternalEtcd, Roles};

/// What a tree is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TreeRole {
    /// A control plane host that runs etcd as well.
    ControlPlaneWithEtcd,
    /// A control plane host whose etcd runs elsewhere.
    ControlPlane,
    /// A member of etcd and nothing else.
    EtcdMember,
    /// The home of the CAs and the service account's keys.
    Authorities,
    /// A host with the cluster's CA certificate and no key of it.
    Worker,
}

impl TreeRole {
    /// The stable name.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::ControlPlaneWithEtcd => "control-plane-with-etcd",
            Self::ControlPlane => "control-plane",
            Self::EtcdMember => "etcd-member",
            Self::Authorities => "authorities",
            Self::Worker => "worker",
        }
    }
}

impl fmt::Display for TreeRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ControlPlaneWithEtcd => "a control plane host with etcd",
            Self::ControlPlane => "a control plane host with an external etcd",
            Self::EtcdMember => "a member of etcd",
            Self::Authorities => "the home of the CAs",
            Self::Worker => "a worker",
        })
    }
}

/// Whether a row must be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    Required,
    /// The certificate must be there, the key is elsewhere.
    CertificateOnly,
    /// Checked if it is there.
    Optional,
}

/// A row of the catalog with its paths in the tree.
pub(crate) struct PlacedRow {
    pub(crate) entry: &'static CatalogEntry,
    /// Certificate before key; empty if the naming has no such row.
    pub(crate) files: Vec<PlacedFile>,
    pub(crate) need: Need,
}

/// What the tree is for.
pub(crate) fn of(tree: &Tree, expectation: &Expectation) -> Option<TreeRole> {
    match expectation.described() {
        Some((cluster, host)) => {
            let external = cluster.has_external_etcd();
            match (host.roles.control_plane, host.roles.etcd) {
                (true, member) if member || !external => Some(TreeRole::ControlPlaneWithEtcd),
                (true, _) => Some(TreeRole::ControlPlane),
                (false, true) => Some(TreeRole::EtcdMember),
                (false, false) => Some(TreeRole::Worker),
            }
            .filter(|_| rows_with_files(tree).next().is_some())
        }
        None => inferred(tree),
    }
}

/// Takes from the tree where etcd runs, if nobody said so.
pub(super) fn settle(tree: &Tree, expectation: &Expectation) -> Expectation {
    let mut settled = expectation.clone();
    let external = match inferred(tree) {
        Some(TreeRole::ControlPlane) => Some((true, false)),
        Some(TreeRole::EtcdMember) => Some((false, true)),
        Some(TreeRole::ControlPlaneWithEtcd) if is_cfssls(tree) => Some((true, true)),
        _ => None,
    };
    if let (true, Some((control_plane, etcd)), Some((cluster, index))) =
        (settled.assumed.etcd, external, &mut settled.cluster)
    {
        cluster.etcd = Etcd::External(ExternalEtcd::default());
        if let Some(host) = cluster.hosts.get_mut(*index) {
            host.roles = Roles {
                control_plane,
                etcd,
            };
        }
    }
    settled
}

/// Whether etcd's files are called as cfssljson does.
fn is_cfssls(tree: &Tree) -> bool {
    tree.has("pki/etcd/ca.pem")
}

fn inferred(tree: &Tree) -> Option<TreeRole> {
    let has = |wanted: &dyn Fn(&CatalogEntry) -> bool| rows_with_files(tree).any(wanted);
    let member = has(&|entry| entry.hosts == HostRule::EtcdMember);
    let etcd_client = |entry: &CatalogEntry| entry.base_name == "apiserver-etcd-client";
    let control_plane = has(&|entry| entry.hosts == HostRule::ControlPlane && !etcd_client(entry));
    let cluster_ca = CatalogEntry::of_authority(Authority::Cluster);
    let others = has(&|entry| entry.is_shared() && entry != cluster_ca);
    let ca_key = tree.has("pki/ca.key");
    let ca = has(&|entry| entry == cluster_ca);
    match () {
        () if control_plane && member => Some(TreeRole::ControlPlaneWithEtcd),
        () if control_plane => Some(TreeRole::ControlPlane),
        () if member => Some(TreeRole::EtcdMember),
        () if others || ca_key => Some(TreeRole::Authorities),
        () if ca || tree.has("kubelet.conf") => Some(TreeRole::Worker),
        () => None,
    }
}

fn rows_with_files(tree: &Tree) -> impl Iterator<Item = &'static CatalogEntry> {
    let namings = [EtcdNaming::Kubeadm, EtcdNaming::Cfssl];
    CATALOG.iter().filter(move |entry| {
        namings
            .iter()
            .flat_map(|naming| placed(entry, naming))
            .any(|file| tree.has(&file.path))
    })
}

/// Every row with the place and the need that the role gives it.
pub(crate) fn rows(tree: &Tree, expectation: &Expectation, role: TreeRole) -> Vec<PlacedRow> {
    let place = |entry: &'static CatalogEntry| PlacedRow {
        files: files(tree, entry),
        need: need(tree, expectation, role, entry),
        entry,
    };
    CATALOG.iter().map(place).collect()
}

/// The files of a row in the naming that lies there, or that its neighbours have.
fn files(tree: &Tree, entry: &CatalogEntry) -> Vec<PlacedFile> {
    let there = |files: &[PlacedFile]| files.iter().any(|file| tree.has(&file.path));
    let kubeadm = placed(entry, &EtcdNaming::Kubeadm);
    let cfssl = placed(entry, &EtcdNaming::Cfssl);
    let neighbours = ["ca.pem", "server.pem", "peer.pem", "client.pem"];
    let cfssl_tree = neighbours
        .iter()
        .any(|name| tree.has(&format!("pki/etcd/{name}")))
        && !tree.has("pki/etcd/ca.crt");
    match (there(&kubeadm), there(&cfssl)) {
        (false, true) => cfssl,
        (false, false) if cfssl_tree => cfssl,
        _ => kubeadm,
    }
}

/// The files of a row in this naming, with their paths in the tree.
pub(crate) fn placed(entry: &CatalogEntry, naming: &EtcdNaming) -> Vec<PlacedFile> {
    let mut files = entry.files(naming);
    for file in &mut files {
        if file.role != FileRole::Kubeconfig {
            file.path = format!("pki/{}", file.path);
        }
    }
    files
}

fn need(tree: &Tree, expectation: &Expectation, role: TreeRole, entry: &CatalogEntry) -> Need {
    use HostRule as H;
    use TreeRole as R;
    let kubeconfig = matches!(entry.kind, EntryKind::Kubeconfig(_));
    let etcds = entry.issuer() == Some(Authority::Etcd)
        || entry.kind == EntryKind::Authority(Authority::Etcd);
    if kubeconfig && !tree.has_kubeconfig_directory {
        return Need::Optional;
    }
    match (role, entry.hosts) {
        // kubeadm's external etcd may have its files anywhere.
        (R::ControlPlane, _) if etcds && !has_etcd_access(tree) => Need::Optional,
        (R::ControlPlane, H::SharedEtcd) => Need::CertificateOnly,
        (R::ControlPlaneWithEtcd, H::SharedEtcd) if is_external(tree, expectation) => {
            Need::CertificateOnly
        }
        (R::ControlPlaneWithEtcd | R::ControlPlane, H::SharedControlPlane | H::ControlPlane)
        | (R::ControlPlaneWithEtcd, H::SharedEtcd | H::EtcdMember)
        | (R::EtcdMember, H::EtcdMember) => Need::Required,
        (R::EtcdMember, H::SharedEtcd) => Need::CertificateOnly,
        (R::Authorities, H::SharedControlPlane) if !only_etcd(tree) => Need::Required,
        (R::Authorities, H::SharedEtcd) if only_etcd(tree) => Need::Required,
        (R::Worker, H::SharedControlPlane)
            if entry.kind == EntryKind::Authority(Authority::Cluster) =>
        {
            Need::CertificateOnly
        }
        _ => Need::Optional,
    }
}

/// Whether the API server's access to etcd lies in the tree at all.
pub(super) fn has_etcd_access(tree: &Tree) -> bool {
    let at = |path: &&str| tree.has(path);
    [
        "pki/etcd/ca.crt",
        "pki/etcd/ca.pem",
        "pki/apiserver-etcd-client.crt",
        "pki/apiserver-etcd-client.key",
        "pki/etcd/client.pem",
        "pki/etcd/client-key.pem",
    ]
    .iter()
    .any(at)
}

/// An etcd of its own on the hosts of the control plane: by the description, or
/// because its files are called as cfssljson does.
pub(super) fn is_external(tree: &Tree, expectation: &Expectation) -> bool {
    match expectation.described() {
        Some((cluster, _)) => cluster.has_external_etcd(),
        None => is_cfssls(tree),
    }
}

fn only_etcd(tree: &Tree) -> bool {
    rows_with_files(tree).all(|entry| entry.hosts == HostRule::SharedEtcd)
}
