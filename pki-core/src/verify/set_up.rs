//! The files of a set-up that belong on a host beside its certificates: which are
//! there, and which are not though the description wants them.

use super::fix::Fix;
use super::manifests::Manifests;
use super::role::TreeRole;
use super::{Examined, Expectation, Finding, Record, Rule, Tree, etcd_unit, tree};
use super::{haproxy, keepalived, kube_vip, kubeadm_configuration};
use crate::cluster::{Cluster, Host};
use crate::setup::{LoadBalancer, Setup};
use crate::severity::Severity;
use crate::static_pod::Component::{ApiServer, Etcd};

/// A file, or one of several that do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum SetUpFile {
    EtcdUnit,
    Keepalived,
    Haproxy,
    KubeVip,
    /// For `kubeadm init` or `kubeadm join`.
    Kubeadm,
}

/// The files of one host, as far as they could be looked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct SetUpFiles {
    pub(super) has: Vec<SetUpFile>,
    /// Those that the description wants, or hosts of this role may have.
    pub(super) lacks: Vec<SetUpFile>,
    /// Whether the description wants them.
    pub(super) is_described: bool,
}

impl SetUpFile {
    const ALL: [Self; 5] = [
        Self::EtcdUnit,
        Self::Keepalived,
        Self::Haproxy,
        Self::KubeVip,
        Self::Kubeadm,
    ];

    /// Where it is looked for.
    pub(super) fn path(self, joins: bool) -> &'static str {
        match self {
            Self::EtcdUnit => "/etc/systemd/system/etcd.service",
            Self::Keepalived => keepalived::PATH,
            Self::Haproxy => haproxy::PATH,
            Self::KubeVip => kube_vip::PATH,
            Self::Kubeadm if joins => "kubeadm-join.yaml",
            Self::Kubeadm => "kubeadm-config.yaml",
        }
    }

    fn is_there(self, tree: &Tree, manifests: &Manifests) -> bool {
        match self {
            // A pod does as well.
            Self::EtcdUnit => etcd_unit::is_there(tree) || manifests.of(Etcd).is_some(),
            Self::Keepalived | Self::Haproxy => tree.has(self.path(false)),
            Self::KubeVip => kube_vip::find(tree).is_some() || tree.has(kube_vip::PATH),
            Self::Kubeadm => kubeadm_configuration::FILES
                .iter()
                .any(|path| tree.has(path)),
        }
    }

    fn can_be_looked_for(self, tree: &Tree) -> bool {
        match self {
            Self::EtcdUnit | Self::Keepalived | Self::Haproxy => tree.has_host_root,
            Self::KubeVip | Self::Kubeadm => tree.has_kubeconfig_directory,
        }
    }

    /// Whether the description has it on a host. kubeadm reads its configuration
    /// once.
    fn is_wanted(self, setup: &Setup, (cluster, host): (&Cluster, &Host), tree: &Tree) -> bool {
        let balances = host.roles.control_plane;
        let is_node = balances || !host.roles.etcd;
        match self {
            Self::EtcdUnit => {
                setup.etcd.is_some() && cluster.has_external_etcd() && host.roles.etcd
            }
            Self::Keepalived => balances && setup.load_balancer.keepalived().is_some(),
            Self::Haproxy => {
                balances && matches!(setup.load_balancer, LoadBalancer::KeepalivedHaproxy { .. })
            }
            Self::KubeVip => {
                balances && matches!(setup.load_balancer, LoadBalancer::KubeVip { .. })
            }
            Self::Kubeadm => is_node && !tree.has(tree::KUBELET_CONFIG),
        }
    }

    /// How it is started where it was brought to; `None` of what is read once.
    fn start(self) -> Option<Fix> {
        match self {
            Self::EtcdUnit => Some(Fix::run("systemctl enable --now etcd")),
            Self::Keepalived => Some(Fix::run("systemctl enable --now keepalived")),
            Self::Haproxy => Some(Fix::run("systemctl enable --now haproxy")),
            Self::KubeVip => Some(Fix::say("the kubelet starts the pod by itself")),
            Self::Kubeadm => None,
        }
    }

    /// Whether hosts of a role may have it.
    fn is_of(self, role: TreeRole) -> bool {
        use TreeRole as R;
        match self {
            Self::EtcdUnit => matches!(role, R::ControlPlaneWithEtcd | R::EtcdMember),
            Self::Keepalived | Self::Haproxy | Self::KubeVip => role.is_control_plane(),
            Self::Kubeadm => false,
        }
    }
}

impl SetUpFiles {
    pub(super) fn of(
        tree: &Tree,
        manifests: &Manifests,
        expectation: &Expectation,
        role: TreeRole,
    ) -> Self {
        let described = expectation.described().zip(expectation.setup.as_ref());
        let mut files = Self {
            is_described: described.is_some(),
            ..Self::default()
        };
        for file in SetUpFile::ALL {
            let is_wanted = match described {
                Some((host, setup)) => file.is_wanted(setup, host, tree),
                None => file.is_of(role),
            };
            match file.is_there(tree, manifests) {
                true => files.has.push(file),
                false if is_wanted && file.can_be_looked_for(tree) => files.lacks.push(file),
                false => {}
            }
        }
        files
    }
}

/// A host that has some files of the set-up and not all that the description wants.
pub(super) fn check(examined: &Examined<'_>, record: &mut Record) {
    let files = SetUpFiles::of(
        examined.tree,
        examined.manifests,
        examined.expectation,
        examined.role,
    );
    // Where an API server runs, the rest belongs beside it.
    let is_begun = !files.has.is_empty() || examined.manifests.of(ApiServer).is_some();
    if !files.is_described || !is_begun {
        return;
    }
    record.checked += files.has.len() + files.lacks.len();
    let joins = examined.is_a_further_host() || examined.role == TreeRole::Worker;
    if let Some(finding) = missing(
        &files.lacks,
        joins,
        "is missing, and the description wants it",
    ) {
        let is_read_once = files.lacks.iter().all(|file| *file == SetUpFile::Kubeadm);
        record.add(match is_read_once {
            true => finding,
            false => finding.with_severity(Severity::Error),
        });
    }
}

/// One finding of all files that a host lacks.
pub(super) fn missing(files: &[SetUpFile], joins: bool, words: &str) -> Option<Finding> {
    let (first, others) = files.split_first()?;
    let others: Vec<_> = others.iter().map(|file| file.path(joins)).collect();
    let message = match &others[..] {
        [] => words.to_owned(),
        [one] => format!("{words}; so it is with {one}"),
        more => format!("{words}; so it is with {}", more.join(" and ")),
    };
    let fix = Fix::say(
        "bring it there: kpki render -f FILE --out DIR writes it into the directory of the host",
    );
    let starts = files.iter().filter_map(|file| file.start());
    let fix = starts.fold(fix, Fix::and);
    Some(Finding::new(
        Rule::SetUpFileMissing,
        first.path(joins),
        message,
        fix,
    ))
}
