//! The way to the control plane: the endpoint of kubeadm's configurations, and the
//! servers of load balancers.

use std::net::IpAddr;

use super::groups::Groups;
use super::{Finding, Fleet, Rule};
use crate::cluster::ControlPlaneEndpoint;
use crate::haproxy::Proxy;
use crate::name::Quoted;
use crate::verify::fix::Fix;
use crate::verify::haproxy;
use crate::verify::kubeadm_configuration::with_port;
use crate::verify::place;
use crate::verify::service_facts::ServiceFacts;

pub(super) fn check(fleet: &mut Fleet<'_>) {
    check_endpoint(fleet);
    check_backends(fleet);
}

fn check_endpoint(fleet: &mut Fleet<'_>) {
    let hosts = fleet.hosts.iter().enumerate();
    let told: Vec<(usize, String, &'static str)> = hosts
        .filter_map(|(host, report)| {
            let (endpoint, path) = report.report.services.endpoint.clone()?;
            Some((host, endpoint, path))
        })
        .collect();
    // One without its port has the usual one.
    let whole = |endpoint: &str| {
        let parsed = endpoint.parse::<ControlPlaneEndpoint>();
        parsed.map_or_else(|_| endpoint.to_owned(), |it| with_port(&it))
    };
    let are_equal = {
        let all = told
            .iter()
            .map(|(host, endpoint, _)| (*host, whole(endpoint)));
        Groups::of(all).are_equal()
    };
    let groups = Groups::of(
        told.iter()
            .map(|(host, endpoint, _)| (*host, endpoint.clone())),
    );
    fleet.comparison.checked += usize::from(told.len() > 1);
    if are_equal {
        return;
    }
    let is_same = |own: &Finding| own.rule == Rule::KubeadmConfigEndpoint;
    let blamed = fleet.blamed(&groups.hosts(), is_same);
    let odd = blamed.unwrap_or_else(|| groups.odd());
    let said: Vec<_> = groups
        .all()
        .iter()
        .map(|(endpoint, hosts)| format!("{} on {}", Quoted(endpoint), fleet.list(hosts)))
        .collect();
    let message = format!("controlPlaneEndpoint is {}", said.join(", "));
    let of_others = |(_, hosts): &&(String, Vec<usize>)| !hosts.iter().any(|it| odd.contains(it));
    let mut others = groups.all().iter().filter(of_others);
    let fix = match (others.next(), others.next()) {
        (Some((endpoint, _)), None) => {
            format!("write controlPlaneEndpoint: {endpoint} there as well")
        }
        _ => "write one endpoint on all hosts".to_owned(),
    };
    let path = odd.first().and_then(|odd| {
        let of_host = told.iter().find(|(host, ..)| host == odd);
        of_host.map(|(_, _, path)| *path)
    });
    let path = path.unwrap_or_default();
    let finding = Finding::new(Rule::EndpointDiffers, path, message, fix);
    // It is as bad as the same on one of them.
    let own = odd.iter().filter_map(|host| fleet.hosts.get(*host));
    let own = own.flat_map(|host| &host.report.findings);
    let worst = own.filter(|own| is_same(own)).map(|own| own.severity).min();
    let severity = worst.map_or(finding.severity, |it| it.min(finding.severity));
    let finding = finding.with_severity(severity);
    fleet.add_mended(&odd, finding, is_same, Vec::new());
}

/// Hosts of the control plane that a backend with others of them leaves out.
fn check_backends(fleet: &mut Fleet<'_>) {
    let masters: Vec<(usize, IpAddr, String)> = fleet
        .hosts
        .iter()
        .enumerate()
        .filter(|(_, host)| host.report.services.is_control_plane)
        .filter_map(|(index, host)| {
            let address = host.report.services.address?;
            Some((index, address, host.host.clone()))
        })
        .collect();
    let mut found = Vec::new();
    for (index, host) in fleet.hosts.iter().enumerate() {
        let backends = host.report.services.backends.iter();
        for backend in backends.filter(|it| !it.servers.is_empty()) {
            let has = |(_, address, name): &&(usize, IpAddr, String)| {
                let mut servers = backend.servers.iter();
                servers.any(|server| server.is(name, *address))
            };
            if !is_of_apiservers(fleet, &host.report.services, backend, &masters) {
                continue;
            }
            let missing: Vec<_> = masters.iter().filter(|master| !has(master)).collect();
            fleet.comparison.checked += 1;
            found.extend(wrong_port(fleet, index, backend, &masters));
            if missing.is_empty() {
                continue;
            }
            let named: Vec<_> = missing.iter().map(|(index, ..)| *index).collect();
            let message = format!(
                "the backend {} on {} has no server for {}",
                Quoted(&backend.name),
                host.host,
                fleet.list(&named)
            );
            let lines: Vec<_> = missing
                .iter()
                .map(|(_, address, name)| match address {
                    IpAddr::V4(v4) => format!("server {name} {v4}:PORT check"),
                    IpAddr::V6(v6) => format!("server {name} [{v6}]:PORT check"),
                })
                .collect();
            let fix = Fix::say(format!(
                "add {}, with the port and options of the others",
                lines.join(" and ")
            ));
            let fix = fix.and(reload(fleet, index));
            let finding = Finding::new(Rule::HaproxyServerMissing, haproxy::PATH, message, fix);
            found.push((index, finding.at(place::of_line(Some(backend.line)))));
        }
    }
    for (host, finding) in found {
        fleet.add(&[host], finding, |_, _| false);
    }
}

/// Whether a backend has API servers of these hosts, which run other things too: an
/// ingress is on masters at a port of its own.
fn is_of_apiservers(
    fleet: &Fleet<'_>,
    services: &ServiceFacts,
    backend: &Proxy,
    masters: &[(usize, IpAddr, String)],
) -> bool {
    let endpoint = services.endpoint.as_ref();
    let endpoint = endpoint.and_then(|(told, _)| told.parse::<ControlPlaneEndpoint>().ok());
    let endpoint = endpoint.and_then(|it| it.port());
    backend.servers.iter().any(|server| {
        let mut masters = masters.iter();
        let master = masters.find(|(_, address, name)| server.is(name, *address));
        let host = master.and_then(|(index, ..)| fleet.hosts.get(*index));
        host.is_some_and(|host| {
            let port = host.report.services.port.unwrap_or(6443);
            backend.leads_to(&services.backends, server, port, endpoint)
        })
    })
}

fn reload(fleet: &Fleet<'_>, host: usize) -> Fix {
    let fix = match fleet.path(host, haproxy::PATH) {
        Some(file) => Fix::run(format!("haproxy -c -f {file}")),
        None => Fix::default(),
    };
    fix.and_run("systemctl reload haproxy")
}

/// The first server of a backend with another port than the API server there, unless
/// the host's own report goes by a description of all hosts.
fn wrong_port(
    fleet: &Fleet<'_>,
    host: usize,
    backend: &Proxy,
    masters: &[(usize, IpAddr, String)],
) -> Option<(usize, Finding)> {
    if fleet.hosts.get(host)?.report.services.described_masters > 1 {
        return None;
    }
    backend.servers.iter().find_map(|server| {
        let mut masters = masters.iter();
        let (index, _, name) = masters.find(|(_, address, name)| server.is(name, *address))?;
        let listens = fleet.hosts.get(*index)?.report.services.port?;
        let port = server.port.filter(|port| *port != listens)?;
        let message = format!(
            "the backend {} reaches {name} at port {port}, and its API server listens on {listens}",
            Quoted(&backend.name)
        );
        let fix = Fix::say(format!("write port {listens} in that line")).and(reload(fleet, host));
        let finding = Finding::new(Rule::HaproxyServer, haproxy::PATH, message, fix);
        Some((host, finding.at(place::of_line(Some(server.line)))))
    })
}
