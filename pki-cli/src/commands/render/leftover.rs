//! What earlier renderings left behind: named, and never removed.

use std::path::Path;

use pki_core::Cluster;
use pki_core::render::{
    HostChanges, Reached, RenderPlace, RenderedKind, RenderedNode, Stage, StagedSteps, Step, there,
};
use serde::Serialize;
use zeroize::Zeroizing;

use super::files::RenderedItem;
use crate::failure::Failure;
use crate::layout::SHARED;
use crate::output::harmless;
use crate::store::{Entry, Found, HostDir, is_ours};

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
    #[serde(skip)]
    gone: Option<Gone>,
    /// What kubeadm was told, if it is that.
    #[serde(skip)]
    kubeadm: Option<Kubeadm>,
}

/// kubeadm's configuration of a host, as it was rendered before.
#[derive(Clone)]
struct Kubeadm {
    kind: RenderedKind,
    text: Zeroizing<String>,
}

/// What is known of a host that is not described any more.
#[derive(Clone)]
struct Gone {
    name: String,
    /// Its address, or its name where no file tells that.
    address: String,
    daemons: Vec<&'static str>,
    is_node: bool,
}

impl Kubeadm {
    /// What lies there, if it is a text.
    fn read(directory: &HostDir, host: &str, kind: RenderedKind) -> Option<Self> {
        let Found::Something(found) = directory.read(format!("{host}/{}", kind.path())) else {
            return None;
        };
        let Entry::File { bytes, .. } = found.entry else {
            return None;
        };
        let text = std::str::from_utf8(&bytes).ok()?.to_owned();
        Some(Self {
            kind,
            text: text.into(),
        })
    }

    /// Either of both.
    fn of(directory: &HostDir, host: &str) -> Option<Self> {
        let kinds = [RenderedKind::KubeadmInit, RenderedKind::KubeadmJoin];
        let mut found = kinds
            .into_iter()
            .map(|kind| Self::read(directory, host, kind));
        found.find_map(|found| found)
    }
}

impl Gone {
    fn new(directory: &HostDir, name: &str, kubeadm: Option<&Kubeadm>) -> Self {
        let has = |kind: RenderedKind| directory.has(format!("{name}/{}", kind.path()));
        let address = kubeadm.and_then(|it| RenderedNode::read(&it.text).advertised);
        // etcd ends when its member is removed.
        let daemons = RenderedKind::ALL
            .into_iter()
            .filter(|kind| !kind.is_etcds() && has(*kind))
            .filter_map(RenderedKind::retirement);
        Self {
            name: name.to_owned(),
            address: address.unwrap_or_else(|| name.to_owned()),
            daemons: daemons.collect(),
            is_node: kubeadm.is_some(),
        }
    }
}

/// What hosts that left go on with: they would hold the virtual IP, too.
pub(super) fn ends_of_hosts(leftovers: &[Leftover]) -> Vec<Step> {
    let gone = leftovers.iter().filter_map(|it| it.gone.as_ref());
    let gone = gone.filter(|gone| !gone.daemons.is_empty());
    let steps = gone.map(|gone| {
        Step::run(
            format!(
                "{} is not described any more: unless it is gone, end what runs there by files of an earlier rendering",
                gone.name
            ),
            gone.daemons.iter().map(|command| there(&gone.address, command)),
        )
    });
    steps.collect()
}

/// How these hosts leave the cluster.
pub(super) fn departures(leftovers: &[Leftover], hosts: &HostChanges<'_>) -> Vec<Step> {
    let gone = leftovers.iter().filter_map(|it| it.gone.as_ref());
    let gone = gone.filter(|gone| gone.is_node);
    let etcd = match hosts.rejoins() {
        true => ", which removes its member of etcd, too, while the others are well",
        false => "",
    };
    let steps = gone.map(|gone| {
        Step::run(
            format!(
                "unless it has already, {} leaves the cluster{etcd}; its directory here is of no use any more",
                gone.name
            ),
            hosts.leave(&gone.name, &gone.address),
        )
    });
    steps.collect()
}

impl Leftover {
    /// Whether it is of this host.
    pub(super) fn is_of(&self, name: &str) -> bool {
        self.host.as_ref().is_some_and(|host| host.name == name)
    }

    /// What kubeadm was told of this host, by a file that is rendered no more.
    pub(super) fn kubeadm_of(&self, name: &str) -> Option<&str> {
        let kubeadm = self.kubeadm.as_ref().filter(|_| self.is_of(name))?;
        Some(&kubeadm.text)
    }

    /// What a host was initialized with that is the first one no more.
    pub(super) fn kubeadm_init(&self) -> Option<&str> {
        let kubeadm = self.kubeadm.as_ref()?;
        (kubeadm.kind == RenderedKind::KubeadmInit).then_some(kubeadm.text.as_str())
    }

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

/// What ends on hosts that go on. Where something takes its place, or the other hosts
/// go on with it, it ends early: two of them would hold one virtual IP. Else, and
/// haproxy, which holds none, as soon as nobody knows its address any more.
pub(super) fn retirements(
    leftovers: &[Leftover],
    items: &[RenderedItem],
    has_front: bool,
) -> StagedSteps {
    let mut steps = StagedSteps::default();
    for kind in RenderedKind::ALL.into_iter().filter(|it| !it.is_etcds()) {
        let Some(command) = kind.retirement() else {
            continue;
        };
        let reached = run_there(leftovers, command);
        if reached.is_empty() {
            continue;
        }
        let is_elsewhere = items.iter().any(|item| item.kind == kind);
        let is_replaced = has_front && kind != RenderedKind::Haproxy;
        let (stage, when) = match is_elsewhere || is_replaced {
            true => (Stage::Retired, ""),
            false => (Stage::NotAskedAnyMore, "when nobody asks it any more "),
        };
        let step = Step::run(
            format!(
                "{when}end what ran by files of an earlier rendering, if it runs on {}",
                names(&reached)
            ),
            reached.iter().map(|host| host.run(command)),
        );
        steps.add(stage, [step]);
    }
    steps
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
                let is_kubeadms = kind.is_kubeadms();
                let read = || Kubeadm::read(&directory, host.name.as_str(), kind);
                found.push(Leftover {
                    path,
                    kind: "file",
                    command: kind.retirement(),
                    host: Some(Reached::new(host)),
                    gone: None,
                    kubeadm: is_kubeadms.then(read).flatten(),
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
            let kubeadm = Kubeadm::of(&directory, name);
            found.push(Leftover {
                path: harmless(name),
                kind: "host",
                command: None,
                host: None,
                gone: Some(Gone::new(&directory, name, kubeadm.as_ref())),
                kubeadm,
            });
        }
    }
    Ok(found)
}
