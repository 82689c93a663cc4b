//! Key and signature algorithms.

use std::fmt;
use std::str::FromStr;

use der::asn1::ObjectIdentifier;

use crate::{Error, asn1, oid};

/// An algorithm and size that keys are generated with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyAlgorithm {
    /// RSA with 2048 bits, kubeadm's default.
    Rsa2048,
    /// RSA with 3072 bits.
    Rsa3072,
    /// RSA with 4096 bits.
    Rsa4096,
    /// RSA with 8192 bits, the largest that cfssl makes and Go reads. It takes
    /// many seconds to make and kubeadm has no name for it, so it is not in
    /// [`KeyAlgorithm::ALL`]: only cfssl's documents can ask for it.
    Rsa8192,
    /// ECDSA on P-256, read by every Kubernetes since 1.15.
    EcdsaP256,
    /// ECDSA on P-384.
    EcdsaP384,
    /// ECDSA on P-521.
    EcdsaP521,
    /// Ed25519, which etcd reads and Kubernetes' service-account code does not.
    Ed25519,
}

impl KeyAlgorithm {
    /// Every algorithm that can be asked for by name.
    pub const ALL: [Self; 7] = [
        Self::Rsa2048,
        Self::Rsa3072,
        Self::Rsa4096,
        Self::EcdsaP256,
        Self::EcdsaP384,
        Self::EcdsaP521,
        Self::Ed25519,
    ];

    /// The name, in the spelling of kubeadm's `encryptionAlgorithm`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Rsa2048 => "RSA-2048",
            Self::Rsa3072 => "RSA-3072",
            Self::Rsa4096 => "RSA-4096",
            Self::Rsa8192 => "RSA-8192",
            Self::EcdsaP256 => "ECDSA-P256",
            Self::EcdsaP384 => "ECDSA-P384",
            Self::EcdsaP521 => "ECDSA-P521",
            Self::Ed25519 => "Ed25519",
        }
    }
}

impl fmt::Display for KeyAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for KeyAlgorithm {
    type Err = Error;

    /// One of [`KeyAlgorithm::ALL`]. Case does not matter, nor do hyphens:
    /// `rsa-2048`, `ECDSA-P256`, `ed25519`.
    fn from_str(text: &str) -> Result<Self, Error> {
        let plain = |name: &str| name.to_ascii_lowercase().replace('-', "");
        let found = Self::ALL
            .into_iter()
            .find(|known| plain(known.name()) == plain(text));
        found.ok_or_else(|| Error::UnknownKeyAlgorithm {
            name: text.to_owned(),
        })
    }
}

/// What a public key is, including sizes that kpki reads but does not make.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyKind {
    /// RSA with a modulus of so many bits.
    Rsa {
        /// Bits of the modulus.
        bits: usize,
    },
    /// ECDSA on P-256.
    P256,
    /// ECDSA on P-384.
    P384,
    /// ECDSA on P-521.
    P521,
    /// Ed25519.
    Ed25519,
}

impl fmt::Display for KeyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rsa { bits } => write!(f, "RSA-{bits}"),
            Self::P256 => f.write_str("ECDSA-P256"),
            Self::P384 => f.write_str("ECDSA-P384"),
            Self::P521 => f.write_str("ECDSA-P521"),
            Self::Ed25519 => f.write_str("Ed25519"),
        }
    }
}

/// How a certificate is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SignatureAlgorithm {
    /// sha256WithRSAEncryption (PKCS#1 v1.5)
    RsaSha256,
    /// sha384WithRSAEncryption
    RsaSha384,
    /// sha512WithRSAEncryption
    RsaSha512,
    /// ecdsa-with-SHA256 by a P-256 key
    EcdsaSha256,
    /// ecdsa-with-SHA384 by a P-384 key
    EcdsaSha384,
    /// ecdsa-with-SHA512 by a P-521 key
    EcdsaSha512,
    /// Ed25519
    Ed25519,
}

impl SignatureAlgorithm {
    /// What kubeadm signs with: SHA-256 with RSA of any size.
    #[must_use]
    pub fn kubeadm(key: KeyKind) -> Self {
        match key {
            KeyKind::Rsa { .. } => Self::RsaSha256,
            KeyKind::P256 => Self::EcdsaSha256,
            KeyKind::P384 => Self::EcdsaSha384,
            KeyKind::P521 => Self::EcdsaSha512,
            KeyKind::Ed25519 => Self::Ed25519,
        }
    }

    /// What cfssl signs with: the hash grows with the RSA key.
    #[must_use]
    pub fn cfssl(key: KeyKind) -> Self {
        match key {
            KeyKind::Rsa { bits } if bits >= 4096 => Self::RsaSha512,
            KeyKind::Rsa { bits } if bits >= 3072 => Self::RsaSha384,
            other => Self::kubeadm(other),
        }
    }

    /// Whether a key of this kind signs so.
    #[must_use]
    pub fn fits(self, key: KeyKind) -> bool {
        match key {
            KeyKind::Rsa { .. } => {
                matches!(self, Self::RsaSha256 | Self::RsaSha384 | Self::RsaSha512)
            }
            other => self == Self::kubeadm(other),
        }
    }

    /// What names it (RFC 4055 section 5, RFC 5758 section 3.2, RFC 8410 section 3).
    pub(crate) fn oid(self) -> ObjectIdentifier {
        match self {
            Self::RsaSha256 => oid::SHA256_WITH_RSA,
            Self::RsaSha384 => oid::SHA384_WITH_RSA,
            Self::RsaSha512 => oid::SHA512_WITH_RSA,
            Self::EcdsaSha256 => oid::ECDSA_WITH_SHA256,
            Self::EcdsaSha384 => oid::ECDSA_WITH_SHA384,
            Self::EcdsaSha512 => oid::ECDSA_WITH_SHA512,
            Self::Ed25519 => oid::ED25519,
        }
    }

    /// The AlgorithmIdentifier: NULL parameters with RSA (RFC 4055 section 5),
    /// none elsewhere (RFC 5758 section 3.2, RFC 8410 section 3).
    pub(crate) fn to_der(self) -> Vec<u8> {
        let parameters: &[u8] = match self {
            Self::RsaSha256 | Self::RsaSha384 | Self::RsaSha512 => &[asn1::NULL, 0],
            _ => &[],
        };
        asn1::sequence(&[&asn1::object_identifier(self.oid()), parameters])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_usual_spellings() {
        for text in ["RSA-2048", "rsa-2048", "rsa2048"] {
            assert_eq!(text.parse::<KeyAlgorithm>().unwrap(), KeyAlgorithm::Rsa2048);
        }
        assert_eq!(
            "ecdsa-p256".parse::<KeyAlgorithm>().unwrap(),
            KeyAlgorithm::EcdsaP256
        );
        assert_eq!(
            "ED25519".parse::<KeyAlgorithm>().unwrap(),
            KeyAlgorithm::Ed25519
        );
        for text in ["", "rsa", "rsa-1024", "rsa-8192", "dsa", "ecdsa-224"] {
            assert!(text.parse::<KeyAlgorithm>().is_err(), "{text}");
        }
    }
}
