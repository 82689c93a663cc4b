//! Hosts that join a cluster that runs, leave it, or have another address.
//! kubeadm writes a host's address once, into its manifests and the members of a
//! stacked etcd, and `kubeadm reset` takes it back.

use super::control_plane::{authority, url_host};
use super::rendering::RenderedKind;
use super::stacked_member::forgotten;
use super::step::{Reached, Step};
use crate::cluster::{Cluster, Etcd, Host, KubernetesVersion};
use crate::shell;

const KUBECTL: &str = "kubectl --kubeconfig /etc/kubernetes/admin.conf";

/// The address in a rendered `kubeadm-config.yaml` or `kubeadm-join.yaml`.
#[must_use]
pub fn advertised(text: &str) -> Option<&str> {
    let mut lines = text.lines().map(str::trim_start);
    let value = lines.find_map(|line| line.strip_prefix("advertiseAddress:"))?;
    let value = value.trim().trim_matches('"');
    value.parse::<std::net::IpAddr>().ok().map(|_| value)
}

/// The steps for single hosts of a cluster that runs.
#[derive(Debug)]
pub struct HostChanges<'a> {
    cluster: &'a Cluster,
    /// A host of the control plane that runs and stays as it is.
    asked: Reached,
}

impl<'a> HostChanges<'a> {
    /// `None` where no host of the control plane stays as it is; `is_changed` tells
    /// by the index.
    #[must_use]
    pub fn new(cluster: &'a Cluster, is_changed: &dyn Fn(usize) -> bool) -> Option<Self> {
        let mut hosts = cluster.hosts.iter().enumerate();
        let (_, asked) =
            hosts.find(|(index, host)| host.roles.control_plane && !is_changed(*index))?;
        Some(Self {
            cluster,
            asked: Reached::new(asked),
        })
    }

    /// Takes a node out of the cluster, at the address that it has.
    #[must_use]
    pub fn leave(&self, name: &str, address: &str) -> Vec<String> {
        let version = self.cluster.kubernetes_version;
        let node = shell::word(name.as_bytes());
        let data = match version.is_at_least(20) {
            true => "--delete-emptydir-data",
            false => "--delete-local-data",
        };
        let force = if version.is_at_least(12) {
            " --force"
        } else {
            ""
        };
        let mut commands = vec![
            self.asked.run(&format!(
                "{KUBECTL} drain {node} --ignore-daemonsets --force {data}"
            )),
            there(address, &format!("kubeadm reset{force}")),
        ];
        if self.rejoins() {
            commands.push(forgotten(&self.asked, name, version));
        }
        commands.push(self.asked.run(&format!("{KUBECTL} delete node {node}")));
        commands
    }

    /// Brings a host what was rendered for it, and has it join.
    #[must_use]
    pub fn join(&self, host: &Host, files: &[RenderedKind]) -> Vec<Step> {
        let version = self.cluster.kubernetes_version;
        let reached = Reached::new(host);
        let name = &reached.name;
        let mut steps = Vec::new();
        let is_init = files.contains(&RenderedKind::KubeadmInit);
        // kubeadm joins no control planes before 1.13.
        if is_init && version.is_at_least(13) {
            steps.push(Step::say(format!(
                "write another host of the control plane first in the description and run kpki render again, so that {name} has kubeadm-join.yaml: 'kubeadm init' would begin another cluster"
            )));
        }
        let kinds = files.iter().filter(|kind| !kind.is_etcds());
        let paths: Vec<_> = kinds
            .map(|kind| match kind {
                RenderedKind::KubeadmInit if version.is_at_least(13) => {
                    RenderedKind::KubeadmJoin.path()
                }
                kind => kind.path(),
            })
            .collect();
        let mut bring = Vec::new();
        if host.roles.control_plane {
            bring.push(reached.bring_certificates(true));
        }
        bring.push(reached.bring(&paths, None));
        steps.push(Step::run(
            format!(
                "bring {name} its files; it needs a container runtime, kubeadm, kubelet and kubectl of Kubernetes {version}"
            ),
            bring,
        ));
        let daemons = [
            (RenderedKind::Haproxy, "haproxy"),
            (RenderedKind::Keepalived, "keepalived"),
        ];
        let daemons = daemons.iter().filter(|(kind, _)| files.contains(kind));
        let daemons: Vec<_> = daemons.map(|(_, name)| *name).collect();
        if !daemons.is_empty() {
            let (listed, words) = (daemons.join(" and "), daemons.join(" "));
            steps.push(Step::run(
                format!(
                    "install {listed} on {name} as RUNBOOK.md says under 'Start the load balancer', and start it there"
                ),
                [reached.run(&format!(
                    "systemctl enable {words} && systemctl restart {words}"
                ))],
            ));
        }
        let is_static = files.contains(&RenderedKind::KubeVip);
        steps.push(Step::run(
            format!("{name} joins the cluster"),
            self.kubeadm(&reached, is_init && !version.is_at_least(13), is_static),
        ));
        steps
    }

    fn kubeadm(&self, host: &Reached, is_init: bool, has_static_pod: bool) -> Vec<String> {
        if is_init {
            let file = RenderedKind::KubeadmInit.path();
            return vec![host.run(&format!("kubeadm init --config /{file}"))];
        }
        let file = RenderedKind::KubeadmJoin.path();
        // kubernetes#104942
        let ignored = match has_static_pod && !self.cluster.kubernetes_version.is_at_least(23) {
            true => " --ignore-preflight-errors=DirAvailable--etc-kubernetes-manifests",
            false => "",
        };
        let target = shell::word(host.target.as_bytes());
        vec![
            format!("token=$({})", self.asked.run("kubeadm token create")),
            format!(
                r#"ssh {target} "sed -i 's/^\( *token: \).*/\1$token/' /{file} && kubeadm join{ignored} --config /{file}""#
            ),
            self.asked.run(&format!("{KUBECTL} get nodes")),
        ]
    }

    /// Another address of a host of the control plane.
    #[must_use]
    pub fn moved(&self, host: &Host, was: &str, files: &[RenderedKind]) -> Vec<Step> {
        let name = &host.name;
        let is = host.advertise_address;
        if self.rejoins() {
            let mut steps = vec![Step::run(
                format!(
                    "{name} has another address, {is}, and its member of etcd and its manifests have the old one: while the other hosts are well, take it out of the cluster, at its old address"
                ),
                self.leave(name.as_str(), was),
            )];
            steps.push(Step::say(format!(
                "give {name} its new address, {is}, and go on as for a new host"
            )));
            steps.extend(self.join(host, files));
            return steps;
        }
        let url = url_host(is);
        let endpoint = authority(is, host.bind_port);
        let old = was.replace('.', r"\.");
        let manifest = format!(
            "sed -i -e 's#--advertise-address=.*#--advertise-address={is}#' -e 's#\\(advertise-address.endpoint: \\).*#\\1\"{endpoint}\"#' -e 's#\\( host: \\)\"\\{{0,1\\}}{old}\"\\{{0,1\\}}$#\\1\"{is}\"#' /etc/kubernetes/manifests/kube-apiserver.yaml"
        );
        let old_url = match was.contains(':') {
            true => format!(r"\[{old}\]"),
            false => old.clone(),
        };
        let kubelet = format!(
            "sed -i 's#\\(server: https://\\){old_url}:#\\1{url}:#' /etc/kubernetes/kubelet.conf && sed -i 's#--node-ip={old}\\b#--node-ip={is}#' /var/lib/kubelet/kubeadm-flags.env && systemctl restart kubelet"
        );
        let reached = Reached::new(host);
        vec![Step::run(
            format!(
                "when {name} has its new address and its new certificates, have its API server's manifest and its kubelet know {is}"
            ),
            [reached.run(&manifest), reached.run(&kubelet)],
        )]
    }

    /// Whether another address means to leave and to join: a member of a stacked
    /// etcd has its address in etcd and in its manifest.
    #[must_use]
    pub fn rejoins(&self) -> bool {
        matches!(self.cluster.etcd, Etcd::Stacked { .. })
    }
}

/// Whether kubelet.conf of a host of the control plane names the endpoint that all
/// share, and not its own API server.
#[must_use]
pub fn kubelets_share_endpoint(version: KubernetesVersion) -> bool {
    !version.is_at_least(33)
}

/// A command on a host that is known by its address, or by its name alone.
#[must_use]
pub fn there(address: &str, command: &str) -> String {
    let target = format!("root@{address}");
    format!(
        "ssh {} {}",
        shell::word(target.as_bytes()),
        shell::word(command.as_bytes())
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_and_nothing_else_is() {
        let text = "kind: X\n  advertiseAddress: \"fd00::1\"\n";
        assert_eq!(advertised(text), Some("fd00::1"));
        assert_eq!(advertised("advertiseAddress: 10.0.0.1"), Some("10.0.0.1"));
        for other in ["", "advertiseAddress: '$(reboot)'", "address: 10.0.0.1"] {
            assert_eq!(advertised(other), None, "{other}");
        }
    }
}
