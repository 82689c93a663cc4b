//! How leaves and kubeconfigs are made again: `kpki gen` with the flags that
//! describe the host and the directory that the tree was found in.

use super::{argument, quoted, set_aside, word};
use crate::catalog::{CatalogEntry, EntryKind, EtcdNaming, ServerRule};
use crate::key::{KeyAlgorithm, SubjectPublicKeyInfo};
use crate::verify::fix::Fix;
use crate::verify::material::Material;
use crate::verify::role::placed;
use crate::verify::{Expectation, Tree, TreeLocation, tree};

/// How `kpki gen` is called for a tree, and what is to be done before and after
/// it. Little, for there is one for each of thousands of hosts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Generation {
    /// The description of the host, as a shell reads it; `None` if nobody knows.
    pub(super) flags: Option<String>,
    /// The flag that says where, with a space before it; `None` where `kpki gen`
    /// would look for a CA in vain.
    pub(super) directory: Option<String>,
    /// Whether the names are those of the old certificates alone.
    is_recalled: bool,
    /// Names one of which may be the shared address, if nothing tells it.
    perhaps_shared: Option<String>,
    /// The kubeconfigs whose client certificate or key is in another file.
    renewed_elsewhere: Box<[&'static str]>,
    /// What lies elsewhere than where `kpki gen` puts it.
    moved: Box<[Moved]>,
    /// Whether the link to what the kubelet renewed is there; `None` if nobody
    /// could look for it.
    has_kubelet_client: Option<bool>,
}

/// A file that the manifests look for at a place of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Moved {
    row: &'static str,
    made: String,
    wanted: String,
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
            renewed_elsewhere: renewed_elsewhere(materials),
            moved: materials.iter().flat_map(moved).collect(),
            has_kubelet_client: match tree.has(tree::KUBELET_CLIENT) {
                false if !tree.has_host_root => None,
                has_it => Some(has_it),
            },
        }
    }

    /// Makes these rows, `how` being ` --reissue` or nothing.
    pub(in crate::verify) fn fix(&self, names: &str, how: &str) -> Fix {
        self.what_is_not_known().and_run(self.command(names, how))
    }

    /// The same in their tree: what is in the way is set aside first, and comes
    /// back if nothing is made; what was made goes to where the manifests look
    /// for it.
    pub(in crate::verify) fn make(
        &self,
        location: &TreeLocation,
        entries: &[&CatalogEntry],
        how: &str,
    ) -> Fix {
        let names: Vec<_> = entries.iter().map(|entry| entry.base_name).collect();
        self.make_without(location, &names, how, &[])
    }

    /// The same after more files were set aside.
    pub(super) fn make_without(
        &self,
        location: &TreeLocation,
        names: &[&str],
        how: &str,
        files: &[&str],
    ) -> Fix {
        let elsewhere = self.renewed_elsewhere.iter().copied();
        // gen keeps such a kubeconfig as long as its CA and server are right.
        let away: Vec<_> = elsewhere.filter(|row| names.contains(row)).collect();
        let away: Vec<_> = files.iter().copied().chain(away).collect();
        let mut command = self.command(&names.join(","), how);
        if !away.is_empty() {
            let back = away.iter().map(|file| {
                let [file, old] = [(*file).to_owned(), format!("{file}.old")];
                format!("mv {} {}; ", word(location, &old), word(location, &file))
            });
            let back: String = back.collect();
            let away: Vec<_> = away.iter().map(|it| set_aside(location, it)).collect();
            let away = away.join(" && ");
            command = format!("{away} && {{ {command} || {{ {back}false; }}; }}");
        }
        let (kubelets, words) = self.without_renewed(location, names);
        if let Some(kubelets) = kubelets {
            command = format!("{command} && {kubelets}");
        }
        for moved in self.moved.iter().filter(|it| names.contains(&it.row)) {
            let [made, wanted] = [&moved.made, &moved.wanted].map(|it| word(location, it));
            command.push_str(&format!(" && cp -p {made} {wanted}"));
        }
        self.hint(names)
            .and(self.what_is_not_known())
            .and_run(command)
            .and(words)
    }

    /// What the kubelet would go on with, whatever kubelet.conf says, is set
    /// aside: by a command, or in words where nobody knows whether it is there.
    pub(super) fn without_renewed(
        &self,
        location: &TreeLocation,
        names: &[&str],
    ) -> (Option<String>, Fix) {
        const ROW: &str = "kubelet.conf";
        let is_linked = names.contains(&ROW) && self.renewed_elsewhere.contains(&ROW);
        match self.has_kubelet_client {
            Some(true) if is_linked => {
                let aside = set_aside(location, tree::KUBELET_CLIENT);
                (Some(aside), Fix::default())
            }
            None if is_linked => {
                let words = format!(
                    "then, on its host, move {} out of the way",
                    tree::KUBELET_CLIENT
                );
                (None, Fix::say(words))
            }
            _ => (None, Fix::default()),
        }
    }

    fn command(&self, names: &str, how: &str) -> String {
        match (&self.flags, &self.directory) {
            (Some(flags), Some(directory)) => {
                format!("kpki gen --only {names}{how} {flags}{directory}")
            }
            _ => format!("kpki gen --only {names}{how}"),
        }
    }

    /// Makes all that is missing, if somebody knows how.
    pub(in crate::verify) fn all(&self) -> Option<String> {
        match (&self.flags, &self.directory) {
            (Some(flags), Some(directory)) => Some(format!("kpki gen {flags}{directory}")),
            _ => None,
        }
    }

    fn what_is_not_known(&self) -> Fix {
        match (&self.flags, &self.directory) {
            (Some(_), Some(_)) => self.names(),
            _ => Fix::say(
                "with the flags or the file that describe the cluster, and --cert-dir if it is not /etc/kubernetes/pki",
            ),
        }
    }

    fn hint(&self, names: &[&str]) -> Fix {
        let connects = |name: &&str| {
            let kind = CatalogEntry::find(name).map(|entry| entry.kind);
            matches!(kind, Some(EntryKind::Kubeconfig(ServerRule::Endpoint)))
        };
        let shared = self.perhaps_shared.as_ref();
        match shared.filter(|_| names.iter().any(connects)) {
            Some(names) => Fix::say(format!(
                "if the API servers share one of these, add --control-plane-endpoint with it and its port: {names}"
            )),
            None => Fix::default(),
        }
    }

    /// What is to be known of the names.
    pub(super) fn names(&self) -> Fix {
        match self.is_recalled {
            true => {
                Fix::say("under the names that the old files have; look whether they are right")
            }
            false => Fix::default(),
        }
    }
}

fn renewed_elsewhere(materials: &[Material]) -> Box<[&'static str]> {
    let is_so = |material: &&Material| {
        let kubeconfig = material.kubeconfig.read();
        kubeconfig.is_some_and(|it| it.is_renewed_elsewhere())
    };
    let materials = materials.iter().filter(is_so);
    materials.map(|it| it.row.entry.base_name).collect()
}

/// Which files of a leaf or kubeconfig `kpki gen` puts elsewhere.
fn moved(material: &Material) -> Vec<Moved> {
    let entry = material.row.entry;
    if !matches!(entry.kind, EntryKind::Leaf(_) | EntryKind::Kubeconfig(_)) {
        return Vec::new();
    }
    let mut files = material.row.files.iter();
    let naming = match files.any(|it| it.path.ends_with(".pem")) {
        true => EtcdNaming::Cfssl,
        false => EtcdNaming::Kubeadm,
    };
    let made = placed(entry, &naming).into_iter();
    let moved = made.filter_map(|made| {
        let wanted = material.path(made.role);
        (wanted != made.path && !wanted.is_empty()).then(|| Moved {
            row: entry.base_name,
            made: made.path,
            wanted: wanted.to_owned(),
        })
    });
    moved.collect()
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
