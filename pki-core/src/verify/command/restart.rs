//! What has to read a file again once it was replaced.

use super::quoted;
use crate::catalog::{Authority, CatalogEntry, EntryKind};
use crate::verify::Examined;
use crate::verify::fix::Fix;
use crate::verify::role::TreeRole;

/// Those that have a container, in the order in which they start.
const PODS: [&str; 4] = [
    "etcd",
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
];

/// Who reads a file at its start.
#[derive(Default)]
struct Readers {
    pods: Vec<&'static str>,
    /// What is to be done for the others.
    others: Fix,
}

/// What has to read files again once they were replaced, each said once.
pub(super) fn restart_all(examined: &Examined<'_>, entries: &[&CatalogEntry]) -> Fix {
    let readers: Vec<_> = entries.iter().map(|it| Readers::of(examined, it)).collect();
    let is_needed = |pod: &&str| readers.iter().any(|it| it.pods.contains(pod));
    let pods: Vec<_> = PODS.into_iter().filter(is_needed).collect();
    let mut fix = match pods.as_slice() {
        [] => Fix::default(),
        pods => restart_pods(pods),
    };
    let mut known: Vec<Fix> = Vec::new();
    for readers in readers {
        if !known.contains(&readers.others) {
            fix = fix.and(readers.others.clone());
            known.push(readers.others);
        }
    }
    fix
}

/// What has to read a file again once it was replaced; empty if nothing has.
pub(in crate::verify) fn restart(examined: &Examined<'_>, entry: &CatalogEntry) -> Fix {
    restart_all(examined, &[entry])
}

/// Restarts the kubelet.
pub(in crate::verify) fn restart_kubelet() -> Fix {
    Fix::run("systemctl restart kubelet")
}

fn restart_pods(pods: &[&str]) -> Fix {
    let names = match pods {
        [first @ .., last] if !first.is_empty() => format!("{} and {last}", first.join(", ")),
        _ => pods.join(", "),
    };
    Fix::say(format!("then restart {names}")).and_run(format!(
        "crictl stop $(crictl ps -q --name {})",
        quoted(&pods.join("|"))
    ))
}

impl Readers {
    fn of(examined: &Examined<'_>, entry: &CatalogEntry) -> Self {
        if examined.role == TreeRole::Authorities {
            return Self::default();
        }
        let etcd_pod =
            examined.role == TreeRole::ControlPlaneWithEtcd && !examined.has_external_etcd();
        match (entry.kind, entry.base_name) {
            (EntryKind::Authority(Authority::Etcd), _) if etcd_pod => {
                Self::pods(&["etcd", "kube-apiserver"])
            }
            (EntryKind::Authority(Authority::Etcd | Authority::EtcdPeers), _) => {
                Self::others(Fix::say("then restart etcd, one member after the other"))
            }
            (EntryKind::Authority(Authority::Cluster) | EntryKind::ServiceAccount, _) => {
                Self::pods(&["kube-apiserver", "kube-controller-manager"])
            }
            (_, "etcd/server" | "etcd/peer") => Self::others(Fix::say(
                "etcd takes it at the next connection, without a restart",
            )),
            (_, "etcd/healthcheck-client") => Self::default(),
            (_, "admin.conf" | "super-admin.conf") => {
                Self::others(Fix::say("then replace copies of it such as ~/.kube/config"))
            }
            (_, "controller-manager.conf") => Self::pods(&["kube-controller-manager"]),
            (_, "scheduler.conf") => Self::pods(&["kube-scheduler"]),
            (_, "kubelet.conf") => {
                Self::others(Fix::say("then restart the kubelet").and(restart_kubelet()))
            }
            _ => Self::pods(&["kube-apiserver"]),
        }
    }

    fn pods(pods: &[&'static str]) -> Self {
        Self {
            pods: pods.to_vec(),
            others: Fix::default(),
        }
    }

    fn others(others: Fix) -> Self {
        Self {
            pods: Vec::new(),
            others,
        }
    }
}
