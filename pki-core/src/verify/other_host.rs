//! A description of another host than the one that a tree says it is of.

use super::derived;
use super::manifests::Manifests;
use super::tree::Tree;
use super::{Expectation, Finding, Report, Rule, finding};
use crate::cluster::Host;

/// The host that a tree is of, where another one was described.
pub(super) struct OtherHost {
    described: Host,
    own: Host,
    /// What is expected of the tree's own host.
    pub(super) expectation: Expectation,
}

impl OtherHost {
    /// `None` unless the tree has another name and another address than were
    /// described, by the flags of its manifests and by its certificates.
    pub(super) fn of(
        tree: &Tree,
        manifests: &Manifests,
        expectation: &Expectation,
    ) -> Option<Self> {
        let assumed = expectation.assumed;
        let (cluster, described) = expectation.addressed()?;
        let address = derived::told_address(tree, manifests)?;
        if assumed.host_name || address == described.advertise_address {
            return None;
        }
        let derived = Expectation::from_tree(tree);
        let (_, own) = derived.addressed().filter(|_| !derived.assumed.host_name)?;
        if own.name == described.name || !is_borne_out(tree, manifests, own) {
            return None;
        }
        let mut expectation = expectation.clone();
        let known = cluster.hosts.iter().position(|it| it.name == own.name);
        let (cluster, index) = expectation.cluster.as_mut()?;
        match known {
            Some(known) => *index = known,
            None => {
                let host = cluster.hosts.get_mut(*index)?;
                host.name = own.name.clone();
                host.advertise_address = own.advertise_address;
                host.cert_sans.clear();
            }
        }
        // They make the files of the described one.
        expectation.gen_flags = None;
        expectation.gen_flags_are_recalled = false;
        Some(Self {
            described: described.clone(),
            own: own.clone(),
            expectation,
        })
    }

    /// What is wrong with the tree as that of its own host, and that another one
    /// was described, which the rest of what is wrong with it follows from.
    pub(super) fn report(&self, as_described: Report, as_its_own: Report) -> Report {
        let (described, own) = (&self.described, &self.own);
        let message = format!(
            "is the tree of {} ({}), by its manifests and certificates, and the description is of {} ({})",
            own.name, own.advertise_address, described.name, described.advertise_address
        );
        let fix = format!(
            "give the directory of {}, or describe this host: --host {} --ip {}",
            described.name, own.name, own.advertise_address
        );
        let mut report = as_its_own;
        let remains = |found: &Finding| {
            let mut all = report.findings.iter();
            all.any(|other| other.rule == found.rule && other.file == found.file)
        };
        let found = as_described.findings.into_iter();
        let gone: Vec<_> = found.filter(|found| !remains(found)).collect();
        let mut itself = Finding::new(Rule::OtherHost, ".", message, fix);
        itself.consequences = gone
            .into_iter()
            .flat_map(Finding::into_consequences)
            .collect();
        report.findings.push(itself);
        report.checked = as_described.checked;
        finding::sort(&mut report.findings);
        report
    }
}

/// Whether a server certificate of the tree has the host's name and address.
fn is_borne_out(tree: &Tree, manifests: &Manifests, host: &Host) -> bool {
    let wanted = [
        format!("DNS:{}", host.name),
        format!("IP:{}", host.advertise_address),
    ];
    let names_it = |base_name: &&str| {
        let certificate = derived::certificate(tree, &derived::served(manifests, base_name));
        certificate.is_some_and(|it| {
            let names = it.subject_alt_names();
            wanted.iter().all(|name| names.contains(name))
        })
    };
    ["apiserver", "etcd/server"].iter().any(names_it)
}
