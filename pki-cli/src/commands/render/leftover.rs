//! What earlier renderings left behind: named, and never removed.

use std::path::Path;

use pki_core::Cluster;
use pki_core::render::{Reached, RenderPlace, RenderedKind, Step};
use serde::Serialize;

use super::files::RenderedItem;
use crate::failure::Failure;
use crate::layout::SHARED;
use crate::output::harmless;
use crate::store::{HostDir, is_ours};

/// A file that is rendered no more, or the directory of a host that is not
/// described any more.
#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Leftover {
    /// Below `--out`.
    path: String,
    /// `file` or `host`.
    kind: &'static str,
    /// What ends on the host first.
    #[serde(skip_serializing_if = "Option::is_none")]
    command: Option<&'static str>,
    #[serde(skip)]
    host: Option<Reached>,
}

impl Leftover {
    /// Whether a described host has the unit of an etcd that is rendered no more.
    pub(super) fn is_etcds(&self) -> bool {
        self.command.is_some() && self.command == RenderedKind::EtcdUnit.retirement()
    }

    /// What it is, for people.
    pub(crate) fn remark(&self) -> String {
        match self.kind {
            "host" => format!(
                "{} is the directory of a host that is not described any more: remove it if the host is gone",
                self.path
            ),
            _ => format!(
                "{} is of an earlier rendering and not needed any more: remove it here and on the host",
                self.path
            ),
        }
    }
}

/// What ends before anything else begins: two of them would hold one virtual IP.
pub(super) fn retirements(leftovers: &[Leftover]) -> Vec<Step> {
    let etcd = RenderedKind::EtcdUnit.retirement();
    let commands = leftovers.iter().filter_map(|leftover| leftover.command);
    let mut known = Vec::new();
    for command in commands.filter(|command| Some(*command) != etcd) {
        if !known.contains(&command) {
            known.push(command);
        }
    }
    let steps = known.into_iter().map(|command| {
        let reached = run_there(leftovers, command);
        Step::run(
            format!(
                "end what ran by files of an earlier rendering, if it runs on {}",
                names(&reached)
            ),
            reached.iter().map(|host| host.run(command)),
        )
    });
    steps.collect()
}

/// The end of an etcd that is no member any more.
pub(super) fn end_of_etcd(leftovers: &[Leftover]) -> Option<Step> {
    let command = RenderedKind::EtcdUnit.retirement()?;
    let reached = run_there(leftovers, command);
    (!reached.is_empty()).then(|| {
        Step::run(
            format!(
                "once nobody needs the data of this etcd, and after its members were removed where others go on, if it runs on {}",
                names(&reached)
            ),
            reached.iter().map(|host| host.run(command)),
        )
    })
}

fn run_there<'a>(leftovers: &'a [Leftover], command: &str) -> Vec<&'a Reached> {
    let with = leftovers.iter().filter(|it| it.command == Some(command));
    with.filter_map(|leftover| leftover.host.as_ref()).collect()
}

fn names(hosts: &[&Reached]) -> String {
    let names: Vec<_> = hosts.iter().map(|host| host.name.as_str()).collect();
    names.join(", ")
}

/// Looks in the directories of the hosts, and for further ones.
pub(super) fn leftovers(
    root: &Path,
    cluster: &Cluster,
    items: &[RenderedItem],
) -> Result<Vec<Leftover>, Failure> {
    /// More entries than any cluster has hosts.
    const MOST: usize = 10_000;
    let Some(directory) = HostDir::root(root)? else {
        return Ok(Vec::new());
    };
    let of_hosts = || {
        RenderedKind::ALL
            .into_iter()
            .filter(|kind| kind.activation().is_some())
    };
    let mut found = Vec::new();
    for (index, host) in cluster.hosts.iter().enumerate() {
        let place = RenderPlace::Host(index);
        let is_rendered = |kind: RenderedKind| {
            items
                .iter()
                .any(|item| item.place == place && item.kind == kind)
        };
        for kind in of_hosts().filter(|kind| !is_rendered(*kind)) {
            let path = format!("{}/{}", host.name, kind.path());
            if directory.has(&path) {
                found.push(Leftover {
                    path,
                    kind: "file",
                    command: kind.retirement(),
                    host: Some(Reached::new(host)),
                });
            }
        }
    }
    for name in directory.names(MOST)? {
        let Some(name) = name.to_str() else { continue };
        let is_described = cluster.hosts.iter().any(|host| host.name.as_str() == name);
        let is_of_a_host = || {
            let has = |below: &str| directory.has(format!("{name}/{below}"));
            of_hosts().any(|kind| has(kind.path())) || has("etc/kubernetes/pki")
        };
        if !is_described && name != SHARED && !is_ours(name) && is_of_a_host() {
            found.push(Leftover {
                path: harmless(name),
                kind: "host",
                command: None,
                host: None,
            });
        }
    }
    Ok(found)
}
