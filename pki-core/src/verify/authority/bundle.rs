//! Files with several CAs: which of them signs, and what has no place there.

use super::super::fix::Fix;
use super::super::material::Material;
use super::super::{Examined, Finding, Place, Record, Rule, command, place};
use crate::catalog::FileRole;
use crate::certificate::Certificate;
use crate::name::Quoted;

pub(super) fn bundle_order(
    examined: &Examined<'_>,
    material: &Material,
    count: usize,
    position: usize,
) -> Finding {
    let path = material.path(FileRole::Certificate);
    let key_path = material.path(FileRole::PrivateKey);
    Finding::new(
        Rule::CaBundleOrder,
        path,
        format!(
            "holds {count} CAs, and {key_path} belongs to number {}, not to the first",
            position + 1
        ),
        Fix::say("put the CA that signs first, and the others behind it").and(command::put_first(
            examined,
            material.row.entry,
            path,
            position + 1,
        )),
    )
    .at(place_of(examined, path, position))
}

pub(super) fn place_of(examined: &Examined<'_>, path: &str, position: usize) -> Option<Place> {
    let bytes = examined.tree.get(path)?.bytes()?;
    place::of_certificate(bytes, position).filter(|_| position > 0)
}

/// The other certificates of the file: everybody whom they signed is trusted.
pub(super) fn check_rest(
    examined: &Examined<'_>,
    material: &Material,
    certificates: &[Certificate],
    used: usize,
    record: &mut Record,
) {
    let path = material.path(FileRole::Certificate);
    for (position, certificate) in certificates.iter().enumerate() {
        if position == used {
            continue;
        }
        record.checked += 1;
        let ended = certificate.validity().not_after() < examined.now;
        let before = certificates.get(..position).unwrap_or_default();
        let what = match () {
            () if before.contains(certificate) => "is there twice",
            () if ended => "has expired",
            () if !certificate.is_ca() => "is no CA",
            () => continue,
        };
        let name = Quoted(certificate.subject()).to_string();
        record.add(
            Finding::new(
                Rule::CaBundle,
                path,
                format!(
                    "holds {} certificates, of which number {}, {name}, {what}",
                    certificates.len(),
                    position + 1
                ),
                Fix::say("take it out on all hosts").and(command::take_out(
                    examined,
                    material.row.entry,
                    path,
                    position + 1,
                )),
            )
            .at(place_of(examined, path, position)),
        );
    }
}
