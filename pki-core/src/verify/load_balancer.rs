//! What stands in front of the API servers: where clients look for them, and what a
//! description says of it.

mod described;

pub(super) use described::check;

use std::net::IpAddr;

use super::{Examined, haproxy, kube_vip, kubeadm_configuration, keepalived};
use crate::certificate::Certificate;
use crate::cluster::{ControlPlaneEndpoint, Host};
use crate::static_pod::Component;
use crate::verify::manifests::Manifests;
use crate::verify::tree::Tree;

/// kubeadm's port of an API server.
const USUAL_PORT: u16 = 6443;

/// Where clients find the control plane, and who says so.
pub(super) fn endpoint(examined: &Examined<'_>) -> Option<(ControlPlaneEndpoint, String)> {
    let expectation = examined.expectation;
    let described = expectation.described();
    let described = described.filter(|_| !expectation.assumed.endpoint);
    let told = described.and_then(|(cluster, _)| cluster.control_plane_endpoint.clone());
    match told {
        Some(endpoint) => Some((endpoint, "the description".to_owned())),
        None => {
            let (endpoint, path) = kubeadm_configuration::endpoint(examined.tree)?;
            Some((endpoint, path.to_owned()))
        }
    }
}

/// The port of this host's API server, if something says it.
pub(super) fn apiserver_port(examined: &Examined<'_>) -> Option<u16> {
    if examined.manifests.of(Component::ApiServer).is_some() {
        return running_port(examined.manifests);
    }
    let expectation = examined.expectation;
    let described = expectation.described().filter(|_| !expectation.assumed.endpoint);
    described.map(|(_, host)| host.bind_port)
}

/// The port of the API server that a manifest runs.
pub(super) fn running_port(manifests: &Manifests) -> Option<u16> {
    manifests.of(Component::ApiServer)?;
    let told = manifests.flag(Component::ApiServer, "secure-port");
    told.map_or(Some(USUAL_PORT), |told| told.flag.value.parse().ok())
}

/// The hosts of the control plane, if a description has all of them.
pub(super) fn control_plane<'a>(examined: &Examined<'a>) -> Vec<&'a Host> {
    let described = examined.expectation.described();
    let hosts = described.map(|(cluster, _)| cluster.hosts.as_slice());
    match hosts.unwrap_or_default() {
        // One host alone may be all that flags say.
        [] | [_] => Vec::new(),
        hosts => hosts.iter().filter(|host| host.roles.control_plane).collect(),
    }
}

/// The API server's certificate.
pub(super) fn apiserver_certificate<'a>(examined: &'a Examined<'_>) -> Option<&'a Certificate> {
    let mut materials = examined.materials.iter();
    let material = materials.find(|it| it.row.entry.base_name == "apiserver")?;
    material.certificates().first()
}

/// Whether a virtual IP is that of the API servers, as far as anything tells.
pub(super) fn is_of_apiservers(examined: &Examined<'_>, address: IpAddr) -> bool {
    let name = format!("IP:{address}");
    apiserver_certificate(examined).is_some_and(|it| it.subject_alt_names().contains(&name))
}

/// A file in front of the API servers, by the word for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum FrontFile {
    Keepalived,
    Haproxy,
    KubeVip,
}

impl FrontFile {
    pub(super) const ALL: [Self; 3] = [Self::Keepalived, Self::Haproxy, Self::KubeVip];

    pub(super) fn path(self) -> &'static str {
        match self {
            Self::Keepalived => keepalived::PATH,
            Self::Haproxy => haproxy::PATH,
            Self::KubeVip => kube_vip::PATH,
        }
    }

    /// Those of a tree, whether they could be read or not.
    pub(super) fn of(tree: &Tree) -> Vec<Self> {
        let has = |file: &Self| match file {
            Self::KubeVip => kube_vip::find(tree).is_some() || tree.has(file.path()),
            _ => tree.has(file.path()),
        };
        Self::ALL.into_iter().filter(has).collect()
    }
}
