//! Whether hosts that write to a list of others reach all of them.

use super::finding;
use super::sets::RouterSet;
use crate::verify::compare::{Finding, Fleet, Rule};
use crate::verify::service_facts::VirtualRouter;

/// Hosts that a list leaves out, where no description told the host itself.
pub(super) fn check(fleet: &mut Fleet<'_>, set: &RouterSet) {
    let routers = &set.routers;
    let own = |host: usize| fleet.hosts.get(host)?.report.services.address;
    // VRRP may go over a network of its own, where addresses of hosts tell nothing.
    let owns: Vec<_> = routers.iter().filter_map(|(host, _)| own(*host)).collect();
    let is_main = routers.iter().any(|(_, router)| {
        let mut peers = router.peers.iter().flatten().chain(&router.source);
        peers.any(|address| owns.contains(address))
    });
    let address = |host: usize, router: &VirtualRouter| match is_main {
        // What it writes from may be another host's by mistake.
        true => own(host).or(router.source),
        false => router.source,
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
        if is_main && report.is_some_and(|it| it.report.services.described_masters > 1) {
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
            "unicast_peer{} lacks {}, which hears nothing from this host and takes the virtual IP as well",
            set.of(),
            fleet.list(&hosts)
        );
        let fix = format!("add {} to unicast_peer", addresses.join(" and "));
        found.push((
            *host,
            finding(
                fleet,
                Rule::KeepalivedUnicast,
                set,
                &[*host],
                |it| it.lines.peers,
                (message, &fix),
            ),
        ));
    }
    for (host, finding) in found {
        // The host itself counts them at least.
        let counted = |own: &Finding| !is_main && own.rule == Rule::KeepalivedUnicastPeer;
        fleet.add(&[host], finding, |_, own| counted(own));
    }
}
