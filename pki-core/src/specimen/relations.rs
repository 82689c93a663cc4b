//! Who belongs to whom among things that are looked at together.

use std::collections::HashMap;

use super::Content;
use crate::certificate::Certificate;
use crate::crl::RevocationList;
use crate::key::{KeyKind, SubjectPublicKeyInfo, verifiers};

/// How one thing is related to the others, which are named by their places in
/// the list that was given. Of each kind of relation 20 are listed at most.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Relations {
    /// Whether a certificate was signed by its own key.
    pub self_signed: SelfSigned,
    /// Others of the same key: the certificates of a key, the key of a certificate.
    pub same_key: Vec<usize>,
    /// Certificates with the issuer's name whose key made the signature.
    pub signed_by: Vec<usize>,
    /// Certificates with the issuer's name and another key than the one that
    /// made the signature.
    pub not_signed_by: Vec<usize>,
    /// Certificates with the issuer's name, where the signature cannot be checked.
    pub perhaps_signed_by: Vec<usize>,
    /// Revocation lists of the issuer's name that have the serial number.
    pub revoked_by: Vec<usize>,
}

/// Whether issuer and subject are one, by name and by key.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SelfSigned {
    /// The names differ, or it is no certificate.
    #[default]
    No,
    /// The names are the same, and its own key made the signature.
    Yes,
    /// The names are the same, and another key made the signature.
    NameOnly,
    /// The names are the same, and the signature cannot be checked: SHA-1, or a
    /// small or unknown key.
    NotChecked,
}

const MOST: usize = 20;
/// Signatures that are checked in one run at most: a thousand certificates of
/// one name and many keys must not take a minute.
const MOST_CHECKS: usize = 2000;

/// The relations of each of these things to the others; and whether every
/// signature was checked that would have been of interest.
#[must_use]
pub fn relate(contents: &[&Content]) -> (Vec<Relations>, bool) {
    relate_within(contents, MOST_CHECKS)
}

pub(super) fn relate_within(contents: &[&Content], mut checks: usize) -> (Vec<Relations>, bool) {
    let mut by_key: HashMap<&SubjectPublicKeyInfo, Vec<usize>> = HashMap::new();
    let mut by_name: HashMap<&[u8], Vec<(usize, &Certificate)>> = HashMap::new();
    let mut revoked: HashMap<(&[u8], &[u8]), Vec<usize>> = HashMap::new();
    for (index, content) in contents.iter().enumerate() {
        if let Some(key) = content.public_key() {
            by_key.entry(key).or_default().push(index);
        }
        if let Content::Certificate(certificate) = content {
            let name = certificate.subject_der();
            by_name.entry(name).or_default().push((index, certificate));
        }
        if let Content::RevocationList(list) = content {
            for entry in list.revoked() {
                let serial = (list.issuer_der(), entry.serial_number());
                revoked.entry(serial).or_default().push(index);
            }
        }
    }
    let mut complete = true;
    let of = |(index, content): (usize, &&Content)| {
        let mut relations = Relations::default();
        let same = content.public_key().and_then(|key| by_key.get(key));
        let others = same.into_iter().flatten().filter(|other| **other != index);
        relations.same_key = others.take(MOST).copied().collect();
        let Some(signed) = Signed::of(content) else {
            return relations;
        };
        // What is known of each key: copies of one certificate are checked once.
        let mut known: HashMap<&SubjectPublicKeyInfo, Option<bool>> = HashMap::new();
        if let Content::Certificate(certificate) = content {
            relations.self_signed = self_signed(certificate);
            let serial = (certificate.issuer_der(), certificate.serial_number());
            let lists = revoked.get(&serial).into_iter().flatten().take(MOST);
            relations.revoked_by = lists.copied().collect();
            if let (SelfSigned::Yes, Ok(key)) = (relations.self_signed, certificate.public_key()) {
                known.insert(key, Some(true));
            }
        }
        for (other, certificate) in by_name.get(signed.issuer()).into_iter().flatten() {
            if *other == index {
                continue;
            }
            let key = certificate.public_key().ok();
            let answer = match (key, key.and_then(|key| known.get(key))) {
                (None, _) => None,
                (_, Some(answer)) => *answer,
                // Signed by one key, it is not signed by another.
                _ if relations.self_signed == SelfSigned::Yes => Some(false),
                _ if checks == 0 => {
                    complete = false;
                    break;
                }
                (Some(key), None) => {
                    checks -= 1;
                    let answer = signed.by(key);
                    known.insert(key, answer);
                    answer
                }
            };
            let list = match answer {
                Some(true) => &mut relations.signed_by,
                Some(false) => &mut relations.not_signed_by,
                None => &mut relations.perhaps_signed_by,
            };
            if list.len() < MOST {
                list.push(*other);
            }
        }
        relations
    };
    let relations = contents.iter().enumerate().map(of).collect();
    (relations, complete)
}

/// What has an issuer.
enum Signed<'a> {
    Certificate(&'a Certificate),
    List(&'a RevocationList),
}

impl<'a> Signed<'a> {
    fn of(content: &'a Content) -> Option<Self> {
        match content {
            Content::Certificate(certificate) => Some(Self::Certificate(certificate)),
            Content::RevocationList(list) => Some(Self::List(list)),
            _ => None,
        }
    }

    fn issuer(&self) -> &[u8] {
        match self {
            Self::Certificate(certificate) => certificate.issuer_der(),
            Self::List(list) => list.issuer_der(),
        }
    }

    /// Whether the key signed it, if that can be checked.
    fn by(&self, key: &SubjectPublicKeyInfo) -> Option<bool> {
        let algorithm = match self {
            Self::Certificate(certificate) => certificate.signature_algorithm(),
            Self::List(list) => list.signature_algorithm(),
        };
        let (family, is_small) = match key.kind() {
            KeyKind::Rsa { bits } => ("1.2.840.113549.1.1.", bits < 2048),
            KeyKind::P256 | KeyKind::P384 | KeyKind::P521 => ("1.2.840.10045.4.", false),
            KeyKind::Ed25519 => ("1.3.101.112", false),
        };
        // An RSA key makes no signature of ECDSA.
        if !algorithm.starts_with(family) {
            return Some(false);
        }
        if is_small || verifiers(key, algorithm).next().is_none() {
            return None;
        }
        Some(match self {
            Self::Certificate(certificate) => certificate.is_signed_by(key),
            Self::List(list) => list.is_signed_by(key),
        })
    }
}

fn self_signed(certificate: &Certificate) -> SelfSigned {
    if !certificate.is_self_issued() {
        return SelfSigned::No;
    }
    let key = certificate.public_key().ok();
    match key.and_then(|key| Signed::Certificate(certificate).by(key)) {
        Some(true) => SelfSigned::Yes,
        Some(false) => SelfSigned::NameOnly,
        None => SelfSigned::NotChecked,
    }
}
