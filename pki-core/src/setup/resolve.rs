//! From what somebody said to what is rendered: everything left open gets its
//! default, or is asked for.

mod etcd_service;
mod load_balancer;
mod members;

use super::Setup;
use super::description::SetupDescription;
use super::note::SetupNote;
use super::pod_network::PodNetwork;
use super::question::SetupError;
use crate::cluster::Cluster;

impl Setup {
    /// Decides what the description leaves open.
    ///
    /// # Errors
    /// [`SetupError`] with the field of the cluster file: a question that
    /// nobody but its author can answer, or a contradiction.
    pub fn resolve(cluster: &Cluster, description: &SetupDescription) -> Result<Self, SetupError> {
        let mut notes = Vec::new();
        let load_balancer = load_balancer::resolve(cluster, description, &mut notes)?;
        let etcd = etcd_service::resolve(cluster, description, &mut notes)?;
        let pod_network = pod_network(cluster, description, &mut notes)?;
        Ok(Self {
            load_balancer,
            etcd,
            pod_network,
            notes,
        })
    }
}

fn pod_network(
    cluster: &Cluster,
    description: &SetupDescription,
    notes: &mut Vec<SetupNote>,
) -> Result<PodNetwork, SetupError> {
    let plugin = description.pod_network.unwrap_or_default();
    match plugin {
        PodNetwork::Flannel if cluster.pod_subnet.is_none() => Err(SetupError::new(
            "networking.podSubnet",
            "which addresses do the pods have? flannel cannot do without a range",
            "podSubnet: 10.244.0.0/16",
        )),
        PodNetwork::Weave if cluster.kubernetes_version.is_at_least(11) => Err(SetupError::new(
            "podNetwork.plugin",
            format!(
                "the project of weave is archived, and kpki knows it for Kubernetes 1.10 alone: this is {}",
                cluster.kubernetes_version
            ),
            "plugin: calico",
        )),
        PodNetwork::Weave => {
            notes.push(SetupNote::Archived(plugin));
            Ok(plugin)
        }
        PodNetwork::Calico if cluster.pod_subnet.is_none() => {
            notes.push(SetupNote::NoPodSubnet(plugin));
            Ok(plugin)
        }
        _ => Ok(plugin),
    }
}

#[cfg(test)]
mod tests;
