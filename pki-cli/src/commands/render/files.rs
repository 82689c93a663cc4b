//! Rendered files compared with those that are there.

use pki_core::Cluster;
use pki_core::render::{
    EtcdChange, EtcdFiles, EtcdRefusal, EtcdTexts, RenderPlace, RenderedFile, RenderedKind,
    Rendering, kube_vip_after_init,
};
use zeroize::Zeroizing;

use super::changes_file::Found;
use super::leftover::{Leftover, leftovers};
use super::{running_cluster, running_etcd};
use crate::failure::Failure;
use crate::store::{Entry, Followed, NewFile, RelPath, Root, quote};

/// Every rendered file and what becomes of it.
pub(crate) struct RenderedFiles {
    pub(crate) items: Vec<RenderedItem>,
    pub(crate) notes: Vec<String>,
    /// What earlier renderings left in the directory.
    pub(crate) leftovers: Vec<Leftover>,
    /// What a running etcd needs besides a restart.
    pub(crate) etcd_change: EtcdChange,
    /// CHANGES.md, if there is one.
    pub(super) changes: Found,
}

/// One of them.
pub(crate) struct RenderedItem {
    pub(crate) place: RenderPlace,
    pub(crate) kind: RenderedKind,
    pub(crate) mode: u32,
    pub(crate) action: RenderAction,
    path: RelPath,
    content: Zeroizing<String>,
    /// What is there, if it differs.
    before: Option<Zeroizing<Vec<u8>>>,
    /// Whether it is for a host where `kubeadm init` is still to be done.
    pub(super) is_for_init: bool,
    /// Whether it is as it was, but for what the first `kubeadm init` alone needs.
    pub(super) runs_like_before: bool,
}

/// What becomes of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RenderAction {
    Make,
    /// It is there and differs.
    Replace,
    /// It is there as it would be written.
    Keep,
}

impl RenderedFiles {
    pub(super) fn new(
        root: Option<&Root>,
        cluster: &Cluster,
        rendering: Rendering,
    ) -> Result<Self, Failure> {
        let items = rendering.files.into_iter();
        let items = items.map(|file| RenderedItem::compared(root, cluster, file));
        let items: Vec<_> = items.collect::<Result<_, _>>()?;
        let leftovers = match root {
            Some(root) => leftovers(root.path(), cluster, &items)?,
            None => Vec::new(),
        };
        running_cluster::check(cluster, &items, root)?;
        let changes = root.map_or(Found::Nothing, Found::changes);
        let change = change_of_etcd(cluster, &items);
        let change = running_etcd::refused(cluster, &items, &leftovers, change, &changes);
        let etcd_change = match (change, root) {
            (Ok(change), _) => change,
            (Err(refusal), Some(root)) => return Err(running_etcd::failure(&refusal, root)),
            (Err(refusal), None) => return Err(Failure::new(refusal.to_string())),
        };
        Ok(Self {
            etcd_change,
            changes,
            items,
            leftovers,
            notes: rendering.notes.iter().map(ToString::to_string).collect(),
        })
    }

    pub(crate) fn change_anything(&self) -> bool {
        let mut items = self.items.iter();
        items.any(|item| item.action != RenderAction::Keep)
    }

    /// Hands out the contents of what is not kept.
    pub(crate) fn new_files(&mut self) -> Vec<NewFile> {
        let items = self.items.iter_mut();
        let changed = items.filter(|item| item.action != RenderAction::Keep);
        changed
            .map(|item| NewFile {
                path: item.path.clone(),
                bytes: std::mem::take(&mut *item.content).into_bytes().into(),
                mode: item.mode,
                replaces: item.action == RenderAction::Replace,
            })
            .collect()
    }
}

impl RenderedItem {
    /// A text that is to be written.
    pub(super) fn new(
        place: RenderPlace,
        kind: RenderedKind,
        action: RenderAction,
        path: RelPath,
        content: String,
    ) -> Self {
        Self {
            place,
            kind,
            mode: 0o644,
            action,
            path,
            content: content.into(),
            before: None,
            is_for_init: false,
            runs_like_before: false,
        }
    }

    fn compared(
        root: Option<&Root>,
        cluster: &Cluster,
        file: RenderedFile,
    ) -> Result<Self, Failure> {
        let path = file.kind.path();
        let host = match file.place {
            RenderPlace::Operator => None,
            RenderPlace::Host(index) => cluster.hosts.get(index),
        };
        let path = match host {
            Some(host) => RelPath::new(format!("{}/{path}", host.name))?,
            None => RelPath::new(path)?,
        };
        let mode = file.mode();
        let found = root.map(|root| root.read_following(&path));
        let refuse = |what: String| {
            let place = root.map_or_else(Default::default, |root| root.path().join(path.as_str()));
            Err(Failure::new(format!("{}: {what}", quote(&place)))
                .hint("move it away: a rendered file goes there"))
        };
        let mut before = None;
        let action = match found {
            None => RenderAction::Make,
            Some(Followed { link: Some(_), .. }) => {
                return refuse("it is a symbolic link".to_owned());
            }
            Some(Followed { entry, link: None }) => match entry {
                Entry::Absent => RenderAction::Make,
                Entry::File { bytes, mode: found }
                    if bytes.as_slice() == file.content.as_bytes() && found & 0o777 == mode =>
                {
                    RenderAction::Keep
                }
                Entry::File { bytes, .. } => {
                    before = Some(bytes);
                    RenderAction::Replace
                }
                Entry::TooLarge { .. } => RenderAction::Replace,
                Entry::Other { kind } => return refuse(format!("it is a {kind}, not a file")),
                Entry::Unreadable { reason } => return refuse(reason),
            },
        };
        let is_kube_vip = file.kind == RenderedKind::KubeVip;
        let running = kube_vip_after_init(&file.content);
        let text = before
            .as_ref()
            .and_then(|bytes| std::str::from_utf8(bytes).ok());
        let ran = text.map(kube_vip_after_init);
        Ok(Self {
            is_for_init: is_kube_vip && running != **file.content,
            runs_like_before: is_kube_vip && ran.is_some_and(|ran| ran == running),
            place: file.place,
            kind: file.kind,
            mode,
            action,
            path,
            content: file.content,
            before,
        })
    }

    pub(super) fn content(&self) -> &str {
        &self.content
    }

    /// What was there, the same or not.
    pub(super) fn before(&self) -> Option<&[u8]> {
        match self.action {
            RenderAction::Keep => Some(self.content.as_bytes()),
            _ => self.before.as_ref().map(|bytes| bytes.as_slice()),
        }
    }
}

fn change_of_etcd(cluster: &Cluster, items: &[RenderedItem]) -> Result<EtcdChange, EtcdRefusal> {
    let hosts = cluster.hosts.iter().enumerate();
    let files = hosts.filter_map(|(index, _)| {
        let place = RenderPlace::Host(index);
        let of = |kind| {
            items
                .iter()
                .find(|item| item.place == place && item.kind == kind)
        };
        let environment = of(RenderedKind::EtcdEnvironment)?;
        let unit = of(RenderedKind::EtcdUnit)?;
        Some(EtcdFiles {
            host: index,
            before: environment
                .before()
                .zip(unit.before())
                .map(|(environment, unit)| EtcdTexts { environment, unit }),
            now: EtcdTexts {
                environment: environment.content.as_bytes(),
                unit: unit.content.as_bytes(),
            },
        })
    });
    EtcdChange::new(cluster, &files.collect::<Vec<_>>())
}
