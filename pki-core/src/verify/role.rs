//! What a tree is for, told by the host's description or by what lies there,
//! and so which rows of the catalog it must have.

use std::fmt;

use super::derived;
use super::manifests::Manifests;
use super::tree::{self, RemainsKind, Tree};
use super::uses::ALLOWED_NAMES;
use super::{Assumed, Expectation, TreeLocation, kubeadm_configuration};
use crate::catalog::{
    Authority, CATALOG, CatalogEntry, EntryKind, EtcdNaming, FileRole, HostRule, PlacedFile,
};
use crate::cluster::{Cluster, Etcd, EtcdPeers, ExternalEtcd, Host, Roles};
use crate::static_pod::Component;

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
    /// Every role.
    pub const ALL: [Self; 5] = [
        Self::ControlPlaneWithEtcd,
        Self::ControlPlane,
        Self::EtcdMember,
        Self::Authorities,
        Self::Worker,
    ];

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

impl TreeRole {
    /// Whether an API server belongs there.
    pub(super) fn is_control_plane(self) -> bool {
        matches!(self, Self::ControlPlane | Self::ControlPlaneWithEtcd)
    }

    /// What a described host is for.
    pub(crate) fn of_host(cluster: &Cluster, host: &Host) -> Self {
        let external = cluster.has_external_etcd();
        match (host.roles.control_plane, host.roles.etcd) {
            (true, member) if member || !external => Self::ControlPlaneWithEtcd,
            (true, _) => Self::ControlPlane,
            (false, true) => Self::EtcdMember,
            (false, false) => Self::Worker,
        }
    }

    /// What a host of this role does not run as a static pod.
    pub(super) fn never_runs(self) -> &'static [Component] {
        match self {
            Self::ControlPlaneWithEtcd => &[],
            Self::ControlPlane => &[Component::Etcd],
            Self::EtcdMember => &[Component::ApiServer],
            Self::Authorities | Self::Worker => &[Component::ApiServer, Component::Etcd],
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
#[derive(Clone)]
pub(crate) struct PlacedRow {
    pub(crate) entry: &'static CatalogEntry,
    /// Certificate before key; empty if the naming has no such row.
    pub(crate) files: Vec<PlacedFile>,
    pub(crate) need: Need,
}

/// What the tree is for; `None` if there is nothing of the kind.
pub(super) fn of(
    tree: &Tree,
    manifests: &Manifests,
    expectation: &Expectation,
) -> Option<TreeRole> {
    let has_anything = rows_with_files(tree).next().is_some();
    // A worker gets nothing else before it joins.
    let may_be = |role: &TreeRole| {
        has_anything || *role == TreeRole::Worker && kubeadm_configuration::joins(tree)
    };
    if let Some(role) = expectation.role {
        return Some(role).filter(may_be);
    }
    match expectation.described() {
        Some((cluster, host)) if !expectation.assumed.role => {
            Some(TreeRole::of_host(cluster, host)).filter(may_be)
        }
        _ => inferred(tree, manifests),
    }
}

/// Takes from the tree where etcd runs, if nobody said so, and puts a cluster
/// of which nothing is known in the place of none.
pub(super) fn settle(tree: &Tree, manifests: &Manifests, expectation: &Expectation) -> Expectation {
    let mut settled = expectation.clone();
    if settled.described().is_none() {
        let (name, address) = derived::stand_in();
        let nobody = Host::control_plane(name, address);
        settled.cluster = Some((Cluster::new(vec![nobody]), 0));
        settled.assumed = Assumed::EVERYTHING;
    }
    let role = settled.role.or_else(|| inferred(tree, manifests));
    let external = match role {
        Some(TreeRole::ControlPlane) => Some((true, false)),
        Some(TreeRole::EtcdMember) => Some((false, true)),
        Some(TreeRole::ControlPlaneWithEtcd) if is_cfssls(tree) || manifests.unit().is_some() => {
            Some((true, true))
        }
        _ => None,
    };
    if let (true, Some((control_plane, etcd)), Some((cluster, index))) =
        (settled.assumed.etcd, external, &mut settled.cluster)
    {
        cluster.etcd = Etcd::External(ExternalEtcd {
            peers: etcd_peers(tree, manifests),
            ..ExternalEtcd::default()
        });
        if let Some(host) = cluster.hosts.get_mut(*index) {
            host.roles = Roles {
                control_plane,
                etcd,
            };
        }
    }
    settled
}

/// How the members of etcd seem to know each other.
pub(super) fn etcd_peers(tree: &Tree, manifests: &Manifests) -> EtcdPeers {
    let ca = CatalogEntry::of_authority(Authority::EtcdPeers);
    // Where it runs it is as its flags say.
    if manifests.of(Component::Etcd).is_some() {
        let named = manifests.peers_authority();
        let row = named.and_then(|path| usual_row(&path));
        let names = manifests.flag(Component::Etcd, ALLOWED_NAMES);
        let is_by_name = names.is_some_and(|told| {
            let mut names = told.flag.value.split(',').map(str::trim);
            names.any(|name| name == EtcdPeers::COMMON_NAME)
        });
        return match (row.is_some_and(|(row, _)| row == ca), is_by_name) {
            (true, _) => EtcdPeers::OwnCa,
            (false, true) => EtcdPeers::CommonName,
            (false, false) => EtcdPeers::AnyClient,
        };
    }
    let namings = [EtcdNaming::Kubeadm, EtcdNaming::Cfssl];
    let files = |entry: &CatalogEntry| namings.iter().flat_map(|it| placed(entry, it)).collect();
    let certificates: Vec<PlacedFile> = files(ca);
    if certificates.iter().any(|file| tree.has(&file.path)) {
        return EtcdPeers::OwnCa;
    }
    let peers: Vec<PlacedFile> = CatalogEntry::find("etcd/peer").map_or_else(Vec::new, files);
    let names = peers.iter().filter_map(|file| {
        let certificate = tree.get(&file.path)?.text()?.first_certificate()?;
        certificate.common_name()
    });
    match names.into_iter().any(|name| name == EtcdPeers::COMMON_NAME) {
        true => EtcdPeers::CommonName,
        false => EtcdPeers::AnyClient,
    }
}

/// The same by the description, or by what lies there.
fn peers_of(tree: &Tree, manifests: &Manifests, expectation: &Expectation) -> EtcdPeers {
    match expectation.described() {
        Some((cluster, _)) if !expectation.assumed.etcd => cluster.etcd_peers(),
        _ => etcd_peers(tree, manifests),
    }
}

/// Whether etcd's files are called as cfssljson does.
fn is_cfssls(tree: &Tree) -> bool {
    tree.has("pki/etcd/ca.pem")
}

fn inferred(tree: &Tree, manifests: &Manifests) -> Option<TreeRole> {
    let runs = |component| manifests.of(component).is_some();
    let has = |wanted: &dyn Fn(&CatalogEntry) -> bool| rows_with_files(tree).any(wanted);
    let member = has(&|entry| entry.hosts == HostRule::EtcdMember) || runs(Component::Etcd);
    let is_members = |entry: &CatalogEntry| entry.hosts == HostRule::EtcdMember;
    let to_be_member = || tree.brought().any(|(row, _)| is_members(row));
    let etcd_client = |entry: &CatalogEntry| entry.base_name == "apiserver-etcd-client";
    let has_kubelet = tree.has("kubelet.conf") || tree.has(tree::KUBELET_CLIENT);
    // People take their access with them to whatever host they work on.
    let is_carried = |entry: &CatalogEntry| has_kubelet && entry.base_name == "admin.conf";
    let is_masters = |entry: &CatalogEntry| {
        entry.hosts == HostRule::ControlPlane && !etcd_client(entry) && !is_carried(entry)
    };
    let control_plane = has(&is_masters) || runs(Component::ApiServer);
    let cluster_ca = CatalogEntry::of_authority(Authority::Cluster);
    let others = has(&|entry| entry.is_shared() && entry != cluster_ca);
    let ca_key = tree.has("pki/ca.key");
    let ca = has(&|entry| entry == cluster_ca);
    match () {
        () if control_plane && (member || to_be_member()) => Some(TreeRole::ControlPlaneWithEtcd),
        () if control_plane => Some(TreeRole::ControlPlane),
        () if member => Some(TreeRole::EtcdMember),
        // Where a kubelet runs pods the CAs are not at home.
        () if has_kubelet => Some(TreeRole::Worker),
        () if others || ca_key => Some(TreeRole::Authorities),
        () if ca => Some(TreeRole::Worker),
        () if kubeadm_configuration::joins(tree) => Some(TreeRole::Worker),
        () => None,
    }
}

impl Tree {
    /// What copies that did not end had brought.
    fn brought(&self) -> impl Iterator<Item = (&'static CatalogEntry, FileRole)> {
        let stages = self
            .remains
            .iter()
            .filter(|it| it.kind == RemainsKind::Copy);
        let files = stages.flat_map(|it| it.files.keys().filter_map(|file| it.place_of(file)));
        files.filter_map(|path| usual_row(&path))
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

/// Every row of a tree that nobody described.
pub(crate) fn rows_of(tree: &Tree, role: TreeRole) -> Vec<PlacedRow> {
    let manifests = Manifests::read(tree);
    let expectation = settle(tree, &manifests, &Expectation::default());
    rows(tree, &manifests, &expectation, role)
}

/// The row that has a file of this name in one of the namings, and which file of
/// it that is.
pub(super) fn usual_row(path: &str) -> Option<(&'static CatalogEntry, FileRole)> {
    let namings = [EtcdNaming::Kubeadm, EtcdNaming::Cfssl];
    CATALOG.iter().find_map(|entry| {
        let mut files = namings.iter().flat_map(|naming| placed(entry, naming));
        let file = files.find(|file| file.path == path)?;
        Some((entry, file.role))
    })
}

/// Every row with the place and the need that the role gives it.
pub(super) fn rows(
    tree: &Tree,
    manifests: &Manifests,
    expectation: &Expectation,
    role: TreeRole,
) -> Vec<PlacedRow> {
    let peers = peers_of(tree, manifests, expectation);
    let named = Named {
        manifests,
        expectation,
        location: &tree.location,
        peers,
    };
    let place = |entry: &'static CatalogEntry| {
        let files = named.place(tree, entry, files(tree, entry));
        let in_reach = files.iter().all(|file| tree.is_in_reach(&file.path));
        let need = match in_reach && !manifests.borrows(entry.base_name) {
            true if entry.hosts == HostRule::SharedEtcdPeers => need_of_peers_ca(tree, role, peers),
            true => need(tree, expectation, role, entry, named.has_etcd_access()),
            false => Need::Optional,
        };
        PlacedRow { entry, files, need }
    };
    let rows = CatalogEntry::all_with(peers).iter();
    rows.map(place).collect()
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
    let files = match (there(&kubeadm), there(&cfssl)) {
        (false, true) => cfssl,
        (false, false) if cfssl_tree => cfssl,
        _ => kubeadm,
    };
    match beside_etcds(&files) {
        Some(beside) if !there(&files) && there(&beside) => beside,
        _ => files,
    }
}

/// The API server's access to etcd in etcd's own directory, where it may have
/// been made.
fn beside_etcds(files: &[PlacedFile]) -> Option<Vec<PlacedFile>> {
    let moved = |file: &PlacedFile| {
        let name = file.path.strip_prefix("pki/")?;
        let path = format!("pki/etcd/{name}");
        let role = file.role;
        name.starts_with("apiserver-etcd-client.")
            .then_some(PlacedFile { path, role })
    };
    files.iter().map(moved).collect()
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

/// Whether a host of this role has a use for the row's secrets.
pub(super) fn has_use(role: TreeRole, entry: &CatalogEntry) -> bool {
    let etcds = entry.is_etcds();
    match role {
        TreeRole::Worker => entry.base_name == "kubelet.conf",
        // A member may make the API server's access to it.
        TreeRole::EtcdMember => etcds || entry.base_name == "kubelet.conf",
        _ => true,
    }
}

fn need(
    tree: &Tree,
    expectation: &Expectation,
    role: TreeRole,
    entry: &CatalogEntry,
    names_etcd_access: bool,
) -> Need {
    use HostRule as H;
    use TreeRole as R;
    let kubeconfig = matches!(entry.kind, EntryKind::Kubeconfig(_));
    let etcds = entry.is_etcds();
    if kubeconfig && !tree.has_kubeconfig_directory {
        return Need::Optional;
    }
    match (role, entry.hosts) {
        // It has run here, and does not come up again without.
        (R::ControlPlaneWithEtcd | R::ControlPlane | R::EtcdMember | R::Worker, _)
            if entry.base_name == "kubelet.conf" && has_kubeadms_kubelet(tree) =>
        {
            Need::Required
        }
        // kubeadm's external etcd may have its files anywhere.
        (R::ControlPlane, _) if etcds && !has_etcd_access(tree) && !names_etcd_access => {
            Need::Optional
        }
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
        // kubeadm join writes it.
        (R::Worker, H::SharedControlPlane)
            if entry.kind == EntryKind::Authority(Authority::Cluster)
                && (rows_with_files(tree).next().is_some() || tree.has(tree::KUBELET_CONFIG)) =>
        {
            Need::CertificateOnly
        }
        _ => Need::Optional,
    }
}

/// The members have the certificate of their peers' CA, if it is there at all.
fn need_of_peers_ca(tree: &Tree, role: TreeRole, peers: EtcdPeers) -> Need {
    use TreeRole as R;
    match role {
        _ if peers != EtcdPeers::OwnCa => Need::Optional,
        R::ControlPlaneWithEtcd | R::EtcdMember => Need::CertificateOnly,
        R::Authorities if only_etcd(tree) => Need::Required,
        _ => Need::Optional,
    }
}

/// Whether kubeadm has set up a kubelet: it writes the kubelet's configuration after
/// `kubelet.conf`, or after the file with which it asks for its first certificate.
fn has_kubeadms_kubelet(tree: &Tree) -> bool {
    tree.has(tree::KUBELET_CONFIG) && tree.lacks("bootstrap-kubelet.conf")
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

/// The files that somebody named: the manifests, which say what runs, else the
/// cluster's description.
struct Named<'a> {
    manifests: &'a Manifests,
    expectation: &'a Expectation,
    location: &'a TreeLocation,
    peers: EtcdPeers,
}

impl Named<'_> {
    fn file(&self, base_name: &str, role: FileRole) -> Option<String> {
        if (base_name, role, self.peers)
            == ("etcd/peer-ca", FileRole::Certificate, EtcdPeers::OwnCa)
        {
            return self.manifests.peers_authority();
        }
        let by_manifest = self.manifests.file(base_name, role);
        by_manifest.or_else(|| {
            let (cluster, _) = self.expectation.described()?;
            let Etcd::External(etcd) = &cluster.etcd else {
                return None;
            };
            let files = etcd.client_files.as_ref()?;
            self.location.path_of(match (base_name, role) {
                ("etcd/ca", FileRole::Certificate) => &files.ca_file,
                ("apiserver-etcd-client", FileRole::Certificate) => &files.cert_file,
                ("apiserver-etcd-client", FileRole::PrivateKey) => &files.key_file,
                _ => return None,
            })
        })
    }

    fn has_etcd_access(&self) -> bool {
        let certificate = self.file("apiserver-etcd-client", FileRole::Certificate);
        certificate.is_some()
    }

    /// The row's files where they are named.
    fn place(
        &self,
        tree: &Tree,
        entry: &CatalogEntry,
        mut files: Vec<PlacedFile>,
    ) -> Vec<PlacedFile> {
        let cluster_ca = entry.kind == EntryKind::Authority(Authority::Cluster);
        // Clients may be allowed other CAs beside the cluster's own.
        if cluster_ca && files.iter().any(|file| tree.has(&file.path)) {
            return files;
        }
        let authority = matches!(entry.kind, EntryKind::Authority(_));
        let mut sibling = None;
        for file in &mut files {
            let named = self.file(entry.base_name, file.role);
            if authority && file.role == FileRole::Certificate {
                sibling = named
                    .as_deref()
                    .filter(|named| **named != file.path)
                    .map(key_beside);
            }
            let named = named.or_else(|| match file.role {
                // The key of a CA is with its certificate or nowhere.
                FileRole::PrivateKey => sibling.take(),
                _ => None,
            });
            if let Some(named) = named {
                file.path = named;
            }
        }
        // Tokens can be checked with the key that signs them.
        let is_key = |path: &str| {
            let mut keys = files
                .iter()
                .filter(|file| file.role == FileRole::PrivateKey);
            keys.any(|key| key.path == path)
        };
        let doubled: Vec<_> = files
            .iter()
            .map(|file| file.role == FileRole::PublicKey && is_key(&file.path))
            .collect();
        let mut doubled = doubled.into_iter();
        files.retain(|_| !doubled.next().unwrap_or(false));
        files
    }
}

/// `ca.key` of `ca.crt`, `ca-key.pem` of `ca.pem`.
fn key_beside(certificate: &str) -> String {
    match certificate.strip_suffix(".pem") {
        Some(stem) => format!("{stem}-key.pem"),
        None => format!(
            "{}.key",
            certificate.strip_suffix(".crt").unwrap_or(certificate)
        ),
    }
}

fn only_etcd(tree: &Tree) -> bool {
    let is_etcds = |entry: &CatalogEntry| {
        matches!(
            entry.hosts,
            HostRule::SharedEtcd | HostRule::SharedEtcdPeers
        )
    };
    rows_with_files(tree).all(is_etcds)
}
