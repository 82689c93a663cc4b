//! Hosts that are new in a cluster that runs, left it, or have another address.

use pki_core::Cluster;
use pki_core::render::{HostChanges, RenderPlace, RenderedKind, Step, advertised};

use super::files::{RenderAction, RenderedFiles, RenderedItem};
use super::leftover::departures;

/// What these hosts need.
#[derive(Default)]
pub(super) struct HostSteps {
    /// When etcd knows its members.
    pub(super) steps: Vec<Step>,
    /// When the others know the new hosts.
    pub(super) joins: Vec<Step>,
    /// The hosts whose certificates come with a step.
    pub(super) certified: Vec<String>,
}

impl HostSteps {
    pub(super) fn new(cluster: &Cluster, files: &RenderedFiles) -> Self {
        let of = |index: usize| {
            let items = files.items.iter();
            items.filter(move |item| item.place == RenderPlace::Host(index))
        };
        let runs = |index: usize| of(index).any(|item| item.action != RenderAction::Make);
        let was = |index: usize| of(index).find_map(former_address);
        let is_new = |index: usize| {
            let name = cluster.hosts.get(index).map(|host| host.name.as_str());
            let name = name.unwrap_or_default();
            !runs(index) && !files.leftovers.iter().any(|it| it.is_of(name))
        };
        let is_changed = |index: usize| is_new(index) || was(index).is_some();
        let changes = HostChanges::new(cluster, &is_changed);
        let mut this = Self::default();
        for (index, host) in cluster.hosts.iter().enumerate() {
            let kinds: Vec<_> = of(index).map(|item| item.kind).collect();
            let is_node = kinds.iter().copied().any(is_kubeadms);
            let was = was(index);
            match (&changes, was) {
                (Some(changes), Some(was)) => {
                    this.steps.extend(changes.moved(host, &was, &kinds));
                    if changes.rejoins() {
                        this.certified.push(host.name.to_string());
                    }
                }
                (None, Some(_)) => this.steps.push(Step::say(format!(
                    "{} has another address, and no host of the control plane stays where it is to ask: put the old description back, and change one host at a time. A single host is set up anew, with a backup of etcd",
                    host.name
                ))),
                (Some(changes), None) if is_node && is_new(index) => {
                    this.joins.extend(changes.join(host, &kinds));
                    if host.roles.control_plane {
                        this.certified.push(host.name.to_string());
                    }
                }
                _ => {}
            }
        }
        if let Some(changes) = &changes {
            this.steps.extend(departures(&files.leftovers, changes));
        }
        this
    }
}

fn is_kubeadms(kind: RenderedKind) -> bool {
    matches!(kind, RenderedKind::KubeadmInit | RenderedKind::KubeadmJoin)
}

/// The address that kubeadm was told before, if it is another now.
pub(super) fn former_address(item: &RenderedItem) -> Option<String> {
    if !is_kubeadms(item.kind) {
        return None;
    }
    let was = advertised(std::str::from_utf8(item.before()?).ok()?)?;
    let is = advertised(item.content())?;
    (was != is).then(|| was.to_owned())
}
