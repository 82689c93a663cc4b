//! The files of a row, read as far as they can be. What cannot be read is
//! reported here once, and passed over by every later check.

use super::role::PlacedRow;
use super::text;
use super::tree::{Tree, TreeContent, TreeFile};
use super::{Finding, Record, Rule};
use crate::catalog::{EntryKind, FileRole};
use crate::certificate::Certificate;
use crate::key::{KeyKind, KeyPair, SigningKey, SubjectPublicKeyInfo};
use crate::kubeconfig::{Client, ExistingKubeconfig};
use crate::{Error, pem_text};

/// A file's content.
pub(super) enum Part<T> {
    Absent,
    /// It is there and of no use, which has been reported.
    Broken,
    Read(T),
}

impl<T> Part<T> {
    pub(super) fn read(&self) -> Option<&T> {
        match self {
            Self::Read(value) => Some(value),
            Self::Absent | Self::Broken => None,
        }
    }
}

/// A row of the catalog as it was found.
pub(super) struct Material {
    pub(super) row: PlacedRow,
    /// Leaf first, or the CAs of a bundle in their order.
    pub(super) certificates: Part<Vec<Certificate>>,
    pub(super) key: Part<PrivateKey>,
    /// sa.pub.
    pub(super) public_key: Part<SubjectPublicKeyInfo>,
    pub(super) kubeconfig: Part<ExistingKubeconfig>,
}

/// What is kept of a private key: nothing secret.
pub(super) struct PrivateKey {
    pub(super) public: SubjectPublicKeyInfo,
    /// Whether it is an EC key in PKCS#8.
    pub(super) is_ec_in_pkcs8: bool,
}

impl Material {
    pub(super) fn read(row: PlacedRow, tree: &Tree, record: &mut Record) -> Self {
        let mut material = Self {
            row,
            certificates: Part::Absent,
            key: Part::Absent,
            public_key: Part::Absent,
            kubeconfig: Part::Absent,
        };
        for placed in material.row.files.clone() {
            let Some(file) = tree.get(&placed.path) else {
                continue;
            };
            let bytes = bytes(&placed.path, file, record);
            let path = placed.path.as_str();
            match placed.role {
                FileRole::Certificate => {
                    material.certificates = certificates(path, bytes, record);
                }
                FileRole::PrivateKey => {
                    let weak = has_weak_key(material.certificates());
                    material.key = private_key(path, bytes, weak, record);
                }
                FileRole::PublicKey => {
                    material.public_key =
                        parsed(path, bytes, record, SubjectPublicKeyInfo::from_pem);
                }
                FileRole::Kubeconfig => {
                    material.kubeconfig = kubeconfig(path, bytes, record);
                }
            }
        }
        material
    }

    /// The path of a file of the row; empty if the row has none of this kind.
    pub(super) fn path(&self, role: FileRole) -> &str {
        let file = self.row.files.iter().find(|file| file.role == role);
        file.map(|file| file.path.as_str()).unwrap_or_default()
    }

    /// The row's certificates, or the client certificate of a kubeconfig.
    pub(super) fn certificates(&self) -> &[Certificate] {
        if let Part::Read(certificates) = &self.certificates {
            return certificates;
        }
        match self.kubeconfig.read().map(|kubeconfig| &kubeconfig.client) {
            Some(Client::Embedded { certificate, .. }) => std::slice::from_ref(&**certificate),
            _ => &[],
        }
    }

    pub(super) fn is_absent(&self) -> bool {
        matches!(self.certificates, Part::Absent)
            && matches!(self.key, Part::Absent)
            && matches!(self.public_key, Part::Absent)
            && matches!(self.kubeconfig, Part::Absent)
    }
}

fn has_weak_key(certificates: &[Certificate]) -> bool {
    let key = certificates.first().map(Certificate::public_key);
    matches!(key, Some(Ok(key)) if is_weak(key.kind()))
}

/// Whether a key is so short that it can be broken.
pub(super) fn is_weak(kind: KeyKind) -> bool {
    matches!(kind, KeyKind::Rsa { bits } if bits < 2048)
}

const RESTORE: &str = "put the right file in its place from a backup, or make it again";

fn bytes<'a>(path: &str, file: &'a TreeFile, record: &mut Record) -> Option<&'a [u8]> {
    record.checked += 1;
    let mut refuse = |rule, message: &str| {
        record
            .findings
            .push(Finding::new(rule, path, message, RESTORE));
        None
    };
    match &file.content {
        TreeContent::Bytes(bytes) if bytes.is_empty() => refuse(Rule::Empty, "is empty"),
        TreeContent::Bytes(bytes) if bytes.starts_with(&[0xef, 0xbb, 0xbf]) => {
            record.findings.push(Finding::new(
                Rule::ByteOrderMark,
                path,
                "starts with a byte order mark",
                format!("take away its first three bytes: sed -i '1s/^\\xEF\\xBB\\xBF//' {path}"),
            ));
            None
        }
        TreeContent::Bytes(bytes) => Some(bytes),
        TreeContent::Unreadable(why) => {
            record.unreadable(path, why);
            None
        }
        TreeContent::Hidden => None,
        TreeContent::TooLarge(size) => refuse(
            Rule::TooLarge,
            &format!("has {}: no such file is so long", megabytes(*size)),
        ),
        TreeContent::NotAFile(kind) => refuse(Rule::NotAFile, &format!("is a {kind}, not a file")),
    }
}

fn megabytes(size: u64) -> String {
    match size {
        0..10_000_000 => format!("{size} bytes"),
        _ => format!("{} MB", size / 1_000_000),
    }
}

/// Reads PEM and tells apart the ways in which it can be broken.
fn parsed<T>(
    path: &str,
    bytes: Option<&[u8]>,
    record: &mut Record,
    parse: impl FnOnce(&[u8]) -> Result<T, Error>,
) -> Part<T> {
    let Some(bytes) = bytes else {
        return Part::Broken;
    };
    record.checked += 1;
    let error = match parse(bytes) {
        Ok(value) => return Part::Read(value),
        Err(error) => error,
    };
    let is_der = bytes.first() == Some(&0x30) && pem_text::blocks(bytes).is_err();
    let finding = match &error {
        Error::EncryptedPrivateKey => Finding::new(
            Rule::KeyEncrypted,
            path,
            "is encrypted",
            format!(
                "take the pass phrase away: {}",
                text::in_place("openssl pkey -traditional", path, "600")
            ),
        ),
        Error::Pem { .. } if is_der => Finding::new(
            Rule::NotPem,
            path,
            "is DER, and PEM is needed",
            format!(
                "convert it: {}",
                text::in_place("openssl x509 -inform DER", path, "644")
            ),
        ),
        Error::Pem { why } => {
            let why = why.strip_prefix("it ").unwrap_or(why);
            Finding::new(Rule::BrokenPem, path, why, RESTORE)
        }
        other => Finding::new(Rule::Malformed, path, format!("is {other}"), RESTORE),
    };
    record.findings.push(finding);
    Part::Broken
}

/// The certificates of a file that is no row of the catalog.
pub(super) fn certificates_in(
    path: &str,
    file: &TreeFile,
    record: &mut Record,
) -> Option<Vec<Certificate>> {
    match certificates(path, bytes(path, file, record), record) {
        Part::Read(certificates) => Some(certificates),
        Part::Absent | Part::Broken => None,
    }
}

fn certificates(path: &str, bytes: Option<&[u8]>, record: &mut Record) -> Part<Vec<Certificate>> {
    parsed(path, bytes, record, Certificate::bundle_from_pem)
}

/// A weak key cannot be read by the crypto libraries; its certificate says so.
fn private_key(
    path: &str,
    bytes: Option<&[u8]>,
    weak: bool,
    record: &mut Record,
) -> Part<PrivateKey> {
    let read = |text: &[u8]| {
        let pair = KeyPair::from_pem(text)?;
        let public = pair.public_key().clone();
        let pkcs8 = pem_text::first(text, &["PRIVATE KEY"]).is_ok();
        let ec = matches!(public.kind(), KeyKind::P256 | KeyKind::P384 | KeyKind::P521);
        Ok(PrivateKey {
            is_ec_in_pkcs8: pkcs8 && ec,
            public,
        })
    };
    if weak && bytes.is_some_and(|text| matches!(read(text), Err(Error::UnknownPrivateKey { .. })))
    {
        return Part::Broken;
    }
    parsed(path, bytes, record, read)
}

fn kubeconfig(path: &str, bytes: Option<&[u8]>, record: &mut Record) -> Part<ExistingKubeconfig> {
    let Some(bytes) = bytes else {
        return Part::Broken;
    };
    record.checked += 1;
    match ExistingKubeconfig::parse(bytes) {
        Ok(kubeconfig) => Part::Read(kubeconfig),
        Err(error) => {
            let message = match &error {
                Error::Kubeconfig { why } => why.strip_prefix("it ").unwrap_or(why).to_owned(),
                other => format!("holds something broken: {other}"),
            };
            let finding = Finding::new(Rule::Malformed, path, message, RESTORE);
            record.findings.push(finding);
            Part::Broken
        }
    }
}

impl std::fmt::Debug for Material {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let kind = match self.row.entry.kind {
            EntryKind::Kubeconfig(_) => "kubeconfig",
            _ => "pair",
        };
        write!(f, "Material({} {kind})", self.row.entry.base_name)
    }
}
