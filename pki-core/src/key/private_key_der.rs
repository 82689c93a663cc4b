//! The DER forms of private keys: PKCS#1 (RFC 8017 appendix A.1.2), SEC 1
//! (RFC 5915) and PKCS#8 (RFC 5958). kpki keeps and writes the form that
//! Kubernetes reads: PKCS#1, SEC 1, and PKCS#8 for Ed25519.

use der::asn1::{AnyRef, ObjectIdentifier, OctetStringRef};
use der::{Decode, Reader, SliceReader, Tag, TagNumber, Tagged};
use zeroize::Zeroizing;

use super::PrivateKeyForm;
use crate::{Error, asn1, oid};

/// Why something is no key that is read here.
pub(super) const NO_FORM: &str =
    "it is not an RSA, ECDSA (P-256, P-384, P-521) or Ed25519 key in PKCS#8, PKCS#1 or SEC1 form";

/// A private key taken out of whatever form it was in.
pub(super) enum PrivateKeyDer {
    /// An RSAPrivateKey of PKCS#1.
    Rsa(Zeroizing<Vec<u8>>),
    /// A scalar on a named curve, with the public point if the file had it.
    Ec {
        curve: ObjectIdentifier,
        scalar: Zeroizing<Vec<u8>>,
        point: Option<Vec<u8>>,
    },
    /// The seed of RFC 8032.
    Ed25519(Zeroizing<Vec<u8>>),
}

impl PrivateKeyDer {
    /// Reads any of the three forms; the label of the PEM block is a hint only,
    /// since cfssl and old tools write the wrong one.
    pub(super) fn parse(der: &[u8]) -> Result<Self, Error> {
        Self::parse_with_form(der).map(|(key, _)| key)
    }

    /// The same, and which of the forms it is.
    pub(super) fn parse_with_form(der: &[u8]) -> Result<(Self, PrivateKeyForm), Error> {
        let pkcs8 = || Some((parse_pkcs8(der)?, PrivateKeyForm::Pkcs8));
        let pkcs1 = || Some((parse_pkcs1(der)?, PrivateKeyForm::Pkcs1));
        let sec1 = || Some((parse_sec1(der, None)?, PrivateKeyForm::Sec1));
        pkcs8()
            .or_else(pkcs1)
            .or_else(sec1)
            .ok_or(Error::UnknownPrivateKey { why: NO_FORM })
    }

    /// The PEM label and DER that are written to a file.
    pub(super) fn to_file(&self, point: &[u8]) -> (&'static str, Zeroizing<Vec<u8>>) {
        match self {
            Self::Rsa(der) => ("RSA PRIVATE KEY", der.clone()),
            Self::Ec { curve, scalar, .. } => ("EC PRIVATE KEY", sec1(*curve, scalar, point)),
            Self::Ed25519(seed) => ("PRIVATE KEY", ed25519_pkcs8(seed)),
        }
    }
}

fn read<'a, T>(
    der: &'a [u8],
    body: impl FnOnce(&mut SliceReader<'a>) -> der::Result<T>,
) -> Option<T> {
    let mut reader = SliceReader::new(der).ok()?;
    let any = AnyRef::decode(&mut reader).ok()?;
    reader.finish().ok()?;
    if any.tag() != Tag::Sequence {
        return None;
    }
    let mut inner = SliceReader::new(any.value()).ok()?;
    body(&mut inner).ok()
}

/// `PrivateKeyInfo ::= SEQUENCE { version, algorithm { oid, parameters },
/// privateKey OCTET STRING, … }`
fn parse_pkcs8(der: &[u8]) -> Option<PrivateKeyDer> {
    let (algorithm, parameters, key) = read(der, |r| {
        u8::decode(r)?;
        let algorithm = AnyRef::decode(r)?;
        let mut inner = SliceReader::new(algorithm.value())?;
        let oid = ObjectIdentifier::decode(&mut inner)?;
        let parameters = Option::<AnyRef<'_>>::decode(&mut inner)?;
        Ok((oid, parameters, <&OctetStringRef>::decode(r)?))
    })?;
    match algorithm {
        oid::RSA_ENCRYPTION => parse_pkcs1(key.as_bytes()),
        oid::EC_PUBLIC_KEY => {
            let curve = parameters?.decode_as::<ObjectIdentifier>().ok()?;
            parse_sec1(key.as_bytes(), Some(curve))
        }
        oid::ED25519 => {
            let seed = <&OctetStringRef>::from_der(key.as_bytes()).ok()?.as_bytes();
            (seed.len() == 32).then(|| PrivateKeyDer::Ed25519(Zeroizing::new(seed.to_vec())))
        }
        _ => None,
    }
}

/// `RSAPrivateKey ::= SEQUENCE { version, modulus, publicExponent, … }`; the
/// backend checks the numbers.
fn parse_pkcs1(der: &[u8]) -> Option<PrivateKeyDer> {
    read(der, |r| {
        u8::decode(r)?;
        for _ in 0..8 {
            let number = AnyRef::decode(r)?;
            if number.tag() != Tag::Integer {
                return Err(Tag::Integer.value_error().into());
            }
        }
        Ok(PrivateKeyDer::Rsa(Zeroizing::new(der.to_vec())))
    })
}

/// `ECPrivateKey ::= SEQUENCE { version(1), privateKey OCTET STRING,
/// parameters [0] OID OPTIONAL, publicKey [1] BIT STRING OPTIONAL }`
fn parse_sec1(der: &[u8], known_curve: Option<ObjectIdentifier>) -> Option<PrivateKeyDer> {
    let (scalar, curve, point) = read(der, |r| {
        u8::decode(r)?;
        let scalar = <&OctetStringRef>::decode(r)?;
        let (mut curve, mut point) = (known_curve, None);
        while !r.is_finished() {
            let field = AnyRef::decode(r)?;
            match field.tag() {
                Tag::ContextSpecific {
                    number: TagNumber(0),
                    ..
                } => {
                    curve = Some(ObjectIdentifier::from_der(field.value())?);
                }
                Tag::ContextSpecific {
                    number: TagNumber(1),
                    ..
                } => {
                    let bits = der::asn1::BitStringRef::from_der(field.value())?;
                    point = bits.as_bytes().map(<[u8]>::to_vec);
                }
                _ => {}
            }
        }
        Ok((scalar, curve, point))
    })?;
    let curve = curve.filter(|curve| super::public::curve_kind(*curve).is_some())?;
    let scalar = Zeroizing::new(scalar.as_bytes().to_vec());
    // A compressed point is as good as none: the backend computes the full one.
    let point = point.filter(|point| point.first() == Some(&4));
    Some(PrivateKeyDer::Ec {
        curve,
        scalar,
        point,
    })
}

pub(super) fn sec1(curve: ObjectIdentifier, scalar: &[u8], point: &[u8]) -> Zeroizing<Vec<u8>> {
    let scalar = Zeroizing::new(asn1::tlv(asn1::OCTET_STRING, scalar));
    let curve = asn1::tlv(0xa0, &asn1::object_identifier(curve));
    let point = match point {
        [] => Vec::new(),
        point => asn1::tlv(0xa1, &asn1::bit_string(point)),
    };
    Zeroizing::new(asn1::sequence(&[
        &asn1::unsigned(&[1]),
        &scalar,
        &curve,
        &point,
    ]))
}

fn ed25519_pkcs8(seed: &[u8]) -> Zeroizing<Vec<u8>> {
    let algorithm = asn1::sequence(&[&asn1::object_identifier(oid::ED25519)]);
    let inner = Zeroizing::new(asn1::tlv(asn1::OCTET_STRING, seed));
    let outer = Zeroizing::new(asn1::tlv(asn1::OCTET_STRING, &inner));
    Zeroizing::new(asn1::sequence(&[&asn1::unsigned(&[0]), &algorithm, &outer]))
}
