//! Commands that depend on the version and on the cluster.

use crate::catalog::EtcdNaming;
use crate::cluster::{Cluster, Etcd, EtcdPeers, ExternalEtcd, Host, Roles};
use crate::kubeadm::KubeadmDocuments;
use crate::render::{RenderInput, RenderedKind, render};
use crate::setup::{HostPath, LoadBalancerKind, PodNetwork, Setup, SetupDescription};

/// Three masters behind 10.0.0.100, and a worker.
fn cluster(version: &str) -> Cluster {
    let host = |name: &str, number: u8| {
        Host::control_plane(name.parse().unwrap(), [10, 0, 0, number].into())
    };
    let worker = Host {
        roles: Roles::default(),
        ..host("w0", 20)
    };
    let mut cluster = Cluster::new(vec![host("m0", 10), host("m1", 11), host("m2", 12), worker]);
    cluster.kubernetes_version = version.parse().unwrap();
    cluster.control_plane_endpoint = Some("10.0.0.100:6443".parse().unwrap());
    cluster.pod_subnet = Some("10.244.0.0/16".parse().unwrap());
    cluster
}

fn described(kind: LoadBalancerKind, plugin: Option<PodNetwork>) -> SetupDescription {
    let mut description = SetupDescription {
        pod_network: plugin,
        ..SetupDescription::default()
    };
    description.load_balancer.kind = Some(kind);
    description.load_balancer.interface = Some("eth0".parse().unwrap());
    description
}

fn runbook(cluster: &Cluster, description: &SetupDescription) -> String {
    runbook_with(cluster, description, &EtcdNaming::Kubeadm)
}

fn runbook_with(cluster: &Cluster, description: &SetupDescription, naming: &EtcdNaming) -> String {
    let setup = Setup::resolve(cluster, description).unwrap();
    let input = RenderInput {
        cluster,
        setup: &setup,
        documents: &KubeadmDocuments::default(),
        naming,
        cert_dir: &HostPath::kubernetes_pki(),
        ca_hashes: &[],
        description: None,
    };
    let rendering = render(&input).unwrap();
    let mut files = rendering.files.into_iter();
    let file = files.find(|file| file.kind == RenderedKind::Runbook);
    file.unwrap().content.to_string()
}

#[test]
fn kubeadm_is_told_of_kube_vip_where_it_minds() {
    const IGNORED: &str = "--ignore-preflight-errors=DirAvailable--etc-kubernetes-manifests";
    let of = |version, kind| runbook(&cluster(version), &described(kind, None));
    let kube_vip = LoadBalancerKind::KubeVip;
    assert_eq!(of("1.22", kube_vip).matches(IGNORED).count(), 2);
    assert!(!of("1.23", kube_vip).contains(IGNORED));
    assert!(!of("1.22", LoadBalancerKind::Keepalived).contains(IGNORED));
}

#[test]
fn every_taint_is_taken_away() {
    let of = |version| {
        let text = runbook(
            &cluster(version),
            &described(LoadBalancerKind::Keepalived, None),
        );
        ["master-", "control-plane-"]
            .map(|it| text.contains(&format!("node-role.kubernetes.io/{it}")))
    };
    assert_eq!(of("1.23"), [true, false]);
    assert_eq!(of("1.24"), [true, true]);
    assert_eq!(of("1.25"), [false, true]);
}

#[test]
fn a_member_of_etcd_alone_gets_its_files_once() {
    let mut cluster = cluster("1.30");
    cluster.etcd = Etcd::External(ExternalEtcd {
        peers: EtcdPeers::OwnCa,
        ..ExternalEtcd::default()
    });
    if let Some(worker) = cluster.hosts.last_mut() {
        worker.roles.etcd = true;
    }
    let text = runbook(&cluster, &described(LoadBalancerKind::Keepalived, None));
    assert_eq!(text.matches("tar -C w0 ").count(), 1, "{text}");
    assert_eq!(text.matches("tar -C m0 ").count(), 1, "{text}");
    assert!(text.contains("/SHA256SUMS") && text.contains("| sha256sum --check && tar -xzf"));
}

/// etcdctl is installed on members alone.
#[test]
fn etcd_is_asked_where_etcdctl_is() {
    let of = |naming: EtcdNaming, is_member: bool, peers: EtcdPeers| {
        let mut cluster = cluster("1.30");
        cluster.etcd = Etcd::External(ExternalEtcd {
            peers,
            ..ExternalEtcd::default()
        });
        cluster.hosts[0].roles.etcd = is_member;
        cluster.hosts[3].roles.etcd = true;
        let text = runbook_with(
            &cluster,
            &described(LoadBalancerKind::Keepalived, None),
            &naming,
        );
        let line = |what: &str| {
            let mut lines = text.lines().filter(|line| line.starts_with("ssh"));
            lines
                .find(|line| line.contains(what))
                .unwrap_or_default()
                .to_owned()
        };
        [line("endpoint health"), line("--http1.1")]
    };
    let (name, own) = (EtcdPeers::CommonName, EtcdPeers::OwnCa);
    for (naming, is_member, peers, health, probe) in [
        (
            EtcdNaming::Kubeadm,
            false,
            name,
            ["20", "healthcheck-client.key"],
            ["20", "healthcheck-client.key"],
        ),
        (
            EtcdNaming::Cfssl,
            true,
            name,
            ["10", "client-key.pem"],
            ["10", "client-key.pem"],
        ),
        (
            EtcdNaming::Cfssl,
            false,
            name,
            ["20", "server-key.pem"],
            ["10", "client-key.pem"],
        ),
        (
            EtcdNaming::Cfssl,
            false,
            own,
            ["20", "server-key.pem"],
            ["20", "server-key.pem"],
        ),
    ] {
        let asked = of(naming, is_member, peers);
        for (line, [last, key]) in asked.iter().zip([health, probe]) {
            assert!(
                line.starts_with(&format!("ssh root@10.0.0.{last} ")),
                "{line}"
            );
            assert!(line.contains(&format!("/etcd/{key}")), "{line}");
        }
    }
}

#[test]
fn a_pod_network_is_told_its_range() {
    let of = |version, plugin, pods: &str| {
        let mut cluster = cluster(version);
        cluster.pod_subnet = Some(pods.parse().unwrap());
        if version == "1.10.4" {
            cluster.etcd = Etcd::External(ExternalEtcd::default());
            for host in &mut cluster.hosts {
                host.roles.etcd = host.roles.control_plane;
            }
        }
        let text = runbook(
            &cluster,
            &described(LoadBalancerKind::Keepalived, Some(plugin)),
        );
        let (_, section) = text.split_once("Connect the pods").unwrap();
        section.split_once("It worked").unwrap().0.to_owned()
    };
    let one = "10.32.0.0/16";
    let both = "10.32.0.0/16,fd00:10:32::/56";
    for (version, plugin, pods, commands) in [
        (
            "1.36",
            PodNetwork::Cilium,
            one,
            "cilium install --version 1.19.6 --set ipam.mode=kubernetes --wait'",
        ),
        (
            "1.36",
            PodNetwork::Cilium,
            both,
            "--set ipam.mode=kubernetes --set ipv6.enabled=true --wait'",
        ),
        (
            "1.28",
            PodNetwork::Cilium,
            one,
            "/releases/download/v0.16.10/cilium-linux-amd64.tar.gz",
        ),
        (
            "1.36",
            PodNetwork::Flannel,
            one,
            r##"-e 's#"Network": "10.244.0.0/16"#"Network": "10.32.0.0/16"#'"##,
        ),
        (
            "1.10.4",
            PodNetwork::Flannel,
            one,
            "/bc79dd1505b0c8681ece4de4c0d86c5cd2643275/Documentation/kube-flannel.yml",
        ),
        (
            "1.10.4",
            PodNetwork::Weave,
            one,
            r"\1- name: IPALLOC_RANGE\n\1  value: 10.32.0.0/16\n&#'",
        ),
        (
            "1.36",
            PodNetwork::Calico,
            both,
            r#"-e 's/"type": "calico-ipam"/&, "assign_ipv4": "true", "assign_ipv6": "true"/'"#,
        ),
    ] {
        let section = of(version, plugin, pods);
        assert!(
            section.contains(commands),
            "{version} {plugin} {pods}: {section}"
        );
    }
    for (version, plugin, pods) in [
        ("1.36", PodNetwork::Flannel, "10.244.0.0/16"),
        ("1.36", PodNetwork::Calico, one),
        ("1.10.4", PodNetwork::Weave, "10.32.0.0/12"),
    ] {
        assert!(!of(version, plugin, pods).contains("sed "), "{plugin}");
    }
}

#[test]
fn hosts_hand_on_packets_of_pods() {
    let of = |pods: &str| {
        let mut cluster = cluster("1.36");
        cluster.pod_subnet = Some(pods.parse().unwrap());
        runbook(&cluster, &described(LoadBalancerKind::Keepalived, None))
    };
    let command = r"ssh root@10.0.0.20 'printf '\''%s\n'\'' net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 >/etc/sysctl.d/90-forward.conf && sysctl -p /etc/sysctl.d/90-forward.conf'";
    let both = of("10.32.0.0/16,fd00:10:32::/56");
    assert!(both.contains(command), "{both}");
    let ipv4 = of("10.32.0.0/16");
    let command = r"printf '\''%s\n'\'' net.ipv4.ip_forward=1 >/etc/sysctl.d/90-forward.conf";
    assert!(ipv4.contains(command), "{ipv4}");
    assert!(!ipv4.contains("IPv6"), "{ipv4}");
}
