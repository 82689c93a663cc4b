//! Where several things contradict each other, the one that is wrong is blamed.

use super::faults::with;
use super::*;

const NEW: &str = "https://new.k8s.internal:6443";
const VIP: &str = "https://vip.k8s.internal:6443";

fn only(tree: &Tree, expectation: &Expectation) -> Finding {
    let mut report = verify(tree, expectation, now());
    assert_eq!(report.findings.len(), 1, "{:#?}", report.findings);
    report.findings.remove(0)
}

fn endpoint(tree: &Tree) -> Option<String> {
    let (cluster, _) = Expectation::from_tree(tree).cluster?;
    Some(cluster.control_plane_endpoint?.url(6443))
}

/// A running host whose kubeconfigs have these servers.
fn connecting(servers: &[(&str, &str)]) -> Tree {
    let mut tree = with(&[]);
    for (path, server) in servers {
        let line = trees().line(path, "server");
        let new = format!("server: {server}");
        trees().edit(&mut tree, path, &[(&line, &new)]);
    }
    tree
}

#[test]
fn a_server_that_the_others_and_the_certificate_contradict_is_wrong() {
    for path in ["admin.conf", "super-admin.conf", "kubelet.conf"] {
        let tree = connecting(&[(path, "https://10.0.0.99:6443")]);
        assert_eq!(endpoint(&tree).as_deref(), Some(VIP), "{path}");
        for expectation in [Expectation::from_tree(&tree), Expectation::default()] {
            let found = only(&tree, &expectation);
            assert_eq!(
                (found.rule, found.file.as_str()),
                (Rule::KubeconfigServer, path)
            );
            assert_eq!(found.severity, Severity::Error);
            let start =
                "connects to 'https://10.0.0.99:6443', which pki/apiserver.crt does not name; ";
            assert!(found.message.starts_with(start), "{}", found.message);
            let command = format!(
                "kubectl config --kubeconfig {path} set-cluster --server={VIP} -- kubernetes"
            );
            assert_eq!(found.fix.commands().next(), Some(command.as_str()));
        }
    }
}

#[test]
fn a_certificate_without_the_server_that_all_have_is_wrong() {
    let all = ["admin.conf", "super-admin.conf", "kubelet.conf"].map(|path| (path, NEW));
    let tree = connecting(&all);
    assert_eq!(endpoint(&tree).as_deref(), Some(NEW));
    let found = only(&tree, &Expectation::from_tree(&tree));
    assert_eq!(
        (found.rule, found.file.as_str()),
        (Rule::SanMissing, "pki/apiserver.crt")
    );
    // A kubelet may have its own host's server: that says nothing of the others'.
    let tree = connecting(&all[..2]);
    assert_eq!(endpoint(&tree).as_deref(), Some(NEW));
    let found = only(&tree, &Expectation::from_tree(&tree));
    assert_eq!(
        (found.rule, found.file.as_str()),
        (Rule::SanMissing, "pki/apiserver.crt")
    );
}

#[test]
fn another_endpoint_than_all_files_have_is_one_fault() {
    let mut told = cluster("1.36");
    told.control_plane_endpoint = Some("new.k8s.internal:6443".parse().unwrap());
    let tree = connecting(&[("kubelet.conf", "https://vip.k8s.internal:6443")]);
    let found = only(&tree, &expectation(&told));
    assert_eq!((found.rule, found.file.as_str()), (Rule::SanMissing, "."));
    assert_eq!(
        found.message,
        "knows another control plane endpoint, 'https://vip.k8s.internal:6443': pki/apiserver.crt and the kubeconfigs are not for 'https://new.k8s.internal:6443'"
    );
    let commands = found.fix.commands();
    let commands: Vec<_> = commands
        .filter(|it| it.contains("kpki") || it.contains("kubectl"))
        .collect();
    assert!(commands[0].starts_with("kpki gen --only apiserver --reissue"));
    let kubectl = ["admin.conf", "super-admin.conf", "kubelet.conf"].map(|path| {
        format!("kubectl config --kubeconfig {path} set-cluster --server={NEW} -- kubernetes")
    });
    assert_eq!(commands[1..], kubectl);
}

#[test]
fn a_description_of_another_host_is_one_fault() {
    let tree = with(&[]);
    let mut other = cluster("1.36");
    other.hosts = vec![host("m2", 12)];
    let found = only(&tree, &expectation(&other));
    assert_eq!((found.rule, found.file.as_str()), (Rule::OtherHost, "."));
    assert_eq!(
        found.message,
        "is the tree of m1 (10.0.0.11), by its manifests and certificates, and the description is of m2 (10.0.0.12)"
    );
    assert_eq!(found.fix.commands().count(), 0);
    assert!(found.consequences.len() > 3, "{:#?}", found.consequences);
    // What is wrong of the tree's own host is told as before.
    let mut tree = tree;
    tree.files.remove("admin.conf");
    assert_eq!(
        super::found(&tree, &expectation(&other)),
        ["other-host .", "file-missing admin.conf"]
    );
    // One that got another address alone is not another one.
    other.hosts = vec![host("m1", 12)];
    let report = verify(&with(&[]), &expectation(&other), now());
    assert!(report.findings.iter().all(|it| it.rule != Rule::OtherHost));
}

#[test]
fn certificates_say_whose_they_are() {
    let tree = tree_of(&cluster("1.36"), EtcdNaming::Kubeadm, now());
    let mut other = cluster("1.36");
    other.hosts = vec![host("m2", 12)];
    let report = verify(&tree, &expectation(&other), now());
    let found = report.findings.iter().find(|it| it.file == "pki").unwrap();
    assert_eq!(
        found.message,
        "holds 3 certificates of m1 (10.0.0.11) without a SAN for DNS:m2, IP:10.0.0.12"
    );
}

#[test]
fn an_administrator_past_every_rule_works() {
    let mut tree = with(&[]);
    let copied = copy(&tree, "super-admin.conf");
    put(&mut tree, "admin.conf", copied);
    let found = only(&tree, &expectation(&cluster("1.36")));
    assert_eq!(
        (found.rule, found.severity),
        (Rule::Subject, Severity::Warning)
    );
    assert_eq!(
        found.message,
        "its client certificate is 'kubernetes-super-admin' of the group system:masters: it works, with rights that cannot be revoked"
    );
    assert!(!found.why.contains("Forbidden"), "{}", found.why);
}

#[test]
fn what_runs_contradicts_a_role() {
    let tree = with(&[]);
    let runs = |role| runs_despite(&tree, role).map(|(path, _)| path);
    let api_server = Some("manifests/kube-apiserver.yaml".to_owned());
    assert_eq!(runs(TreeRole::Worker), api_server);
    assert_eq!(runs(TreeRole::EtcdMember), api_server);
    assert_eq!(runs(TreeRole::Authorities), api_server);
    assert_eq!(
        runs(TreeRole::ControlPlane),
        Some("manifests/etcd.yaml".to_owned())
    );
    assert_eq!(runs(TreeRole::ControlPlaneWithEtcd), None);
}

/// A certificate that lies in the place of the API server's says nothing of it: not where
/// kubeconfigs connect, nor which addresses are the host's.
#[test]
fn a_certificate_in_anothers_place_has_no_say_about_servers() {
    const EXCHANGED: &str = "exchanged pki/apiserver.crt";
    let trees = trees();
    let pair = ["crt", "key"].map(|end| {
        let of = |name: &str| format!("pki/{name}.{end}");
        [of("apiserver"), of("etcd/server")]
    });
    let exchange = |tree: &mut Tree| {
        for [one, other] in &pair {
            let (first, second) = (copy(tree, one), copy(tree, other));
            put(tree, one, second);
            put(tree, other, first);
        }
    };
    for path in ["admin.conf", "super-admin.conf", "kubelet.conf"] {
        let mut tree = with(&[]);
        exchange(&mut tree);
        assert_eq!(endpoint(&tree).as_deref(), Some(VIP));
        // One vote less, and the other two are against each other.
        tree.files.remove(path);
        for told in [
            expectation(&cluster("1.36")),
            Expectation::from_tree(&tree),
            Expectation::default(),
        ] {
            let mut found = found(&tree, &told);
            found.retain(|it| !it.starts_with("file-missing"));
            assert_eq!(found, [EXCHANGED], "{path}");
        }
    }
    // The shared address is none of etcd's, wherever the certificate with it lies.
    let mut shared = cluster("1.36");
    shared.control_plane_endpoint = Some("10.0.0.100:6443".parse().unwrap());
    let mut tree = tree_of(&shared, EtcdNaming::Kubeadm, now());
    put(
        &mut tree,
        "manifests/kube-apiserver.yaml",
        copy(&trees.running, "manifests/kube-apiserver.yaml"),
    );
    exchange(&mut tree);
    assert_eq!(endpoint(&tree).as_deref(), Some("https://10.0.0.100:6443"));
}
