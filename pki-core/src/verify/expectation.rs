//! What is known beforehand of the host whose tree is checked.

use super::TreeRole;
use crate::cluster::{Cluster, Host};
use crate::setup::{EtcdVersion, LoadBalancer, Setup};

/// What is known about the host beforehand.
#[derive(Debug, Clone, Default)]
pub struct Expectation {
    /// The cluster and the place of the host in its list; without it, names
    /// and addresses are not checked.
    pub cluster: Option<(Cluster, usize)>,
    /// Which parts of the cluster's description nobody gave.
    pub assumed: Assumed,
    /// What the set-up of the cluster needs besides certificates, if somebody
    /// described it.
    pub setup: Option<Setup>,
    /// What the tree is for, if somebody said so.
    pub role: Option<TreeRole>,
    /// Where on the host the description has the certificates, if it says so.
    pub certificates_directory: Option<String>,
    /// Where names came from: `IP:10.0.0.11` and the words for it.
    pub sources: Vec<(String, String)>,
    /// The flags with which `kpki gen` makes what belongs here, word by word.
    pub gen_flags: Option<Vec<String>>,
    /// Whether these flags are no more than what the old certificates have.
    pub gen_flags_are_recalled: bool,
}

/// Parts of a cluster's description that are kubeadm's defaults because nobody
/// gave them: what contradicts them is not checked rather than wrong.
#[derive(Debug, Clone, Copy, Default)]
pub struct Assumed {
    /// The host's name.
    pub host_name: bool,
    /// The host's address.
    pub address: bool,
    /// The version of Kubernetes.
    pub version: bool,
    /// That there is no control plane endpoint.
    pub endpoint: bool,
    /// The range of service addresses.
    pub service_subnet: bool,
    /// The DNS domain of services.
    pub dns_domain: bool,
    /// Where etcd runs: what lies in the tree tells.
    pub etcd: bool,
    /// What the host is for: what lies in the tree tells.
    pub role: bool,
}

impl Assumed {
    /// Nothing is known.
    pub const EVERYTHING: Self = Self {
        host_name: true,
        address: true,
        version: true,
        endpoint: true,
        service_subnet: true,
        dns_domain: true,
        etcd: true,
        role: true,
    };
}

impl Expectation {
    /// The cluster and the host, if they are known.
    pub(super) fn described(&self) -> Option<(&Cluster, &Host)> {
        let (cluster, index) = self.cluster.as_ref()?;
        Some((cluster, cluster.hosts.get(*index)?))
    }

    /// The same if the host's address is known.
    pub(super) fn addressed(&self) -> Option<(&Cluster, &Host)> {
        self.described().filter(|_| !self.assumed.address)
    }

    /// The version of an external etcd, if somebody described how that runs.
    pub(super) fn etcd_version(&self) -> Option<EtcdVersion> {
        let setup = self.setup.as_ref()?;
        Some(setup.etcd.as_ref()?.version)
    }

    /// What stands in front of the API servers, if somebody described it.
    pub(super) fn load_balancer(&self) -> Option<&LoadBalancer> {
        self.setup.as_ref().map(|setup| &setup.load_balancer)
    }
}
