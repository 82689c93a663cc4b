//! What a comparison of hosts needs to know of one host: names, dates and
//! fingerprints. Plain data without a byte of a key, so that it can be gathered
//! on one machine and compared on another.

use super::material::Material;
use super::tree::Tree;
use crate::catalog::{FileRole, PlacedFile};
use crate::certificate::Certificate;
use crate::key::backend::sha256;
use crate::time::Timestamp;

/// The public facts of one row of the catalog on one host.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Identity {
    /// The row: `ca`, `etcd/server`, `admin.conf`.
    pub base_name: String,
    /// Its files that are there, readable or not.
    pub files: Vec<PlacedFile>,
    /// The leaf first, or the CAs of a bundle in their order; the client
    /// certificate of a kubeconfig.
    pub certificates: Vec<CertificateIdentity>,
    /// SHA-256 of the private key's SubjectPublicKeyInfo.
    pub key: Option<[u8; 32]>,
    /// SHA-256 of the public key in sa.pub.
    pub public_key: Option<[u8; 32]>,
}

/// The public facts of a certificate.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CertificateIdentity {
    /// SHA-256 of the whole certificate.
    pub sha256: [u8; 32],
    /// SHA-256 of its SubjectPublicKeyInfo; `None` for a key of a kind that is
    /// not known.
    pub key: Option<[u8; 32]>,
    /// The octets of the serial number.
    pub serial_number: Vec<u8>,
    /// The subject as text.
    pub subject: String,
    /// The issuer as text.
    pub issuer: String,
    /// The common name of the subject.
    pub common_name: Option<String>,
    /// The names of subjectAltName: `DNS:m1`, `IP:10.0.0.11`.
    pub subject_alt_names: Vec<String>,
    /// When it begins to be valid.
    pub not_before: Timestamp,
    /// When it ceases to be valid.
    pub not_after: Timestamp,
}

impl Identity {
    /// `None` if none of the row's files is there.
    pub(super) fn of(material: &Material, tree: &Tree) -> Option<Self> {
        let files = material.row.files.iter();
        let files: Vec<_> = files.filter(|file| tree.has(&file.path)).cloned().collect();
        if files.is_empty() {
            return None;
        }
        let kubeconfig = material.kubeconfig.read();
        let key = match kubeconfig.and_then(|kubeconfig| kubeconfig.key.data()) {
            Some(key) => Some(key.public.sha256()),
            None => material.key.read().map(|key| key.public.sha256()),
        };
        let certificates = material.certificates().iter();
        Some(Self {
            base_name: material.row.entry.base_name.to_owned(),
            files,
            certificates: certificates.map(CertificateIdentity::of).collect(),
            key,
            public_key: material.public_key.read().map(|key| key.sha256()),
        })
    }

    /// The path of a file that is there.
    pub(super) fn path(&self, role: FileRole) -> Option<&str> {
        let file = self.files.iter().find(|file| file.role == role);
        file.map(|file| file.path.as_str())
    }

    /// Whether the file is one of this row.
    pub(crate) fn has_file(&self, path: &str) -> bool {
        self.files.iter().any(|file| file.path == path)
    }

    /// Whether the certificate names the host.
    pub(super) fn names(&self, host: &str) -> bool {
        let Some(leaf) = self.certificates.first() else {
            return false;
        };
        let is_host = |name: &str| name.eq_ignore_ascii_case(host);
        let common_name = leaf.common_name.as_deref().unwrap_or_default();
        let node = common_name.strip_prefix("system:node:");
        let names = leaf.subject_alt_names.iter();
        let mut names = names.filter_map(|name| name.split_once(':').map(|(_, name)| name));
        is_host(node.unwrap_or(common_name)) || names.any(is_host)
    }

    /// Whether the private key was read and belongs to what is beside it: a
    /// certificate, or the public half.
    pub(super) fn is_pair(&self) -> bool {
        let certified = self.certificates.iter().map(|it| it.key);
        let mut beside = certified.chain(self.public_key.map(Some)).peekable();
        self.key.is_some() && (beside.peek().is_none() || beside.any(|key| key == self.key))
    }

    /// The key that a CA signs with, as far as it is known: that of the private
    /// key if the bundle has it, else that of the first certificate.
    pub(crate) fn signer(&self) -> Option<&CertificateIdentity> {
        let with_key =
            |certificate: &&CertificateIdentity| self.key.is_some() && certificate.key == self.key;
        let mut certificates = self.certificates.iter();
        certificates
            .find(with_key)
            .or_else(|| self.certificates.first())
    }
}

impl CertificateIdentity {
    pub(crate) fn of(certificate: &Certificate) -> Self {
        let validity = certificate.validity();
        Self {
            sha256: sha256(certificate.to_der()),
            key: certificate.public_key().ok().map(|key| key.sha256()),
            serial_number: certificate.serial_number().to_vec(),
            subject: certificate.subject().to_owned(),
            issuer: certificate.issuer().to_owned(),
            common_name: certificate.common_name().map(str::to_owned),
            subject_alt_names: certificate.subject_alt_names().to_vec(),
            not_before: validity.not_before(),
            not_after: validity.not_after(),
        }
    }
}
