//! Signatures of certificates.

use ring::signature::{self, UnparsedPublicKey, VerificationAlgorithm};
use x509_parser::certificate::X509Certificate;
use x509_parser::x509::{AlgorithmIdentifier, SubjectPublicKeyInfo};

use super::{oid, public_key};

/// Whether the signature of a certificate is by this key.
pub(super) fn is_by(certificate: &X509Certificate<'_>, spki: &SubjectPublicKeyInfo<'_>) -> bool {
    let signature = algorithm(&certificate.signature_algorithm);
    let Some(verification) = verification(
        &signature,
        &public_key::algorithm(spki),
        &public_key::curve(spki),
    ) else {
        return false;
    };
    UnparsedPublicKey::new(verification, &spki.subject_public_key.data)
        .verify(
            certificate.tbs_certificate.as_ref(),
            &certificate.signature_value.data,
        )
        .is_ok()
}

/// The name of a signature algorithm.
pub(super) fn algorithm(identifier: &AlgorithmIdentifier<'_>) -> String {
    oid::name(&identifier.algorithm.to_id_string()).to_owned()
}

/// What verifies such a signature by such a key; ring knows no P-521.
fn verification(
    signature: &str,
    key: &str,
    curve: &str,
) -> Option<&'static dyn VerificationAlgorithm> {
    Some(match (key, curve, signature) {
        ("rsaEncryption", _, "sha1WithRSAEncryption") => {
            &signature::RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY
        }
        ("rsaEncryption", _, "sha256WithRSAEncryption") => {
            &signature::RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY
        }
        ("rsaEncryption", _, "sha384WithRSAEncryption") => &signature::RSA_PKCS1_2048_8192_SHA384,
        ("rsaEncryption", _, "sha512WithRSAEncryption") => {
            &signature::RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY
        }
        ("ecPublicKey", "P-256", "ecdsa-with-SHA256") => &signature::ECDSA_P256_SHA256_ASN1,
        ("ecPublicKey", "P-256", "ecdsa-with-SHA384") => &signature::ECDSA_P256_SHA384_ASN1,
        ("ecPublicKey", "P-384", "ecdsa-with-SHA256") => &signature::ECDSA_P384_SHA256_ASN1,
        ("ecPublicKey", "P-384", "ecdsa-with-SHA384") => &signature::ECDSA_P384_SHA384_ASN1,
        ("Ed25519", _, "Ed25519") => &signature::ED25519,
        _ => return None,
    })
}
