//! A real etcd of three members, with mutual TLS between all and to clients.

pub(crate) mod client;
pub(crate) mod cluster;
pub(crate) mod member;

use std::fs;
use std::sync::{Mutex, PoisonError};

use tempfile::tempdir;

use crate::common::program::installed;
use crate::tree::Tree;
use client::Client;
use cluster::Cluster;
use member::{Files, KUBEADM};

/// The names of kubeadm, below `pki/`.
const KUBEADM_CLIENTS: &[(&str, &str)] = &[
    ("apiserver-etcd-client.crt", "apiserver-etcd-client.key"),
    ("etcd/healthcheck-client.crt", "etcd/healthcheck-client.key"),
];

/// The names of cfssljson.
const CFSSL: Files = Files {
    authority: "etcd/ca.pem",
    server: ("etcd/server.pem", "etcd/server-key.pem"),
    peer: ("etcd/peer.pem", "etcd/peer-key.pem"),
};
const CFSSL_CLIENTS: &[(&str, &str)] = &[("etcd/client.pem", "etcd/client-key.pem")];

#[test]
fn external() {
    check(&["--etcd", "external"], KUBEADM, KUBEADM_CLIENTS);
}

#[test]
fn external_with_the_documents_of_cfssl() {
    let documents = tempdir().expect("a temporary directory");
    for (name, text) in [
        ("ca-config.json", CA_CONFIG),
        ("ca-csr.json", CA_CSR),
        ("client.json", CLIENT),
    ] {
        fs::write(documents.path().join(name), text).expect("a document");
    }
    let directory = documents.path().to_str().expect("UTF-8");
    let arguments = ["--etcd", "external", "--cfssl-dir", directory];
    check(&arguments, CFSSL, CFSSL_CLIENTS);
}

#[test]
fn stacked() {
    let arguments = ["--etcd", "stacked", "--key-algorithm", "ECDSA-P256"];
    check(&arguments, KUBEADM, KUBEADM_CLIENTS);
}

/// One cluster at a time, so that elections do not time out on a slow machine.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

fn check(arguments: &[&str], files: Files, clients: &[(&str, &str)]) {
    if !installed(&["etcd", "etcdctl"]) {
        return;
    }
    let tree = Tree::generate(arguments);
    let other_tree = Tree::generate(arguments);
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);

    let mut cluster = Cluster::start(&tree, files);
    let pki = tree.host("m0").join("pki");
    let authority = pki.join(files.authority);
    for client in clients {
        let client = Client::new(&authority, Some((&pki, *client)));
        cluster.wait_until_healthy(&client);
        client.put(&cluster.endpoints(), "key", "value");
        for endpoint in cluster.endpoints() {
            assert_eq!(client.get(&[endpoint], "key"), "value");
        }
    }
    let client = Client::new(&authority, Some((&pki, clients[0])));
    cluster.assert_no_certificate_was_refused();

    // Two of three go on, and the third comes back.
    cluster.kill(0);
    cluster.wait_until_healthy(&client);
    client.put(&cluster.endpoints(), "key", "without m0");
    cluster.restart(0);
    cluster.wait_until_healthy(&client);
    let returned = cluster.endpoints().swap_remove(0);
    assert_eq!(client.get(&[returned], "key"), "without m0");
    cluster.assert_no_certificate_was_refused();

    // Who has no certificate is refused, and for that reason.
    Client::new(&authority, None).assert_refused(&cluster.endpoints());
    cluster.wait_for_log(&["client didn't provide a certificate"]);

    // The other CA has the same name, but not the same key.
    let other_pki = other_tree.host("m0").join("pki");
    let stranger = Client::new(&authority, Some((&other_pki, clients[0])));
    stranger.assert_refused(&cluster.endpoints());
    cluster.wait_for_log(&["x509: certificate signed by unknown authority"]);

    // Nor does a client take this cluster for the other.
    let other_authority = other_pki.join(files.authority);
    let misled = Client::new(&other_authority, Some((&pki, clients[0])));
    misled.assert_refused(&cluster.endpoints());
    // Old and new versions of Go call the client's alert differently.
    cluster.wait_for_log(&["tls: bad certificate", "tls: unknown certificate authority"]);

    cluster.wait_until_healthy(&client);
}

/// The documents of the guide to highly available masters of Kubernetes 1.9.
const CA_CONFIG: &str = r#"{"signing":{"default":{"expiry":"43800h"},"profiles":{
  "server":{"expiry":"43800h","usages":["signing","key encipherment","server auth","client auth"]},
  "client":{"expiry":"43800h","usages":["signing","key encipherment","client auth"]},
  "peer":{"expiry":"43800h","usages":["signing","key encipherment","server auth","client auth"]}}}}
"#;
const CA_CSR: &str = r#"{"CN":"etcd","key":{"algo":"rsa","size":2048}}"#;
const CLIENT: &str = r#"{"CN":"client","key":{"algo":"ecdsa","size":256}}"#;
