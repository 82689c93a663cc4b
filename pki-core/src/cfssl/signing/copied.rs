//! What a certificate takes over from the extensions of its CSR.

use der::Decode;

use super::CfsslSignError;
use crate::cfssl::EffectiveProfile;
use crate::csr::CertificateSigningRequest;
use crate::extension::Extension;
use crate::name::GeneralName;
use crate::oid;
use crate::profile::Profile;

/// The names that a CSR asks for, and how many of other kinds there are.
pub(super) fn subject_alt_names(
    csr: &CertificateSigningRequest,
) -> Result<(Vec<GeneralName>, usize), CfsslSignError> {
    csr.general_names().ok_or(CfsslSignError::AlternativeNames)
}

/// The extensions behind the profile's own: the wish to sign delegated
/// credentials (RFC 9345 section 4.2) always, others with `copy_extensions`.
/// cfssl lets those replace the profile's; here only what asks for the very
/// same passes.
pub(super) fn extensions(
    profile: &EffectiveProfile,
    shape: &Profile,
    csr: &CertificateSigningRequest,
) -> Result<Vec<Extension>, CfsslSignError> {
    let mut copied = Vec::new();
    for extension in csr.extensions() {
        if extension.oid == oid::DELEGATION_USAGE {
            // Its value and criticality are not the CSR's to choose.
            copied.push(Extension::delegation_usage());
        } else if [oid::SUBJECT_ALT_NAME, oid::BASIC_CONSTRAINTS].contains(&extension.oid)
            || !profile.settings.copy_extensions
            || is_the_profiles(extension, shape, csr)?
        {
            continue;
        } else if RESERVED.contains(&extension.oid) {
            return Err(CfsslSignError::Extension {
                oid: extension.oid(),
            });
        } else if der::AnyRef::from_der(&extension.value).is_err() {
            return Err(CfsslSignError::MalformedExtension {
                oid: extension.oid(),
            });
        } else {
            copied.push(extension.clone());
        }
    }
    Ok(copied)
}

/// The extensions on which an issuer decides: those of RFC 5280 section 4.2, and
/// those by which others say who may sign and what need not be checked.
const RESERVED: [der::asn1::ObjectIdentifier; 18] = [
    oid::KEY_USAGE,
    oid::EXTENDED_KEY_USAGE,
    oid::SUBJECT_KEY_IDENTIFIER,
    oid::AUTHORITY_KEY_IDENTIFIER,
    oid::NAME_CONSTRAINTS,
    oid::CRL_DISTRIBUTION_POINTS,
    oid::AUTHORITY_INFO_ACCESS,
    oid::CERTIFICATE_POLICIES,
    oid::ISSUER_ALT_NAME,
    oid::POLICY_MAPPINGS,
    oid::POLICY_CONSTRAINTS,
    oid::INHIBIT_ANY_POLICY,
    oid::FRESHEST_CRL,
    oid::SUBJECT_INFO_ACCESS,
    oid::OCSP_NO_CHECK,
    oid::NETSCAPE_CERT_TYPE,
    oid::TIMESTAMP_LIST,
    oid::POISON,
];

fn is_the_profiles(
    extension: &Extension,
    shape: &Profile,
    csr: &CertificateSigningRequest,
) -> Result<bool, CfsslSignError> {
    let usages = match shape.extended_key_usage.as_slice() {
        [] => None,
        usages => Some(Extension::extended_key_usage(usages)?),
    };
    let identifier = shape
        .subject_key_identifier
        .map(|method| Extension::subject_key_identifier(&csr.public_key().key_identifier(method)));
    let own = [
        Some(Extension::key_usage(shape.key_usage)),
        usages,
        identifier,
    ];
    let mut own = own
        .into_iter()
        .flatten()
        .chain(shape.others.iter().cloned());
    Ok(own.any(|own| own.oid == extension.oid && own.value == extension.value))
}
