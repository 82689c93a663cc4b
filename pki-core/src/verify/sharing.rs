//! What two certificates must not have in common: a private key, and a serial
//! number of one CA.

use std::collections::BTreeMap;

use super::material::Material;
use super::{Examined, Finding, Record, Rule, command, others};
use crate::catalog::EntryKind;
use crate::certificate::Certificate;
use crate::severity::Severity;

pub(super) fn check(examined: &Examined<'_>, record: &mut Record) {
    check_keys(examined, record);
    check_serial_numbers(examined, record);
}

fn check_keys(examined: &Examined<'_>, record: &mut Record) {
    let mut owners: BTreeMap<&[u8], Vec<&Material>> = BTreeMap::new();
    for material in &examined.materials {
        let certificate = material.certificates().first();
        let certified = certificate.and_then(|found| found.public_key().ok());
        if let Some(key) = certified.or_else(|| material.public_key.read()) {
            owners.entry(key.to_der()).or_default().push(material);
        }
    }
    record.checked += owners.len();
    for sharing in owners.values() {
        let [first, others @ ..] = sharing.as_slice() else {
            continue;
        };
        // One file that is named for several purposes is meant.
        let path = others::path_of(first);
        for other in others.iter().filter(|it| others::path_of(it) != path) {
            report(examined, first, other, record);
        }
    }
}

fn report(examined: &Examined<'_>, first: &Material, other: &Material, record: &mut Record) {
    let (path, with) = (others::path_of(other), others::path_of(first));
    let message = format!("has the same private key as {with}");
    // A file that is wrong as a whole has the wrong key as well.
    let cause = record
        .about_the_whole(path)
        .or_else(|| record.about_the_whole(with));
    if let Some(cause) = cause {
        let copied = first.certificates().first() == other.certificates().first();
        if copied && !first.certificates().is_empty() {
            return;
        }
        let file = match record
            .finding(cause)
            .is_some_and(|found| found.file == path)
        {
            true => return,
            false => path,
        };
        record.follows(cause, file, &message);
        return;
    }
    let entry = other.row.entry;
    let fix = match entry.kind {
        EntryKind::Leaf(_) | EntryKind::Kubeconfig(_) => command::reissue(examined, entry),
        _ => command::reissue(examined, first.row.entry),
    };
    let finding = Finding::new(Rule::KeyShared, path, message, fix);
    let pair = ["etcd/server", "etcd/peer"];
    let are_etcds = pair.contains(&entry.base_name) && pair.contains(&first.row.entry.base_name);
    record.add(match are_etcds {
        true => finding.with_severity(Severity::Note),
        false => finding,
    });
}

fn check_serial_numbers(examined: &Examined<'_>, record: &mut Record) {
    let mut seen = BTreeMap::new();
    for material in &examined.materials {
        let Some(certificate) = material.certificates().first() else {
            continue;
        };
        // Roots of one name are CAs of their own, each the first to count.
        if certificate.is_self_issued() {
            continue;
        }
        record.checked += 1;
        let number = (certificate.issuer_der(), certificate.serial_number());
        let known: Option<&(&Material, &Certificate)> = seen.get(&number);
        let Some((first, found)) = known else {
            seen.insert(number, (material, certificate));
            continue;
        };
        if *found == certificate || !have_one_signer(examined, found, certificate) {
            continue;
        }
        let message = format!(
            "has the same serial number as {}, and is of the same CA",
            others::path_of(first)
        );
        let fix = command::reissue(examined, material.row.entry);
        let path = others::path_of(material);
        record.add(Finding::new(Rule::SerialReused, path, message, fix));
    }
}

/// CAs may have the same name, and then each counts for itself.
fn have_one_signer(examined: &Examined<'_>, one: &Certificate, other: &Certificate) -> bool {
    let signer = |certificate| others::signer(examined, certificate).map(|(_, found)| found);
    let keys = (signer(one), signer(other));
    matches!(keys, (Some(one), Some(other)) if one.public_key().ok() == other.public_key().ok())
}
