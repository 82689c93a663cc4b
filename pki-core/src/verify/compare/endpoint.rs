//! The way to the control plane: the endpoint of kubeadm's configurations, and the
//! servers of load balancers.

use std::net::IpAddr;

use super::groups::Groups;
use super::{Finding, Fleet, Rule};
use crate::name::Quoted;
use crate::verify::fix::Fix;
use crate::verify::haproxy;
use crate::verify::place;

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
    let groups = Groups::of(
        told.iter()
            .map(|(host, endpoint, _)| (*host, endpoint.clone())),
    );
    fleet.comparison.checked += usize::from(told.len() > 1);
    if groups.are_equal() {
        return;
    }
    let odd: Vec<usize> = match groups.majority() {
        Some((_, others)) => others.iter().flat_map(|(_, hosts)| hosts.clone()).collect(),
        None => groups.hosts(),
    };
    let said: Vec<_> = groups
        .all()
        .iter()
        .map(|(endpoint, hosts)| format!("{} on {}", Quoted(endpoint), fleet.list(hosts)))
        .collect();
    let message = format!("controlPlaneEndpoint is {}", said.join(", "));
    let fix = match groups.majority() {
        Some(((endpoint, _), _)) => format!("write controlPlaneEndpoint: {endpoint} there as well"),
        None => "write one endpoint on all hosts".to_owned(),
    };
    let path = odd.first().and_then(|odd| {
        let of_host = told.iter().find(|(host, ..)| host == odd);
        of_host.map(|(_, _, path)| *path)
    });
    let path = path.unwrap_or_default();
    fleet.add(
        &odd,
        Finding::new(Rule::EndpointDiffers, path, message, fix),
        |_, _| false,
    );
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
        for backend in &host.report.services.backends {
            let has = |(_, address, name): &&(usize, IpAddr, String)| {
                let mut servers = backend.servers.iter();
                servers.any(|server| server.host == *name || server.host.parse() == Ok(*address))
            };
            let missing: Vec<_> = masters.iter().filter(|master| !has(master)).collect();
            // A backend of something else has none of them.
            if missing.len() == masters.len() {
                continue;
            }
            fleet.comparison.checked += 1;
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
            let mut fix = Fix::say(format!(
                "add {}, with the port and options of the others",
                lines.join(" and ")
            ));
            if let Some(file) = fleet.path(index, haproxy::PATH) {
                fix = fix.and_run(format!("haproxy -c -f {file}"));
            }
            let fix = fix.and_run("systemctl reload haproxy");
            let finding = Finding::new(Rule::HaproxyServerMissing, haproxy::PATH, message, fix);
            found.push((index, finding.at(place::of_line(Some(backend.line)))));
        }
    }
    for (host, finding) in found {
        fleet.add(&[host], finding, |_, _| false);
    }
}
