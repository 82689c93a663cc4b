//! What is to be done on hosts that run, in its order.

use pki_core::Cluster;
use pki_core::render::{RenderedKind, Step, changes};
use pki_core::{Timestamp, shell};

use super::activation::changed_services;
use super::files::RenderedFiles;
use super::host_change::HostSteps;
use super::leftover::{end_of_etcd, ends_of_hosts, retirements};
use super::running_cluster;
use crate::commands::generate::CertificateSteps;
use crate::failure::Failure;
use crate::layout::Layout;

/// Where certificates come from.
pub(crate) enum Certificates<'a> {
    /// Another command makes them.
    Elsewhere(Option<String>),
    /// This run has.
    Made(&'a CertificateSteps),
}

/// What is to be done, and what is only worth knowing.
#[derive(Default)]
pub(crate) struct ToDo {
    /// Before everything, and not in the directory of the rendering.
    pub(crate) first: Option<String>,
    pub(crate) steps: Vec<Step>,
    pub(crate) remarks: Vec<String>,
    /// Whether it is about hosts that run, so that CHANGES.md has it.
    is_change: bool,
}

impl RenderedFiles {
    /// Puts in one order what files and what certificates need.
    pub(crate) fn to_do(&self, cluster: &Cluster, certificates: &Certificates<'_>) -> ToDo {
        let services = changed_services(cluster, self);
        let hosts = HostSteps::new(cluster, self);
        // Two of them would hold one virtual IP.
        let mut before = ends_of_hosts(&self.leftovers);
        let retired = retirements(&self.leftovers);
        // What clients are to reach is there before their kubeconfigs are.
        let (fronts, services_now): (Vec<_>, Vec<_>) =
            services.iter().partition(|service| service.is_new());
        let fronts: Vec<_> = fronts.iter().filter_map(|service| service.step()).collect();
        let mut of_files = match fronts.is_empty() {
            true => retired,
            false => {
                before.extend(retired);
                before.extend(fronts);
                Vec::new()
            }
        };
        of_files.extend(self.etcd_change.steps.iter().cloned());
        of_files.extend(running_cluster::endpoints(cluster, self));
        of_files.extend(hosts.steps);
        of_files.extend(services_now.iter().filter_map(|service| service.step()));
        of_files.extend(running_cluster::upgrade(cluster, self));
        of_files.extend(hosts.joins);
        // Its members are removed first.
        of_files.extend(end_of_etcd(&self.leftovers));
        let is_change = !before.is_empty() || !of_files.is_empty();
        let mut steps = before;
        let mut first = None;
        let remarks = services.iter().filter_map(|it| it.remark());
        let mut remarks: Vec<_> = remarks.collect();
        match certificates {
            Certificates::Elsewhere(command) => {
                first.clone_from(command);
                steps.extend(of_files);
            }
            Certificates::Made(made) => {
                // The runbook begins with it.
                if is_change || self.pending() || !made.is_first() || !self.change_anything() {
                    let mut certified = self.etcd_change.certified.clone();
                    certified.extend(hosts.certified.iter().cloned());
                    steps.extend(made.bring(&certified));
                }
                steps.extend(of_files);
                steps.extend(made.after(&hosts.certified));
                remarks.extend(made.reminder().iter().map(ToString::to_string));
            }
        }
        ToDo {
            first,
            steps,
            remarks,
            is_change,
        }
    }

    /// Has CHANGES.md say it, if anything was replaced.
    pub(crate) fn record(&mut self, to_do: &ToDo, now: Timestamp) -> Result<(), Failure> {
        if !to_do.is_change || !self.change_anything() {
            return Ok(());
        }
        let first = to_do.first.iter().map(|command| {
            Step::say(format!(
                "where this was rendered, unless it is done: {command}"
            ))
        });
        let steps: Vec<_> = first.chain(to_do.steps.iter().cloned()).collect();
        self.add_changes(|before| changes(before, &steps, now))
    }

    /// What the steps begin with: whom they are for.
    pub(crate) fn opening(&self, layout: &Layout, to_do: &ToDo) -> Option<String> {
        let shown = |kind: RenderedKind| {
            let path = layout.root.join(kind.path());
            shell::path(path.as_os_str().as_encoded_bytes())
        };
        let [runbook, changes] = [RenderedKind::Runbook, RenderedKind::Changes].map(shown);
        let is_new = to_do.is_change && self.change_anything();
        let root = shell::path(layout.root.as_os_str().as_encoded_bytes());
        match self.pending() {
            _ if is_new => Some(format!(
                "on hosts that run do what follows, in this order and in the directory {root}: it stands in {changes} as well, which you remove when all is done. What is not set up yet follows {runbook}"
            )),
            true => Some(still_to_do(&changes)),
            false => self.change_anything().then(|| format!("follow {runbook}")),
        }
    }
}

/// What is said as long as CHANGES.md is there.
pub(crate) fn still_to_do(changes: &str) -> String {
    format!(
        "{changes} has what is still to be done on hosts that run: do that in its order, and remove the file when all is done"
    )
}
