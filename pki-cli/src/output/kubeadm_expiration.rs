//! The document of `kubeadm certs check-expiration -o json`, which kubeadm has since 1.30:
//! `CertificateExpirationInfo` of `output.kubeadm.k8s.io/v1alpha3`.

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

/// Only what kubeadm lists, sorted by name as there; of several hosts one after the other.
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
