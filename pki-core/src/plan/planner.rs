//! The order of a plan: the shared rows, then every host's, as far as they are
//! wanted; and what is known of the CAs meanwhile.

use std::collections::BTreeMap;

use super::shared::Shared;
use super::{Inventory, Plan, PlanOptions, Site};
use crate::Error;
use crate::catalog::{Authority, CatalogEntry, EntryKind, HostRule};
use crate::certificate::Certificate;
use crate::cluster::{Cluster, Host};
use crate::time::{Timestamp, Validity};

/// What is known of a CA while the plan is made.
pub(super) struct AuthorityState {
    /// Its certificate, if it exists.
    pub(super) certificate: Option<Certificate>,
    /// Whether its key is here or will be.
    pub(super) signs: bool,
    pub(super) validity: Validity,
}

pub(super) struct Planner<'a> {
    pub(super) cluster: &'a Cluster,
    pub(super) options: &'a PlanOptions,
    pub(super) inventory: &'a Inventory,
    pub(super) now: Timestamp,
    pub(super) home: Site,
    pub(super) authorities: BTreeMap<Authority, AuthorityState>,
    pub(super) plan: Plan,
}

impl Planner<'_> {
    pub(super) fn run(&mut self) -> Result<(), Error> {
        let first = self.first_control_plane();
        for entry in CatalogEntry::all_of(self.cluster)
            .iter()
            .filter(|entry| entry.is_shared())
        {
            if self.is_wanted_shared(entry) {
                let shared = Shared::find(entry, self);
                self.add_shared(entry, shared)?;
            }
        }
        for (index, host) in self.cluster.hosts.iter().enumerate() {
            for entry in CatalogEntry::all_of(self.cluster) {
                // Whoever asks for a row by name gets it on any host.
                let named = self.options.only.contains(&entry);
                let first = named || Some(index) == first;
                if self.is_wanted(entry) && entry.is_on(self.cluster, host, first) {
                    self.add_to_host(entry, index, host)?;
                }
            }
        }
        self.add_notes(first);
        Ok(())
    }

    /// The host that `kubeadm init` runs on: the one that has what only it gets,
    /// or the first of a new cluster. Where the shared files came from another
    /// host, this one joins, and its kubelet gets its own access.
    fn first_control_plane(&self) -> Option<usize> {
        let only_on_first: Vec<_> = CatalogEntry::all_of(self.cluster)
            .iter()
            .filter(|entry| entry.hosts == HostRule::FirstControlPlane)
            .flat_map(|entry| entry.files(&self.options.etcd_naming))
            .collect();
        let hosts = self.cluster.hosts.iter().enumerate();
        let mut control_plane = hosts.filter(|(_, host)| host.roles.control_plane);
        let has = |index| {
            only_on_first
                .iter()
                .any(|f| self.inventory.has(Site::Host(index), f))
        };
        if let Some((index, _)) = control_plane.clone().find(|(index, _)| has(*index)) {
            return Some(index);
        }
        match self.shared_set_is_complete() {
            true => None,
            false => control_plane.next().map(|(index, _)| index),
        }
    }

    fn shared_set_is_complete(&self) -> bool {
        let external = self.cluster.has_external_etcd();
        let rows = CatalogEntry::all_of(self.cluster).iter();
        let needed = rows.filter(|entry| {
            let is_optional = external && entry.is_etcds();
            entry.is_shared() && entry.exists_in(self.cluster) && !is_optional
        });
        needed
            .flat_map(|entry| entry.files(&self.options.etcd_naming))
            .all(|file| self.inventory.has(self.home, &file))
    }

    fn is_wanted(&self, entry: &CatalogEntry) -> bool {
        self.options.only.is_empty() || self.options.only.contains(&entry) || self.is_needed(entry)
    }

    /// A CA is needed by the rows that it signs.
    fn is_needed(&self, entry: &CatalogEntry) -> bool {
        match entry.kind {
            EntryKind::Authority(authority) => {
                // Who signs a row depends on the cluster.
                let rows = CatalogEntry::all_of(self.cluster).iter();
                let mut wanted = rows.filter(|entry| self.options.only.contains(entry));
                wanted.any(|wanted| wanted.issuer() == Some(authority))
            }
            _ => false,
        }
    }

    fn is_wanted_shared(&self, entry: &'static CatalogEntry) -> bool {
        let on_a_host = |host: &Host| entry.is_on(self.cluster, host, true);
        self.is_wanted(entry) && self.cluster.hosts.iter().any(on_a_host)
    }
}
