//! What a file tells of a private key without giving it away.

use std::fmt;

use der::Decode;
use der::asn1::ObjectIdentifier;

use super::backend::Signer;
use super::private_key_der::PrivateKeyDer;
use super::{KeyKind, SubjectPublicKeyInfo};
use crate::pem_text::{Block, ENCRYPTED_PKCS8};
use crate::{Error, asn1};

/// The form in which a file holds a private key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PrivateKeyForm {
    /// RSAPrivateKey of RFC 8017 appendix A.1.2.
    Pkcs1,
    /// PrivateKeyInfo of RFC 5958.
    Pkcs8,
    /// ECPrivateKey of RFC 5915.
    Sec1,
}

impl fmt::Display for PrivateKeyForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pkcs1 => "PKCS#1",
            Self::Pkcs8 => "PKCS#8",
            Self::Sec1 => "SEC1",
        })
    }
}

/// The public facts about a private key in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrivateKeyDescription {
    form: PrivateKeyForm,
    encryption: Option<String>,
    public_key: Option<SubjectPublicKeyInfo>,
    is_checked: bool,
}

impl PrivateKeyDescription {
    /// The form of the key, or of what its encryption hides.
    #[must_use]
    pub fn form(&self) -> PrivateKeyForm {
        self.form
    }

    /// How the key is encrypted: `PBES2, PBKDF2, AES-256-CBC`; `None` if it is not.
    #[must_use]
    pub fn encryption(&self) -> Option<&str> {
        self.encryption.as_deref()
    }

    /// The public half, unless it is encrypted.
    #[must_use]
    pub fn public_key(&self) -> Option<&SubjectPublicKeyInfo> {
        self.public_key.as_ref()
    }

    /// Whether the numbers of the key were checked against each other. Those of
    /// an encrypted key and of RSA below 2048 bits are not.
    #[must_use]
    pub fn is_checked(&self) -> bool {
        self.is_checked
    }

    pub(crate) fn from_block(block: &Block) -> Result<Self, Error> {
        match (block.encrypted, block.label.as_str()) {
            (false, _) => Self::from_der(&block.contents),
            (true, ENCRYPTED_PKCS8) => Self::from_encrypted_der(&block.contents),
            (true, label) => {
                let info = block.dek_info.as_deref().unwrap_or_default();
                let algorithm = info.split(',').next().unwrap_or_default().trim();
                let known = algorithm.bytes().all(|b| b.is_ascii_graphic());
                Ok(Self::hidden(
                    match label {
                        "RSA PRIVATE KEY" => PrivateKeyForm::Pkcs1,
                        "EC PRIVATE KEY" => PrivateKeyForm::Sec1,
                        _ => PrivateKeyForm::Pkcs8,
                    },
                    match algorithm {
                        "" => "RFC 1421".to_owned(),
                        algorithm if known => format!("RFC 1421, {algorithm}"),
                        _ => "RFC 1421, unknown".to_owned(),
                    },
                ))
            }
        }
    }

    pub(crate) fn from_der(der: &[u8]) -> Result<Self, Error> {
        let (key, form) = PrivateKeyDer::parse_with_form(der)?;
        let described = |public_key, is_checked| Self {
            form,
            encryption: None,
            public_key: Some(public_key),
            is_checked,
        };
        match (Signer::new(&key), &key) {
            (Ok((_, public_key)), _) => Ok(described(public_key, true)),
            (Err(error), PrivateKeyDer::Rsa(der)) => match small_rsa(der) {
                Some(public_key) => Ok(described(public_key, false)),
                None => Err(error),
            },
            (Err(error), _) => Err(error),
        }
    }

    /// `EncryptedPrivateKeyInfo ::= SEQUENCE { encryptionAlgorithm, encryptedData }`
    pub(crate) fn from_encrypted_der(der: &[u8]) -> Result<Self, Error> {
        let malformed = Error::UnknownPrivateKey {
            why: "its encryption is malformed",
        };
        let parts = asn1::children(asn1::SEQUENCE, der).unwrap_or_default();
        let [algorithm, [asn1::OCTET_STRING, ..]] = *parts.as_slice() else {
            return Err(malformed);
        };
        let scheme = scheme(algorithm).ok_or(malformed)?;
        Ok(Self::hidden(PrivateKeyForm::Pkcs8, scheme))
    }

    fn hidden(form: PrivateKeyForm, encryption: String) -> Self {
        Self {
            form,
            encryption: Some(encryption),
            public_key: None,
            is_checked: false,
        }
    }
}

/// The public half of an RSA key that the crypto libraries refuse for its size.
fn small_rsa(der: &[u8]) -> Option<SubjectPublicKeyInfo> {
    let numbers = asn1::children(asn1::SEQUENCE, der)?;
    let [_version, modulus, exponent, ..] = *numbers.as_slice() else {
        return None;
    };
    let public_key = SubjectPublicKeyInfo::rsa(&asn1::sequence(&[modulus, exponent])).ok()?;
    matches!(public_key.kind(), KeyKind::Rsa { bits } if bits < 2048).then_some(public_key)
}

/// An AlgorithmIdentifier of RFC 8018 in words; what is inside PBES2 as well.
fn scheme(algorithm: &[u8]) -> Option<String> {
    let parts = asn1::children(asn1::SEQUENCE, algorithm)?;
    let (id, parameters) = parts.split_first()?;
    let name = name(id)?;
    if name != PBES2 {
        return Some(name);
    }
    let parts = asn1::children(asn1::SEQUENCE, parameters.first()?)?;
    let inner = parts.iter().map(|part| {
        let parts = asn1::children(asn1::SEQUENCE, part)?;
        self::name(parts.first()?)
    });
    let inner: Vec<String> = inner.collect::<Option<_>>()?;
    Some(format!("{PBES2}, {}", inner.join(", ")))
}

const PBES2: &str = "PBES2";

fn name(oid: &[u8]) -> Option<String> {
    let oid: ObjectIdentifier = ObjectIdentifier::from_der(oid).ok()?;
    let oid = oid.to_string();
    // RFC 8018 appendices A.2 and A.4, RFC 7914 section 7, NIST's list of AES.
    let name = match oid.as_str() {
        "1.2.840.113549.1.5.13" => PBES2,
        "1.2.840.113549.1.5.12" => "PBKDF2",
        "1.3.6.1.4.1.11591.4.11" => "scrypt",
        "1.2.840.113549.3.7" => "DES-EDE3-CBC",
        "1.3.14.3.2.7" => "DES-CBC",
        "2.16.840.1.101.3.4.1.2" => "AES-128-CBC",
        "2.16.840.1.101.3.4.1.22" => "AES-192-CBC",
        "2.16.840.1.101.3.4.1.42" => "AES-256-CBC",
        _ => return Some(oid),
    };
    Some(name.to_owned())
}
