//! Writing certificate revocation lists (RFC 5280 section 5.1).

use super::signed;
use crate::certificate::{Certificate, SerialNumber};
use crate::extension::Extension;
use crate::key::{SignatureAlgorithm, SigningKey};
use crate::time::Validity;
use crate::{Error, asn1};

/// A signed list of version 2 in DER:
///
/// ```text
/// CertificateList ::= SEQUENCE {
///     tbsCertList SEQUENCE {
///         version INTEGER { v2(1) }, signature AlgorithmIdentifier, issuer Name,
///         thisUpdate Time, nextUpdate Time,
///         revokedCertificates SEQUENCE OF SEQUENCE {
///             userCertificate INTEGER, revocationDate Time } OPTIONAL,
///         crlExtensions [0] EXPLICIT Extensions OPTIONAL },
///     signatureAlgorithm AlgorithmIdentifier, signature BIT STRING }
/// ```
pub(crate) fn encode(
    serial_numbers: &[SerialNumber],
    period: Validity,
    extensions: &[Extension],
    issuer: &Certificate,
    key: &dyn SigningKey,
    algorithm: SignatureAlgorithm,
) -> Result<Vec<u8>, Error> {
    let this_update = asn1::time(period.not_before());
    let revoked = serial_numbers
        .iter()
        .map(|serial| asn1::sequence(&[&asn1::unsigned(serial.as_bytes()), &this_update]));
    let revoked: Vec<_> = revoked.collect();
    let extensions: Vec<_> = extensions.iter().map(Extension::to_der).collect();
    let list = asn1::sequence(&[
        &asn1::unsigned(&[1]),
        &algorithm.to_der(),
        issuer.subject_der(),
        &this_update,
        &asn1::time(period.not_after()),
        // Section 5.1.2.6: without entries the list is absent.
        &unless_empty(&revoked, |list| list),
        &unless_empty(&extensions, |list| asn1::tlv(0xa0, &list)),
    ]);
    signed(&list, key, algorithm)
}

/// A SEQUENCE OF these, wrapped; nothing of nothing.
fn unless_empty(parts: &[Vec<u8>], wrap: impl FnOnce(Vec<u8>) -> Vec<u8>) -> Vec<u8> {
    match parts {
        [] => Vec::new(),
        parts => wrap(asn1::tlv(asn1::SEQUENCE, &parts.concat())),
    }
}
