//! Whether hosts that write to a list of others reach all of them, each from its own
//! address.

use super::super::groups::Groups;
use super::finding;
use crate::verify::compare::{Fleet, Rule};
use crate::verify::service_facts::VirtualRouter;

/// Whether hosts write from addresses of their own, where nothing tells these.
pub(super) fn check_sources(fleet: &mut Fleet<'_>, routers: &[(usize, VirtualRouter)]) {
    let mut told = routers.to_vec();
    told.retain(|(host, router)| {
        let services = fleet.hosts.get(*host).map(|it| &it.report.services);
        router.source.is_some() && services.is_some_and(|it| it.address.is_none())
    });
    let groups = Groups::of(told.iter().map(|(host, it)| (*host, it.source)));
    for (source, hosts) in groups.all() {
        fleet.comparison.checked += 1;
        let Some(source) = source.filter(|_| hosts.len() > 1) else {
            continue;
        };
        let message = format!(
            "unicast_src_ip is {source} on {}: of all but one the messages are not sent, and the others take the virtual IP as well",
            fleet.list(hosts)
        );
        let fix = "write each host's own address in its unicast_src_ip";
        let found = finding(
            fleet,
            Rule::KeepalivedUnicast,
            routers,
            hosts,
            |it| it.lines.peers,
            (message, fix),
        );
        fleet.add(hosts, found, |_, own| {
            own.rule == Rule::KeepalivedUnicastPeer && own.message.contains("unicast_src_ip")
        });
    }
}

/// Hosts that a list leaves out, where no description told the host itself.
pub(super) fn check(fleet: &mut Fleet<'_>, routers: &[(usize, VirtualRouter)]) {
    let address = |host: usize, router: &VirtualRouter| {
        let services = fleet.hosts.get(host).map(|it| &it.report.services);
        // What it writes from may be another host's by mistake.
        services.and_then(|it| it.address).or(router.source)
    };
    let mut known: Vec<_> = routers
        .iter()
        .filter_map(|(host, router)| Some((*host, address(*host, router)?)))
        .collect();
    let all = known.clone();
    known.retain(|(_, address)| all.iter().filter(|it| it.1 == *address).count() == 1);
    let mut found = Vec::new();
    for (host, router) in routers {
        let Some(peers) = &router.peers else { continue };
        let report = fleet.hosts.get(*host);
        if report.is_some_and(|it| it.report.services.described_masters > 1) {
            continue;
        }
        fleet.comparison.checked += 1;
        let missing = known
            .iter()
            .filter(|(other, address)| other != host && !peers.contains(address));
        let missing: Vec<_> = missing.collect();
        if missing.is_empty() {
            continue;
        }
        let hosts: Vec<usize> = missing.iter().map(|(other, _)| *other).collect();
        let addresses: Vec<_> = missing.iter().map(|(_, it)| it.to_string()).collect();
        let message = format!(
            "unicast_peer lacks {}, which hears nothing from this host and takes the virtual IP as well",
            fleet.list(&hosts)
        );
        let fix = format!("add {} to unicast_peer", addresses.join(" and "));
        found.push((
            *host,
            finding(
                fleet,
                Rule::KeepalivedUnicast,
                routers,
                &[*host],
                |it| it.lines.peers,
                (message, &fix),
            ),
        ));
    }
    for (host, finding) in found {
        fleet.add(&[host], finding, |_, _| false);
    }
}
