//! The shape of cfssl's certificates as a [`Profile`].

use super::EffectiveProfile;
use crate::Error;
use crate::extension::{
    BasicConstraints, ExtendedKeyUsage, Extension, KeyIdentifierMethod, KeyUsage,
};
use crate::profile::{Profile, SerialRule, SignatureRule};

/// A CA's own certificate; nothing in a configuration changes it.
pub(super) fn authority(path_len_constraint: Option<u8>) -> Profile {
    Profile {
        basic_constraints: Some(BasicConstraints::CertificateAuthority {
            path_len_constraint,
        }),
        ..shape(KeyUsage::KEY_CERT_SIGN.and(KeyUsage::CRL_SIGN), Vec::new())
    }
}

fn shape(key_usage: KeyUsage, extended_key_usage: Vec<ExtendedKeyUsage>) -> Profile {
    Profile {
        key_usage,
        extended_key_usage,
        basic_constraints: Some(BasicConstraints::EndEntity),
        subject_key_identifier: Some(KeyIdentifierMethod::Sha1),
        access: None,
        others: Vec::new(),
        signature_rule: SignatureRule::Cfssl,
        serial_rule: SerialRule::Random159Bits,
    }
}

impl EffectiveProfile {
    /// The shape of the certificates that this profile makes: their usages,
    /// constraints, URLs and policies.
    ///
    /// # Errors
    /// [`Error`] for a policy or URL that cannot be encoded.
    pub fn certificate_profile(&self) -> Result<Profile, Error> {
        let settings = &self.settings;
        let ocsp: Vec<String> = settings.ocsp_url.iter().cloned().collect();
        let issuers = settings.issuer_urls.clone().unwrap_or_default();
        let access = match ocsp.is_empty() && issuers.is_empty() {
            true => None,
            false => Some(Extension::authority_info_access(&ocsp, &issuers)?),
        };
        let crl = settings.crl_url.as_deref();
        let crl = crl.map(Extension::crl_distribution_point).transpose()?;
        let policies = match settings.policies.as_slice() {
            [] => None,
            policies => Some(Extension::certificate_policies(policies)?),
        };
        let no_check = settings.ocsp_no_check.then(Extension::ocsp_no_check);
        let constraints = match settings.is_ca() {
            false => BasicConstraints::EndEntity,
            true => BasicConstraints::CertificateAuthority {
                path_len_constraint: settings.path_len_constraint(),
            },
        };
        Ok(Profile {
            basic_constraints: Some(constraints),
            access,
            others: crl.into_iter().chain(policies).chain(no_check).collect(),
            ..shape(settings.key_usage(), settings.extended_key_usages())
        })
    }
}
