//! Which of the files that flags name are wrong, and which are meant.

use super::faults::put_flags;
use super::*;

/// A running host whose component has these flags in the place of kubeadm's.
fn host_with(component: &str, changed: &[&str]) -> Tree {
    let mut tree = faults::with(&[]);
    for name in ["kube-apiserver", "etcd"] {
        put_flags(&mut tree, name, &[]);
    }
    put_flags(&mut tree, component, changed);
    tree
}

/// `severity id file:line: message`.
fn told(tree: &Tree) -> Vec<String> {
    let report = verify(tree, &Expectation::from_tree(tree), now());
    let shown = |it: &Finding| {
        let line = it.place.and_then(|place| place.line).unwrap_or_default();
        format!(
            "{} {} {}:{line}: {}",
            it.severity, it.rule, it.file, it.message
        )
    };
    report.findings.iter().map(shown).collect()
}

#[test]
fn what_kubeadm_writes_is_right() {
    assert_eq!(told(&host_with("etcd", &[])), [""; 0]);
}

/// Every flag with a file of another row that cannot do its work: the flag, the
/// file, the one that it should name.
#[test]
fn every_flag_is_judged() {
    const PKI: &str = "/etc/kubernetes/pki";
    let cases = [
        ("kube-apiserver", "client-ca-file", "etcd/ca.crt", "ca.crt"),
        (
            "kube-apiserver",
            "tls-cert-file",
            "apiserver-kubelet-client.crt",
            "apiserver.crt",
        ),
        (
            "kube-apiserver",
            "tls-cert-file",
            "apiserver.key",
            "apiserver.crt",
        ),
        (
            "kube-apiserver",
            "tls-private-key-file",
            "ca.key",
            "apiserver.key",
        ),
        (
            "kube-apiserver",
            "kubelet-client-certificate",
            "apiserver.crt",
            "apiserver-kubelet-client.crt",
        ),
        (
            "kube-apiserver",
            "kubelet-client-key",
            "apiserver.key",
            "apiserver-kubelet-client.key",
        ),
        ("kube-apiserver", "etcd-cafile", "ca.crt", "etcd/ca.crt"),
        (
            "kube-apiserver",
            "etcd-certfile",
            "apiserver-kubelet-client.crt",
            "apiserver-etcd-client.crt",
        ),
        (
            "kube-apiserver",
            "etcd-keyfile",
            "etcd/server.key",
            "apiserver-etcd-client.key",
        ),
        (
            "kube-apiserver",
            "proxy-client-cert-file",
            "apiserver-kubelet-client.crt",
            "front-proxy-client.crt",
        ),
        (
            "kube-apiserver",
            "proxy-client-key-file",
            "sa.key",
            "front-proxy-client.key",
        ),
        (
            "kube-apiserver",
            "requestheader-client-ca-file",
            "ca.crt",
            "front-proxy-ca.crt",
        ),
        (
            "kube-apiserver",
            "service-account-key-file",
            "apiserver.crt",
            "sa.pub",
        ),
        (
            "kube-apiserver",
            "service-account-signing-key-file",
            "apiserver.key",
            "sa.key",
        ),
        (
            "kube-controller-manager",
            "service-account-private-key-file",
            "ca.key",
            "sa.key",
        ),
        (
            "kube-controller-manager",
            "cluster-signing-cert-file",
            "front-proxy-ca.crt",
            "ca.crt",
        ),
        (
            "kube-controller-manager",
            "cluster-signing-key-file",
            "front-proxy-ca.key",
            "ca.key",
        ),
        (
            "kube-controller-manager",
            "root-ca-file",
            "etcd/ca.crt",
            "ca.crt",
        ),
        (
            "kube-controller-manager",
            "client-ca-file",
            "etcd/ca.crt",
            "ca.crt",
        ),
        (
            "kube-controller-manager",
            "requestheader-client-ca-file",
            "ca.crt",
            "front-proxy-ca.crt",
        ),
        (
            "kube-controller-manager",
            "kubeconfig",
            "../scheduler.conf",
            "../controller-manager.conf",
        ),
        (
            "etcd",
            "trusted-ca-file",
            "front-proxy-ca.crt",
            "etcd/ca.crt",
        ),
        ("etcd", "peer-trusted-ca-file", "ca.crt", "etcd/ca.crt"),
        (
            "etcd",
            "cert-file",
            "etcd/healthcheck-client.crt",
            "etcd/server.crt",
        ),
        ("etcd", "key-file", "etcd/peer.key", "etcd/server.key"),
        (
            "etcd",
            "peer-cert-file",
            "apiserver-etcd-client.crt",
            "etcd/peer.crt",
        ),
        ("etcd", "peer-key-file", "etcd/server.key", "etcd/peer.key"),
    ];
    let path = |name: &str| match name.strip_prefix("../") {
        Some(name) => format!("/etc/kubernetes/{name}"),
        None => format!("{PKI}/{name}"),
    };
    let mut wrong = Vec::new();
    for (component, flag, named, right) in cases {
        let tree = host_with(component, &[&format!("--{flag}={}", path(named))]);
        let manifest = format!("manifests/{component}.yaml");
        let text = String::from_utf8(text(&tree, &manifest)).unwrap();
        let is_it = |line: &str| line.contains(&format!("--{flag}="));
        let line = text.lines().position(is_it).unwrap() + 1;
        let start = format!("error flag-wrong-file {manifest}:{line}: --{flag} names ");
        let told = told(&tree);
        let report = verify(&tree, &Expectation::from_tree(&tree), now());
        let mends = report.findings.iter().flat_map(|it| it.fix.commands());
        let edit = format!(
            "sed '{line}s|--{flag}={}|--{flag}={}|' {manifest} > manifests/.{component}.yaml.new",
            path(named).replace('.', "\\."),
            path(right)
        );
        let is_mended = mends.filter(|command| command.contains(&edit)).count() == 1;
        if !matches!(&told[..], [one] if one.starts_with(&start)) || !is_mended {
            wrong.push((flag, named, told));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_ca_that_did_sign_is_named() {
    let flag = "--trusted-ca-file=/etc/kubernetes/pki/ca.crt";
    assert_eq!(
        told(&host_with("etcd", &[flag])),
        [
            "error flag-wrong-file manifests/etcd.yaml:13: --trusted-ca-file names pki/ca.crt, which signs the \
             API server, its clients and the kubelets, and did not sign pki/apiserver-etcd-client.crt; \
             pki/etcd/ca.crt did"
        ]
    );
}

#[test]
fn the_right_ca_may_be_gone() {
    let flag = "--trusted-ca-file=/etc/kubernetes/pki/ca.crt";
    let mut tree = host_with("etcd", &[flag]);
    tree.files.remove("pki/etcd/ca.crt");
    let told = told(&tree);
    let starts = [
        "error flag-wrong-file manifests/etcd.yaml:13: --trusted-ca-file names pki/ca.crt",
        "error file-missing pki/etcd/ca.crt",
    ];
    let is_told = |start: &&str| told.iter().any(|it| it.starts_with(start));
    assert!(told.len() == 2 && starts.iter().all(is_told), "{told:#?}");
}

#[test]
fn whose_kubeconfig_it_is_may_not_be_known() {
    let flag = "--kubeconfig=/etc/kubernetes/admin.conf";
    let mut tree = host_with("kube-scheduler", &[flag]);
    let certificate = trees().line("admin.conf", "client-certificate-data");
    let key = trees().line("admin.conf", "client-key-data");
    edit(&mut tree, "admin.conf", &certificate, "token: abc");
    edit(&mut tree, "admin.conf", &key, "username: x");
    let is_flag = |it: &String| it.contains("flag-wrong-file");
    assert!(!told(&tree).iter().any(is_flag), "{:?}", told(&tree));
}

#[test]
fn a_pair_is_one_slip() {
    let flags = [
        "--etcd-certfile=/etc/kubernetes/pki/apiserver.crt",
        "--etcd-keyfile=/etc/kubernetes/pki/apiserver.key",
    ];
    let tree = host_with("kube-apiserver", &flags);
    let report = verify(&tree, &Expectation::from_tree(&tree), now());
    let [one] = &report.findings[..] else {
        panic!("{:#?}", report.findings);
    };
    assert_eq!(one.consequences.len(), 1);
    assert_eq!(one.fix.commands().count(), 2);
    assert!(
        one.why.contains("etcd refuses the API server"),
        "{}",
        one.why
    );
}

/// What others do on purpose, and what works.
#[test]
fn what_is_meant_is_not_told() {
    for (component, flags) in [
        // Whatever opens etcd opens it.
        (
            "kube-apiserver",
            &[
                "--etcd-certfile=/etc/kubernetes/pki/etcd/server.crt",
                "--etcd-keyfile=/etc/kubernetes/pki/etcd/server.key",
            ][..],
        ),
        (
            "kube-apiserver",
            &[
                "--etcd-certfile=/etc/kubernetes/pki/etcd/healthcheck-client.crt",
                "--etcd-keyfile=/etc/kubernetes/pki/etcd/healthcheck-client.key",
            ],
        ),
        (
            "kube-apiserver",
            &["--service-account-key-file=/etc/kubernetes/pki/sa.key"],
        ),
        (
            "kube-scheduler",
            &["--kubeconfig=/etc/kubernetes/admin.conf"],
        ),
        (
            "kube-scheduler",
            &["--authentication-kubeconfig=/etc/kubernetes/kubelet.conf"],
        ),
        (
            "kube-controller-manager",
            &[
                "--cluster-signing-cert-file=",
                "--cluster-signing-key-file=",
            ],
        ),
        (
            "etcd",
            &[
                "--trusted-ca-file=/etc/kubernetes/pki/./etcd//ca.crt",
                "--peer-trusted-ca-file=",
            ],
        ),
        ("etcd", &["--trusted-ca-file=$(CA)"]),
        (
            "kube-apiserver",
            &[
                "--tls-cert-file=",
                "--tls-private-key-file=",
                "--cert-dir=/etc/kubernetes/pki",
            ],
        ),
    ] {
        assert_eq!(told(&host_with(component, flags)), [""; 0], "{flags:?}");
    }
}

#[test]
fn one_ca_for_everything_is_meant() {
    let mut tree = faults::with(&[]);
    for name in [
        "etcd/server",
        "etcd/peer",
        "etcd/healthcheck-client",
        "apiserver-etcd-client",
    ] {
        issue(&mut tree, name, "ca", |_| ());
    }
    issue(&mut tree, "front-proxy-client", "ca", |_| ());
    for path in [
        "etcd/ca.crt",
        "etcd/ca.key",
        "front-proxy-ca.crt",
        "front-proxy-ca.key",
    ] {
        tree.files.remove(&format!("pki/{path}"));
    }
    let ca = "/etc/kubernetes/pki/ca.crt";
    let flags = ["trusted-ca-file", "peer-trusted-ca-file"].map(|flag| format!("--{flag}={ca}"));
    put_flags(&mut tree, "etcd", &flags.each_ref().map(String::as_str));
    let flags = ["etcd-cafile", "requestheader-client-ca-file"];
    let flags = flags.map(|flag| format!("--{flag}={ca}"));
    put_flags(
        &mut tree,
        "kube-apiserver",
        &flags.each_ref().map(String::as_str),
    );
    let flag = format!("--requestheader-client-ca-file={ca}");
    put_flags(&mut tree, "kube-controller-manager", &[&flag]);
    // What it means for the cluster's security is told of the CA.
    assert_eq!(
        told(&tree),
        [
            "error front-proxy-ca-reused pki/ca.crt:0: is the cluster's CA, and that of 'front-proxy-ca' as well",
            "warning etcd-ca-reused pki/ca.crt:0: is the cluster's CA, and that of 'etcd/ca' as well",
        ]
    );
    // No file of the cluster's CA is touched, and none is put in its place.
    let findings = verify(&tree, &Expectation::from_tree(&tree), now()).findings;
    let fixes: Vec<_> = findings.iter().map(|it| it.fix.to_string()).collect();
    let mut commands = findings.iter().flat_map(|it| it.fix.commands());
    assert!(commands.all(|it| !it.contains("pki/ca.")), "{fixes:#?}");
    assert!(
        fixes[0].contains("; then let --requestheader-client-ca-file of kube-apiserver and kube-controller-manager name /etc/kubernetes/pki/front-proxy-ca.crt instead of /etc/kubernetes/pki/ca.crt; "),
        "{fixes:#?}"
    );
}

#[test]
fn a_ca_of_ones_own_for_kubelets_is_meant() {
    let mut tree = faults::with(&[]);
    let own = trees();
    let clients = text(&own.other, "pki/ca.crt");
    put(&mut tree, "pki/kubelet-ca.crt", file(&clients, 0o644));
    put(
        &mut tree,
        "pki/kubelet-ca.key",
        copy(&own.other, "pki/ca.key"),
    );
    let both = [text(&tree, "pki/ca.crt"), clients].concat();
    put(&mut tree, "pki/clients.crt", file(&both, 0o644));
    let signing = [
        "--cluster-signing-cert-file=/etc/kubernetes/pki/kubelet-ca.crt",
        "--cluster-signing-key-file=/etc/kubernetes/pki/kubelet-ca.key",
    ];
    put_flags(&mut tree, "kube-controller-manager", &signing);
    let flag = "--client-ca-file=/etc/kubernetes/pki/clients.crt";
    put_flags(&mut tree, "kube-apiserver", &[flag]);
    assert_eq!(told(&tree), [""; 0]);
}

/// etcd's CA of the API server and etcd's own may lie at two places; that they
/// are two CAs is told.
#[test]
fn the_two_files_of_etcds_ca_agree() {
    let mut tree = host_with(
        "kube-apiserver",
        &["--etcd-cafile=/etc/kubernetes/pki/etcd-ca-copy.crt"],
    );
    let of_etcd = copy(&tree, "pki/etcd/ca.crt");
    put(&mut tree, "pki/etcd-ca-copy.crt", of_etcd);
    assert_eq!(told(&tree), [""; 0]);
    let other = copy(&trees().other, "pki/etcd/ca.crt");
    put(&mut tree, "pki/etcd-ca-copy.crt", other);
    assert_eq!(
        told(&tree),
        [
            "error flag-wrong-file manifests/kube-apiserver.yaml:23: --etcd-cafile names \
             pki/etcd-ca-copy.crt, which did not sign pki/etcd/server.crt; pki/etcd/ca.crt did"
        ]
    );
}

#[test]
fn members_of_etcd_may_have_a_ca_of_their_own() {
    let mut tree = faults::with(&[]);
    let other = &trees().other;
    put(
        &mut tree,
        "pki/etcd/peer-ca.crt",
        copy(other, "pki/etcd/ca.crt"),
    );
    issue_by(
        &mut tree,
        "etcd/peer",
        &issuer(other, "pki/etcd/ca"),
        |_| (),
    );
    let flag = "--peer-trusted-ca-file=/etc/kubernetes/pki/etcd/peer-ca.crt";
    put_flags(&mut tree, "etcd", &[flag]);
    assert_eq!(told(&tree), [""; 0]);
    put_flags(&mut tree, "etcd", &[]);
    assert_eq!(told(&tree).len(), 1);
}

#[test]
fn what_only_the_servers_tell_is_not_checked() {
    let control_plane = Roles {
        control_plane: true,
        etcd: false,
    };
    let mut tree = tree_of(&external(control_plane), EtcdNaming::Kubeadm, now());
    let servers = "--etcd-servers=https://10.0.2.21:2379";
    put_flags(&mut tree, "kube-apiserver", &[servers]);
    let report = verify(&tree, &Expectation::from_tree(&tree), now());
    assert_eq!(report.findings, []);
    let by_live = report
        .not_checked
        .iter()
        .find(|it| it.flag == Some("--live"));
    assert!(by_live.is_some(), "{:?}", report.not_checked);
}

/// etcd runs from a directory of its own, and what kubeadm made is left over.
#[test]
fn what_is_left_over_is_no_witness() {
    let trees = trees();
    let mut tree = faults::with(&[]);
    let mut flags = Vec::new();
    for (flag, name) in [
        ("trusted-ca-file", "ca.crt"),
        ("peer-trusted-ca-file", "ca.crt"),
        ("cert-file", "server.crt"),
        ("key-file", "server.key"),
        ("peer-cert-file", "peer.crt"),
        ("peer-key-file", "peer.key"),
    ] {
        let path = format!("/etc/etcd/{name}");
        put(
            &mut tree,
            &path,
            copy(&trees.other, &format!("pki/etcd/{name}")),
        );
        flags.push(format!("--{flag}={path}"));
    }
    let flags: Vec<_> = flags.iter().map(String::as_str).collect();
    put_flags(&mut tree, "etcd", &flags);
    let is_flag = |it: &String| it.contains("flag-wrong-file");
    assert!(!told(&tree).iter().any(is_flag), "{:#?}", told(&tree));
}

#[test]
fn a_ca_that_only_the_servers_know_is_a_warning() {
    let control_plane = Roles {
        control_plane: true,
        etcd: false,
    };
    let mut tree = tree_of(&external(control_plane), EtcdNaming::Kubeadm, now());
    let flags = [
        "--etcd-servers=https://10.0.2.21:2379",
        "--etcd-cafile=/etc/kubernetes/pki/ca.crt",
    ];
    put_flags(&mut tree, "kube-apiserver", &flags);
    let told = told(&tree);
    let start = "warning flag-wrong-file manifests/kube-apiserver.yaml:";
    assert!(
        matches!(&told[..], [one] if one.starts_with(start)),
        "{told:#?}"
    );
}

#[test]
fn the_certificates_may_lie_elsewhere_on_the_host() {
    let mut tree = faults::with(&[]);
    for component in ["kube-apiserver", "kube-controller-manager", "etcd"] {
        put_flags(&mut tree, component, &[]);
        let path = format!("manifests/{component}.yaml");
        edit(&mut tree, &path, "/etc/kubernetes/pki", "/srv/k/pki");
    }
    let elsewhere = tree.certificates_directory();
    assert_eq!(elsewhere.as_deref(), Some("/srv/k/pki"));
    tree.location.certificates = elsewhere.unwrap();
    assert_eq!(told(&tree), [""; 0]);
    tree.files.remove("pki/apiserver.key");
    let report = verify(&tree, &Expectation::from_tree(&tree), now());
    assert_eq!(report.findings.len(), 1);
    let finding = &report.findings[0];
    assert_eq!(
        tree.location.shown(&finding.file),
        "/srv/k/pki/apiserver.key"
    );

    // Nobody knows where on the host that is: nothing is missing there.
    let mut copied = tree;
    copied.has_host_root = false;
    copied
        .files
        .retain(|path, _| !path.starts_with("pki/") && !path.starts_with('/'));
    let report = verify(&copied, &Expectation::from_tree(&copied), now());
    let missing = |it: &&Finding| it.rule == Rule::FileMissing;
    assert_eq!(report.findings.iter().filter(missing).count(), 0);
    let unreached = |it: &&NotChecked| it.what.contains("pki/ca.crt");
    assert_eq!(report.not_checked.iter().filter(unreached).count(), 1);

    // Kubeadm's own place, or two places, say nothing.
    assert_eq!(faults::with(&[]).certificates_directory(), None);
}

#[test]
fn a_description_may_have_the_certificates_elsewhere() {
    let tree = faults::with(&[]);
    let found_with = |directory: &str| {
        let told = Expectation {
            certificates_directory: Some(directory.to_owned()),
            ..expectation(&faults::described())
        };
        found(&tree, &told)
    };
    assert_eq!(found_with("/etc/kubernetes/pki/"), [""; 0]);
    let elsewhere = ["certificates-dir manifests/kube-controller-manager.yaml"];
    assert_eq!(found_with("/srv/pki"), elsewhere);
}

/// An address of its own for another network is in the certificate as well.
#[test]
fn an_advertised_address_may_be_another_one_than_etcds() {
    let urls = [
        "--advertise-client-urls=https://10.0.0.11:2379",
        "--initial-advertise-peer-urls=https://10.0.0.11:2380",
    ];
    let mut tree = host_with("etcd", &urls);
    put_flags(
        &mut tree,
        "kube-apiserver",
        &["--advertise-address=10.0.0.20"],
    );
    issue(&mut tree, "apiserver", "ca", |params| {
        let both = [
            "m1",
            "kubernetes",
            "kubernetes.default",
            "kubernetes.default.svc",
            "kubernetes.default.svc.cluster.local",
            "vip.k8s.internal",
            "10.96.0.1",
            "10.0.0.11",
            "10.0.0.20",
        ];
        replace(params, names(&both));
    });
    let is_it = |line: &String| line.contains(" advertise-address ");
    assert!(!told(&tree).iter().any(is_it), "{:?}", told(&tree));
}

#[test]
fn without_names_every_front_proxy_is_allowed() {
    for flag in [
        "--requestheader-allowed-names=",
        "--requestheader-allowed-names=aggregator,front-proxy-client",
        "--requestheader-allowed-names=$(NAMES)",
    ] {
        let tree = host_with("kube-apiserver", &[flag]);
        assert_eq!(told(&tree), [""; 0], "{flag}");
    }
}
