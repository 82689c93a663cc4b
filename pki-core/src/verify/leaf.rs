//! Leaves: pairs of certificate and key, and the certificates inside
//! kubeconfigs.

use super::authority::{Authorities, Known};
use super::material::is_weak;
use super::{Examined, Finding, Record, Rule, text, wanted};
use crate::catalog::{CatalogEntry, EntryKind, FileRole};
use crate::certificate::Certificate;
use crate::extension::ExtendedKeyUsage;
use crate::key::SubjectPublicKeyInfo;
use crate::name::Quoted;
use crate::plan::Difference;
use crate::plan::difference;

/// A leaf and where it was found.
pub(super) struct Leaf<'a> {
    pub(super) entry: &'static CatalogEntry,
    pub(super) path: &'a str,
    pub(super) key_path: &'a str,
    /// What the messages begin with: nothing, or `its client certificate `.
    pub(super) it: &'static str,
    /// The leaf and the intermediates behind it.
    pub(super) chain: &'a [Certificate],
    pub(super) key: Option<&'a SubjectPublicKeyInfo>,
}

pub(super) fn check(examined: &Examined<'_>, authorities: &Authorities<'_>, record: &mut Record) {
    for material in &examined.materials {
        if let (EntryKind::Leaf(authority), [_, ..]) =
            (material.row.entry.kind, material.certificates())
        {
            let leaf = Leaf {
                entry: material.row.entry,
                path: material.path(FileRole::Certificate),
                key_path: material.path(FileRole::PrivateKey),
                it: "",
                chain: material.certificates(),
                key: material.key.read().map(|key| &key.public),
            };
            check_leaf(
                examined,
                &leaf,
                authorities,
                authorities.get(authority),
                record,
            );
        }
    }
}

/// Checks one leaf against the CA that should have signed it, if that is known.
pub(super) fn check_leaf(
    examined: &Examined<'_>,
    leaf: &Leaf<'_>,
    authorities: &Authorities<'_>,
    known: Option<&Known<'_>>,
    record: &mut Record,
) {
    let Some(certificate) = leaf.chain.first() else {
        return;
    };
    let Some(expected) = wanted::of(examined, leaf.entry, certificate) else {
        return;
    };
    let before = record.findings.len();
    let fix = text::reissue(examined, leaf.entry);
    let known = known.filter(|known| known.is_sound);
    let path = known.and_then(|known| path_to(leaf.chain, known));
    let checkable = known.is_some_and(|known| is_checkable(certificate, known));
    let issuer = match (&path, known) {
        (Some(path), _) => Some(path.issuer),
        (None, Some(known)) if checkable => known.certificates.first(),
        _ => None,
    };
    if known.is_some() && issuer.is_none() && !is_sha1(certificate.signature_algorithm()) {
        record.not_checked(
            format!("the signature of {}", leaf.path),
            "it is of a kind that is not known here",
            None,
        );
    }
    let key = leaf.key.filter(|_| certificate.public_key().is_ok());
    // Signature, dates, subject, names, purposes, CA flag.
    record.checked += 4 + usize::from(key.is_some()) + usize::from(issuer.is_some());
    record.checked += usize::from(!expected.subject_alt_names.is_empty());
    // The signatures of a path have been verified.
    let not_signer = issuer.filter(|_| path.is_none());
    for found in difference::of_leaf(&expected, certificate, key, not_signer, examined.now) {
        record_difference(examined, leaf, authorities, &found, &fix, record);
    }
    check_soon(examined, leaf.path, leaf.it, certificate, &fix, record);
    check_key(leaf.path, leaf.it, certificate, &fix, record);
    check_extensions(leaf.path, leaf.it, certificate, &fix, record);
    let weak = is_sha1(certificate.signature_algorithm());
    record.expect(!weak, || {
        let algorithm = signature_name(certificate.signature_algorithm());
        let message = format!("{}is signed with {algorithm}", leaf.it);
        Finding::new(Rule::WeakSignature, leaf.path, message, &fix)
    });
    if let Some(path) = path {
        check_issuer(examined, leaf, &path, &fix, record);
        if record.findings.len() == before {
            second_opinion(examined, leaf, &path, record);
        }
    }
}

/// How a leaf is connected to a CA of the tree.
pub(super) struct Path<'a> {
    /// Who signed the leaf: the CA or the first intermediate.
    issuer: &'a Certificate,
    intermediates: &'a [Certificate],
    anchor: &'a Certificate,
}

/// The signatures from the leaf over the intermediates behind it to the CA.
pub(super) fn path_to<'a>(chain: &'a [Certificate], known: &'a Known<'_>) -> Option<Path<'a>> {
    const LONGEST: usize = 5;
    let (mut certificate, intermediates) = chain.split_first()?;
    for (used, next) in intermediates.iter().map(Some).chain([None]).enumerate() {
        if let Some(anchor) = known.signer_of(certificate) {
            let intermediates = &intermediates[..used];
            let issuer = intermediates.first().unwrap_or(anchor);
            return Some(Path {
                issuer,
                intermediates,
                anchor,
            });
        }
        let next = next.filter(|_| used < LONGEST)?;
        let signs = next.is_ca()
            && next.subject_der() == certificate.issuer_der()
            && next
                .public_key()
                .is_ok_and(|key| certificate.is_signed_by(key));
        if !signs {
            return None;
        }
        certificate = next;
    }
    None
}

/// Whether a signature that does not verify is wrong, rather than of a kind
/// that is not known.
pub(super) fn is_checkable(certificate: &Certificate, known: &Known<'_>) -> bool {
    let same_name = |authority: &&Certificate| authority.subject_der() == certificate.issuer_der();
    let mut signers = known.certificates.iter().filter(same_name).peekable();
    // Another name alone proves that this CA did not sign it.
    signers.peek().is_none()
        || signers.any(|authority| {
            authority
                .public_key()
                .is_ok_and(|key| can_be_of(certificate, key))
        })
}

/// An algorithm of another kind than the key proves that the key did not sign.
fn can_be_of(certificate: &Certificate, key: &SubjectPublicKeyInfo) -> bool {
    const RSA: &str = "1.2.840.113549.1.1.";
    let algorithm = certificate.signature_algorithm();
    let rsa_key = matches!(key.kind(), crate::key::KeyKind::Rsa { .. });
    certificate.can_check_signature(key) || algorithm.starts_with(RSA) != rsa_key
}

fn record_difference(
    examined: &Examined<'_>,
    leaf: &Leaf<'_>,
    authorities: &Authorities<'_>,
    difference: &Difference,
    fix: &str,
    record: &mut Record,
) {
    let it = leaf.it;
    let mut push = |rule, path: &str, message: String| {
        record.findings.push(Finding::new(rule, path, message, fix));
    };
    let certificate = &leaf.chain[0];
    match difference {
        Difference::KeyMismatch => {
            let owner = leaf
                .key
                .and_then(|key| text::owner(examined, key, leaf.path));
            let owner = owner.map(|owner| format!(" (it belongs to {owner})"));
            let message = match it {
                "" => format!("does not belong to {}", leaf.path),
                _ => "its client key does not belong to its client certificate".to_owned(),
            };
            let message = format!("{message}{}", owner.unwrap_or_default());
            push(Rule::KeyMismatch, leaf.key_path, message);
        }
        Difference::NotSignedBy {
            authority,
            issuer,
            same_name,
        } => {
            let known = authorities.get(*authority);
            let ca = known.map(|known| known.path).unwrap_or_default();
            let signer = authorities.signer_of(certificate);
            match (signer, same_name) {
                (Some(signer), _) => push(
                    Rule::WrongCa,
                    leaf.path,
                    format!("{it}is issued by {signer}, expected {ca}"),
                ),
                (None, true) => push(
                    Rule::OtherCaSameName,
                    leaf.path,
                    format!(
                        "{it}is not signed by {ca}: the issuer has the same name but another key"
                    ),
                ),
                (None, false) => push(
                    Rule::WrongCa,
                    leaf.path,
                    format!("{it}is not signed by {ca} but by {}", Quoted(issuer)),
                ),
            }
        }
        Difference::Subject { expected, actual } => push(
            Rule::Subject,
            leaf.path,
            format!(
                "{it}has the subject {}, expected {}{}",
                Quoted(actual),
                Quoted(expected),
                examined.expectation.source_of_subject(expected)
            ),
        ),
        Difference::MissingNames { missing, .. } => {
            let missing = examined.expectation.with_sources(missing);
            match certificate.subject_alt_names() {
                [] => push(
                    Rule::NoSan,
                    leaf.path,
                    format!("{it}has no subjectAltName; {missing} are expected"),
                ),
                actual => push(
                    Rule::SanMissing,
                    leaf.path,
                    format!(
                        "{it}has no SAN for {missing}; it is valid for {}",
                        shortened(actual)
                    ),
                ),
            }
        }
        Difference::MissingPurpose { purpose } => {
            let etcd_server = leaf.entry.base_name == "etcd/server";
            let rule = match purpose {
                ExtendedKeyUsage::ClientAuth if etcd_server => Rule::EtcdServerClientAuth,
                _ => Rule::Purpose,
            };
            push(
                rule,
                leaf.path,
                format!("{it}lacks extendedKeyUsage {purpose}"),
            );
        }
        Difference::IsACertificateAuthority => {
            push(
                Rule::LeafIsCa,
                leaf.path,
                format!("{it}is a CA certificate (CA:TRUE)"),
            );
        }
        other => record_date(examined, leaf.path, it, other, fix, record),
    }
}

/// A certificate with a thousand names is shown by its first ones.
pub(super) fn shortened(names: &[String]) -> String {
    const SHOWN: usize = 12;
    let shown = names
        .iter()
        .take(SHOWN)
        .cloned()
        .collect::<Vec<_>>()
        .join(", ");
    match names.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// The differences that CAs and leaves have in common.
pub(super) fn record_date(
    examined: &Examined<'_>,
    path: &str,
    it: &str,
    difference: &Difference,
    fix: &str,
    record: &mut Record,
) {
    let now = examined.now;
    let finding = match difference {
        Difference::Expired { not_after } => {
            let ago = text::span(now.since(*not_after));
            let message = format!("{it}expired {ago} ago, at {not_after}");
            Finding::new(Rule::Expired, path, message, fix)
        }
        Difference::NotYetValid { not_before } => {
            let wait = text::span(not_before.since(now));
            let message = format!("{it}is not valid yet: it starts in {wait}, at {not_before}");
            let fix = "check the clocks of this host and of the one that issued it";
            Finding::new(Rule::NotYetValid, path, message, fix)
        }
        other => Finding::new(Rule::Malformed, path, format!("{it}{other}"), fix),
    };
    record.findings.push(finding);
}

/// Whether it ends within a month.
pub(super) fn check_soon(
    examined: &Examined<'_>,
    path: &str,
    it: &str,
    certificate: &Certificate,
    fix: &str,
    record: &mut Record,
) {
    const MONTH: i64 = 30 * 86_400;
    let not_after = certificate.validity().not_after();
    let left = not_after.since(examined.now);
    record.expect(!(0..MONTH).contains(&left), || {
        let message = format!("{it}expires in {}, at {not_after}", text::span(left));
        Finding::new(Rule::ExpiresSoon, path, message, fix)
    });
}

/// Whether its public key is of a kind and size that is fit for use.
pub(super) fn check_key(
    path: &str,
    it: &str,
    certificate: &Certificate,
    fix: &str,
    record: &mut Record,
) {
    match certificate.public_key() {
        Err(error) => record.fail(Finding::new(
            Rule::UnknownKey,
            path,
            format!("{it}has {error}"),
            fix,
        )),
        Ok(key) => record.expect(!is_weak(key.kind()), || {
            let message = format!(
                "{it}has a key of {}, and at least 2048 bits are expected",
                key.kind()
            );
            Finding::new(Rule::WeakKey, path, message, fix)
        }),
    }
}

/// Whether every reader can make sense of its extensions.
pub(super) fn check_extensions(
    path: &str,
    it: &str,
    certificate: &Certificate,
    fix: &str,
    record: &mut Record,
) {
    let unknown = certificate.unknown_critical_extensions();
    record.expect(unknown.is_empty(), || {
        let message = format!(
            "{it}has the unknown critical extension {}",
            unknown.join(", ")
        );
        Finding::new(Rule::UnknownCriticalExtension, path, message, fix)
    });
}

/// What follows from the CA above it.
fn check_issuer(
    examined: &Examined<'_>,
    leaf: &Leaf<'_>,
    path: &Path<'_>,
    fix: &str,
    record: &mut Record,
) {
    let certificate = &leaf.chain[0];
    let identifiers = (
        certificate.authority_key_identifier(),
        path.issuer.subject_key_identifier(),
    );
    let fits = !matches!(identifiers, (Some(ours), Some(theirs)) if ours != theirs);
    record.expect(fits, || {
        let message = format!(
            "{}has an authorityKeyIdentifier that is not the subjectKeyIdentifier of its CA",
            leaf.it
        );
        Finding::new(Rule::AuthorityKeyIdentifier, leaf.path, message, fix)
    });
    let above = path.intermediates.iter().chain([path.anchor]);
    let ends = above
        .map(|certificate| certificate.validity().not_after())
        .min();
    let ends = ends.unwrap_or_else(|| certificate.validity().not_after());
    // An expired CA has been reported, and everything outlives it.
    let outlives = certificate.validity().not_after() > ends && ends >= examined.now;
    record.expect(!outlives, || {
        let message = format!(
            "{}is valid until {}, past the end of its CA at {ends}",
            leaf.it,
            certificate.validity().not_after()
        );
        let fix = "renew the CA before it ends: sign a new certificate with the same key and name";
        Finding::new(Rule::OutlivesCa, leaf.path, message, fix)
    });
}

/// What webpki says of a leaf that nothing is wrong with.
fn second_opinion(examined: &Examined<'_>, leaf: &Leaf<'_>, path: &Path<'_>, record: &mut Record) {
    let verdict = leaf.chain[0].verify_path(path.intermediates, path.anchor, examined.now);
    record.checked += 1;
    if let Err(error) = verdict {
        let what = match error {
            crate::Error::Judgement { what } => what,
            other => other.to_string(),
        };
        let fix = text::reissue(examined, leaf.entry);
        let message = format!("{}is refused by a second implementation: {what}", leaf.it);
        let finding = Finding::new(Rule::SecondOpinion, leaf.path, message, fix);
        record.findings.push(finding);
    }
}

const SHA1: [(&str, &str); 4] = [
    ("1.2.840.113549.1.1.5", "sha1WithRSAEncryption"),
    ("1.2.840.10045.4.1", "ecdsa-with-SHA1"),
    ("1.2.840.113549.1.1.4", "md5WithRSAEncryption"),
    ("1.2.840.113549.1.1.2", "md2WithRSAEncryption"),
];

fn is_sha1(algorithm: &str) -> bool {
    SHA1.iter().any(|(oid, _)| *oid == algorithm)
}

fn signature_name(algorithm: &str) -> &str {
    let known = SHA1.iter().find(|(oid, _)| *oid == algorithm);
    known.map_or(algorithm, |(_, name)| name)
}
