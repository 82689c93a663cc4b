//! The only file that names a crypto library, but for `encrypted`, where
//! RustCrypto opens encrypted private keys. ring does everything it can; aws-lc makes RSA keys, does P-521 and takes the keys that ring refuses, and
//! is reached only then, because its first random number costs start-up time.
//!
//! Generation and signing use the operating system's generator through these
//! libraries: neither takes randomness as an argument.

use aws_lc_rs::signature as aws;
use der::asn1::ObjectIdentifier;
use ring::rand::SystemRandom;
use ring::signature as ring_signature;
use ring::signature::KeyPair as _;
use rustls_pki_types::SignatureVerificationAlgorithm;
use zeroize::Zeroizing;

use super::private_key_der::{PrivateKeyDer, sec1};
use super::{KeyAlgorithm, SignatureAlgorithm, SubjectPublicKeyInfo};
use crate::{Error, oid};

/// A private key that is ready to sign.
pub(super) enum Signer {
    RingRsa(ring_signature::RsaKeyPair),
    RingEcdsa(ring_signature::EcdsaKeyPair),
    RingEd25519(ring_signature::Ed25519KeyPair),
    AwsRsa(aws_lc_rs::rsa::KeyPair),
    AwsEcdsa(aws::EcdsaKeyPair),
}

/// A fresh private key.
pub(super) fn generate(algorithm: KeyAlgorithm) -> Result<PrivateKeyDer, Error> {
    use aws_lc_rs::encoding::AsDer;
    use aws_lc_rs::rsa::KeySize;
    let random = SystemRandom::new();
    let rsa = |size| -> Result<Zeroizing<Vec<u8>>, Error> {
        let pair = aws_lc_rs::rsa::KeyPair::generate(size).map_err(|_| Error::KeyGeneration)?;
        let der: aws_lc_rs::encoding::Pkcs8V1Der<'static> =
            pair.as_der().map_err(|_| Error::KeyGeneration)?;
        Ok(Zeroizing::new(der.as_ref().to_vec()))
    };
    let pkcs8 = match algorithm {
        KeyAlgorithm::Rsa2048 => rsa(KeySize::Rsa2048)?,
        KeyAlgorithm::Rsa3072 => rsa(KeySize::Rsa3072)?,
        KeyAlgorithm::Rsa4096 => rsa(KeySize::Rsa4096)?,
        KeyAlgorithm::Rsa8192 => rsa(KeySize::Rsa8192)?,
        KeyAlgorithm::EcdsaP256 | KeyAlgorithm::EcdsaP384 => {
            let curve = match algorithm {
                KeyAlgorithm::EcdsaP256 => &ring_signature::ECDSA_P256_SHA256_ASN1_SIGNING,
                _ => &ring_signature::ECDSA_P384_SHA384_ASN1_SIGNING,
            };
            let document = ring_signature::EcdsaKeyPair::generate_pkcs8(curve, &random);
            Zeroizing::new(
                document
                    .map_err(|_| Error::KeyGeneration)?
                    .as_ref()
                    .to_vec(),
            )
        }
        KeyAlgorithm::EcdsaP521 => {
            let pair = aws::EcdsaKeyPair::generate(&aws::ECDSA_P521_SHA512_ASN1_SIGNING);
            let document = pair
                .and_then(|pair| pair.to_pkcs8v1())
                .map_err(|_| Error::KeyGeneration)?;
            Zeroizing::new(document.as_ref().to_vec())
        }
        KeyAlgorithm::Ed25519 => {
            let mut seed = Zeroizing::new(vec![0; 32]);
            ring::rand::SecureRandom::fill(&random, &mut seed).map_err(|_| Error::KeyGeneration)?;
            return Ok(PrivateKeyDer::Ed25519(seed));
        }
    };
    PrivateKeyDer::parse(&pkcs8)
}

impl Signer {
    /// Checks the numbers of a private key and computes its public half.
    pub(super) fn new(key: &PrivateKeyDer) -> Result<(Self, SubjectPublicKeyInfo), Error> {
        match key {
            PrivateKeyDer::Rsa(der) => rsa(der),
            PrivateKeyDer::Ec {
                curve,
                scalar,
                point,
            } => ec(*curve, scalar, point.as_deref()),
            PrivateKeyDer::Ed25519(seed) => {
                let pair =
                    ring_signature::Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| {
                        Error::UnknownPrivateKey {
                            why: "its Ed25519 seed is malformed",
                        }
                    })?;
                let public = SubjectPublicKeyInfo::ed25519(pair.public_key().as_ref())?;
                Ok((Self::RingEd25519(pair), public))
            }
        }
    }

    /// Signs `message`; the algorithm must fit the key.
    pub(super) fn sign(
        &self,
        algorithm: SignatureAlgorithm,
        message: &[u8],
    ) -> Result<Vec<u8>, Error> {
        use SignatureAlgorithm as A;
        let failed = Error::Signing;
        match self {
            Self::RingRsa(pair) => {
                let encoding: &dyn ring_signature::RsaEncoding = match algorithm {
                    A::RsaSha384 => &ring_signature::RSA_PKCS1_SHA384,
                    A::RsaSha512 => &ring_signature::RSA_PKCS1_SHA512,
                    _ => &ring_signature::RSA_PKCS1_SHA256,
                };
                let mut signature = vec![0; pair.public().modulus_len()];
                pair.sign(encoding, &SystemRandom::new(), message, &mut signature)
                    .map_err(|_| failed)?;
                Ok(signature)
            }
            Self::AwsRsa(pair) => {
                let encoding: &'static dyn aws::RsaEncoding = match algorithm {
                    A::RsaSha384 => &aws::RSA_PKCS1_SHA384,
                    A::RsaSha512 => &aws::RSA_PKCS1_SHA512,
                    _ => &aws::RSA_PKCS1_SHA256,
                };
                let mut signature = vec![0; pair.public_modulus_len()];
                let random = aws_lc_rs::rand::SystemRandom::new();
                pair.sign(encoding, &random, message, &mut signature)
                    .map_err(|_| failed)?;
                Ok(signature)
            }
            Self::RingEcdsa(pair) => {
                let signature = pair
                    .sign(&SystemRandom::new(), message)
                    .map_err(|_| failed)?;
                Ok(signature.as_ref().to_vec())
            }
            Self::AwsEcdsa(pair) => {
                let random = aws_lc_rs::rand::SystemRandom::new();
                Ok(pair
                    .sign(&random, message)
                    .map_err(|_| failed)?
                    .as_ref()
                    .to_vec())
            }
            Self::RingEd25519(pair) => Ok(pair.sign(message).as_ref().to_vec()),
        }
    }
}

fn rsa(der: &[u8]) -> Result<(Signer, SubjectPublicKeyInfo), Error> {
    if let Ok(pair) = ring_signature::RsaKeyPair::from_der(der) {
        let public = SubjectPublicKeyInfo::rsa(pair.public_key().as_ref())?;
        return Ok((Signer::RingRsa(pair), public));
    }
    // Sizes and exponents that ring refuses: RSA-2304, RSA-8192, e = 3.
    let pair = aws_lc_rs::rsa::KeyPair::from_der(der).map_err(|_| Error::UnknownPrivateKey {
        why: "its RSA numbers do not fit together, or it has fewer than 2048 bits",
    })?;
    let public = SubjectPublicKeyInfo::rsa(aws::KeyPair::public_key(&pair).as_ref())?;
    Ok((Signer::AwsRsa(pair), public))
}

fn ec(
    curve: ObjectIdentifier,
    scalar: &[u8],
    point: Option<&[u8]>,
) -> Result<(Signer, SubjectPublicKeyInfo), Error> {
    let malformed = Error::UnknownPrivateKey {
        why: "its scalar or point is not on its curve",
    };
    let (ring_curve, aws_curve) = match curve {
        oid::SECP256R1 => (
            Some(&ring_signature::ECDSA_P256_SHA256_ASN1_SIGNING),
            &aws::ECDSA_P256_SHA256_ASN1_SIGNING,
        ),
        oid::SECP384R1 => (
            Some(&ring_signature::ECDSA_P384_SHA384_ASN1_SIGNING),
            &aws::ECDSA_P384_SHA384_ASN1_SIGNING,
        ),
        _ => (None, &aws::ECDSA_P521_SHA512_ASN1_SIGNING),
    };
    if let (Some(ring_curve), Some(point)) = (ring_curve, point) {
        let pair = ring_signature::EcdsaKeyPair::from_private_key_and_public_key(
            ring_curve,
            scalar,
            point,
            &SystemRandom::new(),
        );
        let pair = pair.map_err(|_| malformed)?;
        return Ok((
            Signer::RingEcdsa(pair),
            SubjectPublicKeyInfo::ec(curve, point)?,
        ));
    }
    // ring cannot do P-521, nor compute a point that the file leaves out.
    let der = sec1(curve, scalar, point.unwrap_or_default());
    let pair = aws::EcdsaKeyPair::from_private_key_der(aws_curve, &der).map_err(|_| malformed)?;
    let public = SubjectPublicKeyInfo::ec(curve, aws::KeyPair::public_key(&pair).as_ref())?;
    Ok((Signer::AwsEcdsa(pair), public))
}

/// SHA-256.
pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(ring::digest::digest(&ring::digest::SHA256, bytes).as_ref());
    out
}

/// HMAC-SHA-256. ring does not wipe what it derives from the key.
pub(crate) fn hmac_sha256(key: &[u8], bytes: &[u8]) -> [u8; 32] {
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, key);
    let mut out = [0; 32];
    out.copy_from_slice(ring::hmac::sign(&key, bytes).as_ref());
    out
}

/// SHA-1, for key identifiers only: nothing depends on its strength there.
pub(super) fn sha1(bytes: &[u8]) -> [u8; 20] {
    let mut out = [0; 20];
    let algorithm = &ring::digest::SHA1_FOR_LEGACY_USE_ONLY;
    out.copy_from_slice(ring::digest::digest(algorithm, bytes).as_ref());
    out
}

/// The verifiers that judge certificates; SHA-1 and RSA below 2048 bits have none.
pub(crate) static VERIFIERS: [&dyn SignatureVerificationAlgorithm; 11] = [
    webpki::ring::RSA_PKCS1_2048_8192_SHA256,
    webpki::ring::RSA_PKCS1_2048_8192_SHA384,
    webpki::ring::RSA_PKCS1_2048_8192_SHA512,
    webpki::ring::ECDSA_P256_SHA256,
    webpki::ring::ECDSA_P256_SHA384,
    webpki::ring::ECDSA_P384_SHA256,
    webpki::ring::ECDSA_P384_SHA384,
    webpki::ring::ED25519,
    webpki::aws_lc_rs::ECDSA_P521_SHA256,
    webpki::aws_lc_rs::ECDSA_P521_SHA384,
    webpki::aws_lc_rs::ECDSA_P521_SHA512,
];
