//! The line that says what a bundle holds: JSON that can be written in one way only.

use std::collections::BTreeMap;

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use super::{Longest, PortableError, called};
use crate::catalog::{CatalogEntry, EtcdNaming, FileRole};
use crate::copy::{ClusterId, ClusterKind, CopiedFile};
use crate::hexadecimal;
use crate::key::backend::sha256;
use crate::name::HostName;
use crate::time::Timestamp;

/// What a bundle says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) cluster: ClusterId,
    pub(super) created: Timestamp,
    pub(super) kind: ClusterKind,
    pub(super) host: Option<HostName>,
    pub(super) entries: Vec<Entry>,
}

/// One file. Where it lies is not said: that is for the catalog to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) row: &'static CatalogEntry,
    pub(super) role: FileRole,
    pub(super) length: usize,
    pub(super) sha256: [u8; 32],
}

#[derive(Serialize, Deserialize)]
struct Written {
    cluster: String,
    created: String,
    etcd: String,
    naming: String,
    host: Option<String>,
    entries: Vec<WrittenEntry>,
    #[serde(flatten, skip_serializing)]
    unknown: BTreeMap<String, IgnoredAny>,
}

#[derive(Serialize, Deserialize)]
struct WrittenEntry {
    row: String,
    part: String,
    length: u64,
    sha256: String,
    #[serde(flatten, skip_serializing)]
    unknown: BTreeMap<String, IgnoredAny>,
}

impl Header {
    /// Reads the line, without its end.
    pub(super) fn parse(line: &[u8]) -> Result<Self, PortableError> {
        let broken = |why| PortableError::Header { why };
        let written: Written = serde_json::from_slice(line)
            .map_err(|_| broken("it is not the JSON that it must be"))?;
        let unknown = written
            .entries
            .iter()
            .flat_map(|entry| entry.unknown.keys());
        if let Some(name) = written.unknown.keys().chain(unknown).next() {
            return Err(PortableError::UnknownField { name: name.clone() });
        }
        if written.entries.len() > Longest::ENTRIES {
            return Err(broken("it has more than 64 files"));
        }
        let cluster = written.cluster.parse();
        let created = Timestamp::parse_rfc3339(&written.created);
        let host = written
            .host
            .as_deref()
            .map(HostName::parse_node)
            .transpose();
        let kind = kind(&written.etcd, &written.naming);
        let mut header = Self {
            cluster: cluster.map_err(|_| broken("it names no cluster"))?,
            created: created.map_err(|_| broken("it names no time"))?,
            kind: kind.ok_or_else(|| broken("it names no kind of cluster"))?,
            host: host
                .map_err(|_| broken("its host is not a host's name"))?
                .map(|noted| noted.value),
            entries: Vec::new(),
        };
        for entry in &written.entries {
            header.entries.push(Entry::read(entry, &header.kind)?);
        }
        header.check()?;
        // Spaces, escapes, another order, a field twice: what is signed has one spelling.
        match header.to_json().as_bytes() == line {
            true => Ok(header),
            false => Err(broken("it is not written in the one way that it must be")),
        }
    }

    pub(super) fn to_json(&self) -> String {
        let entries = self.entries.iter().map(|entry| WrittenEntry {
            row: entry.row.base_name.to_owned(),
            part: entry.role.id().to_owned(),
            length: u64::try_from(entry.length).unwrap_or(u64::MAX),
            sha256: hexadecimal::lower(&entry.sha256),
            unknown: BTreeMap::new(),
        });
        let written = Written {
            cluster: self.cluster.to_string(),
            created: self.created.to_string(),
            etcd: self.kind.id().to_owned(),
            naming: naming_id(self.kind.naming()).to_owned(),
            host: self.host.as_ref().map(ToString::to_string),
            entries: entries.collect(),
            unknown: BTreeMap::new(),
        };
        // Strings and numbers can always be written.
        serde_json::to_string(&written).unwrap_or_default()
    }

    /// What holds of the files whoever lists them: none twice, in the catalog's order, and a
    /// host's own only where the host is named.
    pub(super) fn check(&self) -> Result<(), PortableError> {
        let mut last = None;
        for entry in &self.entries {
            let place = entry.place();
            if self
                .entries
                .iter()
                .filter(|other| other.place() == place)
                .count()
                > 1
            {
                return Err(PortableError::Duplicate {
                    entry: entry.called(),
                });
            }
            if last.replace(place).is_some_and(|last| last > place) {
                let why = "its files are not in the catalog's order";
                return Err(PortableError::Header { why });
            }
            if entry.length == 0 || entry.length > Longest::FILE {
                return Err(PortableError::Length {
                    entry: entry.called(),
                });
            }
            if self.host.is_none() && !self.kind.is_shared(entry.row) {
                return Err(PortableError::OwnWithoutHost {
                    entry: entry.called(),
                });
            }
        }
        Ok(())
    }
}

impl Entry {
    pub(super) fn of(file: &CopiedFile) -> Self {
        Self {
            row: file.entry,
            role: file.file.role,
            length: file.bytes.len(),
            sha256: sha256(&file.bytes),
        }
    }

    fn read(written: &WrittenEntry, kind: &ClusterKind) -> Result<Self, PortableError> {
        let row = CatalogEntry::find(&written.row)
            .filter(|row| row.base_name == written.row)
            .ok_or_else(|| PortableError::UnknownRow {
                row: written.row.clone(),
            })?;
        let unknown_part = || PortableError::UnknownPart {
            row: written.row.clone(),
            part: written.part.clone(),
        };
        let role = FileRole::ALL
            .into_iter()
            .find(|role| role.id() == written.part);
        let role = role
            .filter(|role| is_of(kind, row, *role))
            .ok_or_else(unknown_part)?;
        let length = usize::try_from(written.length).unwrap_or(usize::MAX);
        let digest = hexadecimal::octets(&written.sha256);
        let sha256 = digest.and_then(|octets| octets.try_into().ok());
        Ok(Self {
            row,
            role,
            length,
            sha256: sha256.ok_or(PortableError::Header {
                why: "a digest in it is none",
            })?,
        })
    }

    /// Where it stands in the catalog's order.
    pub(super) fn place(&self) -> (usize, FileRole) {
        let rows = crate::catalog::CATALOG.iter();
        (rows.take_while(|row| *row != self.row).count(), self.role)
    }

    pub(super) fn called(&self) -> String {
        called(self.row, self.role)
    }
}

/// Whether a host of such a cluster has the file at all.
fn is_of(kind: &ClusterKind, row: &CatalogEntry, role: FileRole) -> bool {
    let shared = kind.shared();
    let mut shared = shared.iter();
    let mut own = kind.own().filter(|(entry, _)| !kind.is_shared(entry));
    shared.any(|shared| shared.entry == row && shared.file.role == role)
        || own.any(|(entry, file)| entry == row && file.role == role)
}

fn kind(etcd: &str, naming: &str) -> Option<ClusterKind> {
    let namings = [EtcdNaming::Kubeadm, EtcdNaming::Cfssl];
    let naming = namings
        .into_iter()
        .find(|known| naming_id(known) == naming)?;
    let kinds = [
        ClusterKind::Stacked,
        ClusterKind::ExternalEtcd(naming.clone()),
    ];
    let kind = kinds.into_iter().find(|kind| kind.id() == etcd)?;
    (*kind.naming() == naming).then_some(kind)
}

fn naming_id(naming: &EtcdNaming) -> &'static str {
    match naming {
        EtcdNaming::Kubeadm => "kubeadm",
        EtcdNaming::Cfssl => "cfssl",
    }
}
