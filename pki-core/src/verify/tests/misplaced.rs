//! What lies on a host that has no use for it.

use super::derived::{API_SERVER, manifest};
use super::*;

/// A worker as kubeadm leaves it, and more files of the control plane.
fn worker_with(more: &[&str]) -> Tree {
    let mut tree = tree_of(&cluster("1.30"), EtcdNaming::Kubeadm, now());
    let kept = |path: &str| ["kubelet.conf", "pki/ca.crt"].contains(&path) || more.contains(&path);
    tree.files.retain(|path, _| kept(path));
    tree
}

fn told(tree: &Tree, role: Option<TreeRole>) -> Vec<String> {
    let told = Expectation {
        role,
        ..Expectation::from_tree(tree)
    };
    let report = verify(tree, &told, now());
    assert_eq!(report.role, Some(role.unwrap_or(TreeRole::Worker)));
    let shown = |it: &Finding| format!("{} {} {}", it.severity, it.rule, it.file);
    report.findings.iter().map(shown).collect()
}

#[test]
fn a_worker_has_no_secret_of_the_control_plane() {
    assert_eq!(told(&worker_with(&[]), None), [""; 0]);
    for (file, rule) in [
        ("pki/ca.key", "ca-key-here"),
        ("pki/sa.key", "ca-key-here"),
        ("pki/front-proxy-ca.key", "ca-key-here"),
        ("admin.conf", "secret-here"),
    ] {
        let tree = worker_with(&[file]);
        assert_eq!(told(&tree, None), [format!("error {rule} {file}")]);
    }
    for file in ["pki/apiserver.key", "scheduler.conf", "pki/etcd/peer.key"] {
        let tree = worker_with(&[file]);
        let told = told(&tree, Some(TreeRole::Worker));
        assert_eq!(told, [format!("error secret-here {file}")]);
    }
    // It signs no certificates.
    let report = verify(
        &worker_with(&["pki/sa.key"]),
        &Expectation::default(),
        now(),
    );
    let why = &report.findings[0].why;
    assert!(
        why.contains("sign the token of any service account"),
        "{why}"
    );
    // sa.pub is public.
    assert_eq!(told(&worker_with(&["pki/sa.pub"]), None), [""; 0]);
}

#[test]
fn a_member_of_etcd_needs_nothing_of_the_api_server() {
    let tree = tree_of(&cluster("1.30"), EtcdNaming::Kubeadm, now());
    let told = told(&tree, Some(TreeRole::EtcdMember));
    let secrets = [
        "apiserver.key",
        "apiserver-kubelet-client.key",
        "front-proxy-client.key",
    ];
    for secret in secrets {
        let line = format!("warning secret-here pki/{secret}");
        assert!(told.contains(&line), "{told:#?}");
    }
    assert!(
        !told.iter().any(|line| line.contains("etcd-client")),
        "{told:#?}"
    );
    assert!(
        !told.iter().any(|line| line.starts_with("error")),
        "{told:#?}"
    );
}

/// The address that stands for one that is not known is no host's, whatever host this is.
#[test]
fn nobody_is_sent_to_an_address_that_is_only_assumed() {
    let tree = tree_of(&cluster("1.30"), EtcdNaming::Kubeadm, now());
    let mut told = Expectation::from_tree(&tree);
    assert!(told.assumed.address);
    told.assumed.endpoint = false;
    let (cluster, _) = told.cluster.as_mut().unwrap();
    cluster.control_plane_endpoint = Some("vip.k8s.internal:6443".parse().unwrap());
    let report = verify(&tree, &told, now());
    let shown = format!("{:?}", report.findings);
    assert!(!shown.contains("192.0.2."), "{shown}");
    let said = |file: &str| report.findings.iter().any(|it| it.file == file);
    assert!(!said("scheduler.conf"), "{shown}");
    let not_checked = format!("{:?}", report.not_checked);
    assert!(
        not_checked.contains("nothing says which address it has"),
        "{not_checked}"
    );
}

#[test]
fn a_component_of_another_host_is_told_by_its_server() {
    let mut other = cluster("1.30");
    other.hosts = vec![host("m2", 12)];
    let mut tree = tree_of(&cluster("1.30"), EtcdNaming::Kubeadm, now());
    manifest(&mut tree, "kube-apiserver", &API_SERVER);
    manifest(&mut tree, "etcd", &["--name=m1"]);
    let from_tree = |tree: &Tree| verify(tree, &Expectation::from_tree(tree), now()).findings;
    assert_eq!(from_tree(&tree), []);
    let own = String::from_utf8(text(&tree, "scheduler.conf")).unwrap();
    for (server, wanted) in [
        (
            "https://10.0.0.12:6443",
            Some((
                Severity::Warning,
                "connects to 'https://10.0.0.12:6443', which is neither this host, 10.0.0.11, nor the server of admin.conf",
            )),
        ),
        (
            "https://10.0.0.11:8443",
            Some((Severity::Note, "connects to port '8443' of this host")),
        ),
        ("https://vip.k8s.internal:6443", None),
        ("https://127.0.0.1:6443", None),
    ] {
        let changed = own.replace("https://10.0.0.11:6443", server);
        put(&mut tree, "scheduler.conf", file(changed.as_bytes(), 0o600));
        let mut findings = from_tree(&tree);
        // Whether the certificate names a local address is another rule's.
        findings.retain(|it| it.file == "scheduler.conf");
        match (&findings[..], wanted) {
            ([], None) => {}
            ([one], Some((severity, start))) => {
                assert_eq!((one.rule, one.severity), (Rule::KubeconfigServer, severity));
                assert!(one.message.starts_with(start), "{}", one.message);
            }
            other => panic!("{server}: {other:#?}"),
        }
    }
}
