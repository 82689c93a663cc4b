//! What stands in front of the API servers.

use super::endpoint::{has_endpoint, ip_address, old_endpoint, owner, ports};
use super::members::{control_planes, interfaces, keepalived};
use crate::cluster::{Cluster, ControlPlaneEndpoint, Host};
use crate::name::SubjectAltName;
use crate::setup::description::{LoadBalancerDescription, SetupDescription};
use crate::setup::keepalived::{Keepalived, VirtualRouterId};
use crate::setup::load_balancer::{LoadBalancer, LoadBalancerKind};
use crate::setup::note::SetupNote;
use crate::setup::question::SetupError;
use crate::setup::virtual_ip::VirtualIp;

pub(super) type Hosts<'a> = [(usize, &'a Host)];

/// Decides it, or asks.
pub(super) fn resolve(
    cluster: &Cluster,
    description: &SetupDescription,
    notes: &mut Vec<SetupNote>,
) -> Result<LoadBalancer, SetupError> {
    let hosts = control_planes(cluster);
    let described = &description.load_balancer;
    old_endpoint(cluster, &hosts)?;
    let kind = match described.kind {
        Some(kind) => kind,
        None => match assumed_kind(cluster, &hosts, described)? {
            Some(kind) => kind,
            None => {
                unused(
                    described,
                    "one control plane host needs no load balancer",
                    notes,
                );
                return Ok(LoadBalancer::None);
            }
        },
    };
    if kind == LoadBalancerKind::External {
        unused(described, "the load balancer is none of these hosts", notes);
        has_endpoint(cluster, None)?;
        return Ok(LoadBalancer::External);
    }
    let virtual_ip = virtual_ip(cluster, described)?;
    plausible(cluster, &hosts, virtual_ip)?;
    if virtual_ip.network_bits().is_some() {
        let mut elsewhere = hosts.iter().map(|(_, host)| *host);
        let elsewhere = elsewhere.find(|host| !virtual_ip.reaches(host.advertise_address));
        notes.extend(elsewhere.map(|host| SetupNote::VirtualIpElsewhere {
            virtual_ip,
            host: host.name.clone(),
            address: host.advertise_address,
        }));
    }
    has_endpoint(cluster, Some(virtual_ip))?;
    if let Some(endpoint) = &cluster.control_plane_endpoint
        && let SubjectAltName::Dns(name) = endpoint.host()
    {
        notes.push(SetupNote::MustResolve {
            name: name.clone(),
            address: virtual_ip.address(),
        });
    }
    let port = ports(cluster, &hosts, virtual_ip, kind)?;
    if kind == LoadBalancerKind::KubeVip {
        knows_leases(cluster)?;
        for (field, is_given) in [
            ("loadBalancer.routerID", described.router_id.is_some()),
            ("loadBalancer.authPass", described.auth_pass.is_some()),
            ("loadBalancer.unicast", described.unicast.is_some()),
        ] {
            if is_given {
                let why = "kube-vip does not know it";
                notes.push(SetupNote::NotUsed { field, why });
            }
        }
        return Ok(LoadBalancer::KubeVip {
            virtual_ip: virtual_ip.address(),
            interfaces: interfaces(&hosts, description)?,
        });
    }
    let keepalived = virtual_router(&hosts, description, virtual_ip, notes)?;
    Ok(match kind {
        LoadBalancerKind::KeepalivedHaproxy => LoadBalancer::KeepalivedHaproxy { keepalived, port },
        _ => LoadBalancer::Keepalived(keepalived),
    })
}

/// kube-vip holds the address as long as it has a lease of coordination.k8s.io/v1.
fn knows_leases(cluster: &Cluster) -> Result<(), SetupError> {
    match cluster.kubernetes_version.is_at_least(14) {
        true => Ok(()),
        false => Err(SetupError::new(
            "loadBalancer.type",
            format!(
                "kube-vip needs leases of coordination.k8s.io/v1, which came with Kubernetes 1.14: this is {}",
                cluster.kubernetes_version
            ),
            "type: keepalived",
        )),
    }
}

/// What the rest of the file comes to where no type is named; `None` for
/// nothing.
fn assumed_kind(
    cluster: &Cluster,
    hosts: &Hosts<'_>,
    described: &LoadBalancerDescription,
) -> Result<Option<LoadBalancerKind>, SetupError> {
    let endpoint = cluster.control_plane_endpoint.as_ref();
    let owner = endpoint.and_then(|endpoint| owner(hosts, endpoint));
    let has_virtual_ip = described.virtual_ip.is_some();
    if hosts.len() < 2 && !has_virtual_ip {
        let is_elsewhere = endpoint.is_some() && owner.is_none() && !hosts.is_empty();
        return Ok(is_elsewhere.then_some(LoadBalancerKind::External));
    }
    if let Some(owner) = owner {
        return Err(SetupError::new(
            "controlPlaneEndpoint",
            format!(
                "this is {} itself, and the cluster is out of reach without it: which address moves between the control plane hosts?",
                owner.name
            ),
            "controlPlaneEndpoint: 10.0.0.100:6443",
        ));
    }
    if let Some(endpoint) = endpoint
        && matches!(endpoint.host(), SubjectAltName::Dns(_))
        && !has_virtual_ip
    {
        return Err(SetupError::new(
            "loadBalancer",
            format!(
                "what stands behind {}: an address that moves between the control plane hosts, or a load balancer that is there already?",
                endpoint
            ),
            "virtualIP: 10.0.0.100, or type: external",
        ));
    }
    Ok(Some(match endpoint.and_then(ControlPlaneEndpoint::port) {
        Some(port) if hosts.iter().all(|(_, host)| host.bind_port != port) => {
            LoadBalancerKind::KeepalivedHaproxy
        }
        _ => LoadBalancerKind::Keepalived,
    }))
}

/// The address that moves: as it is described, else the endpoint's.
fn virtual_ip(
    cluster: &Cluster,
    described: &LoadBalancerDescription,
) -> Result<VirtualIp, SetupError> {
    let endpoint = cluster.control_plane_endpoint.as_ref();
    let address = endpoint.and_then(|endpoint| ip_address(endpoint.host()));
    match (described.virtual_ip, address) {
        (Some(virtual_ip), Some(address)) if virtual_ip.address() != address => {
            Err(SetupError::new(
                "loadBalancer.virtualIP",
                format!(
                    "{} is not the address in controlPlaneEndpoint, {address}",
                    virtual_ip.address()
                ),
                format!("virtualIP: {address}"),
            ))
        }
        (Some(virtual_ip), _) => Ok(virtual_ip),
        (None, Some(address)) => Ok(VirtualIp::new(address)),
        (None, None) => Err(SetupError::new(
            "loadBalancer.virtualIP",
            "which address moves between the control plane hosts? it is in their network, and no host has it",
            "virtualIP: 10.0.0.100",
        )),
    }
}

fn plausible(
    cluster: &Cluster,
    hosts: &Hosts<'_>,
    virtual_ip: VirtualIp,
) -> Result<(), SetupError> {
    let address = virtual_ip.address();
    let has_it = |host: &&Host| host.has(&SubjectAltName::Ip(address));
    if let Some(host) = cluster.hosts.iter().find(has_it) {
        return Err(SetupError::new(
            "loadBalancer.virtualIP",
            format!(
                "{address} is an address of {}: one that moves belongs to no host",
                host.name
            ),
            "virtualIP: 10.0.0.100",
        ));
    }
    let ranges = [
        (
            "serviceSubnet",
            cluster.service_subnet.contains(address),
            cluster.service_subnet.to_string(),
        ),
        (
            "podSubnet",
            cluster
                .pod_subnet
                .as_ref()
                .is_some_and(|pods| pods.contains(address)),
            cluster
                .pod_subnet
                .as_ref()
                .map_or_else(String::new, ToString::to_string),
        ),
    ];
    if let Some((field, _, range)) = ranges.iter().find(|(_, inside, _)| *inside) {
        return Err(SetupError::new(
            "loadBalancer.virtualIP",
            format!(
                "{address} lies in networking.{field}, {range}: it would be two things at once"
            ),
            "virtualIP: an address in the network of the hosts, or another range",
        ));
    }
    let other_family = |host: &Host| host.advertise_address.is_ipv4() != address.is_ipv4();
    match hosts.iter().find(|(_, host)| other_family(host)) {
        None => Ok(()),
        Some((_, host)) => Err(SetupError::new(
            "loadBalancer.virtualIP",
            format!(
                "{address} is not of the same family as {}, the address of {}",
                host.advertise_address, host.name
            ),
            "virtualIP: an address of the family of the hosts",
        )),
    }
}

fn virtual_router(
    hosts: &Hosts<'_>,
    description: &SetupDescription,
    virtual_ip: VirtualIp,
    notes: &mut Vec<SetupNote>,
) -> Result<Keepalived, SetupError> {
    let described = &description.load_balancer;
    let (members, weight) = keepalived(hosts, description)?;
    let router_id = described.router_id.unwrap_or(VirtualRouterId::DEFAULT);
    if described.router_id.is_none() {
        notes.push(SetupNote::AssumedRouterId(router_id));
    }
    let mut auth_pass = described.auth_pass.clone();
    // RFC 5798 section 9: VRRP of IPv6 is version 3, which has none.
    if virtual_ip.address().is_ipv6() && auth_pass.take().is_some() {
        notes.push(SetupNote::NotUsed {
            field: "loadBalancer.authPass",
            why: "VRRP of IPv6 knows no password",
        });
    }
    Ok(Keepalived {
        virtual_ip,
        router_id,
        auth_pass,
        unicast: described.unicast.unwrap_or(false),
        members,
        weight,
    })
}

fn unused(described: &LoadBalancerDescription, why: &'static str, notes: &mut Vec<SetupNote>) {
    let rest = LoadBalancerDescription {
        kind: None,
        ..described.clone()
    };
    if rest != LoadBalancerDescription::default() {
        let field = "loadBalancer";
        notes.push(SetupNote::NotUsed { field, why });
    }
}
