//! Private keys of which the public half is all that is looked at. A file of
//! another host may come as its public view: its own text, in which each private
//! key is a block with the public half alone, made where the key is and stays.
//!
//! ```text
//! -----BEGIN PUBLIC HALF OF EC PRIVATE KEY-----
//! the SubjectPublicKeyInfo in base64
//! -----END PUBLIC HALF OF EC PRIVATE KEY-----
//! ```

use super::pair::{KeyPair, SigningKey};
use super::private_key_der::NO_FORM;
use super::{KeyKind, SubjectPublicKeyInfo};
use crate::{Error, pem_text};

/// How private keys stand in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PrivateKeys {
    /// As they are: what else it has instead is no key.
    Whole,
    /// By their public halves, in a public view.
    Halves,
}

/// What is kept of a private key: nothing secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeyHalf {
    pub(crate) public: SubjectPublicKeyInfo,
    /// Whether it is an EC key in PKCS#8.
    pub(crate) is_ec_in_pkcs8: bool,
}

/// What the label of a block begins with that has the public half alone.
pub(crate) const HALF_OF: &str = "PUBLIC HALF OF ";

/// In the place of a public half: nothing there could derive it.
const NO_PROGRAM: &[u8] = &[0x30, 0];
/// The program there could not read the key.
const NOT_READ: &[u8] = &[0x05, 0];

impl KeyHalf {
    /// The public half of the first private key of a PEM text.
    ///
    /// # Errors
    /// Those of [`KeyPair::from_pem`]; [`Error::NoPublicHalf`].
    pub(crate) fn read(text: &[u8], keys: PrivateKeys) -> Result<Self, Error> {
        let (public, pkcs8) = match keys {
            PrivateKeys::Whole => (
                KeyPair::from_pem(text)?.public_key().clone(),
                pem_text::first(text, &["PRIVATE KEY"]).is_ok(),
            ),
            PrivateKeys::Halves => half(text)?,
        };
        let is_ec = matches!(public.kind(), KeyKind::P256 | KeyKind::P384 | KeyKind::P521);
        Ok(Self {
            is_ec_in_pkcs8: pkcs8 && is_ec,
            public,
        })
    }
}

/// The public half, and whether the key was a PKCS#8 block.
fn half(text: &[u8]) -> Result<(SubjectPublicKeyInfo, bool), Error> {
    let block = pem_text::first_private_key(text)?;
    let refuse = |why| Error::UnknownPrivateKey { why };
    let Some(label) = block.label.strip_prefix(HALF_OF) else {
        return Err(refuse("it is not in its public half"));
    };
    if block.encrypted || label == pem_text::ENCRYPTED_PKCS8 {
        return Err(Error::EncryptedPrivateKey);
    }
    if [NO_PROGRAM, NOT_READ].contains(&block.contents.as_slice()) {
        return Err(Error::NoPublicHalf {
            was_tried: *block.contents == NOT_READ,
        });
    }
    let public = SubjectPublicKeyInfo::from_der(&block.contents).map_err(|_| refuse(NO_FORM))?;
    // Of these the libraries here do not read the private half either.
    match public.kind() {
        KeyKind::Rsa { bits } if !(2048..=8192).contains(&bits) => Err(refuse(
            "its RSA numbers do not fit together, or it has fewer than 2048 bits",
        )),
        _ => Ok((public, label == "PRIVATE KEY")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::KeyAlgorithm;

    fn view(label: &str, contents: &[u8]) -> Vec<u8> {
        pem_text::encode(&format!("{HALF_OF}{label}"), contents).into_bytes()
    }

    #[test]
    fn a_half_says_what_the_key_does() {
        for (algorithm, label) in [
            (KeyAlgorithm::EcdsaP256, "EC PRIVATE KEY"),
            (KeyAlgorithm::Ed25519, "PRIVATE KEY"),
            (KeyAlgorithm::Rsa2048, "RSA PRIVATE KEY"),
        ] {
            let pair = KeyPair::generate(algorithm).expect("a key");
            let whole = KeyHalf::read(pair.to_pem().as_bytes(), PrivateKeys::Whole);
            let text = view(label, pair.public_key().to_der());
            assert!(whole.is_ok());
            assert_eq!(KeyHalf::read(&text, PrivateKeys::Halves), whole);
            // Neither is taken for the other.
            assert!(KeyHalf::read(&text, PrivateKeys::Whole).is_err());
            let key = KeyHalf::read(pair.to_pem().as_bytes(), PrivateKeys::Halves);
            assert!(matches!(key, Err(Error::UnknownPrivateKey { .. })));
        }
        let pair = KeyPair::generate(KeyAlgorithm::EcdsaP256).expect("a key");
        let text = view("PRIVATE KEY", pair.public_key().to_der());
        let half = KeyHalf::read(&text, PrivateKeys::Halves).expect("a half");
        assert!(half.is_ec_in_pkcs8);
    }

    #[test]
    fn what_could_not_be_derived_is_told() {
        let of = |label: &str, contents: &[u8]| {
            KeyHalf::read(&view(label, contents), PrivateKeys::Halves)
        };
        let no_half = |was_tried| Err(Error::NoPublicHalf { was_tried });
        assert_eq!(of("RSA PRIVATE KEY", NO_PROGRAM), no_half(false));
        assert_eq!(of("RSA PRIVATE KEY", NOT_READ), no_half(true));
        let encrypted = Err(Error::EncryptedPrivateKey);
        assert_eq!(of("ENCRYPTED PRIVATE KEY", NO_PROGRAM), encrypted);
        let text = "-----BEGIN PUBLIC HALF OF RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\n\
                    MAA=\n-----END PUBLIC HALF OF RSA PRIVATE KEY-----\n";
        let found = KeyHalf::read(text.as_bytes(), PrivateKeys::Halves);
        assert_eq!(found, encrypted);
        assert!(of("PRIVATE KEY", b"\x30\x01\x00").is_err());
    }
}
