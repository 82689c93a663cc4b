//! Reading certificates with x509-parser, strictly DER and whole.

use std::net::IpAddr;
use std::sync::Arc;

use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::{self as parsed, ParsedExtension};
use x509_parser::prelude::FromDer;
use x509_parser::x509::X509Name;

use super::Certificate;
use crate::extension::{BasicConstraints, ExtendedKeyUsage, Extension, KeyUsage};
use crate::key::SubjectPublicKeyInfo;
use crate::name::{GeneralName, Quoted};
use crate::time::{Timestamp, Validity};
use crate::{Error, oid};

impl Certificate {
    /// Reads the DER form.
    ///
    /// # Errors
    /// [`Error::Certificate`] with what is malformed.
    pub fn from_der(der: &[u8]) -> Result<Self, Error> {
        let refuse = |why| Error::Certificate { why };
        let (rest, parsed) = X509Certificate::from_der(der)
            .map_err(|_| refuse("it is not an X.509 certificate in DER"))?;
        if !rest.is_empty() {
            return Err(refuse("bytes follow the certificate"));
        }
        let tbs = &parsed.tbs_certificate;
        if parsed.signature_algorithm != tbs.signature {
            return Err(refuse("its two signature algorithms differ"));
        }
        let time = |t: x509_parser::time::ASN1Time| Timestamp::from_unix(t.timestamp());
        let validity = Validity::new(
            time(tbs.validity.not_before)?,
            time(tbs.validity.not_after)?,
        )
        .map_err(|_| refuse("it ends before it starts"))?;
        let signed: &[u8] = tbs.as_ref();
        // The signed part lies inside `der`, behind the outer header.
        let start = der
            .windows(signed.len())
            .take(8)
            .position(|window| window == signed);
        let start = start.ok_or_else(|| refuse("its signed part is not found"))?;
        let mut certificate = Self {
            signed_part: start..start + signed.len(),
            signature: parsed.signature_value.data.to_vec(),
            signature_algorithm: parsed.signature_algorithm.algorithm.to_id_string(),
            version: tbs.version.0.saturating_add(1),
            serial_number: tbs.raw_serial().to_vec(),
            issuer: tbs.issuer.as_raw().to_vec(),
            subject: tbs.subject.as_raw().to_vec(),
            issuer_text: name_text(&tbs.issuer),
            subject_text: name_text(&tbs.subject),
            common_name: strings(&tbs.subject, oid::COMMON_NAME).pop(),
            organizations: strings(&tbs.subject, oid::ORGANIZATION),
            validity,
            public_key: SubjectPublicKeyInfo::from_der(tbs.subject_pki.raw),
            basic_constraints: None,
            key_usage: None,
            extended_key_usage: None,
            subject_alt_names: None,
            subject_key_identifier: None,
            authority_key_identifier: None,
            unknown_critical_extensions: Vec::new(),
            signer: Arc::default(),
            der: der.to_vec(),
        };
        // A second extension of one kind could say the opposite of the first
        // (RFC 5280 section 4.2 forbids it).
        tbs.extensions_map()
            .map_err(|_| refuse("it has the same extension twice"))?;
        for extension in tbs.extensions() {
            certificate.read_extension(extension)?;
        }
        Ok(certificate)
    }

    /// Every extension in its order, as it stands.
    ///
    /// # Errors
    /// [`Error::Certificate`]; what was read once is read again.
    pub fn extensions(&self) -> Result<Vec<Extension>, Error> {
        let refuse = |why| Error::Certificate { why };
        let (_, parsed) = X509Certificate::from_der(&self.der)
            .map_err(|_| refuse("it is not an X.509 certificate in DER"))?;
        let extensions = parsed.tbs_certificate.extensions().iter();
        let extension = |e: &x509_parser::extensions::X509Extension<'_>| {
            Extension::from_parts(&e.oid.to_id_string(), e.critical, e.value.to_vec())
        };
        extensions.map(extension).collect()
    }

    /// The names of subjectAltName of the kinds that cfssl knows.
    ///
    /// # Errors
    /// [`Error::Certificate`] if one of them is not ASCII or is empty.
    pub fn general_names(&self) -> Result<Vec<GeneralName>, Error> {
        let extensions = self.extensions()?;
        let found = extensions.iter().find(|e| e.oid == oid::SUBJECT_ALT_NAME);
        let read = found.map(|found| GeneralName::read_extension(&found.value));
        match read {
            None => Ok(Vec::new()),
            Some(Some((names, _))) => Ok(names),
            Some(None) => Err(Error::Certificate {
                why: "one of its names is malformed",
            }),
        }
    }

    fn read_extension(
        &mut self,
        extension: &x509_parser::extensions::X509Extension<'_>,
    ) -> Result<(), Error> {
        match extension.parsed_extension() {
            ParsedExtension::BasicConstraints(constraints) => {
                let path_len_constraint = constraints
                    .path_len_constraint
                    .map(|n| u8::try_from(n).unwrap_or(u8::MAX));
                self.basic_constraints = Some(match constraints.ca {
                    true => BasicConstraints::CertificateAuthority {
                        path_len_constraint,
                    },
                    false => BasicConstraints::EndEntity,
                });
            }
            ParsedExtension::KeyUsage(usage) => {
                self.key_usage = Some(KeyUsage::from_bits(usage.flags));
            }
            ParsedExtension::ExtendedKeyUsage(_) => {
                self.extended_key_usage = Some(purposes(extension.value)?);
            }
            ParsedExtension::SubjectAlternativeName(names) => {
                self.subject_alt_names = Some(names.general_names.iter().map(name_shown).collect());
            }
            ParsedExtension::SubjectKeyIdentifier(identifier) => {
                self.subject_key_identifier = Some(identifier.0.to_vec());
            }
            ParsedExtension::AuthorityKeyIdentifier(authority) => {
                self.authority_key_identifier = authority
                    .key_identifier
                    .as_ref()
                    .map(|identifier| identifier.0.to_vec());
            }
            ParsedExtension::ParseError { .. } => {
                return Err(Error::Certificate {
                    why: "one of its extensions is malformed",
                });
            }
            _ => {
                // Go handles these two besides the ones above.
                let known = [oid::NAME_CONSTRAINTS, oid::CERTIFICATE_POLICIES];
                let oid = extension.oid.to_id_string();
                if extension.critical && !known.iter().any(|known| known.to_string() == oid) {
                    self.unknown_critical_extensions.push(oid);
                }
            }
        }
        Ok(())
    }
}

/// x509-parser sorts the purposes into fields; their order matters here.
pub(crate) fn purposes(value: &[u8]) -> Result<Vec<ExtendedKeyUsage>, Error> {
    use der::Decode;
    let oids =
        Vec::<der::asn1::ObjectIdentifier>::from_der(value).map_err(|_| Error::Certificate {
            why: "its extendedKeyUsage is malformed",
        })?;
    Ok(oids
        .iter()
        .map(|oid| ExtendedKeyUsage::from_oid(&oid.to_string()))
        .collect())
}

fn strings(name: &X509Name<'_>, kind: der::asn1::ObjectIdentifier) -> Vec<String> {
    let kind = kind.to_string();
    let values = name
        .iter_attributes()
        .filter(|a| a.attr_type().to_id_string() == kind);
    values
        .map(|a| String::from_utf8_lossy(a.attr_value().data).into_owned())
        .collect()
}

/// The values of one attribute of a name in DER, in their order.
pub(crate) fn values_of(name: &[u8], kind: der::asn1::ObjectIdentifier) -> Vec<String> {
    let parsed = X509Name::from_der(name);
    parsed.map_or_else(|_| Vec::new(), |(_, name)| strings(&name, kind))
}

/// The text of a name in DER, if that is one. x509-parser stops without a word
/// at what is no relative name, so x509-cert has to take the whole of it first.
pub(crate) fn name_of(der: &[u8]) -> Option<String> {
    <x509_cert::name::RdnSequence as der::Decode>::from_der(der).ok()?;
    let (rest, name) = X509Name::from_der(der).ok()?;
    rest.is_empty().then(|| name_text(&name))
}

fn name_text(name: &X509Name<'_>) -> String {
    if let Some(known) = crate::name::DistinguishedName::from_der(name.as_raw()) {
        return known.to_string();
    }
    // String types that kpki does not write; shown as well as can be.
    let shown = Quoted(&name.to_string()).to_string();
    shown.trim_matches('\'').to_owned()
}

fn name_shown(name: &parsed::GeneralName<'_>) -> String {
    let text = |text: &str| text.escape_debug().to_string();
    match name {
        parsed::GeneralName::DNSName(name) => format!("DNS:{}", text(name)),
        parsed::GeneralName::RFC822Name(name) => format!("email:{}", text(name)),
        parsed::GeneralName::URI(name) => format!("URI:{}", text(name)),
        parsed::GeneralName::IPAddress(octets) => match ip_address(octets) {
            Some(address) => format!("IP:{address}"),
            None => format!("IP:({} octets)", octets.len()),
        },
        _ => "other name".to_owned(),
    }
}

fn ip_address(octets: &[u8]) -> Option<IpAddr> {
    match octets.len() {
        4 => <[u8; 4]>::try_from(octets).ok().map(IpAddr::from),
        16 => <[u8; 16]>::try_from(octets).ok().map(IpAddr::from),
        _ => None,
    }
}
