//! What becomes of a request itself: its CSR, a new CA (`-initca`), and the
//! renewal of one (`-renewca`).

use super::signing::{
    CfsslSignError, CfsslSigned, DEFAULT_BACKDATE, Moment, check_subject, ended, only_addresses,
    period,
};
use super::{CfsslCa, CfsslCertificateRequest, shape};
use crate::certificate::{Certificate, CertificateParams, RandomSource};
use crate::csr::CertificateSigningRequest;
use crate::extension::{BasicConstraints, Extension};
use crate::issuer::check_authority;
use crate::key::{SignatureAlgorithm, SigningKey};
use crate::name::{DistinguishedName, GeneralName};
use crate::profile::{CertificateRequest, Profile, SerialRule};
use crate::time::{Timestamp, Validity};
use crate::{Error, oid};

impl CfsslCertificateRequest {
    /// The CSR of this request, for its hosts: subjectAltName, basicConstraints
    /// if it has a `ca`, the wish to delegate, then its `extensions`.
    ///
    /// # Errors
    /// [`Error`] if the key cannot sign, or an extension stands there twice.
    pub fn csr(
        &self,
        hosts: &[GeneralName],
        key: &dyn SigningKey,
    ) -> Result<CertificateSigningRequest, Error> {
        let names = (!hosts.is_empty()).then(|| Extension::subject_alt_name(hosts, false));
        let constraints = self.ca().map(|ca| {
            Extension::basic_constraints(BasicConstraints::CertificateAuthority {
                path_len_constraint: ca.path_len_constraint(),
            })
        });
        let delegation = self.delegation_enabled().then(Extension::delegation_usage);
        let extensions: Vec<_> = names
            .into_iter()
            .chain(constraints)
            .chain(delegation)
            .chain(self.extensions().iter().cloned())
            .collect();
        let algorithm = SignatureAlgorithm::cfssl(key.public_key().kind());
        CertificateSigningRequest::new(self.csr_subject(), &extensions, key, algorithm)
    }

    /// Whether the subject is enough for a CA: a common name, or `names` of
    /// which every entry says something.
    ///
    /// # Errors
    /// [`CfsslSignError::NoSubject`].
    pub fn check_authority_subject(&self) -> Result<(), CfsslSignError> {
        match self.subject().common_name().is_some() || self.names_are_full() {
            true => Ok(()),
            false => Err(CfsslSignError::NoSubject),
        }
    }

    /// The certificate of a new CA that this request describes, signed by its
    /// own key. `crl_url` is followed only where the key is new, as cfssl does.
    ///
    /// # Errors
    /// [`CfsslSignError`].
    pub fn authority(
        &self,
        hosts: &[GeneralName],
        key: &dyn SigningKey,
        key_is_new: bool,
        now: Timestamp,
        random: &mut dyn RandomSource,
    ) -> Result<CfsslSigned, CfsslSignError> {
        self.check_authority_subject()?;
        let ca = self.ca().copied().unwrap_or_default();
        let backdate = ca.backdate.unwrap_or(DEFAULT_BACKDATE);
        let start = Moment::nearest_minute(now).plus(-i128::from(backdate.nanoseconds()));
        let expiry = ca.expiry.unwrap_or(CfsslCa::DEFAULT_EXPIRY);
        let validity = period(start, start.plus(i128::from(expiry.nanoseconds())))?;
        let mut names = hosts.to_vec();
        let mut warnings: Vec<_> = only_addresses(&mut names).into_iter().collect();
        warnings.extend(ended(validity, now));
        let crl_url = self.crl_url().filter(|_| key_is_new);
        let mut profile = shape::authority(ca.path_len_constraint());
        profile
            .others
            .extend(crl_url.map(Extension::crl_distribution_point).transpose()?);
        if self.delegation_enabled() {
            profile.others.push(Extension::delegation_usage());
        }
        let subject = self.subject().clone();
        let certificate = self_signed(&profile, subject, names, key, validity, random)?;
        Ok(CfsslSigned {
            certificate,
            warnings,
        })
    }

    /// The certificate of `cfssl selfsign`: of a server and client that its own
    /// key vouches for. Without a profile, or with one that has no lifetime, it
    /// is valid for three months.
    ///
    /// # Errors
    /// [`CfsslSignError`], for a profile whose certificates another host signs
    /// [`CfsslSignError::NoUsages`].
    pub fn self_signed(
        &self,
        hosts: &[GeneralName],
        key: &dyn SigningKey,
        profile: Option<&super::EffectiveProfile>,
        now: Timestamp,
        random: &mut dyn RandomSource,
    ) -> Result<CfsslSigned, CfsslSignError> {
        const THREE_MONTHS: super::GoDuration = super::GoDuration::from_hours(2190);
        let built_in = super::EffectiveProfile::built_in();
        let expiry = match profile.map(|profile| profile.expiry) {
            None | Some(super::GoDuration::ZERO) => THREE_MONTHS,
            Some(expiry) => expiry,
        };
        let backdate = DEFAULT_BACKDATE.nanoseconds();
        let start = Moment::at(now);
        let end = start.plus(i128::from(expiry.nanoseconds()));
        let validity = period(start.plus(-i128::from(backdate)), end)?;
        let profile = profile.unwrap_or(&built_in);
        let shape = Profile {
            serial_rule: SerialRule::Random63Bits,
            ..profile.certificate_profile()?
        };
        let without_usages = shape.key_usage.is_empty() && shape.extended_key_usage.is_empty();
        if without_usages || profile.settings.is_remote() {
            return Err(CfsslSignError::NoUsages);
        }
        let subject = self.subject().clone();
        let names = hosts.to_vec();
        let certificate = self_signed(&shape, subject, names, key, validity, random)?;
        Ok(CfsslSigned {
            certificate,
            warnings: ended(validity, now).into_iter().collect(),
        })
    }
}

impl Extension {
    /// delegationUsage, not critical: `NULL` (RFC 9345 section 4.2).
    pub(super) fn delegation_usage() -> Self {
        Self {
            oid: oid::DELEGATION_USAGE,
            critical: false,
            value: vec![crate::asn1::NULL, 0],
        }
    }
}

/// A CA's certificate once more: the same key and length of life, from now, and
/// byte for byte the same subject and extensions, so that what it signed before
/// stays good and what it may sign stays the same.
///
/// The certificate is signed by its own key. That of an intermediate CA thereby
/// becomes a root, which loses where its issuer and that one's CRL are: a warning.
///
/// # Errors
/// [`Error::NotACertificateAuthority`], [`Error::KeyMismatch`],
/// [`CfsslSignError::Subject`].
pub fn cfssl_renewed_authority(
    old: &Certificate,
    key: &dyn SigningKey,
    now: Timestamp,
    random: &mut dyn RandomSource,
) -> Result<CfsslSigned, CfsslSignError> {
    check_authority(old)?;
    if old.public_key()? != key.public_key() {
        return Err(CfsslSignError::Core(Error::KeyMismatch {
            subject: old.subject().to_owned(),
        }));
    }
    let subject = DistinguishedName::from_der(old.subject_der());
    let subject = subject.filter(|name| name.to_der() == old.subject_der());
    let was_root = old.is_self_issued();
    let mut extensions = old.extensions()?;
    extensions.retain(|extension| {
        // It may name the serial number of the old certificate.
        extension.oid != oid::AUTHORITY_KEY_IDENTIFIER
            && (was_root || !ABOUT_ISSUER.contains(&extension.oid))
    });
    let period_of_old = old.validity();
    let length = period_of_old.not_after().since(period_of_old.not_before());
    let start = Moment::nearest_minute(now);
    let start = start.plus(-i128::from(DEFAULT_BACKDATE.nanoseconds()));
    let validity = period(start, start.plus(i128::from(length) * 1_000_000_000))?;
    let params = CertificateParams {
        serial_number: SerialRule::Random159Bits.draw(random)?,
        signature_algorithm: SignatureAlgorithm::cfssl(key.public_key().kind()),
        validity,
        subject: subject.ok_or(CfsslSignError::Subject)?,
        public_key: key.public_key().clone(),
        extensions,
    };
    let mut warnings = Vec::new();
    if !was_root {
        warnings.push(format!(
            "the CA was signed by {0}, and its new certificate is a root of the same name, which nobody trusts: to renew it, let {0} sign its CSR",
            old.issuer()
        ));
    }
    warnings.extend(ended(validity, now));
    Ok(CfsslSigned {
        certificate: Certificate::self_signed(&params, key)?,
        warnings,
    })
}

/// What an intermediate CA says of the CA above it.
const ABOUT_ISSUER: [der::asn1::ObjectIdentifier; 3] = [
    oid::AUTHORITY_INFO_ACCESS,
    oid::CRL_DISTRIBUTION_POINTS,
    oid::ISSUER_ALT_NAME,
];

fn self_signed(
    profile: &Profile,
    subject: DistinguishedName,
    names: Vec<GeneralName>,
    key: &dyn SigningKey,
    validity: Validity,
    random: &mut dyn RandomSource,
) -> Result<Certificate, CfsslSignError> {
    check_subject(&subject, &names)?;
    let request = CertificateRequest {
        subject,
        subject_alt_names: names,
        public_key: key.public_key().clone(),
    };
    let serial = profile.serial_rule.draw(random)?;
    let params = profile.params(&request, None, validity, serial)?;
    Ok(Certificate::self_signed(&params, key)?)
}

#[cfg(test)]
mod tests;
