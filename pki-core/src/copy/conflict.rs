//! Something else at a destination than what is copied, of the kind that is not
//! replaced without being asked to: another CA, other service account keys.

use std::fmt;

use super::copied_file::{CopiedFile, certificates, only_public_key, public_half};
use super::dependents::Dependents;
use super::plan::Survey;
use super::present::Present;
use super::source::Source;
use crate::catalog::{CatalogEntry, FileRole, PlacedFile};
use crate::key::SubjectPublicKeyInfo;
use crate::verify::CertificateIdentity;

/// A row of the catalog that the destination has otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// The row: a CA or the service account's keys.
    pub entry: &'static CatalogEntry,
    /// What is otherwise, file by file.
    pub differences: Vec<(PlacedFile, Difference)>,
    /// What would be copied.
    pub ours: Picture,
    /// What is there.
    pub theirs: Picture,
    /// What at the destination is of no use without the CA there.
    pub dependents: Dependents,
    /// Whether it would be replaced if that were asked for.
    pub can_be_replaced: bool,
    /// Whether it is replaced, because that was asked for.
    pub is_overruled: bool,
}

/// What is otherwise with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Difference {
    /// It is of another key.
    OtherKey,
    /// It is of the same key, and is valid longer.
    ValidLonger,
    /// It holds further CAs, of other keys.
    MoreAuthorities,
    /// It is a private key of which nobody could tell the public half.
    UnknownKey,
    /// It is not what its name says.
    Unreadable,
    /// It is the key of another CA than the certificate that is copied, and the
    /// source has none to put in its place.
    ForeignKey,
}

/// The public facts about a row of the catalog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// The certificate, the first of a bundle.
    pub certificate: Option<CertificateIdentity>,
    /// How many certificates follow it there.
    pub more_certificates: usize,
    /// SHA-256 of the key in sa.pub.
    pub public_key: Option<[u8; 32]>,
    /// The private key.
    pub private_key: KeyFound,
}

/// What is known of a private key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyFound {
    /// There is none.
    Nothing,
    /// SHA-256 of its public half.
    Known([u8; 32]),
    /// There is one, or something else in its place.
    Unknown,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OtherKey => "another key is there",
            Self::ValidLonger => "a certificate of the same key is there that is valid longer",
            Self::MoreAuthorities => "further CAs are there that would be lost",
            Self::UnknownKey => "something else is there, and nobody could tell its key",
            Self::Unreadable => "something else is there that cannot be read as such",
            Self::ForeignKey => "the key of another CA is there",
        })
    }
}

impl Picture {
    /// Of files of the source.
    pub(super) fn of_source(files: &[&CopiedFile]) -> Self {
        let bytes = |role| {
            let mut files = files.iter();
            files
                .find(|copied| copied.file.role == role)
                .map(|copied| copied.bytes.as_slice())
        };
        let key = bytes(FileRole::PrivateKey).and_then(public_half);
        Self {
            certificate: bytes(FileRole::Certificate).and_then(identity),
            more_certificates: bytes(FileRole::Certificate).map_or(0, following),
            public_key: bytes(FileRole::PublicKey).and_then(fingerprint),
            private_key: known(key.as_ref()),
        }
    }

    /// Of what is at the destination.
    pub(super) fn of_destination(
        entry: &CatalogEntry,
        files: &[&CopiedFile],
        source: &Source,
        survey: &Survey,
    ) -> Self {
        let ours = Self::of_source(files);
        let mut theirs = Self {
            certificate: None,
            more_certificates: 0,
            public_key: None,
            private_key: KeyFound::Nothing,
        };
        for file in entry.files(source.kind().naming()) {
            let present = survey.content(&file);
            match (file.role, present) {
                (FileRole::Certificate, Some(Present::Equal)) => {
                    theirs.certificate.clone_from(&ours.certificate);
                    theirs.more_certificates = ours.more_certificates;
                }
                (FileRole::Certificate, Some(Present::Content(bytes))) => {
                    theirs.certificate = identity(bytes);
                    theirs.more_certificates = following(bytes);
                }
                (FileRole::PublicKey, Some(Present::Equal)) => {
                    theirs.public_key = ours.public_key;
                }
                (FileRole::PublicKey, Some(Present::Content(bytes))) => {
                    theirs.public_key = fingerprint(bytes);
                }
                (FileRole::PrivateKey, Some(Present::Equal)) => {
                    theirs.private_key = ours.private_key;
                }
                (FileRole::PrivateKey, Some(Present::OtherSecret(Some(key)))) => {
                    theirs.private_key = known(Some(key));
                }
                (FileRole::PrivateKey, Some(Present::Nothing) | None) => {}
                (FileRole::PrivateKey, Some(_)) => theirs.private_key = KeyFound::Unknown,
                _ => {}
            }
        }
        theirs
    }
}

fn identity(bytes: &[u8]) -> Option<CertificateIdentity> {
    certificates(bytes).first().map(CertificateIdentity::of)
}

/// How many certificates follow the first.
fn following(bytes: &[u8]) -> usize {
    certificates(bytes).len().saturating_sub(1)
}

fn fingerprint(bytes: &[u8]) -> Option<[u8; 32]> {
    only_public_key(bytes).map(|key| key.sha256())
}

fn known(key: Option<&SubjectPublicKeyInfo>) -> KeyFound {
    key.map_or(KeyFound::Nothing, |key| KeyFound::Known(key.sha256()))
}
