//! Hosts that join a cluster that runs, leave it, or have another address.
//! kubeadm writes a host's address once, into its manifests and the members of a
//! stacked etcd, and `kubeadm reset` takes it back.

use std::net::IpAddr;

use super::control_plane::{authority, url_host};
use super::rendering::RenderedKind;
use super::stacked_member::forgotten;
use super::step::{KUBECTL, Reached, Step};
use crate::cluster::{Cluster, Etcd, Host};
use crate::shell;

/// What a rendered `kubeadm-config.yaml` or `kubeadm-join.yaml` says of its host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenderedNode {
    /// Where its API server is reached; `None` on a worker.
    pub advertised: Option<String>,
    /// Where its API server listens; `None` on a worker.
    pub port: Option<u16>,
    /// The addresses that its kubelet is told, if it is told any.
    pub node_ip: Option<String>,
}

impl RenderedNode {
    /// Reads what kpki has rendered. Nothing is an address that could be anything
    /// else to a shell.
    #[must_use]
    pub fn read(text: &str) -> Self {
        let lines = || text.lines().map(str::trim_start);
        let plain = |value: &str| value.trim().trim_matches('"').to_owned();
        let of = |key: &str| lines().find_map(|line| line.strip_prefix(key)).map(plain);
        let are_addresses =
            |value: &String| value.split(',').all(|it| it.parse::<IpAddr>().is_ok());
        // A list of names and values since v1beta4.
        let in_list = || {
            let mut lines = lines().skip_while(|line| *line != "- name: node-ip");
            let value = lines.nth(1)?.strip_prefix("value:")?;
            Some(plain(value))
        };
        Self {
            advertised: of("advertiseAddress:").filter(are_addresses),
            port: of("bindPort:").and_then(|port| port.parse().ok()),
            node_ip: of("node-ip:").or_else(in_list).filter(are_addresses),
        }
    }
}

/// The steps for single hosts of a cluster that runs.
#[derive(Debug)]
pub struct HostChanges<'a> {
    pub(super) cluster: &'a Cluster,
    /// A host of the control plane that runs and stays as it is.
    pub(super) asked: Reached,
    /// The port of its API server.
    pub(super) port: u16,
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
            port: asked.bind_port,
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
        let first = self.not_first(host, files);
        first.into_iter().chain(self.joins(host, files)).collect()
    }

    /// What comes before a host of the control plane joins that is described first.
    fn not_first(&self, host: &Host, files: &[RenderedKind]) -> Option<Step> {
        // kubeadm joins no control planes before 1.13.
        let is_init = files.contains(&RenderedKind::KubeadmInit);
        (is_init && self.cluster.kubernetes_version.is_at_least(13)).then(|| {
            Step::say(format!(
                "write another host of the control plane first in the description and run kpki render again, so that {} has kubeadm-join.yaml: 'kubeadm init' would begin another cluster",
                host.name
            ))
        })
    }

    fn joins(&self, host: &Host, files: &[RenderedKind]) -> Vec<Step> {
        let version = self.cluster.kubernetes_version;
        let reached = Reached::new(host);
        let name = &reached.name;
        let mut steps = Vec::new();
        let is_init = files.contains(&RenderedKind::KubeadmInit);
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
            if version.is_at_least(13) {
                // Both are in the directory of a host that was described first, and
                // kubeadm joins none that has a kubelet.conf.
                bring
                    .push(reached.run(
                        "rm -f /etc/kubernetes/kubelet.conf /etc/kubernetes/super-admin.conf",
                    ));
            }
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

    /// Takes a host out of the cluster, which has it at this address, and has it join
    /// as it is described now; `why` goes on after its name.
    #[must_use]
    pub fn again(&self, host: &Host, was: &str, why: &str, files: &[RenderedKind]) -> Vec<Step> {
        let name = &host.name;
        let is = host.advertise_address;
        let mut steps: Vec<_> = self.not_first(host, files).into_iter().collect();
        steps.push(Step::run(
            format!("{name} {why}: while the other hosts are well, take it out of the cluster"),
            self.leave(name.as_str(), was),
        ));
        if is.to_string() != was {
            steps.push(Step::say(format!("give {name} its new address, {is}")));
        }
        steps.extend(self.joins(host, files));
        steps
    }

    /// Another address of a host of the control plane beside an external etcd, which
    /// brings it its certificates if it is a member.
    #[must_use]
    pub fn moved(&self, host: &Host, was: &str, is_member: bool) -> Vec<Step> {
        let name = &host.name;
        let is = host.advertise_address;
        let reached = Reached::new(host);
        let mut steps = Vec::new();
        if !is_member {
            steps.push(Step::say(format!("give {name} its new address, {is}")));
            steps.push(Step::run(
                format!("bring {name} its new certificates and kubeconfigs"),
                [reached.bring_certificates(true)],
            ));
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
        let restart = "crictl stop $(crictl ps -q --name 'kube-apiserver|kube-controller-manager|kube-scheduler')";
        steps.push(Step::run(
            format!(
                "have the API server's manifest and the kubelet of {name} know {is}, and restart what reads its certificates and kubeconfigs"
            ),
            [
                reached.run(&manifest),
                reached.run(&kubelet),
                reached.run(restart),
                reached.api_server_answers(),
            ],
        ));
        let version = self.cluster.kubernetes_version;
        if version.is_at_least(13) && !version.is_at_least(22) {
            steps.push(Step::run(
                format!("have ClusterStatus, which kubeadm keeps in the cluster, know {name} at {is}"),
                [self.asked.run(&format!(
                    r"{KUBECTL} -n kube-system get cm kubeadm-config -o yaml | sed 's#\(advertiseAddress: \){old}$#\1{is}#' | {KUBECTL} replace -f -"
                ))],
            ));
        }
        steps
    }

    /// Other addresses of a node, where its kubelet does not find them by itself.
    #[must_use]
    pub fn told(&self, host: &Host, node_ip: &str) -> Step {
        Step::run(
            format!(
                "when {} has its addresses, have its kubelet know them: {node_ip}",
                host.name
            ),
            [Reached::new(host).run(&format!(
                "sed -i 's#--node-ip=[^ \"]*#--node-ip={node_ip}#' /var/lib/kubelet/kubeadm-flags.env && systemctl restart kubelet"
            ))],
        )
    }

    /// Whether another address means to leave and to join: a member of a stacked
    /// etcd has its address in etcd and in its manifest.
    #[must_use]
    pub fn rejoins(&self) -> bool {
        matches!(self.cluster.etcd, Etcd::Stacked { .. })
    }
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
        let read = |text: &str| {
            let RenderedNode {
                advertised,
                node_ip,
                ..
            } = RenderedNode::read(text);
            [advertised, node_ip].map(Option::unwrap_or_default)
        };
        for (text, expected) in [
            (
                "kind: X\n  advertiseAddress: \"fd00::1\"\n",
                ["fd00::1", ""],
            ),
            ("advertiseAddress: 10.0.0.1", ["10.0.0.1", ""]),
            ("    node-ip: 10.0.0.1,fd00::1", ["", "10.0.0.1,fd00::1"]),
            (
                "  - name: v\n    value: x\n  - name: node-ip\n    value: \"10.0.0.1,fd00::1\"\n",
                ["", "10.0.0.1,fd00::1"],
            ),
            ("", ["", ""]),
            (
                "advertiseAddress: '$(reboot)'\nnode-ip: 10.0.0.1;x",
                ["", ""],
            ),
            ("address: 10.0.0.1\n- name: node-ip", ["", ""]),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    /// Two hosts of the control plane.
    fn two() -> Cluster {
        let hosts = (10..12)
            .map(|n| Host::control_plane(format!("m{n}").parse().unwrap(), [10, 0, 0, n].into()));
        let mut cluster = Cluster::new(hosts.collect());
        cluster.kubernetes_version = "1.20".parse().unwrap();
        cluster
    }

    fn text(steps: &[Step]) -> String {
        let steps: Vec<_> = steps.iter().map(ToString::to_string).collect();
        steps.join("\n")
    }

    #[track_caller]
    fn in_order(text: &str, wanted: &[&str]) {
        let mut rest = text;
        for part in wanted {
            let found = rest.split_once(part);
            (_, rest) =
                found.unwrap_or_else(|| panic!("{part:?} is not there, or too early: {text}"));
        }
    }

    #[test]
    fn the_host_described_first_can_join_again() {
        let cluster = two();
        let changes = HostChanges::new(&cluster, &|index| index == 0).unwrap();
        let files = [RenderedKind::KubeadmInit];
        let steps = changes.again(&cluster.hosts[0], "10.0.0.9", "has moved", &files);
        in_order(
            &text(&steps),
            &[
                "write another host of the control plane first",
                "m10 has moved: while",
                "drain m10",
                "ssh root@10.0.0.9 'kubeadm reset --force'",
                "give m10 its new address, 10.0.0.10",
                "kpki copy --from . --with-host-certs --replace-kubeconfigs --to m10=root@10.0.0.10\nssh root@10.0.0.10 'rm -f /etc/kubernetes/kubelet.conf /etc/kubernetes/super-admin.conf'",
                "kubeadm join",
            ],
        );
        let stays = changes.again(&cluster.hosts[0], "10.0.0.10", "is another", &[]);
        assert!(!text(&stays).contains("give m10"), "{stays:?}");
    }

    #[test]
    fn an_address_comes_before_the_certificates_for_it() {
        let cluster = two();
        let changes = HostChanges::new(&cluster, &|index| index == 1).unwrap();
        let moved = |is_member| text(&changes.moved(&cluster.hosts[1], "10.0.0.9", is_member));
        in_order(
            &moved(false),
            &[
                "give m11 its new address, 10.0.0.11",
                "kpki copy --from . ",
                "--advertise-address=10.0.0.11",
                r"10\.0\.0\.9",
                "crictl stop",
                "--server https://10.0.0.11:6443 get --raw /healthz",
                "ssh root@10.0.0.10 'kubectl --kubeconfig /etc/kubernetes/admin.conf -n kube-system get cm kubeadm-config -o yaml | sed ",
                r"s#\(advertiseAddress: \)10\.0\.0\.9$#\110.0.0.11#",
            ],
        );
        assert!(!moved(true).contains("kpki copy") && !moved(true).contains("give"));
    }
}
