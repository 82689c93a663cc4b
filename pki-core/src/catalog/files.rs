//! Which files a row of the catalog consists of.

use super::{CatalogEntry, EntryKind};
use crate::cluster::EtcdClientFiles;

/// How the files of an external etcd are called.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum EtcdNaming {
    /// kubeadm's: `etcd/ca.crt`, `etcd/server.key`, `apiserver-etcd-client.crt`.
    #[default]
    Kubeadm,
    /// cfssljson's: `etcd/ca.pem`, `etcd/server-key.pem`, `etcd/client.pem`.
    Cfssl,
}

/// What a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FileRole {
    /// A certificate, mode 0644.
    Certificate,
    /// A private key, mode 0600.
    PrivateKey,
    /// sa.pub, mode 0600 as kubeadm writes it.
    PublicKey,
    /// A kubeconfig with a private key in it, mode 0600.
    Kubeconfig,
}

/// A file of the tree.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PlacedFile {
    /// What it holds.
    pub role: FileRole,
    /// Its path: below the certificates directory, or for a kubeconfig below
    /// the kubeconfig directory.
    pub path: String,
}

impl FileRole {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::Certificate,
        Self::PrivateKey,
        Self::PublicKey,
        Self::Kubeconfig,
    ];

    /// The stable name: `private-key`.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Certificate => "certificate",
            Self::PrivateKey => "private-key",
            Self::PublicKey => "public-key",
            Self::Kubeconfig => "kubeconfig",
        }
    }

    /// The mode that kubeadm gives such a file, as in `chmod`.
    #[must_use]
    pub fn mode(self) -> u32 {
        match self {
            Self::Certificate => 0o644,
            Self::PrivateKey | Self::PublicKey | Self::Kubeconfig => 0o600,
        }
    }

    /// Whether nobody else may read it.
    #[must_use]
    pub fn is_secret(self) -> bool {
        matches!(self, Self::PrivateKey | Self::Kubeconfig)
    }
}

impl EtcdNaming {
    /// The naming that the three paths of kubeadm's `etcd.external` show.
    #[must_use]
    pub fn of(files: Option<&EtcdClientFiles>) -> Self {
        match files {
            Some(files) if files.ca_file.ends_with(".pem") => Self::Cfssl,
            _ => Self::Kubeadm,
        }
    }
}

impl CatalogEntry {
    /// The files of the row, certificate before key. Empty if the naming has no
    /// such row: cfssl's guides check etcd's health with the API server's
    /// client certificate.
    #[must_use]
    pub fn files(&self, naming: &EtcdNaming) -> Vec<PlacedFile> {
        let file = |role, path: String| PlacedFile { role, path };
        match self.kind {
            EntryKind::Kubeconfig(_) => vec![file(FileRole::Kubeconfig, self.base_name.to_owned())],
            EntryKind::ServiceAccount => vec![
                file(FileRole::PublicKey, "sa.pub".to_owned()),
                file(FileRole::PrivateKey, "sa.key".to_owned()),
            ],
            EntryKind::Authority(_) | EntryKind::Leaf(_)
                if self.is_etcds() && *naming == EtcdNaming::Cfssl =>
            {
                let base = match self.base_name {
                    "apiserver-etcd-client" => "etcd/client",
                    "etcd/healthcheck-client" => return Vec::new(),
                    other => other,
                };
                vec![
                    file(FileRole::Certificate, format!("{base}.pem")),
                    file(FileRole::PrivateKey, format!("{base}-key.pem")),
                ]
            }
            EntryKind::Authority(_) | EntryKind::Leaf(_) => vec![
                file(FileRole::Certificate, format!("{}.crt", self.base_name)),
                file(FileRole::PrivateKey, format!("{}.key", self.base_name)),
            ],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_namings() {
        let paths = |name: &str, naming| -> Vec<String> {
            let files = CatalogEntry::find(name).unwrap().files(&naming);
            files.into_iter().map(|file| file.path).collect()
        };
        assert_eq!(
            paths("etcd/ca", EtcdNaming::Kubeadm),
            ["etcd/ca.crt", "etcd/ca.key"]
        );
        assert_eq!(
            paths("etcd/ca", EtcdNaming::Cfssl),
            ["etcd/ca.pem", "etcd/ca-key.pem"]
        );
        assert_eq!(
            paths("etcd/peer-ca", EtcdNaming::Cfssl),
            ["etcd/peer-ca.pem", "etcd/peer-ca-key.pem"]
        );
        assert_eq!(
            paths("apiserver-etcd-client", EtcdNaming::Cfssl),
            ["etcd/client.pem", "etcd/client-key.pem"]
        );
        assert_eq!(
            paths("apiserver", EtcdNaming::Cfssl),
            ["apiserver.crt", "apiserver.key"]
        );
        assert_eq!(paths("sa", EtcdNaming::Cfssl), ["sa.pub", "sa.key"]);
        assert_eq!(paths("admin.conf", EtcdNaming::Kubeadm), ["admin.conf"]);
    }
}
