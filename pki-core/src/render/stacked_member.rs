//! A member of etcd in kubeadm's pods whose host is gone.

use super::step::{KUBECTL, Reached};
use crate::cluster::KubernetesVersion;
use crate::shell;

/// Removes the member of this name, if it is there still: `kubeadm reset` leaves it until
/// 1.13 (kubernetes#74112), in 1.15.0 (#79324), and wherever it did not reach etcd. A dead
/// one counts for the quorum.
pub(super) fn forgotten(asked: &Reached, name: &str, version: KubernetesVersion) -> String {
    let files = "--cacert=/etc/kubernetes/pki/etcd/ca.crt --cert=/etc/kubernetes/pki/etcd/healthcheck-client.crt --key=/etc/kubernetes/pki/etcd/healthcheck-client.key";
    let etcdctl = format!("etcdctl --endpoints=https://localhost:2379 {files}");
    let pod = format!("{KUBECTL} -n kube-system exec etcd-{} --", asked.name);
    let exec = |command: &str| match version.is_at_least(17) {
        // Images of newer ones have no shell.
        true => format!("{pod} {etcdctl} {command}"),
        false => format!("{pod} sh -c \"ETCDCTL_API=3 {etcdctl} {command}\""),
    };
    let program = shell::quoted(&format!(r#"$3 == "{name}" {{ print $1 }}"#));
    asked.run(&format!(
        "id=$({} | awk -F', ' {program}); [ -z \"$id\" ] || {}",
        exec("member list"),
        exec("member remove $id")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::Host;

    #[test]
    fn etcdctl_runs_in_the_pod_of_a_host_that_stays() {
        let host = Host::control_plane("m1".parse().unwrap(), [10, 0, 0, 11].into());
        let of = |version: &str| {
            let version = version.parse().unwrap();
            forgotten(&Reached::new(&host), "m0", version)
        };
        let old = of("1.13.12");
        for part in [
            "ssh root@10.0.0.11 'id=$(kubectl --kubeconfig /etc/kubernetes/admin.conf -n kube-system exec etcd-m1 -- sh -c \"ETCDCTL_API=3 etcdctl ",
            "healthcheck-client.key member list\" | awk ",
            "[ -z \"$id\" ] || kubectl ",
            "member remove $id\"'",
        ] {
            assert!(old.contains(part), "{part}: {old}");
        }
        let new = of("1.30.2");
        assert!(
            new.contains("exec etcd-m1 -- etcdctl ") && !new.contains("sh -c"),
            "{new}"
        );
    }
}
