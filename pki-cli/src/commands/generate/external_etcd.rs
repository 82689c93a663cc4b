//! What an external etcd adds: cfssl's documents, and the files that kubeadm's
//! configuration names.

use std::path::Path;

use pki_core::cfssl::CfsslEtcd;
use pki_core::plan::PlanOptions;
use pki_core::{CatalogEntry, Cluster, Etcd, FileRole};

use crate::cluster_args::Described;
use crate::failure::Failure;
use crate::layout::CERT_DIR;
use crate::store::{quote, read_input_if_there};

/// kubeadm's configuration may name other files for the connection to an
/// external etcd than those that are made.
pub(super) fn other_client_files(described: &Described, options: &PlanOptions) -> Vec<String> {
    let Etcd::External(external) = &described.cluster.etcd else {
        return Vec::new();
    };
    let Some(configured) = &external.client_files else {
        return Vec::new();
    };
    let directory = described.certificates_dir.as_deref().unwrap_or(CERT_DIR);
    let made = |row: &str, role: FileRole| {
        let files = CatalogEntry::find(row).map(|entry| entry.files(&options.etcd_naming));
        let file = files.into_iter().flatten().find(|file| file.role == role);
        file.map(|file| format!("{}/{}", directory.trim_end_matches('/'), file.path))
    };
    let client = "apiserver-etcd-client";
    let pairs = [
        (
            "caFile",
            &configured.ca_file,
            made("etcd/ca", FileRole::Certificate),
        ),
        (
            "certFile",
            &configured.cert_file,
            made(client, FileRole::Certificate),
        ),
        (
            "keyFile",
            &configured.key_file,
            made(client, FileRole::PrivateKey),
        ),
    ];
    let other = pairs.into_iter().filter_map(|(field, wanted, made)| {
        let made = made.filter(|made| made != wanted)?;
        Some(format!(
            "etcd.external.{field} is {wanted}, and {made} is made: change one of them"
        ))
    });
    other.collect()
}

/// Reads cfssl's documents, as far as the directory has them.
pub(super) fn cfssl(directory: &Path, cluster: &Cluster) -> Result<CfsslEtcd, Failure> {
    if !cluster.has_external_etcd() {
        return Err(
            Failure::new("--cfssl-dir rules an external etcd, and this one is stacked")
                .hint("add --etcd external"),
        );
    }
    let mut documents = Vec::new();
    for name in CfsslEtcd::FILES {
        let path = directory.join(name);
        if let Some(text) = read_input_if_there(&path)? {
            documents.push((name.to_owned(), text));
        }
    }
    if documents.is_empty() {
        return Err(
            Failure::new(format!("{} has no document of cfssl", quote(directory))).hint(format!(
                "the files that are read are {}",
                CfsslEtcd::FILES.join(", ")
            )),
        );
    }
    CfsslEtcd::parse(&documents)
        .map_err(|(file, error)| Failure::in_file(directory.join(file).display(), &error))
}
