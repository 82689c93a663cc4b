//! The static pods of a tree, and the files that their flags name.

use super::tree::{self, Tree};
use crate::catalog::FileRole;
use crate::document::DocumentError;
use crate::kubeconfig::{Client, ExistingKubeconfig};
use crate::static_pod::{Component, Flag, StaticPod};

/// What the manifests say.
#[derive(Debug, Default)]
pub(super) struct Manifests {
    pods: Vec<(String, StaticPod)>,
    /// Those that tell nothing, by what they would have told.
    pub(super) broken: Vec<Broken>,
}

/// A manifest that cannot be read.
#[derive(Debug)]
pub(super) struct Broken {
    pub(super) path: String,
    pub(super) component: Component,
    pub(super) error: DocumentError,
}

/// A flag and the manifest that it stands in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Told<'a> {
    pub(super) path: &'a str,
    pub(super) flag: &'a Flag,
}

impl Told<'_> {
    /// `manifests/etcd.yaml:17`.
    pub(super) fn place(&self) -> String {
        format!("{}:{}", self.path, self.flag.position.line)
    }
}

const DIRECTORY: &str = "manifests/";

impl Manifests {
    pub(super) fn read(tree: &Tree) -> Self {
        let mut manifests = Self::default();
        for (path, file) in &tree.files {
            let (Some(name), Some(bytes)) = (path.strip_prefix(DIRECTORY), file.bytes()) else {
                continue;
            };
            match (StaticPod::parse(bytes), Component::of_file(name)) {
                (Ok(Some(pod)), _) => manifests.pods.push((path.clone(), pod)),
                (Err(error), Some(component)) => manifests.broken.push(Broken {
                    path: path.clone(),
                    component,
                    error,
                }),
                // Whatever else runs there is not ours to judge.
                (Ok(None) | Err(_), _) => {}
            }
        }
        manifests
    }

    /// The manifest of a component: the one that is called as kubeadm does,
    /// else the first.
    pub(super) fn of(&self, component: Component) -> Option<(&str, &StaticPod)> {
        let mut pods: Vec<_> = self.pods.iter().collect();
        pods.retain(|(_, pod)| pod.component == component);
        let usual = |path: &str| {
            let name = path.strip_prefix(DIRECTORY).unwrap_or(path);
            Component::of_file(name) == Some(component)
        };
        let found = pods.iter().find(|(path, _)| usual(path)).or(pods.first());
        found.map(|(path, pod)| (path.as_str(), pod))
    }

    /// A flag of a component.
    pub(super) fn flag(&self, component: Component, name: &str) -> Option<Told<'_>> {
        let (path, pod) = self.of(component)?;
        let flag = pod.flags.get(name)?;
        Some(Told { path, flag })
    }

    /// The file of the tree that a component uses for a file of the catalog.
    pub(super) fn file(&self, base_name: &str, role: FileRole) -> Option<String> {
        let mut uses = USES.iter();
        uses.find_map(|(component, flag, base, is)| {
            let named = *base == base_name && *is == role;
            let told = named.then(|| self.flag(*component, flag))??;
            tree::path_of(&told.flag.value)
        })
    }
}

impl Tree {
    /// The files that the manifests and kubelet.conf name, by the paths that
    /// they have in a tree: whoever reads the tree looks for them too.
    #[must_use]
    pub fn named_files(&self) -> Vec<String> {
        let manifests = Manifests::read(self);
        let mut named: Vec<String> = USES
            .iter()
            .filter_map(|(component, flag, ..)| {
                let told = manifests.flag(*component, flag)?;
                tree::path_of(&told.flag.value)
            })
            .collect();
        if let Some(bytes) = self.get("kubelet.conf").and_then(|file| file.bytes())
            && let Ok(kubeconfig) = ExistingKubeconfig::parse(bytes)
            && let Client::Paths { certificate, key } = kubeconfig.client
        {
            named.extend(
                [certificate, key]
                    .iter()
                    .filter_map(|path| tree::path_of(path)),
            );
        }
        named.sort();
        named.dedup();
        named
    }
}

use Component::{ApiServer, ControllerManager, Etcd};
use FileRole::{Certificate, PrivateKey, PublicKey};

/// Which flag of which component names which file of the catalog. Of several
/// the first counts.
const USES: &[(Component, &str, &str, FileRole)] = &[
    (
        ControllerManager,
        "cluster-signing-cert-file",
        "ca",
        Certificate,
    ),
    (
        ControllerManager,
        "cluster-signing-key-file",
        "ca",
        PrivateKey,
    ),
    (ApiServer, "client-ca-file", "ca", Certificate),
    (ApiServer, "tls-cert-file", "apiserver", Certificate),
    (ApiServer, "tls-private-key-file", "apiserver", PrivateKey),
    (
        ApiServer,
        "kubelet-client-certificate",
        "apiserver-kubelet-client",
        Certificate,
    ),
    (
        ApiServer,
        "kubelet-client-key",
        "apiserver-kubelet-client",
        PrivateKey,
    ),
    (
        ApiServer,
        "requestheader-client-ca-file",
        "front-proxy-ca",
        Certificate,
    ),
    (
        ApiServer,
        "proxy-client-cert-file",
        "front-proxy-client",
        Certificate,
    ),
    (
        ApiServer,
        "proxy-client-key-file",
        "front-proxy-client",
        PrivateKey,
    ),
    (Etcd, "trusted-ca-file", "etcd/ca", Certificate),
    (ApiServer, "etcd-cafile", "etcd/ca", Certificate),
    (
        ApiServer,
        "etcd-certfile",
        "apiserver-etcd-client",
        Certificate,
    ),
    (
        ApiServer,
        "etcd-keyfile",
        "apiserver-etcd-client",
        PrivateKey,
    ),
    (Etcd, "cert-file", "etcd/server", Certificate),
    (Etcd, "key-file", "etcd/server", PrivateKey),
    (Etcd, "peer-cert-file", "etcd/peer", Certificate),
    (Etcd, "peer-key-file", "etcd/peer", PrivateKey),
    (
        ControllerManager,
        "service-account-private-key-file",
        "sa",
        PrivateKey,
    ),
    (ApiServer, "service-account-key-file", "sa", PublicKey),
];
