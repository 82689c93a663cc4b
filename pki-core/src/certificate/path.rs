//! The path from a certificate to a CA as webpki judges it: a second opinion
//! when a certificate is issued and when an existing one is verified, and the
//! way to find the chain of a certificate.

use std::cell::RefCell;
use std::time::Duration;

use rustls_pki_types::{CertificateDer, TrustAnchor, UnixTime};
use webpki::{
    EndEntityCert, ExtendedKeyUsageValidator, KeyPurposeIdIter, VerifiedPath,
    anchor_from_trusted_cert,
};

use super::Certificate;
use crate::Error;
use crate::extension::{BasicConstraints, ExtendedKeyUsage};
use crate::issuer::check_authority;
use crate::key::backend::VERIFIERS;
use crate::time::Timestamp;

impl Certificate {
    /// Whether webpki finds a path from this leaf to `anchor` at the time `at`.
    ///
    /// # Errors
    /// [`Error::Judgement`] with webpki's word.
    pub(crate) fn verify_path(
        &self,
        intermediates: &[Self],
        anchor: &Self,
        at: Timestamp,
    ) -> Result<(), Error> {
        let root = CertificateDer::from(anchor.to_der());
        let anchor = anchor_from_trusted_cert(&root).map_err(judgement)?;
        self.judge(intermediates, &[anchor], at, &|_| Ok(()))
            .map_err(judgement)
    }

    /// The path from this certificate to one of `anchors` at the time `at`:
    /// the certificates above it, of which the last is the anchor. webpki finds
    /// the paths and checks signatures, names, dates, path lengths and name
    /// constraints; what it takes on trust, the anchor's own dates and
    /// constraints, is checked as well, and that every certificate may be used
    /// by TLS servers or clients. Of several paths the shortest is taken, and
    /// of those the one that lasts longest.
    ///
    /// A CA certificate, and one that is self-issued, is followed only to an
    /// anchor that signed it itself.
    ///
    /// # Errors
    /// [`Error::UnknownAuthority`], [`Error::OutsideValidity`],
    /// [`Error::PathLengthExceeded`], [`Error::NotForTls`],
    /// [`Error::NotACertificateAuthority`], and [`Error::Judgement`] with
    /// webpki's word for everything else.
    pub fn path_to<'a>(
        &self,
        intermediates: &'a [Self],
        anchors: &'a [Self],
        at: Timestamp,
    ) -> Result<Vec<&'a Self>, Error> {
        self.check_dates(at)?;
        let search = Search {
            leaf: self,
            at,
            best: RefCell::default(),
            refusal: RefCell::default(),
        };
        // webpki takes no CA for the end of a path, and nothing self-issued.
        if self.is_ca() || self.is_self_issued() {
            for anchor in anchors.iter().filter(|anchor| anchor.signed(self)) {
                search.consider(vec![anchor]);
            }
            return search.end(|| self.unknown_authority());
        }
        let ders: Vec<_> = anchors
            .iter()
            .map(|anchor| (CertificateDer::from(anchor.to_der()), anchor))
            .collect();
        // An anchor that webpki cannot read leads nowhere.
        let (trusted, certificates): (Vec<_>, Vec<_>) = ders
            .iter()
            .filter_map(|(der, anchor)| Some((anchor_from_trusted_cert(der).ok()?, *anchor)))
            .unzip();
        let on_path = |path: &VerifiedPath<'_>| {
            let below: Vec<&Self> = path
                .intermediate_certificates()
                .filter_map(|cert| {
                    let der = cert.der();
                    intermediates.iter().find(|i| i.to_der() == der.as_ref())
                })
                .collect();
            // Several, if a CA was renewed with its key.
            for (trusted, certificate) in trusted.iter().zip(&certificates) {
                if trusted == path.anchor() {
                    let mut above = below.clone();
                    above.push(certificate);
                    search.consider(above);
                }
            }
            // Whatever it was, the next one may be better.
            Err(webpki::Error::UnknownIssuer)
        };
        let judged = self.judge(intermediates, &trusted, at, &on_path);
        search.end(|| match judged {
            Err(error) => self.in_our_words(error, intermediates, at),
            Ok(()) => self.unknown_authority(),
        })
    }

    /// `on_path` sees each path that webpki finds, until it takes one.
    fn judge(
        &self,
        intermediates: &[Self],
        anchors: &[TrustAnchor<'_>],
        at: Timestamp,
        on_path: &dyn Fn(&VerifiedPath<'_>) -> Result<(), webpki::Error>,
    ) -> Result<(), webpki::Error> {
        let leaf = CertificateDer::from(self.to_der());
        let leaf = EndEntityCert::try_from(&leaf)?;
        let intermediates: Vec<_> = intermediates
            .iter()
            .map(|certificate| CertificateDer::from(certificate.to_der()))
            .collect();
        let seconds = u64::try_from(at.unix()).unwrap_or(0);
        let time = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
        let verified = leaf.verify_for_usage(
            &VERIFIERS,
            anchors,
            &intermediates,
            time,
            AnyPurpose,
            None,
            Some(on_path),
        );
        verified.map(drop)
    }

    /// Whether this CA signed `other` and may do so.
    ///
    /// Dates, path lengths and the CA's own issuer are not looked at.
    #[must_use]
    pub fn signed(&self, other: &Self) -> bool {
        check_authority(self).is_ok()
            && other.issuer_der() == self.subject_der()
            && self.public_key().is_ok_and(|key| other.is_signed_by(key))
    }

    fn check_dates(&self, at: Timestamp) -> Result<(), Error> {
        match self.validity().contains(at) {
            true => Ok(()),
            false => Err(Error::OutsideValidity {
                subject: self.subject().to_owned(),
                not_before: self.validity().not_before(),
                not_after: self.validity().not_after(),
                now: at,
            }),
        }
    }

    fn check_purpose(&self) -> Result<(), Error> {
        let serves = |purpose: &ExtendedKeyUsage| {
            matches!(
                purpose,
                ExtendedKeyUsage::ServerAuth | ExtendedKeyUsage::ClientAuth | ExtendedKeyUsage::Any
            )
        };
        match self.extended_key_usage() {
            Some(purposes) if !purposes.iter().any(serves) => Err(Error::NotForTls {
                subject: self.subject().to_owned(),
            }),
            _ => Ok(()),
        }
    }

    /// The most CAs that may stand between this one and a leaf.
    fn path_length(&self) -> Option<usize> {
        match self.basic_constraints() {
            Some(BasicConstraints::CertificateAuthority {
                path_len_constraint: Some(most),
            }) => Some(most.into()),
            _ => None,
        }
    }

    fn unknown_authority(&self) -> Error {
        Error::UnknownAuthority {
            issuer: self.issuer().to_owned(),
        }
    }

    /// webpki names the fault and not the certificate, which is one of the
    /// intermediates: the leaf has been looked at.
    fn in_our_words(&self, error: webpki::Error, intermediates: &[Self], at: Timestamp) -> Error {
        match error {
            // A CA of the right name with another key is another CA.
            webpki::Error::UnknownIssuer | webpki::Error::InvalidSignatureForPublicKey => {
                self.unknown_authority()
            }
            webpki::Error::CertExpired { .. } | webpki::Error::CertNotValidYet { .. } => {
                let dates = intermediates.iter().map(|i| i.check_dates(at));
                dates
                    .filter_map(Result::err)
                    .next()
                    .unwrap_or_else(|| judgement(error))
            }
            webpki::Error::PathLenConstraintViolated => {
                let bound = intermediates.iter().find(|i| i.path_length().is_some());
                bound.map_or_else(|| judgement(error), path_length_exceeded)
            }
            error => judgement(error),
        }
    }
}

/// The paths that were found for one certificate.
struct Search<'l, 'a> {
    leaf: &'l Certificate,
    at: Timestamp,
    best: RefCell<Option<Vec<&'a Certificate>>>,
    /// Why a path was not taken.
    refusal: RefCell<Option<Error>>,
}

impl<'a> Search<'_, 'a> {
    fn consider(&self, above: Vec<&'a Certificate>) {
        if let Err(error) = self.check(&above) {
            self.refusal.borrow_mut().get_or_insert(error);
            return;
        }
        let ends = |path: &[&Certificate]| path.iter().map(|c| c.validity().not_after()).min();
        let mut best = self.best.borrow_mut();
        let better = best.as_ref().is_none_or(|best| {
            above.len() < best.len() || (above.len() == best.len() && ends(&above) > ends(best))
        });
        if better {
            *best = Some(above);
        }
    }

    /// What webpki does not ask.
    fn check(&self, above: &[&Certificate]) -> Result<(), Error> {
        self.leaf.check_purpose()?;
        for certificate in above {
            certificate.check_purpose()?;
        }
        let Some((anchor, below)) = above.split_last() else {
            return Ok(());
        };
        check_authority(anchor)?;
        anchor.check_dates(self.at)?;
        // Self-issued ones do not count (RFC 5280 section 4.2.1.9).
        let count = below.iter().filter(|c| !c.is_self_issued()).count();
        match anchor.path_length() {
            Some(most) if count > most => Err(path_length_exceeded(anchor)),
            _ => Ok(()),
        }
    }

    fn end(self, otherwise: impl FnOnce() -> Error) -> Result<Vec<&'a Certificate>, Error> {
        match (self.best.into_inner(), self.refusal.into_inner()) {
            (Some(best), _) => Ok(best),
            (None, Some(refusal)) => Err(refusal),
            (None, None) => Err(otherwise()),
        }
    }
}

/// Purposes are compared with the catalog's, which knows what etcd and
/// Kubernetes ask for.
struct AnyPurpose;

impl ExtendedKeyUsageValidator for AnyPurpose {
    fn validate(&self, _: KeyPurposeIdIter<'_, '_>) -> Result<(), webpki::Error> {
        Ok(())
    }
}

fn path_length_exceeded(authority: &Certificate) -> Error {
    Error::PathLengthExceeded {
        issuer: authority.subject().to_owned(),
    }
}

fn judgement(error: webpki::Error) -> Error {
    if error == webpki::Error::NameConstraintViolation {
        return Error::NameNotPermitted;
    }
    Error::Judgement {
        what: format!("webpki: {error:?}"),
    }
}

#[cfg(test)]
mod tests;
