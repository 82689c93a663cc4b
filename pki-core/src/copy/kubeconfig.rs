//! What is public of a kubeconfig at a destination: the certificates in it.

use std::fmt;

use crate::certificate::Certificate;
use crate::key::{PrivateKeys, SubjectPublicKeyInfo};
use crate::kubeconfig::ExistingKubeconfig;

/// The certificates inside a kubeconfig; of those that it names by a path nothing
/// is known.
pub struct KubeconfigCertificates {
    /// Of the CAs that it trusts.
    trusted: Vec<Certificate>,
    /// As whom it connects.
    client: Option<Box<Certificate>>,
}

const NODE: &str = "system:node:";

impl KubeconfigCertificates {
    /// Of the whole text; `None` if it is no kubeconfig.
    #[must_use]
    pub fn of_text(text: &[u8]) -> Option<Self> {
        Self::read(text, PrivateKeys::Whole)
    }

    /// Of its public view, in which the public halves of keys stand for them.
    #[must_use]
    pub fn of_public_view(text: &[u8]) -> Option<Self> {
        Self::read(text, PrivateKeys::Halves)
    }

    fn read(text: &[u8], keys: PrivateKeys) -> Option<Self> {
        let kubeconfig = ExistingKubeconfig::parse_with(text, keys).ok()?;
        Some(Self {
            trusted: kubeconfig.trusted().to_vec(),
            client: kubeconfig.chain().first().cloned().map(Box::new),
        })
    }

    /// The certificate by which its user is known.
    pub(super) fn client(&self) -> Option<&Certificate> {
        self.client.as_deref()
    }

    /// The name of the node as which it connects.
    pub(super) fn node(&self) -> Option<&str> {
        self.client()?.common_name()?.strip_prefix(NODE)
    }

    /// Whether it is of no use without the CA of one of these keys: it trusts no
    /// other, or that has signed its client certificate.
    pub(super) fn depends_on(&self, keys: &[SubjectPublicKeyInfo]) -> bool {
        let trusts_no_other =
            !self.trusted.is_empty() && self.trusted.iter().all(|it| is_of(it, keys));
        let signed = |it: &Certificate| keys.iter().any(|key| it.is_signed_by(key));
        trusts_no_other || self.client().is_some_and(signed)
    }

    /// Whether it trusts CAs, and none of these keys.
    pub(super) fn trusts_none_of(&self, keys: &[SubjectPublicKeyInfo]) -> bool {
        !self.trusted.is_empty() && !self.trusted.iter().any(|it| is_of(it, keys))
    }
}

/// Whether it is the certificate of one of these keys.
fn is_of(certificate: &Certificate, keys: &[SubjectPublicKeyInfo]) -> bool {
    certificate.public_key().is_ok_and(|key| keys.contains(key))
}

impl fmt::Debug for KubeconfigCertificates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let client = self.client().map(Certificate::subject);
        f.debug_struct("KubeconfigCertificates")
            .field("trusted", &self.trusted.len())
            .field("client", &client)
            .finish()
    }
}
