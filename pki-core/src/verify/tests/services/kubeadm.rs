//! kubeadm's configuration on the host.

mod remedies;

use super::*;
use crate::copy::ClusterId;

const JOIN: &str = "kubeadm-join.yaml";
const TOKEN: &str = "abcdef.0123456789abcdef";

fn join(pin: &str) -> String {
    format!(
        "apiVersion: kubeadm.k8s.io/v1beta4\nkind: JoinConfiguration\ndiscovery:\n  bootstrapToken:\n    \
        apiServerEndpoint: 10.0.0.100:6443\n    token: {TOKEN}\n    caCertHashes:\n    - {pin}\n"
    )
}

pub(super) const FAULTS: &[ServiceFault] = &[
    ServiceFault::new(&["kubeadm-config-malformed kubeadm-config.yaml"], |t| {
        change(
            t,
            CONFIGURATION,
            "advertiseAddress: 10.0.0.11",
            "advertiseAddress: here",
        );
    }),
    ServiceFault::new(&["kubeadm-config-host kubeadm-config.yaml"], |t| {
        change(
            t,
            CONFIGURATION,
            "advertiseAddress: 10.0.0.11",
            "advertiseAddress: 10.0.0.12",
        );
    }),
    // The address that moves is none's own.
    ServiceFault::new(&["kubeadm-config-host kubeadm-config.yaml"], |t| {
        change(
            t,
            CONFIGURATION,
            "advertiseAddress: 10.0.0.11",
            "advertiseAddress: 10.0.0.100",
        );
    }),
    ServiceFault::new(&["kubeadm-config-host kubeadm-config.yaml"], |t| {
        change(t, CONFIGURATION, "name: m1", "name: m2");
    }),
    ServiceFault::new(&["kubeadm-config-endpoint kubeadm-config.yaml"], |t| {
        change(t, CONFIGURATION, "10.0.0.100:6443", "10.0.0.100:8443");
    }),
    ServiceFault::new(&["kubeadm-config-endpoint kubeadm-config.yaml"], |t| {
        change(t, CONFIGURATION, "10.0.0.100:6443", "10.0.0.11:6443");
    }),
    ServiceFault::new(&["kubeadm-config-endpoint kubeadm-config.yaml"], |t| {
        let line = "controlPlaneEndpoint: 10.0.0.100:6443\n";
        change(t, CONFIGURATION, line, "");
    }),
    ServiceFault::new(&["kubeadm-config-file kubeadm-config.yaml"], |t| {
        change(t, CONFIGURATION, "pki/etcd/ca.crt", "pki/ca.crt");
    }),
    ServiceFault::new(&["kubeadm-config-file kubeadm-config.yaml"], |t| {
        let wrong = "pki/apiserver-kubelet-client.crt";
        change(t, CONFIGURATION, "pki/apiserver-etcd-client.crt", wrong);
    }),
    ServiceFault::new(&["kubeadm-config-file kubeadm-config.yaml"], |t| {
        change(
            t,
            CONFIGURATION,
            "pki/apiserver-etcd-client.key",
            "pki/apiserver.key",
        );
    }),
    // Without the file that makes a cluster it is the host itself that joins.
    ServiceFault::new(&["kubeadm-config-host kubeadm-join.yaml"], |t| {
        t.files.remove(CONFIGURATION);
        put(t, JOIN, file(join("x").as_bytes(), 0o600));
    }),
    ServiceFault::new(&["kubeadm-config-name kubeadm-config.yaml"], |t| {
        change(
            t,
            CONFIGURATION,
            "certSANs:\n",
            "certSANs:\n  - vip.k8s.internal\n",
        );
    }),
    ServiceFault::new(&["kubeadm-config-file kubeadm-config.yaml"], |t| {
        change(t, CONFIGURATION, "pki/etcd/ca.crt", "pki/etcd/ca.pem");
    }),
    // Whatever is wrong with it, a token is not told.
    ServiceFault::new(&["kubeadm-config-malformed kubeadm-join.yaml"], |t| {
        let text = join("x").replace(TOKEN, "s3cr.t: s3cr.t");
        put(t, JOIN, file(text.as_bytes(), 0o600));
    }),
    ServiceFault::new(&["kubeadm-config-malformed kubeadm-join.yaml"], |t| {
        let text = join("x").replace(TOKEN, "[s3cr.t");
        put(t, JOIN, file(text.as_bytes(), 0o600));
    }),
    ServiceFault::new(&["kubeadm-config-endpoint kubeadm-join.yaml"], |t| {
        let text = join("x").replace("10.0.0.100:6443", "10.0.0.200:6443");
        put(t, JOIN, file(text.as_bytes(), 0o600));
    }),
    ServiceFault::new(&["kubeadm-config-endpoint kubeadm-join.yaml"], |t| {
        let text = join("x").replace("10.0.0.100:6443", "10.0.0.100:8443");
        put(t, JOIN, file(text.as_bytes(), 0o600));
    }),
    ServiceFault::new(&["kubeadm-config-endpoint kubeadm-join.yaml"], |t| {
        let text = "apiVersion: kubeadm.k8s.io/v1alpha2\nkind: NodeConfiguration\n\
            discoveryTokenAPIServers: [\"10.0.0.200:6443\"]\ntoken: TOKEN\n\
            discoveryTokenCACertHashes: [x]\n";
        put(t, JOIN, file(text.as_bytes(), 0o600));
    }),
    ServiceFault::new(&["kubeadm-config-etcd kubeadm-config.yaml"], |t| {
        change(t, CONFIGURATION, "10.0.0.12:2379", "10.0.0.92:2379");
    }),
    ServiceFault::new(&["kubeadm-config-etcd kubeadm-config.yaml"], |t| {
        change(t, CONFIGURATION, "10.0.0.11:2379", "10.0.0.11:2378");
    }),
    ServiceFault::new(&["kubeadm-config-etcd kubeadm-config.yaml"], |t| {
        change(t, CONFIGURATION, "    - https://10.0.0.12:2379\n", "");
    }),
    ServiceFault::new(&["kubeadm-config-range kubeadm-config.yaml"], |t| {
        change(
            t,
            CONFIGURATION,
            "etcd:\n",
            "networking:\n  serviceSubnet: 10.97.0.0/16\netcd:\n",
        );
    }),
    ServiceFault::new(&["kubeadm-config-malformed kubeadm-join.yaml"], |t| {
        let text = join("sha1:0a0a");
        put(t, JOIN, file(text.as_bytes(), 0o600));
    }),
    ServiceFault::new(&["kubeadm-config-malformed kubeadm-join.yaml"], |t| {
        let text = join("x").replace("    caCertHashes:\n    - x\n", "");
        put(t, JOIN, file(text.as_bytes(), 0o600));
    }),
    ServiceFault::new(&["kubeadm-config-malformed kubeadm-join.yaml"], |t| {
        let text = join("x").replace("10.0.0.100:6443", "https://10.0.0.100:6443");
        put(t, JOIN, file(text.as_bytes(), 0o600));
    }),
    ServiceFault::new(&["kubeadm-config-malformed kubeadm-join.yaml"], |t| {
        let text = join("x").replace("10.0.0.100:6443", "10.0.0.100");
        put(t, JOIN, file(text.as_bytes(), 0o600));
    }),
    ServiceFault::new(&["kubeadm-config-malformed kubeadm-join.yaml"], |t| {
        let text = join("x").replace(TOKEN, "s3cr.t");
        put(t, JOIN, file(text.as_bytes(), 0o600));
    }),
    ServiceFault::new(&["kubeadm-config-ca-hash kubeadm-join.yaml"], |t| {
        let text = join(&format!("sha256:{}", "0a".repeat(32)));
        put(t, JOIN, file(text.as_bytes(), 0o600));
    }),
    ServiceFault::new(&["kubeadm-config-ca-hash kubeadm-join.yaml"], |t| {
        let text = join("x").replace(
            "    caCertHashes:\n    - x\n",
            "    unsafeSkipCAVerification: true\n",
        );
        put(t, JOIN, file(text.as_bytes(), 0o600));
    }),
    ServiceFault::change(
        &["kubeadm-config-file kubeadm-config.yaml"],
        CONFIGURATION,
        "apiserver-etcd-client.key",
        "apiserver-etcd-client.kye",
    ),
    ServiceFault::change(
        &["kubeadm-config-malformed kubeadm-config.yaml"],
        CONFIGURATION,
        "controlPlaneEndpoint",
        "controlPlaneEndPoint",
    ),
    ServiceFault::change(
        &["kubeadm-config-malformed kubeadm-config.yaml"],
        CONFIGURATION,
        "https://10.0.0.12",
        "http://10.0.0.12",
    ),
    ServiceFault::change(
        &["kubeadm-config-etcd kubeadm-config.yaml"],
        CONFIGURATION,
        "10.0.0.12:2379",
        "10.0.0.12:2380",
    ),
    ServiceFault::change(
        &["kubeadm-config-setting kubeadm-config.yaml"],
        CONFIGURATION,
        "advertiseAddress: 10.0.0.11",
        "advertiseAddress: 10.0.0.11\n  bindPort: 6444",
    ),
];

#[test]
fn the_pin_of_the_ca_is_right() {
    let mut tree = host_with_services();
    let ca = Certificate::from_pem(&text(&tree, "pki/ca.crt")).unwrap();
    let pin = ClusterId::of(ca.public_key().unwrap());
    put(
        &mut tree,
        JOIN,
        file(join(&pin.to_string()).as_bytes(), 0o600),
    );
    assert_eq!(found(&tree, &Expectation::from_tree(&tree)), [""; 0]);
}

#[test]
fn anothers_configuration_is_none_of_ours() {
    for text in ["a: [", "kind: Config\nusers: []\n", ""] {
        let mut tree = host_with_services();
        put(&mut tree, "config.yaml", file(text.as_bytes(), 0o600));
        assert_eq!(
            found(&tree, &Expectation::from_tree(&tree)),
            [""; 0],
            "{text}"
        );
    }
}

/// What a worker has before it joins is checked, and nothing else is asked of it.
#[test]
fn a_worker_that_did_not_join_has_its_file_alone() {
    let mut cluster = described_here();
    let mut worker = host("w0", 20);
    worker.roles = Roles::default();
    cluster.hosts.push(worker);
    let told = Expectation {
        cluster: Some((cluster, 1)),
        ..Expectation::default()
    };
    let mut tree = Tree {
        has_kubeconfig_directory: true,
        has_host_root: true,
        ..Tree::default()
    };
    assert_eq!(verify(&tree, &told, now()).role, None);
    put(&mut tree, JOIN, file(join("x").as_bytes(), 0o600));
    for told in [
        &told,
        &Expectation::default(),
        &Expectation::from_tree(&tree),
    ] {
        let report = verify(&tree, told, now());
        assert_eq!(report.role, Some(TreeRole::Worker));
        assert_eq!((report.findings, report.not_checked), (vec![], vec![]));
    }
    let wrong = join("x").replace("10.0.0.100", "10.0.0.200");
    put(&mut tree, JOIN, file(wrong.as_bytes(), 0o600));
    assert_eq!(
        found(&tree, &told),
        ["kubeadm-config-endpoint kubeadm-join.yaml"]
    );
    // Once it has joined, it has the CA.
    put(&mut tree, JOIN, file(join("x").as_bytes(), 0o600));
    put(&mut tree, "/var/lib/kubelet/config.yaml", file(b"", 0o600));
    assert!(found(&tree, &told).contains(&"file-missing pki/ca.crt".to_owned()));
    // That of a host of the control plane does not belong there.
    for (more, wanted) in [
        (
            "controlPlane: {}\n",
            &["kubeadm-config-host kubeadm-join.yaml"][..],
        ),
        ("controlPlane: {certificateKey: ab}\n", &[]),
    ] {
        let text = join("x") + more;
        let mut tree = Tree::default();
        put(&mut tree, JOIN, file(text.as_bytes(), 0o600));
        assert_eq!(found(&tree, &Expectation::default()), wanted, "{more}");
        assert_eq!(
            found(&tree, &told),
            ["kubeadm-config-host kubeadm-join.yaml"],
            "{more}"
        );
    }
}

/// What is written there instead, and where.
#[test]
fn a_file_of_another_host_is_mended() {
    let mut cluster = described_here();
    cluster.hosts.push(host("m2", 12));
    for (from, to, message, command) in [
        (
            "advertiseAddress: 10.0.0.11",
            "advertiseAddress: 10.0.0.12",
            "advertiseAddress is 10.0.0.12, which is m2's, and this host is 10.0.0.11",
            "4s|10\\.0\\.0\\.12|10.0.0.11|",
        ),
        (
            "name: m1",
            "name: m2",
            "nodeRegistration.name is 'm2', and this host is m1",
            "6s|m2|m1|",
        ),
        (
            "10.0.0.100:6443",
            "10.0.0.100:8443",
            "controlPlaneEndpoint is '10.0.0.100:8443', and the description has 10.0.0.100:6443",
            "11s|10\\.0\\.0\\.100:8443|10.0.0.100:6443|",
        ),
        (
            "controlPlaneEndpoint: 10.0.0.100:6443\n",
            "",
            "has no controlPlaneEndpoint, and the description has 10.0.0.100:6443",
            "9s|$|\\ncontrolPlaneEndpoint: \"10.0.0.100:6443\"|",
        ),
    ] {
        let mut tree = host_with_services();
        change(&mut tree, CONFIGURATION, from, to);
        let report = verify(&tree, &expectation(&cluster), now());
        let [found] = &report.findings[..] else {
            panic!("{to}: {:?}", report.findings);
        };
        assert_eq!(
            (found.message.as_str(), found.severity),
            (message, Severity::Error)
        );
        let commands = format!("{:?}", found.fix);
        let command = format!("{command:?}");
        assert!(commands.contains(command.trim_matches('"')), "{commands}");
    }
}

/// The description has no such name, and would make none.
#[test]
fn a_name_that_is_not_described_is_not_issued() {
    let mut tree = host_with_services();
    change(
        &mut tree,
        CONFIGURATION,
        "certSANs:\n",
        "certSANs:\n  - vip.k8s.internal\n",
    );
    let report = verify(&tree, &expectation(&described_here()), now());
    let [found] = &report.findings[..] else {
        panic!("{:?}", report.findings);
    };
    assert_eq!(found.place.and_then(|it| it.line), Some(14));
    assert!(!format!("{:?}", found.fix).contains("kpki gen"));
}

#[test]
fn hosts_may_join_at_any_api_server() {
    let mut cluster = described_here();
    cluster.hosts.push(host("m2", 12));
    cluster.apiserver_cert_sans = vec![
        SubjectAltName::parse_host("api.k8s.internal")
            .unwrap()
            .value,
    ];
    for server in [
        "10.0.0.11:6443",
        "10.0.0.12:6443",
        "m2:6443",
        "api.k8s.internal:6443",
    ] {
        let mut tree = host_with_services();
        let text = join("x").replace("10.0.0.100:6443", server);
        put(&mut tree, JOIN, file(text.as_bytes(), 0o600));
        let found = found(&tree, &expectation(&cluster));
        assert!(
            !found.iter().any(|it| it.contains(JOIN)),
            "{server}: {found:?}"
        );
    }
}

#[test]
fn ranges_are_those_of_the_description() {
    let mut cluster = described_here();
    cluster.pod_subnet = Some("10.244.0.0/16".parse().unwrap());
    let message = |networking: &str| {
        let mut tree = host_with_services();
        let text = format!("{networking}etcd:\n");
        change(&mut tree, CONFIGURATION, "etcd:\n", &text);
        let report = verify(&tree, &expectation(&cluster), now());
        let found = report.findings.into_iter();
        found.map(|it| it.message).collect::<Vec<_>>()
    };
    assert_eq!(message("networking: {podSubnet: 10.244.0.0/16}\n"), [""; 0]);
    assert_eq!(
        message(""),
        ["has no podSubnet, and the description has 10.244.0.0/16"]
    );
    assert_eq!(
        message("networking: {podSubnet: 10.245.0.0/16, serviceSubnet: 10.97.0.0/16}\n"),
        [
            "has the serviceSubnet 10.97.0.0/16, and the description has 10.96.0.0/12",
            "has the podSubnet 10.245.0.0/16, and the description has 10.244.0.0/16",
        ]
    );
}

/// What the description says besides.
#[test]
fn settings_are_those_of_the_description() {
    for (from, to, wanted) in [
        (
            "Address: 10.0.0.11\n",
            "Address: 10.0.0.11\n  bindPort: 6444\n",
            "bindPort is '6444', and the description has 6443",
        ),
        (
            "etcd:\n",
            "certificatesDir: /etc/kubernetes/ssl\netcd:\n",
            "certificatesDir is '/etc/kubernetes/ssl', and the description has /etc/kubernetes/pki",
        ),
        (
            "etcd:\n",
            "networking: {dnsDomain: k8s.internal}\netcd:\n",
            "dnsDomain is 'k8s.internal', and the description has cluster.local",
        ),
    ] {
        let mut tree = host_with_services();
        change(&mut tree, CONFIGURATION, from, to);
        let report = verify(&tree, &expectation(&described_here()), now());
        let found = report.findings.iter().map(|it| it.message.as_str());
        assert_eq!(found.collect::<Vec<_>>(), [wanted]);
    }
}

/// The endpoints of the description, by another of the member's names as well.
#[test]
fn endpoints_of_etcd_are_those_of_the_description() {
    let mut cluster = described_here();
    let Etcd::External(external) = &mut cluster.etcd else {
        panic!("it is external");
    };
    external.endpoints = ["11:2379", "12:2379", "13:2379"]
        .map(|end| format!("https://10.0.0.{end}"))
        .to_vec();
    for (from, to, wanted) in [
        ("10.0.0.11:2379", "10.0.0.11:2379", None),
        ("10.0.0.11:2379", "m1:2379", None),
        ("10.0.0.11:2379", "10.0.0.11:2378", Some(Severity::Error)),
        ("10.0.0.12:2379", "10.0.0.92:2379", Some(Severity::Error)),
        (
            "10.0.0.12:2379",
            "lb.example.org:2379",
            Some(Severity::Error),
        ),
        (
            "    - https://10.0.0.12:2379\n",
            "",
            Some(Severity::Warning),
        ),
    ] {
        let mut tree = host_with_services();
        change(&mut tree, CONFIGURATION, from, to);
        let report = verify(&tree, &expectation(&cluster), now());
        let found = report.findings.iter();
        let mut found = found.filter(|it| it.rule == Rule::KubeadmConfigEtcd);
        assert_eq!(found.next().map(|it| it.severity), wanted, "{to}");
    }
}
