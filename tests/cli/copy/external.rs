//! Clusters whose etcd runs elsewhere, in both namings.

use std::fs;

use super::Transcript;
use super::fleet;
use crate::common::run;
use crate::golden::golden;
use crate::setup::{NOW, Place};

/// A kubeadm file with an external etcd whose files are called so.
const CLUSTER: &str = "\
apiVersion: kubeadm.k8s.io/v1beta3
kind: ClusterConfiguration
etcd:
  external:
    endpoints: [https://10.0.0.20:2379]
    caFile: /etc/kubernetes/pki/etcd/ca.pem
    certFile: /etc/kubernetes/pki/etcd/client.pem
    keyFile: /etc/kubernetes/pki/etcd/client-key.pem
---
apiVersion: kpki.dev/v1alpha1
kind: Hosts
hosts:
  - {name: m0, address: 10.0.0.10, roles: [control-plane]}
  - {name: m1, address: 10.0.0.11, roles: [control-plane]}
  - {name: e0, address: 10.0.0.20, roles: [etcd]}
";

fn names(place: &Place, directory: &str) -> Vec<String> {
    let top = place.join(directory);
    let files = place
        .contents()
        .into_iter()
        .filter(|(_, bytes)| bytes.is_some());
    let below = files.filter_map(|(path, _)| Some(path.strip_prefix(&top).ok()?.to_owned()));
    below.map(|path| path.display().to_string()).collect()
}

/// The tree of a host that runs etcd beside kubeadm's pods has what one has whose etcd
/// runs in them, if the CA of that signs elsewhere.
#[test]
fn where_etcd_runs_is_asked_if_nothing_tells() {
    let place = fleet("pki", &["--etcd", "external"]);
    let tree = place.join("pki/m0/etc/kubernetes/pki");
    assert!(tree.join("etcd/server.crt").exists() && !tree.join("etcd/ca.key").exists());
    let copy = |more: &[&str]| {
        let mut copy = place.command(&["copy", "--now", NOW, "--from", "pki/m0"]);
        copy.args(more);
        copy
    };
    let said = place.refused(&mut copy(&["--to", "./a/pki"]));
    assert!(
        said.starts_with("error: nothing says where etcd runs"),
        "{said}"
    );
    assert!(said.contains("--etcd external"), "{said}");
    let client = "apiserver-etcd-client.key".to_owned();
    for (etcd, to, has_client) in [("external", "./a/pki", true), ("stacked", "./b/pki", false)] {
        let output = run(&mut copy(&["--to", to, "--etcd", etcd]));
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        assert_eq!(
            names(&place, &to[2..]).contains(&client),
            has_client,
            "{output:?}"
        );
    }
}

#[test]
fn in_kubeadms_naming() {
    let place = fleet("pki", &["--etcd", "external"]);
    let mut said = Transcript::new(&place);
    // The shared directory has the key of etcd's CA, which no host gets.
    said.run(0, "--from pki --to ./a/pki");
    assert_eq!(
        names(&place, "a/pki"),
        [
            "ca.crt",
            "ca.key",
            "etcd/ca.crt",
            "front-proxy-ca.crt",
            "front-proxy-ca.key",
            "sa.key",
            "sa.pub"
        ]
    );
    said.run(0, "--from pki --with-host-certs --to m1=./m1/pki");
    // As kubeadm does: the client of one host for all.
    said.run(
        0,
        "--from pki/m0/etc/kubernetes --etcd external --to ./b/pki",
    );
    assert!(names(&place, "b/pki").contains(&"apiserver-etcd-client.key".to_owned()));
    // A host that has its own keeps it.
    said.run(
        0,
        "--from pki/m0/etc/kubernetes --etcd external --to m1=./m1/pki",
    );
    golden("copy-external.txt", &said.text());
}

#[test]
fn in_cfssls_naming() {
    let place = Place::new();
    fs::write(place.join("cluster.yaml"), CLUSTER).expect("ours");
    let output = run(&mut place.gen_command(&["-f", "cluster.yaml", "--out", "pki"]));
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let mut said = Transcript::new(&place);
    said.run(0, "--from pki/m0/etc/kubernetes/pki --to ./a/pki");
    assert_eq!(
        names(&place, "a/pki"),
        [
            "ca.crt",
            "ca.key",
            "etcd/ca.pem",
            "etcd/client-key.pem",
            "etcd/client.pem",
            "front-proxy-ca.crt",
            "front-proxy-ca.key",
            "sa.key",
            "sa.pub"
        ]
    );
    fs::copy(
        place.join("pki/shared/etcd/ca-key.pem"),
        place.join("a/pki/etcd/ca-key.pem"),
    )
    .expect("copied");
    said.run(0, "--from pki/m0/etc/kubernetes/pki --to ./a/pki");
    said.run(
        0,
        "--from pki -f cluster.yaml --to m1=./b/pki --with-host-certs",
    );
    said.run(2, "--from pki -f cluster.yaml --to e0=./e/pki");
    said.run(2, "--from pki --to e0=./e/pki");
    said.run(2, "--from pki -f cluster.yaml --to m9=./e/pki");
    golden("copy-external-cfssl.txt", &said.text());
}
