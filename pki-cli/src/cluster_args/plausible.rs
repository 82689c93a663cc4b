//! What no cluster can have, and what is allowed and rarely meant.

use std::net::IpAddr;

use pki_core::{Cluster, Host, SubjectAltName};

use crate::failure::Failure;

/// Two hosts of one name or address would get each other's certificates, and one
/// without an address that others reach could join nothing.
pub(super) fn check(cluster: &Cluster) -> Result<(), Failure> {
    const MOST_NAMES: usize = 1000;
    for (index, host) in cluster.hosts.iter().enumerate() {
        if cluster.apiserver_cert_sans.len() + host.cert_sans.len() > MOST_NAMES {
            return Err(Failure::new(format!(
                "{} would get more than {MOST_NAMES} further names, which no client reads",
                host.name
            )));
        }
        for other in &cluster.hosts[..index] {
            if host.name == other.name {
                return Err(Failure::new(format!(
                    "the host {} is given twice",
                    host.name
                )));
            }
            if host.advertise_address == other.advertise_address {
                return Err(Failure::new(format!(
                    "{} and {} have the same address {}",
                    other.name, host.name, host.advertise_address
                )));
            }
        }
    }
    Ok(())
}

/// Names that are allowed and rarely meant.
pub(super) fn odd_names(cluster: &Cluster) -> Vec<String> {
    const MANY: usize = 100;
    let mut notes = Vec::new();
    for host in &cluster.hosts {
        let names = cluster.apiserver_cert_sans.len() + host.cert_sans.len();
        if names > MANY {
            notes.push(format!(
                "{} gets {names} further names: every TLS handshake carries them all",
                host.name
            ));
        }
        notes.extend(unreachable(host));
        const LONGEST_COMMON_NAME: usize = 64;
        if host.name.as_str().len() > LONGEST_COMMON_NAME {
            notes.push(format!(
                "{} is longer than the {LONGEST_COMMON_NAME} characters that X.520 allows a common name: \
                 kubeadm writes it all the same, strict readers refuse it",
                host.name
            ));
        }
        if let Some(endpoint) = &cluster.control_plane_endpoint
            && cluster.hosts.len() > 1
            && *endpoint.host() == SubjectAltName::Ip(host.advertise_address)
        {
            notes.push(format!(
                "the control plane endpoint {endpoint} is the address of {}: when that host is \
                 down, no kubelet and no kubectl reaches the others",
                host.name
            ));
        }
        for other in cluster.hosts.iter().filter(|other| other.name != host.name) {
            let is_others = |san: &&SubjectAltName| match san {
                SubjectAltName::Ip(address) => *address == other.advertise_address,
                SubjectAltName::Dns(name) => name.as_str() == other.name.as_str(),
                _ => false,
            };
            if let Some(san) = host.cert_sans.iter().find(is_others) {
                notes.push(format!(
                    "{} is given {san}, which is {}",
                    host.name, other.name
                ));
            }
        }
    }
    notes
}

/// kubeadm refuses such an address; for a test on one machine it is right.
fn unreachable(host: &Host) -> Option<String> {
    let address = host.advertise_address;
    let link_local = match address {
        IpAddr::V4(v4) => v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_unicast_link_local(),
    };
    let kind = match (address.is_loopback(), link_local) {
        (true, _) => "loopback",
        (_, true) => "link-local",
        _ => return None,
    };
    let name = &host.name;
    Some(format!(
        "{address} of {name} is a {kind} address: kubeadm refuses it, and no other host may reach it"
    ))
}
