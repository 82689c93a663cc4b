//! Whether hosts that write to a list of others reach all of them.

use super::finding;
use crate::verify::compare::{Fleet, Rule};
use crate::verify::service_facts::VirtualRouter;

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
