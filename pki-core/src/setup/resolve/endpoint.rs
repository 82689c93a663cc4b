//! The address that all API servers share.

use std::net::IpAddr;

use super::load_balancer::Hosts;
use crate::cluster::{Cluster, ControlPlaneEndpoint, Host};
use crate::kubeadm::control_planes_join;
use crate::name::SubjectAltName;
use crate::setup::load_balancer::LoadBalancerKind;
use crate::setup::question::SetupError;
use crate::setup::virtual_ip::VirtualIp;

/// The control plane host that an endpoint leads to.
pub(super) fn owner<'a>(hosts: &Hosts<'a>, endpoint: &ControlPlaneEndpoint) -> Option<&'a Host> {
    let mut owners = hosts.iter().filter(|(_, host)| host.has(endpoint.host()));
    // A name that several hosts have is shared, whatever stands behind it.
    match (owners.next(), owners.next()) {
        (Some((_, host)), None) => Some(host),
        _ => None,
    }
}

/// Whoever joins needs the shared address, and it must be in the API servers'
/// certificates. As long as nobody joined the control plane, the guides had the
/// address among the further names alone.
pub(super) fn has_endpoint(
    cluster: &Cluster,
    virtual_ip: Option<VirtualIp>,
) -> Result<(), SetupError> {
    let is_further_name = |address: IpAddr| {
        let mut names = cluster.apiserver_cert_sans.iter();
        names.any(|name| ip_address(name) == Some(address))
    };
    let stands_alone = match virtual_ip {
        Some(virtual_ip) => is_further_name(virtual_ip.address()),
        None => !cluster.apiserver_cert_sans.is_empty(),
    };
    let was_usual = !control_planes_join(cluster.kubernetes_version) && stands_alone;
    if cluster.control_plane_endpoint.is_some() || was_usual {
        return Ok(());
    }
    let answer = match virtual_ip {
        Some(virtual_ip) => ControlPlaneEndpoint::from(virtual_ip.address()).to_string(),
        None => "lb.example.com".to_owned(),
    };
    Err(SetupError::new(
        "controlPlaneEndpoint",
        "under which address do all hosts and clients reach the API servers?",
        format!("controlPlaneEndpoint: {answer}"),
    ))
}

/// kubeadm of 1.10 takes `api.controlPlaneEndpoint` for a DNS name, whose form
/// an address of IPv4 happens to have, and adds the API server's own port. A
/// port came with 1.11 (kubernetes#62314), addresses as such too
/// (kubernetes#62947).
pub(super) fn old_endpoint(cluster: &Cluster, hosts: &Hosts<'_>) -> Result<(), SetupError> {
    let Some(endpoint) = &cluster.control_plane_endpoint else {
        return Ok(());
    };
    if cluster.kubernetes_version.is_at_least(11) {
        return Ok(());
    }
    let host = endpoint.host();
    let name = match host {
        SubjectAltName::Ip(address) => address.to_string(),
        SubjectAltName::Dns(name) => name.to_string(),
        SubjectAltName::Email(_) | SubjectAltName::Uri(_) => String::new(),
    };
    if ip_address(host).is_some_and(|address| address.is_ipv6()) {
        return Err(SetupError::new(
            "api.controlPlaneEndpoint",
            "kubeadm of Kubernetes 1.10 takes no address of IPv6 there, which 1.11 does",
            format!(
                "{name} among apiServerCertSANs and leave api.controlPlaneEndpoint out: each API server is then reached at its own address by the programs beside it"
            ),
        ));
    }
    let differs = |port: u16| hosts.iter().any(|(_, host)| host.bind_port != port);
    match endpoint.port().filter(|port| differs(*port)) {
        None => Ok(()),
        Some(port) => Err(SetupError::new(
            "api.controlPlaneEndpoint",
            format!(
                "kubeadm of Kubernetes 1.10 takes no port there, which 1.11 does, and goes to the port of the API server rather than to {port}"
            ),
            format!(
                "controlPlaneEndpoint: {name}, and type: keepalived or another load balancer that keeps the port"
            ),
        )),
    }
}

/// What listens on hosts of the control plane besides the API server, etcd first.
const TAKEN: [(u16, &str); 6] = [
    (2379, "etcd"),
    (2380, "etcd"),
    (10250, "the kubelet"),
    (10256, "kube-proxy"),
    (10257, "kube-controller-manager"),
    (10259, "kube-scheduler"),
];
/// How many of them are etcd's.
const ETCDS: usize = 2;

/// The port of the shared address, which fits the type.
pub(super) fn ports(
    cluster: &Cluster,
    hosts: &Hosts<'_>,
    virtual_ip: VirtualIp,
    kind: LoadBalancerKind,
) -> Result<u16, SetupError> {
    let endpoint = cluster.control_plane_endpoint.as_ref();
    let own = hosts
        .first()
        .map_or(Host::DEFAULT_BIND_PORT, |(_, host)| host.bind_port);
    let port = endpoint.and_then(ControlPlaneEndpoint::port).unwrap_or(own);
    let field = "controlPlaneEndpoint";
    let endpoint = endpoint
        .cloned()
        .unwrap_or_else(|| virtual_ip.address().into());
    if kind == LoadBalancerKind::KeepalivedHaproxy {
        let of_etcd = hosts.iter().any(|(_, host)| host.roles.etcd);
        let mut taken = TAKEN.iter().skip(if of_etcd { 0 } else { ETCDS });
        if let Some((_, owner)) = taken.find(|(taken, _)| *taken == port) {
            return Err(SetupError::new(
                field,
                format!(
                    "haproxy and {owner} cannot both listen on {port} of one host: where does haproxy listen?"
                ),
                format!("{field}: {}", endpoint.with_port(8443)),
            ));
        }
        return match hosts.iter().find(|(_, host)| host.bind_port == port) {
            None => Ok(port),
            Some((_, owner)) => Err(SetupError::new(
                field,
                format!(
                    "haproxy and the API server of {} cannot both listen on {port}: where does haproxy listen?",
                    owner.name
                ),
                format!("{field}: {}, or type: keepalived", endpoint.with_port(8443)),
            )),
        };
    }
    match hosts.iter().find(|(_, host)| host.bind_port != port) {
        None => Ok(port),
        Some((_, other)) => Err(SetupError::new(
            field,
            format!(
                "the shared address leads to {port}, and the API server of {} listens on {}: {kind} moves the address alone",
                other.name, other.bind_port
            ),
            format!(
                "{field}: {}, or type: keepalived+haproxy",
                endpoint.with_port(other.bind_port)
            ),
        )),
    }
}

pub(super) fn ip_address(name: &SubjectAltName) -> Option<IpAddr> {
    match name {
        SubjectAltName::Ip(address) => Some(*address),
        _ => None,
    }
}
