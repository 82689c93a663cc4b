//! The static pods of a tree, and the files that their flags name.

mod named;

use std::collections::BTreeSet;

use super::etcd_unit::EtcdUnit;
use super::fix::Fix;
use super::misnamed::{self, Misnamed};
use super::role::{placed, usual_row};
use super::tree::Tree;
use super::uses::{MORE, PEERS_AUTHORITY, USES, Use};
use super::{
    Examined, Expectation, Finding, Record, Rule, TreeContent, TreeLocation, command, etcd_unit,
};
use crate::catalog::{Authority, CatalogEntry, EntryKind, EtcdNaming, FileRole, SanRule};
use crate::cluster::Etcd;
use crate::document::DocumentError;
use crate::severity::Severity;
use crate::static_pod::{Component, Flag, StaticPod};

/// What the manifests say.
#[derive(Debug, Default)]
pub(super) struct Manifests {
    /// etcd of a unit is among them: its flags are the same.
    pods: Vec<(String, StaticPod)>,
    unit: Option<EtcdUnit>,
    /// Those that cannot be read, whatever they are called.
    broken: Vec<Broken>,
    /// Flags that name another file than they should.
    pub(super) misnamed: Vec<Misnamed>,
    /// How many flags could be judged for that.
    pub(super) judged: usize,
    /// The files of the tree that any flag of any pod names.
    named: BTreeSet<String>,
    location: TreeLocation,
}

/// A manifest that cannot be read.
#[derive(Debug)]
pub(super) struct Broken {
    pub(super) path: String,
    /// What it is called after, or else what its text seems to run.
    component: Option<Component>,
    error: DocumentError,
}

/// A flag and the file that it stands in: a manifest, the unit of a service, or what
/// has the variables of its environment.
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

    /// How another flag is given where this one is: `--key-file`, or `ETCD_KEY_FILE`
    /// beside a variable.
    pub(super) fn beside(&self, flag: &str) -> String {
        match self.flag.variable_in {
            Some(_) => etcd_unit::variable_of(flag),
            None => format!("--{flag}"),
        }
    }

    /// What would give the flag a value: `--name=m1`, or `ETCD_NAME=m1`.
    pub(super) fn assigned(&self, value: &str) -> String {
        format!("{}={value}", self.beside(&self.flag.name))
    }
}

const DIRECTORY: &str = "manifests/";
/// In the public view of a manifest, the name of every flag that is not read.
const WITHHELD: &str = "withheld";
/// The same by its absolute path, beside an etcd that has its directory to
/// itself: `manifests/` would be inside of that.
const ABSOLUTE: &str = "/etc/kubernetes/manifests/";

/// A manifest's path below the directory of manifests.
pub(super) fn name_of(path: &str) -> Option<&str> {
    path.strip_prefix(DIRECTORY)
        .or_else(|| path.strip_prefix(ABSOLUTE))
}

/// Whether it is one, and not a unit of systemd.
pub(super) fn is_manifest(path: &str) -> bool {
    name_of(path).is_some()
}

impl Manifests {
    pub(super) fn read(tree: &Tree) -> Self {
        let mut manifests = Self::unjudged(tree);
        manifests.named = manifests.named();
        (manifests.misnamed, manifests.judged) = misnamed::find(&manifests, tree);
        manifests
    }

    /// As [`read`](Self::read), without a look at the files that flags name:
    /// enough to tell what runs.
    pub(super) fn unjudged(tree: &Tree) -> Self {
        let mut manifests = Self {
            location: tree.location.clone(),
            ..Self::default()
        };
        for (path, file) in &tree.files {
            let (Some(name), Some(text)) = (name_of(path), file.text()) else {
                continue;
            };
            match (text.static_pod(), Component::of_file(name)) {
                (Ok(Some(pod)), _) => manifests.pods.push((path.clone(), pod.clone())),
                (Err(error), named) => manifests.broken.push(Broken {
                    path: path.clone(),
                    component: named.or_else(|| Component::of_text(text)),
                    error: error.clone(),
                }),
                // Whatever else runs there is not ours to judge.
                (Ok(None), _) => {}
            }
        }
        manifests.unit = EtcdUnit::read(tree);
        if let Some(unit) = &manifests.unit {
            let path = unit.command_file().to_owned();
            manifests.pods.push((path, unit.pod.clone()));
        }
        manifests
    }

    /// The unit that runs etcd, unless a pod does.
    pub(super) fn unit(&self) -> Option<&EtcdUnit> {
        let (path, _) = self.of(Component::Etcd)?;
        self.unit.as_ref().filter(|it| it.command_file() == path)
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

    /// The path in the tree of a file that a flag names.
    pub(super) fn path_of(&self, on_host: &str) -> Option<String> {
        self.location.path_of(on_host)
    }

    /// Whether a component has a flag, whatever its value.
    pub(super) fn has(&self, component: Component, flag: &str) -> bool {
        self.of(component)
            .is_some_and(|(_, pod)| pod.flags.has(flag))
    }

    /// A flag of a component.
    pub(super) fn flag(&self, component: Component, name: &str) -> Option<Told<'_>> {
        let (path, pod) = self.of(component)?;
        let flag = pod.flags.get(name)?;
        let path = flag.variable_in.as_deref().unwrap_or(path);
        Some(Told { path, flag })
    }

    /// The file on the host that a flag names, or should name.
    pub(super) fn meant(&self, component: Component, name: &str) -> Option<String> {
        let told = self.flag(component, name)?;
        let mut misnamed = self.misnamed.iter();
        let wrong = misnamed.find(|it| it.of.component == component && it.of.flag == name);
        Some(match wrong {
            Some(wrong) => self.location.on_host(wrong.wanted()),
            None => told.flag.value.clone(),
        })
    }

    /// The file of the tree that a component uses for a file of the catalog,
    /// unless a flag names it by mistake.
    pub(super) fn file(&self, base_name: &str, role: FileRole) -> Option<String> {
        let uses = USES
            .iter()
            .filter(|it| it.row == base_name && it.role == role);
        let mut uses = uses.filter(|it| !self.is_misnamed(it));
        uses.find_map(|it| {
            let told = self.flag(it.component, it.flag)?;
            let path = self.path_of(&told.flag.value)?;
            let is_peers = it.of_peers().is_some() && self.is_of_peers(&path);
            (!is_peers && !is_borrowed(base_name, &path)).then_some(path)
        })
    }

    /// Whether a file is that of the CA of the members' own: a flag for clients that
    /// names the wrong file does not make it etcd's CA.
    fn is_of_peers(&self, path: &str) -> bool {
        let is_usual = usual_row(path).is_some_and(|(owner, role)| {
            owner.kind == EntryKind::Authority(Authority::EtcdPeers)
                && role == FileRole::Certificate
        });
        let has_clients = self.has(Component::Etcd, "trusted-ca-file");
        is_usual || has_clients && self.peers_authority().as_deref() == Some(path)
    }

    /// The file of the CA that the members of etcd know each other by, where that is
    /// not the one that clients are known by.
    pub(super) fn peers_authority(&self) -> Option<String> {
        let [peers, clients] =
            [PEERS_AUTHORITY, "trusted-ca-file"].map(|flag| self.meant(Component::Etcd, flag));
        let peers = peers.filter(|peers| Some(peers) != clients.as_ref())?;
        self.path_of(&peers)
    }

    /// Whether a flag names another file than it should.
    pub(super) fn is_misnamed(&self, of: &Use) -> bool {
        self.misnamed.iter().any(|found| found.of == of)
    }

    /// Whether the flags of a row name the files of another one that do as well,
    /// so that its own need not be there.
    pub(super) fn borrows(&self, base_name: &str) -> bool {
        let mut uses = USES.iter().filter(|it| it.row == base_name);
        uses.any(|it| {
            let told = self.flag(it.component, it.flag);
            let path = told.and_then(|told| self.path_of(&told.flag.value));
            !self.is_misnamed(it) && path.is_some_and(|path| is_borrowed(base_name, &path))
        })
    }

    /// The certificates directory on the host, where the flags of the control
    /// plane agree on another one than kubeadm's.
    fn certificates_directory(&self) -> Option<String> {
        const ENOUGH: usize = 3;
        let kubeadms = |path: &str| path == "pki" || path.starts_with("pki/");
        let mut found: Vec<String> = Vec::new();
        for of in USES {
            let Some(entry) = CatalogEntry::find(of.row).filter(|it| !it.is_etcds()) else {
                continue;
            };
            let Some(told) = self.flag(of.component, of.flag) else {
                continue;
            };
            let named = TreeLocation::default().path_of(&told.flag.value);
            let Some(named) = named.filter(|_| of.role != FileRole::Kubeconfig) else {
                continue;
            };
            if kubeadms(&named) {
                return None;
            }
            let files = placed(entry, &EtcdNaming::Kubeadm).into_iter();
            let mut names =
                files.filter_map(|file| Some(file.path.strip_prefix("pki")?.to_owned()));
            found.extend(names.find_map(|name| Some(named.strip_suffix(&name)?.to_owned())));
        }
        let first = found.first()?;
        let agree = found.len() >= ENOUGH && found.iter().all(|it| it == first);
        agree.then(|| TreeLocation::default().on_host(first))
    }
}

/// Whether a client's file is called as that of another row, as which it is
/// checked.
fn is_borrowed(base_name: &str, path: &str) -> bool {
    let Some((owner, _)) = usual_row(path) else {
        return false;
    };
    let may_borrow = CatalogEntry::find(base_name).is_some_and(|entry| {
        let is_client = matches!(entry.kind, EntryKind::Leaf(_) | EntryKind::Kubeconfig(_));
        is_client && entry.san_rule() == SanRule::None
    });
    may_borrow && owner.base_name != base_name
}

/// What cannot be read, and what it would have told.
pub(super) fn check(examined: &Examined<'_>, record: &mut Record) {
    const FIX: &str = "mend it, or write it again: kubeadm init phase control-plane all, kubeadm init phase etcd local";
    for (path, file) in &examined.tree.files {
        let Some(name) = name_of(path) else {
            continue;
        };
        let mut broken = examined.manifests.broken.iter();
        let broken = broken.find(|broken| broken.path == *path);
        let component = Component::of_file(name).or_else(|| broken?.component);
        let Some(component) = component else {
            if let Some(broken) = broken {
                let why = format!("it cannot be read: {}", broken.error);
                record.not_checked(format!("what {path} runs"), &why, None);
            }
            continue;
        };
        record.checked += 1;
        // Another one starts the component all the same.
        let runs = examined.manifests.of(component).is_some();
        let malformed = |message: String, record: &mut Record| {
            let finding = Finding::new(Rule::ManifestMalformed, path, message, FIX);
            record.findings.push(match runs {
                true => finding.with_severity(Severity::Warning),
                false => finding,
            });
        };
        let why = match (&file.content, broken) {
            (TreeContent::Unreadable(why), _) => {
                record.unreadable(path, why);
                "it cannot be read"
            }
            (TreeContent::Withheld(why), _) => {
                record.not_checked(crate::name::Quoted(path).to_string(), why, None);
                "its manifest stays on its host"
            }
            (_, Some(broken)) => {
                malformed(format!("cannot be read: {}", broken.error), record);
                "its manifest is broken"
            }
            // The kubelet passes over directories.
            (TreeContent::NotAFile("directory"), None) if !path.ends_with(".yaml") => continue,
            (TreeContent::TooLarge(_) | TreeContent::NotAFile(_), None) => {
                let message = "is no manifest: it is too large, or not a file";
                malformed(message.to_owned(), record);
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
    check_that_they_agree(examined, record);
}

const COPY_WAITS: &str = "the kubelet runs one pod of a name and lets the other wait: once the first is changed, the copy may come up in its place with the old flags";

/// The kubelet runs every manifest, a copy that lies beside it as well.
fn check_that_they_agree(examined: &Examined<'_>, record: &mut Record) {
    let manifests = examined.manifests;
    for (path, pod) in &manifests.pods {
        let Some((taken, other)) = manifests.of(pod.component) else {
            continue;
        };
        if taken == path || !is_manifest(path) {
            continue;
        }
        let differing = pod.flags.differing(&other.flags);
        let name = pod.component.name();
        let message = match differing.is_empty() {
            // Of another host, flags that nobody reads stay there.
            true if pod.flags.has(WITHHELD) => {
                format!("runs {name} as {taken} does, with the same flags as far as they are seen")
            }
            true => format!("runs {name} with the same flags as {taken}, of which it is a copy"),
            false => format!(
                "runs {name} as {taken} does, with another {}; {taken} is taken here",
                shown(&differing)
            ),
        };
        let fix = Fix::say(
            "move the one that should not run out of the directory: the kubelet runs every file \
            there whose name does not begin with a dot",
        );
        let fix = match differing.is_empty() {
            true => fix.and_run(moved_out(examined, path)),
            false => fix,
        };
        let finding = Finding::new(Rule::ManifestTwice, path, message, fix);
        record.fail(match differing.is_empty() {
            true => Finding {
                why: COPY_WAITS.to_owned(),
                ..finding
            },
            false => finding,
        });
    }
}

/// A manifest goes to the directory above, where nothing is run.
fn moved_out(examined: &Examined<'_>, path: &str) -> String {
    let (directory, name) = path.rsplit_once('/').unwrap_or(("", path));
    let above = directory.rsplit_once('/').map_or(".", |(above, _)| above);
    let [from, to] = [path, &format!("{above}/{name}")].map(|it| command::path(examined.tree, it));
    format!("mv {from} {to}")
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
    /// The files that the manifests, the kubeconfigs and the kubelet's
    /// configuration name, by the paths that
    /// they have in a tree: whoever reads the tree looks for them too.
    #[must_use]
    pub fn named_files(&self) -> Vec<String> {
        let manifests = Manifests::unjudged(self);
        let uses = USES.iter().map(|it| (it.component, it.flag));
        let mut named: Vec<String> = uses
            .chain(MORE.iter().copied())
            .filter_map(|(component, flag)| {
                let told = manifests.flag(component, flag)?;
                manifests.path_of(&told.flag.value)
            })
            .collect();
        named.extend(self.named_for_clients());
        named.sort();
        named.dedup();
        named
    }

    /// The certificates directory on the host, if the manifests name another
    /// one than kubeadm's: whoever reads the tree looks there.
    #[must_use]
    pub fn certificates_directory(&self) -> Option<String> {
        Manifests::unjudged(self).certificates_directory()
    }
}

impl Expectation {
    /// The files that the cluster's description names, by the paths that they
    /// have in a tree.
    #[must_use]
    pub fn named_files(&self, location: &TreeLocation) -> Vec<String> {
        let files = match self.described().map(|(cluster, _)| &cluster.etcd) {
            Some(Etcd::External(etcd)) => etcd.client_files.as_ref(),
            _ => None,
        };
        let paths = files.map(|files| [&files.ca_file, &files.cert_file, &files.key_file]);
        let paths = paths.into_iter().flatten();
        paths.filter_map(|path| location.path_of(path)).collect()
    }
}
