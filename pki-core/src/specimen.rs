//! A file of unknown kind, recognised by what is in it: certificates, requests,
//! revocation lists and keys in PEM or DER, kubeconfigs; and of anything else,
//! what it is instead. No part of a private key gets out of here.

mod der;
mod foreign;
mod pem;
mod relations;

#[cfg(test)]
mod tests;

use std::fmt;

pub use relations::{Relations, SelfSigned, relate};

use crate::Error;
use crate::certificate::Certificate;
use crate::crl::RevocationList;
use crate::csr::UnverifiedRequest;
use crate::key::{PrivateKeyDescription, SubjectPublicKeyInfo};
use crate::kubeconfig::{self, EmbeddedText, KubeconfigContents};

/// What a file holds.
#[derive(Debug)]
pub struct Specimen {
    /// How it holds that.
    pub form: SpecimenForm,
    /// The certificates, keys and so on, in their order.
    pub items: Vec<SpecimenItem>,
    /// How many more there are than were looked at.
    pub more: usize,
    /// Whether it starts with a byte order mark, behind which Go finds no PEM block.
    pub has_byte_order_mark: bool,
}

/// The form of a file.
#[derive(Debug)]
#[non_exhaustive]
pub enum SpecimenForm {
    /// Blocks of base64 (RFC 7468).
    Pem,
    /// One value in DER.
    Der,
    /// A kubeconfig in YAML or JSON.
    Kubeconfig(Box<KubeconfigContents>),
}

/// One thing in a file.
#[derive(Debug)]
pub struct SpecimenItem {
    /// Where it is.
    pub place: ItemPlace,
    /// What it is, or why that cannot be read.
    pub content: Result<Content, Mistaken>,
}

/// Where in a file something is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ItemPlace {
    /// The whole file.
    Whole,
    /// A PEM block.
    Block {
        /// Counted from 1.
        number: usize,
        /// The line of its BEGIN, counted from 1.
        line: usize,
        /// What its BEGIN line says it is.
        label: String,
    },
    /// In a kubeconfig.
    Kubeconfig {
        /// `cluster` or `user`.
        kind: &'static str,
        /// Its name.
        name: String,
        /// `client-certificate-data` and so on.
        field: &'static str,
        /// Which of the PEM blocks there, counted from 1.
        number: usize,
    },
}

/// What one thing in a file is.
#[derive(Debug)]
#[non_exhaustive]
pub enum Content {
    /// A certificate.
    Certificate(Box<Certificate>),
    /// A certificate signing request, whoever signed it.
    Request(Box<UnverifiedRequest>),
    /// A certificate revocation list.
    RevocationList(Box<RevocationList>),
    /// What may be known of a private key.
    PrivateKey(PrivateKeyDescription),
    /// A public key, such as sa.pub.
    PublicKey(SubjectPublicKeyInfo),
    /// The curve of the key in the next block, which repeats it.
    CurveParameters,
}

/// Something that is none of the known kinds, or a broken one of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistaken {
    /// What it is instead: `an HTML page`.
    pub what: String,
    /// What to do about it.
    pub hint: Option<&'static str>,
}

/// Longer files are not looked at.
const LONGEST: usize = 1 << 20;
/// As many PEM blocks of one file are looked at.
const MOST_BLOCKS: usize = 100;

impl Specimen {
    /// Finds out what the bytes of a file are.
    ///
    /// # Errors
    /// What the whole file is instead. Where some of several things cannot be
    /// read, their [`SpecimenItem`]s say so.
    pub fn recognize(bytes: &[u8]) -> Result<Self, Mistaken> {
        if bytes.len() > LONGEST {
            let what = "longer than 1 MiB, and nothing longer is looked at".to_owned();
            return Err(Mistaken { what, hint: None });
        }
        let text = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes);
        let has_byte_order_mark = text.len() < bytes.len();
        if let Some((contents, embedded)) = kubeconfig(text) {
            let mut items = Vec::new();
            let mut more = 0;
            for data in embedded {
                more += pem::embedded(data, &mut items);
            }
            return Ok(Self {
                form: SpecimenForm::Kubeconfig(Box::new(contents)),
                items,
                more,
                has_byte_order_mark,
            });
        }
        if let Some(mistaken) = foreign::container(text) {
            return Err(mistaken);
        }
        if let Some((items, more)) = pem::items(text) {
            return Ok(Self {
                form: SpecimenForm::Pem,
                items,
                more,
                has_byte_order_mark,
            });
        }
        if !der::looks_like_der(text) {
            return Err(foreign::name(text));
        }
        let item = SpecimenItem {
            place: ItemPlace::Whole,
            content: Ok(der::recognize(text)?),
        };
        Ok(Self {
            form: SpecimenForm::Der,
            items: vec![item],
            more: 0,
            has_byte_order_mark,
        })
    }
}

const BYTE_ORDER_MARK: &[u8] = &[0xef, 0xbb, 0xbf];

fn kubeconfig(text: &[u8]) -> Option<(KubeconfigContents, Vec<EmbeddedText>)> {
    // A parser of YAML is not bothered with what cannot be a kubeconfig.
    let has = |word: &[u8]| text.windows(word.len()).any(|window| window == word);
    let may_be = has(b"contexts") || has(b"clusters") || has(b"users");
    may_be.then(|| kubeconfig::read(text)).flatten()
}

impl Content {
    /// The key that it is, has or speaks for.
    #[must_use]
    pub fn public_key(&self) -> Option<&SubjectPublicKeyInfo> {
        match self {
            Self::Certificate(certificate) => certificate.public_key().ok(),
            Self::Request(request) => Some(request.public_key()),
            Self::PrivateKey(key) => key.public_key(),
            Self::PublicKey(key) => Some(key),
            Self::RevocationList(_) | Self::CurveParameters => None,
        }
    }
}

impl fmt::Display for ItemPlace {
    /// Empty for the whole file.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole => Ok(()),
            Self::Block { number, .. } => write!(f, "block {number}"),
            Self::Kubeconfig {
                kind,
                name,
                field,
                number,
            } => {
                write!(f, "{kind} {name}, {field}")?;
                match number {
                    1 => Ok(()),
                    number => write!(f, ", block {number}"),
                }
            }
        }
    }
}

impl Mistaken {
    fn new(what: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            hint: None,
        }
    }

    fn hint(self, hint: &'static str) -> Self {
        Self {
            hint: Some(hint),
            ..self
        }
    }
}

impl From<Error> for Mistaken {
    fn from(error: Error) -> Self {
        Self::new(error.to_string())
    }
}

impl fmt::Display for Mistaken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl std::error::Error for Mistaken {}
