//! The catalogue of faults: what breaks a healthy host, what must be found
//! then, and how far it reaches.

mod authorities;
mod chains;
mod dates;
mod exchanges;
mod files;
mod flags;
mod keys;
pub(super) mod kubeconfigs;
pub(super) mod kubelet;
mod manifests;
mod names;
mod permissions;

use std::collections::BTreeSet;
use std::fmt;
use std::sync::OnceLock;

pub(super) use exchanges::{FAULTS as EXCHANGES, exchange};
pub(super) use flags::put_flags;

use super::derived::{API_SERVER, manifest};
use super::*;

pub(super) const KUBELET_CLIENT: &str = "/var/lib/kubelet/pki/kubelet-client-current.pem";
const KUBELET_SERVER: &str = "/var/lib/kubelet/pki/kubelet-server-current.pem";

/// Trees to break and to take files from.
pub(super) struct Trees {
    /// As gen makes it.
    pub(super) good: Tree,
    /// The same of a host that runs: with manifests and the kubelet's files.
    pub(super) running: Tree,
    /// Another cluster of the same names.
    pub(super) other: Tree,
    /// The same host, described otherwise.
    other_names: Cluster,
}

pub(super) type Break = fn(&mut Tree, &Trees);

/// One way to break a host.
pub(super) struct Fault {
    /// Every finding that it has, `rule file`, whether the host is described or
    /// not.
    pub(super) finds: &'static [&'static str],
    pub(super) breaks: Break,
    /// What it touches or explains besides the rows of its findings.
    reaches: &'static [Scope],
    /// Whether it takes a description of the host to see it.
    needs_description: bool,
}

/// Rows of a tree: those of the catalog by their base names, other files by
/// their paths.
pub(super) enum Scope {
    Row(&'static str),
    /// A CA, what it signs and what trusts it.
    Below(Authority),
}

impl Fault {
    const fn new(finds: &'static [&'static str], breaks: Break) -> Self {
        Self {
            finds,
            breaks,
            reaches: &[],
            needs_description: false,
        }
    }

    const fn reaching(self, reaches: &'static [Scope]) -> Self {
        Self { reaches, ..self }
    }

    const fn seen_by_description(self) -> Self {
        Self {
            needs_description: true,
            ..self
        }
    }

    /// The rows that its findings may be about.
    pub(super) fn scope(&self) -> BTreeSet<String> {
        let found = self.finds.iter().filter_map(|it| it.split_once(' '));
        let mut rows: BTreeSet<String> = found.map(|(_, file)| row_of(file)).collect();
        for scope in self.reaches {
            match scope {
                Scope::Row(row) => rows.extend([row_of(row)]),
                Scope::Below(authority) => rows.extend(below(*authority)),
            }
        }
        rows
    }

    pub(super) fn finds(&self, described: bool) -> &'static [&'static str] {
        match described || !self.needs_description {
            true => self.finds,
            false => &[],
        }
    }
}

/// The row of the catalog that a file is of, the component of a manifest, or the
/// file itself.
pub(crate) fn row_of(file: &str) -> String {
    if file.starts_with("manifests/") {
        // One manifest of a component decides what is said of another.
        let component = file.split_once('.').map(|(component, _)| component);
        return component.unwrap_or(file).to_owned();
    }
    let name = file.strip_prefix("pki/").unwrap_or(file);
    let ends = [".crt", ".key", ".pub"];
    let base = ends.iter().find_map(|end| name.strip_suffix(end));
    let base = base.filter(|base| CatalogEntry::find(base).is_some());
    base.unwrap_or(name).to_owned()
}

fn below(authority: Authority) -> impl Iterator<Item = String> {
    let kubelets = [KUBELET_CLIENT, KUBELET_SERVER].into_iter();
    let own = [CatalogEntry::of_authority(authority).base_name].into_iter();
    let signed = CATALOG
        .iter()
        .filter(move |entry| entry.issuer() == Some(authority))
        .map(|entry| entry.base_name);
    own.chain(signed)
        .chain(kubelets.filter(move |_| authority == Authority::Cluster))
        .map(str::to_owned)
}

impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.finds.join(", "))
    }
}

/// Every fault of a host.
pub(super) fn faults() -> &'static [&'static Fault] {
    static ALL: OnceLock<Vec<&'static Fault>> = OnceLock::new();
    let topics = [
        files::FAULTS,
        exchanges::FAULTS,
        keys::FAULTS,
        authorities::FAULTS,
        chains::FAULTS,
        dates::FAULTS,
        names::FAULTS,
        kubeconfigs::FAULTS,
        kubelet::FAULTS,
        manifests::FAULTS,
        flags::FAULTS,
        permissions::FAULTS,
    ];
    ALL.get_or_init(|| topics.into_iter().flatten().collect())
}

/// Made once, as keys take their time.
pub(super) fn trees() -> &'static Trees {
    static TREES: OnceLock<Trees> = OnceLock::new();
    TREES.get_or_init(|| {
        let cluster = described();
        let mut other_names = cluster.clone();
        other_names.hosts = vec![host("m2", 12)];
        let made = || tree_of(&cluster, EtcdNaming::Kubeadm, now());
        let good = made();
        Trees {
            running: running(&good),
            good,
            other: made(),
            other_names,
        }
    })
}

pub(super) fn described() -> Cluster {
    cluster("1.36")
}

fn copied(tree: &Tree) -> Tree {
    let copies = tree.files.keys();
    Tree {
        files: copies
            .map(|path| (path.clone(), copy(tree, path)))
            .collect(),
        has_kubeconfig_directory: true,
        ..Tree::default()
    }
}

/// The good tree with one fault.
pub(super) fn broken(trees: &Trees, fault: Break) -> Tree {
    let mut tree = copied(&trees.good);
    fault(&mut tree, trees);
    tree
}

/// As kubeadm writes them.
const CONTROLLER_MANAGER: [&str; 7] = [
    "--client-ca-file=/etc/kubernetes/pki/ca.crt",
    "--cluster-signing-cert-file=/etc/kubernetes/pki/ca.crt",
    "--cluster-signing-key-file=/etc/kubernetes/pki/ca.key",
    "--kubeconfig=/etc/kubernetes/controller-manager.conf",
    "--requestheader-client-ca-file=/etc/kubernetes/pki/front-proxy-ca.crt",
    "--root-ca-file=/etc/kubernetes/pki/ca.crt",
    "--service-account-private-key-file=/etc/kubernetes/pki/sa.key",
];
const SCHEDULER: [&str; 2] = [
    "--authentication-kubeconfig=/etc/kubernetes/scheduler.conf",
    "--kubeconfig=/etc/kubernetes/scheduler.conf",
];

/// What the host has once kubeadm and the kubelet have started.
fn running(good: &Tree) -> Tree {
    let mut tree = copied(good);
    tree.has_host_root = true;
    manifest(&mut tree, "kube-apiserver", &API_SERVER);
    manifest(&mut tree, "kube-controller-manager", &CONTROLLER_MANAGER);
    manifest(&mut tree, "kube-scheduler", &SCHEDULER);
    manifest(&mut tree, "etcd", &["--name=m1"]);
    let domain = b"clusterDomain: cluster.local\n";
    put(
        &mut tree,
        "/var/lib/kubelet/config.yaml",
        file(domain, 0o644),
    );
    kubelet::put_client(&mut tree, &issuer(good, "pki/ca"), |_| ());
    for field in ["certificate", "key"] {
        let text = String::from_utf8(text(&tree, "kubelet.conf")).unwrap();
        let field = format!("client-{field}-data");
        let line = text.lines().find(|line| line.contains(&field)).unwrap();
        let line = line.trim_start();
        let link = format!("{}: {KUBELET_CLIENT}", field.trim_end_matches("-data"));
        edit(&mut tree, "kubelet.conf", line, &link);
    }
    tree
}

/// The running host with faults, one after the other.
pub(super) fn with(faults: &[&Fault]) -> Tree {
    let trees = trees();
    let mut tree = copied(&trees.running);
    tree.has_host_root = true;
    for fault in faults {
        (fault.breaks)(&mut tree, trees);
    }
    for file in tree.files.values_mut() {
        file.owner.get_or_insert(ROOT);
    }
    tree
}

#[test]
fn a_running_host_is_healthy() {
    let tree = with(&[]);
    for told in [
        expectation(&described()),
        Expectation::default(),
        Expectation::from_tree(&tree),
    ] {
        assert_eq!(found(&tree, &told), [""; 0]);
    }
}

#[test]
fn every_fault_has_its_findings_and_no_other() {
    let told = expectation(&described());
    let mut wrong = Vec::new();
    for fault in faults() {
        let tree = with(&[fault]);
        for (expectation, described) in [
            (&told, true),
            (&Expectation::default(), false),
            (&Expectation::from_tree(&tree), false),
        ] {
            let mut found = found(&tree, expectation);
            found.sort();
            let mut wanted = fault.finds(described).to_vec();
            wanted.sort_unstable();
            if found != wanted {
                wrong.push((fault, described, found));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Every rule has a tree that breaks it.
#[test]
fn no_rule_is_without_a_test() {
    /// Tested by themselves, as they need a description, an odd chain, or are about
    /// what is no part of a tree.
    const ALONE: [Rule; 15] = [
        Rule::CaKeyHere,
        Rule::CertificatesDirectory,
        Rule::EtcdAddress,
        Rule::EtcdAnyClient,
        Rule::EtcdInitialCluster,
        Rule::EtcdPeerByName,
        Rule::EtcdWithoutTls,
        Rule::HaproxyServer,
        Rule::InterruptedRun,
        Rule::KeyInBackup,
        Rule::KubeVipDiffers,
        Rule::LoadBalancerDiffers,
        Rule::LoopbackOnly,
        Rule::SecretHere,
        Rule::SetUpFileMissing,
    ];
    // What is between hosts, and what running servers say, has tests of its own.
    let others = ["Several hosts", "Running servers"];
    let of_trees = Rule::ALL
        .iter()
        .filter(|rule| !others.contains(&rule.topic()));
    for rule in of_trees {
        let of_services = services::faults().flat_map(|fault| fault.finds);
        let found = faults().iter().flat_map(|fault| fault.finds);
        let mut ids = found
            .chain(of_services)
            .filter_map(|wanted| wanted.split(' ').next());
        assert!(
            ids.any(|id| id == rule.id()) || ALONE.contains(rule),
            "{rule}"
        );
    }
}

#[test]
fn the_whole_directory_of_another_host_is_told() {
    let trees = trees();
    let copied = found(&trees.good, &expectation(&trees.other_names));
    // Of the API server's and both of etcd's.
    assert!(copied.contains(&"san-missing pki".to_owned()), "{copied:?}");
    assert!(
        copied.contains(&"subject kubelet.conf".to_owned()),
        "{copied:?}"
    );
}
