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
                found.push(Leftover { path, kind: "file" });
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
            });
        }
    }
    Ok(found)
}
