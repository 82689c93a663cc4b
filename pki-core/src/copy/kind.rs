//! Which files the hosts of a control plane share: kubeadm's
//! `SharedCertificateExists`, and what it uploads for `--upload-certs`.

use crate::catalog::{
    Authority, CATALOG, CatalogEntry, EntryKind, EtcdNaming, FileRole, HostRule, PlacedFile,
};
use crate::cluster::{Cluster, Etcd};

/// What decides which files are shared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClusterKind {
    /// Etcd runs in kubeadm's pods: every host signs with its CA.
    Stacked,
    /// Etcd runs elsewhere: the hosts have its CA's certificate and a client
    /// certificate, in files that are called so.
    ExternalEtcd(EtcdNaming),
}

/// A file that every host of the control plane has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedFile {
    /// The row of the catalog that it belongs to.
    pub entry: &'static CatalogEntry,
    /// What it holds, and where.
    pub file: PlacedFile,
    /// Whether the hosts can do without: the key of a CA that signs elsewhere; of an
    /// external etcd everything, for its files may lie in a directory of their own, and
    /// each host may have a client certificate of its own.
    pub may_be_missing: bool,
}

/// The API server's certificate for etcd.
const ETCD_CLIENT: &str = "apiserver-etcd-client";

impl ClusterKind {
    /// That of a cluster that is described.
    #[must_use]
    pub fn of(cluster: &Cluster) -> Self {
        match &cluster.etcd {
            Etcd::Stacked { .. } => Self::Stacked,
            Etcd::External(external) => {
                Self::ExternalEtcd(EtcdNaming::of(external.client_files.as_ref()))
            }
        }
    }

    /// How the files of etcd are called.
    #[must_use]
    pub fn naming(&self) -> &EtcdNaming {
        match self {
            Self::Stacked => &EtcdNaming::Kubeadm,
            Self::ExternalEtcd(naming) => naming,
        }
    }

    /// The stable name: `stacked`, `external-etcd`.
    #[must_use]
    pub fn id(&self) -> &'static str {
        match self {
            Self::Stacked => "stacked",
            Self::ExternalEtcd(_) => "external-etcd",
        }
    }

    /// The files that every host has, in the catalog's order.
    #[must_use]
    pub fn shared(&self) -> Vec<SharedFile> {
        let mut shared = Vec::new();
        for entry in CATALOG.iter().filter(|entry| self.is_shared(entry)) {
            for file in entry.files(self.naming()) {
                let is_authority = matches!(entry.kind, EntryKind::Authority(_));
                let is_key = file.role == FileRole::PrivateKey;
                let is_external_etcds = self.has_no_etcd_key() && entry.is_etcds();
                if is_external_etcds && is_authority && is_key {
                    continue;
                }
                shared.push(SharedFile {
                    entry,
                    file,
                    may_be_missing: is_authority && is_key || is_external_etcds,
                });
            }
        }
        shared
    }

    /// The rows that are a host's own: what no other host may get.
    pub(super) fn own(&self) -> impl Iterator<Item = (&'static CatalogEntry, PlacedFile)> {
        let own = CATALOG.iter().filter(|entry| !entry.is_shared());
        own.flat_map(|entry| {
            let files = entry.files(self.naming()).into_iter();
            files.map(move |file| (entry, file))
        })
    }

    /// Whether every host has the row alike.
    #[must_use]
    pub fn is_shared(&self, entry: &CatalogEntry) -> bool {
        match entry.hosts {
            HostRule::SharedControlPlane | HostRule::SharedEtcd => true,
            HostRule::SharedEtcdPeers => self.has_no_etcd_key(),
            _ => self.is_external_client(entry),
        }
    }

    /// Whether the row is the API server's certificate for an etcd that runs elsewhere.
    pub(super) fn is_external_client(&self, entry: &CatalogEntry) -> bool {
        self.has_no_etcd_key() && entry.base_name == ETCD_CLIENT
    }

    /// Whether no host of the control plane may have the key of etcd's CA.
    fn has_no_etcd_key(&self) -> bool {
        matches!(self, Self::ExternalEtcd(_))
    }

    /// The keys of etcd's CAs, where no host should have them.
    pub(super) fn needless_keys(&self) -> Vec<PlacedFile> {
        if !self.has_no_etcd_key() {
            return Vec::new();
        }
        let authorities = [Authority::Etcd, Authority::EtcdPeers];
        let entries = authorities.into_iter().map(CatalogEntry::of_authority);
        let files = entries.flat_map(|entry| entry.files(self.naming()));
        files
            .filter(|file| file.role == FileRole::PrivateKey)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(kind: &ClusterKind) -> Vec<String> {
        let shared = kind.shared().into_iter();
        shared.map(|shared| shared.file.path).collect()
    }

    #[test]
    fn what_kubeadm_calls_shared() {
        let common = [
            "ca.crt",
            "ca.key",
            "front-proxy-ca.crt",
            "front-proxy-ca.key",
        ];
        let mut stacked = common.to_vec();
        stacked.extend(["etcd/ca.crt", "etcd/ca.key", "sa.pub", "sa.key"]);
        assert_eq!(paths(&ClusterKind::Stacked), stacked);
        for (naming, etcds) in [
            (
                EtcdNaming::Kubeadm,
                [
                    "etcd/ca.crt",
                    "etcd/peer-ca.crt",
                    "apiserver-etcd-client.crt",
                    "apiserver-etcd-client.key",
                ],
            ),
            (
                EtcdNaming::Cfssl,
                [
                    "etcd/ca.pem",
                    "etcd/peer-ca.pem",
                    "etcd/client.pem",
                    "etcd/client-key.pem",
                ],
            ),
        ] {
            let kind = ClusterKind::ExternalEtcd(naming);
            let mut external = common.to_vec();
            external.extend(etcds);
            external.extend(["sa.pub", "sa.key"]);
            assert_eq!(paths(&kind), external);
            let needless = kind.needless_keys().into_iter().map(|key| key.path);
            for (key, stem) in needless.zip(["etcd/ca", "etcd/peer-ca"]) {
                assert!(!external.contains(&key.as_str()), "{key}");
                assert!(key.starts_with(stem), "{key}");
            }
        }
        assert_eq!(ClusterKind::Stacked.needless_keys(), Vec::new());
    }

    #[test]
    fn nothing_is_shared_and_own() {
        for kind in [
            ClusterKind::Stacked,
            ClusterKind::ExternalEtcd(EtcdNaming::Kubeadm),
            ClusterKind::ExternalEtcd(EtcdNaming::Cfssl),
        ] {
            let shared = paths(&kind);
            let own = kind.own().filter(|(entry, _)| !kind.is_shared(entry));
            for (_, file) in own {
                assert!(!shared.contains(&file.path), "{}", file.path);
            }
        }
    }
}
