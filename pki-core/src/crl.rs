//! Certificate revocation lists (RFC 5280 section 5).

mod parsed;

use std::fmt;

use crate::certificate::{Certificate, SerialNumber};
use crate::extension::Extension;
use crate::key::{SignatureAlgorithm, SigningKey, SubjectPublicKeyInfo, verify_signature};
use crate::time::{Timestamp, Validity};
use crate::{Error, asn1, encode, oid, pem_text};

/// A list of revoked certificates that was read without error. Whether its
/// issuer signed it is asked of [`RevocationList::is_signed_by`].
#[derive(Clone)]
pub struct RevocationList {
    der: Vec<u8>,
    signed_part: Vec<u8>,
    signature_algorithm: String,
    signature: Vec<u8>,
    version: u32,
    issuer: Vec<u8>,
    issuer_text: String,
    this_update: Timestamp,
    next_update: Option<Timestamp>,
    revoked: Vec<RevokedCertificate>,
    extensions: Vec<Extension>,
}

/// One entry of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevokedCertificate {
    serial_number: Vec<u8>,
    revocation_date: Timestamp,
}

impl RevocationList {
    /// Revokes these certificates of a CA, in this order and all at the start
    /// of `period`; the next list is promised for its end. The list holds the
    /// CA's key identifier, if the CA has one, and no number of its own, as
    /// cfssl makes it. It is read back and its signature verified before it is
    /// handed out.
    ///
    /// cfssl signs lists with SHA-256 by RSA keys of any size:
    /// [`SignatureAlgorithm::kubeadm`]. Whether the CA may sign lists
    /// (cRLSign), and is valid, is for the caller to ask.
    ///
    /// # Errors
    /// [`Error::KeyMismatch`], [`Error::Signing`], [`Error::Judgement`].
    pub fn new(
        serial_numbers: &[SerialNumber],
        period: Validity,
        issuer: &Certificate,
        key: &dyn SigningKey,
        algorithm: SignatureAlgorithm,
    ) -> Result<Self, Error> {
        if issuer.public_key()? != key.public_key() {
            return Err(Error::KeyMismatch {
                subject: issuer.subject().to_owned(),
            });
        }
        let identifier = issuer.subject_key_identifier();
        let identifier = identifier.map(Extension::authority_key_identifier);
        let extensions: Vec<_> = identifier.into_iter().collect();
        let der = encode::revocation_list::encode(
            serial_numbers,
            period,
            &extensions,
            issuer,
            key,
            algorithm,
        )?;
        let list = Self::from_der(&der)?;
        let as_asked = list.issuer == issuer.subject_der()
            && list.this_update == period.not_before()
            && list.next_update == Some(period.not_after())
            && list.extensions == extensions
            && list.revokes_exactly(serial_numbers);
        let refuse = |what: &str| {
            Err(Error::Judgement {
                what: what.to_owned(),
            })
        };
        match list.is_signed_by(key.public_key()) {
            true if as_asked => Ok(list),
            true => refuse("it says something else"),
            false => refuse("its signature does not verify"),
        }
    }

    fn revokes_exactly(&self, serial_numbers: &[SerialNumber]) -> bool {
        self.revoked.len() == serial_numbers.len()
            && self
                .revoked
                .iter()
                .zip(serial_numbers)
                .all(|(entry, serial)| {
                    SerialNumber::from_bytes(&entry.serial_number).as_ref() == Ok(serial)
                        && entry.revocation_date == self.this_update
                })
    }

    /// Reads the first `X509 CRL` block of a PEM text.
    ///
    /// # Errors
    /// [`Error::Pem`] or [`Error::RevocationList`].
    pub fn from_pem(text: &[u8]) -> Result<Self, Error> {
        let block = pem_text::first(text, &["X509 CRL"])?;
        Self::from_der(&block.contents)
    }

    /// The DER form: `CertificateList`, RFC 5280 section 5.1.
    #[must_use]
    pub fn to_der(&self) -> &[u8] {
        &self.der
    }

    /// One `X509 CRL` block (RFC 7468 section 6).
    #[must_use]
    pub fn to_pem(&self) -> String {
        pem_text::encode("X509 CRL", &self.der)
    }

    /// 2, or 1 for a list without extensions.
    #[must_use]
    pub fn version(&self) -> u32 {
        self.version
    }

    /// The issuer's name in DER.
    #[must_use]
    pub fn issuer_der(&self) -> &[u8] {
        &self.issuer
    }

    /// The issuer as text: `CN=kubernetes`.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer_text
    }

    /// When the list was made.
    #[must_use]
    pub fn this_update(&self) -> Timestamp {
        self.this_update
    }

    /// When the next list is there at the latest, if the list says it.
    #[must_use]
    pub fn next_update(&self) -> Option<Timestamp> {
        self.next_update
    }

    /// The revoked certificates in the order of the list.
    #[must_use]
    pub fn revoked(&self) -> &[RevokedCertificate] {
        &self.revoked
    }

    /// The extensions of the list, in their order and as they stand.
    #[must_use]
    pub fn extensions(&self) -> &[Extension] {
        &self.extensions
    }

    /// The octets of cRLNumber (signed, big-endian), if the extension is there
    /// and well-formed.
    #[must_use]
    pub fn number(&self) -> Option<&[u8]> {
        let mut extensions = self.extensions.iter();
        let number = extensions.find(|extension| extension.oid == oid::CRL_NUMBER)?;
        asn1::content(asn1::INTEGER, &number.value)
    }

    /// The object identifier of the signature algorithm, in dotted form.
    #[must_use]
    pub fn signature_algorithm(&self) -> &str {
        &self.signature_algorithm
    }

    /// Whether the signature was made by this key, whatever the names say.
    #[must_use]
    pub fn is_signed_by(&self, key: &SubjectPublicKeyInfo) -> bool {
        verify_signature(
            key,
            &self.signature_algorithm,
            &self.signed_part,
            &self.signature,
        )
    }
}

impl RevokedCertificate {
    /// The octets of the serial number as they are written (signed, big-endian).
    #[must_use]
    pub fn serial_number(&self) -> &[u8] {
        &self.serial_number
    }

    /// When the certificate was revoked.
    #[must_use]
    pub fn revocation_date(&self) -> Timestamp {
        self.revocation_date
    }
}

impl fmt::Debug for RevocationList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.revoked.len();
        write!(f, "RevocationList({count} from {})", self.issuer_text)
    }
}

#[cfg(test)]
mod tests;
