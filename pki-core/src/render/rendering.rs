//! What was rendered.

use std::fmt;

use zeroize::Zeroizing;

use super::note::RenderNote;

/// The files of every host, and what there is to say about them.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Rendering {
    /// By host and path; the operator's first.
    pub files: Vec<RenderedFile>,
    /// Remarks, in the order they came up.
    pub notes: Vec<RenderNote>,
}

/// A file and where it belongs.
#[derive(Clone, PartialEq, Eq)]
pub struct RenderedFile {
    /// Whose it is.
    pub place: RenderPlace,
    /// What it is, which tells its path.
    pub kind: RenderedKind,
    /// Whether nobody but its owner may read it.
    pub is_secret: bool,
    /// The text.
    pub content: Zeroizing<String>,
}

/// Whose file it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RenderPlace {
    /// Whoever sets the cluster up: it lies on no host.
    Operator,
    /// The host of this index in the cluster.
    Host(usize),
}

/// What is rendered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum RenderedKind {
    /// The commands of the whole set-up, with this cluster's values.
    Runbook,
    /// What is still to be done on hosts that run. What it is depends on the files
    /// that were there before, so that [`render`](super::render) makes none.
    Changes,
    /// What differs between the members of etcd.
    EtcdEnvironment,
    /// etcd's unit.
    EtcdUnit,
    /// keepalived's configuration.
    Keepalived,
    /// keepalived's question to the API server.
    ApiServerCheck,
    /// haproxy's configuration.
    Haproxy,
    /// kube-vip's static pod.
    KubeVip,
    /// What `kubeadm init` reads.
    KubeadmInit,
    /// What `kubeadm join` reads.
    KubeadmJoin,
}

impl RenderedKind {
    /// The stable name: `etcd-unit`.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Runbook => "runbook",
            Self::Changes => "changes",
            Self::EtcdEnvironment => "etcd-environment",
            Self::EtcdUnit => "etcd-unit",
            Self::Keepalived => "keepalived",
            Self::ApiServerCheck => "apiserver-check",
            Self::Haproxy => "haproxy",
            Self::KubeVip => "kube-vip",
            Self::KubeadmInit => "kubeadm-init",
            Self::KubeadmJoin => "kubeadm-join",
        }
    }

    /// What it is, for people.
    #[must_use]
    pub fn purpose(self) -> &'static str {
        match self {
            Self::Runbook => "the commands of the whole set-up",
            Self::Changes => "what is still to be done on hosts that run",
            Self::EtcdEnvironment => "what etcd.service has of its own on this host",
            Self::EtcdUnit => "runs etcd",
            Self::Keepalived => "holds the virtual IP",
            Self::ApiServerCheck => "asks the API server for keepalived",
            Self::Haproxy => "hands connections to the API servers",
            Self::KubeVip => "holds the virtual IP",
            Self::KubeadmInit => "for kubeadm init",
            Self::KubeadmJoin => "for kubeadm join",
        }
    }

    /// The path on the host, below its root.
    #[must_use]
    pub const fn path(self) -> &'static str {
        match self {
            Self::Runbook => "RUNBOOK.md",
            Self::Changes => "CHANGES.md",
            Self::EtcdEnvironment => "etc/etcd.env",
            Self::EtcdUnit => "etc/systemd/system/etcd.service",
            Self::Keepalived => "etc/keepalived/keepalived.conf",
            Self::ApiServerCheck => "etc/keepalived/check_apiserver.sh",
            Self::Haproxy => "etc/haproxy/haproxy.cfg",
            Self::KubeVip => "etc/kubernetes/manifests/kube-vip.yaml",
            Self::KubeadmInit => "etc/kubernetes/kubeadm-config.yaml",
            Self::KubeadmJoin => "etc/kubernetes/kubeadm-join.yaml",
        }
    }
}

/// How a file that changed on a host that runs already takes effect there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Activation {
    /// By a command on the host.
    Command {
        /// The command, for a shell.
        command: &'static str,
        /// Whether one host has to be well again before the next.
        one_at_a_time: bool,
    },
    /// At once, without anybody's doing.
    AtOnce,
    /// Not at all: it is read when a host is set up.
    AtSetUp,
}

impl RenderedKind {
    /// Every kind.
    pub const ALL: [Self; 10] = [
        Self::Runbook,
        Self::Changes,
        Self::EtcdEnvironment,
        Self::EtcdUnit,
        Self::Keepalived,
        Self::ApiServerCheck,
        Self::Haproxy,
        Self::KubeVip,
        Self::KubeadmInit,
        Self::KubeadmJoin,
    ];

    /// Whether etcd reads it.
    #[must_use]
    pub fn is_etcds(self) -> bool {
        matches!(self, Self::EtcdEnvironment | Self::EtcdUnit)
    }

    /// Whether kubeadm reads it.
    #[must_use]
    pub fn is_kubeadms(self) -> bool {
        matches!(self, Self::KubeadmInit | Self::KubeadmJoin)
    }

    /// How a change takes effect; `None` for what lies on no host.
    #[must_use]
    pub fn activation(self) -> Option<Activation> {
        Some(match self {
            Self::Runbook | Self::Changes => return None,
            // A member that is away is one less: the others have to be well.
            Self::EtcdEnvironment | Self::EtcdUnit => Activation::Command {
                command: "systemctl daemon-reload && systemctl restart etcd",
                one_at_a_time: true,
            },
            Self::Keepalived => Activation::Command {
                command: "systemctl reload keepalived",
                one_at_a_time: false,
            },
            Self::Haproxy => Activation::Command {
                command: "systemctl reload haproxy",
                one_at_a_time: true,
            },
            // keepalived runs it every second, and the kubelet watches its directory.
            Self::ApiServerCheck | Self::KubeVip => Activation::AtOnce,
            Self::KubeadmInit | Self::KubeadmJoin => Activation::AtSetUp,
        })
    }
}

impl RenderedKind {
    /// What ends on a host, for a shell there, with a file that is rendered no
    /// more: a daemon would go on with what it has read.
    #[must_use]
    pub fn retirement(self) -> Option<&'static str> {
        match self {
            Self::Keepalived => Some("systemctl disable --now keepalived"),
            Self::Haproxy => Some("systemctl disable --now haproxy"),
            Self::EtcdUnit => Some("systemctl disable --now etcd"),
            Self::KubeVip => Some("rm /etc/kubernetes/manifests/kube-vip.yaml"),
            _ => None,
        }
    }
}

impl RenderedFile {
    /// The mode, as in `chmod`.
    #[must_use]
    pub fn mode(&self) -> u32 {
        match self.kind {
            RenderedKind::ApiServerCheck => 0o755,
            _ if self.is_secret => 0o600,
            _ => 0o644,
        }
    }
}

impl Rendering {
    pub(super) fn add(&mut self, place: RenderPlace, kind: RenderedKind, content: String) {
        self.files.push(RenderedFile {
            place,
            kind,
            is_secret: false,
            content: content.into(),
        });
    }

    pub(super) fn add_secret(&mut self, place: RenderPlace, kind: RenderedKind, content: String) {
        self.files.push(RenderedFile {
            place,
            kind,
            is_secret: true,
            content: content.into(),
        });
    }

    pub(super) fn note(&mut self, note: RenderNote) {
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    pub(super) fn sort(&mut self) {
        self.files.sort_by_key(|file| (file.place, file.kind));
    }
}

impl fmt::Debug for RenderedFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RenderedFile")
            .field("place", &self.place)
            .field("kind", &self.kind)
            .field("is_secret", &self.is_secret)
            .finish_non_exhaustive()
    }
}
