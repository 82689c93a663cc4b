//! The text of a file, and what it says. Many checks ask for the same: whatever
//! is asked for is read once, when it is asked for first.

use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use zeroize::Zeroizing;

use crate::Error;
use crate::certificate::Certificate;
use crate::document::DocumentError;
use crate::key::{KeyHalf, PrivateKeys};
use crate::kubeconfig::ExistingKubeconfig;
use crate::static_pod::StaticPod;
use crate::yaml::{self, Node};

/// What is in a file: bytes that stay as they are.
pub struct FileText {
    bytes: Zeroizing<Vec<u8>>,
    said: Box<Said>,
}

/// What the bytes say in each of the languages in which somebody asked.
#[derive(Default)]
struct Said {
    certificates: OnceLock<Result<Vec<Certificate>, Error>>,
    /// The first certificate where one behind it cannot be read.
    first_alone: OnceLock<Option<Certificate>>,
    key: OnceLock<Result<KeyHalf, Error>>,
    kubeconfig: OnceLock<Result<Arc<ExistingKubeconfig>, Error>>,
    static_pod: OnceLock<Result<Option<StaticPod>, DocumentError>>,
    documents: OnceLock<Option<Vec<Node>>>,
}

impl FileText {
    /// Every certificate.
    pub(crate) fn certificates(&self) -> Result<&[Certificate], &Error> {
        let read = || Certificate::bundle_from_pem(self);
        let certificates = self.said.certificates.get_or_init(read).as_ref();
        certificates.map(Vec::as_slice)
    }

    /// The first certificate, whatever is behind it.
    pub(crate) fn first_certificate(&self) -> Option<&Certificate> {
        let alone = || Certificate::from_pem(self).ok();
        match self.certificates() {
            Ok(certificates) => certificates.first(),
            Err(_) => self.said.first_alone.get_or_init(alone).as_ref(),
        }
    }

    /// The first private key. How keys stand in a file is no matter of its bytes,
    /// and does not change.
    pub(crate) fn key(&self, keys: PrivateKeys) -> Result<&KeyHalf, &Error> {
        let read = || KeyHalf::read(self, keys);
        self.said.key.get_or_init(read).as_ref()
    }

    /// The kubeconfig that it is.
    pub(crate) fn kubeconfig(&self, keys: PrivateKeys) -> Result<&Arc<ExistingKubeconfig>, &Error> {
        let read = || ExistingKubeconfig::parse_with(self, keys).map(Arc::new);
        self.said.kubeconfig.get_or_init(read).as_ref()
    }

    /// The manifest that it is; `None` if it runs none of the components.
    pub(crate) fn static_pod(&self) -> Result<Option<&StaticPod>, &DocumentError> {
        let read = || StaticPod::parse(self);
        let pod = self.said.static_pod.get_or_init(read).as_ref();
        pod.map(Option::as_ref)
    }

    /// The documents of YAML.
    pub(crate) fn documents(&self) -> Option<&[Node]> {
        let read = || yaml::parse(self).ok();
        self.said.documents.get_or_init(read).as_deref()
    }
}

impl Deref for FileText {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

impl From<Zeroizing<Vec<u8>>> for FileText {
    fn from(bytes: Zeroizing<Vec<u8>>) -> Self {
        Self {
            bytes,
            said: Box::default(),
        }
    }
}

impl From<Vec<u8>> for FileText {
    fn from(bytes: Vec<u8>) -> Self {
        Zeroizing::new(bytes).into()
    }
}

/// The bytes alone.
impl Clone for FileText {
    fn clone(&self) -> Self {
        self.bytes.clone().into()
    }
}

impl fmt::Debug for FileText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FileText({} bytes, [elided])", self.bytes.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::certificate::SIGNATURES_CHECKED;
    use crate::key::KeyPair;
    use crate::{Error, KeyAlgorithm};

    const CA: &[u8] = include_bytes!("../../../../fixtures/kubeadm/sample/pki/ca.crt");

    #[test]
    fn what_was_read_is_not_read_again() {
        let text = FileText::from(CA.to_vec());
        let [first, again] = [(); 2].map(|()| text.first_certificate().expect("a certificate"));
        assert!(std::ptr::eq(first, again));
        assert!(matches!(
            text.key(PrivateKeys::Whole),
            Err(Error::Pem { .. })
        ));
        assert_eq!(&*text.clone(), CA);
    }

    #[test]
    fn a_certificate_counts_whatever_is_behind_it() {
        let broken = b"-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
        let text = FileText::from([CA, broken].concat());
        assert!(text.certificates().is_err());
        assert_eq!(
            text.first_certificate(),
            Certificate::from_pem(CA).ok().as_ref()
        );
        let text = FileText::from([broken, CA].concat());
        assert!(text.first_certificate().is_none());
    }

    #[test]
    fn a_good_signature_is_checked_once_and_of_one_key() {
        let text = FileText::from(CA.to_vec());
        let ca = text.first_certificate().expect("a certificate");
        let key = ca.public_key().expect("a key");
        let other = KeyPair::generate(KeyAlgorithm::EcdsaP256).expect("a key");
        let before = SIGNATURES_CHECKED.get();
        assert!(ca.is_signed_by(key) && ca.clone().is_signed_by(key) && ca.is_signed_by(key));
        assert_eq!(SIGNATURES_CHECKED.get() - before, 1);
        let other = crate::key::SigningKey::public_key(&other);
        assert!(!ca.is_signed_by(other) && !ca.is_signed_by(other));
    }
}
