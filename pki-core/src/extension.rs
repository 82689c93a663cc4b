//! Certificate extensions as values (RFC 5280 section 4.2), in the order in
//! which they are written.

mod extended_key_usage;
mod key_usage;

pub use extended_key_usage::ExtendedKeyUsage;
pub use key_usage::KeyUsage;

use der::Decode;
use der::asn1::ObjectIdentifier;

use crate::name::GeneralName;
use crate::{Error, asn1, oid};

/// One extension, ready to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extension {
    pub(crate) oid: ObjectIdentifier,
    pub(crate) critical: bool,
    pub(crate) value: Vec<u8>,
}

/// Whether a certificate is a CA's, and how long a path may follow it
/// (RFC 5280 section 4.2.1.9).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BasicConstraints {
    /// CA:FALSE
    EndEntity,
    /// CA:TRUE
    CertificateAuthority {
        /// How many intermediate CAs may follow; without it, any number.
        path_len_constraint: Option<u8>,
    },
}

/// How the subject key identifier is computed from the public key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyIdentifierMethod {
    /// SHA-1 of the key bits, RFC 5280 section 4.2.1.2 method 1.
    Sha1,
    /// The first 160 bits of SHA-256 of the key bits, RFC 7093 section 2 method 1.
    Sha256,
}

impl Extension {
    /// keyUsage, critical.
    #[must_use]
    pub fn key_usage(usage: KeyUsage) -> Self {
        Self {
            oid: oid::KEY_USAGE,
            critical: true,
            value: asn1::named_bits(usage.0),
        }
    }

    /// extKeyUsage, not critical, in the order given:
    /// `SEQUENCE SIZE (1..MAX) OF OBJECT IDENTIFIER`.
    ///
    /// # Errors
    /// [`Error::NotAnObjectIdentifier`].
    pub fn extended_key_usage(usages: &[ExtendedKeyUsage]) -> Result<Self, Error> {
        let encoded = usages.iter().map(|usage| {
            ObjectIdentifier::new(usage.oid())
                .map(asn1::object_identifier)
                .map_err(|_| Error::NotAnObjectIdentifier {
                    text: usage.oid().to_owned(),
                })
        });
        let value = asn1::tlv(
            asn1::SEQUENCE,
            &encoded.collect::<Result<Vec<_>, _>>()?.concat(),
        );
        Ok(Self {
            oid: oid::EXTENDED_KEY_USAGE,
            critical: false,
            value,
        })
    }

    /// basicConstraints, critical:
    /// `SEQUENCE { cA BOOLEAN DEFAULT FALSE, pathLenConstraint INTEGER OPTIONAL }`.
    #[must_use]
    pub fn basic_constraints(constraints: BasicConstraints) -> Self {
        let value = match constraints {
            BasicConstraints::EndEntity => asn1::sequence(&[]),
            BasicConstraints::CertificateAuthority {
                path_len_constraint,
            } => {
                let length = path_len_constraint
                    .map(|n| asn1::unsigned(&[n]))
                    .unwrap_or_default();
                asn1::sequence(&[&asn1::tlv(asn1::BOOLEAN, &[0xff]), &length])
            }
        };
        Self {
            oid: oid::BASIC_CONSTRAINTS,
            critical: true,
            value,
        }
    }

    /// subjectKeyIdentifier, not critical: `OCTET STRING`.
    #[must_use]
    pub fn subject_key_identifier(identifier: &[u8]) -> Self {
        let value = asn1::tlv(asn1::OCTET_STRING, identifier);
        Self {
            oid: oid::SUBJECT_KEY_IDENTIFIER,
            critical: false,
            value,
        }
    }

    /// authorityKeyIdentifier in its keyid form, not critical:
    /// `SEQUENCE { keyIdentifier [0] IMPLICIT OCTET STRING, … }`.
    #[must_use]
    pub fn authority_key_identifier(identifier: &[u8]) -> Self {
        let value = asn1::sequence(&[&asn1::tlv(0x80, identifier)]);
        Self {
            oid: oid::AUTHORITY_KEY_IDENTIFIER,
            critical: false,
            value,
        }
    }

    /// subjectAltName in the order of Go: DNS names, e-mail addresses, IP
    /// addresses, URIs, each in the order given. Critical for an empty subject
    /// (RFC 5280 section 4.2.1.6).
    #[must_use]
    pub fn subject_alt_name(names: &[GeneralName], critical: bool) -> Self {
        let rank = |name: &GeneralName| match name {
            GeneralName::Dns(_) => 0,
            GeneralName::Email(_) => 1,
            GeneralName::Ip(_) => 2,
            GeneralName::Uri(_) => 3,
        };
        let mut ordered: Vec<_> = names.iter().collect();
        ordered.sort_by_key(|name| rank(name));
        // GeneralName ::= CHOICE { rfc822Name [1], dNSName [2],
        //   uniformResourceIdentifier [6], iPAddress [7], … }, all IMPLICIT.
        let encoded = ordered.into_iter().map(|name| match name {
            GeneralName::Dns(name) => asn1::tlv(0x82, name.as_str().as_bytes()),
            GeneralName::Email(address) => asn1::tlv(0x81, address.as_str().as_bytes()),
            GeneralName::Ip(std::net::IpAddr::V4(v4)) => asn1::tlv(0x87, &v4.octets()),
            GeneralName::Ip(std::net::IpAddr::V6(v6)) => asn1::tlv(0x87, &v6.octets()),
            GeneralName::Uri(uri) => asn1::tlv(0x86, uri.as_str().as_bytes()),
        });
        let value = asn1::tlv(asn1::SEQUENCE, &encoded.collect::<Vec<_>>().concat());
        Self {
            oid: oid::SUBJECT_ALT_NAME,
            critical,
            value,
        }
    }

    /// authorityInfoAccess, not critical: OCSP responders, then issuer URLs
    /// (RFC 5280 section 4.2.2.1).
    ///
    /// # Errors
    /// [`Error::StringType`] for a URL that is not ASCII.
    pub fn authority_info_access(ocsp: &[String], issuers: &[String]) -> Result<Self, Error> {
        let access = |method, url: &String| {
            Ok(asn1::sequence(&[
                &asn1::object_identifier(method),
                &uri(url)?,
            ]))
        };
        let ocsp = ocsp.iter().map(|url| access(oid::OCSP, url));
        let issuers = issuers.iter().map(|url| access(oid::CA_ISSUERS, url));
        let encoded = ocsp.chain(issuers).collect::<Result<Vec<_>, Error>>()?;
        Ok(Self {
            oid: oid::AUTHORITY_INFO_ACCESS,
            critical: false,
            value: asn1::tlv(asn1::SEQUENCE, &encoded.concat()),
        })
    }

    /// cRLDistributionPoints with one URL, not critical (RFC 5280 section 4.2.1.13).
    ///
    /// # Errors
    /// [`Error::StringType`] for a URL that is not ASCII.
    pub fn crl_distribution_point(url: &str) -> Result<Self, Error> {
        let name = asn1::tlv(0xa0, &asn1::tlv(0xa0, &uri(url)?));
        let value = asn1::sequence(&[&asn1::sequence(&[&name])]);
        Ok(Self {
            oid: oid::CRL_DISTRIBUTION_POINTS,
            critical: false,
            value,
        })
    }

    /// ocsp-nocheck, not critical: `NULL` (RFC 6960 section 4.2.2.2.1).
    #[must_use]
    pub fn ocsp_no_check() -> Self {
        Self {
            oid: oid::OCSP_NO_CHECK,
            critical: false,
            value: vec![asn1::NULL, 0],
        }
    }

    /// Any extension: the value is the DER inside the OCTET STRING, and nobody
    /// looks into it here.
    ///
    /// # Errors
    /// [`Error::NotAnObjectIdentifier`].
    pub fn from_parts(oid: &str, critical: bool, value: Vec<u8>) -> Result<Self, Error> {
        let oid = ObjectIdentifier::new(oid).map_err(|_| Error::NotAnObjectIdentifier {
            text: oid.to_owned(),
        })?;
        Ok(Self {
            oid,
            critical,
            value,
        })
    }

    /// The object identifier in dotted form.
    #[must_use]
    pub fn oid(&self) -> String {
        self.oid.to_string()
    }

    /// `Extension ::= SEQUENCE { extnID, critical BOOLEAN DEFAULT FALSE,
    /// extnValue OCTET STRING }` (RFC 5280 section 4.1).
    pub(crate) fn to_der(&self) -> Vec<u8> {
        let critical = match self.critical {
            true => asn1::tlv(asn1::BOOLEAN, &[0xff]),
            false => Vec::new(),
        };
        asn1::sequence(&[
            &asn1::object_identifier(self.oid),
            &critical,
            &asn1::tlv(asn1::OCTET_STRING, &self.value),
        ])
    }

    /// Reads the same form.
    pub(crate) fn from_der(der: &[u8]) -> Option<Self> {
        let parts = asn1::children(asn1::SEQUENCE, der)?;
        let (oid, critical, value) = match parts.as_slice() {
            [oid, value] => (oid, false, value),
            // DER leaves the default out (X.690 section 11.5).
            [oid, [asn1::BOOLEAN, 1, 0xff], value] => (oid, true, value),
            _ => return None,
        };
        Some(Self {
            oid: ObjectIdentifier::from_der(oid).ok()?,
            critical,
            value: asn1::content(asn1::OCTET_STRING, value)?.to_vec(),
        })
    }

    /// Whether a reader that does not know the extension must refuse the certificate.
    #[must_use]
    pub fn is_critical(&self) -> bool {
        self.critical
    }

    /// The DER value inside the OCTET STRING.
    #[must_use]
    pub fn value(&self) -> &[u8] {
        &self.value
    }
}

/// A uniformResourceIdentifier, which is an IA5String.
fn uri(url: &str) -> Result<Vec<u8>, Error> {
    match url.is_ascii() {
        true => Ok(asn1::tlv(0x86, url.as_bytes())),
        false => Err(Error::StringType {
            text: url.to_owned(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::SubjectAltName;

    #[test]
    fn values_are_kubeadms() {
        let leaf = KeyUsage::DIGITAL_SIGNATURE.and(KeyUsage::KEY_ENCIPHERMENT);
        assert_eq!(Extension::key_usage(leaf).value, [3, 2, 5, 0xa0]);
        let ca = leaf.and(KeyUsage::KEY_CERT_SIGN);
        assert_eq!(Extension::key_usage(ca).value, [3, 2, 2, 0xa4]);
        for usage in [leaf, ca, KeyUsage::DECIPHER_ONLY, KeyUsage::default()] {
            let value = Extension::key_usage(usage).value;
            assert_eq!(KeyUsage::from_der(&value), Some(usage));
        }
        assert_eq!(KeyUsage::from_der(&[3, 1, 9]), None);
        assert_eq!(
            format!("{ca:?}"),
            r#"["digitalSignature", "keyEncipherment", "keyCertSign"]"#
        );
        let end_entity = Extension::basic_constraints(BasicConstraints::EndEntity);
        assert_eq!(end_entity.value, [0x30, 0]);
        let path = |path_len_constraint| {
            let ca = BasicConstraints::CertificateAuthority {
                path_len_constraint,
            };
            Extension::basic_constraints(ca).value
        };
        assert_eq!(path(None), [0x30, 3, 1, 1, 0xff]);
        assert_eq!(path(Some(0)), [0x30, 6, 1, 1, 0xff, 2, 1, 0]);
    }

    #[test]
    fn names_stand_in_gos_order() {
        let names: Vec<_> = ["10.0.0.1", "b", "a@b.internal", "a", "::1"]
            .map(|text| SubjectAltName::parse(text).unwrap().value.into())
            .into();
        let value = Extension::subject_alt_name(&names, false).value;
        let tags: Vec<u8> = vec![0x82, 0x82, 0x81, 0x87, 0x87];
        let mut rest = &value[2..];
        for tag in tags {
            assert_eq!(rest[0], tag);
            rest = &rest[2 + usize::from(rest[1])..];
        }
        assert!(rest.is_empty());
    }
}
