//! What may have changed places.

use std::collections::BTreeSet;

use super::super::authority::Known;
use super::super::chain::path_to;
use super::super::material::{Material, Part};
use super::super::mode::holds_private_key;
use super::super::tree::Tree;
use super::super::{Examined, Record, wanted};
use super::Exchange;
use crate::catalog::{Authority, EntryKind, FileRole};
use crate::certificate::Certificate;
use crate::key::SubjectPublicKeyInfo;
use crate::plan::Difference;
use crate::plan::difference;

/// What is worth a try: each of the two is at fault, and is what the other
/// should be.
pub(super) fn candidates(examined: &Examined<'_>, record: &Record) -> Vec<Exchange> {
    let blamed: BTreeSet<&str> = record.blamed().collect();
    let is_blamed = |material: &Material| {
        let mut files = material.row.files.iter();
        files.any(|file| blamed.contains(file.path.as_str()))
    };
    // What is wrong with a CA may show in what it should have signed.
    let is_below = |material: &Material| match material.row.entry.kind {
        EntryKind::Authority(authority) => {
            let mut leaves = examined.materials.iter();
            leaves.any(|leaf| leaf.row.entry.issuer() == Some(authority) && is_blamed(leaf))
        }
        _ => false,
    };
    let materials = examined.materials.iter().enumerate();
    let materials: Vec<_> = materials
        .filter(|(_, material)| is_blamed(material) || is_below(material))
        .filter(|(_, material)| is_alone(examined, material))
        .collect();
    let mut found = Vec::new();
    for (index, (one, first)) in materials.iter().enumerate() {
        if let Some(files) = within(examined.tree, first) {
            found.push(Exchange {
                rows: (*one, *one),
                files,
            });
        }
        for (other, second) in materials.iter().skip(index + 1) {
            for roles in between(examined, first, second) {
                found.push(Exchange {
                    rows: (*one, *other),
                    files: roles.iter().map(|role| (*role, *role)).collect(),
                });
            }
        }
    }
    found
}

/// Whether no other row has a file of this one, which would move with it.
fn is_alone(examined: &Examined<'_>, material: &Material) -> bool {
    let mut files = material.row.files.iter();
    files.all(|file| {
        let all = examined.materials.iter().flat_map(|it| &it.row.files);
        all.filter(|other| other.path == file.path).count() == 1
    })
}

/// A key where the certificate or the public key should be, and the other way
/// round.
fn within(tree: &Tree, material: &Material) -> Option<Vec<(FileRole, FileRole)>> {
    let public = [FileRole::Certificate, FileRole::PublicKey];
    let public = public
        .into_iter()
        .find(|role| !material.path(*role).is_empty())?;
    let text = |role| tree.get(material.path(role))?.bytes();
    let (shown, secret) = (text(public)?, text(FileRole::PrivateKey)?);
    let is_swapped = matches!(material.key, Part::Broken)
        && holds_private_key(shown)
        && !holds_private_key(secret);
    is_swapped.then(|| {
        vec![
            (public, FileRole::PrivateKey),
            (FileRole::PrivateKey, public),
        ]
    })
}

/// Which files of two rows may have changed places.
fn between(examined: &Examined<'_>, one: &Material, other: &Material) -> Vec<&'static [FileRole]> {
    use FileRole::{Certificate, Kubeconfig, PrivateKey};
    let fits =
        || fits(examined, one, other.certificates()) && fits(examined, other, one.certificates());
    match (one.kubeconfig.read(), other.kubeconfig.read()) {
        (Some(_), Some(_)) if fits() => return vec![&[Kubeconfig]],
        (None, None) => {}
        _ => return Vec::new(),
    }
    let private = |material: &'_ Material| material.key.read().map(|key| key.public.clone());
    let (Some(first), Some(second)) = (private(one), private(other)) else {
        let no_keys = matches!((&one.key, &other.key), (Part::Absent, Part::Absent));
        return match no_keys && fits() {
            true => vec![&[Certificate]],
            false => Vec::new(),
        };
    };
    let own = |material, key: &SubjectPublicKeyInfo| public(material) == Some(key);
    match () {
        () if own(one, &first) && own(other, &second) && fits() => {
            vec![&[Certificate, PrivateKey]]
        }
        () if own(one, &second) && own(other, &first) => {
            // Where nothing else tells, the certificates are in their place.
            vec![&[PrivateKey], &[Certificate]]
        }
        () => Vec::new(),
    }
}

fn public(material: &Material) -> Option<&SubjectPublicKeyInfo> {
    let certified = material.certificates().first();
    let certified = certified.and_then(|certificate| certificate.public_key().ok());
    certified.or_else(|| material.public_key.read())
}

/// Whether certificates could be those of a row, by what stands in them.
fn fits(examined: &Examined<'_>, material: &Material, certificates: &[Certificate]) -> bool {
    let Some(first) = certificates.first() else {
        return false;
    };
    let entry = material.row.entry;
    if let EntryKind::Authority(authority) = entry.kind {
        return first.is_ca() && has_signed(examined, authority, certificates);
    }
    let Some(expected) = wanted::of(examined, entry, first) else {
        return false;
    };
    let differences = difference::of_leaf(&expected, first, None, None, examined.now);
    let is_about_dates = |found: &Difference| {
        matches!(
            found,
            Difference::Expired { .. }
                | Difference::ExpiresSoon { .. }
                | Difference::NotYetValid { .. }
        )
    };
    differences.iter().all(is_about_dates)
}

/// Whether these CAs signed something that this one should have signed.
fn has_signed(examined: &Examined<'_>, authority: Authority, by: &[Certificate]) -> bool {
    let known = Known {
        path: "",
        certificates: by,
        breaks: None,
        explains: None,
    };
    let mut materials = examined.materials.iter();
    materials.any(|material| {
        material.row.entry.issuer() == Some(authority)
            && path_to(material.certificates(), &known).is_some()
    })
}

impl Record {
    /// The files that something is wrong with.
    fn blamed(&self) -> impl Iterator<Item = &str> {
        self.findings.iter().flat_map(|found| {
            let consequences = found.consequences.iter().map(|it| it.file.as_str());
            std::iter::once(found.file.as_str()).chain(consequences)
        })
    }
}
