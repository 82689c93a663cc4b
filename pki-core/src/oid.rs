//! Object identifiers, each with the name its standard gives it.

use der::asn1::ObjectIdentifier;

/// `id-at-commonName`, RFC 5280 appendix A.1.
pub(crate) const COMMON_NAME: ObjectIdentifier = oid("2.5.4.3");
/// `id-at-serialNumber`, RFC 5280 appendix A.1.
pub(crate) const SERIAL_NUMBER: ObjectIdentifier = oid("2.5.4.5");
/// `id-at-countryName`, RFC 5280 appendix A.1.
pub(crate) const COUNTRY: ObjectIdentifier = oid("2.5.4.6");
/// `id-at-localityName`, RFC 5280 appendix A.1.
pub(crate) const LOCALITY: ObjectIdentifier = oid("2.5.4.7");
/// `id-at-stateOrProvinceName`, RFC 5280 appendix A.1.
pub(crate) const PROVINCE: ObjectIdentifier = oid("2.5.4.8");
/// `id-at-streetAddress`, X.520.
pub(crate) const STREET_ADDRESS: ObjectIdentifier = oid("2.5.4.9");
/// `id-at-organizationName`, RFC 5280 appendix A.1.
pub(crate) const ORGANIZATION: ObjectIdentifier = oid("2.5.4.10");
/// `id-at-organizationalUnitName`, RFC 5280 appendix A.1.
pub(crate) const ORGANIZATIONAL_UNIT: ObjectIdentifier = oid("2.5.4.11");
/// `id-at-postalCode`, X.520.
pub(crate) const POSTAL_CODE: ObjectIdentifier = oid("2.5.4.17");
/// `pkcs-9-at-emailAddress`, RFC 2985 section 5.2.1.
pub(crate) const EMAIL_ADDRESS: ObjectIdentifier = oid("1.2.840.113549.1.9.1");
/// `domainComponent`, RFC 4519 section 2.4.
pub(crate) const DOMAIN_COMPONENT: ObjectIdentifier = oid("0.9.2342.19200300.100.1.25");

/// `id-ce-subjectKeyIdentifier`, RFC 5280 section 4.2.1.2.
pub(crate) const SUBJECT_KEY_IDENTIFIER: ObjectIdentifier = oid("2.5.29.14");
/// `id-ce-keyUsage`, RFC 5280 section 4.2.1.3.
pub(crate) const KEY_USAGE: ObjectIdentifier = oid("2.5.29.15");
/// `id-ce-subjectAltName`, RFC 5280 section 4.2.1.6.
pub(crate) const SUBJECT_ALT_NAME: ObjectIdentifier = oid("2.5.29.17");
/// `id-ce-issuerAltName`, RFC 5280 section 4.2.1.7.
pub(crate) const ISSUER_ALT_NAME: ObjectIdentifier = oid("2.5.29.18");
/// `id-ce-basicConstraints`, RFC 5280 section 4.2.1.9.
pub(crate) const BASIC_CONSTRAINTS: ObjectIdentifier = oid("2.5.29.19");
/// `id-ce-nameConstraints`, RFC 5280 section 4.2.1.10.
pub(crate) const NAME_CONSTRAINTS: ObjectIdentifier = oid("2.5.29.30");
/// `id-ce-cRLNumber`, RFC 5280 section 5.2.3.
pub(crate) const CRL_NUMBER: ObjectIdentifier = oid("2.5.29.20");
/// `id-ce-cRLDistributionPoints`, RFC 5280 section 4.2.1.13.
pub(crate) const CRL_DISTRIBUTION_POINTS: ObjectIdentifier = oid("2.5.29.31");
/// `id-ce-certificatePolicies`, RFC 5280 section 4.2.1.4.
pub(crate) const CERTIFICATE_POLICIES: ObjectIdentifier = oid("2.5.29.32");
/// `id-ce-authorityKeyIdentifier`, RFC 5280 section 4.2.1.1.
pub(crate) const AUTHORITY_KEY_IDENTIFIER: ObjectIdentifier = oid("2.5.29.35");
/// `id-ce-extKeyUsage`, RFC 5280 section 4.2.1.12.
pub(crate) const EXTENDED_KEY_USAGE: ObjectIdentifier = oid("2.5.29.37");
/// `id-pe-authorityInfoAccess`, RFC 5280 section 4.2.2.1.
pub(crate) const AUTHORITY_INFO_ACCESS: ObjectIdentifier = oid("1.3.6.1.5.5.7.1.1");
/// `id-ad-ocsp`, RFC 5280 section 4.2.2.1.
pub(crate) const OCSP: ObjectIdentifier = oid("1.3.6.1.5.5.7.48.1");
/// `id-ad-caIssuers`, RFC 5280 section 4.2.2.1.
pub(crate) const CA_ISSUERS: ObjectIdentifier = oid("1.3.6.1.5.5.7.48.2");
/// `id-ce-policyMappings`, RFC 5280 section 4.2.1.5.
pub(crate) const POLICY_MAPPINGS: ObjectIdentifier = oid("2.5.29.33");
/// `id-ce-policyConstraints`, RFC 5280 section 4.2.1.11.
pub(crate) const POLICY_CONSTRAINTS: ObjectIdentifier = oid("2.5.29.36");
/// `id-ce-freshestCRL`, RFC 5280 section 4.2.1.15.
pub(crate) const FRESHEST_CRL: ObjectIdentifier = oid("2.5.29.46");
/// `id-ce-inhibitAnyPolicy`, RFC 5280 section 4.2.1.14.
pub(crate) const INHIBIT_ANY_POLICY: ObjectIdentifier = oid("2.5.29.54");
/// `id-pe-subjectInfoAccess`, RFC 5280 section 4.2.2.2.
pub(crate) const SUBJECT_INFO_ACCESS: ObjectIdentifier = oid("1.3.6.1.5.5.7.1.11");
/// `netscape-cert-type`, which says CA as well.
pub(crate) const NETSCAPE_CERT_TYPE: ObjectIdentifier = oid("2.16.840.1.113730.1.1");
/// The list of signed certificate timestamps, RFC 6962 section 3.3.
pub(crate) const TIMESTAMP_LIST: ObjectIdentifier = oid("1.3.6.1.4.1.11129.2.4.2");
/// The poison of precertificates, RFC 6962 section 3.1.
pub(crate) const POISON: ObjectIdentifier = oid("1.3.6.1.4.1.11129.2.4.3");
/// `id-ce-delegationUsage`, RFC 9345 section 4.2.
pub(crate) const DELEGATION_USAGE: ObjectIdentifier = oid("1.3.6.1.4.1.44363.44");
/// `id-qt-cps`, RFC 5280 section 4.2.1.4.
pub(crate) const CPS: ObjectIdentifier = oid("1.3.6.1.5.5.7.2.1");
/// `id-qt-unotice`, RFC 5280 section 4.2.1.4.
pub(crate) const USER_NOTICE: ObjectIdentifier = oid("1.3.6.1.5.5.7.2.2");
/// `id-pkix-ocsp-nocheck`, RFC 6960 section 4.2.2.2.1.
pub(crate) const OCSP_NO_CHECK: ObjectIdentifier = oid("1.3.6.1.5.5.7.48.1.5");

/// `pkcs-9-at-extensionRequest`, RFC 2985 section 5.4.2.
pub(crate) const EXTENSION_REQUEST: ObjectIdentifier = oid("1.2.840.113549.1.9.14");

/// `rsaEncryption`, RFC 8017 appendix C.
pub(crate) const RSA_ENCRYPTION: ObjectIdentifier = oid("1.2.840.113549.1.1.1");
/// `sha256WithRSAEncryption`, RFC 8017 appendix C.
pub(crate) const SHA256_WITH_RSA: ObjectIdentifier = oid("1.2.840.113549.1.1.11");
/// `sha384WithRSAEncryption`, RFC 8017 appendix C.
pub(crate) const SHA384_WITH_RSA: ObjectIdentifier = oid("1.2.840.113549.1.1.12");
/// `sha512WithRSAEncryption`, RFC 8017 appendix C.
pub(crate) const SHA512_WITH_RSA: ObjectIdentifier = oid("1.2.840.113549.1.1.13");
/// `id-ecPublicKey`, RFC 5480 section 2.1.1.
pub(crate) const EC_PUBLIC_KEY: ObjectIdentifier = oid("1.2.840.10045.2.1");
/// `secp256r1`, RFC 5480 section 2.1.1.1.
pub(crate) const SECP256R1: ObjectIdentifier = oid("1.2.840.10045.3.1.7");
/// `secp384r1`, RFC 5480 section 2.1.1.1.
pub(crate) const SECP384R1: ObjectIdentifier = oid("1.3.132.0.34");
/// `secp521r1`, RFC 5480 section 2.1.1.1.
pub(crate) const SECP521R1: ObjectIdentifier = oid("1.3.132.0.35");
/// `ecdsa-with-SHA256`, RFC 5758 section 3.2.
pub(crate) const ECDSA_WITH_SHA256: ObjectIdentifier = oid("1.2.840.10045.4.3.2");
/// `ecdsa-with-SHA384`, RFC 5758 section 3.2.
pub(crate) const ECDSA_WITH_SHA384: ObjectIdentifier = oid("1.2.840.10045.4.3.3");
/// `ecdsa-with-SHA512`, RFC 5758 section 3.2.
pub(crate) const ECDSA_WITH_SHA512: ObjectIdentifier = oid("1.2.840.10045.4.3.4");
/// `id-Ed25519`, RFC 8410 section 3.
pub(crate) const ED25519: ObjectIdentifier = oid("1.3.101.112");

const fn oid(text: &str) -> ObjectIdentifier {
    ObjectIdentifier::new_unwrap(text)
}
