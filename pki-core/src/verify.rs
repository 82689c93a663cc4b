//! Whether a tree of certificates, keys and kubeconfigs will work: what was
//! found is compared with the catalog, file by file. Pure: the caller reads the
//! files beforehand.
//!
//! Every check either holds, gives a [`Finding`], or is listed in
//! [`Report::not_checked`]; one cause gives one finding.

mod authority;
mod compare;
mod derived;
mod finding;
mod identity;
mod kubeconfig;
mod kubelet;
mod leaf;
mod live;
mod manifests;
mod material;
mod mode;
mod presence;
pub(crate) mod role;
mod rule;
mod server;
mod service_account;
mod stray;
mod text;
mod tree;
mod wanted;

pub use compare::{Comparison, FleetFinding, HostReport, compare};
pub use finding::{Consequence, Finding, NotChecked, Place, Report};
pub use identity::{CertificateIdentity, Identity};
pub use live::{HandshakeEnd, LiveEndpoint, LiveServer, Served};
pub use role::TreeRole;
pub use rule::Rule;
pub use tree::{Owner, Tree, TreeContent, TreeDirectory, TreeFile};

use crate::cluster::{Cluster, Host};
use crate::time::Timestamp;
use authority::Authorities;
use manifests::Manifests;
use material::Material;

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
    /// Where names came from: `IP:10.0.0.11` and the words for it.
    pub sources: Vec<(String, String)>,
    /// The flags with which `kpki gen` makes what belongs here.
    pub gen_flags: Option<String>,
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
    let mut record = Record::default();
    let manifests = Manifests::read(tree);
    let expectation = &role::settle(tree, &manifests, expectation);
    let role = role::of(tree, &manifests, expectation);
    let mut identities = Vec::new();
    for (path, why) in &tree.unlisted {
        record.unreadable(path, why);
    }
    if let Some(role) = role {
        let rows = role::rows(tree, &manifests, expectation, role);
        let materials = rows
            .into_iter()
            .map(|row| Material::read(row, tree, &mut record));
        let examined = Examined {
            tree,
            manifests,
            expectation,
            now,
            role,
            materials: materials.collect(),
        };
        let authorities = Authorities::check(&examined, &mut record);
        presence::check(&examined, &mut record);
        leaf::check(&examined, &authorities, &mut record);
        kubeconfig::check(&examined, &authorities, &mut record);
        kubelet::check(&examined, &authorities, &mut record);
        manifests::check(&examined, &mut record);
        server::check(&examined, &mut record);
        service_account::check(&examined, &mut record);
        mode::check(&examined, &mut record);
        stray::check(&examined, &mut record);
        wanted::list_not_checked(&examined, &mut record);
        let materials = examined.materials.iter();
        identities.extend(materials.filter_map(|material| Identity::of(material, tree)));
    }
    finding::sort(&mut record.findings);
    Report {
        role,
        findings: record.findings,
        checked: record.checked,
        not_checked: record.not_checked,
        unreadable: record.unreadable,
        identities,
    }
}

/// What a tree is for; `None` if there is nothing of kubeadm or etcd in it.
#[must_use]
pub fn tree_role(tree: &Tree, expectation: &Expectation) -> Option<TreeRole> {
    let manifests = Manifests::read(tree);
    let expectation = role::settle(tree, &manifests, expectation);
    role::of(tree, &manifests, &expectation)
}

/// Everything that the checks look at.
struct Examined<'a> {
    tree: &'a Tree,
    manifests: Manifests,
    expectation: &'a Expectation,
    now: Timestamp,
    role: TreeRole,
    /// One for every row of the catalog, in its order.
    materials: Vec<Material>,
}

/// What the checks write down.
#[derive(Default)]
struct Record {
    findings: Vec<Finding>,
    not_checked: Vec<NotChecked>,
    checked: usize,
    unreadable: usize,
}

impl Record {
    /// One check.
    fn expect(&mut self, holds: bool, otherwise: impl FnOnce() -> Finding) {
        self.checked += 1;
        if !holds {
            self.findings.push(otherwise());
        }
    }

    /// One check that failed.
    fn fail(&mut self, finding: Finding) {
        self.expect(false, || finding);
    }

    fn unreadable(&mut self, path: &str, why: &str) {
        self.unreadable += 1;
        self.findings.push(Finding::new(
            Rule::Unreadable,
            path,
            format!("cannot be read: {why}"),
            "run the check as root, or as the user that owns the files",
        ));
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
