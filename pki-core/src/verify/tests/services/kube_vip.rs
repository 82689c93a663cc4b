//! kube-vip's manifest.

use super::*;

pub(super) const KUBE_VIP: &str = "manifests/kube-vip.yaml";

pub(super) const TEXT: &str = "apiVersion: v1
kind: Pod
metadata:
  name: kube-vip
spec:
  hostNetwork: true
  hostAliases:
  - {ip: 127.0.0.1, hostnames: [kubernetes]}
  containers:
  - name: kube-vip
    image: ghcr.io/kube-vip/kube-vip:v0.9.2
    args: [manager]
    env:
    - {name: vip_arp, value: \"true\"}
    - {name: port, value: \"6443\"}
    - {name: vip_interface, value: eth0}
    - {name: cp_enable, value: \"true\"}
    - {name: vip_leaderelection, value: \"true\"}
    - {name: address, value: 10.0.0.100}
    securityContext: {capabilities: {add: [NET_ADMIN, NET_RAW]}}
    volumeMounts:
    - {name: kubeconfig, mountPath: /etc/kubernetes/admin.conf}
  volumes:
  - name: kubeconfig
    hostPath: {path: /etc/kubernetes/admin.conf, type: File}
";

/// The environment, and the flags that say it.
const FLAGS: [&str; 2] = [
    "    args: [manager]
    env:
    - {name: vip_arp, value: \"true\"}
    - {name: port, value: \"6443\"}
    - {name: vip_interface, value: eth0}
    - {name: cp_enable, value: \"true\"}
    - {name: vip_leaderelection, value: \"true\"}
    - {name: address, value: 10.0.0.100}
",
    "    args: [manager, --controlplane, --arp, --leaderElection, --interface=eth0, --address=10.0.0.100]
",
];

fn with(t: &mut Tree, from: &str, to: &str) {
    assert!(TEXT.contains(from), "{from}");
    // It is kube-vip that has the virtual IP.
    t.files.remove(KEEPALIVED);
    t.files.remove(SCRIPT);
    put(t, KUBE_VIP, file(TEXT.replace(from, to).as_bytes(), 0o644));
}

pub(super) const FAULTS: &[ServiceFault] = &[
    ServiceFault::new(&["virtual-ip-endpoint manifests/kube-vip.yaml"], |t| {
        with(t, "10.0.0.100", "10.0.0.101");
    }),
    ServiceFault::new(&["virtual-ip-endpoint manifests/kube-vip.yaml"], |t| {
        with(t, "6443", "7443");
    }),
    ServiceFault::new(&["kube-vip-off manifests/kube-vip.yaml"], |t| {
        with(
            t,
            "cp_enable, value: \"true\"",
            "cp_enable, value: \"false\"",
        );
    }),
    ServiceFault::new(&["kube-vip-off manifests/kube-vip.yaml"], |t| {
        with(t, "vip_leaderelection", "vip_leader");
    }),
    ServiceFault::new(&["kube-vip-interface manifests/kube-vip.yaml"], |t| {
        with(
            t,
            "vip_interface, value: eth0",
            "vip_interface, value: \"\"",
        );
    }),
    ServiceFault::new(&["kube-vip-kubeconfig manifests/kube-vip.yaml"], |t| {
        with(
            t,
            "path: /etc/kubernetes/admin.conf",
            "path: /etc/kubernetes/other.conf",
        );
    }),
    ServiceFault::new(&["kube-vip-pod manifests/kube-vip.yaml"], |t| {
        with(t, "vip_arp, value: \"true\"", "vip_arp, value: true");
    }),
    ServiceFault::new(&["kube-vip-pod manifests/kube-vip.yaml"], |t| {
        with(t, "hostNetwork: true", "hostNetwork: false");
    }),
    ServiceFault::new(&["kube-vip-pod manifests/kube-vip.yaml"], |t| {
        with(t, "admin.conf}\n  volumes", "admin.cnf}\n  volumes");
    }),
    ServiceFault::new(&["kube-vip-pod manifests/kube-vip.yaml"], |t| {
        with(t, "- {name: kubeconfig, m", "- {name: kubeconfg, m");
    }),
    ServiceFault::new(&["kube-vip-pod manifests/kube-vip.yaml"], |t| {
        with(
            t,
            "  hostAliases:\n  - {ip: 127.0.0.1, hostnames: [kubernetes]}\n",
            "",
        );
    }),
    ServiceFault::new(&["kube-vip-pod manifests/kube-vip.yaml"], |t| {
        with(t, "[NET_ADMIN, NET_RAW]", "[]");
    }),
    ServiceFault::new(&["kube-vip-pod manifests/kube-vip.yaml"], |t| {
        with(t, "[NET_ADMIN, NET_RAW]", "[NET_RAW]");
    }),
    ServiceFault::new(&["kube-vip-pod manifests/kube-vip.yaml"], |t| {
        with(t, "type: File", "type: Directory");
    }),
    ServiceFault::new(&["kube-vip-pod manifests/kube-vip.yaml"], |t| {
        with(t, "    image: ghcr.io/kube-vip/kube-vip:v0.9.2\n", "");
    }),
    ServiceFault::new(&["kube-vip-off manifests/kube-vip.yaml"], |t| {
        with(
            t,
            "    - {name: port",
            "    - {name: vip_leaseduration, value: \"5s\"}\n    - {name: port",
        );
    }),
    ServiceFault::new(&["kube-vip-off manifests/kube-vip.yaml"], |t| {
        with(t, "vip_arp, value: \"true\"", "vip_arp, value: \"false\"");
    }),
    ServiceFault::new(&["kube-vip-off manifests/kube-vip.yaml"], |t| {
        with(t, "[manager]", "[service]");
    }),
    ServiceFault::new(&["kube-vip-off manifests/kube-vip.yaml"], |t| {
        with(t, "{name: address", "{name: adress");
    }),
    ServiceFault::new(&["kube-vip-off manifests/kube-vip.yaml"], |t| {
        with(
            t,
            "    - {name: port",
            "    - {name: vip_leaseduration, value: \"2\"}\n    - {name: port",
        );
    }),
    ServiceFault::new(&["manifest-malformed manifests/kube-vip.yaml"], |t| {
        with(t, "  containers:", "   containers:");
    }),
    ServiceFault::new(&["manifest-malformed manifests/kube-vip.yaml"], |t| {
        with(t, "apiVersion: v1", "apiVersion: v2");
    }),
    ServiceFault::new(&["manifest-malformed manifests/kube-vip.yaml"], |t| {
        with(t, "kind: Pod", "kind: pod");
    }),
    // The cluster runs.
    ServiceFault::new(&["kube-vip-kubeconfig manifests/kube-vip.yaml"], |t| {
        with(
            t,
            "path: /etc/kubernetes/admin.conf",
            "path: /etc/kubernetes/super-admin.conf",
        );
    }),
    // The first host before kubeadm init.
    ServiceFault::new(&["kube-vip-kubeconfig manifests/kube-vip.yaml"], |t| {
        t.files.remove("manifests/kube-apiserver.yaml");
        with(t, "10.0.0.100", "10.0.0.100");
    }),
];

#[test]
fn a_host_with_kube_vip_is_healthy() {
    for (from, to) in [
        ("vip_arp", "vip_arp"),
        // Routes may lead to several hosts.
        (
            "{name: vip_arp, value: \"true\"}",
            "{name: bgp_enable, value: \"true\"}",
        ),
        ("address, value", "vip_address, value"),
        // Flags say the same.
        (FLAGS[0], FLAGS[1]),
    ] {
        let mut tree = host_with_services();
        with(&mut tree, from, to);
        let report = verify(&tree, &Expectation::from_tree(&tree), now());
        assert_eq!(report.findings, [], "{to}");
        assert_eq!(report.not_checked, [], "{to}");
    }
}

/// kube-vip asks the API server of its host, and does not mind where clients connect.
#[test]
fn the_port_is_that_of_the_api_server() {
    const WRONG: [&str; 2] = ["value: \"6443\"", "value: \"7443\""];
    let found = |changes: &[(&str, &str)], endpoint: &str| {
        let text = TEXT.replace(WRONG[0], WRONG[1]);
        let mut tree = host_with_services();
        with(&mut tree, "kind: Pod", "kind: Pod");
        let text = changes.iter().fold(text, |text, (from, to)| {
            assert!(text.contains(from), "{from}");
            text.replace(from, to)
        });
        put(&mut tree, KUBE_VIP, file(text.as_bytes(), 0o644));
        let cluster = Cluster {
            control_plane_endpoint: Some(endpoint.parse().unwrap()),
            ..described_here()
        };
        let report = verify(&tree, &expectation(&cluster), now());
        let findings = report.findings.into_iter();
        let own = findings.filter(|it| it.file == KUBE_VIP);
        own.map(|it| (it.rule.id(), it.severity))
            .collect::<Vec<_>>()
    };
    let error = [("virtual-ip-endpoint", Severity::Error)];
    for endpoint in ["10.0.0.100:6443", "10.0.0.100:7443"] {
        assert_eq!(found(&[], endpoint), error);
        assert_eq!(found(&[(WRONG[1], WRONG[0])], endpoint), []);
    }
    let routes = [
        ("vip_arp", "bgp_enable"),
        (
            "vip_leaderelection, value: \"true\"",
            "vip_leaderelection, value: \"false\"",
        ),
    ];
    let warning = [("virtual-ip-endpoint", Severity::Warning)];
    assert_eq!(found(&routes, "10.0.0.100:6443"), warning);
    // It is led elsewhere.
    for (from, to) in [
        (
            "{name: vip_interface",
            "{name: kubernetes_addr, value: \"10.0.0.11:6443\"}\n    - {name: vip_interface",
        ),
        (
            "{name: vip_interface",
            "{name: cp_detect, value: \"true\"}\n    - {name: vip_interface",
        ),
        ("[manager]", "[manager, --leaderElectionType=etcd]"),
        ("v0.9.2", "v1.2.2"),
    ] {
        assert_eq!(found(&[(from, to)], "10.0.0.100:6443"), [], "{to}");
    }
}

#[test]
fn what_cannot_be_read_is_listed() {
    let mut tree = host_with_services();
    put(&mut tree, KUBE_VIP, file(b"kind: Pod\n", 0o644));
    let report = verify(&tree, &Expectation::from_tree(&tree), now());
    assert_eq!(report.findings, []);
    assert_eq!(report.not_checked[0].what, KUBE_VIP);
}
