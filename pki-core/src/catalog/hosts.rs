//! Which hosts have a row of the catalog.

use super::CatalogEntry;
use crate::cluster::{Cluster, Host};

/// Which hosts have a row of the catalog.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HostRule {
    /// The same on every host of the control plane.
    SharedControlPlane,
    /// The CA of etcd: with its key where kubeadm runs etcd, else only its
    /// certificate, on members and the hosts of the control plane.
    SharedEtcd,
    /// The CA of an external etcd's peers: its certificate on the members.
    SharedEtcdPeers,
    /// Its own on every host of the control plane.
    ControlPlane,
    /// Its own on the first host of the control plane only: the others get it
    /// from their kubelet (kubelet.conf) or not at all (super-admin.conf).
    FirstControlPlane,
    /// Its own on every member of etcd.
    EtcdMember,
}

impl CatalogEntry {
    /// Whether every host has the same one.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        matches!(
            self.hosts,
            HostRule::SharedControlPlane | HostRule::SharedEtcd | HostRule::SharedEtcdPeers
        )
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
        self.exists_in(cluster)
            && match self.hosts {
                HostRule::SharedControlPlane | HostRule::ControlPlane => host.roles.control_plane,
                HostRule::FirstControlPlane => host.roles.control_plane && first,
                HostRule::EtcdMember | HostRule::SharedEtcdPeers => member,
                HostRule::SharedEtcd => member || host.roles.control_plane,
            }
    }
}
