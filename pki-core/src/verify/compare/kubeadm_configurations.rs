//! kubeadm's configuration of several hosts: one cluster, which those that join
//! find and know.

use std::collections::BTreeSet;
use std::net::IpAddr;

use super::groups::Groups;
use super::mended::Mending;
use super::{Finding, Fleet, Rule};
use crate::catalog::{Authority, CatalogEntry};
use crate::cluster::{ControlPlaneEndpoint, Host};
use crate::hexadecimal;
use crate::kubeadm::endpoint_host;
use crate::name::Quoted;
use crate::severity::Severity;
use crate::verify::etcd_flags::Entry;
use crate::verify::fix::Fix;
use crate::verify::kubeadm_configuration::ClusterTerms;

pub(super) fn check(fleet: &mut Fleet<'_>) {
    check_terms(fleet);
    check_members(fleet);
    check_join(fleet);
    check_pins(fleet);
}

/// What kubeadm makes a cluster of.
fn check_terms(fleet: &mut Fleet<'_>) {
    let hosts = fleet.hosts.iter().enumerate();
    let told: Vec<_> = hosts
        .filter_map(|(host, report)| {
            let (terms, path) = report.report.services.kubeadm.cluster.clone()?;
            Some((host, terms, path))
        })
        .collect();
    if told.len() < 2 {
        return;
    }
    let etcd = |(host, terms, _): &(usize, ClusterTerms, &str)| {
        let endpoints = terms.etcd.as_ref().map(|it| it.join(" "));
        (*host, endpoints.unwrap_or_default())
    };
    let fields = [
        (
            "etcd.external.endpoints",
            Rule::KubeadmConfigEtcd,
            told.iter().map(etcd).collect::<Vec<_>>(),
        ),
        (
            "networking.serviceSubnet",
            Rule::KubeadmConfigRange,
            told.iter()
                .map(|(host, terms, _)| (*host, terms.service_subnet.clone()))
                .collect(),
        ),
        (
            "networking.podSubnet",
            Rule::KubeadmConfigRange,
            told.iter()
                .map(|(host, terms, _)| (*host, terms.pod_subnet.clone()))
                .collect(),
        ),
    ];
    for (field, rule, values) in fields {
        let groups = Groups::of(values);
        fleet.comparison.checked += 1;
        if groups.are_equal() {
            continue;
        }
        let said = groups
            .all()
            .iter()
            .map(|(value, hosts)| match value.as_str() {
                "" => format!("nothing on {}", fleet.list(hosts)),
                value => format!("{} on {}", Quoted(value), fleet.list(hosts)),
            });
        let message = format!("{field} is {}", said.collect::<Vec<_>>().join(", "));
        let odd = groups.odd();
        let fix = match groups.majority() {
            Some(((value, _), _)) if !value.is_empty() => {
                format!("write {field} there as the others have it: {value}")
            }
            _ => format!("write the same {field} on all hosts"),
        };
        let of_first = |it: &&(usize, _, &'static str)| Some(&it.0) == odd.first();
        let path = told.iter().find(of_first).map_or("", |(_, _, path)| path);
        let finding = Finding::new(rule, path, message, fix);
        let values = groups.all().iter().map(|(value, _)| value.as_str());
        let finding = match rule == Rule::KubeadmConfigEtcd && do_all(fleet, values, &odd) {
            true => finding.with_severity(Severity::Warning),
            false => finding,
        };
        fleet.add_mended(&odd, finding, |own| own.rule == rule, Vec::new());
    }
}

/// Whether lists of endpoints differ in nothing but which members they have: API
/// servers do with some of them as long as these are there.
fn do_all<'a>(fleet: &Fleet<'_>, mut lists: impl Iterator<Item = &'a str>, odd: &[usize]) -> bool {
    let known = known_members(fleet);
    let is_member = |url: &str| {
        let address = endpoint_host(url).parse::<IpAddr>();
        address.is_ok_and(|address| known.contains(&address))
    };
    // Such as another port.
    let is_told =
        |own: &Finding| own.rule == Rule::KubeadmConfigEtcd && own.severity == Severity::Error;
    let hosts = odd.iter().filter_map(|host| fleet.hosts.get(*host));
    let mut own = hosts.flat_map(|host| &host.report.findings);
    lists.all(|urls| !urls.is_empty() && urls.split(' ').all(is_member)) && !own.any(is_told)
}

/// The addresses of the members by their certificates and their lists.
fn known_members(fleet: &Fleet<'_>) -> BTreeSet<IpAddr> {
    let hosts = fleet.hosts.iter();
    let members = hosts.filter_map(|host| host.report.services.member.as_ref());
    let mut known = BTreeSet::new();
    for member in members {
        let names = member.peer.names.iter();
        known.extend(names.filter_map(|name| name.strip_prefix("IP:")?.parse::<IpAddr>().ok()));
        let list = member.cluster.iter().flatten();
        let entries = list.flat_map(|entry| Entry::all(entry));
        known.extend(entries.filter_map(|entry| entry.url.address()));
    }
    known
}

/// The endpoints of etcd on hosts that run none, against the members.
fn check_members(fleet: &mut Fleet<'_>) {
    let known = known_members(fleet);
    if known.is_empty() {
        return;
    }
    let mut found = Vec::new();
    for (index, host) in fleet.hosts.iter().enumerate() {
        let services = &host.report.services;
        let mut own = host.report.findings.iter();
        let is_told = own.any(|own| own.rule == Rule::KubeadmConfigEtcd);
        let Some((terms, path)) = services.kubeadm.cluster.as_ref() else {
            continue;
        };
        if services.member.is_some() || is_told {
            continue;
        }
        let urls = terms.etcd.iter().flatten();
        let wrong = urls.filter(|url| {
            let address = endpoint_host(url).parse::<IpAddr>();
            address.is_ok_and(|address| !known.contains(&address))
        });
        let wrong: Vec<_> = wrong.map(String::as_str).collect();
        if !wrong.is_empty() {
            let message = format!(
                "etcd.external.endpoints has {}, which is no member of etcd on the other hosts",
                wrong.join(", ")
            );
            let fix = "write the client URL of every member of etcd there, and of nothing else";
            found.push((
                index,
                Finding::new(Rule::KubeadmConfigEtcd, *path, message, fix),
            ));
        }
    }
    for (host, finding) in found {
        fleet.add(&[host], finding, |_, _| false);
    }
}

/// Where hosts that join look for the cluster: at the endpoint of the hosts that
/// make it, or at what most of them say; an API server's own address does as well.
fn check_join(fleet: &mut Fleet<'_>) {
    let hosts = fleet.hosts.iter().enumerate();
    let told: Vec<(usize, String, &'static str)> = hosts
        .filter_map(|(host, report)| {
            let (servers, path) = report.report.services.kubeadm.join.clone()?;
            Some((host, servers.into_iter().next()?, path))
        })
        .collect();
    let endpoints = Groups::of(fleet.hosts.iter().enumerate().filter_map(|(host, report)| {
        let (endpoint, path) = report.report.services.endpoint.clone()?;
        // One that the host's own report contradicts is not to be joined at.
        let mut own = report.report.findings.iter();
        let is_odd = own.any(|own| own.rule == Rule::KubeadmConfigEndpoint && own.file == path);
        (!is_odd).then_some((host, endpoint))
    }));
    let joins = Groups::of(told.iter().map(|(host, server, _)| (*host, server.clone())));
    let right = endpoints.majority().or_else(|| joins.majority());
    let Some(right) = right.map(|((right, _), _)| right.clone()) else {
        return;
    };
    let right = right.as_str();
    let host_of = |endpoint: &str| {
        let endpoint = endpoint.parse::<ControlPlaneEndpoint>();
        endpoint.ok().map(|it| it.host().to_string())
    };
    let port_of = |endpoint: &str| {
        let endpoint = endpoint.parse::<ControlPlaneEndpoint>().ok();
        let port = endpoint.and_then(|it| it.port());
        port.unwrap_or(Host::DEFAULT_BIND_PORT)
    };
    // Whatever an API server is called leads to it.
    let called = fleet.hosts.iter().map(|host| &host.report.services);
    let called: BTreeSet<&str> = called
        .flat_map(|services| services.api_names.iter().map(String::as_str))
        .collect();
    // Names may stand for addresses.
    let is_name = |name: &str| name.starts_with("DNS:");
    let wanted = host_of(right);
    let severity = |server: &str| match (host_of(server), &wanted) {
        (Some(host), Some(wanted)) if host == *wanted => {
            (port_of(server) != port_of(right)).then_some(Severity::Warning)
        }
        (Some(host), Some(wanted)) => {
            let is_odd = !called.contains(host.as_str()) && is_name(&host) == is_name(wanted);
            is_odd.then_some(Severity::Error)
        }
        _ => None,
    };
    fleet.comparison.checked += told.len();
    let judged = told.iter().map(|it| (severity(&it.1), it));
    let judged: Vec<_> = judged.collect();
    for wanted in [Severity::Error, Severity::Warning] {
        let odd = judged.iter().filter(|(found, _)| *found == Some(wanted));
        let odd: Vec<_> = odd.map(|(_, it)| *it).collect();
        let Some((_, server, path)) = odd.first() else {
            continue;
        };
        let hosts: Vec<usize> = odd.iter().map(|(host, ..)| *host).collect();
        let message = format!(
            "looks for the cluster at {} on {}, and it is at {right} by the other hosts",
            Quoted(server),
            fleet.list(&hosts)
        );
        let fix = format!("write {right} there");
        let finding = Finding::new(Rule::KubeadmConfigEndpoint, *path, message, fix);
        let is_same = |own: &Finding| own.rule == Rule::KubeadmConfigEndpoint;
        let mending = odd.iter().filter_map(|(host, server, _)| {
            let line = fleet
                .hosts
                .get(*host)?
                .report
                .services
                .kubeadm
                .join_line
                .clone()?;
            let location = &fleet.hosts.get(*host)?.location;
            Some(Mending {
                host: *host,
                line: Some(line.number),
                commands: vec![line.replace(location, (server, right))?],
            })
        });
        let mending = mending.collect();
        fleet.add_mended(&hosts, finding.with_severity(wanted), is_same, mending);
    }
}

/// The pins of hosts without a CA of their own, against those of the others.
fn check_pins(fleet: &mut Fleet<'_>) {
    let row = CatalogEntry::of_authority(Authority::Cluster).base_name;
    let keys = |host: usize| {
        let identity = fleet.identity(host, row);
        let certificates = identity.map_or(&[][..], |it| &it.certificates);
        certificates.iter().filter_map(|it| it.key)
    };
    let all: Vec<[u8; 32]> = (0..fleet.hosts.len()).flat_map(keys).collect();
    let Some(first) = all.first().copied() else {
        return;
    };
    let (mut odd, mut checked) = (Vec::new(), 0);
    for (index, host) in fleet.hosts.iter().enumerate() {
        if let Some((pins, path)) = &host.report.services.kubeadm.pins
            && keys(index).next().is_none()
        {
            checked += 1;
            if !pins.iter().any(|pin| all.contains(pin.digest())) {
                odd.push((index, *path));
            }
        }
    }
    fleet.comparison.checked += checked;
    let Some((_, path)) = odd.first() else { return };
    let hosts: Vec<usize> = odd.iter().map(|(host, _)| *host).collect();
    let right = format!("sha256:{}", hexadecimal::lower(&first));
    let message = format!(
        "caCertHashes on {} has not the hash of the CA that the other hosts have",
        fleet.list(&hosts)
    );
    let fix = Fix::say(format!("write {right} into it"));
    let finding = Finding::new(Rule::KubeadmConfigCaHash, *path, message, fix);
    let mending = hosts.iter().filter_map(|host| {
        let report = fleet.hosts.get(*host)?;
        let (told, line) = report.report.services.kubeadm.pin_line.clone()?;
        Some(Mending {
            host: *host,
            line: Some(line.number),
            commands: vec![line.replace(&report.location, (&told, &right))?],
        })
    });
    let mending = mending.collect();
    fleet.add_mended(&hosts, finding, |_| false, mending);
}
