//! Certificates.

use pki_core::copy::ClusterId;
use pki_core::specimen::SelfSigned;
use pki_core::{Certificate, Timestamp, hexadecimal};
use serde::Serialize;

use super::super::page::Row;
use super::key::PublicKey;
use super::moment::Moment;
use super::serial::serial;
use super::usage::Usage;
use super::{joined, signature_name};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct CertificateFacts {
    version: u32,
    subject: String,
    issuer: String,
    /// `true`, `false`, or null where it cannot be told.
    pub(super) self_signed: Option<bool>,
    serial: String,
    not_before: Moment,
    not_after: Moment,
    status: &'static str,
    subject_alt_names: Vec<String>,
    public_key: Option<PublicKey>,
    public_key_error: Option<String>,
    #[serde(flatten)]
    usage: Usage,
    subject_key_identifier: Option<String>,
    authority_key_identifier: Option<String>,
    signature_algorithm: String,
    sha256: String,
    discovery_token_ca_cert_hash: Option<String>,
    ocsp_servers: Vec<String>,
    crl_distribution_points: Vec<String>,
    other_extensions: Vec<String>,
    unknown_critical_extensions: Vec<String>,
    #[serde(skip)]
    has_own_name: bool,
}

impl CertificateFacts {
    pub(super) fn new(certificate: &Certificate, self_signed: SelfSigned, now: Timestamp) -> Self {
        let validity = certificate.validity();
        let (key, key_error) = match certificate.public_key() {
            Ok(key) => (Some(key), None),
            Err(error) => (None, Some(error.to_string())),
        };
        let pinned = key.filter(|_| certificate.is_ca());
        Self {
            version: certificate.version(),
            subject: certificate.subject().to_owned(),
            issuer: certificate.issuer().to_owned(),
            self_signed: match self_signed {
                SelfSigned::Yes => Some(true),
                SelfSigned::No | SelfSigned::NameOnly => Some(false),
                SelfSigned::NotChecked => None,
            },
            has_own_name: self_signed != SelfSigned::No,
            serial: serial(certificate.serial_number()),
            not_before: Moment::new(validity.not_before(), now),
            not_after: Moment::new(validity.not_after(), now),
            status: match (validity.not_before() > now, validity.not_after() < now) {
                (true, _) => "not-yet-valid",
                (_, true) => "expired",
                _ => "valid",
            },
            subject_alt_names: certificate.subject_alt_names().to_vec(),
            public_key: key.map(PublicKey::new),
            public_key_error: key_error,
            usage: Usage::new(
                certificate.basic_constraints(),
                certificate.key_usage(),
                certificate.extended_key_usage(),
            ),
            subject_key_identifier: certificate
                .subject_key_identifier()
                .map(hexadecimal::with_colons),
            authority_key_identifier: certificate
                .authority_key_identifier()
                .map(hexadecimal::with_colons),
            signature_algorithm: signature_name(certificate.signature_algorithm()),
            sha256: hexadecimal::lower(&certificate.sha256()),
            discovery_token_ca_cert_hash: pinned.map(|key| ClusterId::of(key).to_string()),
            ocsp_servers: certificate.ocsp_servers(),
            crl_distribution_points: certificate.crl_distribution_points(),
            other_extensions: other_extensions(certificate),
            unknown_critical_extensions: certificate.unknown_critical_extensions().to_vec(),
        }
    }

    pub(super) fn rows(&self) -> Vec<Row> {
        let subject = match self.subject.as_str() {
            "" => "(empty)",
            subject => subject,
        };
        let mut rows = vec![
            Row::new("subject", subject),
            match (self.has_own_name, self.self_signed) {
                (true, Some(true)) => Row::new("issuer", format!("{subject} (self-signed)")),
                (true, Some(false)) => {
                    let text = format!("{subject} (its own name, and another key signed it)");
                    Row::alarm("issuer", text)
                }
                (true, None) => {
                    let text = format!("{subject} (its own name; the signature is not checked)");
                    Row::new("issuer", text)
                }
                (false, _) => Row::new("issuer", self.issuer.as_str()),
            },
            Row::new("serial", self.serial.as_str()),
            match self.status {
                "not-yet-valid" => self.not_before.alarm("valid from", "not valid yet, starts"),
                _ => self.not_before.row("valid from"),
            },
            match self.status {
                "expired" => self.not_after.alarm("valid until", "expired"),
                _ => self.not_after.row("valid until"),
            },
        ];
        if !self.subject_alt_names.is_empty() {
            rows.push(Row::new("names", joined(&self.subject_alt_names)));
        }
        match (&self.public_key, &self.public_key_error) {
            (Some(key), _) => rows.extend(key.rows()),
            (None, error) => rows.push(Row::new("key", error.clone().unwrap_or_default())),
        }
        rows.extend(self.usage.rows("no (without basicConstraints)"));
        let optional = [
            ("key id", &self.subject_key_identifier),
            ("issuer key id", &self.authority_key_identifier),
        ];
        for (label, value) in optional {
            if let Some(value) = value {
                rows.push(Row::new(label, value.as_str()));
            }
        }
        rows.push(Row::new("signature", self.signature_algorithm.as_str()));
        rows.push(Row::new("SHA-256", self.sha256.as_str()));
        if let Some(hash) = &self.discovery_token_ca_cert_hash {
            rows.push(Row::new("join hash", hash.as_str()));
        }
        for (label, list) in [
            ("OCSP", &self.ocsp_servers),
            ("CRL", &self.crl_distribution_points),
            ("also has", &self.other_extensions),
        ] {
            if !list.is_empty() {
                rows.push(Row::new(label, joined(list)));
            }
        }
        if !self.unknown_critical_extensions.is_empty() {
            let list = joined(&self.unknown_critical_extensions);
            let text = format!("{list}: Go refuses a certificate with it");
            rows.push(Row::alarm("critical", text));
        }
        if self.version != 3 {
            rows.push(Row::alarm("version", self.version.to_string()));
        }
        rows
    }
}

/// Extensions of which nothing is shown but that they are there.
fn other_extensions(certificate: &Certificate) -> Vec<String> {
    const SHOWN: [&str; 8] = [
        "2.5.29.14",
        "2.5.29.15",
        "2.5.29.17",
        "2.5.29.19",
        "2.5.29.31",
        "2.5.29.35",
        "2.5.29.37",
        "1.3.6.1.5.5.7.1.1",
    ];
    let extensions = certificate.extensions().unwrap_or_default();
    let others = extensions
        .iter()
        .filter(|extension| !SHOWN.contains(&extension.oid().as_str()));
    others
        .map(|extension| {
            let oid = extension.oid();
            let name = match oid.as_str() {
                "2.5.29.30" => "nameConstraints",
                "2.5.29.32" => "certificatePolicies",
                "1.3.6.1.4.1.11129.2.4.2" => "signed certificate timestamps",
                oid => oid,
            };
            match extension.is_critical() {
                true => format!("{name} (critical)"),
                false => name.to_owned(),
            }
        })
        .collect()
}
