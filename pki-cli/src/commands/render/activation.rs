//! What has to be done on hosts for replaced files to take effect.

use std::collections::BTreeMap;

use pki_core::Cluster;
use pki_core::render::{Activation, RenderPlace, RenderedKind};
use serde::Serialize;

use super::files::{RenderAction, RenderedFiles};

/// Replaced files that take effect in the same way, and where they lie.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ChangedService {
    hosts: Vec<String>,
    files: Vec<&'static str>,
    /// `command`, `steps`, `at-once` or `at-set-up`.
    effect: &'static str,
    command: Option<&'static str>,
    one_at_a_time: bool,
    /// Instead of the command, each for its own host and in this order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    steps: Vec<String>,
}

/// By the way they take effect. A file that was not there before is one of a
/// host that is set up for the first time, as the runbook says.
pub(crate) fn changed_services(cluster: &Cluster, files: &RenderedFiles) -> Vec<ChangedService> {
    let mut by_way: BTreeMap<Activation, ChangedService> = BTreeMap::new();
    for item in &files.items {
        let RenderPlace::Host(index) = item.place else {
            continue;
        };
        let (Some(host), Some(way), RenderAction::Replace) = (
            cluster.hosts.get(index),
            item.kind.activation(),
            item.action,
        ) else {
            continue;
        };
        let service = by_way
            .entry(way)
            .or_insert_with(|| ChangedService::new(way));
        if is_etcds(item.kind) && !files.etcd_steps.is_empty() {
            service.effect = "steps";
            service.command = None;
            service.steps.clone_from(&files.etcd_steps);
        }
        let (name, path) = (host.name.to_string(), item.kind.path());
        if !service.hosts.contains(&name) {
            service.hosts.push(name);
        }
        if !service.files.contains(&path) {
            service.files.push(path);
        }
    }
    by_way.into_values().collect()
}

fn is_etcds(kind: RenderedKind) -> bool {
    matches!(kind, RenderedKind::EtcdEnvironment | RenderedKind::EtcdUnit)
}

impl ChangedService {
    fn new(way: Activation) -> Self {
        let (effect, command, one_at_a_time) = match way {
            Activation::Command {
                command,
                one_at_a_time,
            } => ("command", Some(command), one_at_a_time),
            Activation::AtOnce => ("at-once", None, false),
            Activation::AtSetUp => ("at-set-up", None, false),
        };
        Self {
            hosts: Vec::new(),
            files: Vec::new(),
            effect,
            command,
            one_at_a_time,
            steps: Vec::new(),
        }
    }

    /// What to do on hosts that run already.
    pub(crate) fn steps(&self) -> Vec<String> {
        match &self.steps[..] {
            [] => vec![self.step()],
            steps => steps.to_vec(),
        }
    }

    fn step(&self) -> String {
        let (files, hosts) = (self.files.join(", "), self.hosts.join(", "));
        let in_turn = self.one_at_a_time && self.hosts.len() > 1;
        let bring = format!("bring {files} to {hosts}");
        match (self.command, self.effect) {
            (Some(command), _) if in_turn => {
                format!(
                    "{bring}, and one host after the other, each well before the next, run there: {command}"
                )
            }
            (Some(command), _) => format!("{bring}, and run there: {command}"),
            (None, "at-once") => format!("{bring}: it takes effect at once"),
            (None, _) => format!(
                "nothing for {files} of {hosts}: kubeadm reads that when it sets a host up, and one that runs already stays as it is"
            ),
        }
    }
}
