//! Public keys in their certificate form.

use std::fmt;

use der::asn1::ObjectIdentifier;
use x509_parser::prelude::FromDer;
use x509_parser::public_key::PublicKey;

use super::KeyKind;
use super::backend;
use crate::extension::KeyIdentifierMethod;
use crate::{Error, asn1, oid};

/// A SubjectPublicKeyInfo (RFC 5280 section 4.1.2.7) of a kind that kpki knows.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct SubjectPublicKeyInfo {
    der: Vec<u8>,
    /// The content of the subjectPublicKey BIT STRING.
    key_bits: Vec<u8>,
    kind: KeyKind,
}

impl SubjectPublicKeyInfo {
    /// Reads the DER form.
    ///
    /// # Errors
    /// [`Error::UnknownPublicKey`] if it is malformed or of another kind: DSA,
    /// another curve, explicit curve parameters, compressed points.
    pub fn from_der(der: &[u8]) -> Result<Self, Error> {
        let unknown = |why| Error::UnknownPublicKey { why };
        let (rest, info) = x509_parser::x509::SubjectPublicKeyInfo::from_der(der)
            .map_err(|_| unknown("it is not a SubjectPublicKeyInfo in DER"))?;
        if !rest.is_empty() {
            return Err(unknown("bytes follow it"));
        }
        let key_bits = info.subject_public_key.data.to_vec();
        let algorithm = info.algorithm.algorithm.to_id_string();
        let kind = if algorithm == oid::RSA_ENCRYPTION.to_string() {
            match info.parsed() {
                Ok(PublicKey::RSA(rsa)) => KeyKind::Rsa {
                    bits: modulus_bits(rsa.modulus),
                },
                _ => return Err(unknown("its RSA key is malformed")),
            }
        } else if algorithm == oid::EC_PUBLIC_KEY.to_string() {
            let curve = info
                .algorithm
                .parameters
                .as_ref()
                .and_then(|p| p.as_oid().ok());
            let curve = curve.and_then(|curve| ObjectIdentifier::new(&curve.to_id_string()).ok());
            let kind = curve
                .and_then(curve_kind)
                .ok_or_else(|| unknown("its curve is not P-256, P-384 or P-521"))?;
            if key_bits.first() != Some(&4) {
                return Err(unknown("its point is not in the uncompressed form"));
            }
            kind
        } else if algorithm == oid::ED25519.to_string() {
            KeyKind::Ed25519
        } else {
            return Err(unknown("its algorithm is not RSA, ECDSA or Ed25519"));
        };
        Ok(Self {
            der: der.to_vec(),
            key_bits,
            kind,
        })
    }

    /// From an RSAPublicKey (RFC 8017 appendix A.1.1).
    pub(crate) fn rsa(public_key: &[u8]) -> Result<Self, Error> {
        Self::assemble(oid::RSA_ENCRYPTION, &[asn1::NULL, 0], public_key)
    }

    /// From an uncompressed point (SEC 1 section 2.3.3).
    pub(super) fn ec(curve: ObjectIdentifier, point: &[u8]) -> Result<Self, Error> {
        Self::assemble(oid::EC_PUBLIC_KEY, &asn1::object_identifier(curve), point)
    }

    /// From the 32 octets of RFC 8032.
    pub(super) fn ed25519(public_key: &[u8]) -> Result<Self, Error> {
        Self::assemble(oid::ED25519, &[], public_key)
    }

    fn assemble(algorithm: ObjectIdentifier, parameters: &[u8], key: &[u8]) -> Result<Self, Error> {
        let algorithm = asn1::sequence(&[&asn1::object_identifier(algorithm), parameters]);
        Self::from_der(&asn1::sequence(&[&algorithm, &asn1::bit_string(key)]))
    }

    /// What kind of key it is.
    #[must_use]
    pub fn kind(&self) -> KeyKind {
        self.kind
    }

    /// The DER form: `SubjectPublicKeyInfo`, RFC 5280 section 4.1.
    #[must_use]
    pub fn to_der(&self) -> &[u8] {
        &self.der
    }

    /// One `PUBLIC KEY` block, as kubeadm writes sa.pub.
    #[must_use]
    pub fn to_pem(&self) -> String {
        crate::pem_text::encode("PUBLIC KEY", &self.der)
    }

    /// Reads the first `PUBLIC KEY` block.
    ///
    /// # Errors
    /// [`Error::Pem`] or [`Error::UnknownPublicKey`].
    pub fn from_pem(text: &[u8]) -> Result<Self, Error> {
        let block = crate::pem_text::first(text, &["PUBLIC KEY"])?;
        Self::from_der(&block.contents)
    }

    /// SHA-256 of the DER form: what kubeadm's discovery token hash pins.
    #[must_use]
    pub fn sha256(&self) -> [u8; 32] {
        backend::sha256(&self.der)
    }

    /// The 20 octets of a subject key identifier.
    #[must_use]
    pub fn key_identifier(&self, method: KeyIdentifierMethod) -> [u8; 20] {
        match method {
            KeyIdentifierMethod::Sha1 => backend::sha1(&self.key_bits),
            KeyIdentifierMethod::Sha256 => {
                let mut identifier = [0; 20];
                identifier.copy_from_slice(&backend::sha256(&self.key_bits)[..20]);
                identifier
            }
        }
    }

    pub(crate) fn key_bits(&self) -> &[u8] {
        &self.key_bits
    }
}

impl fmt::Debug for SubjectPublicKeyInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SubjectPublicKeyInfo({})", self.kind)
    }
}

pub(super) fn curve_kind(curve: ObjectIdentifier) -> Option<KeyKind> {
    match curve {
        oid::SECP256R1 => Some(KeyKind::P256),
        oid::SECP384R1 => Some(KeyKind::P384),
        oid::SECP521R1 => Some(KeyKind::P521),
        _ => None,
    }
}

fn modulus_bits(modulus: &[u8]) -> usize {
    let zeros = modulus.iter().take_while(|b| **b == 0).count();
    let significant = &modulus[zeros..];
    let leading = significant.first().map_or(0, |first| first.leading_zeros());
    // A leading octet has at most eight leading zero bits.
    significant.len() * 8 - usize::try_from(leading).unwrap_or(0)
}
