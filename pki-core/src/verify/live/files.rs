//! Which files of the tree belong to a server and to its clients.

use super::endpoint::LiveServer;
use crate::catalog::{Authority, CatalogEntry, EtcdNaming, FileRole};
use crate::certificate::Certificate;
use crate::verify::role;
use crate::verify::tree::Tree;

const NAMINGS: [EtcdNaming; 2] = [EtcdNaming::Kubeadm, EtcdNaming::Cfssl];

/// A file with certificates in it.
pub(super) struct CertificateFile {
    pub(super) path: String,
    pub(super) certificates: Vec<Certificate>,
}

impl CertificateFile {
    /// The certificate that a server should show; `None` if it is not in the
    /// tree or cannot be read, which is reported elsewhere.
    pub(super) fn of_server(server: LiveServer, tree: &Tree) -> Option<Self> {
        Self::of_row(server.row()?, tree)
    }

    pub(super) fn of_authority(authority: Authority, tree: &Tree) -> Option<Self> {
        Self::of_row(CatalogEntry::of_authority(authority), tree)
    }

    fn of_row(row: &CatalogEntry, tree: &Tree) -> Option<Self> {
        let path = paths(row, FileRole::Certificate).find(|path| tree.has(path))?;
        Self::at(path, tree)
    }

    pub(super) fn at(path: String, tree: &Tree) -> Option<Self> {
        let bytes = tree.get(&path)?.bytes()?;
        let certificates = Certificate::bundle_from_pem(bytes).ok()?;
        Some(Self { path, certificates })
    }
}

fn paths(row: &CatalogEntry, role: FileRole) -> impl Iterator<Item = String> {
    let files = NAMINGS.iter().flat_map(|naming| role::placed(row, naming));
    files
        .filter(move |file| file.role == role)
        .map(|file| file.path)
}

impl LiveServer {
    /// The paths of the certificate and the key with which a client is to
    /// connect, if the tree has both. kube-apiserver asks for a certificate and
    /// looks at it only when a request comes, so there is nothing to learn from
    /// showing it one.
    #[must_use]
    pub fn client_files(self, tree: &Tree) -> Option<(String, String)> {
        let rows: &[&str] = match self {
            Self::Apiserver => &[],
            Self::Etcd => &["apiserver-etcd-client", "etcd/healthcheck-client"],
            Self::EtcdPeer => &["etcd/peer"],
        };
        let rows = rows.iter().filter_map(|row| CatalogEntry::find(row));
        let mut pairs = rows.flat_map(|row| {
            paths(row, FileRole::Certificate).zip(paths(row, FileRole::PrivateKey))
        });
        pairs.find(|(certificate, key)| tree.has(certificate) && tree.has(key))
    }
}
