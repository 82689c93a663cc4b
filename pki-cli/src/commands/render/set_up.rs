//! From what is described and what is made to what is rendered.

use pki_core::copy::ClusterId;
use pki_core::plan::Site;
use pki_core::render::{RenderInput, render};
use pki_core::setup::{HostPath, Setup};
use pki_core::{CaPins, Etcd, EtcdNaming, FileRole, PlacedFile, Timestamp};
use zeroize::Zeroizing;

use super::files::RenderedFiles;
use crate::cluster_args::Described;
use crate::failure::Failure;
use crate::layout::{CERT_DIR, Layout};
use crate::store::{Entry, Root, quote};

/// What is to be rendered, and where.
pub(crate) struct SetUp<'a> {
    pub(crate) described: &'a Described,
    pub(crate) layout: &'a Layout,
    /// The file of `-f`, as it is reached from the output.
    pub(crate) description: Option<String>,
    /// How the files of an external etcd are called; `None` to find out.
    pub(crate) naming: Option<&'a EtcdNaming>,
}

impl SetUp<'_> {
    /// The files, compared with those in the directory. `ca` is the certificate
    /// of the cluster's CA, or what is in front of it while it is replaced.
    pub(crate) fn files(
        &self,
        root: Option<&Root>,
        ca: Option<&[u8]>,
        now: Timestamp,
    ) -> Result<RenderedFiles, Failure> {
        let cluster = &self.described.cluster;
        let description = self.described.setup.clone().unwrap_or_default();
        let setup = Setup::resolve(cluster, &description).map_err(|error| {
            let more = match self.description {
                Some(_) => "",
                None => "; 'kpki init' takes the same flags and writes the file where it belongs",
            };
            Failure::new(error.to_string()).hint(format!("write {}{more}", error.answer))
        })?;
        let ca_hashes: Vec<ClusterId> = match ca {
            None => Vec::new(),
            Some(ca) => {
                let pins = CaPins::from_pem(ca, now).map_err(|error| {
                    Failure::new(format!("the cluster's CA, shared/ca.crt: {error}"))
                })?;
                pins.pins.iter().map(|pin| pin.hash).collect()
            }
        };
        let cert_dir: HostPath = self.layout.certificates_on_host().parse()?;
        // kubeadm leaves its kubeconfigs and configuration in /etc/kubernetes, and
        // kpki copy finds no other directory.
        if cert_dir != HostPath::kubernetes_pki() {
            return Err(Failure::new(format!(
                "certificatesDir is {}, and whole set-ups are rendered with {CERT_DIR} alone",
                quote(std::path::Path::new(cert_dir.as_str()))
            ))
            .hint(format!(
                "leave certificatesDir and --cert-dir away, and let the files of etcd.external be below {CERT_DIR}; kpki gen without --render makes certificates for any directory"
            )));
        }
        let found = self.found_naming(root);
        let input = RenderInput {
            cluster,
            setup: &setup,
            documents: &self.described.documents,
            naming: &found,
            cert_dir: &cert_dir,
            ca_hashes: &ca_hashes,
            description: self.description.as_deref(),
        };
        let rendering = render(&input).map_err(|error| {
            let failure = Failure::new(error.to_string());
            match error.hint() {
                Some(hint) => failure.hint(hint),
                None => failure,
            }
        })?;
        let mut files = RenderedFiles::new(root, cluster, rendering)?;
        let decided = setup.notes.iter().map(ToString::to_string);
        files.notes.splice(0..0, decided);
        Ok(files)
    }

    /// How the files of an external etcd are called.
    pub(super) fn found_naming(&self, root: Option<&Root>) -> EtcdNaming {
        let given = self.naming.cloned();
        given.unwrap_or_else(|| self.naming(root))
    }

    /// kubeadm's configuration shows it, else the files that are there.
    fn naming(&self, root: Option<&Root>) -> EtcdNaming {
        let Etcd::External(external) = &self.described.cluster.etcd else {
            return EtcdNaming::Kubeadm;
        };
        if external.client_files.is_some() {
            return EtcdNaming::of(external.client_files.as_ref());
        }
        let ca = PlacedFile {
            role: FileRole::Certificate,
            path: "etcd/ca.pem".to_owned(),
        };
        let path = self.layout.path(Site::Shared, &ca).ok();
        let is_there = path
            .zip(root)
            .is_some_and(|(path, root)| root.read_following(&path).entry != Entry::Absent);
        match is_there {
            true => EtcdNaming::Cfssl,
            false => EtcdNaming::Kubeadm,
        }
    }
}

/// The certificate of the cluster's CA, where it was made already.
pub(crate) fn ca_certificate(root: &Root, layout: &Layout) -> Option<Zeroizing<Vec<u8>>> {
    let ca = PlacedFile {
        role: FileRole::Certificate,
        path: "ca.crt".to_owned(),
    };
    let path = layout.path(Site::Shared, &ca).ok()?;
    match root.read_following(&path).entry {
        Entry::File { bytes, .. } => Some(bytes),
        _ => None,
    }
}
