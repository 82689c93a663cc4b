//! Remarks about a plan as a whole.

use std::collections::{BTreeMap, BTreeSet};

use super::Planner;
use crate::catalog::Authority;
use crate::cluster::Etcd;
use crate::time::Timestamp;

impl Planner<'_> {
    pub(super) fn add_notes(&mut self, first: Option<usize>) {
        let mut notes = Vec::new();
        let mut capped: BTreeMap<(Option<Authority>, Timestamp), usize> = BTreeMap::new();
        for make in self.plan.items.iter().filter_map(|item| item.action.make()) {
            if let Some(made) = make.certificate.as_ref().filter(|made| made.capped) {
                *capped
                    .entry((made.issuer, made.validity.not_after()))
                    .or_default() += 1;
            }
        }
        for ((issuer, end), count) in capped {
            let issuer = issuer.map(|issuer| issuer.to_string()).unwrap_or_default();
            notes.push(format!(
                "{count} certificates end at {end} with their CA {issuer}, earlier than asked for"
            ));
        }
        notes.append(&mut self.plan.notes);
        for host in &self.cluster.hosts {
            if !host.roles.control_plane && !host.roles.etcd {
                notes.push(format!("{} is a worker: it gets no certificate", host.name));
            }
        }
        if first.is_none()
            && self
                .cluster
                .hosts
                .iter()
                .any(|host| host.roles.control_plane)
        {
            notes.push(
                "the shared files were there already, so the new hosts join: their kubelets get \
                 their own kubelet.conf (--only kubelet.conf makes one)"
                    .to_owned(),
            );
        }
        if let Etcd::External(external) = &self.cluster.etcd
            && !external.endpoints.is_empty()
            && !self.cluster.hosts.iter().any(|host| host.roles.etcd)
        {
            notes.push(
                "the hosts of the external etcd are not described, so no server and peer \
                 certificates are made for them: list them with the role etcd"
                    .to_owned(),
            );
        }
        let mut seen = BTreeSet::new();
        notes.retain(|note| seen.insert(note.clone()));
        self.plan.notes = notes;
    }
}
