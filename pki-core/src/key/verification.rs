//! Checking a signature: of a certificate, a request or a revocation list.

use der::asn1::ObjectIdentifier;
use rustls_pki_types::SignatureVerificationAlgorithm;

use super::{SubjectPublicKeyInfo, backend};
use crate::asn1;

/// Checks a signature with webpki's algorithms: another implementation than
/// the one that made it wherever ring signed.
pub(crate) fn verify_signature(
    key: &SubjectPublicKeyInfo,
    algorithm: &str,
    message: &[u8],
    signature: &[u8],
) -> bool {
    verifiers(key, algorithm).any(|verifier| {
        verifier
            .verify_signature(key.key_bits(), message, signature)
            .is_ok()
    })
}

/// The verifiers for signatures of this key with this algorithm; none if the
/// algorithm is not the key's, or not one that is checked here.
pub(crate) fn verifiers(
    key: &SubjectPublicKeyInfo,
    algorithm: &str,
) -> impl Iterator<Item = &'static dyn SignatureVerificationAlgorithm> {
    let key_algorithm = key_algorithm(key);
    let oid = algorithm.parse::<ObjectIdentifier>();
    // The identifiers of pki-types are the content of the SEQUENCE.
    let oid = oid.map(asn1::object_identifier).unwrap_or_default();
    backend::VERIFIERS.iter().copied().filter(move |verifier| {
        !oid.is_empty()
            && verifier.signature_alg_id().as_ref().starts_with(&oid)
            && key_algorithm == Some(verifier.public_key_alg_id().as_ref())
    })
}

fn key_algorithm(key: &SubjectPublicKeyInfo) -> Option<&[u8]> {
    let parts = asn1::children(asn1::SEQUENCE, key.to_der())?;
    asn1::content(asn1::SEQUENCE, parts.first()?)
}
