//! Remarks about decisions that were taken.

use std::fmt;
use std::net::IpAddr;

use super::etcd_version::EtcdVersion;
use super::keepalived::VirtualRouterId;
use super::pod_network::PodNetwork;
use super::virtual_ip::VirtualIp;
use crate::cluster::{EtcdPeers, KubernetesVersion};
use crate::name::{DnsName, HostName};

/// What is worth knowing about a set-up.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SetupNote {
    /// An even number of members of etcd: one less survives as many failures.
    EvenMembers(usize),
    /// Any client of etcd can speak as a member.
    AnyClientPeers,
    /// An etcd older than the one that kubeadm of this version runs.
    OldEtcd {
        /// The version.
        version: EtcdVersion,
        /// kubeadm's own.
        usual: EtcdVersion,
        /// The version of the cluster.
        kubernetes_version: KubernetesVersion,
    },
    /// Nobody chose the number of the virtual router.
    AssumedRouterId(VirtualRouterId),
    /// A name that must lead to the virtual IP.
    MustResolve {
        /// The name.
        name: DnsName,
        /// The virtual IP.
        address: IpAddr,
    },
    /// A virtual IP in another network than a host, by the bits of its own.
    VirtualIpElsewhere {
        /// The virtual IP with its bits.
        virtual_ip: VirtualIp,
        /// The host.
        host: HostName,
        /// Its address.
        address: IpAddr,
    },
    /// A member of etcd that the API servers are not told of.
    MemberNotNamed(HostName),
    /// A pod network whose project is archived.
    Archived(PodNetwork),
    /// Nobody chose the range of pod addresses.
    NoPodSubnet(PodNetwork),
    /// A field that means nothing here.
    NotUsed {
        /// The field.
        field: &'static str,
        /// The reason.
        why: &'static str,
    },
}

impl fmt::Display for SetupNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EvenMembers(members) => write!(
                f,
                "etcd has {members} members, and with {} it would survive as many failures",
                members.saturating_sub(1)
            ),
            Self::AnyClientPeers => write!(
                f,
                "etcd.peers: with {} whoever has a client certificate of etcd can speak as a member",
                EtcdPeers::AnyClient
            ),
            Self::OldEtcd {
                version,
                usual,
                kubernetes_version,
            } => write!(
                f,
                "etcd.version: {version} is old for Kubernetes {kubernetes_version}, whose kubeadm runs {usual}"
            ),
            Self::AssumedRouterId(id) => write!(
                f,
                "loadBalancer.routerID: {id} is assumed, which no other virtual router in the same network may have"
            ),
            Self::MustResolve { name, address } => {
                write!(f, "{name} must lead to {address} on every host and client")
            }
            Self::VirtualIpElsewhere {
                virtual_ip,
                host,
                address,
            } => write!(
                f,
                "loadBalancer.virtualIP: {host} has {address}, which is not in the network of {virtual_ip}: \
                 it moves between hosts of one network"
            ),
            Self::MemberNotNamed(host) => write!(
                f,
                "etcd.external.endpoints: none of them is {host}, a member of etcd: the API servers would not use it"
            ),
            Self::Archived(plugin) => {
                write!(f, "podNetwork.plugin: the project of {plugin} is archived")
            }
            Self::NoPodSubnet(plugin) => write!(
                f,
                "networking.podSubnet is not given: {plugin} takes 192.168.0.0/16 then, where no host may have its address"
            ),
            Self::NotUsed { field, why } => write!(f, "{field} has no effect: {why}"),
        }
    }
}
