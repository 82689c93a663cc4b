//! Leaves: pairs of certificate and key, and the certificates inside
//! kubeconfigs.

use super::authority::{Authorities, Known};
use super::certificate::{self, About};
use super::chain::{self, check_signer, path_to};
use super::finding::Place;
use super::fix::Fix;
use super::material::Material;
use super::{Examined, Finding, Record, Rule, command, names, others, place, wanted};
use crate::catalog::{CatalogEntry, EntryKind, FileRole};
use crate::certificate::Certificate;
use crate::extension::{ExtendedKeyUsage, KeyUsage};
use crate::key::{KeyKind, SubjectPublicKeyInfo};
use crate::name::Quoted;
use crate::plan::Difference;
use crate::plan::difference;
use crate::severity::Severity;

/// A leaf and where it was found.
pub(super) struct Leaf<'a> {
    pub(super) entry: &'static CatalogEntry,
    pub(super) path: &'a str,
    pub(super) key_path: &'a str,
    /// What the messages begin with: nothing, or `its client certificate `.
    pub(super) it: &'static str,
    /// The leaf and the intermediates behind it.
    pub(super) chain: &'a [Certificate],
    /// Where in its file the leaf was, if others came before it.
    pub(super) misplaced: Option<usize>,
    pub(super) key: Option<&'a SubjectPublicKeyInfo>,
    /// Where in the file it is, if it is not the whole of it.
    pub(super) place: Option<Place>,
}

pub(super) fn check(examined: &Examined<'_>, authorities: &Authorities<'_>, record: &mut Record) {
    for material in &examined.materials {
        let (EntryKind::Leaf(authority), certificates @ [_, ..]) =
            (material.row.entry.kind, material.certificates())
        else {
            continue;
        };
        let path = material.path(FileRole::Certificate);
        let place = material.misplaced.and_then(|position| {
            let bytes = examined.tree.get(path)?.bytes()?;
            place::of_certificate(bytes, position)
        });
        let leaf = Leaf {
            entry: material.row.entry,
            path,
            key_path: material.path(FileRole::PrivateKey),
            it: "",
            chain: certificates,
            misplaced: material.misplaced,
            key: material.key.read().map(|key| &key.public),
            place,
        };
        record.checked += 1;
        if let Some(position) = material.misplaced {
            record.add(out_of_order(examined, &leaf, position));
        }
        let other = authorities.other(leaf.entry, certificates);
        let known = match &other {
            Some(other) => Ok(other),
            None => authorities.known(authority),
        };
        let before = record.findings.len();
        check_leaf(examined, &leaf, known, record);
        if let Some(original) = copied_from(examined, &leaf) {
            let parts = record.findings.split_off(before);
            record.add(copy_of(examined, &leaf, original, parts));
        }
    }
}

/// The pair whose certificate was copied over that of this one, of which the key is
/// still in its place.
fn copied_from<'a>(examined: &'a Examined<'_>, leaf: &Leaf<'_>) -> Option<&'a Material> {
    let first = leaf.chain.first()?;
    let certified = first.public_key().ok()?;
    let belongs = |key: &SubjectPublicKeyInfo| key == certified;
    if leaf.key.is_none_or(belongs) {
        return None;
    }
    let mut materials = examined.materials.iter();
    materials.find(|other| {
        let has_its_key = other.key.read().is_some_and(|key| belongs(&key.public));
        let is_elsewhere = other.path(FileRole::Certificate) != leaf.path;
        is_elsewhere && has_its_key && other.certificates().first() == Some(first)
    })
}

fn copy_of(
    examined: &Examined<'_>,
    leaf: &Leaf<'_>,
    original: &Material,
    parts: Vec<Finding>,
) -> Finding {
    let message = format!(
        "is a copy of {}: {} does not belong to it",
        original.path(FileRole::Certificate),
        leaf.key_path
    );
    let fix = command::reissue(examined, leaf.entry);
    let rest = parts.into_iter().filter(|it| it.rule != Rule::KeyMismatch);
    Finding {
        consequences: rest.flat_map(Finding::into_consequences).collect(),
        ..Finding::new(Rule::KeyMismatch, leaf.path, message, fix)
    }
}

pub(super) fn out_of_order(examined: &Examined<'_>, leaf: &Leaf<'_>, position: usize) -> Finding {
    let number = position + 1;
    let fix = match leaf.it {
        "" => Fix::say("put the leaf first and the intermediates behind it")
            .and(command::put_first(examined, leaf.entry, leaf.path, number)),
        _ => command::reissue(examined, leaf.entry),
    };
    Finding::new(
        Rule::ChainOrder,
        leaf.path,
        format!(
            "{}starts with another certificate than the leaf, which is number {number} of {}",
            leaf.it,
            leaf.chain.len()
        ),
        fix,
    )
    .at(leaf.place)
}

/// Checks one leaf against the CA that should have signed it, if that is known.
pub(super) fn check_leaf(
    examined: &Examined<'_>,
    leaf: &Leaf<'_>,
    known: Result<&Known<'_>, Option<super::Cause>>,
    record: &mut Record,
) {
    let Some(certificate) = leaf.chain.first() else {
        return;
    };
    let Some(expected) = wanted::of(examined, leaf.entry, certificate) else {
        return;
    };
    let before = record.findings.len();
    let fix = command::reissue(examined, leaf.entry);
    let key = leaf.key.filter(|_| certificate.public_key().is_ok());
    // Subject, purposes, CA flag.
    record.checked += 3 + usize::from(key.is_some());
    record.checked += usize::from(!expected.subject_alt_names.is_empty());
    let about = About {
        certificate,
        path: leaf.path,
        it: leaf.it.to_owned(),
        place: leaf.place,
        fix: &fix,
        is_authority: false,
    };
    for found in difference::of_leaf(&expected, certificate, key, None, examined.now) {
        record_difference(examined, leaf, &about, &found, record);
    }
    certificate::check(examined, &about, record);
    check_usage(&about, record);
    check_kind(examined, leaf, &about, record);
    names::check(examined, leaf, &about, record);
    match known {
        Ok(known) => check_chain(examined, leaf, known, &fix, before, record),
        Err(Some(cause)) => record.follows(
            cause,
            leaf.path,
            &format!("{}cannot be verified without it", leaf.it),
        ),
        Err(None) => record.not_checked(
            format!("the signature of {}", leaf.path),
            "the CA that should have signed it is not here",
            None,
        ),
    }
}

fn check_chain(
    examined: &Examined<'_>,
    leaf: &Leaf<'_>,
    known: &Known<'_>,
    fix: &Fix,
    before: usize,
    record: &mut Record,
) {
    record.checked += 1;
    let it = leaf.it;
    match (path_to(leaf.chain, known), known.explains) {
        (Some(path), _) => {
            if let Some(cause) = known.breaks {
                record.follows(cause, leaf.path, &format!("{it}was signed by it"));
            }
            chain::check(examined, leaf, known, &path, fix, record);
            let is_broken = known.breaks.and_then(|cause| record.finding(cause));
            if is_broken.is_none_or(|found| found.severity != Severity::Error) {
                let is_fine = record.findings.len() == before;
                chain::second_opinion(examined, leaf, &path, fix, is_fine, record);
            }
        }
        (None, Some(cause)) => {
            let message = format!("{it}does not verify with {}", known.path);
            record.follows(cause, leaf.path, &message);
        }
        (None, None) => check_signer(examined, leaf, known, fix, record),
    }
}

fn record_difference(
    examined: &Examined<'_>,
    leaf: &Leaf<'_>,
    about: &About<'_>,
    difference: &Difference,
    record: &mut Record,
) {
    let finding = match difference {
        Difference::KeyMismatch => key_mismatch(examined, leaf, about.fix),
        Difference::Subject { .. } if is_past_authorization(leaf, about.certificate) => Finding {
            why: "whoever has the file may do everything, and no rule can take that away".to_owned(),
            ..about.finding(
                Rule::Subject,
                &format!(
                    "is {} of the group system:masters: it works, with rights that cannot be revoked",
                    Quoted(about.certificate.common_name().unwrap_or_default())
                ),
            )
        }
        .with_severity(Severity::Warning),
        Difference::Subject { expected, actual } => about.finding(
            Rule::Subject,
            &format!(
                "has the subject {}, expected {}{}{}",
                Quoted(actual),
                Quoted(expected),
                other_group(leaf, expected),
                examined.expectation.source_of_subject(expected)
            ),
        ),
        Difference::MissingNames { missing, .. } => {
            record.misses(leaf.path, missing);
            let missing = examined.expectation.with_sources(missing);
            match about.certificate.subject_alt_names() {
                [] => about.finding(
                    Rule::NoSan,
                    &format!("has no subjectAltName; {missing} are expected"),
                ),
                actual => about.finding(
                    Rule::SanMissing,
                    &format!(
                        "has no SAN for {missing}; it is valid for {}",
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
            about.finding(rule, &format!("lacks extendedKeyUsage {purpose}"))
        }
        Difference::IsACertificateAuthority => {
            about.finding(Rule::LeafIsCa, "is a CA certificate (CA:TRUE)")
        }
        // Dates are checked for every certificate in the same way.
        _ => return,
    };
    record.add(finding);
}

/// Whether it is an administrator's access of another name, in the group that
/// every authorization lets pass.
fn is_past_authorization(leaf: &Leaf<'_>, certificate: &Certificate) -> bool {
    let mut groups = certificate.organizations().iter();
    leaf.entry.base_name == "admin.conf" && groups.any(|group| group == "system:masters")
}

/// The group that other versions of kubeadm put the user in, and that is as good.
fn other_group(leaf: &Leaf<'_>, expected: &str) -> String {
    let groups = leaf.entry.organizations_of_all_versions();
    let mut groups = groups.iter().flatten();
    let other = groups.find(|group| !expected.contains(*group));
    other.map_or_else(String::new, |group| {
        format!(" or the group {}", Quoted(group))
    })
}

fn key_mismatch(examined: &Examined<'_>, leaf: &Leaf<'_>, fix: &Fix) -> Finding {
    let owner = |key| others::owner(examined, key, leaf.path);
    let belongs = leaf.key.and_then(owner);
    let belongs = belongs.map(|owner| format!(" (it belongs to {owner})"));
    let message = match (leaf.it, leaf.key_path == leaf.path) {
        ("", true) => "has a key that does not belong to its certificate".to_owned(),
        ("", false) if leaf.key_path == leaf.entry.base_name => {
            format!("has a client key that does not belong to {}", leaf.path)
        }
        ("", false) => format!("does not belong to {}", leaf.path),
        (_, true) => "its client key does not belong to its client certificate".to_owned(),
        (_, false) => format!("does not belong to the client certificate of {}", leaf.path),
    };
    let message = format!("{message}{}", belongs.unwrap_or_default());
    let place = leaf.place.filter(|_| leaf.key_path == leaf.path);
    Finding::new(Rule::KeyMismatch, leaf.key_path, message, fix).at(place)
}

/// Go does not look at keyUsage of a leaf; OpenSSL and BoringSSL want a key
/// that signs the handshake to be allowed to (RFC 5280 section 4.2.1.3).
fn check_usage(about: &About<'_>, record: &mut Record) {
    let usage = about.certificate.key_usage();
    let signs = usage.is_none_or(|usage| usage.contains(KeyUsage::DIGITAL_SIGNATURE));
    record.expect(signs, || {
        about.finding(Rule::KeyUsage, "has a keyUsage without digitalSignature")
    });
}

/// kubeadm reads the pairs of a control plane, and neither kubeconfigs nor the
/// files of an etcd that it does not run.
fn check_kind(examined: &Examined<'_>, leaf: &Leaf<'_>, about: &About<'_>, record: &mut Record) {
    let is_pair = matches!(leaf.entry.kind, EntryKind::Leaf(_));
    let of_external_etcd = leaf.entry.is_etcds() && examined.has_external_etcd();
    if !is_pair || of_external_etcd {
        return;
    }
    let kind = about
        .certificate
        .public_key()
        .map(SubjectPublicKeyInfo::kind);
    record.expect(kind != Ok(KeyKind::Ed25519), || {
        about.finding(Rule::KeyNotForKubeadm, "has an Ed25519 key")
    });
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
