//! What comes after a run of `kpki copy`.

use std::collections::BTreeSet;
use std::path::Path;

use pki_core::copy::{Action, Conflict, Dependents, Plan, PlanItem, Source};
use pki_core::{Authority, EntryKind, FileRole, shell};

use super::overruled;
use crate::commands::copy::HostCopy;
use crate::destination::Backup;

/// The next steps.
pub(in crate::output) fn steps(
    source: &Source,
    copies: &[HostCopy<'_>],
    dry_run: bool,
) -> Vec<String> {
    let mut steps = Vec::new();
    let is_any_bad = copies.iter().any(|copy| copy.ending.failure().is_some());
    if dry_run {
        let mut plans = copies.iter().filter_map(|copy| copy.ending.plan());
        // What is not foreseen since something is taken back first is nobody's to mend.
        let is_bad =
            |copy: &HostCopy<'_>| copy.ending.failure().is_some() && copy.host.recovered.is_none();
        if copies.iter().any(is_bad) {
            steps.push("mend what is said above before it is run without --dry-run".to_owned());
        } else if plans.any(Plan::changes_anything)
            || copies.iter().any(|copy| copy.host.recovered.is_some())
        {
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
    if replaced.any(|conflict| is_depended_on(&conflict.dependents)) {
        steps.push(
            "make again there what the replaced CAs have signed, and the kubeconfigs: 'kpki gen --reissue', or 'kubeadm init phase certs' and 'kubeadm init phase kubeconfig'"
                .to_owned(),
        );
    }
    steps.extend(about_kubelets(copies, &plans));
    let mut replaced = plans.iter().flat_map(|plan| overruled(plan.conflicts()));
    if replaced.any(|conflict| conflict.entry.kind == EntryKind::ServiceAccount) {
        steps.push(
            "have the tokens of service accounts made again: those that the replaced key has signed are refused"
                .to_owned(),
        );
    }
    let is_fresh = |plan: &&Plan<'_>| plan.items().iter().all(|it| it.action == Action::New);
    let mut fresh = plans.iter().copied().filter(is_fresh).peekable();
    if !is_any_bad && fresh.peek().is_some() && fresh.all(|plan| is_complete(source, plan)) {
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

/// Whether kubeadm finds all that it does not make. A CA without its key signs elsewhere: then
/// the host needs what that has signed.
fn is_complete(source: &Source, plan: &Plan<'_>) -> bool {
    let has = |is: &dyn Fn(&PlanItem<'_>) -> bool| plan.items().iter().any(is);
    source
        .lacks()
        .iter()
        .all(|lacking| match lacking.entry.kind {
            EntryKind::Authority(_) if lacking.file.role == FileRole::PrivateKey => {
                has(&|item| matches!(item.copied.entry.kind, EntryKind::Leaf(_)))
            }
            EntryKind::Leaf(_) => has(&|item| item.copied.file == lacking.file),
            _ => false,
        })
}

/// Whether something has to be made again, or may have to, that no kubelet sees to.
fn is_depended_on(dependents: &Dependents) -> bool {
    let Dependents {
        leaves,
        kubeconfigs,
        unread,
    } = dependents;
    let mut all = leaves.iter().chain(kubeconfigs).chain(unread);
    all.any(|path| path != KUBELET)
}

const KUBELET: &str = "kubelet.conf";

/// A kubelet renews its certificate with the one that it has: of a CA that is gone, which
/// lets it in no more. That is the one in `kubelet-client-*`, whatever is in its kubeconfig.
fn about_kubelets(copies: &[HostCopy<'_>], written: &[&Plan<'_>]) -> Option<String> {
    const BESIDE: &str = "/var/lib/kubelet/pki/kubelet-client-*";
    let plans = copies.iter().filter(|copy| copy.ending.failure().is_none());
    let mut items = plans.filter_map(|copy| Some(copy.ending.plan()?.items()));
    if items.any(|items| items.iter().any(PlanItem::is_kept_in_vain)) {
        return Some(format!(
            "kubelet.conf there is of another CA, and its kubelet is let in no more: 'kpki copy --with-host-certs --replace-kubeconfigs' puts the source's there, if it has one, or move it away and 'kubeadm init phase kubeconfig kubelet' makes one; move {BESIDE} away as well, and restart the kubelet"
        ));
    }
    let is_of_cluster =
        |conflict: &Conflict| conflict.entry.kind == EntryKind::Authority(Authority::Cluster);
    let is_replaced = |item: &PlanItem<'_>| {
        item.copied.entry.base_name == KUBELET && matches!(item.action, Action::Replace(_))
    };
    let is_sources = |item: &PlanItem<'_>| {
        item.copied.entry.base_name == KUBELET && !matches!(item.action, Action::Keep(_))
    };
    let has = |plan: &&Plan<'_>, is: &dyn Fn(&PlanItem<'_>) -> bool| plan.items().iter().any(is);
    let is_kubeconfig_new = written.iter().any(|plan| has(plan, &is_replaced));
    let with_new_ca = written
        .iter()
        .filter(|plan| overruled(plan.conflicts()).any(is_of_cluster));
    let is_served: Vec<_> = with_new_ca.map(|plan| has(plan, &is_sources)).collect();
    let is_ca_new = is_served.contains(&false);
    let is_served = is_served.contains(&true);
    match is_kubeconfig_new || is_served && !is_ca_new {
        true => Some(format!(
            "before the kubelet is restarted move {BESIDE} there away: it goes before what is in kubelet.conf"
        )),
        false if is_ca_new => Some(format!(
            "kubelets are let in no more by what the replaced CA has signed: move kubelet.conf and {BESIDE} there away, make kubelet.conf again ('kubeadm init phase kubeconfig kubelet'), and restart the kubelet"
        )),
        false => None,
    }
}

/// The components that read a replaced file when they start.
fn users_of_replaced(plans: &[&Plan<'_>]) -> BTreeSet<&'static str> {
    let items = plans.iter().flat_map(|plan| plan.items());
    let replaced = items.filter(|item| matches!(item.action, Action::Replace(_)));
    replaced
        .flat_map(|item| item.copied.entry.readers())
        .copied()
        .collect()
}
