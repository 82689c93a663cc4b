//! From what somebody said to what is rendered: everything left open gets its
//! default, or is asked for.

mod endpoint;
mod etcd_service;
mod load_balancer;
mod members;
mod pod_network;

use std::net::SocketAddr;

use super::Setup;
use super::description::SetupDescription;
use super::question::SetupError;
use crate::cluster::{Cluster, ExternalEtcd};
use crate::kubeadm::control_planes_join;

impl Setup {
    /// Decides what the description leaves open.
    ///
    /// # Errors
    /// [`SetupError`] with the field of the cluster file: a question that
    /// nobody but its author can answer, or a contradiction.
    pub fn resolve(cluster: &Cluster, description: &SetupDescription) -> Result<Self, SetupError> {
        let mut notes = Vec::new();
        stacked_etcd_joins(cluster)?;
        services_fit(cluster)?;
        let load_balancer = load_balancer::resolve(cluster, description, &mut notes)?;
        let etcd = etcd_service::resolve(cluster, description, &mut notes)?;
        let pod_network = pod_network::resolve(cluster, description, &mut notes)?;
        Ok(Self {
            load_balancer,
            etcd,
            pod_network,
            notes,
        })
    }
}

/// Before 1.13 no kubeadm adds a member to a stacked etcd: every host would
/// start one of a single member, and the shared address would lead to another
/// cluster on each of them.
fn stacked_etcd_joins(cluster: &Cluster) -> Result<(), SetupError> {
    let masters = cluster.hosts.iter().filter(|host| host.roles.control_plane);
    let masters: Vec<_> = masters.map(|host| host.advertise_address).collect();
    let version = cluster.kubernetes_version;
    if cluster.has_external_etcd() || masters.len() < 2 || control_planes_join(version) {
        return Ok(());
    }
    let endpoints: Vec<_> = masters
        .iter()
        .map(|address| {
            format!(
                "\"https://{}\"",
                SocketAddr::new(*address, ExternalEtcd::CLIENT_PORT)
            )
        })
        .collect();
    let field = match version.is_at_least(11) {
        true => "etcd.external",
        false => "etcd",
    };
    Err(SetupError::new(
        field,
        format!(
            "kubeadm of Kubernetes {version} joins no members to an etcd in its own pods, which 1.13 does: each of the {} control plane hosts would start an etcd, and a cluster, of its own",
            masters.len()
        ),
        format!(
            "{field}.endpoints: [{}], or say --etcd external, or take Kubernetes 1.13 or later",
            endpoints.join(", ")
        ),
    ))
}

/// kube-apiserver does not start with services of another family than its own
/// address.
fn services_fit(cluster: &Cluster) -> Result<(), SetupError> {
    let services = &cluster.service_subnet;
    let is_ipv4 = services.first_address().is_ipv4();
    let mut masters = cluster.hosts.iter().filter(|host| host.roles.control_plane);
    let other = masters.find(|host| host.advertise_address.is_ipv4() != is_ipv4);
    match other {
        None => Ok(()),
        Some(host) => Err(SetupError::new(
            "networking.serviceSubnet",
            format!(
                "services in {services} are of another family than {}, the address of {}, and an API server does not start like that",
                host.advertise_address, host.name
            ),
            match is_ipv4 {
                true => "serviceSubnet: fd00:10:96::/112",
                false => "serviceSubnet: 10.96.0.0/12",
            },
        )),
    }
}

#[cfg(test)]
mod tests;
