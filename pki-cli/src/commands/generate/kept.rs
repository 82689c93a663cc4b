//! A second look at the files that stay.

use pki_core::plan::{Action, Plan, PlanItem, Site};
use pki_core::{Expectation, Rule, Severity};

use crate::cluster_args::Described;
use crate::env::Env;
use crate::layout::Layout;
use crate::tree::TreeOnDisk;

/// What a check finds about the files that were kept: a file can be what the
/// plan wants and still be readable by everybody. Files that are not there are
/// the plan's to tell.
pub(super) fn faults_of_kept(
    described: &Described,
    layout: &Layout,
    plan: &Plan,
    env: &Env,
) -> Vec<String> {
    let mut notes = Vec::new();
    for (index, host) in described.cluster.hosts.iter().enumerate() {
        let site = Site::Host(index);
        let is_kept =
            |item: &&PlanItem| item.site == site && matches!(item.action, Action::Keep(_));
        let kept: Vec<_> = plan.items().iter().filter(is_kept).collect();
        if kept.is_empty() {
            continue;
        }
        // Directories with other names than kubeadm's are not those of a tree.
        let Ok(on_disk) = TreeOnDisk::read(&layout.directory(site)) else {
            continue;
        };
        let expectation = Expectation {
            cluster: Some((described.cluster.clone(), index)),
            ..Expectation::default()
        };
        let files: Vec<_> = kept
            .iter()
            .flat_map(|item| item.files.iter().map(|file| layout.shown(site, file)))
            .collect();
        let report = pki_core::verify(&on_disk.tree, &expectation, env.now);
        for finding in report
            .findings
            .iter()
            .filter(|finding| files.contains(&finding.file))
        {
            if finding.rule != Rule::ExpiresSoon && finding.severity != Severity::Note {
                notes.push(format!(
                    "{}: {} {}: {}",
                    host.name, finding.file, finding.message, finding.fix
                ));
            }
        }
    }
    notes
}
