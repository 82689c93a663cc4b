//! A file that is copied, and what is read of such files.

use std::fmt;

use zeroize::Zeroizing;

use crate::catalog::{CatalogEntry, EntryKind, EtcdNaming, FileRole, PlacedFile};
use crate::certificate::Certificate;
use crate::key::{KeyPair, SigningKey, SubjectPublicKeyInfo};

/// A file of the source.
pub struct CopiedFile {
    /// The row of the catalog that it belongs to.
    pub entry: &'static CatalogEntry,
    /// What it holds, and where.
    pub file: PlacedFile,
    /// Its content.
    pub bytes: Zeroizing<Vec<u8>>,
}

impl CopiedFile {
    /// The file of a row with this role; `None` if the row has no such file.
    #[must_use]
    pub fn new(
        entry: &'static CatalogEntry,
        role: FileRole,
        naming: &EtcdNaming,
        bytes: Zeroizing<Vec<u8>>,
    ) -> Option<Self> {
        let mut files = entry.files(naming).into_iter();
        let file = files.find(|file| file.role == role)?;
        Some(Self { entry, file, bytes })
    }
}

impl fmt::Debug for CopiedFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let length = self.bytes.len();
        write!(
            f,
            "CopiedFile({}, {length} bytes, [elided])",
            self.file.path
        )
    }
}

/// The certificates of a file; empty if they cannot be read.
pub(super) fn certificates(bytes: &[u8]) -> Vec<Certificate> {
    Certificate::bundle_from_pem(bytes).unwrap_or_default()
}

/// The public half of the private key in a file.
pub(super) fn public_half(bytes: &[u8]) -> Option<SubjectPublicKeyInfo> {
    let pair = KeyPair::from_pem(bytes).ok()?;
    Some(pair.public_key().clone())
}

/// The public key of sa.pub, if it holds nothing but that one.
pub(super) fn only_public_key(bytes: &[u8]) -> Option<SubjectPublicKeyInfo> {
    const BEGIN: &[u8] = b"-----BEGIN ";
    let begins = bytes.windows(BEGIN.len()).filter(|text| *text == BEGIN);
    if begins.count() != 1 {
        return None;
    }
    SubjectPublicKeyInfo::from_pem(bytes).ok()
}

/// The keys of certificates, of the kinds that are known.
pub(super) fn public_keys(certificates: &[Certificate]) -> Vec<SubjectPublicKeyInfo> {
    let keys = certificates.iter().filter_map(|it| it.public_key().ok());
    keys.cloned().collect()
}

/// Whether a key is that of what lies beside it: a certificate, or a public key.
pub(super) fn belongs_to(key: &SubjectPublicKeyInfo, entry: &CatalogEntry, beside: &[u8]) -> bool {
    let certified = || public_keys(&certificates(beside));
    match entry.kind {
        EntryKind::ServiceAccount => only_public_key(beside).as_ref() == Some(key),
        // A bundle has the old CA beside the new one.
        EntryKind::Authority(_) => certified().contains(key),
        EntryKind::Leaf(_) | EntryKind::Kubeconfig(_) => certified().first() == Some(key),
    }
}

/// Whether a file has nothing in it: what an interrupted write leaves behind.
pub(super) fn is_blank(bytes: &[u8]) -> bool {
    bytes.iter().all(u8::is_ascii_whitespace)
}
