//! Servers that several hosts use: a load balancer, an external etcd. What is
//! wrong with such a server is wrong once.

use std::collections::BTreeMap;

use super::{Finding, Fleet, FleetFinding, Rule};

/// Moves what the reports of several hosts say of one server in the same words
/// between the hosts. What it means for one of them alone stays there. A server
/// that gave no answer still counts on each of them as what could not be read.
pub(super) fn check(fleet: &mut Fleet<'_>) {
    let mut said: BTreeMap<(String, Rule, String), Vec<usize>> = BTreeMap::new();
    for (index, host) in fleet.hosts.iter().enumerate() {
        let findings = host.report.findings.iter();
        for finding in findings.filter(|finding| finding.rule.is_about_a_server()) {
            let key = (finding.file.clone(), finding.rule, finding.message.clone());
            said.entry(key).or_default().push(index);
        }
    }
    said.retain(|_, hosts| hosts.len() > 1);
    for ((file, rule, message), hosts) in said {
        let is_it =
            |own: &mut Finding| own.rule == rule && own.file == file && own.message == message;
        let mut found = None;
        for index in &hosts {
            if let Some(host) = fleet.hosts.get_mut(*index) {
                let own = host.report.findings.extract_if(.., is_it);
                found = own.last().or(found);
            }
        }
        if let Some(finding) = found {
            fleet.comparison.findings.push(FleetFinding {
                hosts: fleet.named(&hosts),
                finding,
            });
        }
    }
}
