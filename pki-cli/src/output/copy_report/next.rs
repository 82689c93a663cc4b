//! What comes after a run of `kpki copy`.

use std::collections::BTreeSet;
use std::path::Path;

use pki_core::copy::{Action, Conflict, Plan};
use pki_core::{Authority, EntryKind, shell};

use super::overruled;
use crate::commands::copy::HostCopy;
use crate::destination::Backup;

/// The next steps.
pub(in crate::output) fn steps(copies: &[HostCopy<'_>], dry_run: bool) -> Vec<String> {
    let mut steps = Vec::new();
    let is_any_bad = copies.iter().any(|copy| copy.ending.failure().is_some());
    if dry_run {
        let mut plans = copies.iter().filter_map(|copy| copy.ending.plan());
        if is_any_bad {
            steps.push("mend what is said above before it is run without --dry-run".to_owned());
        } else if plans.any(Plan::changes_anything) {
            steps.push("run it again without --dry-run to do this".to_owned());
        }
        return steps;
    }
    let written = copies.iter();
    let plans: Vec<&Plan<'_>> = written
        .filter_map(|copy| copy.ending.perhaps_written())
        .collect();
    let users = users_of_replaced(&plans);
    if !users.is_empty() {
        let users: Vec<_> = users.into_iter().collect();
        steps.push(format!(
            "restart what uses the replaced files there: {}",
            users.join(", ")
        ));
    }
    let mut replaced = plans.iter().flat_map(|plan| overruled(plan.conflicts()));
    if replaced.any(|conflict| !conflict.dependents.is_empty() || is_of_cluster(conflict)) {
        steps.push(
            "make again there what the replaced CAs have signed, and the kubeconfigs: 'kpki gen --reissue', or 'kubeadm init phase certs' and 'kubeadm init phase kubeconfig'"
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
    if !is_any_bad && plans.iter().any(is_fresh) {
        steps.push(
            "'kubeadm init' on the first host and 'kubeadm join --control-plane' on the others take the files as they are"
                .to_owned(),
        );
    }
    if is_any_bad {
        steps.push(
            "mend what is said above and run the same command again: what is equal is left alone"
                .to_owned(),
        );
    }
    let with_backup = copies.iter().filter_map(|copy| {
        let mut items = copy.ending.perhaps_written()?.items().iter();
        // Nobody wants a wrong mode or owner back.
        let replaces = items.any(|item| matches!(item.action, Action::Replace(_)));
        let word = |path: &Path| shell::path(path.as_os_str().as_encoded_bytes());
        let Some(Backup::Named(backup)) = copy.ending.backup().filter(|_| replaces) else {
            return None;
        };
        Some((word(Path::new(&backup)), word(&copy.host.recipient.root)))
    });
    let ways: BTreeSet<_> = with_backup
        // The files alone: nobody but root may enter the directories of a backup.
        .map(|(backup, root)| {
            format!("(cd {backup} && find . -type f -exec cp -p {{}} {root}/{{}} ';')")
        })
        .collect();
    if let Some(way) = ways.first() {
        let more = if ways.len() > 1 { ", and likewise" } else { "" };
        steps.push(format!(
            "to go back to what was replaced, on the host: {way}{more}"
        ));
    }
    steps
}

/// Whether it is about the CA that kubeconfigs trust, and are signed by.
fn is_of_cluster(conflict: &Conflict) -> bool {
    conflict.entry.kind == EntryKind::Authority(Authority::Cluster)
}

/// The components that read a replaced file when they start.
fn users_of_replaced(plans: &[&Plan<'_>]) -> BTreeSet<&'static str> {
    let items = plans.iter().flat_map(|plan| plan.items());
    let replaced = items.filter(|item| matches!(item.action, Action::Replace(_)));
    let users = |kind: EntryKind, name: &str| -> &[&'static str] {
        match (kind, name) {
            (EntryKind::Authority(Authority::Etcd), _) => &["etcd", "kube-apiserver"],
            (EntryKind::Authority(Authority::EtcdPeers), _) => &["etcd"],
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
