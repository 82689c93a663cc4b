//! What earlier renderings left behind: named, and never removed.

use std::path::Path;

use pki_core::Cluster;
use pki_core::render::{RenderPlace, RenderedKind};
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
    host: String,
}

impl Leftover {
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
pub(crate) fn retirements(leftovers: &[Leftover]) -> Vec<String> {
    let mut by_command: Vec<(&str, Vec<&str>)> = Vec::new();
    for leftover in leftovers {
        let Some(command) = leftover.command else {
            continue;
        };
        let host = leftover.host.as_str();
        match by_command.iter_mut().find(|(known, _)| *known == command) {
            Some((_, hosts)) => hosts.push(host),
            None => by_command.push((command, vec![host])),
        }
    }
    let etcd = RenderedKind::EtcdUnit.retirement();
    let steps = by_command.into_iter().map(|(command, hosts)| {
        let when = match Some(command) == etcd {
            true => "once nobody needs the data of this etcd, and after its members were removed where others go on",
            false => "before what follows",
        };
        format!("{when}, if it runs on {}, run there: {command}", hosts.join(", "))
    });
    steps.collect()
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
                    host: host.name.to_string(),
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
                host: harmless(name),
            });
        }
    }
    Ok(found)
}
