//! The certificates, keys and kubeconfigs of kubeadm and etcd as one table.
//! Plan, verify and copy read it; a row is added here and nowhere else.

mod files;
mod rules;

use std::fmt;

pub use files::{EtcdNaming, FileRole, PlacedFile};
pub use rules::Subject;
use rules::{CommonName, Organization};

use crate::cluster::{Cluster, Host, KubernetesVersion};
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

/// Which hosts have a row of the catalog.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HostRule {
    /// The same on every host of the control plane.
    SharedControlPlane,
    /// The CA of etcd: with its key where kubeadm runs etcd, else only its
    /// certificate, on members and the hosts of the control plane.
    SharedEtcd,
    /// Its own on every host of the control plane.
    ControlPlane,
    /// Its own on the first host of the control plane only: the others get it
    /// from their kubelet (kubelet.conf) or not at all (super-admin.conf).
    FirstControlPlane,
    /// Its own on every member of etcd.
    EtcdMember,
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

use EntryKind as K;
use HostRule as H;

/// Every row, CAs before what they sign, in kubeadm's order.
pub static CATALOG: [CatalogEntry; 16] = [
    CatalogEntry {
        base_name: "ca",
        phase_name: "ca",
        purpose: "signs the API server, its clients and the kubelets",
        kind: K::Authority(Authority::Cluster),
        hosts: H::SharedControlPlane,
        common_name: CommonName::Fixed("kubernetes"),
        organization: Organization::None,
        purposes: Purposes::None,
        sans: SanRule::Authority,
        since: 10,
    },
    CatalogEntry {
        base_name: "apiserver",
        phase_name: "apiserver",
        purpose: "serves the Kubernetes API",
        kind: K::Leaf(Authority::Cluster),
        hosts: H::ControlPlane,
        common_name: CommonName::Fixed("kube-apiserver"),
        organization: Organization::None,
        purposes: Purposes::Server,
        sans: SanRule::ApiServer,
        since: 10,
    },
    CatalogEntry {
        base_name: "apiserver-kubelet-client",
        phase_name: "apiserver-kubelet-client",
        purpose: "connects the API server to the kubelets",
        kind: K::Leaf(Authority::Cluster),
        hosts: H::ControlPlane,
        common_name: CommonName::Fixed("kube-apiserver-kubelet-client"),
        organization: Organization::Administrators,
        purposes: Purposes::Client,
        sans: SanRule::None,
        since: 10,
    },
    CatalogEntry {
        base_name: "front-proxy-ca",
        phase_name: "front-proxy-ca",
        purpose: "signs the front proxy's client",
        kind: K::Authority(Authority::FrontProxy),
        hosts: H::SharedControlPlane,
        common_name: CommonName::Renamed {
            before: 12,
            old: "kubernetes",
            new: "front-proxy-ca",
        },
        organization: Organization::None,
        purposes: Purposes::None,
        sans: SanRule::Authority,
        since: 10,
    },
    CatalogEntry {
        base_name: "front-proxy-client",
        phase_name: "front-proxy-client",
        purpose: "connects the API server to aggregated API servers",
        kind: K::Leaf(Authority::FrontProxy),
        hosts: H::ControlPlane,
        common_name: CommonName::Fixed("front-proxy-client"),
        organization: Organization::None,
        purposes: Purposes::Client,
        sans: SanRule::None,
        since: 10,
    },
    CatalogEntry {
        base_name: "etcd/ca",
        phase_name: "etcd-ca",
        purpose: "signs etcd and its clients",
        kind: K::Authority(Authority::Etcd),
        hosts: H::SharedEtcd,
        common_name: CommonName::Renamed {
            before: 12,
            old: "kubernetes",
            new: "etcd-ca",
        },
        organization: Organization::None,
        purposes: Purposes::None,
        sans: SanRule::Authority,
        since: 10,
    },
    CatalogEntry {
        base_name: "etcd/server",
        phase_name: "etcd-server",
        purpose: "serves etcd's clients",
        kind: K::Leaf(Authority::Etcd),
        hosts: H::EtcdMember,
        common_name: CommonName::NodeSince {
            since: 12,
            old: "kube-etcd",
        },
        organization: Organization::None,
        purposes: Purposes::Both,
        sans: SanRule::EtcdServer,
        since: 10,
    },
    CatalogEntry {
        base_name: "etcd/peer",
        phase_name: "etcd-peer",
        purpose: "connects the members of etcd to each other",
        kind: K::Leaf(Authority::Etcd),
        hosts: H::EtcdMember,
        common_name: CommonName::NodeSince {
            since: 12,
            old: "kube-etcd-peer",
        },
        organization: Organization::None,
        purposes: Purposes::Both,
        sans: SanRule::EtcdPeer,
        since: 10,
    },
    CatalogEntry {
        base_name: "etcd/healthcheck-client",
        phase_name: "etcd-healthcheck-client",
        purpose: "checks etcd's health",
        kind: K::Leaf(Authority::Etcd),
        hosts: H::EtcdMember,
        common_name: CommonName::Fixed("kube-etcd-healthcheck-client"),
        organization: Organization::MastersBefore29,
        purposes: Purposes::Client,
        sans: SanRule::None,
        since: 10,
    },
    CatalogEntry {
        base_name: "apiserver-etcd-client",
        phase_name: "apiserver-etcd-client",
        purpose: "connects the API server to etcd",
        kind: K::Leaf(Authority::Etcd),
        hosts: H::ControlPlane,
        common_name: CommonName::Fixed("kube-apiserver-etcd-client"),
        organization: Organization::MastersBefore29,
        purposes: Purposes::Client,
        sans: SanRule::None,
        since: 10,
    },
    CatalogEntry {
        base_name: "sa",
        phase_name: "sa",
        purpose: "signs and checks service account tokens",
        kind: K::ServiceAccount,
        hosts: H::SharedControlPlane,
        common_name: CommonName::Fixed("sa"),
        organization: Organization::None,
        purposes: Purposes::None,
        sans: SanRule::None,
        since: 10,
    },
    CatalogEntry {
        base_name: "admin.conf",
        phase_name: "admin",
        purpose: "the administrator's access",
        kind: K::Kubeconfig(ServerRule::Endpoint),
        hosts: H::ControlPlane,
        common_name: CommonName::Fixed("kubernetes-admin"),
        organization: Organization::Administrators,
        purposes: Purposes::Client,
        sans: SanRule::None,
        since: 10,
    },
    CatalogEntry {
        base_name: "super-admin.conf",
        phase_name: "super-admin",
        purpose: "access past every authorization rule, for emergencies",
        kind: K::Kubeconfig(ServerRule::Endpoint),
        hosts: H::FirstControlPlane,
        common_name: CommonName::Fixed("kubernetes-super-admin"),
        organization: Organization::Fixed("system:masters"),
        purposes: Purposes::Client,
        sans: SanRule::None,
        since: 29,
    },
    CatalogEntry {
        base_name: "kubelet.conf",
        phase_name: "kubelet",
        purpose: "the kubelet's access",
        kind: K::Kubeconfig(ServerRule::LocalSince(33)),
        hosts: H::FirstControlPlane,
        common_name: CommonName::SystemNode,
        organization: Organization::Fixed("system:nodes"),
        purposes: Purposes::Client,
        sans: SanRule::None,
        since: 10,
    },
    CatalogEntry {
        base_name: "controller-manager.conf",
        phase_name: "controller-manager",
        purpose: "the controller manager's access",
        kind: K::Kubeconfig(ServerRule::LocalSince(20)),
        hosts: H::ControlPlane,
        common_name: CommonName::Fixed("system:kube-controller-manager"),
        organization: Organization::None,
        purposes: Purposes::Client,
        sans: SanRule::None,
        since: 10,
    },
    CatalogEntry {
        base_name: "scheduler.conf",
        phase_name: "scheduler",
        purpose: "the scheduler's access",
        kind: K::Kubeconfig(ServerRule::LocalSince(20)),
        hosts: H::ControlPlane,
        common_name: CommonName::Fixed("system:kube-scheduler"),
        organization: Organization::None,
        purposes: Purposes::Client,
        sans: SanRule::None,
        since: 10,
    },
];

impl CatalogEntry {
    /// The row with this name: the base name, kubeadm's phase name, or a
    /// kubeconfig's name with or without `.conf`.
    #[must_use]
    pub fn find(name: &str) -> Option<&'static Self> {
        CATALOG
            .iter()
            .find(|entry| entry.base_name == name || entry.phase_name == name)
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
        };
        &CATALOG[index]
    }

    /// The CA that signs it; `None` for CAs and the service account's keys.
    #[must_use]
    pub fn issuer(&self) -> Option<Authority> {
        match self.kind {
            K::Leaf(authority) => Some(authority),
            K::Kubeconfig(_) => Some(Authority::Cluster),
            K::Authority(_) | K::ServiceAccount => None,
        }
    }

    /// Whether every host has the same one.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        matches!(self.hosts, H::SharedControlPlane | H::SharedEtcd)
    }

    /// Whether kubeadm of this version makes it.
    #[must_use]
    pub fn exists_in(&self, version: KubernetesVersion) -> bool {
        version.is_at_least(self.since)
    }

    /// Whether this host of this cluster has it; `first` tells whether the host
    /// is the one that `kubeadm init` runs on.
    #[must_use]
    pub fn is_on(&self, cluster: &Cluster, host: &Host, first: bool) -> bool {
        let stacked = !cluster.has_external_etcd();
        let member = if stacked {
            host.roles.control_plane
        } else {
            host.roles.etcd
        };
        self.exists_in(cluster.kubernetes_version)
            && match self.hosts {
                H::SharedControlPlane | H::ControlPlane => host.roles.control_plane,
                H::FirstControlPlane => host.roles.control_plane && first,
                H::EtcdMember => member,
                H::SharedEtcd => member || host.roles.control_plane,
            }
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
