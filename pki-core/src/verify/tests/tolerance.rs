//! What looks odd and works: nothing is found.

use super::faults::faults;
use super::forge::put_root;
use super::*;

fn healthy(what: &str, change: Break) {
    let trees = trees();
    let tree = broken(trees, change);
    for expectation in [expectation(&cluster("1.36")), Expectation::default()] {
        assert_eq!(found(&tree, &expectation), Vec::<String>::new(), "{what}");
    }
}

fn named(tree: &mut Tree, names: &[&str]) {
    issue(tree, "apiserver", "ca", |params| {
        let names = names
            .iter()
            .map(|name| SubjectAltName::parse(name).unwrap().value.into());
        let names: Vec<_> = names.collect();
        replace(params, Extension::subject_alt_name(&names, false));
    });
}

#[test]
fn names_that_clients_take_for_the_same() {
    healthy("a wildcard", |tree, _| {
        named(
            tree,
            &[
                "kubernetes",
                "kubernetes.default",
                "kubernetes.default.svc",
                "kubernetes.default.svc.cluster.local",
                "m1",
                "*.k8s.internal",
                "10.96.0.1",
                "10.0.0.11",
            ],
        );
    });
}

#[test]
fn a_certificate_in_the_place_of_a_public_key() {
    healthy("sa.pub", |tree, all| {
        put(tree, "pki/sa.key", copy(&all.good, "pki/apiserver.key"));
        put(tree, "pki/sa.pub", copy(&all.good, "pki/apiserver.crt"));
        issue(tree, "apiserver", "ca", |_| ());
        let pem = text(&all.good, "pki/apiserver.crt");
        put(tree, "pki/sa.pub", file(&pem, 0o600));
    });
}

#[test]
fn keys_that_a_manifest_names_or_may_name_soon() {
    const MANIFEST: &str = "apiVersion: v1
kind: Pod
metadata: {name: kube-apiserver}
spec:
  containers:
  - name: kube-apiserver
    command: [kube-apiserver, '--tls-sni-cert-key=/etc/kubernetes/pki/sni.crt,/etc/kubernetes/pki/sni.key']
";
    healthy("keys of other names", |tree, all| {
        put(
            tree,
            "manifests/kube-apiserver.yaml",
            file(MANIFEST.as_bytes(), 0o600),
        );
        put(tree, "pki/sni.key", copy(&all.other, "pki/apiserver.key"));
        let member = copy(&all.other, "pki/etcd/peer.key");
        put(tree, "pki/etcd/server-key.pem", member);
    });
}

#[test]
fn a_bundle_of_a_ca_that_was_renewed_with_another_identifier() {
    healthy("ca.crt", |tree, all| {
        put_root(tree, all, "pki/ca", |params| {
            let other = Extension::subject_key_identifier(&[7; 20]);
            replace(params, other);
        });
        let both = [text(tree, "pki/ca.crt"), text(&all.good, "pki/ca.crt")].concat();
        put(tree, "pki/ca.crt", file(&both, 0o644));
    });
}

#[test]
fn base64_with_line_breaks() {
    healthy("admin.conf", |tree, all| {
        let yaml = String::from_utf8(text(&all.good, "admin.conf")).unwrap();
        let lines = yaml.lines().map(|line| match line.split_once("-data: ") {
            Some((field, data)) => {
                let indent = " ".repeat(field.len() - field.trim_start().len() + 2);
                let (one, other) = data.split_at(65);
                format!("{field}-data: |\n{indent}{one}\n{indent}{other}\n")
            }
            None => format!("{line}\n"),
        });
        let yaml: String = lines.collect();
        put(tree, "admin.conf", file(yaml.as_bytes(), 0o600));
    });
}

/// Not odd at all: the commonest mistake when a CA is replaced.
#[test]
fn a_server_of_the_new_ca_before_anybody_trusts_it() {
    let trees = trees();
    let mut tree = broken(trees, |tree, all| {
        let both = [
            text(&all.other, "pki/ca.crt"),
            text(&all.good, "pki/ca.crt"),
        ]
        .concat();
        put(tree, "pki/ca.crt", file(&both, 0o644));
        for name in ["apiserver.crt", "apiserver.key", "ca.key"] {
            let path = format!("pki/{name}");
            put(tree, &path, copy(&all.other, &path));
        }
    });
    let confs = |tree: &Tree| {
        let mut found = found(tree, &Expectation::default());
        found.retain(|finding| finding.starts_with("kubeconfig-ca "));
        found
    };
    assert_eq!(confs(&tree), ["kubeconfig-ca pki/ca.crt"]);
    put(
        &mut tree,
        "pki/apiserver.crt",
        copy(&trees.good, "pki/apiserver.crt"),
    );
    put(
        &mut tree,
        "pki/apiserver.key",
        copy(&trees.good, "pki/apiserver.key"),
    );
    assert_eq!(confs(&tree), Vec::<String>::new());
}

#[test]
fn a_name_that_is_not_permitted_is_told_beside_another_fault() {
    let trees = trees();
    let mut tree = broken(trees, |tree, all| {
        let wanted = "name-constraints pki/etcd/server.crt";
        let fault = faults()
            .iter()
            .find(|fault| fault.finds(false).contains(&wanted));
        (fault.unwrap().breaks)(tree, all);
    });
    tree.files.get_mut("pki/etcd/server.key").unwrap().mode = 0o644;
    put(
        &mut tree,
        "pki/etcd/server.key",
        copy(&trees.good, "pki/etcd/peer.key"),
    );
    let found = found(&tree, &Expectation::default());
    assert!(
        found.contains(&"name-constraints pki/etcd/server.crt".to_owned()),
        "{found:?}"
    );
}
