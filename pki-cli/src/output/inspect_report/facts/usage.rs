//! What a certificate is for.

use pki_core::{BasicConstraints, ExtendedKeyUsage, KeyUsage};
use serde::Serialize;

use super::super::page::Row;
use super::joined;

/// What a certificate may be used for, or what a request asks for.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Usage {
    /// null without basicConstraints
    is_ca: Option<bool>,
    path_length: Option<u8>,
    /// null without the extension, which allows everything
    key_usage: Option<Vec<&'static str>>,
    extended_key_usage: Option<Vec<String>>,
}

impl Usage {
    pub(super) fn new(
        constraints: Option<BasicConstraints>,
        key_usage: Option<KeyUsage>,
        extended: Option<&[ExtendedKeyUsage]>,
    ) -> Self {
        let (is_ca, path_length) = match constraints {
            None => (None, None),
            Some(BasicConstraints::EndEntity) => (Some(false), None),
            Some(BasicConstraints::CertificateAuthority {
                path_len_constraint,
            }) => (Some(true), path_len_constraint),
        };
        Self {
            is_ca,
            path_length,
            key_usage: key_usage.map(|usage| usage.names().collect()),
            extended_key_usage: extended.map(|list| list.iter().map(purpose).collect()),
        }
    }

    pub(super) fn rows(&self, without: &str) -> Vec<Row> {
        let authority = match (self.is_ca, self.path_length) {
            (None, _) => without.to_owned(),
            (Some(false), _) => "CA:FALSE".to_owned(),
            (Some(true), None) => "CA:TRUE".to_owned(),
            (Some(true), Some(length)) => format!("CA:TRUE, pathlen:{length}"),
        };
        let mut rows = vec![Row::new("CA", authority)];
        if let Some(usage) = &self.key_usage {
            rows.push(Row::new("key usage", usage.join(", ")));
        }
        if let Some(purposes) = &self.extended_key_usage {
            rows.push(Row::new("purposes", joined(purposes)));
        }
        rows
    }
}

/// The other purposes of RFC 5280 section 4.2.1.12, by its names.
fn purpose(purpose: &ExtendedKeyUsage) -> String {
    match purpose.oid() {
        "1.3.6.1.5.5.7.3.3" => "codeSigning".to_owned(),
        "1.3.6.1.5.5.7.3.4" => "emailProtection".to_owned(),
        "1.3.6.1.5.5.7.3.8" => "timeStamping".to_owned(),
        "1.3.6.1.5.5.7.3.9" => "OCSPSigning".to_owned(),
        _ => purpose.to_string(),
    }
}
