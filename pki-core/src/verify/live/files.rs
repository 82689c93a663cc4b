//! Which files of the tree belong to a server and to its clients.

use std::collections::{BTreeMap, BTreeSet};

use super::endpoint::LiveServer;
use crate::catalog::{Authority, CatalogEntry, FileRole};
use crate::certificate::Certificate;
use crate::verify::manifests::Manifests;
use crate::verify::role::{self, PlacedRow};
use crate::verify::tree::Tree;
use crate::verify::{Expectation, TreeLocation, command};

/// The files that running servers and their clients use: where the manifests
/// and the description name them, else at their usual places.
///
/// Without the tree, which need not stay in memory until the servers answer.
pub struct LiveFiles {
    location: TreeLocation,
    rows: Vec<PlacedRow>,
    /// Those of the rows that are there, whether they can be read or not.
    files: BTreeSet<String>,
    /// What can be read of them.
    certificates: BTreeMap<String, Vec<Certificate>>,
}

impl LiveFiles {
    /// Those of a tree, of which something is known beforehand.
    #[must_use]
    pub fn of(tree: &Tree, expectation: &Expectation) -> Self {
        let manifests = Manifests::read(tree);
        let expectation = role::settle(tree, &manifests, expectation);
        let role = role::of(tree, &manifests, &expectation);
        let rows = role.map(|role| role::rows(tree, &manifests, &expectation, role));
        let rows = rows.unwrap_or_default();
        let mut certificates = BTreeMap::new();
        let mut files = BTreeSet::new();
        for file in rows.iter().flat_map(|row| &row.files) {
            if tree.has(&file.path) {
                files.insert(file.path.clone());
            }
            if file.role == FileRole::Certificate
                && let Some(found) = tree.get(&file.path).and_then(|file| file.certificates())
            {
                certificates.insert(file.path.clone(), found.to_vec());
            }
        }
        Self {
            location: tree.location.clone(),
            rows,
            files,
            certificates,
        }
    }

    /// The tree's directory, in the words of a shell, if it is known.
    pub(super) fn directory(&self) -> Option<String> {
        let directory = &self.location.directory;
        (!directory.is_empty()).then(|| command::argument(directory))
    }

    /// The same on a host of its own kind.
    pub(super) fn directory_on_host(&self) -> String {
        let on_host = self.location.on_host(self.location.prefix);
        command::argument(on_host.trim_end_matches('/'))
    }

    /// Where a file of the tree is, in the words of a shell.
    pub(super) fn word(&self, path: &str) -> String {
        command::word(&self.location, path)
    }

    /// The paths of the certificate and the key with which a client is to
    /// connect, if the tree has both. kube-apiserver asks for a certificate and
    /// looks at it only when a request comes, so there is nothing to learn from
    /// showing it one.
    #[must_use]
    pub fn of_client(&self, server: LiveServer) -> Option<(String, String)> {
        let rows: &[&str] = match server {
            LiveServer::Apiserver => &[],
            LiveServer::Etcd => &["apiserver-etcd-client", "etcd/healthcheck-client"],
            LiveServer::EtcdPeer => &["etcd/peer"],
        };
        let mut pairs = rows.iter().filter_map(|base_name| {
            let row = self.row(CatalogEntry::find(base_name)?)?;
            let [certificate, key] =
                [FileRole::Certificate, FileRole::PrivateKey].map(|role| row.path(role));
            Some((certificate?.to_owned(), key?.to_owned()))
        });
        pairs
            .find(|(certificate, key)| self.files.contains(certificate) && self.files.contains(key))
    }

    /// The certificate that a server should show; `None` if it is not in the
    /// tree or cannot be read, which is reported elsewhere.
    pub(super) fn of_server(&self, server: LiveServer) -> Option<CertificateFile> {
        self.certificates_of(server.row()?)
    }

    pub(super) fn of_authority(&self, authority: Authority) -> Option<CertificateFile> {
        self.certificates_of(CatalogEntry::of_authority(authority))
    }

    /// The CA whose certificate a server should show.
    pub(super) fn authority_of(&self, server: LiveServer) -> Authority {
        let row = server.row().and_then(|entry| self.row(entry));
        row.and_then(|row| row.entry.issuer())
            .unwrap_or_else(|| server.authority())
    }

    /// Whether it is the certificate or the key of this CA.
    pub(super) fn is_authoritys(&self, authority: Authority, path: &str) -> bool {
        let row = self.row(CatalogEntry::of_authority(authority));
        row.is_some_and(|row| row.files.iter().any(|file| file.path == path))
    }

    fn certificates_of(&self, entry: &CatalogEntry) -> Option<CertificateFile> {
        self.at(self.row(entry)?.path(FileRole::Certificate)?)
    }

    pub(super) fn at(&self, path: &str) -> Option<CertificateFile> {
        Some(CertificateFile {
            path: path.to_owned(),
            certificates: self.certificates.get(path)?.clone(),
        })
    }

    /// The key that belongs to the certificate at a path.
    pub(super) fn key_of(&self, certificate: &str) -> Option<&str> {
        let mut rows = self.rows.iter();
        let row = rows.find(|row| row.path(FileRole::Certificate) == Some(certificate))?;
        row.path(FileRole::PrivateKey)
    }

    fn row(&self, entry: &CatalogEntry) -> Option<&PlacedRow> {
        self.rows.iter().find(|row| row.entry == entry)
    }
}

impl PlacedRow {
    fn path(&self, role: FileRole) -> Option<&str> {
        let file = self.files.iter().find(|file| file.role == role)?;
        Some(&file.path)
    }
}

/// A file with certificates in it.
pub(super) struct CertificateFile {
    pub(super) path: String,
    pub(super) certificates: Vec<Certificate>,
}
