//! What a cluster that runs keeps of its own configuration: config maps, and
//! `kubelet.conf`, which no copy touches.

use super::host_change::HostChanges;
use super::rendering::RenderedKind;
use super::step::{KUBECTL, Reached, Step};
use crate::cluster::Host;

/// The config maps that name the shared address, with their namespaces.
const NAMES_ENDPOINT: [(&str, &str); 2] = [
    ("kube-public", "cluster-info"),
    ("kube-system", "kube-proxy"),
];

/// Whether a rendered `kubeadm-config.yaml` says otherwise what the cluster keeps of
/// it: all but the version, which `kubeadm upgrade` writes itself.
#[must_use]
pub fn another_configuration(before: &str, now: &str) -> bool {
    fn kept(text: &str) -> Vec<&str> {
        let is_kind = |line: &str| {
            matches!(
                line,
                "kind: ClusterConfiguration" | "kind: MasterConfiguration"
            )
        };
        let mut documents = text.split("\n---\n");
        let found = documents.find(|document| document.lines().any(is_kind));
        let lines = found.unwrap_or_default().lines();
        let varies = ["apiVersion:", "kubernetesVersion:", "#"];
        lines
            .filter(|line| !varies.iter().any(|start| line.starts_with(start)))
            .collect()
    }
    kept(before) != kept(now)
}

impl HostChanges<'_> {
    /// Has the cluster keep what was rendered for its first host.
    #[must_use]
    pub fn configuration(&self, first: &Host) -> Step {
        let file = RenderedKind::KubeadmInit.path();
        if !self.cluster.kubernetes_version.is_at_least(13) {
            return Step::say(format!(
                "put what is new in {file} of {} into the config map kubeadm-config in kube-system: hosts that are upgraded read it there",
                first.name
            ));
        }
        Step::run(
            format!(
                "have the cluster keep what is new in {file}: hosts that join or are upgraded later read it there. Pods that run stay as they are, and get new arguments with the next 'kubeadm upgrade'"
            ),
            [self.asked.bring_from(
                first.name.as_str(),
                &[file],
                Some(&format!(
                    "kubeadm init phase upload-config kubeadm --config /{file}"
                )),
            )],
        )
    }

    /// Has the cluster and its kubelets know the shared address; `None` where there is
    /// none. `server` tells what kubelet.conf of the host of this index has to name,
    /// if that is its own API server; the hosts `but` are none of the cluster now.
    #[must_use]
    pub fn endpoint(
        &self,
        server: &dyn Fn(usize) -> Option<String>,
        but: &[String],
    ) -> Option<Step> {
        let cluster = self.cluster;
        let version = cluster.kubernetes_version;
        let shared = cluster.control_plane_endpoint.as_ref()?;
        let endpoint = shared.url(self.port);
        let mut commands = Vec::new();
        for (namespace, name) in NAMES_ENDPOINT {
            commands.push(self.asked.run(&format!(
                r"{KUBECTL} -n {namespace} get cm {name} -o yaml | sed 's#^\( *server: \).*#\1{endpoint}#' | {KUBECTL} replace -f -"
            )));
        }
        commands.push(self.asked.run(&match version.is_at_least(15) {
            true => format!("{KUBECTL} -n kube-system rollout restart daemonset kube-proxy"),
            false => format!("{KUBECTL} -n kube-system delete pod -l k8s-app=kube-proxy"),
        }));
        let of_cluster = commands.len();
        for (index, host) in cluster.hosts.iter().enumerate() {
            let is_worker = !host.roles.control_plane && !host.roles.etcd;
            let shares = host.roles.control_plane && !version.is_at_least(LOCAL_KUBELETS);
            let server = match is_worker || shares {
                true => Some(endpoint.clone()),
                false => server(index),
            };
            let server = server.filter(|_| !but.iter().any(|name| name == host.name.as_str()));
            commands.extend(server.map(|server| {
                Reached::new(host).run(&format!(
                    "sed -i 's#server: .*#server: {server}#' /etc/kubernetes/kubelet.conf && systemctl restart kubelet"
                ))
            }));
        }
        let kubelets = match commands.len() > of_cluster {
            true => ", and so has kubelet.conf, which no copy touches",
            false => "",
        };
        Some(Step::run(
            format!(
                "have the cluster know {endpoint}, too: the config maps cluster-info and kube-proxy (where it runs) have the old address{kubelets}"
            ),
            commands,
        ))
    }
}

/// Since then kubelet.conf of a host of the control plane names its own API server.
const LOCAL_KUBELETS: u16 = 33;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::Cluster;

    #[test]
    fn the_version_alone_is_no_other_configuration() {
        let text = |version: &str, rest: &str, host: &str| {
            format!(
                "# x\napiVersion: {version}\nkind: InitConfiguration\nname: {host}\n---\napiVersion: {version}\nkind: ClusterConfiguration\nkubernetesVersion: {version}\n{rest}\n---\nkind: KubeletConfiguration\n"
            )
        };
        let was = text("v1", "a: b", "m0");
        assert!(!another_configuration(&was, &text("v2", "a: b", "m1")));
        assert!(another_configuration(&was, &text("v1", "a: c", "m0")));
    }

    #[test]
    fn the_cluster_is_told_as_its_kubeadm_knows_it() {
        let mut hosts: Vec<_> = (10..12)
            .map(|n| Host::control_plane(format!("m{n}").parse().unwrap(), [10, 0, 0, n].into()))
            .collect();
        hosts[1].bind_port = 7443;
        let mut cluster = Cluster::new(hosts);
        cluster.control_plane_endpoint = Some("10.0.0.100".parse().unwrap());
        cluster.kubernetes_version = "1.14".parse().unwrap();
        let of = |cluster: &Cluster, but: &[String]| {
            let changes = HostChanges::new(cluster, &|index| index == 0).unwrap();
            let own = |_| Some("https://own:1".to_owned());
            let endpoint = changes.endpoint(&own, but).unwrap();
            (
                changes.configuration(&cluster.hosts[0]).to_string(),
                endpoint.commands,
            )
        };
        let (kept, commands) = of(&cluster, &["m10".to_owned()]);
        assert!(
            kept.ends_with(":\ntar -C m10 -cf - etc/kubernetes/kubeadm-config.yaml | ssh root@10.0.0.11 'tar -C / --no-same-owner --no-overwrite-dir -xpf - && kubeadm init phase upload-config kubeadm --config /etc/kubernetes/kubeadm-config.yaml'"),
            "{kept}"
        );
        let [info, proxy, restart, kubelet] = &commands[..] else {
            panic!("{commands:?}");
        };
        assert!(
            info.starts_with("ssh root@10.0.0.11 'kubectl --kubeconfig /etc/kubernetes/admin.conf -n kube-public get cm cluster-info -o yaml | sed '"),
            "{info}"
        );
        assert!(info.contains(r"#\1https://10.0.0.100:7443#"), "{info}");
        assert!(proxy.contains("get cm kube-proxy"), "{proxy}");
        assert!(
            restart.contains("delete pod -l k8s-app=kube-proxy"),
            "{restart}"
        );
        assert!(kubelet.starts_with("ssh root@10.0.0.11 "), "{kubelet}");
        cluster.kubernetes_version = "1.33".parse().unwrap();
        let (_, commands) = of(&cluster, &[]);
        assert!(commands[2].contains("rollout restart daemonset kube-proxy"));
        assert!(
            commands[3].contains("#server: https://own:1#"),
            "{commands:?}"
        );
        cluster.kubernetes_version = "1.12".parse().unwrap();
        assert!(!of(&cluster, &[]).0.contains("upload-config"));
    }
}
