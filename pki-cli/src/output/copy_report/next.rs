//! What comes after a run of `kpki copy`.

use std::collections::BTreeSet;

use pki_core::copy::{Action, Plan};
use pki_core::{Authority, EntryKind};

use super::overruled;
use crate::commands::copy::{Done, HostCopy};

/// The next steps.
pub(super) fn steps(copies: &[HostCopy<'_>], dry_run: bool) -> Vec<String> {
    let mut steps = Vec::new();
    let failed = |copy: &HostCopy<'_>| matches!(copy.done, Done::Refused(_) | Done::Failed(_));
    if dry_run {
        let planned = copies.iter().filter(|copy| !failed(copy));
        let mut plans = planned.filter_map(|copy| copy.plan.as_ref());
        if plans.any(Plan::changes_anything) {
            steps.push("run it again without --dry-run to do this".to_owned());
        }
        return steps;
    }
    let written = copies.iter().filter(|copy| copy.is_written);
    let plans: Vec<&Plan<'_>> = written.filter_map(|copy| copy.plan.as_ref()).collect();
    let users = users_of_replaced(&plans);
    if !users.is_empty() {
        let users: Vec<_> = users.into_iter().collect();
        steps.push(format!(
            "restart what uses the replaced files there: {}",
            users.join(", ")
        ));
    }
    let mut replaced = plans.iter().flat_map(|plan| overruled(plan.conflicts()));
    if replaced.any(|conflict| !conflict.dependents.is_empty()) {
        steps.push(
            "make again there what the replaced CAs have signed: 'kpki gen --reissue' or 'kubeadm init phase certs'"
                .to_owned(),
        );
    }
    let mut replaced = plans.iter().flat_map(|plan| overruled(plan.conflicts()));
    if replaced.any(|conflict| conflict.entry.kind == EntryKind::ServiceAccount) {
        steps.push(
            "have the tokens of service accounts made again: those that the replaced key has signed are refused"
                .to_owned(),
        );
    }
    let is_fresh = |plan: &&Plan<'_>| plan.items().iter().all(|it| it.action == Action::New);
    if plans.iter().any(is_fresh) {
        steps.push(
            "'kubeadm init' on the first host and 'kubeadm join --control-plane' on the others take the files as they are"
                .to_owned(),
        );
    }
    if copies.iter().any(failed) {
        steps.push(
            "mend what is said above and run the same command again: what is equal is left alone"
                .to_owned(),
        );
    }
    steps
}

/// The components that read a replaced file when they start.
fn users_of_replaced(plans: &[&Plan<'_>]) -> BTreeSet<&'static str> {
    let items = plans.iter().flat_map(|plan| plan.items());
    let replaced = items.filter(|item| matches!(item.action, Action::Replace(_)));
    let users = |kind: EntryKind, name: &str| -> &[&'static str] {
        match (kind, name) {
            (EntryKind::Authority(Authority::Etcd), _) => &["etcd", "kube-apiserver"],
            (EntryKind::Authority(_) | EntryKind::ServiceAccount, _) => {
                &["kube-apiserver", "kube-controller-manager"]
            }
            (EntryKind::Leaf(_), name) if name.starts_with("etcd/") => &["etcd"],
            (EntryKind::Leaf(_), _) => &["kube-apiserver"],
            (EntryKind::Kubeconfig(_), "controller-manager.conf") => &["kube-controller-manager"],
            (EntryKind::Kubeconfig(_), "scheduler.conf") => &["kube-scheduler"],
            (EntryKind::Kubeconfig(_), _) => &[],
        }
    };
    replaced
        .flat_map(|item| users(item.copied.entry.kind, item.copied.entry.base_name))
        .copied()
        .collect()
}
