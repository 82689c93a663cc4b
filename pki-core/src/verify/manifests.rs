//! The static pods of a tree, and the files that their flags name.

use super::tree::{self, Tree};
use super::{Examined, Expectation, Finding, Record, Rule, TreeContent};
use crate::catalog::FileRole;
use crate::cluster::Etcd;
use crate::document::DocumentError;
use crate::kubeconfig::{Client, ExistingKubeconfig};
use crate::static_pod::{Component, Flag, StaticPod};

/// What the manifests say.
#[derive(Debug, Default)]
pub(super) struct Manifests {
    pods: Vec<(String, StaticPod)>,
    /// Those called as kubeadm's that cannot be read.
    pub(super) broken: Vec<Broken>,
}

/// A manifest that cannot be read.
#[derive(Debug)]
pub(super) struct Broken {
    pub(super) path: String,
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
/// The same by its absolute path, beside an etcd that has its directory to
/// itself: `manifests/` would be inside of that.
const ABSOLUTE: &str = "/etc/kubernetes/manifests/";

/// A manifest's path below the directory of manifests.
fn name_of(path: &str) -> Option<&str> {
    path.strip_prefix(DIRECTORY)
        .or_else(|| path.strip_prefix(ABSOLUTE))
}

impl Manifests {
    pub(super) fn read(tree: &Tree) -> Self {
        let mut manifests = Self::default();
        for (path, file) in &tree.files {
            let (Some(name), Some(bytes)) = (name_of(path), file.bytes()) else {
                continue;
            };
            match (StaticPod::parse(bytes), Component::of_file(name)) {
                (Ok(Some(pod)), _) => manifests.pods.push((path.clone(), pod)),
                (Err(error), Some(_)) => manifests.broken.push(Broken {
                    path: path.clone(),
                    error,
                }),
                // Whatever else runs there is not ours to judge.
                (Ok(None) | Err(_), _) => {}
            }
        }
        manifests
    }

    /// The manifest of a component: the one that is called as kubeadm does, else
    /// one that is called so at the front (`etcd.backup.yaml`), else the first.
    pub(super) fn of(&self, component: Component) -> Option<(&str, &StaticPod)> {
        let rank = |path: &str| {
            let name = path.rsplit('/').next().unwrap_or(path);
            match Component::of_file(name) == Some(component) {
                true => u8::from(name.strip_suffix(".yaml") != Some(component.name())),
                false => 2,
            }
        };
        let pods = self.pods.iter();
        let found = pods
            .filter(|(_, pod)| pod.component == component)
            .min_by_key(|(path, _)| rank(path));
        found.map(|(path, pod)| (path.as_str(), pod))
    }

    /// Whether a flag of any pod names this file of the tree.
    pub(super) fn name(&self, path: &str) -> bool {
        let mut values = self.pods.iter().flat_map(|(_, pod)| pod.flags.values());
        values.any(|value| tree::path_of(value).as_deref() == Some(path))
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

/// What cannot be read, and what it would have told.
pub(super) fn check(examined: &Examined<'_>, record: &mut Record) {
    const FIX: &str = "mend it, or write it again: kubeadm init phase control-plane all, kubeadm init phase etcd local";
    for (path, file) in &examined.tree.files {
        let Some(component) = name_of(path).and_then(Component::of_file) else {
            continue;
        };
        record.checked += 1;
        let broken = examined
            .manifests
            .broken
            .iter()
            .find(|broken| broken.path == *path);
        let why = match (&file.content, broken) {
            (TreeContent::Unreadable(why), _) => {
                record.unreadable(path, why);
                "it cannot be read"
            }
            (_, Some(broken)) => {
                let message = format!("cannot be read: {}", broken.error);
                record
                    .findings
                    .push(Finding::new(Rule::ManifestMalformed, path, message, FIX));
                "its manifest is broken"
            }
            // The kubelet passes over directories.
            (TreeContent::NotAFile("directory"), None) if !path.ends_with(".yaml") => continue,
            (TreeContent::TooLarge(_) | TreeContent::NotAFile(_), None) => {
                let message = "is no manifest: it is too large, or not a file";
                record
                    .findings
                    .push(Finding::new(Rule::ManifestMalformed, path, message, FIX));
                "its manifest is broken"
            }
            _ => continue,
        };
        let what = format!(
            "what the flags of {} tell: addresses, ranges, files",
            component.name()
        );
        record.not_checked(what, why, None);
    }
    check_that_they_agree(examined.manifests, record);
}

/// The kubelet runs every manifest, a copy that lies beside it as well.
fn check_that_they_agree(manifests: &Manifests, record: &mut Record) {
    for (path, pod) in &manifests.pods {
        let Some((taken, other)) = manifests.of(pod.component) else {
            continue;
        };
        if taken == path {
            continue;
        }
        let differing = pod.flags.differing(&other.flags);
        record.expect(differing.is_empty(), || {
            let name = pod.component.name();
            let flags = shown(&differing);
            let message =
                format!("runs {name} as {taken} does, with another {flags}; {taken} is taken here");
            let fix = "move the one that should not run out of the directory: the kubelet runs every \
                file there whose name does not begin with a dot";
            Finding::new(Rule::ManifestTwice, path, message, fix)
        });
    }
}

/// The first of some flags.
fn shown(flags: &[&str]) -> String {
    const MOST: usize = 3;
    let first: Vec<_> = flags.iter().map(|flag| format!("--{flag}")).collect();
    match first.get(MOST..) {
        Some(more @ [_, ..]) => format!("{} and {} more", first[..MOST].join(", "), more.len()),
        _ => first.join(", "),
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

impl Expectation {
    /// The files that the cluster's description names, by the paths that they
    /// have in a tree.
    #[must_use]
    pub fn named_files(&self) -> Vec<String> {
        let files = match self.described().map(|(cluster, _)| &cluster.etcd) {
            Some(Etcd::External(etcd)) => etcd.client_files.as_ref(),
            _ => None,
        };
        let paths = files.map(|files| [&files.ca_file, &files.cert_file, &files.key_file]);
        let paths = paths.into_iter().flatten();
        paths.filter_map(|path| tree::path_of(path)).collect()
    }
}

use Component::{ApiServer, ControllerManager, Etcd as EtcdPod};
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
    (EtcdPod, "trusted-ca-file", "etcd/ca", Certificate),
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
    (EtcdPod, "cert-file", "etcd/server", Certificate),
    (EtcdPod, "key-file", "etcd/server", PrivateKey),
    (EtcdPod, "peer-cert-file", "etcd/peer", Certificate),
    (EtcdPod, "peer-key-file", "etcd/peer", PrivateKey),
    (
        ControllerManager,
        "service-account-private-key-file",
        "sa",
        PrivateKey,
    ),
    (ApiServer, "service-account-key-file", "sa", PublicKey),
];
