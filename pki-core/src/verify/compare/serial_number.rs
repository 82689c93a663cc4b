//! Serial numbers that a CA gave twice.

use super::{Finding, Fleet, Leaf, Rule, Spot};
use crate::catalog::CatalogEntry;
use crate::verify::fix::Fix;

/// Who gave a number: the CA's key where it is known, and its name.
type Giver<'a> = (Option<[u8; 32]>, &'a str);

pub(super) fn check(fleet: &mut Fleet<'_>) {
    let number = |spot: &Spot| fleet.leaf(*spot).map(|leaf| leaf.serial_number);
    let with_certificate = |(_, leaf): &(Spot, Leaf<'_>)| leaf.certificate.is_some();
    let leaves = fleet.leaves().filter(with_certificate);
    let mut spots: Vec<Spot> = leaves.map(|(spot, _)| spot).collect();
    spots.sort_unstable_by_key(|spot| (number(spot), *spot));
    let (mut given, mut findings) = (0, Vec::new());
    for spots in spots.chunk_by(|one, other| number(one) == number(other)) {
        let mut by_giver: Vec<(Giver<'_>, &Spot)> = spots
            .iter()
            .filter_map(|spot| Some((giver(fleet, *spot)?, spot)))
            .collect();
        by_giver.sort_unstable();
        for spots in by_giver.chunk_by(|(one, _), (other, _)| one == other) {
            given += 1;
            findings.extend(twice(fleet, spots));
        }
    }
    fleet.comparison.checked += given;
    for (hosts, finding) in findings {
        fleet.add(&hosts, finding, |_, _| false);
    }
}

fn giver<'a>(fleet: &'a Fleet<'_>, spot: Spot) -> Option<Giver<'a>> {
    let leaf = fleet.leaf(spot)?;
    let issuer = fleet.entry(spot.0, &leaf.place.base_name)?.issuer()?;
    let ca = fleet.identity(spot.0, CatalogEntry::of_authority(issuer).base_name);
    let key = ca.and_then(|ca| ca.signer()?.key);
    Some((key, &leaf.place.issuer))
}

/// A finding if one number is in certificates of several hosts.
fn twice(fleet: &Fleet<'_>, spots: &[(Giver<'_>, &Spot)]) -> Option<(Vec<usize>, Finding)> {
    let leaf = |(_, spot): &(_, &Spot)| {
        let leaf = fleet.leaf(**spot)?;
        let file = leaf.place.files.first()?;
        Some((spot.0, &file.path, leaf))
    };
    let mut leaves = spots.iter().filter_map(leaf);
    let (first_host, first_file, first) = leaves.next()?;
    // A copy of one certificate, or one that was renewed with its number and
    // its key, is told elsewhere.
    let twice = leaves.filter(|(host, _, leaf)| *host != first_host && leaf.key != first.key);
    let twice: Vec<_> = twice.collect();
    let (_, file, _) = twice.first()?;
    let hosts: Vec<usize> = twice.iter().map(|(host, ..)| *host).collect();
    let number = crate::hexadecimal::lower(first.serial_number);
    let message = format!(
        "on {} has the serial number {number} of {first_file} on {}, and both are of {}",
        fleet.list(&hosts),
        fleet.list(&[first_host]),
        crate::name::Quoted(&first.place.issuer)
    );
    let mut fix = Fix::say("issue it again, with a random serial number");
    for (host, _, leaf) in &twice {
        fix = fix.and(fleet.reissue(*host, &[leaf.place.base_name.as_str()]));
    }
    let finding = Finding::new(Rule::SerialReused, *file, message, fix);
    Some((hosts, finding))
}
