//! Requests that are shown, whoever signed them.

use super::CertificateSigningRequest;
use crate::certificate::purposes;
use crate::extension::{BasicConstraints, ExtendedKeyUsage, Extension, KeyUsage};
use crate::key::SubjectPublicKeyInfo;
use crate::{Error, oid};

/// A PKCS#10 request as it was read, whether or not its own key signed it: to
/// be looked at and never to be signed, which takes a
/// [`CertificateSigningRequest`].
#[derive(Debug, Clone)]
pub struct UnverifiedRequest {
    /// Never handed out: its type says that the signature was verified.
    pub(super) request: CertificateSigningRequest,
    pub(super) signature: Result<(), Error>,
}

impl UnverifiedRequest {
    /// The subject as text: `O=system:masters,CN=kubernetes-admin`.
    #[must_use]
    pub fn subject(&self) -> &str {
        self.request.subject()
    }

    /// The key that asks.
    #[must_use]
    pub fn public_key(&self) -> &SubjectPublicKeyInfo {
        self.request.public_key()
    }

    /// Whether the key that asks signed the request (proof of possession).
    ///
    /// # Errors
    /// [`Error::RequestSignature`] if another did or it was changed since;
    /// [`Error::UnknownPublicKey`] and [`Error::UnknownSignatureAlgorithm`] if
    /// that cannot be checked.
    pub fn signature(&self) -> Result<(), &Error> {
        self.signature.as_ref().copied()
    }

    /// The alternative names that are asked for in the form `DNS:master-1`, in
    /// their order, and how many are of other kinds; `None` if they cannot be
    /// read.
    #[must_use]
    pub fn subject_alt_names(&self) -> Option<(Vec<String>, usize)> {
        let (names, others) = self.request.general_names()?;
        Some((names.iter().map(ToString::to_string).collect(), others))
    }

    /// keyUsage, if it is asked for and well-formed.
    #[must_use]
    pub fn key_usage(&self) -> Option<KeyUsage> {
        KeyUsage::from_der(&self.extension(oid::KEY_USAGE)?.value)
    }

    /// extKeyUsage in its order, if it is asked for and well-formed.
    #[must_use]
    pub fn extended_key_usage(&self) -> Option<Vec<ExtendedKeyUsage>> {
        purposes(&self.extension(oid::EXTENDED_KEY_USAGE)?.value).ok()
    }

    /// basicConstraints, if they are asked for.
    #[must_use]
    pub fn basic_constraints(&self) -> Option<BasicConstraints> {
        self.request.basic_constraints()
    }

    /// The extensions that are asked for, in their order and as they stand.
    #[must_use]
    pub fn extensions(&self) -> &[Extension] {
        self.request.extensions()
    }

    fn extension(&self, oid: der::asn1::ObjectIdentifier) -> Option<&Extension> {
        self.request.extensions().iter().find(|e| e.oid == oid)
    }
}
