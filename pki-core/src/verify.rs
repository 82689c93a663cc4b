//! Whether a tree of certificates, keys and kubeconfigs will work: what was
//! found is compared with the catalog, file by file. Pure: the caller reads the
//! files beforehand.
//!
//! Every check either holds, gives a [`Finding`], or is listed in
//! [`Report::not_checked`]; one cause gives one finding.

mod advertised;
mod alike;
mod authority;
mod certificate;
mod certificates_directory;
mod chain;
mod clock;
mod command;
mod compare;
mod derived;
mod etcd_flags;
mod etcd_unit;
mod exchange;
mod finding;
mod fix;
mod front_proxy;
mod haproxy;
mod identity;
mod keepalived;
mod kubeadm_configuration;
mod kubeconfig;
mod kubelet;
mod leaf;
mod live;
mod location;
mod manifests;
mod material;
mod misnamed;
mod misplaced;
mod mode;
mod names;
mod other_host;
mod others;
mod pair_flags;
mod place;
mod presence;
mod recalled;
mod remains;
pub(crate) mod role;
mod rule;
mod server;
mod servers;
mod service_account;
mod service_facts;
mod sharing;
mod signer;
mod stray;
pub(crate) mod tree;
mod uncovered;
pub(crate) mod uses;
mod wanted;

pub use command::Generation;
pub use compare::{CommonFacts, Comparison, FleetFinding, HostReport, compare};
pub use etcd_unit::{ServiceFile, ServiceFileKind};
pub use finding::{Consequence, Finding, NotChecked, Place, Report};
pub use fix::{Fix, FixStep};
pub use identity::{CertificateIdentity, Identity};
pub use live::{HandshakeEnd, LiveEndpoint, LiveFiles, LiveServer, Served};
pub use location::TreeLocation;
pub use recalled::Recalled;
pub use role::TreeRole;
pub use rule::Rule;
pub use service_facts::ServiceFacts;
pub use tree::{
    FileText, Obstacle, Owner, Remains, RemainsKind, Tree, TreeContent, TreeDirectory, TreeFile,
    Unlisted,
};

use std::collections::BTreeSet;
use std::rc::Rc;

use crate::catalog::CatalogEntry;
use crate::cluster::{Cluster, Host};
use crate::severity::Severity;
use crate::time::Timestamp;
use authority::Authorities;
use manifests::Manifests;
use material::Material;
use other_host::OtherHost;
use others::Others;
use role::PlacedRow;

/// What is known about the host beforehand.
#[derive(Debug, Clone, Default)]
pub struct Expectation {
    /// The cluster and the place of the host in its list; without it, names
    /// and addresses are not checked.
    pub cluster: Option<(Cluster, usize)>,
    /// Which parts of the cluster's description nobody gave.
    pub assumed: Assumed,
    /// What the tree is for, if somebody said so.
    pub role: Option<TreeRole>,
    /// Where on the host the description has the certificates, if it says so.
    pub certificates_directory: Option<String>,
    /// Where names came from: `IP:10.0.0.11` and the words for it.
    pub sources: Vec<(String, String)>,
    /// The flags with which `kpki gen` makes what belongs here, word by word.
    pub gen_flags: Option<Vec<String>>,
    /// Whether these flags are no more than what the old certificates have.
    pub gen_flags_are_recalled: bool,
}

/// Parts of a cluster's description that are kubeadm's defaults because nobody
/// gave them: what contradicts them is not checked rather than wrong.
#[derive(Debug, Clone, Copy, Default)]
pub struct Assumed {
    /// The host's name.
    pub host_name: bool,
    /// The host's address.
    pub address: bool,
    /// The version of Kubernetes.
    pub version: bool,
    /// That there is no control plane endpoint.
    pub endpoint: bool,
    /// The range of service addresses.
    pub service_subnet: bool,
    /// The DNS domain of services.
    pub dns_domain: bool,
    /// Where etcd runs: what lies in the tree tells.
    pub etcd: bool,
    /// What the host is for: what lies in the tree tells.
    pub role: bool,
}

impl Assumed {
    /// Nothing is known.
    pub const EVERYTHING: Self = Self {
        host_name: true,
        address: true,
        version: true,
        endpoint: true,
        service_subnet: true,
        dns_domain: true,
        etcd: true,
        role: true,
    };
}

impl Expectation {
    /// The cluster and the host, if they are known.
    fn described(&self) -> Option<(&Cluster, &Host)> {
        let (cluster, index) = self.cluster.as_ref()?;
        Some((cluster, cluster.hosts.get(*index)?))
    }
}

impl Expectation {
    /// The same if the host's address is known.
    fn addressed(&self) -> Option<(&Cluster, &Host)> {
        self.described().filter(|_| !self.assumed.address)
    }
}

/// Checks a tree at the time `now`.
#[must_use]
pub fn verify(tree: &Tree, expectation: &Expectation, now: Timestamp) -> Report {
    let manifests = Manifests::read(tree);
    let report = |expectation| verify_as(tree, &manifests, expectation, now);
    let as_described = report(expectation);
    match OtherHost::of(tree, &manifests, expectation) {
        Some(other) => other.report(as_described, report(&other.expectation)),
        None => as_described,
    }
}

/// Checks a tree as that of the host that is described.
fn verify_as(
    tree: &Tree,
    manifests: &Manifests,
    expectation: &Expectation,
    now: Timestamp,
) -> Report {
    let expectation = &role::settle(tree, manifests, expectation);
    let role = role::of(tree, manifests, expectation);
    let mut record = Record::of(tree);
    let mut identities = Vec::new();
    let mut generation = Generation::default();
    let mut services = ServiceFacts::default();
    if let Some(role) = role {
        services = ServiceFacts::of(tree, manifests, expectation, role);
        let rows = role::rows(tree, manifests, expectation, role);
        let given = Given {
            tree,
            manifests,
            configuration: &kubelet::Configuration::read(tree),
            expectation,
            now,
            role,
        };
        let examined = Examined::read(given, rows, &mut record);
        check(&examined, &mut record);
        let (examined, mut found) = exchange::undo(examined, record);
        alike::gather(&examined, &mut found);
        record = found;
        let materials = examined.materials.iter();
        identities.extend(materials.filter_map(|material| Identity::of(material, tree)));
        generation = examined.generation;
    }
    remains::check_stages(tree, &generation, &mut record);
    finding::sort(&mut record.findings);
    Report {
        role,
        findings: record.findings,
        checked: record.checked,
        not_checked: record.not_checked,
        unreadable: record.unreadable,
        identities,
        services,
        generation,
    }
}

/// Makes every check of a tree that has something to check.
fn check(examined: &Examined<'_>, record: &mut Record) {
    presence::check(examined, record);
    let authorities = Authorities::check(examined, record);
    leaf::check(examined, &authorities, record);
    kubeconfig::check(examined, &authorities, record);
    kubelet::check(examined, &authorities, record);
    manifests::check(examined, record);
    misnamed::check(examined, record);
    pair_flags::check(examined, record);
    front_proxy::check(examined, record);
    advertised::check(examined, record);
    certificates_directory::check(examined, record);
    etcd_flags::check(examined, record);
    etcd_unit::check(examined, record);
    server::check(examined, record);
    keepalived::check(examined, record);
    haproxy::check(examined, record);
    kubeadm_configuration::check(examined, record);
    service_account::check(examined, record);
    authorities.check_ends(examined, record);
    authority::check_keys_are_needed(examined, record);
    misplaced::check(examined, record);
    sharing::check(examined, record);
    mode::check(examined, record);
    stray::check(examined, record);
    remains::check_backups(examined, record);
    wanted::list_not_checked(examined, record);
    command::fill_in(examined, record);
}

/// What a tree is for; `None` if there is nothing of kubeadm or etcd in it.
#[must_use]
pub fn tree_role(tree: &Tree, expectation: &Expectation) -> Option<TreeRole> {
    let manifests = Manifests::unjudged(tree);
    let expectation = role::settle(tree, &manifests, expectation);
    role::of(tree, &manifests, &expectation)
}

/// The manifest of a component that no host of this role runs, and the name of
/// the component: whoever says the role is mistaken about the host.
#[must_use]
pub fn runs_despite(tree: &Tree, role: TreeRole) -> Option<(String, &'static str)> {
    let manifests = Manifests::read(tree);
    let others = role.never_runs().iter();
    let mut running = others.filter_map(|component| {
        let (path, _) = manifests.of(*component)?;
        Some((path.to_owned(), component.name()))
    });
    running.next()
}

/// What the checks look at, but for what the files of the rows hold.
#[derive(Clone, Copy)]
struct Given<'a> {
    tree: &'a Tree,
    manifests: &'a Manifests,
    /// The kubelet's.
    configuration: &'a kubelet::Configuration,
    expectation: &'a Expectation,
    now: Timestamp,
    role: TreeRole,
}

/// Everything that the checks look at.
struct Examined<'a> {
    given: Given<'a>,
    /// One for every row of the catalog, in its order.
    materials: Vec<Material>,
    /// What is beside them, whichever row has which of their files.
    others: Rc<Others>,
    /// How they are made again.
    generation: Generation,
}

impl<'a> std::ops::Deref for Examined<'a> {
    type Target = Given<'a>;

    fn deref(&self) -> &Self::Target {
        &self.given
    }
}

impl<'a> Examined<'a> {
    /// Reads the files of the rows.
    fn read(given: Given<'a>, rows: Vec<PlacedRow>, record: &mut Record) -> Self {
        let others = |materials: &[Material]| Rc::new(Others::read(given.tree, materials));
        Self::with(given, rows, others, record)
    }

    /// The same files, given to the rows in another way.
    fn with_rows(&self, rows: Vec<PlacedRow>, record: &mut Record) -> Self {
        Self::with(self.given, rows, |_| Rc::clone(&self.others), record)
    }

    fn with(
        given: Given<'a>,
        rows: Vec<PlacedRow>,
        others: impl FnOnce(&[Material]) -> Rc<Others>,
        record: &mut Record,
    ) -> Self {
        let materials = rows.into_iter();
        let materials = materials.map(|row| Material::read(row, given.tree, record));
        let materials: Vec<_> = materials.collect();
        Self {
            given,
            generation: Generation::of(given.tree, given.expectation, &materials),
            others: others(&materials),
            materials,
        }
    }
}

impl Examined<'_> {
    /// What was found of a row of the catalog.
    fn material(&self, entry: &CatalogEntry) -> Option<&Material> {
        self.materials.iter().find(|it| it.row.entry == entry)
    }

    /// Whether etcd is not one of kubeadm's pods.
    fn has_external_etcd(&self) -> bool {
        role::is_external(self.tree, self.expectation) || self.role == TreeRole::EtcdMember
    }

    /// Whether another host of this role comes before it in the description.
    fn is_a_further_host(&self) -> bool {
        let Some((cluster, index)) = &self.expectation.cluster else {
            return false;
        };
        let Some(host) = cluster.hosts.get(*index) else {
            return false;
        };
        let first = cluster
            .hosts
            .iter()
            .position(|other| other.roles == host.roles);
        first.is_some_and(|first| first != *index)
    }

    /// Whether a path is that of a row of the catalog.
    fn is_row(&self, path: &str) -> bool {
        let mut materials = self.materials.iter();
        materials.any(|material| material.row.files.iter().any(|file| file.path == path))
    }

    /// Whether a file that is not there is known not to be.
    fn can_look_for(&self, path: &str) -> bool {
        self.tree.has_host_root || !path.starts_with('/') || self.tree.get(path).is_some()
    }
}

/// A finding that others follow from: its place in the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Cause(usize);

const AS_ROOT: &str = "run the check as root, or as the user that owns the files";

/// What the checks write down.
#[derive(Default)]
struct Record {
    findings: Vec<Finding>,
    not_checked: Vec<NotChecked>,
    checked: usize,
    unreadable: usize,
    /// The names that findings say a certificate lacks, by its path.
    missing_names: BTreeSet<(String, String)>,
}

impl Record {
    /// What could not be looked at, before the first check.
    fn of(tree: &Tree) -> Self {
        let mut record = Self::default();
        for unlisted in &tree.unlisted {
            record.unlisted(unlisted);
        }
        record
    }

    /// Notes that a finding says of the certificate at a path which names it
    /// lacks.
    fn misses(&mut self, path: &str, names: &[String]) {
        let names = names.iter().map(|name| (path.to_owned(), name.clone()));
        self.missing_names.extend(names);
    }

    /// Whether a finding says that the certificate at a path lacks a name.
    fn says_missing(&self, path: &str, name: &str) -> bool {
        self.missing_names
            .contains(&(path.to_owned(), name.to_owned()))
    }

    /// One check.
    fn expect(&mut self, holds: bool, otherwise: impl FnOnce() -> Finding) {
        self.checked += 1;
        if !holds {
            self.add(otherwise());
        }
    }

    /// One check that failed.
    fn fail(&mut self, finding: Finding) -> Cause {
        self.checked += 1;
        self.add(finding)
    }

    /// What a check found that was counted before.
    fn add(&mut self, finding: Finding) -> Cause {
        self.findings.push(finding);
        Cause(self.findings.len() - 1)
    }

    /// Something else that is wrong because of `cause`.
    fn follows(&mut self, cause: Cause, file: &str, message: &str) {
        let consequence = Consequence {
            file: file.to_owned(),
            message: message.to_owned(),
            rule: None,
        };
        if let Some(Finding { consequences, .. }) = self.findings.get_mut(cause.0)
            && !consequences.contains(&consequence)
        {
            consequences.push(consequence);
        }
    }

    fn finding(&self, cause: Cause) -> Option<&Finding> {
        self.findings.get(cause.0)
    }

    /// What was found by this rule about a file.
    fn cause(&self, rule: Rule, file: &str) -> Option<Cause> {
        self.position(|finding| finding.rule == rule && finding.file == file)
    }

    fn has(&self, rule: Rule, file: &str) -> bool {
        self.cause(rule, file).is_some()
    }

    /// Why a file is of no use.
    fn error_in(&self, file: &str) -> Option<Cause> {
        self.position(|finding| finding.severity == Severity::Error && finding.file == file)
    }

    /// What says that a file is another one than it should be.
    fn about_the_whole(&self, file: &str) -> Option<Cause> {
        self.position(|finding| finding.file == file && finding.rule.is_about_the_whole())
    }

    fn position(&self, wanted: impl Fn(&Finding) -> bool) -> Option<Cause> {
        self.findings.iter().position(wanted).map(Cause)
    }

    fn unreadable(&mut self, path: &str, why: &str) {
        self.kept_out(path, Obstacle::Denied, why);
    }

    fn unlisted(&mut self, unlisted: &Unlisted) {
        let Unlisted {
            path,
            obstacle,
            why,
        } = unlisted;
        match obstacle {
            Obstacle::TooManyOthers => {
                self.not_checked(format!("what else lies in {path}"), why, None);
            }
            _ => self.kept_out(path, *obstacle, why),
        }
    }

    fn kept_out(&mut self, path: &str, obstacle: Obstacle, why: &str) {
        let fix = match obstacle {
            Obstacle::Denied => AS_ROOT,
            Obstacle::OddName => {
                "give it a name in plain text, or move it elsewhere: no component uses such a name"
            }
            Obstacle::Loop => "remove the link, and put what it should lead to in its place",
            Obstacle::TooMany | Obstacle::TooManyOthers => {
                "move away what no component uses, and check again"
            }
        };
        self.unreadable += 1;
        let message = format!("cannot be read: {why}");
        self.findings
            .push(Finding::new(Rule::Unreadable, path, message, fix));
    }

    fn not_checked(&mut self, what: impl Into<String>, why: &str, flag: Option<&'static str>) {
        self.not_checked.push(NotChecked {
            what: what.into(),
            why: why.to_owned(),
            flag,
        });
    }
}

#[cfg(test)]
pub(crate) mod tests;
