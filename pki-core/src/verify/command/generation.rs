//! How leaves and kubeconfigs are made again: `kpki gen` with the flags that
//! describe the host and the directory that the tree was found in.

use super::{argument, path, quoted, restart};
use crate::catalog::{CatalogEntry, EntryKind, EtcdNaming, FileRole, PlacedFile, ServerRule};
use crate::key::{KeyAlgorithm, SubjectPublicKeyInfo};
use crate::verify::fix::Fix;
use crate::verify::material::{Material, Part};
use crate::verify::role::placed;
use crate::verify::{Examined, Expectation, Tree};

/// How `kpki gen` is called for a tree.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Generation {
    /// The description of the host, as a shell reads it; `None` if nobody knows.
    flags: Option<String>,
    /// The flag that says where, with a space before it; `None` where `kpki gen`
    /// would look for a CA in vain.
    directory: Option<String>,
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
        let location = &tree.location;
        let directory = match location.certificates_directory().as_deref() {
            None if !location.directory.is_empty() => None,
            None | Some("/etc/kubernetes/pki") => Some(String::new()),
            Some(directory) => Some(format!(" --cert-dir {}", argument(directory))),
        };
        let flags = expectation.gen_flags.as_ref().map(|flags| {
            let mut words: Vec<String> = flags.iter().map(|word| quoted(word)).collect();
            if let Some(algorithm) = algorithm(expectation, materials) {
                words.push(format!("--key-algorithm {}", algorithm.name()));
            }
            words.join(" ")
        });
        Self {
            flags,
            directory,
            is_recalled: expectation.gen_flags_are_recalled,
            perhaps_shared: perhaps_shared(expectation),
        }
    }

    /// Makes these rows, `how` being ` --reissue` or nothing.
    pub(in crate::verify) fn fix(&self, names: &str, how: &str) -> Fix {
        let (Some(flags), Some(directory)) = (&self.flags, &self.directory) else {
            return Fix::say("with the flags or the file that describe the cluster, and --cert-dir if it is not /etc/kubernetes/pki")
                .and_run(format!("kpki gen --only {names}{how}"));
        };
        let command = format!("kpki gen --only {names}{how} {flags}{directory}");
        self.names().and_run(command)
    }

    /// What is to be known of the names.
    fn names(&self) -> Fix {
        match self.is_recalled {
            true => {
                Fix::say("under the names that the old files have; look whether they are right")
            }
            false => Fix::default(),
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
        let issue = format!(
            "have it issued on the host that has {}",
            ca.path(FileRole::PrivateKey)
        );
        let elsewhere = in_new_directory(examined, entry, ca, Some("OTHER-HOST"));
        return Fix::say(issue)
            .and(elsewhere.unwrap_or_default())
            .and(restart);
    }
    if examined.generation.directory.is_none()
        && let Some(ca) = ca
        && let Some(fix) = in_new_directory(examined, entry, ca, None)
    {
        return fix.and(restart);
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

/// Makes it in a new directory with a copy of the CA, on this or another host,
/// and brings it here.
fn in_new_directory(
    examined: &Examined<'_>,
    entry: &CatalogEntry,
    ca: &Material,
    host: Option<&str>,
) -> Option<Fix> {
    let tree = examined.tree;
    let flags = examined.generation.flags.as_ref()?;
    let usual = placed(ca.row.entry, &EtcdNaming::Kubeadm);
    // cfssl's names need cfssl's documents.
    if ca.row.files.iter().any(|it| it.path.ends_with(".pem")) || usual.is_empty() {
        return None;
    }
    // scp before OpenSSH 9.0 gives the path to a shell of the other host as well,
    // and a file that describes the cluster is here.
    let is_plain = |file: &PlacedFile| {
        let theirs = tree.location.on_host(ca.path(file.role));
        quoted(&theirs) == theirs
    };
    if host.is_some() && (flags.starts_with("-f ") || !usual.iter().all(is_plain)) {
        return None;
    }
    let new = match host {
        Some(_) => "/root/kpki-new".to_owned(),
        None => argument(&format!(
            "{}.new",
            tree.location.directory.trim_end_matches('/')
        )),
    };
    let at = |path: &str| match host {
        Some(_) => quoted(&tree.location.on_host(path)),
        None => super::path(tree, path),
    };
    let copies = usual
        .iter()
        .map(|file| format!(" && cp -p {} {new}/{}", at(ca.path(file.role)), file.path));
    let make = format!(
        "mkdir -p {new}/pki/etcd{} && kpki gen --only {} {flags} --cert-dir {new}/pki",
        copies.collect::<String>(),
        entry.base_name
    );
    let mut materials = examined.materials.iter();
    let material = materials.find(|material| material.row.entry == entry)?;
    let (copy, from) = match host {
        Some(host) => ("scp -p", format!("{host}:")),
        None => ("cp -p", String::new()),
    };
    let files = placed(entry, &EtcdNaming::Kubeadm);
    let brought = files.iter().map(|file| {
        let here = path(tree, material.path(file.role));
        format!("{copy} {from}{new}/{} {here}", file.path)
    });
    let make = match host {
        Some(host) => format!("ssh {host} {}", quoted(&make)),
        None => make,
    };
    let fix = brought.fold(examined.generation.names().and_run(make), Fix::and_run);
    Some(match host {
        Some(host) => fix.and_run(format!("ssh {host} rm -r {new}")),
        None => fix.and_run(format!("rm -r {new}")),
    })
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
