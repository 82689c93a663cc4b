//! Leaves: each host has its own, with a key of its own.

use crate::verify::fix::Fix;
use std::collections::{BTreeMap, BTreeSet};

use super::{Consequence, Finding, Fleet, Identity, Rule, TreeRole, words};
use crate::catalog::{CATALOG, CatalogEntry, EntryKind};
use crate::severity::Severity;

/// A host and a row of it.
type Spot = (usize, usize);

pub(super) fn check(fleet: &mut Fleet<'_>) {
    let mut spots: BTreeMap<[u8; 32], Vec<Spot>> = BTreeMap::new();
    for (host, report) in fleet.hosts.iter().enumerate() {
        for (row, identity) in report.report.identities.iter().enumerate() {
            if let Some(key) = own_key(identity)
                && !may_be_shared(identity, report.report.role)
            {
                spots.entry(key).or_default().push((host, row));
            }
        }
    }
    fleet.comparison.checked += spots.len();
    // What the same hosts share has one owner.
    let mut shared: BTreeMap<BTreeSet<usize>, Vec<Spot>> = BTreeMap::new();
    for spots in spots.into_values() {
        let hosts: BTreeSet<usize> = spots.iter().map(|(host, _)| *host).collect();
        if hosts.len() > 1 {
            shared.entry(hosts).or_default().extend(spots);
        }
    }
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

/// The key of a leaf or of a kubeconfig's client.
fn own_key(identity: &Identity) -> Option<[u8; 32]> {
    match CatalogEntry::find(&identity.base_name)?.kind {
        EntryKind::Leaf(_) | EntryKind::Kubeconfig(_) => identity
            .certificates
            .first()
            .and_then(|leaf| leaf.key)
            .or(identity.key),
        EntryKind::Authority(_) | EntryKind::ServiceAccount => None,
    }
}

/// The API server's access to an etcd of its own is one of the files that
/// kubeadm wants to be equal on all masters; one for each is as good.
fn may_be_shared(identity: &Identity, role: Option<TreeRole>) -> bool {
    let is_cfssls = identity
        .files
        .iter()
        .any(|file| file.path.ends_with(".pem"));
    identity.base_name == "apiserver-etcd-client"
        && (role == Some(TreeRole::ControlPlane) || is_cfssls)
}

/// Of the hosts with the same leaves, the one that these name.
fn owner(fleet: &Fleet<'_>, hosts: &BTreeSet<usize>, spots: &[Spot]) -> Option<usize> {
    let names_its_host = |(host, row): &&Spot| {
        let Some(host) = fleet.hosts.get(*host) else {
            return false;
        };
        let row = host.report.identities.get(*row);
        row.is_some_and(|row| is_of_host(row) && names(row, &host.host))
    };
    let named = spots.iter().find(names_its_host).map(|(host, _)| *host);
    named.or_else(|| hosts.first().copied())
}

/// Whether a row's names depend on the host.
fn is_of_host(row: &Identity) -> bool {
    const ROWS: [&str; 4] = ["apiserver", "etcd/server", "etcd/peer", "kubelet.conf"];
    ROWS.contains(&row.base_name.as_str())
}

/// Whether a leaf names the host.
fn names(row: &Identity, host: &str) -> bool {
    let Some(leaf) = row.certificates.first() else {
        return false;
    };
    let is_host = |name: &str| name.eq_ignore_ascii_case(host);
    let common_name = leaf.common_name.as_deref().unwrap_or_default();
    is_host(
        common_name
            .strip_prefix("system:node:")
            .unwrap_or(common_name),
    ) || leaf
        .subject_alt_names
        .iter()
        .filter_map(|name| name.split_once(':').map(|(_, name)| name))
        .any(is_host)
}

/// One finding for all that one host has of another.
fn report(fleet: &mut Fleet<'_>, owner: usize, host: usize, rows: &[usize]) {
    let (Some(theirs), Some(ours)) = (fleet.hosts.get(owner), fleet.hosts.get(host)) else {
        return;
    };
    let identities = &ours.report.identities;
    let mut rows: Vec<&Identity> = rows.iter().filter_map(|row| identities.get(*row)).collect();
    rows.sort_by_key(|row| {
        CATALOG
            .iter()
            .position(|entry| entry.base_name == row.base_name)
    });
    let files = rows.iter().flat_map(|row| &row.files);
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
    let renewed = rows
        .iter()
        .filter(|row| is_renewed(row, &theirs.report.identities));
    let renewed: Vec<String> = renewed.map(|row| row.base_name.clone()).collect();
    if !renewed.is_empty() {
        message.push_str(&format!(
            " (with the key in another certificate: {})",
            words::list(&renewed)
        ));
    }
    let bases: Vec<&str> = rows.iter().map(|row| row.base_name.as_str()).collect();
    let fix = Fix::say(format!(
        "on {}, with the flags or the file that describe the cluster",
        ours.host
    ))
    .and_run(format!("kpki gen --only {} --reissue", bases.join(",")));
    let mut finding = Finding::new(Rule::OtherHostsFiles, first, message, fix);
    let own = &ours.report.findings;
    let is_refused = |row: &&Identity| {
        let told = own
            .iter()
            .any(|own| is_about_names(own) && row.has_file(&own.file));
        told || is_of_host(row) && names(row, &theirs.host) && !names(row, &ours.host)
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
        is_about_names(own) && files.contains(&own.file)
    });
}

/// Whether the other host has the same key in another certificate.
fn is_renewed(row: &Identity, theirs: &[Identity]) -> bool {
    let certificate = |row: &Identity| Some(row.certificates.first()?.sha256);
    let mut theirs = theirs
        .iter()
        .filter(|other| other.base_name == row.base_name);
    theirs.any(|other| certificate(other) != certificate(row))
}

const WHY_ONE_KEY: &str = "whoever gets at the key on one host has it for the other, and neither can be revoked or renewed alone";

/// kubeconfigs that people carry around.
fn is_a_persons(row: &Identity) -> bool {
    matches!(row.base_name.as_str(), "admin.conf" | "super-admin.conf")
}

fn is_about_names(finding: &Finding) -> bool {
    matches!(finding.rule, Rule::SanMissing | Rule::NoSan | Rule::Subject)
}
