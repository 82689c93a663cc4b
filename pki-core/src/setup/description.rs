//! What somebody said about a set-up: most of it may be left open.

use std::collections::BTreeMap;

use super::auth_pass::AuthPass;
use super::etcd_service::{ClusterToken, InitialClusterState, UserName};
use super::etcd_version::EtcdVersion;
use super::host_path::HostPath;
use super::interface::InterfaceName;
use super::keepalived::{Priority, VirtualRouterId};
use super::load_balancer::LoadBalancerKind;
use super::pod_network::PodNetwork;
use super::virtual_ip::VirtualIp;
use crate::cluster::EtcdPeers;
use crate::name::HostName;

/// What a cluster file says about its set-up besides the facts of the cluster.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SetupDescription {
    /// `loadBalancer`
    pub load_balancer: LoadBalancerDescription,
    /// `etcd`
    pub etcd: EtcdServiceDescription,
    /// `podNetwork.plugin`
    pub pod_network: Option<PodNetwork>,
    /// What the list of hosts says about single ones.
    pub hosts: BTreeMap<HostName, HostDescription>,
}

impl SetupDescription {
    /// Whom the members of an external etcd take for one of theirs: whoever
    /// describes a set-up gets the safe answer unless they ask for another.
    #[must_use]
    pub fn etcd_peers(&self) -> EtcdPeers {
        self.etcd.peers.unwrap_or(EtcdPeers::CommonName)
    }
}

/// `loadBalancer` of a cluster file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LoadBalancerDescription {
    /// `type`
    pub kind: Option<LoadBalancerKind>,
    /// `virtualIP`
    pub virtual_ip: Option<VirtualIp>,
    /// `interface`, for every host that names none.
    pub interface: Option<InterfaceName>,
    /// `routerID`
    pub router_id: Option<VirtualRouterId>,
    /// `authPass`
    pub auth_pass: Option<AuthPass>,
    /// `unicast`
    pub unicast: Option<bool>,
}

/// `etcd` of a cluster file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EtcdServiceDescription {
    /// `version`
    pub version: Option<EtcdVersion>,
    /// `peers`; what it comes to is a fact of the cluster,
    /// [`ExternalEtcd::peers`](crate::ExternalEtcd::peers).
    pub peers: Option<EtcdPeers>,
    /// `token`
    pub token: Option<ClusterToken>,
    /// `state`
    pub state: Option<InitialClusterState>,
    /// `dataDir`
    pub data_dir: Option<HostPath>,
    /// `binary`
    pub binary: Option<HostPath>,
    /// `user`
    pub user: Option<UserName>,
}

/// What the list of hosts says about one of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HostDescription {
    /// `interface`
    pub interface: Option<InterfaceName>,
    /// `priority`
    pub priority: Option<Priority>,
}
