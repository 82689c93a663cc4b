//! What a value in DER is, by its shape: which types of ASN.1 follow each other
//! in it.

use super::{Content, Mistaken};
use crate::asn1::{
    self, BIT_STRING, GENERALIZED_TIME, INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE,
    UTC_TIME,
};
use crate::certificate::Certificate;
use crate::crl::RevocationList;
use crate::csr::UnverifiedRequest;
use crate::key::{PrivateKeyDescription, SubjectPublicKeyInfo};

/// Whether bytes start as a SEQUENCE of more than 127 octets or of indefinite
/// length: everything that is looked for here but Ed25519 keys, which are
/// shorter. The letter '0' starts text as well.
pub(super) fn looks_like_der(bytes: &[u8]) -> bool {
    match bytes {
        [SEQUENCE, 0x80..=0x84, ..] => true,
        [SEQUENCE, length, rest @ ..] => usize::from(*length) == rest.len(),
        _ => false,
    }
}

pub(super) fn recognize(der: &[u8]) -> Result<Content, Mistaken> {
    let Some(parts) = asn1::children(SEQUENCE, der) else {
        return Err(malformed(der));
    };
    let tags: Vec<u8> = parts
        .iter()
        .filter_map(|part| part.first().copied())
        .collect();
    match tags.as_slice() {
        [SEQUENCE, SEQUENCE, BIT_STRING] => signed(der, parts.first().copied().unwrap_or_default()),
        [SEQUENCE, BIT_STRING] => public_key(der),
        [SEQUENCE, OCTET_STRING] => Ok(Content::PrivateKey(
            PrivateKeyDescription::from_encrypted_der(der)?,
        )),
        [INTEGER, SEQUENCE, OCTET_STRING, ..]
        | [INTEGER, OCTET_STRING, ..]
        | [INTEGER, INTEGER, INTEGER, ..] => private_key(der),
        [INTEGER, INTEGER] => rsa_public_key(der),
        // PFX ::= SEQUENCE { version INTEGER, authSafe ContentInfo, macData OPTIONAL }
        // (RFC 7292 section 4)
        [INTEGER, SEQUENCE] | [INTEGER, SEQUENCE, SEQUENCE] => Err(pkcs12()),
        // ContentInfo ::= SEQUENCE { contentType, content [0] } (RFC 5652 section 3)
        [OBJECT_IDENTIFIER, 0xa0] => Err(pkcs7()),
        [SEQUENCE, SEQUENCE] => Err(Mistaken::new(
            "a TRUSTED CERTIFICATE in DER, which OpenSSL alone reads",
        )
        .hint("openssl x509 -inform DER -in FILE -out NEW makes a plain certificate of it")),
        _ => Err(Mistaken::new("DER of no kind that is known")),
    }
}

/// In words, with an article.
pub(super) fn kind(content: &Content) -> &'static str {
    match content {
        Content::Certificate(_) => "a certificate",
        Content::Request(_) => "a certificate signing request",
        Content::RevocationList(_) => "a certificate revocation list",
        Content::PrivateKey(_) => "a private key",
        Content::PublicKey(_) => "a public key",
        Content::CurveParameters => "the parameters of a curve",
    }
}

pub(super) fn certificate(der: &[u8]) -> Result<Content, Mistaken> {
    Ok(Content::Certificate(Box::new(Certificate::from_der(der)?)))
}

pub(super) fn request(der: &[u8]) -> Result<Content, Mistaken> {
    Ok(Content::Request(Box::new(UnverifiedRequest::from_der(
        der,
    )?)))
}

pub(super) fn revocation_list(der: &[u8]) -> Result<Content, Mistaken> {
    Ok(Content::RevocationList(Box::new(RevocationList::from_der(
        der,
    )?)))
}

pub(super) fn public_key(der: &[u8]) -> Result<Content, Mistaken> {
    Ok(Content::PublicKey(SubjectPublicKeyInfo::from_der(der)?))
}

/// `RSAPublicKey ::= SEQUENCE { modulus, publicExponent }` (RFC 8017 appendix A.1.1)
pub(super) fn rsa_public_key(der: &[u8]) -> Result<Content, Mistaken> {
    Ok(Content::PublicKey(SubjectPublicKeyInfo::rsa(der)?))
}

fn private_key(der: &[u8]) -> Result<Content, Mistaken> {
    Ok(Content::PrivateKey(PrivateKeyDescription::from_der(der)?))
}

/// A certificate, request or list: a list has a time right inside, and a request
/// ends with its attributes.
fn signed(der: &[u8], body: &[u8]) -> Result<Content, Mistaken> {
    let parts = asn1::children(SEQUENCE, body).unwrap_or_default();
    let tags: Vec<u8> = parts
        .iter()
        .filter_map(|part| part.first().copied())
        .collect();
    if tags
        .iter()
        .any(|tag| matches!(*tag, UTC_TIME | GENERALIZED_TIME))
    {
        return revocation_list(der);
    }
    match tags.as_slice() {
        [INTEGER, SEQUENCE, SEQUENCE, 0xa0] => request(der),
        _ => certificate(der),
    }
}

/// Why something is not one value in DER.
fn malformed(der: &[u8]) -> Mistaken {
    // OID 1.2.840.113549.1.7: content types of PKCS#7, one of them inside PKCS#12 too.
    const PKCS7: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07];
    let start = der.get(..64).unwrap_or(der);
    let has_pkcs7 = start.windows(PKCS7.len()).any(|window| window == PKCS7);
    match (der, declared_length(der)) {
        // Java and Windows write these with indefinite lengths.
        ([_, 0x80, INTEGER, ..], _) if has_pkcs7 => pkcs12(),
        ([_, 0x80, ..], _) if has_pkcs7 => pkcs7(),
        ([_, 0x80, ..], _) => Mistaken::new("BER with an indefinite length, where DER is needed"),
        (_, Some(length)) if length > der.len() => Mistaken::new(format!(
            "DER that is cut off: it says that it has {length} bytes, and there are {}",
            der.len()
        ))
        .hint("copy the whole file again"),
        (_, Some(length)) if length < der.len() => Mistaken::new(format!(
            "DER with {} bytes behind its end",
            der.len() - length
        )),
        _ => Mistaken::new("broken DER"),
    }
}

/// The length of a value with its own header, from its first octets.
fn declared_length(der: &[u8]) -> Option<usize> {
    let (header, length) = match der {
        [_, length @ 0..=0x7f, ..] => (2, usize::from(*length)),
        [_, count @ 0x81..=0x84, rest @ ..] => {
            let count = usize::from(count - 0x80);
            let octets = rest.get(..count)?.iter();
            let length = octets.fold(0_usize, |sum, octet| {
                sum.saturating_mul(256).saturating_add(usize::from(*octet))
            });
            (2 + count, length)
        }
        _ => return None,
    };
    length.checked_add(header)
}

fn pkcs12() -> Mistaken {
    Mistaken::new("PKCS#12 (.p12, .pfx), which neither Kubernetes nor etcd reads")
        .hint("openssl pkcs12 -in FILE -nodes takes certificates and keys out")
}

fn pkcs7() -> Mistaken {
    Mistaken::new("PKCS#7 in DER (.p7b)")
        .hint("openssl pkcs7 -inform DER -in FILE -print_certs takes the certificates out")
}
