//! CAs over whose certificate that of another CA of the host was copied. Which of
//! two files with the same CA is the wrong one, what each should have signed tells.

use std::collections::BTreeMap;

use super::{Known, leaves_of};
use crate::catalog::{Authority, EntryKind, FileRole};
use crate::key::SubjectPublicKeyInfo;
use crate::verify::chain::{is_checkable, path_to};
use crate::verify::fix::Fix;
use crate::verify::material::{Material, Part};
use crate::verify::{Examined, Finding, Rule, command, others};

/// The files whose CA lies in the place of another one, by that other one.
pub(super) type Overwritten<'a> = BTreeMap<Authority, &'a str>;

pub(super) fn find<'a>(examined: &'a Examined<'_>) -> Overwritten<'a> {
    let authorities = examined.materials.iter().filter_map(|material| {
        let EntryKind::Authority(authority) = material.row.entry.kind else {
            return None;
        };
        Some((authority, material))
    });
    let authorities: Vec<_> = authorities.collect();
    let mut found = Overwritten::new();
    for (authority, material) in &authorities {
        let path = material.path(FileRole::Certificate);
        let mut others = authorities.iter();
        let other = others.find(|(other, it)| {
            let is_elsewhere = it.path(FileRole::Certificate) != path;
            other != authority
                && is_elsewhere
                && have_one_key(material, it)
                && !is_strange(examined, *other, it)
        });
        if let Some((_, other)) = other
            && is_strange(examined, *authority, material)
        {
            found.insert(*authority, other.path(FileRole::Certificate));
        }
    }
    found
}

fn keys(material: &Material) -> impl Iterator<Item = &SubjectPublicKeyInfo> {
    let certificates = material.certificates().iter();
    certificates.filter_map(|certificate| certificate.public_key().ok())
}

fn have_one_key(one: &Material, other: &Material) -> bool {
    keys(one).any(|key| keys(other).any(|it| it == key))
}

/// Whether a CA signed nothing of what it should have; where nothing of that is
/// here, whether its key is another one.
fn is_strange(examined: &Examined<'_>, authority: Authority, material: &Material) -> bool {
    let known = Known {
        path: material.path(FileRole::Certificate),
        certificates: material.certificates(),
        breaks: None,
        explains: None,
    };
    let leaves: Vec<_> = leaves_of(examined, authority).collect();
    let is_unsigned = |(_, chain): &(&Material, &[_])| {
        let is_checkable = chain.first().is_some_and(|leaf| is_checkable(leaf, &known));
        is_checkable && path_to(chain, &known).is_none()
    };
    match leaves.is_empty() {
        true => owns_its_key(material) == Some(false),
        false => leaves.iter().all(is_unsigned),
    }
}

/// Whether the key beside a CA is that of a certificate of it.
fn owns_its_key(material: &Material) -> Option<bool> {
    let Part::Read(key) = &material.key else {
        return None;
    };
    Some(keys(material).any(|it| *it == key.public))
}

/// What is said of such a CA.
pub(super) fn finding(
    examined: &Examined<'_>,
    authority: Authority,
    material: &Material,
    other: &str,
) -> Finding {
    let path = material.path(FileRole::Certificate);
    let leaves = leaves_of(examined, authority).map(|(leaf, _)| others::path_of(leaf));
    let leaves: Vec<_> = leaves.collect();
    let otherwise = match leaves.is_empty() {
        true => format!(
            "{} does not belong to it",
            material.path(FileRole::PrivateKey)
        ),
        false => format!(
            "signed none of the certificates here ({})",
            leaves.join(", ")
        ),
    };
    let key = material.path(FileRole::PrivateKey);
    let fix = match (owns_its_key(material), authority) {
        (Some(true), Authority::Cluster) => Fix::say("put back the CA that it was, with its key")
            .and(command::fetch(examined, &[path, key]))
            .and(command::restart(examined, material.row.entry)),
        (Some(true), _) => command::separate_authority(examined, authority),
        // The key is still the right one, or was never here.
        _ => Fix::from(command::RESTORE),
    };
    let message = format!("holds the CA of {other}, and {otherwise}");
    Finding::new(Rule::CaOverwritten, path, message, fix)
}
