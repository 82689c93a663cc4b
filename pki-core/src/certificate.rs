//! Certificates: what goes into one, and what a finished one says.

mod locations;
mod parsed;
mod path;
mod serial_number;

use std::fmt;
use std::sync::{Arc, OnceLock};

pub(crate) use parsed::{name_of, purposes, values_of};
pub use serial_number::{RandomSource, SerialNumber};

use crate::extension::{BasicConstraints, ExtendedKeyUsage, Extension, KeyUsage};
use crate::key::backend::sha256;
use crate::key::{SignatureAlgorithm, SubjectPublicKeyInfo, verifiers, verify_signature};
use crate::name::DistinguishedName;
use crate::time::Validity;
use crate::{Error, pem_text};

/// Everything in a certificate but its issuer and signature: nothing is added,
/// reordered or defaulted on the way.
#[derive(Debug, Clone)]
pub struct CertificateParams {
    /// The serial number.
    pub serial_number: SerialNumber,
    /// How the issuer signs.
    pub signature_algorithm: SignatureAlgorithm,
    /// When it is valid.
    pub validity: Validity,
    /// Whom it names.
    pub subject: DistinguishedName,
    /// The key it speaks for.
    pub public_key: SubjectPublicKeyInfo,
    /// The extensions in the order in which they are written.
    pub extensions: Vec<Extension>,
}

/// An X.509 certificate (RFC 5280 section 4.1) that was read without error,
/// with the parts that etcd and Kubernetes look at.
#[derive(Clone)]
pub struct Certificate {
    der: Vec<u8>,
    signed_part: std::ops::Range<usize>,
    signature: Vec<u8>,
    signature_algorithm: String,
    version: u32,
    serial_number: Vec<u8>,
    issuer: Vec<u8>,
    subject: Vec<u8>,
    issuer_text: String,
    subject_text: String,
    common_name: Option<String>,
    organizations: Vec<String>,
    validity: Validity,
    public_key: Result<SubjectPublicKeyInfo, Error>,
    basic_constraints: Option<BasicConstraints>,
    key_usage: Option<KeyUsage>,
    extended_key_usage: Option<Vec<ExtendedKeyUsage>>,
    subject_alt_names: Option<Vec<String>>,
    subject_key_identifier: Option<Vec<u8>>,
    authority_key_identifier: Option<Vec<u8>>,
    unknown_critical_extensions: Vec<String>,
    /// The key that made the signature, once that was found out: several checks
    /// ask for it, of copies as well.
    signer: Arc<OnceLock<SubjectPublicKeyInfo>>,
}

impl Certificate {
    /// Reads the first `CERTIFICATE` block of a PEM text.
    ///
    /// # Errors
    /// [`Error::Pem`] or [`Error::Certificate`].
    pub fn from_pem(text: &[u8]) -> Result<Self, Error> {
        let block = pem_text::first(text, &["CERTIFICATE"])?;
        Self::from_der(&block.contents)
    }

    /// Why a bundle is refused that may be right: the bound is ours.
    pub(crate) const TOO_MANY: &str = "it has more than 100 certificates";

    /// Reads every `CERTIFICATE` block of a PEM text, of which there may be 100.
    ///
    /// # Errors
    /// [`Error::Pem`] or [`Error::Certificate`], also if there is none or there are more.
    pub fn bundle_from_pem(text: &[u8]) -> Result<Vec<Self>, Error> {
        const MOST: usize = 100;
        Self::from_blocks(text, MOST)
    }

    /// Reads every `CERTIFICATE` block of a PEM text, with no other bound than
    /// that of the text, 1 MiB: a whole store of trusted CAs fits.
    ///
    /// # Errors
    /// [`Error::Pem`] or [`Error::Certificate`], also if there is none.
    pub fn all_from_pem(text: &[u8]) -> Result<Vec<Self>, Error> {
        Self::from_blocks(text, usize::MAX)
    }

    fn from_blocks(text: &[u8], most: usize) -> Result<Vec<Self>, Error> {
        let blocks = pem_text::blocks(text)?;
        let certificates = blocks.iter().filter(|block| block.label == "CERTIFICATE");
        let refuse = |why| Err(Error::Pem { why });
        match certificates.clone().count() {
            0 => refuse("it has no certificate"),
            count if count > most => refuse(Self::TOO_MANY),
            _ => certificates
                .map(|block| Self::from_der(&block.contents))
                .collect(),
        }
    }

    /// The DER form: `Certificate`, RFC 5280 section 4.1.
    #[must_use]
    pub fn to_der(&self) -> &[u8] {
        &self.der
    }

    /// SHA-256 of the DER form: the fingerprint.
    #[must_use]
    pub fn sha256(&self) -> [u8; 32] {
        sha256(&self.der)
    }

    /// One `CERTIFICATE` block (RFC 7468 section 5).
    #[must_use]
    pub fn to_pem(&self) -> String {
        pem_text::encode("CERTIFICATE", &self.der)
    }

    /// 3, or what an old tool wrote.
    #[must_use]
    pub fn version(&self) -> u32 {
        self.version
    }

    /// The octets of the serial number as they are written (signed, big-endian).
    #[must_use]
    pub fn serial_number(&self) -> &[u8] {
        &self.serial_number
    }

    /// The serial number in decimal, as Go shows it; one that RFC 5280 section
    /// 4.1.2.2 forbids, negative or too long, in hexadecimal (`0A:FF`).
    #[must_use]
    pub fn serial_number_text(&self) -> String {
        serial_number::text(&self.serial_number)
    }

    /// The issuer's name in DER.
    #[must_use]
    pub fn issuer_der(&self) -> &[u8] {
        &self.issuer
    }

    /// The subject's name in DER.
    #[must_use]
    pub fn subject_der(&self) -> &[u8] {
        &self.subject
    }

    /// The issuer as text: `CN=kubernetes`.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer_text
    }

    /// The subject as text: `O=system:masters,CN=kubernetes-admin`.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject_text
    }

    /// The last common name of the subject: the user name of Kubernetes and etcd.
    #[must_use]
    pub fn common_name(&self) -> Option<&str> {
        self.common_name.as_deref()
    }

    /// The organizations of the subject: the groups of Kubernetes.
    #[must_use]
    pub fn organizations(&self) -> &[String] {
        &self.organizations
    }

    /// When it is valid.
    #[must_use]
    pub fn validity(&self) -> Validity {
        self.validity
    }

    /// The key it speaks for.
    ///
    /// # Errors
    /// [`Error::UnknownPublicKey`] if the key is of a kind that kpki does not know.
    pub fn public_key(&self) -> Result<&SubjectPublicKeyInfo, Error> {
        self.public_key.as_ref().map_err(Clone::clone)
    }

    /// The object identifier of the signature algorithm, in dotted form.
    #[must_use]
    pub fn signature_algorithm(&self) -> &str {
        &self.signature_algorithm
    }

    /// basicConstraints, if the extension is there.
    #[must_use]
    pub fn basic_constraints(&self) -> Option<BasicConstraints> {
        self.basic_constraints
    }

    /// Whether basicConstraints say CA:TRUE.
    #[must_use]
    pub fn is_ca(&self) -> bool {
        matches!(
            self.basic_constraints,
            Some(BasicConstraints::CertificateAuthority { .. })
        )
    }

    /// keyUsage, if the extension is there; without it every usage is allowed.
    #[must_use]
    pub fn key_usage(&self) -> Option<KeyUsage> {
        self.key_usage
    }

    /// extKeyUsage in its order, if the extension is there; without it every
    /// purpose is allowed.
    #[must_use]
    pub fn extended_key_usage(&self) -> Option<&[ExtendedKeyUsage]> {
        self.extended_key_usage.as_deref()
    }

    /// The subjectAltName entries in the form `DNS:master-1`, `IP:10.0.0.11`,
    /// in their order; none if the extension is not there.
    #[must_use]
    pub fn subject_alt_names(&self) -> &[String] {
        self.subject_alt_names.as_deref().unwrap_or_default()
    }

    /// subjectKeyIdentifier, if the extension is there.
    #[must_use]
    pub fn subject_key_identifier(&self) -> Option<&[u8]> {
        self.subject_key_identifier.as_deref()
    }

    /// The key identifier of authorityKeyIdentifier, if it is there.
    #[must_use]
    pub fn authority_key_identifier(&self) -> Option<&[u8]> {
        self.authority_key_identifier.as_deref()
    }

    /// Critical extensions that Go does not know: with one of them it refuses
    /// the certificate.
    #[must_use]
    pub fn unknown_critical_extensions(&self) -> &[String] {
        &self.unknown_critical_extensions
    }

    /// Whether issuer and subject are the same name.
    #[must_use]
    pub fn is_self_issued(&self) -> bool {
        self.issuer == self.subject
    }

    /// Whether the signature was made by this key, whatever the names say.
    #[must_use]
    pub fn is_signed_by(&self, key: &SubjectPublicKeyInfo) -> bool {
        if self.signer.get() == Some(key) {
            return true;
        }
        #[cfg(test)]
        SIGNATURES_CHECKED.set(SIGNATURES_CHECKED.get() + 1);
        let signed = self.der.get(self.signed_part.clone()).unwrap_or_default();
        let is_signed = verify_signature(key, &self.signature_algorithm, signed, &self.signature);
        if is_signed {
            // No other key made it, and one that is asked about is tried again.
            self.signer.get_or_init(|| key.clone());
        }
        is_signed
    }

    /// Whether [`Certificate::is_signed_by`] knows how keys of this kind sign
    /// with the certificate's algorithm; if not, its "no" says nothing.
    pub(crate) fn can_check_signature(&self, key: &SubjectPublicKeyInfo) -> bool {
        verifiers(key, &self.signature_algorithm).next().is_some()
    }
}

#[cfg(test)]
std::thread_local! {
    /// How much work a test has caused.
    pub(crate) static SIGNATURES_CHECKED: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.der == other.der
    }
}

impl Eq for Certificate {}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Certificate({} from {})",
            self.subject_text, self.issuer_text
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_bundles_are_refused_and_not_cut() {
        let one = pem_text::encode("CERTIFICATE", &[0x30, 0]);
        let why = |error| match error {
            Error::Pem { why } => why,
            _ => "",
        };
        let bundle = |count| Certificate::bundle_from_pem(one.repeat(count).as_bytes());
        let all = |count| Certificate::all_from_pem(one.repeat(count).as_bytes());
        assert_eq!(
            bundle(101).map_err(why),
            Err("it has more than 100 certificates")
        );
        // These come as far as the first certificate.
        assert_eq!(bundle(100).map_err(why), Err(""));
        assert_eq!(all(101).map_err(why), Err(""));
        let key = pem_text::encode("PRIVATE KEY", &[0x30, 0]);
        assert_eq!(
            Certificate::all_from_pem(key.as_bytes()).map_err(why),
            Err("it has no certificate")
        );
    }
}
