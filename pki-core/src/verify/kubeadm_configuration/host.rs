//! The host that a configuration is for: its name, its address, and what it is to be.

use std::net::IpAddr;

use super::{describes_cluster, document};
use crate::cluster::{Cluster, Host};
use crate::kubeadm::ClusterFile;
use crate::name::Quoted;
use crate::setup::LoadBalancer;
use crate::verify::fix::Fix;
use crate::verify::server::covers;
use crate::verify::{Examined, Finding, Record, Rule, load_balancer, place};
use crate::yaml::Node;

pub(super) const NAMES: [&str; 2] = ["nodeRegistration.name", "nodeName"];
const ADDRESSES: [&str; 4] = [
    "localAPIEndpoint.advertiseAddress",
    "controlPlane.localAPIEndpoint.advertiseAddress",
    FIRST_ADDRESSES[0],
    FIRST_ADDRESSES[1],
];
/// Those of the first versions among them.
const FIRST_ADDRESSES: [&str; 2] = ["apiEndpoint.advertiseAddress", "api.advertiseAddress"];

/// Whether the address is another host's is the answer: then it is no name that is missing.
pub(super) fn check(
    examined: &Examined<'_>,
    path: &str,
    (file, documents): (&ClusterFile, &[Node]),
    record: &mut Record,
) -> bool {
    check_name(examined, path, documents, record);
    // What is to be taken out has no address to be mended.
    check_role(examined, path, documents, record)
        || check_address(examined, path, (file, documents), record)
}

/// The description of all hosts, if there is one.
fn described<'a>(examined: &Examined<'a>) -> Option<(&'a Cluster, &'a Host)> {
    let described = examined.expectation.described();
    described.filter(|_| !examined.expectation.assumed.role)
}

fn check_name(examined: &Examined<'_>, path: &str, documents: &[Node], record: &mut Record) {
    let known = examined.expectation.described();
    let Some((_, host)) = known.filter(|_| !examined.expectation.assumed.host_name) else {
        return;
    };
    for document in documents {
        let Some((node, place)) = document::first(document, &NAMES) else {
            continue;
        };
        let told = node.text().unwrap_or_default();
        let is_sure = described(examined).is_some() || is_certified(examined, host, told);
        let is_wrong = !told.eq_ignore_ascii_case(host.name.as_str()) && is_sure;
        record.expect(!is_wrong, || {
            let message = format!(
                "{place} is {}, and this host is {}",
                Quoted(told),
                host.name
            );
            let fix = document::write(examined, path, node, host.name.as_str());
            Finding::new(Rule::KubeadmConfigHost, path, message, fix)
                .at(place::of_line(Some(node.position.line)))
        });
    }
}

/// Whether the API server's certificate names the host by what is known, and not by
/// what the file has.
fn is_certified(examined: &Examined<'_>, host: &Host, told: &str) -> bool {
    let certificate = load_balancer::apiserver_certificate(examined);
    certificate.is_some_and(|it| {
        let names = it.subject_alt_names();
        let has = |name: &str| names.iter().any(|san| covers(san, &format!("DNS:{name}")));
        has(host.name.as_str()) && !has(told)
    })
}

fn check_address(
    examined: &Examined<'_>,
    path: &str,
    (file, documents): (&ClusterFile, &[Node]),
    record: &mut Record,
) -> bool {
    let Some(told) = file.local_address.filter(|it| !it.is_unspecified()) else {
        return false;
    };
    let Some((node, place)) = document::first_of(documents, &ADDRESSES) else {
        return false;
    };
    let addressed = examined.expectation.addressed();
    let own = addressed.map(|(_, host)| host.advertise_address);
    let is_described = described(examined).is_some();
    // Of the first versions some have the shared address give out.
    let is_of_first = FIRST_ADDRESSES.contains(&place);
    if !is_of_first && own != Some(told) && is_shared(examined, told) {
        let own = own.or_else(|| load_balancer::own_address(examined.tree, examined.expectation));
        let message = format!(
            "advertiseAddress is {told}, the virtual IP, which moves between hosts{}",
            own.map_or_else(String::new, |own| format!(", and this host is {own}"))
        );
        let fix = match own {
            Some(own) => document::write(examined, path, node, &own.to_string()),
            None => Fix::say("write this host's own address there"),
        };
        let finding = Finding::new(Rule::KubeadmConfigHost, path, message, fix);
        record.add(finding.at(place::of_line(Some(node.position.line))));
        return true;
    }
    let Some((cluster, host)) = addressed else {
        return false;
    };
    let right = host.advertise_address;
    if told == right || !is_described && names(examined, told) {
        return false;
    }
    let shared = cluster.control_plane_endpoint.as_ref();
    let shared = shared.map(|it| it.host().to_string());
    if is_of_first && shared == Some(format!("IP:{told}")) && describes_cluster(documents) {
        return false;
    }
    let mut others = cluster.hosts.iter();
    let whose = match others.find(|other| other.advertise_address == told) {
        Some(other) if is_described => format!(", which is {}'s", other.name),
        _ => String::new(),
    };
    let message = format!("advertiseAddress is {told}{whose}, and this host is {right}");
    let fix = document::write(examined, path, node, &right.to_string());
    let finding = Finding::new(Rule::KubeadmConfigHost, path, message, fix);
    record.add(finding.at(place::of_line(Some(node.position.line))));
    true
}

/// Whether an address moves between the hosts, by a description or what lies here.
fn is_shared(examined: &Examined<'_>, address: IpAddr) -> bool {
    let described = examined.expectation.load_balancer();
    match described.and_then(LoadBalancer::virtual_ip) {
        Some(virtual_ip) => virtual_ip == address,
        None => load_balancer::is_virtual_ip(examined.tree, address),
    }
}

/// Whether the API server's certificate has an address.
fn names(examined: &Examined<'_>, address: IpAddr) -> bool {
    let certificate = load_balancer::apiserver_certificate(examined);
    certificate.is_none_or(|it| it.subject_alt_names().contains(&format!("IP:{address}")))
}

/// Whether a worker's file has what it must not have.
fn check_role(
    examined: &Examined<'_>,
    path: &str,
    documents: &[Node],
    record: &mut Record,
) -> bool {
    let kinds = ["JoinConfiguration", "NodeConfiguration"];
    let Some(join) = document::of_kind(documents, &kinds) else {
        return false;
    };
    // One for other hosts may lie beside the file that made the cluster.
    if super::initializes(examined.tree) {
        return false;
    }
    let field = join.get("controlPlane");
    let is_masters = field.is_some_and(|field| field.text() != Some("false"));
    let is_master = match described(examined) {
        Some((_, host)) => host.roles.control_plane,
        None => examined.role.is_control_plane(),
    };
    let line = |node: Option<&Node>| place::of_line(node.map(|node| node.position.line));
    record.checked += 1;
    if is_master && !is_masters {
        let message =
            "has no controlPlane, so that this host of the control plane joins as a worker";
        let address = examined.expectation.addressed();
        let address = address.map(|(_, host)| host.advertise_address);
        let own = address.map(|it| format!("    advertiseAddress: \"{it}\""));
        let fix = match (&own, field) {
            (Some(own), None) => {
                let lines = ["controlPlane:", "  localAPIEndpoint:", own];
                document::add(examined, path, join, &lines)
            }
            _ => Fix::say(
                "add controlPlane, with localAPIEndpoint.advertiseAddress, or have kpki render write the file anew",
            ),
        };
        let finding = Finding::new(Rule::KubeadmConfigHost, path, message, fix);
        record.add(finding.at(line(join.get("kind"))));
    }
    let has_certificates = field.is_some_and(|it| it.get("certificateKey").is_some());
    let is_too_much =
        is_masters && !is_master && (described(examined).is_some() || !has_certificates);
    if is_too_much {
        let message = match described(examined) {
            Some(_) => "has controlPlane, and this host is no part of the control plane",
            None => "has controlPlane, and none of the control plane's files are here",
        };
        let fix = "take controlPlane and what is below it out of the file, or have kpki render write it anew";
        let finding = Finding::new(Rule::KubeadmConfigHost, path, message, fix);
        record.add(finding.at(line(field)));
    }
    is_too_much
}
