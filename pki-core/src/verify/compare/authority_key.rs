//! The keys of the CAs: on every host that is to sign, and on no other.

use super::{Finding, Fleet, Rule, TreeRole};
use crate::catalog::{Authority, CatalogEntry, FileRole};
use crate::severity::Severity;
use crate::verify::fix::Fix;

pub(super) fn check(fleet: &mut Fleet<'_>) {
    for authority in Authority::ALL {
        let row = CatalogEntry::of_authority(authority).base_name;
        let hosts: Vec<_> = (0..fleet.hosts.len()).collect();
        // Few clusters have a CA for the peers of etcd.
        let is_there = |host: &usize| fleet.identity(*host, row).is_some();
        if authority == Authority::EtcdPeers && !hosts.iter().any(is_there) {
            continue;
        }
        let signing = |host: &usize| signs(fleet, *host, authority, row);
        let (signing, others): (Vec<_>, Vec<_>) = hosts.into_iter().partition(signing);
        on_some(fleet, row, &signing);
        spread(fleet, row, &signing, &others);
    }
}

/// Whether the host is one that signs with this CA, so that its key belongs
/// there: the control plane with its own CAs, and with etcd's if kubeadm runs
/// etcd in its pods.
fn signs(fleet: &Fleet<'_>, host: usize, authority: Authority, row: &str) -> bool {
    use TreeRole as R;
    let of_service = fleet.identity(host, row).is_some_and(|row| {
        let mut files = row.files.iter();
        files.any(|file| file.path.ends_with(".pem"))
    });
    match (fleet.role(host), authority) {
        (Some(R::ControlPlaneWithEtcd), Authority::Etcd) => !of_service,
        // kubeadm's etcd has none.
        (Some(R::ControlPlaneWithEtcd), Authority::EtcdPeers) => false,
        (Some(R::ControlPlaneWithEtcd | R::Authorities), _) => true,
        (Some(R::ControlPlane), Authority::Cluster | Authority::FrontProxy) => true,
        _ => false,
    }
}

fn has_key(fleet: &Fleet<'_>, host: usize, row: &str) -> bool {
    let row = fleet.identity(host, row);
    row.is_some_and(|row| row.path(FileRole::PrivateKey).is_some())
}

/// The key is on some hosts of the control plane and not on others.
fn on_some(fleet: &mut Fleet<'_>, row: &str, signing: &[usize]) {
    let runs = |host: &usize| fleet.role(*host) != Some(TreeRole::Authorities);
    let there = |host: &usize| fleet.identity(*host, row).is_some();
    let hosts = signing.iter().copied().filter(runs).filter(there);
    let (with, without): (Vec<_>, Vec<_>) = hosts.partition(|host| has_key(fleet, *host, row));
    if with.len() + without.len() < 2 {
        return;
    }
    fleet.comparison.checked += 1;
    let (Some(holder), false) = (with.first(), without.is_empty()) else {
        return;
    };
    let Some(path) = fleet
        .identity(*holder, row)
        .and_then(|row| row.path(FileRole::PrivateKey))
    else {
        return;
    };
    let path = path.to_owned();
    // A CA that signs nothing there may still be another one: that is said already.
    let key = |host: &usize| fleet.identity(*host, row).and_then(|row| row.signer()?.key);
    if without.iter().any(|host| key(host) != key(holder)) {
        return;
    }
    let message = format!(
        "is on {}, and not on {}",
        fleet.list(&with),
        fleet.list(&without)
    );
    let copies = fleet.copies(
        row,
        &[FileRole::PrivateKey],
        (&with, &without),
        Fix::default(),
    );
    let fix = copies.and_say("or remove it from all, if it is kept elsewhere on purpose");
    let mut finding = Finding::new(Rule::CaKeyOnSome, path, message, fix);
    let told = |host: &usize| {
        let mut own = fleet.hosts[*host].report.findings.iter();
        own.any(|own| follows(fleet, *host, row, own))
    };
    if row == CatalogEntry::of_authority(Authority::Etcd).base_name && !without.iter().any(told) {
        // Whether etcd runs in kubeadm's pods, so that the key is wanted, is not known.
        finding.severity = Severity::Note;
    }
    let files: Vec<_> = without
        .iter()
        .map(|host| own_certificate(fleet, *host, row))
        .collect();
    fleet.add(&without, finding, |_, own| {
        own.rule == Rule::ExternalCa && files.contains(&Some(own.file.clone()))
    });
}

fn own_certificate(fleet: &Fleet<'_>, host: usize, row: &str) -> Option<String> {
    let row = fleet.identity(host, row)?;
    row.path(FileRole::Certificate).map(str::to_owned)
}

fn follows(fleet: &Fleet<'_>, host: usize, row: &str, own: &Finding) -> bool {
    own.rule == Rule::ExternalCa && own_certificate(fleet, host, row).as_ref() == Some(&own.file)
}

/// The key is where nothing signs.
fn spread(fleet: &mut Fleet<'_>, row: &str, signing: &[usize], others: &[usize]) {
    fleet.comparison.checked += usize::from(!others.is_empty());
    let with_key = |host: &usize| has_key(fleet, *host, row);
    let mut spread: Vec<_> = others.iter().copied().filter(with_key).collect();
    // One of the hosts has to keep it.
    let keeper = match signing.iter().copied().find(with_key) {
        Some(host) => host,
        None if spread.is_empty() => return,
        None => spread.remove(0),
    };
    let Some(first) = spread.first() else {
        return;
    };
    let Some(path) = fleet
        .identity(*first, row)
        .and_then(|row| row.path(FileRole::PrivateKey))
    else {
        return;
    };
    let path = path.to_owned();
    let message = format!(
        "is on {} as well, which {} not sign: {} is to keep it",
        fleet.list(&spread),
        if spread.len() == 1 { "does" } else { "do" },
        fleet.list(&[keeper])
    );
    let fix = without_copies(fleet, row, keeper, &spread);
    let mut finding = Finding::new(Rule::CaKeySpread, path.clone(), message, fix);
    let is_worker = |host: &usize| fleet.role(*host) == Some(TreeRole::Worker);
    if spread.iter().any(is_worker) {
        // Pods of everybody run there.
        finding.severity = Severity::Error;
    }
    // The same, seen on one host alone.
    fleet.add(&spread, finding, |_, own| {
        own.rule == Rule::CaKeyHere && own.file == path
    });
}

/// Takes the key away where it is the one that the keeper has; another one may be
/// the only copy.
fn without_copies(fleet: &Fleet<'_>, row: &str, keeper: usize, spread: &[usize]) -> Fix {
    const SHOWN: usize = 10;
    let key = |host: usize| fleet.identity(host, row).and_then(|row| row.key);
    let kept = key(keeper);
    let is_copy = |host: &usize| kept.is_some() && key(*host) == kept;
    let (copies, others): (Vec<_>, Vec<_>) = spread.iter().copied().partition(is_copy);
    let files = copies.iter().take(SHOWN).filter_map(|host| {
        let file = fleet.identity(*host, row)?.path(FileRole::PrivateKey)?;
        Some((*host, fleet.path(*host, file)?))
    });
    let files: Vec<_> = files.collect();
    let fix = match files.is_empty() {
        true => Fix::default(),
        false if !fleet.are_here(copies) => fleet.removed_there(&files),
        false => {
            let files: Vec<_> = files.into_iter().map(|(_, file)| file).collect();
            Fix::run(format!("rm {}", files.join(" ")))
        }
    };
    match others.is_empty() {
        true => fix,
        false => fix.and_say(format!(
            "that on {} is another key, or was not read: keep it in a safe place before it is taken away there",
            fleet.list(&others)
        )),
    }
}
