//! What is copied: the shared files, and each host's own.

use std::collections::BTreeMap;

use super::cluster_id::ClusterId;
use super::copied_file::{
    CopiedFile, belongs_to, certificates, only_public_key, public_half, public_keys,
};
use super::kind::{ClusterKind, SharedFile};
use super::kubeconfig::KubeconfigCertificates;
use crate::Error;
use crate::catalog::{Authority, CatalogEntry, EntryKind, FileRole, HostRule};
use crate::certificate::Certificate;
use crate::key::SubjectPublicKeyInfo;
use crate::name::HostName;

/// The files of a cluster that go to its hosts. There is none in which a
/// certificate and its key do not belong together.
#[derive(Debug)]
pub struct Source {
    kind: ClusterKind,
    /// In the catalog's order.
    shared: Vec<CopiedFile>,
    /// What is each host's own and is sent to it alone.
    own: BTreeMap<HostName, Vec<CopiedFile>>,
    /// The certificates that are known to be one host's, by their fingerprints.
    leaves: BTreeMap<[u8; 32], String>,
}

impl Source {
    /// `files` is what was found of the shared files, wherever that was; other
    /// files are left out.
    ///
    /// # Errors
    /// [`Error::SourceLacks`] and [`Error::UnusableInSource`].
    pub fn new(
        kind: ClusterKind,
        files: impl IntoIterator<Item = CopiedFile>,
    ) -> Result<Self, Error> {
        let mut given: Vec<_> = files.into_iter().collect();
        let mut shared: Vec<CopiedFile> = Vec::new();
        for SharedFile {
            entry,
            file,
            may_be_missing,
        } in kind.shared()
        {
            match given.iter().position(|given| given.file == file) {
                Some(index) => shared.push(given.swap_remove(index)),
                None if may_be_missing => {}
                None => return Err(Error::SourceLacks { file: file.path }),
            }
            // Half of etcd's client is of no use.
            let of_row = shared.iter().filter(|found| found.entry == entry);
            if file.role == FileRole::PrivateKey
                && of_row.count() == 1
                && !matches!(entry.kind, EntryKind::Authority(_))
            {
                return Err(Error::SourceLacks { file: file.path });
            }
        }
        let source = Self {
            kind,
            shared,
            own: BTreeMap::new(),
            leaves: BTreeMap::new(),
        };
        source.check(&source.shared)?;
        Ok(source)
    }

    /// Adds what is a host's own, to be sent to it if that is asked for; other
    /// files are left out.
    ///
    /// # Errors
    /// [`Error::UnusableInSource`], also for a leaf that another CA has signed.
    pub fn add_host(
        &mut self,
        host: HostName,
        files: impl IntoIterator<Item = CopiedFile>,
    ) -> Result<(), Error> {
        let mut given: Vec<_> = files.into_iter().collect();
        let mut own = Vec::new();
        for (_, file) in self.kind.own() {
            if let Some(index) = given.iter().position(|given| given.file == file) {
                own.push(given.swap_remove(index));
            }
        }
        self.check(&own)?;
        for copied in &own {
            self.knows_leaf(host.as_str(), copied.entry, copied.file.role, &copied.bytes);
        }
        self.own.insert(host, own);
        Ok(())
    }

    /// Remembers whose the certificate of a file or kubeconfig is, to tell it where it
    /// should not be. One that all hosts share is nobody's.
    pub fn knows_leaf(&mut self, host: &str, entry: &CatalogEntry, role: FileRole, bytes: &[u8]) {
        if self.kind.is_shared(entry) {
            return;
        }
        let fingerprint = match role {
            FileRole::Certificate => certificates(bytes).first().map(Certificate::sha256),
            FileRole::Kubeconfig => KubeconfigCertificates::of_text(bytes)
                .and_then(|it| it.client().map(Certificate::sha256)),
            FileRole::PrivateKey | FileRole::PublicKey => None,
        };
        if let Some(fingerprint) = fingerprint {
            self.leaves.insert(fingerprint, host.to_owned());
        }
    }

    /// Where etcd runs and how its files are called.
    #[must_use]
    pub fn kind(&self) -> &ClusterKind {
        &self.kind
    }

    /// The files for every host, in the catalog's order.
    #[must_use]
    pub fn shared(&self) -> &[CopiedFile] {
        &self.shared
    }

    /// What is a host's own; `None` if nothing is known of the host.
    #[must_use]
    pub fn own(&self, host: &HostName) -> Option<&[CopiedFile]> {
        self.own.get(host).map(Vec::as_slice)
    }

    /// The shared files that it has not: keys of CAs that sign elsewhere, and
    /// what belongs to an external etcd.
    #[must_use]
    pub fn lacks(&self) -> Vec<SharedFile> {
        let mut lacking = self.kind.shared();
        // Few clusters have a CA for the peers of etcd.
        lacking.retain(|shared| {
            let is_there = self.find(|copied| copied.file == shared.file).is_some();
            !is_there && shared.entry.hosts != HostRule::SharedEtcdPeers
        });
        lacking
    }

    /// Which cluster's files they are.
    #[must_use]
    pub fn cluster_id(&self) -> Option<ClusterId> {
        let keys = self.keys_of(Authority::Cluster);
        keys.first().map(ClusterId::of)
    }

    /// Whose certificate it is, if that is known.
    pub(super) fn owner_of(&self, leaf: &Certificate) -> Option<&str> {
        self.leaves.get(&leaf.sha256()).map(String::as_str)
    }

    /// The keys of a CA's certificates.
    pub(super) fn keys_of(&self, authority: Authority) -> Vec<SubjectPublicKeyInfo> {
        let entry = CatalogEntry::of_authority(authority);
        let is_certificate = |copied: &&CopiedFile| {
            copied.entry == entry && copied.file.role == FileRole::Certificate
        };
        let found = self.find(is_certificate);
        let certificates = found.map(|found| certificates(&found.bytes));
        public_keys(&certificates.unwrap_or_default())
    }

    /// The CA that signs a row.
    pub(super) fn issuer_of(&self, entry: &CatalogEntry) -> Option<Authority> {
        let has_peers_ca = !self.keys_of(Authority::EtcdPeers).is_empty();
        CatalogEntry::beside(entry.base_name, has_peers_ca)?.issuer()
    }

    fn find(&self, wanted: impl FnMut(&&CopiedFile) -> bool) -> Option<&CopiedFile> {
        self.shared.iter().find(wanted)
    }

    /// Whether certificates and keys belong together.
    fn check(&self, files: &[CopiedFile]) -> Result<(), Error> {
        for copied in files {
            let refuse = |why| {
                Err(Error::UnusableInSource {
                    file: copied.file.path.clone(),
                    why,
                })
            };
            let of_row = |role| {
                let mut files = files.iter();
                files.find(|other| other.entry == copied.entry && other.file.role == role)
            };
            match copied.file.role {
                FileRole::Kubeconfig => {}
                FileRole::Certificate => {
                    let is_leaf = matches!(copied.entry.kind, EntryKind::Leaf(_));
                    if is_leaf && of_row(FileRole::PrivateKey).is_none() {
                        return refuse("its private key is missing beside it");
                    }
                    let certificates = certificates(&copied.bytes);
                    let Some(first) = certificates.first() else {
                        return refuse("it holds no certificate that can be read");
                    };
                    if let Some(authority) = self.issuer_of(copied.entry) {
                        let issuers = self.keys_of(authority);
                        if !issuers.iter().any(|issuer| first.is_signed_by(issuer)) {
                            return refuse("its CA in the source did not sign it");
                        }
                    }
                }
                FileRole::PublicKey => {
                    if only_public_key(&copied.bytes).is_none() {
                        return refuse("it does not hold one public key");
                    }
                }
                FileRole::PrivateKey => {
                    let Some(key) = public_half(&copied.bytes) else {
                        return refuse("it holds no private key that can be used");
                    };
                    let bytes = |role| of_row(role).map(|found| found.bytes.as_slice());
                    let beside =
                        bytes(FileRole::Certificate).or_else(|| bytes(FileRole::PublicKey));
                    let Some(beside) = beside else {
                        return refuse("the file that belongs to it is missing beside it");
                    };
                    if !belongs_to(&key, copied.entry, beside) {
                        return refuse("it does not belong to the file beside it");
                    }
                }
            }
        }
        Ok(())
    }
}
