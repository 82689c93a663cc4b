//! A host that got another name or address: all of its server certificates and
//! the kubeconfigs that still lead to the old one.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::super::fix::Fix;
use super::super::others::path_of;
use super::super::{Examined, Finding, Record, Rule, command, derived};
use super::{directory_of, together};
use crate::catalog::{CatalogEntry, FileRole};
use crate::static_pod::Url;

/// One finding for the certificates that lack the same names, the host's own
/// among them.
pub(super) fn gather(examined: &Examined<'_>, record: &mut Record) {
    let Some((_, host)) = examined.expectation.described() else {
        return;
    };
    let own = [
        format!("IP:{}", host.advertise_address),
        format!("DNS:{}", host.name),
    ];
    for (missing, paths) in alike(record) {
        if !own.iter().any(|name| missing.contains(name)) {
            continue;
        }
        let former = former_addresses(examined, &paths);
        let leads_there = |found: &Finding| {
            found.rule == Rule::KubeconfigServer
                && server_of(examined, &found.file).is_some_and(|it| former.contains(&it))
        };
        // Beside an etcd elsewhere the API server's alone has the host's names.
        if paths.len() < 2 && !record.findings.iter().any(leads_there) {
            continue;
        }
        let is_it =
            |found: &mut Finding| found.rule == Rule::SanMissing && paths.contains(&found.file);
        let mut parts: Vec<_> = record.findings.extract_if(.., is_it).collect();
        let kubeconfigs = record
            .findings
            .extract_if(.., |found| leads_there(found))
            .collect();
        let finding = match parts.pop() {
            Some(alone) if parts.is_empty() => Some(with_kubeconfigs(alone, kubeconfigs)),
            last => {
                parts.extend(last);
                of_all(examined, &missing, &paths, parts, kubeconfigs)
            }
        };
        record.findings.extend(finding);
    }
}

fn with_kubeconfigs(mut certificate: Finding, kubeconfigs: Vec<Finding>) -> Finding {
    for found in kubeconfigs {
        certificate.fix = certificate.fix.and(found.fix.clone());
        certificate.consequences.extend(found.into_consequences());
    }
    certificate
}

fn of_all(
    examined: &Examined<'_>,
    missing: &[String],
    paths: &BTreeSet<String>,
    mut parts: Vec<Finding>,
    kubeconfigs: Vec<Finding>,
) -> Option<Finding> {
    let names = examined.expectation.with_sources(missing);
    let message = format!(
        "holds {} certificates{} without a SAN for {names}",
        parts.len(),
        whose(examined, paths).unwrap_or_default()
    );
    let fix = command::reissue_all(examined, &entries(examined, paths));
    let fix = kubeconfigs
        .iter()
        .fold(fix, |fix: Fix, found| fix.and(found.fix.clone()));
    parts.extend(kubeconfigs);
    together(parts, message, fix).map(|finding| Finding {
        file: directory_of(paths),
        ..finding
    })
}

/// Certificates by what they lack.
fn alike(record: &Record) -> BTreeMap<Vec<String>, BTreeSet<String>> {
    let mut by_path: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (path, name) in &record.missing_names {
        if record.has(Rule::SanMissing, path) {
            by_path.entry(path).or_default().push(name.clone());
        }
    }
    let mut alike: BTreeMap<Vec<String>, BTreeSet<String>> = BTreeMap::new();
    for (path, names) in by_path {
        alike.entry(names).or_default().insert(path.to_owned());
    }
    alike
}

fn entries(examined: &Examined<'_>, paths: &BTreeSet<String>) -> Vec<&'static CatalogEntry> {
    let materials = examined.materials.iter();
    let theirs = materials.filter(|material| paths.contains(path_of(material)));
    theirs.map(|material| material.row.entry).collect()
}

/// The names that all of these certificates have.
fn common_names(examined: &Examined<'_>, paths: &BTreeSet<String>) -> BTreeSet<String> {
    let materials = examined.materials.iter();
    let theirs = materials.filter(|material| paths.contains(path_of(material)));
    let mut sets = theirs.map(|material| -> BTreeSet<String> {
        let certificate = material.certificates().first().into_iter();
        let names = certificate.flat_map(|it| it.subject_alt_names());
        names.cloned().collect()
    });
    let first = sets.next().unwrap_or_default();
    sets.fold(first, |common, other| &common & &other)
}

/// The addresses that all of these certificates have, and this host no longer.
fn former_addresses(examined: &Examined<'_>, paths: &BTreeSet<String>) -> BTreeSet<IpAddr> {
    let names: Vec<_> = common_names(examined, paths).into_iter().collect();
    derived::addresses(&names).collect()
}

/// ` of m1 (10.0.0.11)`: the one host that all of these certificates name.
fn whose(examined: &Examined<'_>, paths: &BTreeSet<String>) -> Option<String> {
    let (cluster, host) = examined.expectation.described()?;
    let usual = entries(examined, paths).into_iter();
    let usual: Vec<_> = usual
        .flat_map(|entry| entry.subject_alt_names(cluster, host))
        .map(|name| name.to_string())
        .collect();
    let mut names = common_names(examined, paths);
    names.retain(|name| !usual.contains(name));
    let mut dns = names.iter().filter_map(|name| name.strip_prefix("DNS:"));
    let (Some(name), None) = (dns.next(), dns.next()) else {
        return None;
    };
    let names: Vec<_> = names.iter().cloned().collect();
    let addresses: Vec<_> = derived::addresses(&names)
        .map(|it| it.to_string())
        .collect();
    let name = name.escape_debug();
    Some(match &addresses[..] {
        [] => format!(" of {name}"),
        addresses => format!(" of {name} ({})", addresses.join(", ")),
    })
}

/// The address that a kubeconfig connects to.
fn server_of(examined: &Examined<'_>, path: &str) -> Option<IpAddr> {
    let mut materials = examined.materials.iter();
    let material = materials.find(|material| material.path(FileRole::Kubeconfig) == path)?;
    let server = material.kubeconfig.read()?.server.as_deref()?;
    Url::parse(server)?.address()
}
