//! Leaves: each host has its own, with a key of its own.

use std::collections::{BTreeMap, BTreeSet};

use super::{Consequence, Finding, Fleet, Leaf, Rule, Spot, TreeRole, words};
use crate::catalog::CATALOG;
use crate::severity::Severity;

pub(super) fn check(fleet: &mut Fleet<'_>) {
    let key = |spot: &Spot| fleet.leaf(*spot).and_then(|leaf| leaf.key);
    let is_own = |(spot, leaf): &(Spot, Leaf<'_>)| {
        leaf.key.is_some() && !may_be_shared(leaf, fleet.role(spot.0))
    };
    let mut spots: Vec<Spot> = fleet
        .leaves()
        .filter(is_own)
        .map(|(spot, _)| spot)
        .collect();
    spots.sort_unstable_by_key(|spot| (key(spot), *spot));
    let keys = spots.chunk_by(|one, other| key(one) == key(other));
    let count = keys.clone().count();
    // What the same hosts share has one owner.
    let mut shared: BTreeMap<BTreeSet<usize>, Vec<Spot>> = BTreeMap::new();
    for spots in keys {
        let hosts: BTreeSet<usize> = spots.iter().map(|(host, _)| *host).collect();
        if hosts.len() > 1 {
            shared.entry(hosts).or_default().extend(spots);
        }
    }
    fleet.comparison.checked += count;
    let mut copies: BTreeMap<(usize, usize), Vec<usize>> = BTreeMap::new();
    for (hosts, spots) in &shared {
        let Some(owner) = owner(fleet, hosts, spots) else {
            continue;
        };
        for (host, row) in spots.iter().filter(|(host, _)| *host != owner) {
            copies.entry((owner, *host)).or_default().push(*row);
        }
    }
    for ((owner, host), rows) in copies {
        report(fleet, owner, host, &rows);
    }
}

/// The API server's access to an etcd of its own is one of the files that
/// kubeadm wants to be equal on all masters; one for each is as good.
fn may_be_shared(leaf: &Leaf<'_>, role: Option<TreeRole>) -> bool {
    let mut files = leaf.place.files.iter();
    let is_cfssls = files.any(|file| file.path.ends_with(".pem"));
    leaf.place.base_name == "apiserver-etcd-client"
        && (role == Some(TreeRole::ControlPlane) || is_cfssls)
}

/// Of the hosts with the same leaves, the one that these name.
fn owner(fleet: &Fleet<'_>, hosts: &BTreeSet<usize>, spots: &[Spot]) -> Option<usize> {
    let names_its_host = |spot: &&Spot| {
        let leaf = fleet.leaf(**spot);
        leaf.is_some_and(|leaf| is_of_host(&leaf) && leaf.names_its_host)
    };
    let named = spots.iter().find(names_its_host).map(|(host, _)| *host);
    named.or_else(|| hosts.first().copied())
}

/// Whether a row's names depend on the host.
fn is_of_host(leaf: &Leaf<'_>) -> bool {
    const ROWS: [&str; 4] = ["apiserver", "etcd/server", "etcd/peer", "kubelet.conf"];
    ROWS.contains(&leaf.place.base_name.as_str())
}

/// One finding for all that one host has of another.
fn report(fleet: &mut Fleet<'_>, owner: usize, host: usize, rows: &[usize]) {
    let (Some(theirs), Some(ours)) = (fleet.hosts.get(owner), fleet.hosts.get(host)) else {
        return;
    };
    let rows = rows.iter().filter_map(|row| fleet.leaf((host, *row)));
    let mut rows: Vec<Leaf<'_>> = rows.collect();
    rows.sort_by_key(|row| {
        let name = &row.place.base_name;
        CATALOG.iter().position(|entry| entry.base_name == name)
    });
    let files = rows.iter().flat_map(|row| &row.place.files);
    let files: Vec<String> = files.map(|file| file.path.clone()).collect();
    let Some(first) = files.first() else {
        return;
    };
    let mut message = match files.len() {
        1 => format!("the one of {} is on {} as well", theirs.host, ours.host),
        count => format!(
            "{count} files of {} are on {} as well",
            theirs.host, ours.host
        ),
    };
    let same = |row: &Leaf<'_>| {
        let mut theirs = theirs.rows.leaves();
        theirs.find(|other| other.place.base_name == row.place.base_name)
    };
    // The same key in another certificate.
    let is_renewed =
        |row: &&Leaf<'_>| same(row).is_some_and(|other| other.certificate != row.certificate);
    let renewed = rows.iter().filter(is_renewed);
    let renewed: Vec<String> = renewed.map(|row| row.place.base_name.clone()).collect();
    if !renewed.is_empty() {
        message.push_str(&format!(
            " (with the key in another certificate: {})",
            words::list(&renewed)
        ));
    }
    let bases: Vec<&str> = rows
        .iter()
        .map(|row| row.place.base_name.as_str())
        .collect();
    let fix = fleet.reissue(host, &bases);
    let mut finding = Finding::new(Rule::OtherHostsFiles, first, message, fix);
    let own = &ours.report.findings;
    let is_refused = |row: &Leaf<'_>| {
        let told = own
            .iter()
            .any(|own| is_about_names(own) && own.files().any(|file| row.has_file(file)));
        let is_theirs = || same(row).is_some_and(|other| other.names_its_host);
        told || is_of_host(row) && !row.names_its_host && is_theirs()
    };
    if !rows.iter().any(is_refused) {
        // Clients, or servers that name every host: it works, with one key for two.
        finding.severity = match rows.iter().all(|row| is_a_persons(row)) {
            true => Severity::Note,
            false => Severity::Warning,
        };
        WHY_ONE_KEY.clone_into(&mut finding.why);
    }
    let others = files.iter().skip(1).map(|file| Consequence {
        file: file.clone(),
        message: format!("is of {}", theirs.host),
        rule: None,
    });
    finding.consequences = others.collect();
    fleet.add(&[host], finding, |_, own| {
        let follows = is_about_names(own) || own.rule == Rule::KubeconfigServer;
        follows && own.files().all(|file| files.iter().any(|it| it == file))
    });
}

const WHY_ONE_KEY: &str = "whoever gets at the key on one host has it for the other, and neither can be revoked or renewed alone";

/// kubeconfigs that people carry around.
fn is_a_persons(row: &Leaf<'_>) -> bool {
    matches!(
        row.place.base_name.as_str(),
        "admin.conf" | "super-admin.conf"
    )
}

fn is_about_names(finding: &Finding) -> bool {
    matches!(finding.rule, Rule::SanMissing | Rule::NoSan | Rule::Subject)
}
