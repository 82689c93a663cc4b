//! What keeps kube-vip's pod from its work, whatever its settings say: what the kubelet
//! refuses, and what it cannot do without.

use super::{Content, Node, Setting};

/// Where kube-vip looks for its kubeconfig.
pub(crate) const KUBECONFIG: &str = "/etc/kubernetes/admin.conf";

/// Something wrong with the pod.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PodFault {
    pub(crate) line: usize,
    pub(crate) kind: PodFaultKind,
}

/// What it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PodFaultKind {
    /// The value of a variable is no text.
    NotAText { variable: String, value: String },
    /// The pod has a network of its own.
    OwnNetwork,
    /// A mount names a volume that the pod does not have.
    NoVolume,
    /// The kubeconfig lies where kube-vip does not look.
    Elsewhere { mounted: String },
    /// Nothing tells it where `kubernetes` is.
    NoAlias,
    /// It may not change addresses of the host.
    NoCapability,
    /// Nothing says which program it is.
    NoImage,
    /// The kubeconfig, a file, is to be a directory.
    NotADirectory { written: String },
}

fn list<'a>(node: &'a Node, key: &str) -> &'a [Node] {
    node.get(key).map(Node::items).unwrap_or_default()
}

fn text<'a>(node: &'a Node, key: &str) -> Option<&'a str> {
    node.get(key).and_then(Node::text)
}

pub(super) fn find(spec: &Node, container: &Node) -> Vec<PodFault> {
    let mut found = Vec::new();
    let mut add = |line, kind| found.push(PodFault { line, kind });
    let start = container.position.line;
    for entry in list(container, "env") {
        let Some(value) = entry.get("value") else {
            continue;
        };
        if let Content::Scalar {
            text: written,
            is_text: false,
        } = &value.content
        {
            let kind = PodFaultKind::NotAText {
                variable: text(entry, "name").unwrap_or_default().to_owned(),
                value: written.clone(),
            };
            add(value.position.line, kind);
        }
    }
    match spec.get("hostNetwork") {
        Some(told) if told.text() == Some("true") => {}
        told => add(
            told.map_or(start, |it| it.position.line),
            PodFaultKind::OwnNetwork,
        ),
    }
    let mounts = list(container, "volumeMounts");
    let volumes = list(spec, "volumes");
    for mount in mounts {
        let Some(name) = text(mount, "name") else {
            continue;
        };
        if !volumes.iter().any(|it| text(it, "name") == Some(name)) {
            add(mount.position.line, PodFaultKind::NoVolume);
        }
    }
    let has_it = mounts
        .iter()
        .any(|it| text(it, "mountPath") == Some(KUBECONFIG));
    let near = mounts.iter().filter_map(|it| it.get("mountPath"));
    let mut near = near.filter_map(Setting::of);
    let near = near.find(|it| it.value.starts_with("/etc/kubernetes/"));
    if let Some(near) = near.filter(|_| !has_it) {
        let mounted = near.value;
        add(near.line, PodFaultKind::Elsewhere { mounted });
    }
    if list(spec, "hostAliases").is_empty() {
        add(start, PodFaultKind::NoAlias);
    }
    let context = container.get("securityContext");
    let is_privileged = context.and_then(|it| text(it, "privileged")) == Some("true");
    let capabilities = context.and_then(|it| it.get("capabilities"));
    let added = capabilities.map(|it| list(it, "add")).unwrap_or_default();
    let does_it = |it: &Node| matches!(it.text(), Some("NET_ADMIN" | "CAP_NET_ADMIN" | "ALL"));
    if !added.iter().any(does_it) && !is_privileged {
        let line = added.first().map_or(start, |it| it.position.line);
        add(line, PodFaultKind::NoCapability);
    }
    if text(container, "image").is_none_or(str::is_empty) {
        add(start, PodFaultKind::NoImage);
    }
    for volume in volumes {
        let Some(host) = volume.get("hostPath") else {
            continue;
        };
        let Some(kind) = host.get("type") else {
            continue;
        };
        let is_kubeconfig = text(host, "path").is_some_and(|it| it.ends_with(".conf"));
        if is_kubeconfig && kind.text().is_some_and(|it| it.starts_with("Directory")) {
            let written = kind.text().unwrap_or_default().to_owned();
            add(kind.position.line, PodFaultKind::NotADirectory { written });
        }
    }
    found
}
