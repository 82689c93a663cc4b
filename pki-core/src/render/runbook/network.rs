//! The network of the pods: its release, and how its file is told the ranges.

use serde::Serialize;

use super::command::on_host;
use crate::cluster::{Cluster, PodSubnet};
use crate::render::{Reached, RenderInput};
use crate::setup::PodNetwork;
use crate::shell;

/// What the runbook says about it.
#[derive(Serialize)]
pub(super) struct NetworkFacts {
    plugin: &'static str,
    version: &'static str,
    /// The file that is fetched, or the directory of the program.
    source: &'static str,
    /// What the file is called once it is fetched.
    file: &'static str,
    /// The command that changes it, where it does not fit as it is.
    change: Option<String>,
    /// The command that installs what has no file.
    install: Option<String>,
    subnet: Option<String>,
    /// Whether pods reach each other without a tunnel.
    is_routed: bool,
    /// Commands for what hosts have to allow.
    forwarding: Vec<String>,
    /// Whether one of them is about IPv6.
    forwards_ipv6: bool,
}

impl NetworkFacts {
    pub(super) fn new(input: &RenderInput<'_>) -> Self {
        let plugin = input.setup.pod_network;
        let cluster = input.cluster;
        let release = plugin.release(cluster.kubernetes_version);
        let pods = cluster.pod_subnet.as_ref();
        let (file, change) = match plugin {
            PodNetwork::Calico => ("calico.yaml", pods.and_then(calico)),
            PodNetwork::Flannel => ("kube-flannel.yml", pods.and_then(flannel)),
            PodNetwork::Weave => ("weave.yaml", pods.and_then(weave)),
            PodNetwork::Cilium | PodNetwork::None => ("", None),
        };
        let install = (plugin == PodNetwork::Cilium).then(|| {
            let version = release.map_or("", |release| release.version);
            cilium(cluster, version)
        });
        Self {
            plugin: plugin.word(),
            version: release.map_or("", |release| release.version),
            source: release.map_or("", |release| release.source),
            file,
            change: change.map(|script| sed(&script, file)),
            install,
            subnet: pods.map(ToString::to_string),
            forwarding: forwarding(cluster),
            forwards_ipv6: families(cluster).1,
            is_routed: pods.is_some_and(|pods| !pods.has_ipv4()),
        }
    }
}

/// Whether pods have IPv4, and whether they have IPv6: as hosts do if nothing is said.
fn families(cluster: &Cluster) -> (bool, bool) {
    match &cluster.pod_subnet {
        Some(pods) => (pods.has_ipv4(), pods.has_ipv6()),
        None => {
            let mut hosts = cluster.hosts.iter();
            let is_ipv6 = hosts
                .next()
                .is_some_and(|it| it.advertise_address.is_ipv6());
            (!is_ipv6, is_ipv6)
        }
    }
}

/// kubeadm looks for the one of IPv4; docker sets it, and other container runtimes do not.
fn forwarding(cluster: &Cluster) -> Vec<String> {
    const FILE: &str = "/etc/sysctl.d/90-forward.conf";
    let (ipv4, ipv6) = families(cluster);
    let settings = [
        ipv4.then_some("net.ipv4.ip_forward=1"),
        ipv6.then_some("net.ipv6.conf.all.forwarding=1"),
    ];
    let settings: Vec<_> = settings.into_iter().flatten().collect();
    let settings = settings.join(" ");
    let command = format!("printf '%s\\n' {settings} >{FILE} && sysctl -p {FILE}");
    let hosts = cluster.hosts.iter();
    let nodes = hosts.filter(|host| host.roles.control_plane || !host.roles.etcd);
    nodes.map(|host| Reached::new(host).run(&command)).collect()
}

/// `sed -i 'SCRIPT' FILE`, each part of the script as an argument of its own.
fn sed(script: &[String], file: &str) -> String {
    let parts: Vec<_> = script
        .iter()
        .map(|part| format!("-e {}", shell::word(part.as_bytes())))
        .collect();
    format!("sed -i {} {file}", parts.join(" \\\n  "))
}

/// The stock file is for IPv4 alone; the ranges themselves it takes from
/// kubeadm's configuration.
fn calico(pods: &PodSubnet) -> Option<Vec<String>> {
    if !pods.has_ipv6() {
        return None;
    }
    let mut added = vec![
        ("IP6", "autodetect"),
        ("CALICO_IPV6POOL_NAT_OUTGOING", "true"),
    ];
    let mut script = vec![format!(
        r#"s/"type": "calico-ipam"/&, "assign_ipv4": "{}", "assign_ipv6": "true"/"#,
        pods.has_ipv4()
    )];
    if !pods.has_ipv4() {
        added.push(("CALICO_ROUTER_ID", "hash"));
        script.push("/- name: IP$/{n;s/autodetect/none/}".to_owned());
    }
    let added: String = added
        .into_iter()
        .map(|(name, value)| format!(r#"\1- name: {name}\n\1  value: "{value}"\n"#))
        .collect();
    script.push(format!(r"s/^\( *\)- name: FELIX_IPV6SUPPORT$/{added}&/"));
    script.push("/- name: FELIX_IPV6SUPPORT$/{n;s/false/true/}".to_owned());
    Some(script)
}

/// The stock file has one range of IPv4.
fn flannel(pods: &PodSubnet) -> Option<Vec<String>> {
    const STOCK: &str = "10.244.0.0/16";
    let of = |is_wanted: fn(&str) -> bool| pods.ranges().into_iter().find(|range| is_wanted(range));
    let (v4, v6) = (of(|it| !it.contains(':')), of(|it| it.contains(':')));
    let mut fields = match v4 {
        Some(STOCK) if v6.is_none() => return None,
        Some(range) => vec![format!(r#""Network": "{range}""#)],
        None => vec![r#""EnableIPv4": false"#.to_owned()],
    };
    if let Some(range) = v6 {
        fields.push(r#""EnableIPv6": true"#.to_owned());
        fields.push(format!(r#""IPv6Network": "{range}""#));
    }
    let fields = fields.join(", ");
    Some(vec![format!(r##"s#"Network": "{STOCK}"#{fields}#"##)])
}

/// The stock file leaves the range to weave, which takes this one.
fn weave(pods: &PodSubnet) -> Option<Vec<String>> {
    let range = pods.to_string();
    (range != "10.32.0.0/12").then(|| {
        vec![format!(
            r"s#^\( *\)- name: HOSTNAME$#\1- name: IPALLOC_RANGE\n\1  value: {range}\n&#"
        )]
    })
}

/// By itself Cilium takes 10.0.0.0/8 for pods, where hosts often are: here each
/// node's part of the range is what Kubernetes gives it. It has no tunnel over
/// IPv6, so that pods of IPv6 alone are routed.
fn cilium(cluster: &Cluster, version: &str) -> String {
    let mut words = vec![
        "env",
        "KUBECONFIG=/etc/kubernetes/admin.conf",
        "cilium",
        "install",
        "--version",
        version,
        "--set",
        "ipam.mode=kubernetes",
    ];
    let pods = cluster.pod_subnet.as_ref();
    let native = pods.map(|pods| format!("ipv6NativeRoutingCIDR={pods}"));
    if pods.is_some_and(PodSubnet::has_ipv6) {
        words.extend(["--set", "ipv6.enabled=true"]);
    }
    if pods.is_some_and(|pods| !pods.has_ipv4()) {
        words.extend(["--set", "ipv4.enabled=false", "--set", "routingMode=native"]);
        words.extend(["--set", "autoDirectNodeRoutes=true", "--set"]);
        words.extend(native.as_deref());
    }
    words.push("--wait");
    let first = cluster.hosts.iter().find(|host| host.roles.control_plane);
    let target = first.map_or_else(String::new, |host| {
        format!("root@{}", host.advertise_address)
    });
    on_host(&target, &words)
}
