//! How leaves and kubeconfigs are made again: `kpki gen` with the flags that
//! describe the host and the directory that the tree was found in.

use super::{argument, quoted};
use crate::catalog::EntryKind;
use crate::key::{KeyAlgorithm, SubjectPublicKeyInfo};
use crate::verify::fix::Fix;
use crate::verify::material::Material;
use crate::verify::{Expectation, Tree};

/// How `kpki gen` is called for a tree.
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
    pub(super) perhaps_shared: Option<String>,
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
    pub(super) fn names(&self) -> Fix {
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
