//! Writing what is signed. For certificates rcgen is the engine; x509-cert takes over where rcgen
//! would write something else than it was told. Requests and revocation lists
//! are few lines of DER.

mod rcgen;
pub(crate) mod request;
pub(crate) mod revocation_list;
mod x509_cert;

use crate::certificate::CertificateParams;
use crate::key::{SignatureAlgorithm, SigningKey};
use crate::name::{DistinguishedName, StringType};
use crate::{Error, asn1};

/// A signed certificate in DER. `issuer` is the issuing CA's subject, or the
/// certificate's own for a self-signed one.
pub(crate) fn encode(
    params: &CertificateParams,
    issuer: &[u8],
    key: &dyn SigningKey,
) -> Result<Vec<u8>, Error> {
    match DistinguishedName::from_der(issuer) {
        Some(name) if rcgen_is_exact(&name, issuer) && rcgen_is_exact(&params.subject, &[]) => {
            rcgen::encode(params, &name, key)
        }
        _ => x509_cert::encode(params, issuer, key),
    }
}

/// `SEQUENCE { toBeSigned, AlgorithmIdentifier, BIT STRING }`.
pub(crate) fn signed(
    to_be_signed: &[u8],
    key: &dyn SigningKey,
    algorithm: SignatureAlgorithm,
) -> Result<Vec<u8>, Error> {
    let signature = key.sign(algorithm, to_be_signed)?;
    Ok(asn1::sequence(&[
        to_be_signed,
        &algorithm.to_der(),
        &asn1::bit_string(&signature),
    ]))
}

/// rcgen keeps one value of an attribute type and one attribute of a relative
/// name: of more, the last wins without a word.
fn rcgen_is_exact(name: &DistinguishedName, original: &[u8]) -> bool {
    let relative_names = name.relative_names();
    let mut kinds: Vec<_> = relative_names
        .iter()
        .filter_map(|r| r.attributes().first())
        .collect();
    let count = kinds.len();
    kinds.sort_by_key(|attribute| attribute.kind().oid());
    kinds.dedup_by_key(|attribute| attribute.kind().oid());
    let single = relative_names
        .iter()
        .all(|relative| relative.attributes().len() == 1);
    let plain = kinds.iter().all(|a| match a.string_type() {
        StringType::Utf8 => true,
        // X.680 section 41.4 allows '?', and rcgen's writer panics at it.
        StringType::Printable => !a.value().contains('?'),
        StringType::Ia5 => a.value().is_ascii(),
    });
    single && plain && kinds.len() == count && (original.is_empty() || name.to_der() == original)
}

#[cfg(test)]
mod tests;
