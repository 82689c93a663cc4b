//! What is to be done on hosts that run, in its order.

use pki_core::Cluster;
use pki_core::render::{RenderedKind, Stage, StagedSteps, Step, changes};
use pki_core::{Timestamp, shell};

use super::activation::{ChangedService, changed_services};
use super::cluster_change::ClusterSteps;
use super::files::RenderedFiles;
use super::host_change::HostSteps;
use super::leftover::{end_of_etcd, ends_of_hosts, retirements};
use crate::commands::generate::CertificateSteps;
use crate::failure::Failure;
use crate::layout::Layout;

/// Where certificates come from.
pub(crate) enum Certificates<'a> {
    /// Another command makes them.
    Elsewhere(Option<OtherRun>),
    /// This run has, or would.
    Made(&'a CertificateSteps),
}

/// The command that makes certificates.
pub(crate) struct OtherRun {
    /// As it is said where this command runs, and why.
    pub(crate) here: String,
    /// As it is run in the directory of the rendering.
    pub(crate) in_directory: String,
}

/// What is to be done, and what is only worth knowing.
pub(crate) struct ToDo {
    /// Before everything, and where this command runs.
    pub(crate) first: Option<String>,
    pub(crate) steps: Vec<Step>,
    pub(crate) remarks: Vec<String>,
    /// Whether this run makes or replaces anything.
    pub(crate) changes_anything: bool,
    /// What CHANGES.md has to say of it: nothing, if it is not about hosts that run.
    section: Vec<Step>,
}

impl RenderedFiles {
    /// Puts what files and what certificates need in the order of [`Stage`].
    pub(crate) fn to_do(&self, cluster: &Cluster, certificates: &Certificates<'_>) -> ToDo {
        let services = changed_services(cluster, self);
        let HostSteps {
            steps: of_hosts,
            certified,
            joining,
            changes,
        } = HostSteps::new(cluster, self);
        let mut steps = StagedSteps::default();
        let has_front = services.iter().any(|it| it.stage() == Stage::Fronts);
        steps.add(Stage::Departed, ends_of_hosts(&self.leftovers));
        steps.append(retirements(&self.leftovers, &self.items, has_front));
        for service in &services {
            steps.add(service.stage(), service.step(&joining));
        }
        steps.add(Stage::Etcd, self.etcd_change.steps.iter().cloned());
        steps.append(of_hosts);
        let of_cluster = ClusterSteps::new(cluster, self, changes.as_ref(), &joining);
        steps.append(of_cluster.steps);
        steps.add(Stage::EtcdEnd, end_of_etcd(&self.leftovers));
        let mut is_change = !steps.is_empty() && self.change_anything();
        let mut changes_anything = self.change_anything();
        let told = of_cluster
            .has_configuration
            .then_some(RenderedKind::KubeadmInit);
        let remarks = |service: &ChangedService| service.remark(&joining, told);
        let mut remarks: Vec<_> = services.iter().filter_map(remarks).collect();
        let mut first = None;
        let mut other_run = None;
        match certificates {
            Certificates::Elsewhere(command) => {
                first = command.as_ref().map(|run| run.here.clone());
                other_run = command.as_ref().map(OtherRun::step);
            }
            Certificates::Made(made) => {
                let with_others = [&self.etcd_change.certified[..], &certified].concat();
                let brought = made.bring(&with_others);
                is_change |= !made.is_first() && !brought.is_empty();
                changes_anything |= made.change_anything();
                // The runbook begins with it.
                if is_change || self.pending() || !self.change_anything() {
                    steps.add(Stage::Certificates, brought);
                }
                steps.add(Stage::Restarts, made.restart(&certified));
                if !of_cluster.has_endpoint {
                    steps.add(Stage::Endpoint, made.endpoint(cluster, &joining));
                }
                remarks.extend(made.reminder().iter().map(ToString::to_string));
            }
        }
        let steps = steps.in_order();
        let section = other_run.into_iter().chain(steps.iter().cloned());
        ToDo {
            section: section.filter(|_| is_change).collect(),
            first,
            steps,
            remarks,
            changes_anything,
        }
    }

    /// Has CHANGES.md say it, if anything was replaced.
    pub(crate) fn record(&mut self, to_do: &ToDo, now: Timestamp) -> Result<(), Failure> {
        if !to_do.is_change() {
            return Ok(());
        }
        self.add_changes(|before| changes(before, &to_do.section, now))
    }
}

impl OtherRun {
    /// It says what comes of it itself.
    fn step(&self) -> Step {
        Step::run(
            "unless it is done, make the certificates, and do what that run says where no step here does",
            [self.in_directory.clone()],
        )
    }
}

impl ToDo {
    /// Whether it is about hosts that run, so that CHANGES.md has it.
    pub(crate) fn is_change(&self) -> bool {
        !self.section.is_empty()
    }

    /// What the steps begin with: whom they are for.
    pub(crate) fn opening(&self, layout: &Layout, files: &RenderedFiles) -> Option<String> {
        let shown = |kind: RenderedKind| {
            let path = layout.root.join(kind.path());
            shell::path(path.as_os_str().as_encoded_bytes())
        };
        let [runbook, changes] = [RenderedKind::Runbook, RenderedKind::Changes].map(shown);
        let root = shell::path(layout.root.as_os_str().as_encoded_bytes());
        let pending = files.pending().then(|| still_to_do(&changes));
        match (pending, self.steps.is_empty()) {
            _ if self.is_change() => Some(format!(
                "on hosts that run do what follows, in this order and in the directory {root}: it stands in {changes} as well, which you remove when all is done. What is not set up yet follows {runbook}"
            )),
            (Some(pending), true) => Some(pending),
            (Some(pending), false) => Some(format!(
                "{pending}. What follows is done in the directory {root}"
            )),
            (None, true) => files.change_anything().then(|| format!("follow {runbook}")),
            (None, false) => Some(format!("do what follows in the directory {root}")),
        }
    }

    /// The same where nothing was done yet.
    pub(crate) fn foreseen(&self, layout: &Layout) -> Option<String> {
        self.changes_anything.then(|| match self.is_change() {
            false => AGAIN.to_owned(),
            true => format!(
                "{AGAIN}; on hosts that run, what follows would be asked for then, in this order and in the directory {}",
                shell::path(layout.root.as_os_str().as_encoded_bytes())
            ),
        })
    }
}

/// What a dry run says.
pub(crate) const AGAIN: &str = "run it again without --dry-run to do this";

/// What is said as long as CHANGES.md is there.
pub(crate) fn still_to_do(changes: &str) -> String {
    format!(
        "{changes} has what is still to be done on hosts that run: do that in its order, and remove the file when all is done"
    )
}
