//! Cluster description + what exists -> what will be made, kept, or is in the
//! way, and why. Pure: the caller reads the files beforehand and writes them
//! afterwards.

mod action;
pub(crate) mod difference;
mod inventory;
mod keep;
mod leaf;
mod notes;
mod planner;
mod shared;

use std::collections::BTreeMap;

pub use action::{Action, Kept, Make, MakeCertificate, PlanItem};
pub use difference::Difference;
pub use inventory::{ExistingFile, Inventory, Site};
use planner::{AuthorityState, Planner};

use crate::Error;
use crate::catalog::{Authority, CatalogEntry, EtcdNaming, PlacedFile};
use crate::cfssl::CfsslEtcd;
use crate::cluster::Cluster;
use crate::issuer::Issuer;
use crate::time::Timestamp;

/// How a plan is made.
#[derive(Debug, Clone, Default)]
pub struct PlanOptions {
    /// Whether the CAs have a home of their own ([`Site::Shared`]) and every
    /// host a tree with copies; else the one host's tree is the home.
    pub shared_home: bool,
    /// How the files of an external etcd are called.
    pub etcd_naming: EtcdNaming,
    /// The documents of cfssl that rule the certificates of an external etcd.
    pub cfssl: Option<CfsslEtcd>,
    /// Only these rows and the CAs they need; all if empty.
    pub only: Vec<&'static CatalogEntry>,
    /// Replace leaves and kubeconfigs that are not what is wanted or end within
    /// a month; those that `only` names, whatever they are.
    pub reissue: bool,
    /// Give hosts the key of an external etcd's CA, too.
    pub with_ca_keys: bool,
}

impl PlanOptions {
    /// The documents of cfssl, if they rule this row.
    fn cfssl_for(&self, cluster: &Cluster, entry: &CatalogEntry) -> Option<&CfsslEtcd> {
        let etcds = entry.is_etcds();
        self.cfssl
            .as_ref()
            .filter(|_| etcds && cluster.has_external_etcd())
    }
}

/// What is to be done, row by row.
pub struct Plan {
    items: Vec<PlanItem>,
    issuers: BTreeMap<Authority, Issuer>,
    notes: Vec<String>,
}

impl Plan {
    /// Every file that [`Plan::new`] looks at, and so the caller reads.
    #[must_use]
    pub fn files(cluster: &Cluster, options: &PlanOptions) -> Vec<(Site, PlacedFile)> {
        let mut files = Vec::new();
        if options.shared_home {
            let rows = CatalogEntry::all_of(cluster).iter();
            for entry in rows.filter(|entry| entry.is_shared() && entry.exists_in(cluster)) {
                files.extend(
                    entry
                        .files(&options.etcd_naming)
                        .into_iter()
                        .map(|f| (Site::Shared, f)),
                );
            }
        }
        for (index, host) in cluster.hosts.iter().enumerate() {
            for entry in CatalogEntry::all_of(cluster)
                .iter()
                .filter(|entry| entry.is_on(cluster, host, true))
            {
                let placed = entry.files(&options.etcd_naming).into_iter();
                files.extend(placed.map(|file| (Site::Host(index), file)));
            }
        }
        files
    }

    /// Decides what to do at the time `now`.
    ///
    /// # Errors
    /// [`Error::TimeOutOfRange`] and [`Error::EndsBeforeItStarts`] for a
    /// validity that no certificate can have.
    pub fn new(
        cluster: &Cluster,
        options: &PlanOptions,
        inventory: &Inventory,
        now: Timestamp,
    ) -> Result<Self, Error> {
        let home = if options.shared_home {
            Site::Shared
        } else {
            Site::Host(0)
        };
        let mut planner = Planner {
            cluster,
            options,
            inventory,
            now,
            home,
            authorities: BTreeMap::new(),
            plan: Self {
                items: Vec::new(),
                issuers: BTreeMap::new(),
                notes: Vec::new(),
            },
        };
        planner.run()?;
        Ok(planner.plan)
    }

    /// The rows, shared ones first, then host by host in the catalog's order.
    #[must_use]
    pub fn items(&self) -> &[PlanItem] {
        &self.items
    }

    /// Remarks about the plan as a whole.
    #[must_use]
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// The CAs that exist and sign.
    pub(crate) fn issuers(&self) -> &BTreeMap<Authority, Issuer> {
        &self.issuers
    }

    /// Whether something is in the way, so that nothing may be done.
    #[must_use]
    pub fn is_blocked(&self) -> bool {
        self.items
            .iter()
            .any(|item| matches!(item.action, Action::InTheWay(..)))
    }

    /// Whether carrying it out changes anything.
    #[must_use]
    pub fn changes_anything(&self) -> bool {
        self.items
            .iter()
            .any(|item| !matches!(item.action, Action::Keep(_)))
    }
}

#[cfg(test)]
mod tests;
