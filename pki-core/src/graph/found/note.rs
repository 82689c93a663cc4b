//! Where in the graph a finding stands.

use super::FoundHost;
use crate::catalog::{CATALOG, CatalogEntry};
use crate::expiry::ExpiryRow;
use crate::graph::{AuthorityNode, HostNode, NodeFinding};
use crate::verify::{Finding, TreeLocation};

/// A finding on its way to what it is about.
pub(super) struct Note {
    finding: NodeFinding,
    /// Where it was put: once is enough.
    is_of_host: bool,
}

impl Note {
    pub(super) fn of(host: &str, location: &TreeLocation, finding: &Finding) -> Self {
        let finding = NodeFinding {
            severity: finding.severity,
            rule: finding.rule,
            host: host.to_owned(),
            message: format!(
                "{}: {}",
                location.shown(&finding.file),
                location.shown_in(&finding.message)
            ),
        };
        Self {
            finding,
            is_of_host: false,
        }
    }

    /// Puts it to the row that a file of this host belongs to, or to the host.
    pub(super) fn add(
        &mut self,
        hosts: &[FoundHost],
        authorities: &mut [AuthorityNode],
        nodes: &mut [HostNode],
        index: usize,
        file: &str,
    ) {
        let (Some(host), Some(node)) = (hosts.get(index), nodes.get_mut(index)) else {
            return;
        };
        let of_row = |entry: &CatalogEntry| {
            let identity = host.identity(entry);
            identity.is_some_and(|identity| identity.has_file(file))
        };
        let is_rows = |row: &ExpiryRow| row.file == file;
        let mut rows = host.expiry.rows.iter();
        let row = rows.find(|row| is_rows(row)).and_then(|row| row.entry);
        let entry = CATALOG.iter().find(|entry| of_row(entry)).or(row);
        let authority = authorities
            .iter_mut()
            .find(|authority| Some(authority.entry) == entry && authority.holder(index).is_some());
        let certificate = node.certificates.iter_mut().find(|certificate| {
            certificate.entry.is_some() && certificate.entry == entry
                || certificate.entry.is_none() && certificate.name == file
        });
        let findings = match (authority, certificate) {
            (Some(authority), _) => &mut authority.findings,
            (None, Some(certificate)) => &mut certificate.findings,
            (None, None) if self.is_of_host => return,
            (None, None) => {
                self.is_of_host = true;
                &mut node.findings
            }
        };
        if !findings.contains(&self.finding) {
            findings.push(self.finding.clone());
        }
    }
}
