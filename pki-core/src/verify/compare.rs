//! Several hosts of one cluster: what must be equal on all of them, and what
//! must not. Compared are keys rather than bytes, from the reports alone.
//!
//! Equal must be the CAs and the service account's keys (kubeadm's
//! `SharedCertificateExists`); everything else is a host's own.

mod authority;
mod authority_key;
mod carried;
mod copies;
mod endpoint;
mod etcd_members;
mod etcd_urls;
mod groups;
mod kube_vip;
mod kubeadm_configurations;
mod leaf;
mod live;
mod mended;
mod row;
mod serial_number;
mod service_account;
mod set_up;
mod virtual_routers;
mod words;

pub use row::CommonFacts;

use row::{Leaf, Rows};

use super::{Consequence, Finding, Identity, Report, Rule, TreeLocation, TreeRole, command};
use crate::severity::Severity;

/// A host's report, and how messages and commands name the host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostReport {
    /// The host's name, different from all others.
    pub host: String,
    /// Where its tree was found.
    pub location: TreeLocation,
    /// What was found on it.
    pub report: Report,
    /// What its certificates are compared by.
    rows: Rows,
}

impl HostReport {
    /// Takes from the report what the comparison needs of the certificates,
    /// and keeps it in less space.
    #[must_use]
    pub fn new(
        host: String,
        location: TreeLocation,
        mut report: Report,
        common: &mut CommonFacts,
    ) -> Self {
        let rows = common.rows(&host, std::mem::take(&mut report.identities));
        Self {
            host,
            location,
            report,
            rows,
        }
    }
}

/// What a comparison says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Comparison {
    /// What is wrong between the hosts, the worst first.
    pub findings: Vec<FleetFinding>,
    /// How many comparisons were made.
    pub checked: usize,
}

/// Something that is not as it should be between hosts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FleetFinding {
    /// The hosts that are to be mended; all that differ if nothing tells which
    /// of them is right.
    pub hosts: Vec<String>,
    /// What is wrong.
    pub finding: Finding,
}

impl Comparison {
    /// How many findings are so bad.
    #[must_use]
    pub fn count(&self, severity: Severity) -> usize {
        let findings = self.findings.iter();
        findings
            .filter(|found| found.finding.severity == severity)
            .count()
    }
}

/// Compares hosts of one cluster. What a host's own report says because of a
/// difference is moved from there under the difference.
#[must_use]
pub fn compare(hosts: &mut [HostReport]) -> Comparison {
    if hosts.len() < 2 {
        return Comparison::default();
    }
    let mut fleet = Fleet {
        hosts,
        comparison: Comparison::default(),
    };
    authority::check(&mut fleet);
    authority_key::check(&mut fleet);
    service_account::check(&mut fleet);
    leaf::check(&mut fleet);
    serial_number::check(&mut fleet);
    etcd_members::check(&mut fleet);
    etcd_urls::check(&mut fleet);
    virtual_routers::check(&mut fleet);
    endpoint::check(&mut fleet);
    kube_vip::check(&mut fleet);
    kubeadm_configurations::check(&mut fleet);
    set_up::check(&mut fleet);
    live::check(&mut fleet);
    let mut comparison = fleet.comparison;
    comparison.findings.sort_by(|one, other| {
        let key = |found: &FleetFinding| (found.finding.severity, found.finding.rule);
        key(one)
            .cmp(&key(other))
            .then_with(|| one.finding.file.cmp(&other.finding.file))
    });
    comparison
}

/// A host, and one of its leaves.
type Spot = (usize, usize);

/// The hosts, and what is written down.
struct Fleet<'a> {
    hosts: &'a mut [HostReport],
    comparison: Comparison,
}

impl Fleet<'_> {
    /// A CA or the service account's keys on a host.
    fn identity(&self, host: usize, base_name: &str) -> Option<&Identity> {
        self.hosts.get(host)?.rows.common(base_name)
    }

    /// The leaves of all hosts.
    fn leaves(&self) -> impl Iterator<Item = (Spot, Leaf<'_>)> {
        let hosts = self.hosts.iter().enumerate();
        hosts.flat_map(|(host, report)| {
            let leaves = report.rows.leaves().enumerate();
            leaves.map(move |(row, leaf)| ((host, row), leaf))
        })
    }

    fn leaf(&self, (host, row): Spot) -> Option<Leaf<'_>> {
        self.hosts.get(host)?.rows.leaf(row)
    }

    fn role(&self, host: usize) -> Option<TreeRole> {
        self.hosts.get(host)?.report.role
    }

    /// The hosts by their names.
    fn named(&self, hosts: &[usize]) -> Vec<String> {
        let hosts = hosts.iter().filter_map(|host| self.hosts.get(*host));
        hosts.map(|host| host.host.clone()).collect()
    }

    fn list(&self, hosts: &[usize]) -> String {
        words::list(&self.named(hosts))
    }

    /// A file of a host in the words of a shell.
    fn path(&self, host: usize, file: &str) -> Option<String> {
        let host = self.hosts.get(host)?;
        Some(command::word(&host.location, file))
    }

    /// Moves what `follows` picks of the reports of hosts under a finding.
    fn absorb(
        &mut self,
        hosts: &[usize],
        finding: &mut Finding,
        follows: impl Fn(usize, &Finding) -> bool,
    ) -> Vec<(usize, Finding)> {
        let mut all = Vec::new();
        for index in hosts.iter().copied() {
            let Some(host) = self.hosts.get_mut(index) else {
                continue;
            };
            let own = &mut host.report.findings;
            let moved = own.extract_if(.., |own| follows(index, own));
            for own in moved {
                all.push((index, own.clone()));
                let seen = own.into_consequences().map(|consequence| Consequence {
                    message: format!("{}: {}", host.host, consequence.message),
                    ..consequence
                });
                finding.consequences.extend(seen);
            }
        }
        all
    }

    /// Adds a finding about these hosts. Of their own reports, what `follows`
    /// picks is moved under it.
    fn add(
        &mut self,
        hosts: &[usize],
        mut finding: Finding,
        follows: impl Fn(usize, &Finding) -> bool,
    ) {
        let others = std::mem::take(&mut finding.consequences);
        self.absorb(hosts, &mut finding, follows);
        finding.consequences.extend(others);
        self.comparison.findings.push(FleetFinding {
            hosts: self.named(hosts),
            finding,
        });
    }
}

#[cfg(test)]
mod tests;
