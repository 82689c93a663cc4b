//! The files of a cluster in one text that can be carried: what is inside the
//! encrypted file of `kpki bundle`.
//!
//! ```text
//! kpki-bundle/v1
//! {"cluster":"sha256:…","created":"2026-11-22T19:15:00Z","etcd":"stacked","naming":"kubeadm","host":null,"entries":[{"row":"ca","part":"certificate","length":1107,"sha256":"…"},…]}
//! signed BASE64                   by the cluster's CA over the lines above; or: unsigned HEX
//! <the files, one after the other><zeros to a multiple of 1024>
//! ```
//!
//! A file is called by its row of the catalog and its part, never by a path. The
//! same bundle has one spelling: whatever reads as a bundle writes back to the
//! same bytes. The zeros hide the lengths of the keys, and tell a file that was
//! cut short from one that was changed.

mod error;
mod header;
mod refusal;
mod seal;

#[cfg(test)]
mod tests;

use std::fmt;

use zeroize::Zeroizing;

pub use error::PortableError;
pub use refusal::{BundleRefusal, BundleTerms};

use self::header::{Entry, Header};
use self::seal::Seal;
use super::copied_file::{certificates, public_half};
use super::plan::files_for;
use super::{ClusterId, ClusterKind, CopiedFile, CopyOptions, Source};
use crate::catalog::{Authority, CatalogEntry, FileRole};
use crate::key::backend::sha256;
use crate::key::{KeyPair, SubjectPublicKeyInfo};
use crate::name::{HostName, Quoted};
use crate::time::Timestamp;

/// The shared files of a cluster, and one host's own if it is for one. It exists
/// only if every file is the one that the header was written for, the cluster's CA is
/// the one that the header names, and the signature, if there is one, is that CA's.
pub struct PortableBundle {
    header: Header,
    seal: Seal,
    /// In the catalog's order.
    files: Vec<CopiedFile>,
}

/// As long as what is read may be.
struct Longest;

impl Longest {
    const BUNDLE: usize = 8 << 20;
    const HEADER: usize = 32 << 10;
    /// The signature of an RSA key of 16384 bits has 2732 characters.
    const SEAL: usize = 4 << 10;
    const FILE: usize = 1 << 20;
    const ENTRIES: usize = 64;
}

const FORMAT: &str = "kpki-bundle/v";
const VERSION: &str = "1";

impl PortableBundle {
    /// A longer text is none.
    pub const LONGEST: usize = Longest::BUNDLE;

    /// What the length of a bundle is a multiple of.
    pub const UNIT: usize = 1024;

    /// Takes what every host shares, and what is this host's own. It is signed
    /// if the CA's key is among the files.
    ///
    /// # Errors
    /// [`PortableError`]
    pub fn new(
        source: &Source,
        host: Option<&HostName>,
        created: Timestamp,
    ) -> Result<Self, PortableError> {
        let options = CopyOptions {
            host: host.cloned(),
            with_host_certs: true,
            ..CopyOptions::default()
        };
        let files = files_for(source, &options).into_iter().map(copy_of);
        let kind = source.kind().clone();
        Self::of_files(kind, options.host, created, files.collect())
    }

    fn of_files(
        kind: ClusterKind,
        host: Option<HostName>,
        created: Timestamp,
        mut files: Vec<CopiedFile>,
    ) -> Result<Self, PortableError> {
        files.sort_by_key(|file| Entry::of(file).place());
        let header = Header {
            cluster: ClusterId::of(&authority(&files)?),
            created,
            kind,
            host,
            entries: files.iter().map(Entry::of).collect(),
        };
        header.check()?;
        let key = find(&files, FileRole::PrivateKey);
        let key = key.map(|key| KeyPair::from_pem(&key.bytes));
        let seal = match key.transpose().map_err(|_| PortableError::Signing)? {
            Some(key) => Seal::sign(signed_part(&header).as_bytes(), &key)?,
            None => Seal::Unsigned,
        };
        let bundle = Self {
            header,
            seal,
            files,
        };
        bundle.check_authority()?;
        match bundle.to_bytes().len() > Longest::BUNDLE {
            true => Err(PortableError::TooLong),
            false => Ok(bundle),
        }
    }

    /// Reads a bundle and verifies all that can be verified without knowing
    /// which cluster it should be of.
    ///
    /// # Errors
    /// [`PortableError`]
    pub fn parse(bytes: &[u8]) -> Result<Self, PortableError> {
        if bytes.len() > Longest::BUNDLE {
            return Err(PortableError::TooLong);
        }
        let rest = behind_format(bytes)?;
        let cut = |why| PortableError::Header { why };
        let (line, rest) =
            first_line(rest, Longest::HEADER).ok_or_else(|| cut("its first line has no end"))?;
        let header = Header::parse(line)?;
        let signed = signed_part(&header);
        let (line, mut rest) =
            first_line(rest, Longest::SEAL).ok_or_else(|| cut("its second line has no end"))?;
        let seal = Seal::parse(line, signed.as_bytes())?;
        let mut files = Vec::new();
        for entry in &header.entries {
            let missing = || PortableError::Missing {
                entry: entry.called(),
            };
            let (content, behind) = rest.split_at_checked(entry.length).ok_or_else(missing)?;
            rest = behind;
            if sha256(content) != entry.sha256 {
                return Err(PortableError::Changed {
                    entry: entry.called(),
                });
            }
            let content = Zeroizing::new(content.to_vec());
            let naming = header.kind.naming();
            let file = CopiedFile::new(entry.row, entry.role, naming, content);
            files.push(file.ok_or_else(|| PortableError::UnknownPart {
                row: entry.row.base_name.to_owned(),
                part: entry.role.id().to_owned(),
            })?);
        }
        let is_padding = bytes.len().is_multiple_of(Self::UNIT)
            && rest.len() < Self::UNIT
            && rest.iter().all(|byte| *byte == 0);
        if !is_padding {
            return Err(PortableError::Trailing);
        }
        let bundle = Self {
            header,
            seal,
            files,
        };
        bundle.check_authority()?;
        Ok(bundle)
    }

    /// The text. [`PortableBundle::parse`] reads it back.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let signed = signed_part(&self.header);
        let seal = self.seal.to_line(signed.as_bytes());
        let files: usize = self.files.iter().map(|file| file.bytes.len()).sum();
        let length = (signed.len() + seal.len() + 1 + files).next_multiple_of(Self::UNIT);
        // All at once: a buffer that grows would leave copies of keys behind.
        let mut bytes = Zeroizing::new(Vec::with_capacity(length));
        bytes.extend_from_slice(signed.as_bytes());
        bytes.extend_from_slice(seal.as_bytes());
        bytes.push(b'\n');
        for file in &self.files {
            bytes.extend_from_slice(&file.bytes);
        }
        bytes.resize(length, 0);
        bytes
    }

    /// Which cluster it is of.
    #[must_use]
    pub fn cluster(&self) -> ClusterId {
        self.header.cluster
    }

    /// When it was made.
    #[must_use]
    pub fn created(&self) -> Timestamp {
        self.header.created
    }

    /// Where etcd runs and how its files are called.
    #[must_use]
    pub fn kind(&self) -> &ClusterKind {
        &self.header.kind
    }

    /// Which host it is for; `None` if it has only what all hosts share.
    #[must_use]
    pub fn host(&self) -> Option<&HostName> {
        self.header.host.as_ref()
    }

    /// Whether the cluster's CA has signed it. A bundle without the CA's key is
    /// not signed, and could have been made by anybody.
    #[must_use]
    pub fn is_signed(&self) -> bool {
        matches!(self.seal, Seal::Signed(_))
    }

    /// The files, in the catalog's order.
    #[must_use]
    pub fn files(&self) -> &[CopiedFile] {
        &self.files
    }

    /// The files as the source of a copy, which proves that certificates and
    /// keys belong together.
    ///
    /// # Errors
    /// Those of [`Source::new`] and [`Source::add_host`].
    pub fn source(&self) -> Result<Source, crate::Error> {
        let kind = &self.header.kind;
        let is_shared = |file: &CopiedFile| kind.is_shared(file.entry);
        let (shared, own): (Vec<_>, Vec<_>) = self.files.iter().map(copy_of).partition(is_shared);
        let mut source = Source::new(kind.clone(), shared)?;
        if let Some(host) = &self.header.host {
            source.add_host(host.clone(), own)?;
        }
        Ok(source)
    }

    /// Whether the CA in it is the one that the header names, has the key in it,
    /// and has signed it.
    fn check_authority(&self) -> Result<(), PortableError> {
        let authority = authority(&self.files)?;
        if ClusterId::of(&authority) != self.header.cluster {
            return Err(PortableError::OtherAuthority);
        }
        if let Some(key) = find(&self.files, FileRole::PrivateKey) {
            if public_half(&key.bytes).as_ref() != Some(&authority) {
                return Err(PortableError::AuthorityKey);
            }
            if !self.is_signed() {
                return Err(PortableError::Unsigned);
            }
        }
        let signed = signed_part(&self.header);
        self.seal.verify(signed.as_bytes(), &authority)
    }
}

impl fmt::Debug for PortableBundle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let entries = self.header.entries.iter().map(Entry::called);
        f.debug_struct("PortableBundle")
            .field("cluster", &self.header.cluster)
            .field("created", &self.header.created)
            .field("is_signed", &self.is_signed())
            .field("entries", &entries.collect::<Vec<_>>())
            .finish()
    }
}

fn copy_of(file: &CopiedFile) -> CopiedFile {
    CopiedFile {
        entry: file.entry,
        file: file.file.clone(),
        bytes: file.bytes.clone(),
    }
}

/// The key of the cluster's CA: that of the first certificate in ca.crt, which
/// is the one that kubeadm loads.
fn authority(files: &[CopiedFile]) -> Result<SubjectPublicKeyInfo, PortableError> {
    let file = find(files, FileRole::Certificate).ok_or(PortableError::NoAuthority)?;
    let certificates = certificates(&file.bytes);
    let key = certificates
        .first()
        .and_then(|first| first.public_key().ok());
    key.cloned().ok_or(PortableError::NoAuthority)
}

fn find(files: &[CopiedFile], role: FileRole) -> Option<&CopiedFile> {
    let row = CatalogEntry::of_authority(Authority::Cluster);
    let mut files = files.iter();
    files.find(|file| file.entry == row && file.file.role == role)
}

/// The first two lines.
fn signed_part(header: &Header) -> String {
    format!("{FORMAT}{VERSION}\n{}\n", header.to_json())
}

/// What follows the first line, if it is this format's.
fn behind_format(bytes: &[u8]) -> Result<&[u8], PortableError> {
    const LONGEST: usize = 40;
    let line = first_line(bytes, LONGEST);
    let (line, rest) = line.ok_or(PortableError::NotABundle)?;
    let version = line
        .strip_prefix(FORMAT.as_bytes())
        .and_then(|version| std::str::from_utf8(version).ok());
    match version {
        Some(VERSION) => Ok(rest),
        Some(version) if version.parse::<u32>().is_ok() && !version.starts_with(['0', '+']) => {
            Err(PortableError::NewerFormat {
                format: format!("{FORMAT}{version}"),
            })
        }
        _ => Err(PortableError::NotABundle),
    }
}

/// The first line without its end, and what follows; `None` if it is longer.
fn first_line(bytes: &[u8], longest: usize) -> Option<(&[u8], &[u8])> {
    let end = bytes
        .iter()
        .take(longest + 1)
        .position(|byte| *byte == b'\n')?;
    let (line, rest) = bytes.split_at_checked(end)?;
    Some((line, rest.get(1..)?))
}

/// A file in words: `certificate of 'ca'`.
fn called(row: &CatalogEntry, role: FileRole) -> String {
    format!("{} of {}", role.id(), Quoted(row.base_name))
}
