//! The programs that read a file when they start, and not again.

use super::{Authority, CatalogEntry, EntryKind};

impl CatalogEntry {
    /// What has to be restarted once it was replaced. etcd takes its own
    /// certificates at the next connection, and nobody runs with `admin.conf`.
    #[must_use]
    pub fn readers(&self) -> &'static [&'static str] {
        const ETCD: &str = "etcd";
        const API_SERVER: &str = "kube-apiserver";
        const CONTROLLER_MANAGER: &str = "kube-controller-manager";
        match (self.kind, self.base_name) {
            (EntryKind::Authority(Authority::Etcd), _) => &[ETCD, API_SERVER],
            (EntryKind::Authority(Authority::EtcdPeers), _) => &[ETCD],
            // The kubelet tells by it who may ask it (clientCAFile).
            (EntryKind::Authority(Authority::Cluster), _) => {
                &[API_SERVER, CONTROLLER_MANAGER, "kubelet"]
            }
            (EntryKind::Authority(_) | EntryKind::ServiceAccount, _) => {
                &[API_SERVER, CONTROLLER_MANAGER]
            }
            (EntryKind::Leaf(_), name) if name.starts_with("etcd/") => &[],
            (EntryKind::Leaf(_), _) => &[API_SERVER],
            (EntryKind::Kubeconfig(_), "controller-manager.conf") => &[CONTROLLER_MANAGER],
            (EntryKind::Kubeconfig(_), "scheduler.conf") => &["kube-scheduler"],
            (EntryKind::Kubeconfig(_), "kubelet.conf") => &["kubelet"],
            (EntryKind::Kubeconfig(_), _) => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_reads_at_the_start() {
        let of = |name: &str| CatalogEntry::find(name).map(CatalogEntry::readers);
        for (name, readers) in [
            (
                "ca",
                &["kube-apiserver", "kube-controller-manager", "kubelet"][..],
            ),
            ("etcd/ca", &["etcd", "kube-apiserver"]),
            ("etcd/server", &[]),
            ("etcd/peer", &[]),
            ("apiserver-etcd-client", &["kube-apiserver"]),
            ("admin.conf", &[]),
            ("kubelet.conf", &["kubelet"]),
            ("scheduler.conf", &["kube-scheduler"]),
        ] {
            assert_eq!(of(name), Some(readers), "{name}");
        }
    }
}
