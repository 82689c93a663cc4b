//! Private and public keys.

use pki_core::{PrivateKeyDescription, SubjectPublicKeyInfo, hexadecimal};
use serde::Serialize;

use super::super::page::Row;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct KeyFacts {
    encoding: String,
    pub(super) encryption: Option<String>,
    /// null for an encrypted key
    pub(in super::super) public_key: Option<PublicKey>,
    /// Whether its numbers fit together.
    checked: bool,
    /// null if no certificate was given, or the key is encrypted
    pub(in super::super) belongs_to_certificate: Option<bool>,
}

#[derive(Serialize)]
pub(in super::super) struct PublicKey {
    algorithm: String,
    /// SHA-256 of the SubjectPublicKeyInfo
    sha256: String,
}

impl KeyFacts {
    pub(super) fn new(key: &PrivateKeyDescription) -> Self {
        Self {
            encoding: key.form().to_string(),
            encryption: key.encryption().map(str::to_owned),
            public_key: key.public_key().map(PublicKey::new),
            checked: key.is_checked(),
            belongs_to_certificate: None,
        }
    }

    pub(super) fn rows(&self) -> Vec<Row> {
        let mut rows = vec![Row::new("form", self.encoding.as_str())];
        if let Some(encryption) = &self.encryption {
            let text = format!("{encryption}; Kubernetes and etcd ask for no pass phrase");
            rows.push(Row::alarm("encryption", text));
        }
        if let Some(key) = &self.public_key {
            rows.extend(key.rows());
            if !self.checked {
                let text = "not checked: fewer than 2048 bits are too few for any use";
                rows.push(Row::alarm("numbers", text));
            }
        }
        rows
    }
}

impl PublicKey {
    pub(super) fn new(key: &SubjectPublicKeyInfo) -> Self {
        Self {
            algorithm: key.kind().to_string(),
            sha256: hexadecimal::lower(&key.sha256()),
        }
    }

    pub(super) fn rows(&self) -> [Row; 2] {
        [
            Row::new("key", self.algorithm.as_str()),
            Row::new("key SHA-256", self.sha256.as_str()),
        ]
    }
}
