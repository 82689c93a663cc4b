//! Who signed a certificate, found by key, and which of them are the same.

use std::collections::BTreeMap;

use super::file_name::keys_of;
use super::{ExpiryRow, ExpiryState};
use crate::certificate::Certificate;
use crate::key::SubjectPublicKeyInfo;
use crate::verify::Tree;

/// A key that may have signed others.
struct Signer {
    key: SubjectPublicKeyInfo,
    name: String,
    /// Whether its private half is in the tree.
    is_here: bool,
}

/// CAs of one name whose signatures are tried: an honest tree has one or, while
/// it is replaced, two.
const MOST_OF_A_NAME: usize = 8;

pub(super) fn resolve(tree: &Tree, rows: &mut [ExpiryRow]) {
    let signers = signers(tree, rows);
    let mut first: BTreeMap<Vec<u8>, String> = BTreeMap::new();
    for row in rows {
        let name = row.name.clone();
        let ExpiryState::Found(found) = &mut row.state else {
            continue;
        };
        let certificate = &found.certificate;
        let of_issuer = signers.get(certificate.issuer_der());
        let signer = of_issuer
            .into_iter()
            .flatten()
            .find(|signer| certificate.is_signed_by(&signer.key));
        if let Some(signer) = signer {
            let itself = certificate.public_key().is_ok_and(|key| *key == signer.key);
            found.authority = (!itself).then(|| signer.name.clone());
            found.is_externally_managed = !signer.is_here;
        }
        let der = certificate.to_der();
        match first.get(der) {
            Some(earlier) => found.copy_of = Some(earlier.clone()),
            None => {
                first.insert(der.to_vec(), name);
            }
        }
    }
}

/// By subject; those of the catalog before copies of them elsewhere.
fn signers(tree: &Tree, rows: &[ExpiryRow]) -> BTreeMap<Vec<u8>, Vec<Signer>> {
    let mut signers: BTreeMap<Vec<u8>, Vec<Signer>> = BTreeMap::new();
    for row in rows {
        let Some(certificate) = row.found().map(|found| &found.certificate) else {
            continue;
        };
        let Some(key) = signing_key(certificate) else {
            continue;
        };
        let keys = keys_of(&row.file);
        let is_here =
            row.position == 1 && row.embedded.is_none() && keys.iter().any(|path| tree.has(path));
        let known = signers
            .entry(certificate.subject_der().to_vec())
            .or_default();
        let has_room = known.len() < MOST_OF_A_NAME;
        match known.iter_mut().find(|signer| signer.key == *key) {
            Some(signer) => signer.is_here |= is_here,
            None if has_room => known.push(Signer {
                key: key.clone(),
                name: row.name.clone(),
                is_here,
            }),
            None => {}
        }
    }
    signers
}

/// The key of what may have signed others: a CA, or what old tools took for one.
fn signing_key(certificate: &Certificate) -> Option<&SubjectPublicKeyInfo> {
    let may_sign = certificate.is_ca() || certificate.is_self_issued();
    certificate.public_key().ok().filter(|_| may_sign)
}
