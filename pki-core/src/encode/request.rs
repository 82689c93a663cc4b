//! Writing certificate signing requests (PKCS#10, RFC 2986 section 4).

use super::signed;
use crate::extension::Extension;
use crate::key::{SignatureAlgorithm, SigningKey};
use crate::name::DistinguishedName;
use crate::{Error, asn1, oid};

/// A signed request in DER:
///
/// ```text
/// CertificationRequest ::= SEQUENCE {
///     certificationRequestInfo SEQUENCE {
///         version INTEGER { v1(0) }, subject Name, subjectPKInfo,
///         attributes [0] IMPLICIT SET OF Attribute },
///     signatureAlgorithm AlgorithmIdentifier, signature BIT STRING }
/// ```
pub(crate) fn encode(
    subject: &DistinguishedName,
    extensions: &[Extension],
    key: &dyn SigningKey,
    algorithm: SignatureAlgorithm,
) -> Result<Vec<u8>, Error> {
    let information = asn1::sequence(&[
        &asn1::unsigned(&[0]),
        &subject.to_der(),
        key.public_key().to_der(),
        &asn1::tlv(0xa0, &extension_request(extensions)),
    ]);
    signed(&information, key, algorithm)
}

/// The extensionRequest attribute (RFC 2985 section 5.4.2); nothing without
/// extensions, since their SEQUENCE must not be empty.
fn extension_request(extensions: &[Extension]) -> Vec<u8> {
    if extensions.is_empty() {
        return Vec::new();
    }
    let encoded: Vec<_> = extensions.iter().map(Extension::to_der).collect();
    let extensions = asn1::tlv(asn1::SEQUENCE, &encoded.concat());
    asn1::sequence(&[
        &asn1::object_identifier(oid::EXTENSION_REQUEST),
        &asn1::set_of(vec![extensions]),
    ])
}
