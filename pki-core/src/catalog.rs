//! The certificates, keys and kubeconfigs of kubeadm and etcd as one table.
//! Plan, verify and copy read it; a row is added in `catalog/rows.rs` and
//! nowhere else.

mod files;
mod hosts;
mod readers;
mod rows;
mod rules;

use std::fmt;

pub use files::{EtcdNaming, FileRole, PlacedFile};
pub use hosts::HostRule;
pub use rows::CATALOG;
pub use rules::Subject;
use rules::{CommonName, Organization};

use crate::cluster::{Cluster, EtcdPeers};
use crate::document::nearest;
use crate::extension::ExtendedKeyUsage;
use crate::name::Quoted;

/// A certificate authority of the cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Authority {
    /// `ca`: the API server, its clients and the kubelets.
    Cluster,
    /// `front-proxy-ca`: the aggregation layer.
    FrontProxy,
    /// `etcd/ca`: etcd and its clients.
    Etcd,
    /// `etcd/peer-ca`: the members of an external etcd among themselves, where
    /// they have a CA of their own.
    EtcdPeers,
}

impl Authority {
    /// Every CA.
    pub const ALL: [Self; 4] = [Self::Cluster, Self::FrontProxy, Self::Etcd, Self::EtcdPeers];

    /// Whether etcd trusts it, and Kubernetes alone does not.
    #[must_use]
    pub fn is_etcds(self) -> bool {
        matches!(self, Self::Etcd | Self::EtcdPeers)
    }
}

/// A row of the catalog.
#[derive(Debug)]
pub struct CatalogEntry {
    /// The path below the certificates directory without its extension
    /// (`etcd/server`), or a kubeconfig's file name (`admin.conf`).
    pub base_name: &'static str,
    /// What kubeadm calls it in `kubeadm init phase certs|kubeconfig NAME`.
    pub phase_name: &'static str,
    /// What it is for, for people.
    pub purpose: &'static str,
    /// What kind of thing it is.
    pub kind: EntryKind,
    /// Which hosts have it.
    pub hosts: HostRule,
    common_name: CommonName,
    organization: Organization,
    purposes: Purposes,
    sans: SanRule,
    /// The minor version from which kubeadm makes it.
    since: u16,
}

/// What a row of the catalog is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EntryKind {
    /// A CA certificate and its key.
    Authority(Authority),
    /// A leaf certificate and its key.
    Leaf(Authority),
    /// A kubeconfig with a client certificate of the cluster's CA.
    Kubeconfig(ServerRule),
    /// `sa.key` and `sa.pub`, which sign and check service account tokens.
    ServiceAccount,
}

/// Which address a kubeconfig connects to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ServerRule {
    /// The control plane endpoint.
    Endpoint,
    /// The host's own API server from this minor version on, before it the
    /// endpoint.
    LocalSince(u16),
}

#[derive(Debug, Clone, Copy)]
enum Purposes {
    None,
    Server,
    Client,
    Both,
}

/// Which names a certificate carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum SanRule {
    None,
    /// The CA's own common name, from 1.22 on.
    Authority,
    ApiServer,
    EtcdServer,
    EtcdPeer,
}

impl CatalogEntry {
    /// The row with this name: the base name, kubeadm's phase name, or a
    /// kubeconfig's name with or without `.conf`.
    #[must_use]
    pub fn find(name: &str) -> Option<&'static Self> {
        CATALOG
            .iter()
            .find(|entry| entry.base_name == name || entry.phase_name == name)
    }

    /// The row of this base name beside other files: where `etcd/peer-ca` is
    /// among them it signed the members' certificates.
    pub(crate) fn beside(base_name: &str, peers_ca_is_there: bool) -> Option<&'static Self> {
        let peers = match peers_ca_is_there {
            true => EtcdPeers::OwnCa,
            false => EtcdPeers::AnyClient,
        };
        let mut rows = Self::all_with(peers).iter();
        rows.find(|entry| entry.base_name == base_name)
    }

    /// The row whose name a misspelt name is nearest to.
    #[must_use]
    pub fn suggest(name: &str) -> Option<&'static Self> {
        let names = CATALOG
            .iter()
            .flat_map(|entry| [entry.base_name, entry.phase_name]);
        nearest(name, names).and_then(Self::find)
    }

    /// The row of a CA.
    #[must_use]
    pub fn of_authority(authority: Authority) -> &'static Self {
        let index = match authority {
            Authority::Cluster => 0,
            Authority::FrontProxy => 3,
            Authority::Etcd => 5,
            Authority::EtcdPeers => 7,
        };
        &CATALOG[index]
    }

    /// Every row as it is in this cluster.
    #[must_use]
    pub fn all_of(cluster: &Cluster) -> &'static [Self] {
        Self::all_with(cluster.etcd_peers())
    }

    /// Every row where the members of etcd know each other so.
    #[must_use]
    pub fn all_with(peers: EtcdPeers) -> &'static [Self] {
        match peers {
            EtcdPeers::AnyClient => &CATALOG,
            EtcdPeers::CommonName => &rows::WITH_PEER_NAME,
            EtcdPeers::OwnCa => &rows::WITH_PEER_CA,
        }
    }

    /// The CA that it is or that signs it.
    #[must_use]
    pub fn authority(&self) -> Option<Authority> {
        match self.kind {
            EntryKind::Authority(authority) => Some(authority),
            _ => self.issuer(),
        }
    }

    /// Whether it is a CA of etcd or signed by one.
    #[must_use]
    pub fn is_etcds(&self) -> bool {
        self.authority().is_some_and(Authority::is_etcds)
    }

    /// The CA that signs it; `None` for CAs and the service account's keys.
    #[must_use]
    pub fn issuer(&self) -> Option<Authority> {
        match self.kind {
            EntryKind::Leaf(authority) => Some(authority),
            EntryKind::Kubeconfig(_) => Some(Authority::Cluster),
            EntryKind::Authority(_) | EntryKind::ServiceAccount => None,
        }
    }

    /// Whether this cluster has it: by its version, and if its etcd has peers
    /// with a CA of their own.
    #[must_use]
    pub fn exists_in(&self, cluster: &Cluster) -> bool {
        let is_peers_ca = self.kind == EntryKind::Authority(Authority::EtcdPeers);
        cluster.kubernetes_version.is_at_least(self.since)
            && (!is_peers_ca || cluster.etcd_peers() == EtcdPeers::OwnCa)
    }

    /// The purposes of its certificate, in kubeadm's order.
    #[must_use]
    pub fn extended_key_usage(&self) -> &'static [ExtendedKeyUsage] {
        const BOTH: [ExtendedKeyUsage; 2] =
            [ExtendedKeyUsage::ServerAuth, ExtendedKeyUsage::ClientAuth];
        static PURPOSES: [ExtendedKeyUsage; 2] = BOTH;
        match self.purposes {
            Purposes::None => &[],
            Purposes::Server => &PURPOSES[..1],
            Purposes::Client => &PURPOSES[1..],
            Purposes::Both => &PURPOSES,
        }
    }

    pub(crate) fn san_rule(&self) -> SanRule {
        self.sans
    }
}

impl PartialEq for CatalogEntry {
    /// Rows are the elements of one table, told apart by their names.
    fn eq(&self, other: &Self) -> bool {
        self.base_name == other.base_name
    }
}

impl Eq for CatalogEntry {}

impl fmt::Display for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", Quoted(CatalogEntry::of_authority(*self).base_name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_found() {
        for (index, entry) in CATALOG.iter().enumerate() {
            assert_eq!(CATALOG.iter().position(|e| e == entry), Some(index));
            assert_eq!(CatalogEntry::find(entry.base_name), Some(entry));
            assert_eq!(CatalogEntry::find(entry.phase_name), Some(entry));
            if let EntryKind::Authority(authority) = entry.kind {
                assert_eq!(CatalogEntry::of_authority(authority), entry);
            }
        }
        assert_eq!(CatalogEntry::find("nope"), None);
        assert_eq!(
            CatalogEntry::suggest("apisrver"),
            CatalogEntry::find("apiserver")
        );
    }

    #[test]
    fn issuers_stand_before_what_they_sign() {
        for (index, entry) in CATALOG.iter().enumerate() {
            let issuer = entry.issuer().map(CatalogEntry::of_authority);
            let before = |issuer| CATALOG.iter().position(|e| e == issuer) < Some(index);
            assert!(issuer.is_none_or(before), "{}", entry.base_name);
        }
    }
}
