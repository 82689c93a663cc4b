//! What is copied, read and checked as `kpki verify` does.

mod read;
mod verified;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use pki_core::copy::{ClusterId, ClusterKind, SharedFile, Source};
use pki_core::{CatalogEntry, EtcdNaming, Expectation, HostName, Timestamp, Tree, TreeRole, shell};

use super::Recipient;
use crate::cluster_args::{ClusterArgs, Described};
use crate::failure::Failure;
use crate::store::{quote, resolve};
use crate::tree::TreeOnDisk;
use read::{bytes, check_is_here, files, home_of, owner, placed, read_hosts};
use verified::verified;

pub(crate) use read::in_tree;
pub(crate) use verified::TreeErrors;

/// The directory that is copied from.
pub(crate) struct CopySource {
    /// As it was given.
    directory: PathBuf,
    /// The tree with the shared files.
    shared: TreeOnDisk,
    /// The trees of hosts beside the shared files, where gen --out made them.
    hosts: BTreeMap<HostName, TreeOnDisk>,
    /// Whose tree the shared files are in, if it is a host's.
    owner: Option<HostName>,
    files: Source,
    /// Why the own files of a host cannot be copied.
    unusable: BTreeMap<HostName, Failure>,
    notes: Vec<String>,
}

impl CopySource {
    /// Reads what is there, and checks what is to be copied of it.
    pub(crate) fn read(
        from: &Path,
        args: &ClusterArgs,
        described: Option<&Described>,
        now: Timestamp,
    ) -> Result<Self, Failure> {
        check_is_here(from)?;
        let certificates = described.and_then(|it| it.certificates_dir.as_deref());
        let (home, place) = home_of(from);
        let mut shared = TreeOnDisk::read_with(&place, certificates)?;
        let expectation = Expectation::from_tree(&shared.tree);
        let role = pki_core::tree_role(&shared.tree, &expectation).ok_or_else(|| {
            let nothing = format!("{} holds nothing of kubeadm", quote(&place));
            Failure::new(nothing).hint(
                "give --from the certificates directory of a host, or what 'kpki gen --out' made",
            )
        })?;
        let hosts = match &home {
            Some(home) => read_hosts(home, certificates)?,
            None => BTreeMap::new(),
        };
        let kind = kind(&shared.tree, role, &hosts, args, described)?;
        let copied = kind.shared().into_iter();
        // What may be missing is judged if it is there.
        let copied =
            copied.filter(|it| !it.may_be_missing || bytes(&shared.tree, &it.file).is_some());
        let copied = copied.map(|it| in_tree(&it.file)).collect();
        let others = verified(&mut shared, &copied, now)?;
        let is_copied = |entry: &CatalogEntry| kind.is_shared(entry);
        let found = files(&shared.tree, kind.naming(), is_copied)?;
        let files = Source::new(kind.clone(), found);
        let files = files.map_err(|error| {
            let verify = shell::path(place.as_os_str().as_encoded_bytes());
            Failure::from(error).hint(format!("see what is there: kpki verify {verify}"))
        })?;
        let mut source = Self {
            directory: from.to_owned(),
            owner: match home {
                Some(_) => None,
                None => owner(&place),
            },
            files,
            unusable: BTreeMap::new(),
            notes: others.into_iter().collect(),
            shared,
            hosts,
        };
        source.remember_leaves();
        Ok(source)
    }

    /// Adds what is each host's own, of those that may be meant.
    pub(super) fn add_hosts(
        &mut self,
        recipients: &[Recipient],
        now: Timestamp,
    ) -> Result<(), Failure> {
        if self.hosts.is_empty() {
            return Err(Failure::new(format!(
                "--with-host-certs finds no host's tree in {}",
                quote(&self.directory)
            ))
            .hint("give --from the directory that 'kpki gen --out' made"));
        }
        let is_meant = |host: &HostName| {
            let mut recipients = recipients.iter();
            recipients.any(|it| it.name.as_ref().is_none_or(|name| name == host))
        };
        self.add_own(is_meant, now)
    }

    /// Adds what is one host's own.
    pub(crate) fn add_host(&mut self, host: &HostName, now: Timestamp) -> Result<(), Failure> {
        if !self.hosts.contains_key(host) {
            return Err(Failure::new(format!(
                "{} has no tree of {host}",
                quote(&self.directory)
            ))
            .hint("give --from the directory that 'kpki gen --out' made, and the host's name there"));
        }
        self.add_own(|other| other == host, now)?;
        self.unusable.get(host).cloned().map_or(Ok(()), Err)
    }

    /// The hosts whose own files cannot be copied, and why: the others' are no matter of that.
    pub(super) fn unusable(&self) -> &BTreeMap<HostName, Failure> {
        &self.unusable
    }

    fn add_own(
        &mut self,
        is_meant: impl Fn(&HostName) -> bool,
        now: Timestamp,
    ) -> Result<(), Failure> {
        let mut notes = Vec::new();
        let hosts = self.hosts.iter_mut();
        for (host, on_disk) in hosts.filter(|(host, _)| is_meant(host)) {
            let own = files(&on_disk.tree, self.files.kind().naming(), |entry| {
                !entry.is_shared()
            })?;
            let copied = own.iter().map(|it| in_tree(&it.file)).collect();
            notes.extend(verified(on_disk, &copied, now)?);
            if let Err(error) = self.files.add_host(host.clone(), own) {
                let tree = self.directory.join(host.as_str());
                let tree = shell::path(tree.as_os_str().as_encoded_bytes());
                let failure = Failure::new(format!("{host}: {error}"));
                let hint = format!(
                    "put it back or make the pair again; to see what is there: kpki verify {tree}"
                );
                self.unusable.insert(host.clone(), failure.hint(hint));
            }
        }
        self.notes.extend(notes);
        Ok(())
    }

    pub(crate) fn files(&self) -> &Source {
        &self.files
    }

    /// The directory, as it was given.
    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    pub(crate) fn kind(&self) -> &ClusterKind {
        self.files.kind()
    }

    /// Which cluster's files they are.
    pub(crate) fn cluster_id(&self) -> Option<ClusterId> {
        self.files.cluster_id()
    }

    /// What is to be said of the source.
    pub(crate) fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Adds what is to be said of it.
    pub(super) fn note(&mut self, note: String) {
        self.notes.push(note);
    }

    /// Whose tree it is, if it is a host's.
    pub(super) fn owner(&self) -> Option<&HostName> {
        self.owner.as_ref()
    }

    /// The hosts that it has trees of.
    pub(super) fn hosts(&self) -> impl Iterator<Item = &HostName> {
        self.hosts.keys().chain(&self.owner)
    }

    /// Whether the tree of a host tells that it runs etcd and no control plane.
    pub(super) fn is_member_of_etcd_only(&self, host: &HostName) -> bool {
        let tree = self.hosts.get(host).map(|on_disk| &on_disk.tree);
        let role = tree.and_then(|tree| pki_core::tree_role(tree, &Expectation::default()));
        role == Some(TreeRole::EtcdMember)
    }

    /// Whether a directory is the one with the certificates.
    pub(super) fn is_in(&self, directory: &Path) -> bool {
        let certificate = self.shared.path_of("pki/ca.crt");
        let here = certificate.parent().and_then(|here| resolve(here).ok());
        here.is_some() && here == resolve(directory).ok()
    }

    /// Whether the certificates lie somewhere below a directory.
    pub(super) fn is_below(&self, directory: &Path) -> bool {
        let certificate = self.shared.path_of("pki/ca.crt");
        let here = certificate.parent().and_then(|here| resolve(here).ok());
        let around = resolve(directory).ok();
        let both = here.zip(around);
        both.is_some_and(|(here, around)| here != around && here.starts_with(around))
    }

    /// Whose certificates which are, so that they are known where they should not be.
    fn remember_leaves(&mut self) {
        let owner = self.owner.as_ref().map(|owner| (owner, &self.shared));
        let naming = self.files.kind().naming().clone();
        for (host, on_disk) in self.hosts.iter().chain(owner) {
            for (entry, file) in placed(&naming) {
                if let Some(bytes) = bytes(&on_disk.tree, &file) {
                    let host = host.as_str();
                    self.files.knows_leaf(host, entry, file.role, bytes);
                }
            }
        }
    }

    /// Says what every host needs besides.
    pub(super) fn note_what_lacks(&mut self, with_host_certs: bool) {
        let lacking = self.files.lacks();
        let of = |is: &dyn Fn(&SharedFile) -> bool| {
            let files = lacking.iter().filter(|it| is(it));
            let paths: Vec<_> = files.map(|it| it.file.path.as_str()).collect();
            Some(paths.join(", ")).filter(|paths| !paths.is_empty())
        };
        if let Some(keys) = of(&|it| it.entry.is_shared() && it.file.role.is_secret()) {
            self.notes.push(format!(
                "not in the source, as of an external CA: {keys}; only the certificate is copied, and every host needs what that CA has signed before it joins"
            ));
        }
        if let Some(certificate) = of(&|it| it.entry.is_shared() && !it.file.role.is_secret()) {
            self.notes.push(format!(
                "not in the source: {certificate}; if kubeadm's etcd.external names another place for the files of etcd, bring them to the hosts as well"
            ));
        } else if of(&|it| !it.entry.is_shared()).is_some() && !with_host_certs {
            self.notes.push(
                "not in the source: the API server's client certificate for etcd; every host needs its own, which --with-host-certs sends"
                    .to_owned(),
            );
        }
    }
}

/// What the description says, or else what lies there.
fn kind(
    tree: &Tree,
    role: TreeRole,
    hosts: &BTreeMap<HostName, TreeOnDisk>,
    args: &ClusterArgs,
    described: Option<&Described>,
) -> Result<ClusterKind, Failure> {
    let naming = match tree.files.contains_key("pki/etcd/ca.pem") {
        true => EtcdNaming::Cfssl,
        false => EtcdNaming::Kubeadm,
    };
    let described = described.filter(|_| args.file().is_some());
    let described = described.map(|described| described.cluster.has_external_etcd());
    // Where etcd runs elsewhere gen gives hosts no key of its CA.
    let lacks_key = |on_disk: &TreeOnDisk| {
        let files = &on_disk.tree.files;
        files.contains_key("pki/etcd/ca.crt") && !files.contains_key("pki/etcd/ca.key")
    };
    let told = args.says_etcd_is_external().or(described);
    let looks_external = naming == EtcdNaming::Cfssl
        || role == TreeRole::ControlPlane
        || hosts.values().any(lacks_key)
        || is_client_of_etcd(tree);
    if told.is_none() && !looks_external && may_be_either(tree) {
        return Err(Failure::new(
            "nothing says where etcd runs: its certificates and those of a client lie in the source, without the key of its CA",
        )
        .hint("give --etcd external if it is no pod of kubeadm's, or --etcd stacked if it is one, with a CA that signs elsewhere"));
    }
    Ok(match told.unwrap_or(looks_external) {
        true => ClusterKind::ExternalEtcd(naming),
        false => ClusterKind::Stacked,
    })
}

const ETCD_CLIENT: &str = "pki/apiserver-etcd-client.crt";
const ETCD_KEY: &str = "pki/etcd/ca.key";
const ETCD_MANIFEST: &str = "manifests/etcd.yaml";
const ETCD_MEMBER: [&str; 2] = ["pki/etcd/server.crt", "pki/etcd/peer.crt"];

/// Whether it is the host of an etcd beside kubeadm's pods, or of one in them whose
/// CA signs elsewhere.
fn may_be_either(tree: &Tree) -> bool {
    let has = |file: &str| tree.files.contains_key(file);
    has(ETCD_CLIENT) && ETCD_MEMBER.into_iter().any(has) && !has(ETCD_KEY) && !has(ETCD_MANIFEST)
}

/// Whether a host has a client's files for etcd, and nothing of a member.
fn is_client_of_etcd(tree: &Tree) -> bool {
    let has = |file: &str| tree.files.contains_key(file);
    let client = ["pki/etcd/ca.crt", ETCD_CLIENT];
    let is_member = ETCD_MEMBER.into_iter().any(has) || has(ETCD_KEY) || has(ETCD_MANIFEST);
    client.into_iter().all(has) && !is_member
}
