//! cfssl's local signer: what a CSR becomes under a profile.

mod copied;
mod error;

pub use error::CfsslSignError;

use super::{CfsslSubject, EffectiveProfile, GoDuration, subject};
use crate::certificate::{Certificate, RandomSource};
use crate::csr::CertificateSigningRequest;
use crate::extension::{BasicConstraints, ExtendedKeyUsage, Extension, KeyUsage};
use crate::issuer::Issuer;
use crate::name::{DistinguishedName, GeneralName};
use crate::profile::{CertificateRequest, Profile};
use crate::time::{Timestamp, Validity};
use crate::{Error, oid};

/// What a signer is asked for.
#[derive(Debug, Clone, Copy)]
pub struct CfsslSignRequest<'a> {
    /// The request; its key and, unless overridden, its names are taken.
    pub csr: &'a CertificateSigningRequest,
    /// Names instead of the CSR's; none overrides nothing.
    pub hosts: &'a [GeneralName],
    /// Parts of the subject instead of the CSR's.
    pub subject: Option<&'a CfsslSubject>,
    /// Where the CRL is, instead of what the profile says.
    pub crl_url: Option<&'a str>,
}

/// A certificate as cfssl makes it, and what cfssl would have kept silent about.
#[derive(Debug, Clone)]
pub struct CfsslSigned {
    /// The certificate.
    pub certificate: Certificate,
    /// What may surprise its holder, each a fragment.
    pub warnings: Vec<String>,
}

impl EffectiveProfile {
    /// Signs as cfssl's local signer does, at the time `now`. Where cfssl would
    /// sign what is unsafe, this refuses.
    ///
    /// # Errors
    /// [`CfsslSignError`] with cfssl's words, where it has some.
    pub fn sign(
        &self,
        issuer: &Issuer,
        request: &CfsslSignRequest<'_>,
        now: Timestamp,
        random: &mut dyn RandomSource,
    ) -> Result<CfsslSigned, CfsslSignError> {
        let mut warnings = Vec::new();
        self.check_authority(issuer, request.csr)?;
        let names = self.names(request, &mut warnings)?;
        let requested = request.csr.subject_name().ok_or(CfsslSignError::Subject)?;
        let subject = match request.subject {
            Some(subject) => subject.over(&requested),
            None => subject::arranged(&requested),
        };
        self.check_whitelist(&subject, &names)?;
        check_subject(&subject, &names)?;
        let mut profile = self.certificate_profile()?;
        if let Some(url) = request.crl_url {
            profile
                .others
                .retain(|e| e.oid != oid::CRL_DISTRIBUTION_POINTS);
            profile
                .others
                .insert(0, Extension::crl_distribution_point(url)?);
        }
        let copied = copied::extensions(self, &profile, request.csr)?;
        // cfssl appends policies and ocsp-nocheck after what the CSR asks for.
        let place = profile
            .others
            .iter()
            .position(|e| e.oid != oid::CRL_DISTRIBUTION_POINTS);
        let place = place.unwrap_or(profile.others.len());
        profile.others.splice(place..place, copied);
        let validity = self.validity(now)?;
        let params = profile.params(
            &CertificateRequest {
                subject,
                subject_alt_names: names,
                public_key: request.csr.public_key().clone(),
            },
            Some(issuer),
            validity,
            profile.serial_rule.draw(random)?,
        )?;
        let certificate = issuer.issue(&params).map_err(|error| match error {
            Error::PathLength { .. } => CfsslSignError::PathLengthUsedUp,
            other => CfsslSignError::Core(other),
        })?;
        if !self.settings.ct_log_servers.is_empty() {
            warnings.push("\"ct_log_servers\" has no effect: kpki asks no log".to_owned());
        }
        warnings.extend(about_dates(validity, issuer, now));
        warnings.extend(about_the_shape(&certificate, &profile, issuer));
        Ok(CfsslSigned {
            certificate,
            warnings,
        })
    }

    /// What cfssl checks before it lets a CSR become a CA, and that a CA whose
    /// path length is used up signs no CA at all (RFC 5280 section 4.2.1.9).
    fn check_authority(
        &self,
        issuer: &Issuer,
        csr: &CertificateSigningRequest,
    ) -> Result<(), CfsslSignError> {
        let left = match issuer.certificate().basic_constraints() {
            Some(BasicConstraints::CertificateAuthority {
                path_len_constraint,
            }) => path_len_constraint,
            _ => None,
        };
        let asked = match csr.basic_constraints() {
            Some(BasicConstraints::CertificateAuthority {
                path_len_constraint,
            }) => Some(path_len_constraint),
            _ => None,
        };
        match (asked, left) {
            (Some(_), _) if !self.settings.is_ca() => Err(CfsslSignError::CaNotAllowed),
            (_, Some(0)) if self.settings.is_ca() => Err(CfsslSignError::PathLengthUsedUp),
            (Some(Some(asked)), Some(left)) if asked >= left => {
                Err(CfsslSignError::PathLengthExtended)
            }
            _ => Ok(()),
        }
    }

    fn names(
        &self,
        request: &CfsslSignRequest<'_>,
        warnings: &mut Vec<String>,
    ) -> Result<Vec<GeneralName>, CfsslSignError> {
        let (mut names, others) = match request.hosts {
            [] => copied::subject_alt_names(request.csr)?,
            hosts => (hosts.to_vec(), 0),
        };
        if others > 0 {
            warnings.push(format!(
                "{others} of the alternative names in the CSR are of a kind that cfssl does not know, and are left out"
            ));
        }
        if self.settings.is_ca() {
            warnings.extend(only_addresses(&mut names));
        }
        Ok(names)
    }

    fn check_whitelist(
        &self,
        subject: &DistinguishedName,
        names: &[GeneralName],
    ) -> Result<(), CfsslSignError> {
        let Some(whitelist) = &self.settings.name_whitelist else {
            return Ok(());
        };
        let names = names.iter().filter_map(|name| match name {
            GeneralName::Dns(text) | GeneralName::Email(text) | GeneralName::Uri(text) => {
                Some(text.as_str())
            }
            GeneralName::Ip(_) => None,
        });
        match subject
            .common_name()
            .into_iter()
            .chain(names)
            .find(|name| !whitelist.matches(name))
        {
            None => Ok(()),
            Some(name) => Err(CfsslSignError::Whitelist {
                name: name.to_owned(),
            }),
        }
    }

    /// From the nearest minute less the backdate, for as long as the profile
    /// says, unless it names the dates.
    fn validity(&self, now: Timestamp) -> Result<Validity, CfsslSignError> {
        let backdate = self.settings.backdate.unwrap_or(DEFAULT_BACKDATE);
        let start = match self.settings.not_before {
            Some(fixed) => Moment::at(fixed),
            None => Moment::nearest_minute(now).plus(-i128::from(backdate.nanoseconds())),
        };
        let end = match self.settings.not_after {
            Some(fixed) => Moment::at(fixed),
            None => start.plus(i128::from(self.expiry.nanoseconds())),
        };
        period(start, end)
    }
}

/// cfssl's backdate where nothing else is said: five minutes.
pub(super) const DEFAULT_BACKDATE: GoDuration = GoDuration::from_nanoseconds(300_000_000_000);

/// Nanoseconds since 1970: Go's durations have fractions of seconds, which a
/// certificate cuts off only at the end.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment(i128);

impl Moment {
    pub(super) fn at(time: Timestamp) -> Self {
        Self(i128::from(time.unix()) * 1_000_000_000)
    }

    /// Go's `Round(time.Minute)`.
    pub(super) fn nearest_minute(now: Timestamp) -> Self {
        Self(i128::from((now.unix() + 30).div_euclid(60) * 60) * 1_000_000_000)
    }

    pub(super) fn plus(self, nanoseconds: i128) -> Self {
        Self(self.0 + nanoseconds)
    }

    fn timestamp(self) -> Result<Timestamp, CfsslSignError> {
        let seconds = i64::try_from(self.0.div_euclid(1_000_000_000));
        let seconds = seconds.map_err(|_| CfsslSignError::TimeOutOfRange)?;
        Timestamp::from_unix(seconds).map_err(|_| CfsslSignError::TimeOutOfRange)
    }
}

pub(super) fn period(start: Moment, end: Moment) -> Result<Validity, CfsslSignError> {
    Ok(Validity::new(start.timestamp()?, end.timestamp()?)?)
}

/// Takes all but addresses out of a CA's names, as cfssl does.
pub(super) fn only_addresses(names: &mut Vec<GeneralName>) -> Option<String> {
    let before = names.len();
    names.retain(|name| matches!(name, GeneralName::Ip(_)));
    (names.len() < before)
        .then(|| "a CA gets no names: of its hosts only the addresses are kept".to_owned())
}

/// RFC 5280 section 4.1.2.6: an empty subject needs a subjectAltName; and no
/// reader agrees with another about a value with a NUL.
pub(super) fn check_subject(
    subject: &DistinguishedName,
    names: &[GeneralName],
) -> Result<(), CfsslSignError> {
    let attributes = subject.relative_names().iter().flat_map(|r| r.attributes());
    if let Some(kind) = attributes
        .clone()
        .find(|a| a.value().contains('\0'))
        .map(|a| a.kind())
    {
        return Err(CfsslSignError::Nul { kind: kind.clone() });
    }
    match subject.is_empty() && names.is_empty() {
        true => Err(CfsslSignError::NobodyNamed),
        false => Ok(()),
    }
}

/// Whether the end of the CA takes more than a tenth of a certificate's life.
/// Less is what every guide does: it gives both five years, one after the other.
fn loses_a_tenth(validity: Validity, authority: Validity) -> bool {
    let lost = validity.not_after().since(authority.not_after());
    lost > validity.not_after().since(validity.not_before()) / 10
}

fn about_dates(validity: Validity, issuer: &Issuer, now: Timestamp) -> Vec<String> {
    let authority = issuer.certificate().validity();
    let mut warnings = Vec::new();
    if !authority.contains(now) {
        warnings.push(format!(
            "the CA is valid from {} to {}, not now: nothing that it signs will be trusted",
            authority.not_before(),
            authority.not_after()
        ));
    } else if loses_a_tenth(validity, authority) {
        warnings.push(format!(
            "the certificate ends on {}, after its CA, which ends on {}: from then on it is worth nothing; shorten the 'expiry' of the profile, or make the CA with a longer 'ca': {{\"expiry\": …}}",
            validity.not_after(),
            authority.not_after()
        ));
    }
    warnings.extend(ended(validity, now));
    warnings
}

pub(super) fn ended(validity: Validity, now: Timestamp) -> Option<String> {
    let end = validity.not_after();
    (end < now).then(|| {
        format!(
            "the certificate has ended already, on {end}: a lifetime counts from five minutes ago, or from the profile's dates"
        )
    })
}

fn about_the_shape(certificate: &Certificate, profile: &Profile, issuer: &Issuer) -> Vec<String> {
    let mut warnings = Vec::new();
    let signs = profile.key_usage.contains(KeyUsage::KEY_CERT_SIGN);
    if certificate.subject_der() == issuer.certificate().subject_der() {
        warnings.push(
            "the certificate has the name of its CA, so that it looks self-signed: give one of them another name"
                .to_owned(),
        );
    }
    if certificate.is_ca() && !signs {
        warnings.push(
            "the certificate is a CA's and its usages lack 'cert sign': nothing that it signs will be trusted"
                .to_owned(),
        );
    }
    if !certificate.is_ca() && signs {
        warnings.push(
            "the usages have 'cert sign' and the certificate is no CA's: for a CA, write \"ca_constraint\": {\"is_ca\": true} into the profile"
                .to_owned(),
        );
    }
    let serves = profile
        .extended_key_usage
        .contains(&ExtendedKeyUsage::ServerAuth);
    let only_serves = serves
        && !profile
            .extended_key_usage
            .contains(&ExtendedKeyUsage::ClientAuth);
    if only_serves && certificate.subject_alt_names().is_empty() && !certificate.is_ca() {
        warnings.push(
            "the certificate of a server has no alternative names, and clients look at nothing else: give 'hosts' or -hostname"
                .to_owned(),
        );
    }
    warnings
}

impl From<Error> for CfsslSignError {
    fn from(error: Error) -> Self {
        Self::Core(error)
    }
}

#[cfg(test)]
mod tests;
