//! Hosts that are new in a cluster that runs, left it, or have another address or
//! another role.

use pki_core::Cluster;
use pki_core::render::{
    HostChanges, RenderPlace, RenderedKind, RenderedNode, Stage, StagedSteps, Step,
};

use super::files::{RenderAction, RenderedFiles, RenderedItem};
use super::leftover::departures;

/// What these hosts need.
pub(super) struct HostSteps<'a> {
    pub(super) steps: StagedSteps,
    /// The hosts whose certificates come with a step.
    pub(super) certified: Vec<String>,
    /// Those of them that are no part of the cluster until they join.
    pub(super) joining: Vec<String>,
    /// `None` where no host of the control plane stays as it is.
    pub(super) changes: Option<HostChanges<'a>>,
}

/// What becomes of a host.
enum Fate {
    /// It runs as it is, or nothing is known.
    Stays,
    New,
    /// From this address; another one means to join again with a stacked etcd.
    Moved(String),
    /// It has another role now, and is in the cluster at this address.
    OtherRole(String),
    /// A node no more, which is in the cluster at this address.
    Leaves(String),
    /// The addresses that its kubelet was told are others now.
    Told(String),
}

impl<'a> HostSteps<'a> {
    pub(super) fn new(cluster: &'a Cluster, files: &RenderedFiles) -> Self {
        let hosts = cluster.hosts.iter().enumerate();
        let fates: Vec<_> = hosts
            .map(|(index, host)| {
                fate(
                    files,
                    index,
                    host.name.as_str(),
                    &host.advertise_address.to_string(),
                )
            })
            .collect();
        let is_changed = |index: usize| {
            let fate = fates.get(index);
            fate.is_some_and(|fate| !matches!(fate, Fate::Stays | Fate::Told(_)))
        };
        let mut this = Self {
            steps: StagedSteps::default(),
            certified: Vec::new(),
            joining: Vec::new(),
            changes: HostChanges::new(cluster, &is_changed),
        };
        for (index, (host, fate)) in cluster.hosts.iter().zip(&fates).enumerate() {
            let name = host.name.to_string();
            let kinds: Vec<_> = of_host(files, index).map(|item| item.kind).collect();
            let Some(changes) = &this.changes else {
                this.steps.add(Stage::Left, nobody_to_ask(&name, fate));
                continue;
            };
            let (stage, steps, joins) = match fate {
                Fate::Stays => continue,
                Fate::Told(node_ip) => {
                    this.steps
                        .add(Stage::MovedMembers, [changes.told(host, node_ip)]);
                    continue;
                }
                Fate::Moved(was) if !changes.rejoins() => {
                    let is_member = files.etcd_change.certified.contains(&name);
                    let stage = match is_member {
                        true => Stage::MovedMembers,
                        false => Stage::Moved,
                    };
                    (stage, changes.moved(host, was, is_member), false)
                }
                Fate::Moved(was) => {
                    let why = "has another address, and its member of etcd and its manifests have the old one";
                    (Stage::Left, changes.again(host, was, why, &kinds), true)
                }
                Fate::OtherRole(was) => {
                    let why = match host.roles.control_plane {
                        true => "becomes a host of the control plane, as which it has to join",
                        false => "becomes a worker, as which it has to join",
                    };
                    (Stage::Left, changes.again(host, was, why, &kinds), true)
                }
                Fate::Leaves(was) => {
                    let left = Step::run(
                        format!(
                            "unless it has already, {name}, which is no node any more, leaves the cluster"
                        ),
                        changes.leave(&name, was),
                    );
                    this.steps.add(Stage::Left, [left]);
                    continue;
                }
                Fate::New => (Stage::Joined, changes.join(host, &kinds), true),
            };
            this.steps.add(stage, steps);
            if host.roles.control_plane {
                this.certified.push(name.clone());
            }
            if joins {
                this.joining.push(name);
            }
        }
        if let Some(changes) = &this.changes {
            let left = departures(&files.leftovers, changes);
            this.steps.add(Stage::Left, left);
        }
        this
    }
}

fn nobody_to_ask(name: &str, fate: &Fate) -> Option<Step> {
    matches!(fate, Fate::Moved(_) | Fate::OtherRole(_)).then(|| {
        Step::say(format!(
            "{name} has another address or another role, and no host of the control plane stays as it is to ask: put the old description back, and change one host at a time. A single host is set up anew, with a backup of etcd"
        ))
    })
}

fn of_host(files: &RenderedFiles, index: usize) -> impl Iterator<Item = &RenderedItem> {
    let items = files.items.iter();
    items.filter(move |item| item.place == RenderPlace::Host(index))
}

/// What kubeadm was told before, whichever of its files that was, and is told now.
fn fate(files: &RenderedFiles, index: usize, name: &str, address: &str) -> Fate {
    let now = of_host(files, index).find(|item| item.kind.is_kubeadms());
    let before = now.and_then(|item| std::str::from_utf8(item.before()?).ok());
    let before = before.or_else(|| {
        let mut left = files.leftovers.iter();
        left.find_map(|left| left.kubeadm_of(name))
    });
    let is_new = || {
        !of_host(files, index).any(|item| item.action != RenderAction::Make)
            && !files.leftovers.iter().any(|it| it.is_of(name))
    };
    let (was, is) = match (before, now) {
        (Some(before), Some(now)) => (
            RenderedNode::read(before),
            RenderedNode::read(now.content()),
        ),
        (Some(before), None) => {
            let was = RenderedNode::read(before).advertised;
            return Fate::Leaves(was.unwrap_or_else(|| address.to_owned()));
        }
        (None, Some(_)) if is_new() => return Fate::New,
        (None, _) => return Fate::Stays,
    };
    match (was.advertised, is.advertised) {
        (Some(was), Some(is)) if was != is => Fate::Moved(was),
        (Some(was), None) => Fate::OtherRole(was),
        (None, Some(_)) => {
            let known = was.node_ip.as_deref().and_then(|ip| ip.split(',').next());
            Fate::OtherRole(known.unwrap_or(address).to_owned())
        }
        _ => match (was.node_ip, is.node_ip) {
            (Some(was), Some(is)) if was != is => Fate::Told(is),
            _ => Fate::Stays,
        },
    }
}

impl RenderedFiles {
    /// What the first host was initialized with, before and now.
    pub(super) fn kubeadm_init(&self) -> Option<(&str, &RenderedItem)> {
        let mut inits = self.items.iter();
        let now = inits.find(|item| item.kind == RenderedKind::KubeadmInit)?;
        let before = now.before().and_then(|it| std::str::from_utf8(it).ok());
        // Another host was the first one.
        let mut left = self.leftovers.iter();
        let before = before.or_else(|| left.find_map(|left| left.kubeadm_init()))?;
        Some((before, now))
    }
}
