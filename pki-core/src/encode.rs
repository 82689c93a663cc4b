//! Writing certificates. rcgen is the engine; x509-cert takes over where rcgen
//! would write something else than it was told.

mod rcgen;
pub(crate) mod request;
mod x509_cert;

use crate::Error;
use crate::certificate::CertificateParams;
use crate::key::SigningKey;
use crate::name::{DistinguishedName, StringType};

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
