//! Key pairs, and the joint for keys that are held elsewhere.

use std::fmt;

use zeroize::Zeroizing;

use super::backend::{self, Signer};
use super::encrypted;
use super::private_key_der::PrivateKeyDer;
use super::{KeyAlgorithm, SignatureAlgorithm, SubjectPublicKeyInfo};
use crate::{Error, pem_text};

/// A private key that signs, wherever it is: in memory ([`KeyPair`]), in an
/// HSM, or behind a remote signer.
pub trait SigningKey: Send + Sync {
    /// The public half.
    fn public_key(&self) -> &SubjectPublicKeyInfo;

    /// Signs `message` (not its hash).
    ///
    /// # Errors
    /// [`Error::Signing`] if the key cannot be reached, or cannot sign so.
    fn sign(&self, algorithm: SignatureAlgorithm, message: &[u8]) -> Result<Vec<u8>, Error>;
}

/// A private key in memory, wiped when dropped (but for copies inside the
/// crypto libraries while they sign), and its public half.
///
/// ```
/// use pki_core::{KeyAlgorithm, KeyPair, SigningKey};
/// let pair = KeyPair::generate(KeyAlgorithm::EcdsaP256)?;
/// let read = KeyPair::from_pem(pair.to_pem().as_bytes())?;
/// assert_eq!(read.public_key(), pair.public_key());
/// assert_eq!(format!("{pair:?}"), "KeyPair(ECDSA-P256, [elided])");
/// # Ok::<(), pki_core::Error>(())
/// ```
pub struct KeyPair {
    public_key: SubjectPublicKeyInfo,
    private_key: PrivateKeyDer,
    signer: Signer,
}

impl KeyPair {
    /// Makes a new key from the operating system's random numbers.
    ///
    /// # Errors
    /// [`Error::KeyGeneration`] if the crypto library fails.
    pub fn generate(algorithm: KeyAlgorithm) -> Result<Self, Error> {
        Self::from_private_key(backend::generate(algorithm)?)
    }

    /// Reads the first private key of a PEM text: PKCS#8, PKCS#1 or SEC1, with
    /// text and other blocks (`EC PARAMETERS`) around it.
    ///
    /// # Errors
    /// [`Error::Pem`] if there is none, [`Error::EncryptedPrivateKey`],
    /// [`Error::UnknownPrivateKey`].
    pub fn from_pem(text: &[u8]) -> Result<Self, Error> {
        let block = pem_text::first_private_key(text)?;
        match block.encrypted {
            true => Err(Error::EncryptedPrivateKey),
            false => Self::from_private_key(PrivateKeyDer::parse(&block.contents)?),
        }
    }

    /// Reads the first private key of a PEM text as [`KeyPair::from_pem`] does,
    /// and decrypts it if it is encrypted: in the headers of RFC 1421 as old
    /// OpenSSL wrote them (DES, triple DES and AES in CBC mode), or as PKCS#8
    /// with PBES2 (RFC 8018: PBKDF2 or scrypt).
    ///
    /// # Errors
    /// Those of [`KeyPair::from_pem`] but [`Error::EncryptedPrivateKey`];
    /// [`Error::WrongPassword`], [`Error::UnknownEncryption`],
    /// [`Error::CostlyEncryption`].
    pub fn from_encrypted_pem(text: &[u8], password: &[u8]) -> Result<Self, Error> {
        let block = pem_text::first_private_key(text)?;
        let der = match block.encrypted {
            true => encrypted::decrypt(block, password)?,
            false => block.contents,
        };
        Self::from_private_key(PrivateKeyDer::parse(&der)?)
    }

    /// The PEM text that Kubernetes reads: PKCS#1 for RSA, SEC1 for ECDSA,
    /// PKCS#8 for Ed25519.
    #[must_use]
    pub fn to_pem(&self) -> Zeroizing<String> {
        let (label, der) = self.private_key.to_file(self.public_key.key_bits());
        Zeroizing::new(pem_text::encode(label, &der))
    }

    fn from_private_key(private_key: PrivateKeyDer) -> Result<Self, Error> {
        let (signer, public_key) = Signer::new(&private_key)?;
        Ok(Self {
            public_key,
            private_key,
            signer,
        })
    }
}

impl SigningKey for KeyPair {
    fn public_key(&self) -> &SubjectPublicKeyInfo {
        &self.public_key
    }

    fn sign(&self, algorithm: SignatureAlgorithm, message: &[u8]) -> Result<Vec<u8>, Error> {
        match algorithm.fits(self.public_key.kind()) {
            true => self.signer.sign(algorithm, message),
            false => Err(Error::Signing),
        }
    }
}

impl fmt::Debug for KeyPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyPair({}, [elided])", self.public_key.kind())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::KeyKind;

    #[test]
    fn every_algorithm_is_made_written_read_and_signs() {
        for algorithm in KeyAlgorithm::ALL {
            if matches!(algorithm, KeyAlgorithm::Rsa3072 | KeyAlgorithm::Rsa4096) {
                continue; // slow to make, and no other code than 2048
            }
            let pair = KeyPair::generate(algorithm).unwrap();
            let text = pair.to_pem();
            let label = match algorithm {
                KeyAlgorithm::Rsa2048 => "-----BEGIN RSA PRIVATE KEY-----\n",
                KeyAlgorithm::Ed25519 => "-----BEGIN PRIVATE KEY-----\n",
                _ => "-----BEGIN EC PRIVATE KEY-----\n",
            };
            assert!(text.starts_with(label), "{algorithm}");
            let read = KeyPair::from_pem(text.as_bytes()).unwrap();
            assert_eq!(read.public_key, pair.public_key, "{algorithm}");
            assert_eq!(read.to_pem(), text, "{algorithm}");
            let kind = pair.public_key.kind();
            assert_eq!(kind.to_string(), algorithm.to_string());
            let signature_algorithm = SignatureAlgorithm::kubeadm(kind);
            let signature = read.sign(signature_algorithm, b"message").unwrap();
            let bits = pair.public_key.key_bits();
            let verified = backend::VERIFIERS
                .iter()
                .any(|v| v.verify_signature(bits, b"message", &signature).is_ok());
            assert!(verified, "{algorithm}");
            assert_eq!(
                format!("{pair:?}"),
                format!("KeyPair({algorithm}, [elided])")
            );
        }
    }

    #[test]
    #[ignore = "takes up to a minute"]
    fn the_largest_rsa_key_is_made_and_signs() {
        let pair = KeyPair::generate(KeyAlgorithm::Rsa8192).unwrap();
        let kind = pair.public_key.kind();
        assert_eq!(kind, KeyKind::Rsa { bits: 8192 });
        let signature = pair.sign(SignatureAlgorithm::cfssl(kind), b"message");
        assert_eq!(signature.unwrap().len(), 1024);
        let read = KeyPair::from_pem(pair.to_pem().as_bytes()).unwrap();
        assert_eq!(read.public_key, pair.public_key);
    }

    #[test]
    fn any_label_of_a_private_key_will_do() {
        let pair = KeyPair::generate(KeyAlgorithm::Ed25519).unwrap();
        // As cfssl writes it.
        let text = pair.to_pem().replace(" PRIVATE", " Ed25519 PRIVATE");
        assert!(text.starts_with("-----BEGIN Ed25519 PRIVATE KEY-----"));
        for read in [
            KeyPair::from_pem(text.as_bytes()),
            KeyPair::from_encrypted_pem(text.as_bytes(), b""),
        ] {
            assert_eq!(read.unwrap().public_key, pair.public_key);
        }
    }

    #[test]
    fn a_signature_algorithm_must_fit() {
        let pair = KeyPair::generate(KeyAlgorithm::EcdsaP256).unwrap();
        assert_eq!(
            pair.sign(SignatureAlgorithm::RsaSha256, b""),
            Err(Error::Signing)
        );
        assert_eq!(pair.public_key.kind(), KeyKind::P256);
    }

    proptest::proptest! {
        #[test]
        fn reading_never_panics(bytes: Vec<u8>) {
            let _ = PrivateKeyDer::parse(&bytes);
            let _ = KeyPair::from_pem(&bytes);
            let _ = SubjectPublicKeyInfo::from_der(&bytes);
            let armored = pem_text::encode("PRIVATE KEY", &bytes);
            let _ = KeyPair::from_pem(armored.as_bytes());
        }
    }
}
