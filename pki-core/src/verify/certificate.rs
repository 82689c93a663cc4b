//! What is asked of every certificate, whatever it is for: dates, key,
//! signature, serial number and extensions.

use super::finding::Place;
use super::fix::Fix;
use super::material::is_weak;
use super::{Cause, Examined, Finding, Record, Rule};
use crate::asn1;
use crate::certificate::Certificate;
use crate::key::{KeyKind, SubjectPublicKeyInfo};
use crate::plan::Difference;
use crate::plan::difference::of_validity;
use crate::severity::Severity;
use crate::time::Span;

/// A certificate that findings are about.
pub(super) struct About<'a> {
    pub(super) certificate: &'a Certificate,
    pub(super) path: &'a str,
    /// What the messages begin with: nothing, or `its client certificate `.
    pub(super) it: String,
    pub(super) place: Option<Place>,
    pub(super) fix: &'a Fix,
    pub(super) is_authority: bool,
}

impl About<'_> {
    pub(super) fn finding(&self, rule: Rule, message: &str) -> Finding {
        let message = format!("{}{message}", self.it);
        Finding::new(rule, self.path, message, self.fix).at(self.place)
    }
}

/// Makes all of these checks; returns why nothing verifies with it now.
pub(super) fn check(
    examined: &Examined<'_>,
    about: &About<'_>,
    record: &mut Record,
) -> Option<Cause> {
    let outside = check_dates(examined, about, record);
    check_key(about, record);
    check_signature(about, record);
    check_serial_number(about, record);
    check_extensions(about, record);
    outside
}

fn check_dates(examined: &Examined<'_>, about: &About<'_>, record: &mut Record) -> Option<Cause> {
    const MONTH: i64 = 30 * 86_400;
    let now = examined.now;
    let not_after = about.certificate.validity().not_after();
    record.checked += 2;
    let finding = match of_validity(about.certificate, now) {
        Some(Difference::Expired { not_after }) => {
            let ago = Span::new(now.since(not_after)).in_short();
            about.finding(Rule::Expired, &format!("expired {ago} ago, at {not_after}"))
        }
        Some(Difference::NotYetValid { not_before }) => {
            let wait = Span::new(not_before.since(now)).in_short();
            let message = format!("is not valid yet: it starts in {wait}, at {not_before}");
            Finding {
                fix: Fix::say("compare the clocks of this host and of the one that issued it")
                    .and_run("timedatectl")
                    .and_say("if this one is right, do not wait for it")
                    .and(about.fix.clone()),
                ..about.finding(Rule::NotYetValid, &message)
            }
        }
        _ => {
            let left = not_after.since(now);
            if left < MONTH {
                let message = format!("expires in {}, at {not_after}", Span::new(left).in_short());
                record.add(about.finding(Rule::ExpiresSoon, &message));
            }
            return None;
        }
    };
    Some(record.add(finding))
}

/// Whether its public key is of a kind and size that is fit for use.
fn check_key(about: &About<'_>, record: &mut Record) {
    record.checked += 1;
    let key = match about.certificate.public_key() {
        Ok(key) => key,
        Err(error) => {
            record.add(about.finding(Rule::UnknownKey, &format!("has {error}")));
            return;
        }
    };
    match key.kind() {
        kind if is_weak(kind) => {
            let message = format!("has a key of {kind}, and at least 2048 bits are expected");
            record.add(about.finding(Rule::WeakKey, &message));
        }
        KeyKind::Rsa { bits } if bits > 8192 && !about.is_authority => {
            let message = format!("has an RSA key of {bits} bits, and Go takes 8192 at most");
            record.add(about.finding(Rule::HugeKey, &message));
        }
        KeyKind::Rsa { .. } => {
            if let Some(what) = rsa_fault(key) {
                record.add(about.finding(Rule::WeakKey, &format!("has an RSA key with {what}")));
            }
        }
        _ => {}
    }
}

/// Numbers with which RSA (RFC 8017 section 3.1) protects nothing.
fn rsa_fault(key: &SubjectPublicKeyInfo) -> Option<&'static str> {
    let numbers = asn1::children(asn1::SEQUENCE, key.key_bits())?;
    let [modulus, exponent] = numbers.as_slice() else {
        return None;
    };
    let modulus = asn1::content(asn1::INTEGER, modulus)?;
    let exponent = asn1::content(asn1::INTEGER, exponent)?;
    let is_odd = |number: &[u8]| number.last().is_some_and(|last| last & 1 == 1);
    match exponent {
        [1] => Some("the exponent 1"),
        _ if !is_odd(exponent) => Some("an even exponent"),
        _ if !is_odd(modulus) => Some("an even modulus"),
        _ => None,
    }
}

fn check_signature(about: &About<'_>, record: &mut Record) {
    let algorithm = about.certificate.signature_algorithm();
    record.expect(!is_weak_signature(algorithm), || {
        let message = format!("is signed with {}", signature_name(algorithm));
        let finding = about.finding(Rule::WeakSignature, &message);
        // Nobody checks how what he trusts is signed.
        match about.is_authority {
            true => finding.with_severity(Severity::Note),
            false => finding,
        }
    });
}

fn check_serial_number(about: &About<'_>, record: &mut Record) {
    let octets = about.certificate.serial_number();
    // kubeadm before 1.28 gives its CAs the number zero.
    let is_root = about.is_authority && about.certificate.is_self_issued();
    record.checked += 1;
    let finding = match octets {
        [first, ..] if first & 0x80 != 0 => about
            .finding(Rule::SerialNumber, "has a negative serial number")
            .with_severity(Severity::Error),
        _ if octets.len() > 20 => {
            let message = format!(
                "has a serial number of {} octets, and 20 are the most",
                octets.len()
            );
            about.finding(Rule::SerialNumber, &message)
        }
        _ if octets.iter().all(|octet| *octet == 0) && !is_root => about
            .finding(Rule::SerialNumber, "has the serial number zero")
            .with_severity(Severity::Note),
        _ => return,
    };
    record.add(finding);
}

/// Whether every reader can make sense of its extensions.
fn check_extensions(about: &About<'_>, record: &mut Record) {
    let certificate = about.certificate;
    let unknown = certificate.unknown_critical_extensions();
    record.expect(unknown.is_empty(), || {
        let message = format!("has the unknown critical extension {}", unknown.join(", "));
        about.finding(Rule::UnknownCriticalExtension, &message)
    });
    // A CA of version 1 is no CA, which is said already.
    let old = certificate.version() < 3 && !about.is_authority;
    record.expect(!old, || {
        let message = format!(
            "is an X.509 certificate of version {}, which has no extensions",
            certificate.version()
        );
        about.finding(Rule::OldVersion, &message)
    });
}

const WEAK_SIGNATURES: [(&str, &str); 4] = [
    ("1.2.840.113549.1.1.5", "sha1WithRSAEncryption"),
    ("1.2.840.10045.4.1", "ecdsa-with-SHA1"),
    ("1.2.840.113549.1.1.4", "md5WithRSAEncryption"),
    ("1.2.840.113549.1.1.2", "md2WithRSAEncryption"),
];

pub(super) fn is_weak_signature(algorithm: &str) -> bool {
    WEAK_SIGNATURES.iter().any(|(oid, _)| *oid == algorithm)
}

fn signature_name(algorithm: &str) -> &str {
    let known = WEAK_SIGNATURES.iter().find(|(oid, _)| *oid == algorithm);
    known.map_or(algorithm, |(_, name)| name)
}
