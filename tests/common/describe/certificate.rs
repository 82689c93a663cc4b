//! One certificate, and how it stands to the others of its tree.

use std::cmp::Ordering;

use serde_json::{Value, json};
use x509_parser::asn1_rs::Tag;
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer;

use super::pem::Block;
use super::{Tree, der, extension, name, oid, public_key, signature};

pub(super) struct Certificate<'a> {
    der: &'a [u8],
    parsed: X509Certificate<'a>,
    public_key: Value,
}

impl<'a> Certificate<'a> {
    pub(super) fn parse(block: &'a Block) -> Result<Self, String> {
        if block.der.is_empty() {
            return Err("bad base64".to_owned());
        }
        let (rest, parsed) =
            X509Certificate::from_der(&block.der).map_err(|error| error.to_string())?;
        if !rest.is_empty() {
            return Err("trailing bytes after certificate".to_owned());
        }
        let public_key = public_key::describe(parsed.subject_pki.raw)?;
        Ok(Self {
            der: &block.der,
            parsed,
            public_key,
        })
    }

    pub(super) fn spki(&self) -> &[u8] {
        self.parsed.subject_pki.raw
    }

    pub(super) fn is_self_issued(&self) -> bool {
        self.parsed.issuer.as_raw() == self.parsed.subject.as_raw()
    }

    pub(super) fn is_ca(&self) -> bool {
        let constraints = self
            .extension("basicConstraints")
            .map(extension::basic_constraints);
        matches!(constraints, Some(Ok((true, _))))
    }

    fn key_id(&self) -> Option<&[u8]> {
        der::content(self.extension("subjectKeyIdentifier")?).ok()
    }

    fn extension(&self, name: &str) -> Option<&[u8]> {
        let mut extensions = self.parsed.extensions().iter();
        let found = extensions.find(|one| oid::name(&one.oid.to_id_string()) == name)?;
        Some(found.value)
    }

    fn names_as_issuer(&self, other: &Certificate<'_>) -> bool {
        self.parsed.issuer.as_raw() == other.parsed.subject.as_raw()
    }

    /// Whether the signature is of `other`'s key; names are not compared.
    fn is_signed_by(&self, other: &Certificate<'_>) -> bool {
        signature::is_by(&self.parsed, &other.parsed.subject_pki)
    }

    /// How the key identifier was made of the key.
    fn key_id_method(&self, key_id: &[u8]) -> &'static str {
        let (bits, spki) = (
            &self.parsed.subject_pki.subject_public_key.data,
            self.spki(),
        );
        if key_id == der::sha1(bits) {
            "sha1 of the public key (RFC 5280 method 1)"
        } else if key_id == &der::sha256(bits)[..20] {
            "truncated sha256 of the public key (RFC 7093 method 1)"
        } else if key_id == der::sha1(spki) {
            "sha1 of the SPKI"
        } else if key_id == &der::sha256(spki)[..20] {
            "truncated sha256 of the SPKI"
        } else {
            "other"
        }
    }

    /// The class of the serial number, of which the content octets are counted.
    fn serial(&self) -> String {
        let octets = self.parsed.raw_serial();
        let value = der::significant(octets);
        if value.is_empty() {
            "zero".to_owned()
        } else if octets[0] & 0x80 != 0 {
            "negative".to_owned()
        } else if value.len() < 8 || (value.len() == 8 && value[0] & 0x80 == 0) {
            "positive, < 2^63".to_owned()
        } else if octets.len() <= 20 {
            format!("positive, {} octets", octets.len())
        } else {
            "positive, more than 20 octets".to_owned()
        }
    }
}

impl Tree<'_> {
    /// Describes a certificate. Its key is looked for in the tree unless the
    /// caller says where it is.
    pub(super) fn describe_certificate(
        &self,
        certificate: &Certificate<'_>,
        own_key: Option<&str>,
    ) -> Value {
        let parsed = &certificate.parsed;
        let issuer = self.issuer_of(certificate);
        let parameters = match &parsed.signature_algorithm.parameters {
            None => "absent",
            Some(any) if any.tag() == Tag::Null => "NULL",
            Some(_) => "present",
        };
        let mut description = json!({
            "version": parsed.version.0 + 1,
            "serial": certificate.serial(),
            "signature_algorithm": signature::algorithm(&parsed.signature_algorithm),
            "signature_algorithm_parameters": parameters,
            "issuer": name::describe(&parsed.issuer),
            "subject": name::describe(&parsed.subject),
            "subject_text": name::in_one_line(&parsed.subject),
            "issuer_file": issuer.map(|(path, _)| path),
            "public_key": certificate.public_key,
            "private_key_file": own_key.or_else(|| self.private_key_file(certificate.spki())),
        });
        if parsed.tbs_certificate.signature != parsed.signature_algorithm {
            description["signature_algorithm_mismatch"] = json!(true);
        }
        if issuer.is_none() {
            let same_name = self
                .authorities()
                .filter(|(_, one)| certificate.names_as_issuer(one));
            let same_name: Vec<_> = same_name.map(|(path, _)| path).collect();
            description["ca_files_with_the_issuer_name_but_another_key"] = json!(same_name);
        }
        describe_validity(&mut description, parsed, issuer.map(|(_, one)| &one.parsed));
        let (mut extensions, mut order) = (Vec::new(), Vec::new());
        for one in parsed.extensions() {
            let oid = one.oid.to_id_string();
            let name = oid::name(&oid);
            let value = describe_extension(name, one.value, certificate, issuer.map(|(_, i)| i));
            let value = value.unwrap_or_else(|error| json!({"error": error}));
            extensions.push(json!({"name": name, "critical": one.critical, "value": value}));
            order.push(format!("{}{name}", if one.critical { "!" } else { "" }));
        }
        description["extensions"] = json!(extensions);
        description["extension_order"] = json!(order);
        self.add_fingerprint(&mut description, "sha256", certificate.der);
        self.add_fingerprint(&mut description, "spki_sha256", certificate.spki());
        description
    }

    /// The path and the certificate of the issuer; "self" for a self-signed one.
    fn issuer_of<'t>(
        &'t self,
        certificate: &'t Certificate<'t>,
    ) -> Option<(&'t str, &'t Certificate<'t>)> {
        if certificate.is_self_issued() && certificate.is_signed_by(certificate) {
            return Some(("self", certificate));
        }
        self.authorities()
            .find(|(_, one)| certificate.names_as_issuer(one) && certificate.is_signed_by(one))
    }
}

fn describe_validity(
    description: &mut Value,
    certificate: &X509Certificate<'_>,
    issuer: Option<&X509Certificate<'_>>,
) {
    const DAY: i64 = 24 * 60 * 60;
    const TOLERANCE: i64 = 15 * 60;
    let validity = certificate.validity();
    let (not_before, not_after) = (
        validity.not_before.timestamp(),
        validity.not_after.timestamp(),
    );
    let seconds = not_after - not_before;
    let days = (seconds + DAY / 2).div_euclid(DAY);
    description["validity_days"] = json!(days);
    description["validity_whole_days"] = json!((seconds - days * DAY).abs() <= TOLERANCE);
    let time_type = |utc| if utc { "UTCTime" } else { "GeneralizedTime" };
    description["time_types"] =
        json!([&validity.not_before, &validity.not_after].map(|time| time_type(time.is_utctime())));
    let Some(issuer) = issuer.filter(|issuer| *issuer != certificate) else {
        return;
    };
    let issuer = issuer.validity();
    description["not_before_vs_issuer"] =
        json!(match not_before.cmp(&issuer.not_before.timestamp()) {
            Ordering::Equal => "equal",
            Ordering::Less => "before",
            Ordering::Greater => "after",
        });
    let later = not_after > issuer.not_after.timestamp();
    description["not_after_vs_issuer"] = json!(if later { "later" } else { "not later" });
}

fn describe_extension(
    name: &str,
    value: &[u8],
    certificate: &Certificate<'_>,
    issuer: Option<&Certificate<'_>>,
) -> Result<Value, String> {
    match name {
        "subjectKeyIdentifier" => {
            let key_id = der::content(value)?;
            Ok(json!({"octets": key_id.len(), "method": certificate.key_id_method(key_id)}))
        }
        "authorityKeyIdentifier" => {
            let (key_id, issuer_and_serial) = extension::authority_key_identifier(value)?;
            let relation = match (key_id, issuer.map(Certificate::key_id)) {
                (None, _) => "absent",
                (Some(own), Some(Some(issuers))) if own == issuers => "equals the issuer's SKI",
                (Some(_), Some(None)) => "present, issuer has no SKI",
                (Some(_), _) => "does not match",
            };
            Ok(json!({"keyid": relation, "issuer_and_serial": issuer_and_serial}))
        }
        _ => extension::describe(name, value),
    }
}
