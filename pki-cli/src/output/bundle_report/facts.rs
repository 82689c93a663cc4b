//! What is in a bundle, without its keys.

use std::fmt::Write;

use pki_core::FileRole;
use pki_core::copy::{CopiedFile, PortableBundle};
use pki_core::hexadecimal;
use pki_core::specimen::{Content, ItemPlace, Specimen, SpecimenItem};
use serde::Serialize;

use crate::output::table::{escaped, fits, table};

/// A bundle that was verified.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BundleFacts {
    /// The hash of the CA's key, as in `kubeadm join`.
    cluster: String,
    created: String,
    /// Whether the cluster's CA has signed it.
    signed: bool,
    /// Which host it is for; null for all of them.
    host: Option<String>,
    etcd: &'static str,
    entries: Vec<EntryFacts>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct EntryFacts {
    row: &'static str,
    part: &'static str,
    path: String,
    subject: Option<String>,
    not_after: Option<String>,
    /// SHA-256 of the certificate; of a key, of its public half in DER.
    sha256: Option<String>,
}

impl BundleFacts {
    pub(crate) fn of(bundle: &PortableBundle) -> Self {
        Self {
            cluster: bundle.cluster().to_string(),
            created: bundle.created().to_string(),
            signed: bundle.is_signed(),
            host: bundle.host().map(ToString::to_string),
            etcd: bundle.kind().id(),
            entries: bundle.files().iter().map(EntryFacts::of).collect(),
        }
    }

    pub(super) fn cluster(&self) -> &str {
        &self.cluster
    }

    pub(super) fn is_signed(&self) -> bool {
        self.signed
    }

    /// Without its files.
    pub(super) fn write_head(&self, out: &mut String) {
        let host = match &self.host {
            Some(host) => format!("{host} alone"),
            None => "every host of the control plane".to_owned(),
        };
        let signed = match self.signed {
            true => "the cluster's CA",
            false => "nobody: the CA's key is not in it",
        };
        // Writing to a String does not fail.
        let _ = writeln!(out, "  cluster    {}", self.cluster);
        let _ = writeln!(out, "  made       {}", self.created);
        let _ = writeln!(out, "  signed by  {signed}");
        let _ = writeln!(out, "  for        {host}");
        let _ = writeln!(out, "  etcd       {}", self.etcd);
    }

    pub(super) fn write(&self, out: &mut String, columns: Option<usize>) {
        self.write_head(out);
        out.push('\n');
        let rows = |digits| self.entries.iter().map(move |entry| entry.row(digits));
        const HEADER: [&str; 4] = ["FILE", "SUBJECT", "EXPIRES", "SHA-256"];
        let whole = table(&HEADER, rows(64).collect());
        let lines = match fits(&whole, columns) {
            true => whole,
            false => table(&HEADER, rows(16).collect()),
        };
        for line in lines {
            let _ = writeln!(out, "{line}");
        }
        out.push('\n');
    }
}

impl EntryFacts {
    fn of(file: &CopiedFile) -> Self {
        let items = Specimen::recognize(&file.bytes).map(|specimen| specimen.items);
        let content = items
            .unwrap_or_default()
            .into_iter()
            .find_map(|item| fits_role(item, file));
        let (subject, not_after, sha256) = match &content {
            Some(Content::Certificate(certificate)) => (
                Some(certificate.subject().to_owned()),
                Some(certificate.validity().not_after().to_string()),
                Some(certificate.sha256()),
            ),
            Some(other) => (None, None, other.public_key().map(|key| key.sha256())),
            None => (None, None, None),
        };
        Self {
            row: file.entry.base_name,
            part: file.file.role.id(),
            path: file.file.path.clone(),
            subject,
            not_after,
            sha256: sha256.map(|octets| hexadecimal::lower(&octets)),
        }
    }

    fn row(&self, digits: usize) -> Vec<String> {
        let dash = || "-".to_owned();
        let day = self.not_after.as_deref().and_then(|time| time.get(..10));
        let digest = self
            .sha256
            .as_deref()
            .map(|sha256| match sha256.get(..digits) {
                Some(begin) if digits < sha256.len() => format!("{begin}…"),
                _ => sha256.to_owned(),
            });
        vec![
            self.path.clone(),
            self.subject.as_deref().map_or_else(dash, escaped),
            day.map_or_else(dash, str::to_owned),
            digest.unwrap_or_else(dash),
        ]
    }
}

/// What stands for the file: of a kubeconfig, its user's certificate.
fn fits_role(item: SpecimenItem, file: &CopiedFile) -> Option<Content> {
    let content = item.content.ok()?;
    let fits = match (file.file.role, &content) {
        (FileRole::Certificate, Content::Certificate(_))
        | (FileRole::PrivateKey, Content::PrivateKey(_))
        | (FileRole::PublicKey, Content::PublicKey(_)) => true,
        (FileRole::Kubeconfig, Content::Certificate(_)) => {
            matches!(item.place, ItemPlace::Kubeconfig { kind: "user", .. })
        }
        _ => false,
    };
    fits.then_some(content)
}
