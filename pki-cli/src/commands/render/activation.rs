//! What has to be done on hosts for replaced files to take effect.

use std::collections::BTreeMap;

use pki_core::Cluster;
use pki_core::render::{Activation, Reached, RenderPlace, RenderedKind, Stage, Step};
use serde::Serialize;

use super::files::{RenderAction, RenderedFiles, RenderedItem};

/// Files that take effect in the same way, and where they lie.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ChangedService {
    hosts: Vec<String>,
    files: Vec<&'static str>,
    /// `command`, `steps`, `runbook`, `at-once`, `at-init` or `at-set-up`.
    effect: &'static str,
    command: Option<&'static str>,
    one_at_a_time: bool,
    /// Instead of the command, each for its own host and in this order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    steps: Vec<String>,
    #[serde(skip)]
    stage: Stage,
    #[serde(skip)]
    reached: Vec<Receiver>,
}

/// A host and what it gets.
struct Receiver {
    host: Reached,
    files: Vec<&'static str>,
    /// Whether kube-vip's manifest is not for a host that runs as it is.
    is_for_init: bool,
}

/// How files take effect, in the order in which they are brought.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Way {
    /// The runbook sets up what is new on a host that runs.
    Runbook,
    /// kube-vip's manifest is as new there, and takes effect at once.
    KubeVip,
    Activated(Activation),
    /// The first `kubeadm init` alone needs it.
    AtInit,
}

/// By the way they take effect. On a host that has no files yet all of them are
/// for the runbook.
pub(crate) fn changed_services(cluster: &Cluster, files: &RenderedFiles) -> Vec<ChangedService> {
    let mut by_way: BTreeMap<Way, ChangedService> = BTreeMap::new();
    for item in &files.items {
        let RenderPlace::Host(index) = item.place else {
            continue;
        };
        let (Some(host), Some(way)) = (cluster.hosts.get(index), way(files, item)) else {
            continue;
        };
        let service = by_way
            .entry(way)
            .or_insert_with(|| ChangedService::new(way));
        if item.kind.is_etcds() {
            service.stage = Stage::Etcd;
        }
        if item.kind.is_etcds() && !files.etcd_change.steps.is_empty() {
            service.effect = "steps";
            service.command = None;
            let steps = files.etcd_change.steps.iter();
            service.steps = steps.map(ToString::to_string).collect();
        }
        service.add(Reached::new(host), item);
    }
    by_way.into_values().collect()
}

fn way(files: &RenderedFiles, item: &RenderedItem) -> Option<Way> {
    let runs = || {
        let mut of_host = files.items.iter().filter(|it| it.place == item.place);
        of_host.any(|it| it.action != RenderAction::Make)
    };
    let activation = item.kind.activation()?;
    match (item.action, item.kind) {
        (RenderAction::Replace, _) if item.runs_like_before => Some(Way::AtInit),
        (RenderAction::Replace, _) => Some(Way::Activated(activation)),
        (RenderAction::Make, RenderedKind::KubeVip) if runs() => Some(Way::KubeVip),
        (
            RenderAction::Make,
            RenderedKind::Keepalived | RenderedKind::ApiServerCheck | RenderedKind::Haproxy,
        ) if runs() => Some(Way::Runbook),
        _ => None,
    }
}

impl ChangedService {
    fn new(way: Way) -> Self {
        let (effect, command, one_at_a_time) = match way {
            Way::Activated(Activation::Command {
                command,
                one_at_a_time,
            }) => ("command", Some(command), one_at_a_time),
            Way::Activated(Activation::AtOnce) | Way::KubeVip => ("at-once", None, false),
            Way::Activated(Activation::AtSetUp) => ("at-set-up", None, false),
            Way::Runbook => ("runbook", None, false),
            Way::AtInit => ("at-init", None, false),
        };
        Self {
            hosts: Vec::new(),
            files: Vec::new(),
            effect,
            command,
            one_at_a_time,
            steps: Vec::new(),
            stage: match way {
                Way::Runbook | Way::KubeVip => Stage::Fronts,
                Way::Activated(_) | Way::AtInit => Stage::Services,
            },
            reached: Vec::new(),
        }
    }

    fn add(&mut self, host: Reached, item: &RenderedItem) {
        let path = item.kind.path();
        if !self.files.contains(&path) {
            self.files.push(path);
        }
        match self.reached.iter_mut().find(|known| known.host == host) {
            Some(known) => {
                known.files.push(path);
                known.is_for_init |= item.is_for_init;
            }
            None => {
                self.hosts.push(host.name.clone());
                self.reached.push(Receiver {
                    host,
                    files: vec![path],
                    is_for_init: item.is_for_init,
                });
            }
        }
    }

    /// What is to be done on hosts that run already, but for those that join anew and
    /// get it then; `None` where nothing is, or etcd has steps of its own.
    pub(super) fn step(&self, joining: &[String]) -> Option<Step> {
        let reached = self.but(joining);
        let names = names(&reached)?;
        let bring = format!("bring {} to {names}", paths(&reached, None));
        let what = match (self.effect, self.one_at_a_time && reached.len() > 1) {
            ("command", true) => format!(
                "{bring}, and run there what makes it effective, one host after the other, each well before the next"
            ),
            ("command", false) => format!("{bring}, and run there what makes it effective"),
            ("at-once", _) => format!("{bring}, where it takes effect at once"),
            ("runbook", _) => format!(
                "{bring}, and then install and start it as RUNBOOK.md says under 'Start the load balancer'"
            ),
            _ => return None,
        };
        let commands = reached.iter().map(|receiver| match receiver.is_for_init {
            true => receiver.host.bring_kube_vip(),
            false => receiver.host.bring(&receiver.files, self.command),
        });
        Some(Step::run(what, commands))
    }

    /// When that is.
    pub(super) fn stage(&self) -> Stage {
        self.stage
    }

    /// That there is nothing to do, where somebody may think there is; `told` has a
    /// step of its own.
    pub(super) fn remark(&self, joining: &[String], told: Option<RenderedKind>) -> Option<String> {
        let why = match self.effect {
            "at-set-up" => {
                "kubeadm reads that when it sets a host up, and one that runs already stays as it is"
            }
            "at-init" => {
                "super-admin.conf is for the first 'kubeadm init', and kube-vip goes on with admin.conf where that is done"
            }
            _ => return None,
        };
        let told = told.map(RenderedKind::path);
        let mut reached = self.but(joining);
        reached.retain(|it| it.files.iter().any(|file| Some(*file) != told));
        let names = names(&reached)?;
        Some(format!(
            "nothing for {} of {names}: {why}",
            paths(&reached, told)
        ))
    }

    fn but(&self, joining: &[String]) -> Vec<&Receiver> {
        let reached = self.reached.iter();
        reached
            .filter(|it| !joining.contains(&it.host.name))
            .collect()
    }
}

/// `None` for nobody.
fn names(reached: &[&Receiver]) -> Option<String> {
    let names: Vec<_> = reached.iter().map(|it| it.host.name.as_str()).collect();
    (!names.is_empty()).then(|| names.join(", "))
}

/// The files of all of them, each once.
fn paths(reached: &[&Receiver], but: Option<&str>) -> String {
    let mut paths = Vec::new();
    for path in reached.iter().flat_map(|it| &it.files) {
        if !paths.contains(path) && Some(*path) != but {
            paths.push(*path);
        }
    }
    paths.join(", ")
}
