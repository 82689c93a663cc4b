//! How leaves and kubeconfigs are made again: `kpki gen` with the flags that
//! describe the host and the directory that the tree was found in.

use super::{argument, path, quoted, restart};
use crate::catalog::{CatalogEntry, EntryKind, EtcdNaming, FileRole, ServerRule};
use crate::key::{KeyAlgorithm, SubjectPublicKeyInfo};
use crate::verify::fix::Fix;
use crate::verify::material::{Material, Part};
use crate::verify::role::placed;
use crate::verify::{Examined, Expectation, Tree};

/// How `kpki gen` is called for a tree.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Generation {
    /// What follows the names of what is made, as a shell reads it; `None` if
    /// nobody knows.
    flags: Option<String>,
    /// Whether the names are those of the old certificates alone.
    is_recalled: bool,
    /// Names one of which may be the shared address, if nothing tells it.
    perhaps_shared: Option<String>,
}

impl Generation {
    pub(in crate::verify) fn of(
        tree: &Tree,
        expectation: &Expectation,
        materials: &[Material],
    ) -> Self {
        let certificates = tree.location.certificates_directory();
        let is_known = certificates.is_some() || tree.location.directory.is_empty();
        let flags = expectation.gen_flags.as_ref().filter(|_| is_known);
        let flags = flags.map(|flags| {
            let mut words: Vec<String> = flags.iter().map(|word| quoted(word)).collect();
            if let Some(algorithm) = algorithm(expectation, materials) {
                words.push(format!("--key-algorithm {}", algorithm.name()));
            }
            if let Some(directory) = certificates.filter(|it| it != "/etc/kubernetes/pki") {
                words.push(format!("--cert-dir {}", argument(&directory)));
            }
            words.join(" ")
        });
        Self {
            flags,
            is_recalled: expectation.gen_flags_are_recalled,
            perhaps_shared: perhaps_shared(expectation),
        }
    }

    /// Makes these rows, `how` being ` --reissue` or nothing.
    pub(in crate::verify) fn fix(&self, names: &str, how: &str) -> Fix {
        match (&self.flags, self.is_recalled) {
            (Some(flags), false) => Fix::run(format!("kpki gen --only {names}{how} {flags}")),
            (Some(flags), true) => {
                Fix::say("under the names that the old files have; look whether they are right")
                    .and_run(format!("kpki gen --only {names}{how} {flags}"))
            }
            (None, _) => Fix::say("with the flags or the file that describe the cluster, and --cert-dir if it is not /etc/kubernetes/pki")
                .and_run(format!("kpki gen --only {names}{how}")),
        }
    }
}

/// The further names of the API server where no kubeconfig tells which of them
/// they share.
fn perhaps_shared(expectation: &Expectation) -> Option<String> {
    let flags = expectation.gen_flags.as_ref()?;
    let value = |name: &str| {
        let position = flags.iter().position(|word| word == name)?;
        flags.get(position + 1)
    };
    let is_open = expectation.assumed.endpoint && value("--control-plane-endpoint").is_none();
    let names = value("--apiserver-cert-extra-sans").filter(|_| is_open)?;
    Some(names.replace(',', ", "))
}

/// The algorithm of most of the leaves, if `kpki gen` would take another one.
fn algorithm(expectation: &Expectation, materials: &[Material]) -> Option<KeyAlgorithm> {
    let described = expectation.cluster.as_ref();
    let usual = described.map_or(KeyAlgorithm::Rsa2048, |(cluster, _)| cluster.key_algorithm);
    // Whoever described the cluster has chosen one.
    if usual != KeyAlgorithm::Rsa2048 {
        return None;
    }
    let is_leaf = |it: &&Material| {
        let kind = it.row.entry.kind;
        matches!(kind, EntryKind::Leaf(_) | EntryKind::Kubeconfig(_))
    };
    let keys = materials.iter().filter(is_leaf).filter_map(|material| {
        let key = material.certificates().first()?.public_key().ok()?;
        of_key(key)
    });
    let keys: Vec<_> = keys.collect();
    let count = |wanted: &KeyAlgorithm| keys.iter().filter(|it| *it == wanted).count();
    let most = keys.iter().copied().max_by_key(count)?;
    (most != usual).then_some(most)
}

fn of_key(key: &SubjectPublicKeyInfo) -> Option<KeyAlgorithm> {
    let name = key.kind().to_string();
    let mut all = KeyAlgorithm::ALL.into_iter();
    // kubeadm reads no Ed25519.
    all.find(|it| it.name() == name && *it != KeyAlgorithm::Ed25519)
}

/// How a leaf or kubeconfig that is there is made anew.
pub(in crate::verify) fn reissue(examined: &Examined<'_>, entry: &CatalogEntry) -> Fix {
    made(examined, entry, " --reissue")
}

/// How one that is not there is made.
pub(in crate::verify) fn make(examined: &Examined<'_>, entry: &CatalogEntry) -> Fix {
    made(examined, entry, "")
}

fn made(examined: &Examined<'_>, entry: &CatalogEntry, how: &str) -> Fix {
    let tree = examined.tree;
    let ca = entry.issuer().map(CatalogEntry::of_authority);
    let mut materials = examined.materials.iter();
    let ca = materials.find(|material| Some(material.row.entry) == ca);
    let restart = restart(examined, entry);
    if let Some(ca) = ca.filter(|ca| matches!(ca.key, Part::Absent)) {
        let key = path(tree, ca.path(FileRole::PrivateKey));
        let issue = format!("have it issued where {key} is, and put it here with its key");
        return Fix::say(issue).and(restart);
    }
    // It would make a CA of its own.
    if let Some(ca) = ca.filter(|ca| !is_in_place(ca)) {
        let key = path(tree, ca.path(FileRole::PrivateKey));
        let file = ca.path(FileRole::Certificate);
        let issue = format!(
            "kpki gen knows the CA in pki only: have it issued by {} with {key}, and put it here with its key",
            path(tree, file)
        );
        return Fix::say(issue).and(restart);
    }
    let connects = matches!(entry.kind, EntryKind::Kubeconfig(ServerRule::Endpoint));
    let shared = examined.generation.perhaps_shared.as_ref();
    let hint = match shared.filter(|_| connects) {
        Some(names) => Fix::say(format!(
            "if the API servers share one of these, add --control-plane-endpoint with it and its port: {names}"
        )),
        None => Fix::default(),
    };
    let fix = hint.and(examined.generation.fix(entry.base_name, how));
    moved(examined, entry, fix).and(restart)
}

/// Whether the files of a row are where `kpki gen` looks for them.
fn is_in_place(material: &Material) -> bool {
    let entry = material.row.entry;
    let namings = [EtcdNaming::Kubeadm, EtcdNaming::Cfssl];
    let mut usual = namings.iter().flat_map(|naming| placed(entry, naming));
    let certificate = material.path(FileRole::Certificate);
    usual.any(|file| file.path == certificate)
}

/// What was made goes to where the manifests look for it.
fn moved(examined: &Examined<'_>, entry: &CatalogEntry, fix: Fix) -> Fix {
    let mut materials = examined.materials.iter();
    let Some(material) = materials.find(|material| material.row.entry == entry) else {
        return fix;
    };
    let naming = match material
        .row
        .files
        .iter()
        .any(|it| it.path.ends_with(".pem"))
    {
        true => EtcdNaming::Cfssl,
        false => EtcdNaming::Kubeadm,
    };
    let mut fix = fix;
    for made in placed(entry, &naming) {
        let wanted = material.path(made.role);
        if wanted != made.path && !wanted.is_empty() {
            let [made, wanted] = [&made.path, wanted].map(|it| path(examined.tree, it));
            fix = fix.and_run(format!("cp -p {made} {wanted}"));
        }
    }
    fix
}
