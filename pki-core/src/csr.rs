//! Certificate signing requests (PKCS#10, RFC 2986).

mod parsed;
mod unverified;

use std::fmt;

pub use unverified::UnverifiedRequest;

use crate::extension::{BasicConstraints, Extension};
use crate::key::{SignatureAlgorithm, SigningKey, SubjectPublicKeyInfo};
use crate::name::{DistinguishedName, GeneralName};
use crate::{Error, encode, oid, pem_text};

/// A PKCS#10 request whose signature was made by the key it holds. What it asks
/// for is a wish: the issuer decides what stands in the certificate.
///
/// ```
/// use pki_core::*;
/// let key = KeyPair::generate(KeyAlgorithm::EcdsaP256)?;
/// let subject = DistinguishedName::kubernetes(Some("system:masters"), "alice");
/// let algorithm = SignatureAlgorithm::cfssl(key.public_key().kind());
/// let request = CertificateSigningRequest::new(&subject, &[], &key, algorithm)?;
/// let read = CertificateSigningRequest::from_pem(request.to_pem().as_bytes())?;
/// assert_eq!(read.subject(), "O=system:masters,CN=alice");
/// assert_eq!(read.public_key(), key.public_key());
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone)]
pub struct CertificateSigningRequest {
    der: Vec<u8>,
    subject: Vec<u8>,
    subject_text: String,
    public_key: SubjectPublicKeyInfo,
    extensions: Vec<Extension>,
    basic_constraints: Option<BasicConstraints>,
}

impl CertificateSigningRequest {
    /// Asks for a certificate of `subject` with these extensions, in this order.
    /// The request is read back and its signature verified before it is handed
    /// out.
    ///
    /// # Errors
    /// [`Error::Signing`] if the key cannot sign so, [`Error::Judgement`], and
    /// those of [`CertificateSigningRequest::from_der`].
    pub fn new(
        subject: &DistinguishedName,
        extensions: &[Extension],
        key: &dyn SigningKey,
        algorithm: SignatureAlgorithm,
    ) -> Result<Self, Error> {
        let request = Self::from_der(&encode::request::encode(
            subject, extensions, key, algorithm,
        )?)?;
        let as_asked = request.subject == subject.to_der()
            && request.public_key == *key.public_key()
            && request.extensions == extensions;
        match as_asked {
            true => Ok(request),
            false => Err(Error::Judgement {
                what: "it asks for something else".to_owned(),
            }),
        }
    }

    /// Reads the first `CERTIFICATE REQUEST` or `NEW CERTIFICATE REQUEST` block
    /// of a PEM text.
    ///
    /// # Errors
    /// [`Error::Pem`] and those of [`CertificateSigningRequest::from_der`].
    pub fn from_pem(text: &[u8]) -> Result<Self, Error> {
        let block = pem_text::first(text, &["CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"])?;
        Self::from_der(&block.contents)
    }

    /// The DER form: `CertificationRequest`, RFC 2986 section 4.2.
    #[must_use]
    pub fn to_der(&self) -> &[u8] {
        &self.der
    }

    /// One `CERTIFICATE REQUEST` block (RFC 7468 section 7).
    #[must_use]
    pub fn to_pem(&self) -> String {
        pem_text::encode("CERTIFICATE REQUEST", &self.der)
    }

    /// The subject's name in DER.
    #[must_use]
    pub fn subject_der(&self) -> &[u8] {
        &self.subject
    }

    /// The subject as text: `O=system:masters,CN=kubernetes-admin`.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject_text
    }

    /// The subject as a value, if every string in it is of a known type.
    #[must_use]
    pub fn subject_name(&self) -> Option<DistinguishedName> {
        DistinguishedName::from_der(&self.subject)
    }

    /// The key that asks, and that signed the request.
    #[must_use]
    pub fn public_key(&self) -> &SubjectPublicKeyInfo {
        &self.public_key
    }

    /// The extensions that are asked for, in their order and as they stand.
    #[must_use]
    pub fn extensions(&self) -> &[Extension] {
        &self.extensions
    }

    /// The names of subjectAltName of the kinds that cfssl knows, and how many
    /// of other kinds there are; `None` if it cannot be read.
    #[must_use]
    pub fn general_names(&self) -> Option<(Vec<GeneralName>, usize)> {
        let mut extensions = self.extensions.iter();
        match extensions.find(|e| e.oid == oid::SUBJECT_ALT_NAME) {
            Some(extension) => GeneralName::read_extension(&extension.value),
            None => Some((Vec::new(), 0)),
        }
    }

    /// basicConstraints, if they are asked for.
    #[must_use]
    pub fn basic_constraints(&self) -> Option<BasicConstraints> {
        self.basic_constraints
    }
}

impl PartialEq for CertificateSigningRequest {
    fn eq(&self, other: &Self) -> bool {
        self.der == other.der
    }
}

impl Eq for CertificateSigningRequest {}

impl fmt::Debug for CertificateSigningRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CertificateSigningRequest({})", self.subject_text)
    }
}

#[cfg(test)]
mod tests;
