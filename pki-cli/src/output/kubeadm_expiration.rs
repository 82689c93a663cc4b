//! The document of `kubeadm certs check-expiration -o json`, which kubeadm has since 1.30:
//! `CertificateExpirationInfo` of `output.kubeadm.k8s.io/v1alpha3`.

use std::fmt::Write;

use pki_core::expiry::{ExpiryRow, ExpiryState};
use pki_core::{CatalogEntry, EntryKind, Timestamp};
use serde::Serialize;

use super::expiry_report::ExpiryReport;

/// The fields in kubeadm's order.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CertificateExpirationInfo {
    kind: &'static str,
    api_version: &'static str,
    certificates: Vec<Certificate>,
    certificate_authorities: Vec<Certificate>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Certificate {
    name: String,
    /// Go's zero time is written as null.
    expiration_date: Option<String>,
    /// In seconds, negative if it has ended.
    residual_time: i64,
    externally_managed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    ca_name: Option<String>,
    missing: bool,
}

impl CertificateExpirationInfo {
    /// As Go's library writes it, with the keys in the order of the alphabet.
    pub(crate) fn to_yaml(&self) -> String {
        let mut out = format!("apiVersion: {}\n", self.api_version);
        list(
            &mut out,
            "certificateAuthorities",
            &self.certificate_authorities,
        );
        list(&mut out, "certificates", &self.certificates);
        // Writing to a String does not fail.
        let _ = writeln!(out, "kind: {}", self.kind);
        out
    }
}

fn list(out: &mut String, key: &str, certificates: &[Certificate]) {
    let _ = match certificates {
        [] => writeln!(out, "{key}: []"),
        _ => writeln!(out, "{key}:"),
    };
    for certificate in certificates {
        let mut fields = Vec::new();
        if let Some(name) = &certificate.ca_name {
            fields.push(format!("caName: {}", scalar(name)));
        }
        fields.push(match &certificate.expiration_date {
            Some(date) => format!("expirationDate: \"{date}\""),
            None => "expirationDate: null".to_owned(),
        });
        fields.push(format!(
            "externallyManaged: {}",
            certificate.externally_managed
        ));
        fields.push(format!("missing: {}", certificate.missing));
        fields.push(format!("name: {}", scalar(&certificate.name)));
        fields.push(format!("residualTime: {}", certificate.residual_time));
        let _ = writeln!(out, "- {}", fields.join("\n  "));
    }
}

/// Without quotes where the text cannot be taken for anything else. A CA may be called by its path.
fn scalar(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-./".contains(c);
    let is_word = matches!(
        text,
        "true" | "false" | "null" | "yes" | "no" | "on" | "off" | "y" | "n"
    );
    match text.starts_with(|c: char| c.is_ascii_lowercase()) && text.chars().all(is_plain) {
        true if !is_word => text.to_owned(),
        // JSON's strings are YAML's as well.
        _ => serde_json::Value::from(text).to_string(),
    }
}

/// Only what kubeadm lists, sorted by name as there.
pub(crate) fn document(report: &ExpiryReport) -> CertificateExpirationInfo {
    let mut document = CertificateExpirationInfo {
        kind: "CertificateExpirationInfo",
        api_version: "output.kubeadm.k8s.io/v1alpha3",
        certificates: Vec::new(),
        certificate_authorities: Vec::new(),
    };
    for host in &report.hosts {
        let role = host.expiry.role;
        let mut rows: Vec<&ExpiryRow> = host.expiry.rows.iter().collect();
        rows.retain(|row| row.is_of_kubeadm(role));
        rows.sort_by(|a, b| a.name.cmp(&b.name));
        for row in rows {
            let Some(certificate) = certificate(row, report.now) else {
                continue;
            };
            match row.entry.map(|entry| entry.kind) {
                Some(EntryKind::Authority(_)) => document.certificate_authorities.push(certificate),
                _ => document.certificates.push(certificate),
            }
        }
    }
    document
}

/// None for what cannot be read: kubeadm has no word for it, and the exit status tells.
fn certificate(row: &ExpiryRow, now: Timestamp) -> Option<Certificate> {
    let name = row.name.clone();
    Some(match &row.state {
        ExpiryState::Found(found) => {
            let end = found.certificate.validity().not_after();
            let by_rule = || {
                let issuer = row.entry?.issuer()?;
                Some(CatalogEntry::of_authority(issuer).phase_name.to_owned())
            };
            Certificate {
                name,
                expiration_date: Some(end.to_string()),
                residual_time: end.since(now),
                externally_managed: found.is_externally_managed,
                ca_name: found.authority.clone().or_else(by_rule),
                missing: false,
            }
        }
        ExpiryState::Missing => Certificate {
            name,
            expiration_date: None,
            residual_time: 0,
            externally_managed: false,
            ca_name: None,
            missing: true,
        },
        _ => return None,
    })
}
