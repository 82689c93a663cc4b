//! What a path in the tree tells before anything is read.

use std::collections::BTreeMap;

use crate::catalog::{CATALOG, CatalogEntry, EtcdNaming, FileRole};
use crate::verify::role;

/// The files of the catalog in both namings.
pub(super) fn of_catalog() -> BTreeMap<String, (&'static CatalogEntry, FileRole)> {
    let mut files = BTreeMap::new();
    for naming in [EtcdNaming::Kubeadm, EtcdNaming::Cfssl] {
        for entry in &CATALOG {
            for file in role::placed(entry, &naming) {
                files.insert(file.path, (entry, file.role));
            }
        }
    }
    files
}

/// What the kubelet's own certificates are called if no kubeconfig names them.
/// It rotates the first two by moving a link, and writes the third at its start
/// where the cluster issues none for serving.
pub(super) const KUBELET: [(&str, &str); 3] = [
    (
        "/var/lib/kubelet/pki/kubelet-client-current.pem",
        "kubelet-client",
    ),
    (
        "/var/lib/kubelet/pki/kubelet-server-current.pem",
        "kubelet-server",
    ),
    ("/var/lib/kubelet/pki/kubelet.crt", "kubelet-server"),
];

/// Whether a file of this name may hold a certificate, so that it matters if it
/// cannot be read.
pub(super) fn may_hold_certificates(path: &str) -> bool {
    let others = [".pem", ".der"].iter().any(|end| path.ends_with(end));
    is_certificates(path) || others && !path.ends_with("-key.pem")
}

/// Whether a file of this name holds a certificate or is broken.
pub(super) fn is_certificates(path: &str) -> bool {
    let ends = [".crt", ".cer", ".cert"];
    ends.iter().any(|end| path.ends_with(end))
}

/// Where the key of a certificate lies, by kubeadm's and by cfssljson's custom.
pub(super) fn keys_of(path: &str) -> [String; 2] {
    let stem = match path.rsplit_once('.') {
        Some((stem, end)) if !end.contains('/') => stem,
        _ => path,
    };
    [format!("{stem}.key"), format!("{stem}-key.pem")]
}

/// Whether a file or a directory on the way is called a backup.
pub(super) fn is_backup(path: &str) -> bool {
    const WORDS: [&str; 5] = ["bak", "old", "orig", "save", "backup"];
    path.split('/').any(|part| {
        let mut words = part.split(['.', '-', '_']);
        part.ends_with('~') || words.any(|word| WORDS.contains(&word))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell() {
        let files = of_catalog();
        let name = |path: &str| files.get(path).map(|(entry, _)| entry.phase_name);
        assert_eq!(name("pki/etcd/server.crt"), Some("etcd-server"));
        assert_eq!(name("pki/etcd/server.pem"), Some("etcd-server"));
        assert_eq!(name("pki/etcd/client.pem"), Some("apiserver-etcd-client"));
        assert_eq!(name("admin.conf"), Some("admin"));
        assert_eq!(name("pki/other.crt"), None);

        for path in [
            "admin.conf.bak",
            "pki/a.crt~",
            "pki.old/a.crt",
            "kpki-backup-1/a.crt",
        ] {
            assert!(is_backup(path), "{path}");
        }
        for path in [
            "admin.conf",
            "pki/golden.crt",
            "pki/etcd/ca.crt",
            "saved/a.pem",
        ] {
            assert!(!is_backup(path), "{path}");
        }
        assert!(is_certificates("a.crt") && !is_certificates("a.pem"));
        assert!(may_hold_certificates("a.pem") && !may_hold_certificates("a-key.pem"));
        assert_eq!(
            keys_of("pki/etcd/ca.pem"),
            ["pki/etcd/ca.key", "pki/etcd/ca-key.pem"]
        );
        assert_eq!(keys_of("a.b/ca")[0], "a.b/ca.key");
    }
}
