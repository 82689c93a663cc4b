//! Why nothing was written.

use pki_core::plan::{Action, Difference, Plan, PlanOptions, Site};

use crate::cluster_args::Described;
use crate::failure::Failure;
use crate::layout::Layout;

/// What is in the way, row by row, and what would help.
pub(super) fn blocked(
    plan: &Plan,
    described: &Described,
    layout: &Layout,
    options: &PlanOptions,
) -> Failure {
    let mut external = false;
    let mut message = "something is in the way, and nothing was written".to_owned();
    let mut reissue_helps = true;
    for item in plan.items() {
        let Action::InTheWay(differences, reissue) = &item.action else {
            continue;
        };
        reissue_helps &= reissue;
        let site = match item.site {
            Site::Shared => String::new(),
            Site::Host(index) if described.cluster.hosts.len() > 1 => {
                format!("{}: ", described.cluster.hosts[index].name)
            }
            Site::Host(_) => String::new(),
        };
        for difference in differences {
            external |= matches!(difference, Difference::ExternalAuthority { .. });
            let files = item.entry.files(&options.etcd_naming);
            let about = files
                .iter()
                .find(|file| difference.path() == Some(&file.path));
            let file = about
                .or_else(|| item.files.first())
                .map(|file| layout.shown(item.site, file));
            let file = file.unwrap_or_else(|| item.entry.base_name.to_owned());
            message.push_str(&format!("\n  {site}{file}: {difference}"));
        }
    }
    Failure::new(message).hint(match (external, reissue_helps) {
        (true, _) => {
            "have the external CA sign what is missing and put it there, or leave it out: --only names what is made"
        }
        (false, true) => {
            "--reissue replaces them and keeps a backup; if they are right, correct the flags or the file"
        }
        (false, false) => {
            "a CA, sa.* or a copy of them is never replaced: put the right file in its place, or move this one away"
        }
    })
}
