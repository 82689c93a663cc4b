//! The rows: what kubeadm makes, in its order.

use super::rules::{CommonName, Organization};
use super::{Authority, CatalogEntry, Purposes, SanRule, ServerRule};
use super::{EntryKind as K, HostRule as H};
use crate::cluster::EtcdPeers;

/// Every row, CAs before what they sign, in kubeadm's order. `etcd/peer-ca` is
/// none of kubeadm's, and only there if the peers of an external etcd have a CA
/// of their own; then, or if they share a name, `etcd/peer` is another row than
/// here: [`CatalogEntry::all_of`].
pub static CATALOG: [CatalogEntry; 17] = table(PEER);

/// The same where peers are told by their common name.
pub(super) static WITH_PEER_NAME: [CatalogEntry; 17] = table(CatalogEntry {
    common_name: CommonName::Fixed(EtcdPeers::COMMON_NAME),
    ..PEER
});

/// The same where peers have a CA of their own.
pub(super) static WITH_PEER_CA: [CatalogEntry; 17] = table(CatalogEntry {
    kind: K::Leaf(Authority::EtcdPeers),
    ..PEER
});

const PEER: CatalogEntry = CatalogEntry {
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
};

/// The rows with this one for `etcd/peer`.
const fn table(peer: CatalogEntry) -> [CatalogEntry; 17] {
    [
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
            base_name: "etcd/peer-ca",
            phase_name: "etcd-peer-ca",
            purpose: "signs the members of etcd",
            kind: K::Authority(Authority::EtcdPeers),
            hosts: H::SharedEtcdPeers,
            common_name: CommonName::Fixed("etcd-peer-ca"),
            organization: Organization::None,
            purposes: Purposes::None,
            sans: SanRule::Authority,
            since: 10,
        },
        peer,
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
    ]
}
