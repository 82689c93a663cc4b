//! Another release of Kubernetes on a cluster that runs.

use super::step::{KUBECTL, Reached, Step};
use crate::cluster::{Cluster, Host, KubernetesVersion};
use crate::shell;

const GUIDE: &str = "https://kubernetes.io/docs/tasks/administer-cluster/kubeadm/kubeadm-upgrade/";

/// What brings a cluster from one release to the next; `runs` tells by the index which
/// hosts are upgraded: new ones join with the new release.
#[must_use]
pub fn kubernetes_upgrade(
    cluster: &Cluster,
    was: KubernetesVersion,
    runs: &dyn Fn(usize) -> bool,
) -> Vec<Step> {
    let is = cluster.kubernetes_version;
    if was == is || was.minor() == is.minor() && !is.has_patch() {
        return Vec::new();
    }
    let hosts = cluster.hosts.iter().enumerate();
    let hosts = hosts.filter(|(index, _)| runs(*index)).map(|(_, it)| it);
    let (masters, others): (Vec<&Host>, Vec<&Host>) =
        hosts.partition(|host| host.roles.control_plane);
    let workers = others.into_iter().filter(|host| !host.roles.etcd);
    let Some((first, further)) = masters.split_first() else {
        return Vec::new();
    };
    // Its 'kubeadm upgrade' has neither the command for other hosts nor the flag.
    if !is.is_at_least(15) {
        return vec![Step::say(format!(
            "Kubernetes {was} becomes {is}: do on each host, {} first, what the guide of that release says about 'kubeadm upgrade'",
            first.name
        ))];
    }
    let upgrade = Upgrade {
        was,
        is,
        asked: Reached::new(first),
    };
    let mut steps = vec![upgrade.apply()];
    steps.extend(further.iter().map(|host| upgrade.control_plane(host)));
    let masters = masters.iter().map(|host| (*host, false));
    let nodes: Vec<_> = masters.chain(workers.map(|host| (host, true))).collect();
    let is_alone = nodes.len() == 1;
    for (host, is_worker) in nodes {
        steps.extend(upgrade.node(host, is_worker, is_alone));
    }
    steps
}

struct Upgrade {
    was: KubernetesVersion,
    is: KubernetesVersion,
    /// The first host of the control plane.
    asked: Reached,
}

impl Upgrade {
    fn apply(&self) -> Step {
        let (name, is, version) = (&self.asked.name, self.is, self.is.for_kubeadm());
        Step::run(
            format!(
                "Kubernetes {} becomes {is}. Read {GUIDE} and what changed in the release; have all hosts well and a backup of etcd. Then install kubeadm {is} on {name}, and no kubelet yet, and upgrade its control plane; without the flag kubeadm would put certificates of its own in the place of these",
                self.was
            ),
            [
                self.asked.run(&format!("kubeadm upgrade plan {version}")),
                self.asked.run(&format!(
                    "kubeadm upgrade apply --yes --certificate-renewal=false {version}"
                )),
            ],
        )
    }

    fn control_plane(&self, host: &Host) -> Step {
        Step::run(
            format!(
                "install kubeadm {} on {}, and upgrade its control plane",
                self.is, host.name
            ),
            [Reached::new(host).run("kubeadm upgrade node --certificate-renewal=false")],
        )
    }

    /// The kubelet, with its pods elsewhere.
    fn node(&self, host: &Host, is_worker: bool, is_alone: bool) -> Vec<Step> {
        let (name, is) = (&host.name, self.is);
        let node = shell::word(name.as_str().as_bytes());
        let ask = |command: &str| self.asked.run(&format!("{KUBECTL} {command}"));
        let data = match self.was.is_at_least(20) {
            true => "--delete-emptydir-data",
            false => "--delete-local-data",
        };
        let drain = Step::run(
            format!("when all nodes are Ready, take the pods of {name} elsewhere"),
            [ask(&format!(
                "drain {node} --ignore-daemonsets --force {data}"
            ))],
        );
        let mut commands = Vec::new();
        let programs = match is_worker {
            true => "kubeadm, kubelet and kubectl",
            false => "kubelet and kubectl",
        };
        let reached = Reached::new(host);
        commands.extend(is_worker.then(|| reached.run("kubeadm upgrade node")));
        commands.push(reached.run("systemctl daemon-reload && systemctl restart kubelet"));
        if !is_alone {
            commands.push(ask(&format!("uncordon {node}")));
        }
        commands.push(ask("get nodes"));
        let install = Step::run(
            format!("install {programs} {is} on {name}, and start its kubelet again"),
            commands,
        );
        let drain = (!is_alone).then_some(drain);
        drain.into_iter().chain([install]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cluster(version: &str, roles: &[&str]) -> Cluster {
        let hosts = roles.iter().zip(10..).map(|(role, last)| {
            let name = format!("{role}{last}").parse().unwrap();
            let mut host = Host::control_plane(name, [10, 0, 0, last].into());
            host.roles.control_plane = *role == "m";
            host.roles.etcd = *role == "e";
            host
        });
        let mut cluster = Cluster::new(hosts.collect());
        cluster.kubernetes_version = version.parse().unwrap();
        cluster
    }

    fn text(cluster: &Cluster, was: &str, runs: &dyn Fn(usize) -> bool) -> String {
        let steps = kubernetes_upgrade(cluster, was.parse().unwrap(), runs);
        let steps: Vec<_> = steps.iter().map(ToString::to_string).collect();
        steps.join("\n")
    }

    #[test]
    fn the_control_plane_goes_before_the_kubelets() {
        let cluster = cluster("1.31.0", &["m", "m", "m", "w", "e"]);
        let text = text(&cluster, "1.30.2", &|index| index != 2);
        let mut rest = text.as_str();
        for part in [
            "ssh root@10.0.0.10 'kubeadm upgrade plan v1.31.0'",
            "ssh root@10.0.0.10 'kubeadm upgrade apply --yes --certificate-renewal=false v1.31.0'",
            "ssh root@10.0.0.11 'kubeadm upgrade node --certificate-renewal=false'",
            "drain m10 --ignore-daemonsets --force --delete-emptydir-data",
            "install kubelet and kubectl v1.31.0 on m10",
            "ssh root@10.0.0.10 'systemctl daemon-reload && systemctl restart kubelet'",
            "uncordon m10",
            "drain m11",
            "drain w13",
            "install kubeadm, kubelet and kubectl v1.31.0 on w13",
            "ssh root@10.0.0.13 'kubeadm upgrade node'",
        ] {
            let found = rest.split_once(part);
            (_, rest) =
                found.unwrap_or_else(|| panic!("{part:?} is not there, or too early: {text}"));
        }
        // It joins with the new release, and a member has no kubelet.
        assert!(!text.contains("m12") && !text.contains("e14"), "{text}");
    }

    #[test]
    fn a_single_host_has_nowhere_to_drain_to() {
        let one = cluster("1.31", &["m"]);
        let upgraded = text(&one, "1.30.2", &|_| true);
        assert!(upgraded.contains("upgrade apply --yes --certificate-renewal=false stable-1.31"));
        assert!(!upgraded.contains("drain") && !upgraded.contains("uncordon"));
        // Any of the release may be there.
        assert_eq!(text(&one, "1.31.4", &|_| true), "");
        let old = text(&cluster("1.14.1", &["m"]), "1.13.1", &|_| true);
        assert!(old.contains("what the guide of that release says"), "{old}");
        assert!(!old.contains("ssh"), "{old}");
    }
}
