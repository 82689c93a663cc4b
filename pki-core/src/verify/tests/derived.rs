//! What is expected of a tree that nobody described.

use super::*;

pub(in crate::verify) fn manifest(tree: &mut Tree, name: &str, flags: &[&str]) {
    let flags: String = flags.iter().map(|flag| format!("    - {flag}\n")).collect();
    let text = format!(
        "kind: Pod\nspec:\n  containers:\n  - image: registry.k8s.io/{name}:v1.30.1\n    command:\n    - {name}\n{flags}"
    );
    let path = format!("manifests/{name}.yaml");
    put(tree, &path, file(text.as_bytes(), 0o600));
}

pub(super) const API_SERVER: [&str; 6] = [
    "--advertise-address=10.0.0.11",
    "--service-cluster-ip-range=10.96.0.0/12",
    "--etcd-servers=https://127.0.0.1:2379",
    "--secure-port=6443",
    "--tls-cert-file=/etc/kubernetes/pki/apiserver.crt",
    "--tls-private-key-file=/etc/kubernetes/pki/apiserver.key",
];

fn derived(tree: &Tree) -> (Cluster, Assumed) {
    let expectation = Expectation::from_tree(tree);
    (expectation.cluster.unwrap().0, expectation.assumed)
}

#[test]
fn a_tree_tells_what_it_was_made_for() {
    let made_for = cluster("1.30");
    let mut tree = tree_of(&made_for, EtcdNaming::Kubeadm, now());
    manifest(&mut tree, "kube-apiserver", &API_SERVER);
    manifest(&mut tree, "etcd", &["--name=m1"]);
    put(
        &mut tree,
        "/var/lib/kubelet/config.yaml",
        file(b"clusterDomain: cluster.local\n", 0o644),
    );
    let (cluster, assumed) = derived(&tree);
    let host = &cluster.hosts[0];
    assert_eq!(host.name, made_for.hosts[0].name);
    assert_eq!(host.advertise_address, made_for.hosts[0].advertise_address);
    assert_eq!(cluster.kubernetes_version.to_string(), "v1.30.1");
    let endpoint = made_for.control_plane_endpoint.clone();
    assert_eq!(cluster.control_plane_endpoint, endpoint);
    let unknown = [
        assumed.host_name,
        assumed.address,
        assumed.version,
        assumed.service_subnet,
        assumed.dns_domain,
    ];
    assert_eq!(unknown, [false; 5]);
    let report = verify(&tree, &Expectation::from_tree(&tree), now());
    assert_eq!((report.findings, report.not_checked), (vec![], vec![]));
}

#[test]
fn a_name_of_one_against_another_is_not_known() {
    let mut tree = tree_of(&cluster("1.30"), EtcdNaming::Kubeadm, now());
    assert!(
        !derived(&tree).1.host_name,
        "apiserver.crt bears kubelet.conf out"
    );
    manifest(
        &mut tree,
        "kube-apiserver",
        &["--advertise-address=10.0.0.99"],
    );
    manifest(&mut tree, "etcd", &["--name=other"]);
    let (_, assumed) = derived(&tree);
    assert!(assumed.host_name && !assumed.address);
    let report = verify(&tree, &Expectation::from_tree(&tree), now());
    let message = &report.findings[0].message;
    let source = "without a SAN for IP:10.0.0.99 (this host's advertise address, manifests/kube-apiserver.yaml:7)";
    assert!(message.contains(source), "{message}");
}

#[test]
fn rows_lie_where_the_manifests_say() {
    let control_plane = Roles {
        control_plane: true,
        etcd: false,
    };
    let naming = EtcdNaming::Cfssl;
    let mut tree = tree_of(&external(control_plane), naming, now());
    for (path, elsewhere) in [
        ("pki/etcd/ca.pem", "/etc/etcd/ca.pem"),
        ("pki/etcd/ca-key.pem", "/etc/etcd/ca-key.pem"),
        ("pki/etcd/client.pem", "/etc/etcd/client.pem"),
        ("pki/etcd/client-key.pem", "/etc/etcd/client-key.pem"),
        ("pki/apiserver.crt", "pki/own.crt"),
        ("pki/apiserver.key", "pki/own.key"),
    ] {
        let moved = tree.files.remove(path).unwrap();
        put(&mut tree, elsewhere, moved);
    }
    let flags = [
        "--advertise-address=10.0.0.11",
        "--etcd-servers=https://10.0.2.21:2379,https://10.0.2.22:2379",
        "--etcd-cafile=/etc/etcd/ca.pem",
        "--etcd-certfile=/etc/etcd/client.pem",
        "--etcd-keyfile=/etc/etcd/client-key.pem",
        "--tls-cert-file=/etc/kubernetes/pki/own.crt",
        "--tls-private-key-file=/etc/kubernetes/pki/own.key",
        // Tokens can be checked with the key that signs them.
        "--service-account-key-file=/etc/kubernetes/pki/sa.key",
        "--service-cluster-ip-range=10.96.0.0/12",
    ];
    manifest(&mut tree, "kube-apiserver", &flags);
    tree.files.remove("pki/sa.pub");
    assert_eq!(tree.named_files().len(), 6);
    let copied = verify(&tree, &Expectation::from_tree(&tree), now());
    assert_eq!(copied.role, Some(TreeRole::ControlPlane));
    assert_eq!(copied.findings, []);
    let unreached = |not_checked: &&NotChecked| not_checked.what.contains("/etc/etcd/client.pem");
    assert_eq!(copied.not_checked.iter().filter(unreached).count(), 1);

    tree.has_host_root = true;
    let found = |tree: &Tree| found(tree, &Expectation::from_tree(tree));
    assert!(found(&tree).is_empty(), "{:?}", found(&tree));
    let key = copy(&tree, "pki/own.key");
    put(&mut tree, "/etc/etcd/client-key.pem", key);
    assert_eq!(found(&tree), ["key-mismatch /etc/etcd/client-key.pem"]);
    tree.files.remove("/etc/etcd/client-key.pem");
    assert_eq!(found(&tree), ["file-missing /etc/etcd/client-key.pem"]);
    tree.files.remove("/etc/etcd/client.pem");
    assert_eq!(found(&tree), ["file-missing /etc/etcd/client.pem"]);
}

#[test]
fn the_front_proxy_may_have_another_name_if_it_is_allowed() {
    let mut tree = tree_of(&cluster("1.36"), EtcdNaming::Kubeadm, now());
    issue(
        &mut tree,
        "front-proxy-client",
        "front-proxy-ca",
        |params| {
            params.subject = DistinguishedName::kubernetes(None, "aggregator");
        },
    );
    let found = |tree: &Tree| found(tree, &Expectation::default());
    assert_eq!(found(&tree), ["subject pki/front-proxy-client.crt"]);
    let flag = "--requestheader-allowed-names=front-proxy-client,aggregator";
    manifest(&mut tree, "kube-apiserver", &[flag]);
    assert!(found(&tree).is_empty());
}

#[test]
fn a_role_can_be_given() {
    let tree = tree_of(&cluster("1.36"), EtcdNaming::Kubeadm, now());
    for role in TreeRole::ALL {
        let told = Expectation {
            role: Some(role),
            ..Expectation::default()
        };
        assert_eq!(verify(&tree, &told, now()).role, Some(role));
        assert_eq!(verify(&Tree::default(), &told, now()).role, None);
    }
}

#[test]
fn what_cannot_be_seen_is_not_missing() {
    let mut tree = tree_of(&cluster("1.36"), EtcdNaming::Kubeadm, now());
    for (path, file) in &mut tree.files {
        if path.starts_with("pki/etcd/") {
            file.content = TreeContent::Hidden;
        }
    }
    let why = "Permission denied".to_owned();
    tree.unlisted.push(Unlisted {
        path: "pki/etcd".to_owned(),
        obstacle: Obstacle::Denied,
        why,
    });
    let told = expectation(&cluster("1.36"));
    assert_eq!(found(&tree, &told), ["unreadable pki/etcd"]);
    assert!(!verify(&tree, &told, now()).is_complete());
}

#[test]
fn a_backup_of_a_manifest_does_not_win() {
    let mut tree = tree_of(&cluster("1.30"), EtcdNaming::Kubeadm, now());
    manifest(&mut tree, "kube-apiserver", &API_SERVER);
    let flags = API_SERVER.map(|flag| flag.replace("10.0.0.11", "10.0.0.99"));
    manifest(
        &mut tree,
        "kube-apiserver.backup",
        &flags.each_ref().map(String::as_str),
    );
    let path = "manifests/kube-apiserver.backup.yaml";
    let text = String::from_utf8(tree.files[path].bytes().unwrap().to_vec()).unwrap();
    let text = text.replace("kube-apiserver.backup", "kube-apiserver");
    put(&mut tree, path, file(text.as_bytes(), 0o600));
    let address = derived(&tree).0.hosts[0].advertise_address;
    assert_eq!(address.to_string(), "10.0.0.11");
    let report = verify(&tree, &Expectation::from_tree(&tree), now());
    let [twice] = &report.findings[..] else {
        panic!("{:?}", report.findings);
    };
    assert_eq!(
        (twice.rule, twice.file.as_str()),
        (Rule::ManifestTwice, path)
    );
    assert_eq!(
        twice.message,
        "runs kube-apiserver as manifests/kube-apiserver.yaml does, with another --advertise-address; \
         manifests/kube-apiserver.yaml is taken here"
    );
}

#[test]
fn a_broken_copy_of_a_manifest_stops_nothing() {
    let mut tree = tree_of(&cluster("1.30"), EtcdNaming::Kubeadm, now());
    let broken = || file(b"kind: Pod\nspec: [", 0o600);
    put(&mut tree, "manifests/kube-apiserver.yaml", broken());
    let severity = |tree: &Tree| {
        let report = verify(tree, &Expectation::from_tree(tree), now());
        let mut findings = report.findings.iter();
        let found = findings.find(|it| it.rule == Rule::ManifestMalformed);
        found.map(|it| it.severity)
    };
    assert_eq!(severity(&tree), Some(Severity::Error));
    manifest(&mut tree, "kube-apiserver", &API_SERVER);
    put(&mut tree, "manifests/kube-apiserver.old.yaml", broken());
    assert_eq!(severity(&tree), Some(Severity::Warning));
}

#[test]
fn a_broken_file_that_names_no_component_is_not_checked() {
    let mut tree = tree_of(&cluster("1.30"), EtcdNaming::Kubeadm, now());
    manifest(&mut tree, "kube-apiserver", &API_SERVER);
    manifest(&mut tree, "etcd", &["--name=m1"]);
    let broken = b"kind: Pod\nspec: {containers: [\n  - name: kube-vip\n";
    put(&mut tree, "manifests/vip.yaml", file(broken, 0o600));
    let report = verify(&tree, &Expectation::from_tree(&tree), now());
    assert_eq!(report.findings, []);
    let about = |one: &&NotChecked| one.what == "what manifests/vip.yaml runs";
    assert_eq!(report.not_checked.iter().filter(about).count(), 1);
    // Nothing else runs etcd.
    let broken = [text(&tree, "manifests/etcd.yaml"), b"{{{\n".to_vec()];
    put(
        &mut tree,
        "manifests/vip.yaml",
        file(&broken.concat(), 0o600),
    );
    let severity = |tree: &Tree| {
        let report = verify(tree, &Expectation::from_tree(tree), now());
        let mut findings = report.findings.iter();
        let found = findings.find(|it| it.rule == Rule::ManifestMalformed);
        found.map(|it| (it.file.clone(), it.severity))
    };
    let path = "manifests/vip.yaml".to_owned();
    assert_eq!(severity(&tree), Some((path.clone(), Severity::Warning)));
    tree.files.remove("manifests/etcd.yaml");
    assert_eq!(severity(&tree), Some((path, Severity::Error)));
}

#[test]
fn what_keeps_the_reader_out_has_its_own_remedy() {
    let made_for = cluster("1.36");
    let told = expectation(&made_for);
    let report = |obstacle| {
        let mut tree = tree_of(&made_for, EtcdNaming::Kubeadm, now());
        tree.unlisted.push(Unlisted {
            path: "pki".to_owned(),
            obstacle,
            why: "so it is".to_owned(),
        });
        verify(&tree, &told, now())
    };
    let mut fixes = Vec::new();
    for obstacle in [
        Obstacle::Denied,
        Obstacle::OddName,
        Obstacle::Loop,
        Obstacle::TooMany,
    ] {
        let report = report(obstacle);
        assert_eq!(report.unreadable, 1, "{obstacle:?}");
        fixes.push(report.findings[0].fix.to_string());
    }
    assert!(fixes[0].contains("as root"));
    assert!(fixes[1..].iter().all(|fix| !fix.contains("root")));
    fixes.sort();
    fixes.dedup();
    assert_eq!(fixes.len(), 4);
    // Nobody uses them, so nothing that matters is unknown.
    let others = report(Obstacle::TooManyOthers);
    assert!(others.is_ok() && others.findings.is_empty());
    assert_eq!(others.not_checked[0].why, "so it is");
}

#[test]
fn a_certificate_without_a_service_address_is_told() {
    let mut tree = tree_of(&cluster("1.36"), EtcdNaming::Kubeadm, now());
    let names = |service: &str| {
        let names = [
            "kubernetes",
            "kubernetes.default",
            "kubernetes.default.svc",
            "m1",
        ];
        let names = names.iter().chain(&["vip.k8s.internal", "10.0.0.11"]);
        let names = names
            .copied()
            .chain(Some(service).filter(|it| !it.is_empty()));
        let names: Vec<GeneralName> = names
            .map(|name| SubjectAltName::parse(name).unwrap().value.into())
            .collect();
        Extension::subject_alt_name(&names, false)
    };
    let found = |tree: &Tree| found(tree, &Expectation::from_tree(tree));
    issue(&mut tree, "apiserver", "ca", |it| {
        replace(it, names("172.30.0.1"))
    });
    assert!(found(&tree).is_empty(), "{:?}", found(&tree));
    issue(&mut tree, "apiserver", "ca", |it| replace(it, names("")));
    assert_eq!(found(&tree), ["san-missing pki/apiserver.crt"]);
}

#[test]
fn a_kubelet_of_another_node_is_told() {
    let mut other = cluster("1.36");
    other.hosts = vec![host("m2", 12)];
    let other = tree_of(&other, EtcdNaming::Kubeadm, now());
    let mut tree = tree_of(&cluster("1.36"), EtcdNaming::Kubeadm, now());
    put(&mut tree, "kubelet.conf", copy(&other, "kubelet.conf"));
    let expectation = Expectation::from_tree(&tree);
    let report = verify(&tree, &expectation, now());
    let told = report
        .findings
        .iter()
        .find(|finding| finding.rule == Rule::Subject);
    let message = &told.unwrap().message;
    let source = "(the host of pki/apiserver.crt and pki/etcd/server.crt)";
    assert!(message.ends_with(source), "{message}");
}

#[test]
fn the_certificate_that_the_manifest_names_bears_the_name_out() {
    let mut tree = tree_of(&cluster("1.30"), EtcdNaming::Kubeadm, now());
    let elsewhere = "/etc/ssl/apiserver.crt";
    let flags = [&API_SERVER[..], &["--tls-cert-file=/etc/ssl/apiserver.crt"]].concat();
    manifest(&mut tree, "kube-apiserver", &flags);
    let own = copy(&tree, "pki/apiserver.crt");
    put(&mut tree, elsewhere, own);
    // What nobody uses any more was made for another host.
    let mut other = cluster("1.30");
    other.hosts = vec![host("m2", 12)];
    other.apiserver_cert_sans = vec![SubjectAltName::parse("old.example").unwrap().value];
    let other = tree_of(&other, EtcdNaming::Kubeadm, now());
    put(
        &mut tree,
        "pki/apiserver.crt",
        copy(&other, "pki/apiserver.crt"),
    );
    for path in ["pki/etcd/server.crt", "pki/etcd/peer.crt"] {
        tree.files.remove(path);
    }
    let (found, assumed) = derived(&tree);
    assert!(!assumed.host_name, "{:?}", found.hosts);
    assert_eq!(found.hosts[0].name.as_str(), "m1");
    assert_eq!(found.apiserver_cert_sans, []);
}
