//! kubeconfigs as client-go reads them: each field by itself, inside or in a file.

use super::faults::kubeconfigs::{by_files, trusting};
use super::faults::kubelet::put_client;
use super::faults::with;
use super::*;

fn report(tree: &Tree) -> Report {
    verify(tree, &Expectation::default(), now())
}

/// `severity rule file` of every finding.
fn told(tree: &Tree) -> Vec<String> {
    let findings = report(tree).findings;
    let shown = |it: &Finding| format!("{} {} {}", it.severity, it.rule, it.file);
    findings.iter().map(shown).collect()
}

fn with_line(field: &str, instead: &str) -> Tree {
    let trees = trees();
    let mut tree = broken(trees, |_, _| ());
    let line = trees.line("scheduler.conf", field);
    trees.edit(&mut tree, "scheduler.conf", &[(&line, instead)]);
    tree
}

fn data(field: &str, text: &[u8]) -> String {
    let encoded = base64::Engine::encode(&base64::prelude::BASE64_STANDARD, text);
    format!("{field}: {encoded}")
}

#[test]
fn files_are_as_good_as_data() {
    let trees = trees();
    let mut tree = broken(trees, |t, all| by_files(t, all, |_| ()));
    assert_eq!(told(&tree), [""; 0]);
    for path in ["pki/ca.crt", "/etc/kubernetes/pki/ca.crt"] {
        let line = trees.line("scheduler.conf", "certificate-authority-data");
        let named = format!("certificate-authority: {path}");
        trees.edit(&mut tree, "scheduler.conf", &[(&line, &named)]);
        assert_eq!(told(&tree), [""; 0], "{path}");
    }
    let named = tree.named_files();
    assert_eq!(named, ["pki/admin.crt", "pki/admin.key", "pki/ca.crt"]);
    // One half inside, the other in a file.
    let key = data("client-key-data", &text(&tree, "pki/admin.key"));
    let file = "client-key: ../kubernetes/pki/admin.key";
    edit(&mut tree, "admin.conf", file, &key);
    assert_eq!(told(&tree), ["warning stray-key pki/admin.key"]);
    tree.files.remove("pki/admin.key");
    assert_eq!(told(&tree), [""; 0]);
}

#[test]
fn a_ca_in_a_file_is_read() {
    let mut tree = with_line(
        "certificate-authority-data",
        "certificate-authority: pki/etcd/ca.crt",
    );
    let found = report(&tree);
    let [finding] = &found.findings[..] else {
        panic!("{found:#?}");
    };
    assert_eq!(
        (finding.file.as_str(), finding.message.as_str()),
        (
            "scheduler.conf",
            "its CA, pki/etcd/ca.crt, is not pki/ca.crt"
        )
    );
    edit(&mut tree, "scheduler.conf", "pki/etcd/ca.crt", "gone.crt");
    assert_eq!(told(&tree), ["error file-missing gone.crt"]);
}

/// A path that goes up behind a link leads nobody knows where.
#[test]
fn what_is_out_of_reach_is_not_checked() {
    for (path, why) in [
        ("/etc/kubernetes/pki/../x/ca.crt", "is not known"),
        (
            "../ssl/ca.crt",
            "'/etc/ssl/ca.crt', outside of this directory",
        ),
        ("/srv/ca.crt", "'/srv/ca.crt', outside of this directory"),
    ] {
        let named = format!("certificate-authority: {path}");
        let tree = with_line("certificate-authority-data", &named);
        let report = report(&tree);
        assert_eq!(report.findings, [], "{path}");
        let what = "the CA of scheduler.conf";
        let mut skipped = report.not_checked.iter();
        let skipped = skipped.find(|it| it.what == what);
        assert!(
            skipped.is_some_and(|it| it.why.contains(why)),
            "{path}: {:#?}",
            report.not_checked
        );
    }
}

/// As it was found here, wherever that is.
#[test]
fn a_file_may_be_called_as_it_lies_here() {
    let mut tree = with_line(
        "certificate-authority-data",
        "certificate-authority: /srv/k/pki/etcd/ca.crt",
    );
    tree.location.directory = "/srv/k".to_owned();
    assert_eq!(told(&tree), ["error kubeconfig-ca scheduler.conf"]);
}

#[test]
fn what_is_broken_hides_nothing_else() {
    let trees = trees();
    let mut tree = with_line("client-key-data", "client-key-data: aGVsbG8=");
    let ours = trees.line("scheduler.conf", "certificate-authority-data");
    let theirs = data(
        "certificate-authority-data",
        &text(&tree, "pki/etcd/ca.crt"),
    );
    edit(&mut tree, "scheduler.conf", &ours, &theirs);
    edit(
        &mut tree,
        "scheduler.conf",
        "server:",
        "tls-server-name: a.b\n    server:",
    );
    assert_eq!(
        told(&tree),
        [
            "error malformed scheduler.conf",
            "error kubeconfig-ca scheduler.conf",
            "error kubeconfig-server-name scheduler.conf",
        ]
    );
    let found = report(&tree);
    let messages: Vec<_> = found
        .findings
        .iter()
        .map(|it| it.message.as_str())
        .collect();
    assert!(messages[0].starts_with("has a client key inside that cannot be used: "));
    assert!(
        found.findings.iter().all(|it| it.place.is_some()),
        "{found:#?}"
    );
}

#[test]
fn other_ways_to_tell_who_it_is() {
    let user = |instead: &str| {
        let trees = trees();
        let mut tree = broken(trees, |_, _| ());
        let [certificate, key] = ["certificate", "key"]
            .map(|it| trees.line("scheduler.conf", &format!("client-{it}-data")));
        let lines = [
            (certificate.as_str(), instead),
            (key.as_str(), "username: a"),
        ];
        trees.edit(&mut tree, "scheduler.conf", &lines);
        told(&tree)
    };
    assert_eq!(
        user("token: abc"),
        ["note kubeconfig-client scheduler.conf"]
    );
    let plugin = "exec: {command: aws, apiVersion: v1}";
    assert_eq!(user(plugin), ["note kubeconfig-client scheduler.conf"]);
    for nothing in ["password: abc", "as: b"] {
        assert_eq!(user(nothing), ["warning kubeconfig-client scheduler.conf"]);
    }
    let half = with_line("client-key-data", "username: a");
    assert_eq!(told(&half), ["error kubeconfig-client scheduler.conf"]);
}

#[test]
fn a_chain_inside_is_followed() {
    let trees = trees();
    let mut tree = broken(trees, |_, _| ());
    let (middle, by) = intermediate(&trees.good, "pki/ca");
    let (leaf, key) = leaf_of("scheduler.conf", &by, |_| ());
    let [leaf, middle] = [leaf.to_pem(), middle.to_pem()];
    let key = data("client-key-data", key.to_pem().as_bytes());
    let mut told_of = |chain: &str| {
        let lines = ["certificate", "key"]
            .map(|it| trees.line("scheduler.conf", &format!("client-{it}-data")));
        let chain = data("client-certificate-data", chain.as_bytes());
        let lines = [(lines[0].as_str(), chain.as_str()), (&lines[1], &key)];
        trees.edit(&mut tree, "scheduler.conf", &lines);
        told(&tree)
    };
    assert_eq!(told_of(&format!("{leaf}{middle}")), [""; 0]);
    assert_eq!(told_of(&leaf), ["error wrong-ca scheduler.conf"]);
    let reversed = told_of(&format!("{middle}{leaf}"));
    assert_eq!(reversed, ["error chain-order scheduler.conf"]);
}

/// The address says where to connect, and tls-server-name who has to be there.
#[test]
fn a_server_may_have_another_name() {
    let trees = trees();
    let behind = |name: &str| {
        let mut tree = broken(trees, |_, _| ());
        let tunnel = format!("tls-server-name: {name}\n    server: https://tunnel.example.org");
        let path = "super-admin.conf";
        trees.edit(
            &mut tree,
            path,
            &[("server: https://vip.k8s.internal", &tunnel)],
        );
        told(&tree)
    };
    for known in ["kubernetes", "m1", "10.0.0.11"] {
        assert_eq!(behind(known), [""; 0], "{known}");
    }
    let strange = ["error kubeconfig-server-name super-admin.conf"];
    assert_eq!(behind("tunnel.example.org"), strange);
    assert_eq!(behind("10.0.0.12"), strange);
}

#[test]
fn one_command_for_every_file_of_one_cause() {
    let trees = trees();
    let mut tree = broken(trees, |t, all| put_root(t, all, "pki/ca", |_| ()));
    tree.location.directory = "/etc/kubernetes".to_owned();
    let found = report(&tree);
    let [finding] = &found.findings[..] else {
        panic!("{found:#?}");
    };
    let commands: Vec<_> = finding.fix.commands().collect();
    assert_eq!(
        commands[0],
        "kubectl config --kubeconfig /etc/kubernetes/admin.conf set-cluster --certificate-authority=/etc/kubernetes/pki/ca.crt --embed-certs=true -- kubernetes"
    );
    let sets = commands.iter().filter(|it| it.contains(" set-cluster "));
    assert_eq!(sets.count(), 5);

    let mut tree = broken(trees, |_, _| ());
    for path in ["admin.conf", "super-admin.conf"] {
        let old = ("https://vip.k8s.internal:6443", "https://10.0.0.11:6443");
        trees.edit(&mut tree, path, &[old]);
    }
    let found = verify(&tree, &expectation(&cluster("1.36")), now());
    let [finding] = &found.findings[..] else {
        panic!("{found:#?}");
    };
    assert_eq!(finding.consequences.len(), 1);
    let commands: Vec<_> = finding.fix.commands().collect();
    assert_eq!(
        commands,
        ["admin.conf", "super-admin.conf"].map(|path| format!(
            "kubectl config --kubeconfig {path} set-cluster --server=https://vip.k8s.internal:6443 -- kubernetes"
        ))
    );
}

/// Only a client certificate of the CA that the kubeconfig trusts is wrong for the same
/// cause.
#[test]
fn a_foreign_ca_explains_what_it_signed() {
    let trees = trees();
    let client = "other-ca-same-name /var/lib/kubelet/pki/kubelet-client-current.pem";
    let distrust = "kubeconfig-ca kubelet.conf";
    for (trusted, wanted) in [
        (text(&trees.other, "pki/ca.crt"), &[distrust][..]),
        (text(&trees.good, "pki/ca.crt"), &[client]),
        (text(&trees.good, "pki/etcd/ca.crt"), &[client, distrust]),
    ] {
        let mut tree = with(&[]);
        trusting(&mut tree, trees, "kubelet.conf", &trusted);
        put_client(&mut tree, &issuer(&trees.other, "pki/ca"), |_| ());
        let mut found = found(&tree, &Expectation::default());
        found.sort_unstable();
        let mut wanted = wanted.to_vec();
        wanted.sort_unstable();
        assert_eq!(found, wanted);
    }
}
