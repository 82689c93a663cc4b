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
mod examined;
mod exchange;
mod expectation;
mod finding;
mod fix;
mod front_proxy;
mod haproxy;
mod identity;
mod keepalived;
mod kube_vip;
mod kubeadm_configuration;
mod kubeconfig;
mod kubelet;
mod leaf;
mod live;
mod load_balancer;
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
mod record;
mod remains;
pub(crate) mod role;
mod rule;
mod server;
mod servers;
mod service_account;
mod service_facts;
mod set_up;
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
pub use expectation::{Assumed, Expectation};
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

use crate::time::Timestamp;
use authority::Authorities;
use examined::{Examined, Given};
use manifests::Manifests;
use other_host::OtherHost;
use record::{Cause, Record};

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
    remains::check_stages(tree, expectation, &generation, &mut record);
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
    kube_vip::check(examined, record);
    load_balancer::check(examined, record);
    kubeadm_configuration::check(examined, record);
    set_up::check(examined, record);
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

#[cfg(test)]
pub(crate) mod tests;
