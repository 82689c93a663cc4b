//! What is said of one certificate, request, list or key.

mod certificate;
mod key;
mod list;
mod moment;
mod request;
mod serial;
mod usage;

use pki_core::Timestamp;
use pki_core::specimen::{Content, Relations};
use serde::Serialize;

use super::page::Row;
use crate::cfssl::signature_name::standard_name;
use certificate::CertificateFacts;
use key::{KeyFacts, PublicKey};
use list::ListFacts;
use request::RequestFacts;

/// The kind and its facts; the names of the kinds are those of JSON.
#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub(super) enum Facts {
    Certificate(Box<CertificateFacts>),
    CertificateRequest(RequestFacts),
    RevocationList(ListFacts),
    PrivateKey(KeyFacts),
    PublicKey(PublicKey),
    CurveParameters,
}

pub(super) const CERTIFICATE: &str = "certificate";

pub(super) fn kind(content: &Content) -> &'static str {
    match content {
        Content::Certificate(_) => CERTIFICATE,
        Content::Request(_) => "certificate-request",
        Content::RevocationList(_) => "revocation-list",
        Content::PrivateKey(_) => "private-key",
        Content::PublicKey(_) => "public-key",
        _ => "curve-parameters",
    }
}

impl Facts {
    pub(super) fn new(content: &Content, relations: &Relations, now: Timestamp) -> Self {
        match content {
            Content::Certificate(certificate) => Self::Certificate(Box::new(
                CertificateFacts::new(certificate, relations.self_signed, now),
            )),
            Content::Request(request) => Self::CertificateRequest(RequestFacts::new(request)),
            Content::RevocationList(list) => Self::RevocationList(ListFacts::new(list, now)),
            Content::PrivateKey(key) => Self::PrivateKey(KeyFacts::new(key)),
            Content::PublicKey(key) => Self::PublicKey(PublicKey::new(key)),
            _ => Self::CurveParameters,
        }
    }

    pub(super) fn title(&self) -> &'static str {
        match self {
            Self::Certificate(_) => "certificate",
            Self::CertificateRequest(_) => "certificate signing request",
            Self::RevocationList(_) => "certificate revocation list",
            Self::PrivateKey(key) if key.encryption.is_some() => "encrypted private key",
            Self::PrivateKey(_) => "private key",
            Self::PublicKey(_) => "public key",
            Self::CurveParameters => "parameters of a curve, which the key repeats",
        }
    }

    pub(super) fn is_self_signed(&self) -> bool {
        matches!(self, Self::Certificate(certificate) if certificate.self_signed == Some(true))
    }

    pub(super) fn rows(&self) -> Vec<Row> {
        match self {
            Self::Certificate(certificate) => certificate.rows(),
            Self::CertificateRequest(request) => request.rows(),
            Self::RevocationList(list) => list.rows(),
            Self::PrivateKey(key) => key.rows(),
            Self::PublicKey(key) => key.rows().into(),
            Self::CurveParameters => Vec::new(),
        }
    }
}

/// As many names of one kind are listed for people.
const MOST_NAMES: usize = 100;

fn joined(list: &[String]) -> String {
    let shown = list.get(..MOST_NAMES).unwrap_or(list).join(", ");
    match list.len().checked_sub(MOST_NAMES) {
        Some(more @ 1..) => format!("{shown} and {more} more"),
        _ => shown,
    }
}

fn signature_name(oid: &str) -> String {
    standard_name(oid).unwrap_or(oid).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lists_are_cut_for_people() {
        let list = vec!["a".to_owned(); MOST_NAMES + 2];
        assert!(joined(&list).ends_with(", a and 2 more"));
        assert!(!joined(&list[..MOST_NAMES]).contains("more"));
    }
}
