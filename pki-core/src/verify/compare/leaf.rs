//! Leaves: each host has its own, with a key of its own.

use std::collections::{BTreeMap, BTreeSet};

use super::{Consequence, Finding, Fleet, Identity, Rule, TreeRole, words};
use crate::catalog::{CATALOG, CatalogEntry, EntryKind, PlacedFile};
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
    // By whose they are, and on whom they are as well.
    let mut copies: BTreeMap<(usize, usize), Vec<usize>> = BTreeMap::new();
    for spots in spots.values() {
        let hosts: BTreeSet<usize> = spots.iter().map(|(host, _)| *host).collect();
        if hosts.len() < 2 {
            continue;
        }
        let Some(owner) = owner(fleet, &hosts) else {
            continue;
        };
        for (host, row) in spots {
            if *host != owner {
                copies.entry((owner, *host)).or_default().push(*row);
            }
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

/// Of the hosts with the same leaf, the one that its servers or its kubelet name.
fn owner(fleet: &Fleet<'_>, hosts: &BTreeSet<usize>) -> Option<usize> {
    let names_itself = |host: &&usize| {
        let Some(host) = fleet.hosts.get(**host) else {
            return false;
        };
        let rows = host.report.identities.iter();
        rows.filter(|row| is_of_host(row))
            .any(|row| names(row, &host.host))
    };
    hosts.iter().find(names_itself).or(hosts.first()).copied()
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
        .filter_map(|name| name.strip_prefix("DNS:").or(name.strip_prefix("IP:")))
        .any(is_host)
}

/// One finding for all that one host has of another.
fn report(fleet: &mut Fleet<'_>, owner: usize, host: usize, rows: &[usize]) {
    let theirs = &fleet.hosts[owner].report.identities;
    let ours = &fleet.hosts[host].report.identities;
    let rows: Vec<&Identity> = rows.iter().filter_map(|row| ours.get(*row)).collect();
    let order = |row: &&Identity| CATALOG.iter().position(|e| e.base_name == row.base_name);
    let mut rows = rows;
    rows.sort_by_key(order);
    let files: Vec<String> = rows
        .iter()
        .flat_map(|row| row.files.iter().map(|file: &PlacedFile| file.path.clone()))
        .collect();
    let Some(first) = files.first().cloned() else {
        return;
    };
    let (their_name, our_name) = (&fleet.hosts[owner].host, &fleet.hosts[host].host);
    let message = match &files[..] {
        [_] => format!("the one of {their_name} is on {our_name} as well"),
        files => format!(
            "{} files of {their_name} are on {our_name} as well",
            files.len()
        ),
    };
    let bases: Vec<&str> = rows.iter().map(|row| row.base_name.as_str()).collect();
    let fix = format!(
        "kpki gen --only {} --reissue  # on {our_name}, with the flags or the file that describe the cluster",
        bases.join(",")
    );
    let mut finding = Finding::new(Rule::OtherHostsFiles, first, message, fix);
    let contradicts = |row: &&Identity| {
        let own = &fleet.hosts[host].report.findings;
        let told = own
            .iter()
            .any(|own| is_about_names(own) && row.has_file(&own.file));
        told || is_of_host(row) && names(row, their_name) && !names(row, our_name)
    };
    if !rows.iter().any(contradicts) {
        // Clients, or servers that name every host: it works, with one key for two.
        finding.severity = match rows.iter().all(|row| is_a_persons(row)) {
            true => Severity::Note,
            false => Severity::Warning,
        };
        WHY_ONE_KEY.clone_into(&mut finding.why);
    }
    let renewed = |row: &&Identity| {
        let same = |other: &&Identity| other.base_name == row.base_name;
        let other = theirs.iter().find(same);
        other.is_some_and(|other| leaf(other) != leaf(row))
    };
    let renewed: Vec<String> = rows
        .iter()
        .filter(|row| renewed(row))
        .map(|row| row.base_name.clone())
        .collect();
    finding.consequences = files
        .iter()
        .skip(1)
        .map(|file| Consequence {
            file: file.clone(),
            message: format!("is of {their_name}"),
        })
        .collect();
    if !renewed.is_empty() {
        finding.message.push_str(&format!(
            " (with the same key in another certificate: {})",
            words::list(&renewed)
        ));
    }
    fleet.add(&[host], finding, |_, own| {
        is_about_names(own) && files.contains(&own.file)
    });
}

const WHY_ONE_KEY: &str = "whoever gets at the key on one host has it for the other, and neither can be revoked or renewed alone";

/// kubeconfigs that people carry around.
fn is_a_persons(row: &Identity) -> bool {
    matches!(row.base_name.as_str(), "admin.conf" | "super-admin.conf")
}

fn is_about_names(finding: &Finding) -> bool {
    matches!(finding.rule, Rule::SanMissing | Rule::NoSan | Rule::Subject)
}

fn leaf(row: &Identity) -> Option<[u8; 32]> {
    Some(row.certificates.first()?.sha256)
}
