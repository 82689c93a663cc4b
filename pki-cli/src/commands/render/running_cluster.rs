//! What a cluster that may run keeps, said before anything is written, and how it comes
//! to another release of Kubernetes.

use std::collections::BTreeSet;

use pki_core::render::{
    ClusterRefusal, RenderPlace, RenderedKind, RenderedNode, Step, api_servers_ask,
    kubernetes_upgrade,
};
use pki_core::{Cluster, ClusterFile, Etcd, shell};

use super::files::{RenderAction, RenderedFiles, RenderedItem};
use crate::failure::Failure;
use crate::store::Root;

/// Refuses what no steps lead to.
pub(super) fn check(
    cluster: &Cluster,
    items: &[RenderedItem],
    root: Option<&Root>,
) -> Result<(), Failure> {
    let moved = items.iter().filter(|item| has_moved(item));
    let moved = moved.filter_map(|item| match item.place {
        RenderPlace::Host(index) => Some(cluster.hosts.get(index)?.name.to_string()),
        RenderPlace::Operator => None,
    });
    let moved: Vec<_> = moved.collect();
    for item in items {
        if let (Some((before, now)), RenderPlace::Host(index)) = (nodes(item), item.place)
            && let Some(host) = cluster.hosts.get(index)
        {
            ClusterRefusal::check_host(host.name.as_str(), &before, &now)
                .map_err(|refusal| failure(&refusal, root))?;
        }
        let Some((before, now)) = both(item) else {
            continue;
        };
        ClusterRefusal::check(&before, &now, &moved).map_err(|refusal| failure(&refusal, root))?;
    }
    Ok(())
}

/// The steps to the described release, from the one that was rendered before.
pub(super) fn upgrade(cluster: &Cluster, files: &RenderedFiles, joining: &[String]) -> Vec<Step> {
    let mut clusters = files.items.iter().filter_map(both);
    let Some((before, _)) = clusters.next() else {
        return Vec::new();
    };
    kubernetes_upgrade(cluster, before.kubernetes_version, &|index| {
        runs(cluster, files, index, joining)
    })
}

/// Has the API servers ask at another list of URLs, where no other step does: etcd
/// itself is the same.
pub(super) fn endpoints(
    cluster: &Cluster,
    files: &RenderedFiles,
    joining: &[String],
) -> Option<Step> {
    let mut clusters = files.items.iter().filter_map(both);
    let (before, now) = clusters.next()?;
    let (Etcd::External(before), Etcd::External(now)) = (before.etcd, now.etcd) else {
        return None;
    };
    let same = |urls: &[String]| -> BTreeSet<String> { urls.iter().cloned().collect() };
    if !files.etcd_change.steps.is_empty() || same(&before.endpoints) == same(&now.endpoints) {
        return None;
    }
    let is_new = |name: &str| {
        let mut hosts = cluster.hosts.iter();
        let index = hosts.position(|host| host.name.as_str() == name);
        !index.is_some_and(|index| runs(cluster, files, index, joining))
    };
    api_servers_ask(cluster, &is_new, &now.endpoints.join(","))
}

/// Whether files for the host were there before, and it is no other one now.
fn runs(cluster: &Cluster, files: &RenderedFiles, index: usize, joining: &[String]) -> bool {
    let host = cluster.hosts.get(index);
    let joins = host.is_some_and(|host| joining.iter().any(|name| name == host.name.as_str()));
    let mut items = files.items.iter();
    !joins
        && items
            .any(|item| item.place == RenderPlace::Host(index) && item.action != RenderAction::Make)
}

/// Whether kubeadm was told another address of the host before.
fn has_moved(item: &RenderedItem) -> bool {
    let nodes = nodes(item).map(|(before, now)| (before.advertised, now.advertised));
    matches!(nodes, Some((Some(was), Some(is))) if was != is)
}

/// What kubeadm was told of the host before, and what it is told now.
fn nodes(item: &RenderedItem) -> Option<(RenderedNode, RenderedNode)> {
    let before = item.before().filter(|_| item.kind.is_kubeadms())?;
    let before = RenderedNode::read(std::str::from_utf8(before).ok()?);
    Some((before, RenderedNode::read(item.content())))
}

/// The cluster as it was rendered for `kubeadm init` before, and as it is now.
fn both(item: &RenderedItem) -> Option<(Cluster, Cluster)> {
    let before = item
        .before()
        .filter(|_| item.kind == RenderedKind::KubeadmInit)?;
    let [before, now] = [before, item.content().as_bytes()].map(ClusterFile::parse);
    Some((before.ok()?.cluster, now.ok()?.cluster))
}

/// With the way out of whoever has set nothing up yet: what is not there is not
/// compared.
fn failure(refusal: &ClusterRefusal, root: Option<&Root>) -> Failure {
    let failure = Failure::new(refusal.to_string());
    let Some(root) = root else {
        return failure;
    };
    let root = shell::path(root.path().as_os_str().as_encoded_bytes());
    let kinds = [RenderedKind::KubeadmInit, RenderedKind::KubeadmJoin];
    let files = kinds.map(|kind| format!("{root}/*/{}", kind.path()));
    failure.hint(format!(
        "{}; if no host was set up with these files yet, run this again after: rm -f {}",
        refusal.advice(),
        files.join(" ")
    ))
}
