//! What is said of a setting, and the command that writes the right one.

use super::*;

/// What is said of a file, with how bad it is, and the commands.
fn of_change(file: &str, (from, to): (&str, &str), told: &Expectation) -> (Vec<String>, String) {
    let mut tree = host_with_services();
    if file == JOIN {
        let text = join("x");
        put(&mut tree, JOIN, super::file(text.as_bytes(), 0o600));
    }
    change(&mut tree, file, from, to);
    let report = verify(&tree, told, now());
    let found = report.findings.iter().filter(|it| it.file == file);
    let said = found
        .clone()
        .map(|it| format!("{}: {}", it.severity, it.message));
    let commands = found.flat_map(|it| it.fix.commands());
    (said.collect(), commands.collect::<Vec<_>>().join("\n"))
}

#[test]
fn a_slip_is_mended_by_a_command() {
    let told = expectation(&described_here());
    for (change, message, script) in [
        (
            ("controlPlaneEndpoint:", "controlPlaneEndPoint:"),
            "error: has the field 'controlPlaneEndPoint', which kubeadm passes over: controlPlaneEndpoint is meant",
            "11s|controlPlaneEndPoint:|controlPlaneEndpoint:|",
        ),
        (
            ("etcd-client.key", "etcd-client.kye"),
            "error: etcd.external.keyFile is '/etc/kubernetes/pki/apiserver-etcd-client.kye', which is not there, and /etc/kubernetes/pki/apiserver-etcd-client.key is",
            r"etcd-client\.kye|/etc/kubernetes/pki/apiserver-etcd-client.key|",
        ),
        (
            ("10.0.0.12:2379", "10.0.0.92:2379"),
            "error: etcd.external.endpoints do not fit --initial-cluster of this host's etcd: https://10.0.0.92:2379 is no member of etcd; 10.0.0.12 is not among them",
            r"s|https://10\.0\.0\.92:2379|https://10.0.0.12:2379|",
        ),
        (
            ("kubernetesVersion: v1.36.0", "kubernetesVersion: v1.20.0"),
            "warning: kubernetesVersion is 'stable-1.20', and the description has stable-1.36",
            "",
        ),
        (
            ("kubernetesVersion: v1.36.0", "clusterName: other"),
            "warning: clusterName is 'other', and the description has kubernetes",
            "s|other|kubernetes|",
        ),
    ] {
        let (said, commands) = of_change(CONFIGURATION, change, &told);
        assert_eq!(said, [message]);
        assert!(commands.contains(script), "{script}: {commands}");
    }
    let (said, _) = of_change(CONFIGURATION, ("v1.36.0", "stable-1.36"), &told);
    assert_eq!(said, [""; 0]);
}

#[test]
fn what_kubeadm_does_not_start_with_is_an_error() {
    let told = expectation(&described_here());
    for (from, to, severity) in [
        ("JoinConfiguration", "JoinConfig", "error"),
        ("discovery:", "discovery", "error"),
        // A newer kubeadm may know it.
        ("discovery:\n", "comfort: 1\ndiscovery:\n", "warning"),
    ] {
        let (said, _) = of_change(JOIN, (from, to), &told);
        assert!(said[0].starts_with(severity), "{to}: {said:?}");
        assert!(said[0].contains("is refused by kubeadm"), "{said:?}");
    }
}

/// Without a description the files beside it know.
#[test]
fn settings_are_those_of_the_host() {
    let told = Expectation::from_tree(&host_with_services());
    for (change, message) in [
        (
            (
                "advertiseAddress: 10.0.0.11",
                "advertiseAddress: 10.0.0.11\n  bindPort: 6444",
            ),
            "error: bindPort is '6444', and controller-manager.conf connects to 6443",
        ),
        (
            ("etcd:\n", "networking: {dnsDomain: k8s.local}\netcd:\n"),
            "error: dnsDomain is 'k8s.local', and pki/apiserver.crt has the name of services in cluster.local",
        ),
        (
            ("etcd:\n", "certificatesDir: /etc/kubernetes/ssl\netcd:\n"),
            "error: certificatesDir is '/etc/kubernetes/ssl', and the certificates are in /etc/kubernetes/pki",
        ),
        (
            ("10.0.0.12:2379", "10.0.0.12:2380"),
            "error: etcd.external.endpoints do not fit --initial-cluster of this host's etcd: https://10.0.0.12:2380 has the port of members among each other, and not that for clients",
        ),
    ] {
        let (said, _) = of_change(CONFIGURATION, change, &told);
        assert_eq!(said, [message]);
    }
    for right in [
        (
            "advertiseAddress: 10.0.0.11",
            "advertiseAddress: 10.0.0.11\n  bindPort: 6443",
        ),
        ("etcd:\n", "networking: {dnsDomain: cluster.local}\netcd:\n"),
        ("etcd:\n", "certificatesDir: /etc/kubernetes/pki/\netcd:\n"),
    ] {
        assert_eq!(of_change(CONFIGURATION, right, &told).0, [""; 0]);
    }
}

/// A worker finds the cluster where all of its API servers are.
#[test]
fn a_worker_does_not_ask_one_host_alone() {
    let mut cluster = described_here();
    let mut worker = host("w0", 20);
    worker.roles = Roles::default();
    cluster.hosts.push(worker);
    let told = Expectation {
        cluster: Some((cluster, 1)),
        ..Expectation::default()
    };
    let said = |server: &str| {
        let mut tree = Tree::default();
        let text = join("x").replace("10.0.0.100:6443", server);
        put(&mut tree, JOIN, file(text.as_bytes(), 0o600));
        let report = verify(&tree, &told, now());
        let found = report.findings.iter().filter(|it| it.file == JOIN);
        found
            .map(|it| format!("{}: {}", it.severity, it.message))
            .collect::<Vec<_>>()
    };
    assert_eq!(said("10.0.0.100:6443"), [""; 0]);
    assert_eq!(
        said("10.0.0.11:6443"),
        [
            "warning: looks for the cluster at '10.0.0.11:6443', which is m1's alone, and the description has 10.0.0.100:6443"
        ]
    );
}

/// Before 1.12 the shared address stood there without a port.
#[test]
fn the_first_versions_have_no_port() {
    let mut tree = host_with_services();
    let text = "apiVersion: kubeadm.k8s.io/v1alpha1\nkind: MasterConfiguration\nkubernetesVersion: v1.10.4\n\
        api: {advertiseAddress: 10.0.0.11, controlPlaneEndpoint: 10.0.0.11}\nnodeName: m1\n";
    put(&mut tree, CONFIGURATION, file(text.as_bytes(), 0o644));
    let mut cluster = described_here();
    cluster.kubernetes_version = "1.10.4".parse().unwrap();
    let report = verify(&tree, &expectation(&cluster), now());
    let found = report.findings.iter();
    let found = found.filter(|it| it.rule == Rule::KubeadmConfigEndpoint);
    let fixes: Vec<_> = found.map(|it| it.fix.to_string()).collect();
    assert_eq!(fixes.len(), 1);
    assert!(fixes[0].starts_with("write 10.0.0.100 there"), "{fixes:?}");
}

/// A host whose API server does not run yet is known by its file, if the certificate
/// agrees.
#[test]
fn a_host_is_known_by_its_file() {
    let mut tree = host_with_services();
    let kept = [
        "pki/ca.crt",
        "pki/apiserver.crt",
        "pki/apiserver.key",
        CONFIGURATION,
    ];
    tree.files.retain(|path, _| kept.contains(&path.as_str()));
    let known = |tree: &Tree| {
        let told = Expectation::from_tree(tree);
        let (cluster, _) = told.cluster.unwrap();
        let host = cluster.hosts[0].clone();
        let is_told = |is_assumed: bool, text: String| match is_assumed {
            true => String::new(),
            false => text,
        };
        [
            is_told(told.assumed.host_name, host.name.to_string()),
            is_told(told.assumed.address, host.advertise_address.to_string()),
            is_told(told.assumed.dns_domain, cluster.dns_domain.to_string()),
        ]
    };
    assert_eq!(known(&tree), ["m1", "10.0.0.11", "cluster.local"]);
    change(
        &mut tree,
        CONFIGURATION,
        "advertiseAddress: 10.0.0.11",
        "advertiseAddress: 10.0.0.12",
    );
    change(&mut tree, CONFIGURATION, "name: m1", "name: m2");
    assert_eq!(known(&tree), ["", "", "cluster.local"]);
    tree.files.remove(CONFIGURATION);
    assert_eq!(known(&tree), ["", "", ""]);
}
