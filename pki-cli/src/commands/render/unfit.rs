//! Certificates and kubeconfigs that were made before the description changed.

use pki_core::plan::{Action, Difference, Plan, PlanItem, PlanOptions, Site};
use pki_core::{EtcdNaming, Timestamp};
use serde::Serialize;

use super::set_up::SetUp;
use crate::commands::generate::read;
use crate::failure::Failure;
use crate::store::Root;

/// What does not fit the description.
#[derive(Default)]
pub(crate) struct Unfit {
    pub(crate) files: Vec<UnfitFile>,
    /// Whether files have to be replaced, and not only made.
    pub(crate) needs_reissue: bool,
}

impl Unfit {
    /// The flag with which `kpki gen` mends it; `None` if nothing is to be mended.
    pub(crate) fn flags(&self) -> Option<&'static str> {
        match (self.files.is_empty(), self.needs_reissue) {
            (true, _) => None,
            (false, true) => Some(" --reissue"),
            (false, false) => Some(""),
        }
    }
}

/// A file that `kpki gen` would make or replace.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UnfitFile {
    /// `None` for the shared files.
    pub(crate) host: Option<String>,
    /// `None` for all that the host has.
    pub(crate) file: Option<String>,
    pub(crate) why: Vec<String>,
}

impl SetUp<'_> {
    /// Nothing where there is no CA yet: then everything is still to be made.
    pub(crate) fn unfit(&self, root: Option<&Root>, now: Timestamp) -> Result<Unfit, Failure> {
        let cluster = &self.described.cluster;
        let options = PlanOptions {
            shared_home: true,
            etcd_naming: self.found_naming(root),
            ..PlanOptions::default()
        };
        let inventory = read(root, cluster, &options, self.layout)?;
        let files = Plan::files(cluster, &options);
        let mut shared = files.iter().filter(|(site, _)| *site == Site::Shared);
        if !shared.any(|(site, file)| inventory.content(*site, file).is_some()) {
            return Ok(Unfit::default());
        }
        let plan = Plan::new(cluster, &options, &inventory, now)?;
        let mut unfit = Unfit::default();
        let sites = (0..cluster.hosts.len()).map(Site::Host);
        for site in std::iter::once(Site::Shared).chain(sites) {
            let items = || plan.items().iter().filter(move |item| item.site == site);
            let host = match site {
                Site::Shared => None,
                Site::Host(index) => cluster.hosts.get(index).map(|host| host.name.to_string()),
            };
            if host.is_some() && items().next().is_some() && items().all(is_missing) {
                unfit.files.push(UnfitFile {
                    host,
                    file: None,
                    why: vec!["it has no certificates yet".to_owned()],
                });
                continue;
            }
            for item in items() {
                let why = faults(item, &options);
                if why.is_empty() {
                    continue;
                }
                unfit.needs_reissue |= matches!(item.action, Action::InTheWay(_, true));
                let first = item.files.first();
                unfit.files.push(UnfitFile {
                    host: host.clone(),
                    file: first.map(|file| self.layout.shown(site, file)),
                    why,
                });
            }
        }
        Ok(unfit)
    }
}

fn is_missing(item: &PlanItem) -> bool {
    match &item.action {
        Action::Make(_) | Action::Copy => true,
        // There is nothing to make it with.
        Action::InTheWay(differences, _) => differences
            .iter()
            .any(|difference| matches!(difference, Difference::ExternalAuthority { .. })),
        _ => false,
    }
}

/// What the description says otherwise. Age, modes and damage are for
/// `kpki verify` to find.
fn faults(item: &PlanItem, options: &PlanOptions) -> Vec<String> {
    let differences = match &item.action {
        _ if is_missing(item) => return vec!["it is missing".to_owned()],
        Action::InTheWay(differences, true) => differences,
        _ => return Vec::new(),
    };
    // cfssl's documents, which are not at hand, have their own subjects.
    let is_cfssls = options.etcd_naming == EtcdNaming::Cfssl && item.entry.is_etcds();
    let counts = |difference: &&Difference| match difference {
        Difference::MissingNames { .. } => true,
        Difference::Subject { .. } | Difference::NotSignedBy { .. } => !is_cfssls,
        Difference::Server { .. } => true,
        _ => false,
    };
    let differences = differences.iter().filter(counts);
    differences.map(ToString::to_string).collect()
}
