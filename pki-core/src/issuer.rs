//! Issuing: the one place where a certificate is signed.

mod judge;

use crate::Error;
use crate::certificate::{Certificate, CertificateParams};
use crate::encode::encode;
use crate::extension::{BasicConstraints, KeyUsage};
use crate::key::SigningKey;
use crate::time::Timestamp;

/// A CA certificate together with its private key. It exists only if the two
/// belong together, and the certificate is a CA's that may sign certificates.
/// Unless it was made by [`Issuer::regardless_of_dates`], it is valid as well,
/// and nothing that it issues outlives it.
pub struct Issuer {
    certificate: Certificate,
    key: Box<dyn SigningKey>,
    bound_by_dates: bool,
}

impl Issuer {
    /// Takes a CA certificate and its key into service at the time `now`.
    ///
    /// # Errors
    /// [`Error::KeyMismatch`], [`Error::NotACertificateAuthority`],
    /// [`Error::OutsideValidity`].
    pub fn new(
        certificate: Certificate,
        key: Box<dyn SigningKey>,
        now: Timestamp,
    ) -> Result<Self, Error> {
        let issuer = Self::regardless_of_dates(certificate, key)?;
        let validity = issuer.certificate.validity();
        if !validity.contains(now) {
            return Err(Error::OutsideValidity {
                subject: issuer.certificate.subject().to_owned(),
                not_before: validity.not_before(),
                not_after: validity.not_after(),
                now,
            });
        }
        Ok(Self {
            bound_by_dates: true,
            ..issuer
        })
    }

    /// The same whether the CA is valid or not, for what it issues to have any
    /// dates: as cfssl and OpenSSL sign.
    ///
    /// # Errors
    /// [`Error::KeyMismatch`], [`Error::NotACertificateAuthority`].
    pub fn regardless_of_dates(
        certificate: Certificate,
        key: Box<dyn SigningKey>,
    ) -> Result<Self, Error> {
        if certificate.public_key()? != key.public_key() {
            return Err(Error::KeyMismatch {
                subject: certificate.subject().to_owned(),
            });
        }
        check_authority(&certificate)?;
        Ok(Self {
            certificate,
            key,
            bound_by_dates: false,
        })
    }

    /// Makes a root CA: a certificate that its own key signs. The period must
    /// contain `now`.
    ///
    /// # Errors
    /// Those of [`Issuer::new`] and [`Issuer::issue`].
    pub fn self_signed(
        params: &CertificateParams,
        key: Box<dyn SigningKey>,
        now: Timestamp,
    ) -> Result<Self, Error> {
        Self::new(Certificate::self_signed(params, key.as_ref())?, key, now)
    }

    /// Issues a certificate. Before it is handed out it is read back and its
    /// chain is verified by webpki.
    ///
    /// # Errors
    /// [`Error::OutlivesIssuer`], [`Error::PathLength`], and what the second
    /// implementation finds: [`Error::Judgement`].
    pub fn issue(&self, params: &CertificateParams) -> Result<Certificate, Error> {
        let ends = self.certificate.validity().not_after();
        if self.bound_by_dates && params.validity.not_after() > ends {
            return Err(Error::OutlivesIssuer {
                not_after: params.validity.not_after(),
                ends,
            });
        }
        let der = encode(params, self.certificate.subject_der(), self.key.as_ref())?;
        let certificate = Certificate::from_der(&der)?;
        if certificate.is_ca() && self.path_length_used_up() {
            return Err(Error::PathLength {
                issuer: self.certificate.subject().to_owned(),
            });
        }
        judge::issued(&certificate, params, &self.certificate)?;
        Ok(certificate)
    }

    /// The CA's certificate.
    #[must_use]
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// The CA's key.
    #[must_use]
    pub fn key(&self) -> &dyn SigningKey {
        self.key.as_ref()
    }

    fn path_length_used_up(&self) -> bool {
        let constraints = self.certificate.basic_constraints();
        let none_left = BasicConstraints::CertificateAuthority {
            path_len_constraint: Some(0),
        };
        constraints == Some(none_left)
    }
}

impl std::fmt::Debug for Issuer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Issuer({:?}, [elided])", self.certificate)
    }
}

impl Certificate {
    /// A certificate that its own key signs: a root CA whatever its dates, or
    /// a server that nobody vouches for. It is read back and its signature
    /// verified before it is handed out.
    ///
    /// # Errors
    /// [`Error::KeyMismatch`] if the key is another than the certificate's,
    /// and [`Error::Judgement`].
    pub fn self_signed(params: &CertificateParams, key: &dyn SigningKey) -> Result<Self, Error> {
        if params.public_key != *key.public_key() {
            return Err(Error::KeyMismatch {
                subject: params.subject.to_string(),
            });
        }
        let certificate = Self::from_der(&encode(params, &params.subject.to_der(), key)?)?;
        judge::self_signed(&certificate, params)?;
        Ok(certificate)
    }
}

/// Whether a certificate may stand behind others: CA:TRUE (RFC 5280 section
/// 4.2.1.9) and, if it names key usages, keyCertSign (section 4.2.1.3).
///
/// # Errors
/// [`Error::NotACertificateAuthority`] with what it lacks.
pub(crate) fn check_authority(certificate: &Certificate) -> Result<(), Error> {
    let lacks = |lacks| {
        let subject = certificate.subject().to_owned();
        Err(Error::NotACertificateAuthority { subject, lacks })
    };
    if !certificate.is_ca() {
        return lacks("basicConstraints CA:TRUE");
    }
    match certificate.key_usage() {
        Some(usage) if !usage.contains(KeyUsage::KEY_CERT_SIGN) => lacks("keyUsage keyCertSign"),
        _ => Ok(()),
    }
}

#[cfg(test)]
pub(crate) mod tests;
