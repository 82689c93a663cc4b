//! Serial numbers that a CA gave twice.

use std::collections::BTreeMap;

use super::{Finding, Fleet, Rule};
use crate::catalog::CatalogEntry;

/// Who gave it: the CA's key where it is known, and its name; and the number.
type Given<'a> = (Option<[u8; 32]>, &'a str, &'a [u8]);

/// A host, the path of a leaf, and the key in it.
type Leaf<'a> = (usize, &'a str, Option<[u8; 32]>);

pub(super) fn check(fleet: &mut Fleet<'_>) {
    let mut given: BTreeMap<Given<'_>, Vec<Leaf<'_>>> = BTreeMap::new();
    for (host, report) in fleet.hosts.iter().enumerate() {
        for row in &report.report.identities {
            let issuer = CatalogEntry::find(&row.base_name).and_then(CatalogEntry::issuer);
            let (Some(issuer), Some(leaf), Some(file)) =
                (issuer, row.certificates.first(), row.files.first())
            else {
                continue;
            };
            let ca = fleet.identity(host, CatalogEntry::of_authority(issuer).base_name);
            let ca_key = ca.and_then(|ca| ca.signer()?.key);
            let given = given
                .entry((ca_key, &leaf.issuer, &leaf.serial_number))
                .or_default();
            given.push((host, &file.path, leaf.key));
        }
    }
    let mut findings = Vec::new();
    for ((_, issuer, number), leaves) in &given {
        let Some((first, others)) = leaves.split_first() else {
            continue;
        };
        // A copy of one certificate, or one that was renewed with its number
        // and its key, is told elsewhere.
        let twice: Vec<_> = others
            .iter()
            .filter(|(host, _, key)| *host != first.0 && *key != first.2)
            .collect();
        let (Some(other), hosts) = (twice.first(), twice.iter().map(|(host, ..)| *host)) else {
            continue;
        };
        let hosts: Vec<usize> = hosts.collect();
        let number = crate::hexadecimal::lower(number.get(..20).unwrap_or(number));
        let message = format!(
            "on {} has the serial number {number} of {} on {}, and both are of {}",
            fleet.list(&hosts),
            first.1,
            fleet.list(&[first.0]),
            crate::name::Quoted(issuer)
        );
        let fix = "issue one of them again, with a random serial number: kpki gen --reissue";
        findings.push((
            hosts,
            Finding::new(Rule::SerialReused, other.1, message, fix),
        ));
    }
    fleet.comparison.checked += given.len();
    for (hosts, finding) in findings {
        fleet.add(&hosts, finding, |_, _| false);
    }
}
