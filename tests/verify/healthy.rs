//! Trees with nothing wrong in them: no error, no warning and no note, however little is said
//! about them.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use crate::common::{fixture, kpki, run};
use crate::recorded::{Cases, Masters};
use crate::verdict::verify;

/// One day after the trees of these tests are made.
const NOW: &str = "2026-11-22T19:15:00Z";
const MADE: &str = "2026-11-21T19:15:00Z";

#[track_caller]
fn healthy(directories: &[PathBuf], now: &str, more: &[&str]) {
    let verdict = verify(directories, now, more);
    assert_eq!(verdict.findings, [], "{:#}", verdict.document);
    assert_eq!(verdict.notes, [], "{:#}", verdict.document);
    assert_eq!(verdict.status, Some(0), "{:#}", verdict.document);
}

#[track_caller]
fn make(directory: &Path, arguments: &[&str]) {
    let mut command = kpki();
    command
        .env_clear()
        .current_dir(directory)
        .args(["gen", "--now", MADE])
        .args(arguments);
    let output = run(&mut command);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
}

fn one_host(directory: &Path, more: &[&str]) {
    let arguments = ["--host", "m0", "--ip", "10.0.0.10", "--cert-dir", "k/pki"];
    make(directory, &[&arguments, more].concat());
}

const DESCRIPTION: [&str; 4] = ["--host", "m0", "--ip", "10.0.0.10"];

#[test]
fn kubeadms_own() {
    let now = Cases::read().now;
    let masters = Masters::healthy();
    let both = ["master1", "master2"].map(|host| masters.kubernetes(host));
    let file = fixture("verify/cluster.yaml");
    let file = file.to_str().expect("UTF-8");
    for directory in &both {
        healthy(std::slice::from_ref(directory), &now, &[]);
    }
    healthy(&both, &now, &[]);
    healthy(&both, &now, &["--config", file]);
}

#[test]
fn of_every_version_style() {
    for version in [
        "1.10", "1.12", "1.20", "1.22", "1.28", "1.29", "1.31", "1.33", "1.36",
    ] {
        let temp = tempfile::tempdir().expect("a temporary directory");
        let version = [
            "--kubernetes-version",
            version,
            "--key-algorithm",
            "ECDSA-P256",
        ];
        one_host(temp.path(), &version);
        let tree = [temp.path().join("k")];
        healthy(&tree, NOW, &[]);
        healthy(&tree, NOW, &[&DESCRIPTION[..], &version[..2]].concat());
    }
}

#[test]
fn of_every_algorithm() {
    for algorithm in [
        "RSA-2048",
        "RSA-3072",
        "RSA-4096",
        "ECDSA-P256",
        "ECDSA-P384",
    ] {
        let temp = tempfile::tempdir().expect("a temporary directory");
        one_host(temp.path(), &["--key-algorithm", algorithm]);
        healthy(&[temp.path().join("k")], NOW, &[]);
    }
}

#[test]
fn behind_links_as_certbot_makes_them() {
    let temp = tempfile::tempdir().expect("a temporary directory");
    one_host(temp.path(), &["--key-algorithm", "ECDSA-P256"]);
    let at = |path: &str| temp.path().join(path);
    fs::create_dir(at("k/archive")).expect("a directory");
    for name in ["apiserver.crt", "apiserver.key", "ca.crt"] {
        fs::rename(
            at(&format!("k/pki/{name}")),
            at(&format!("k/archive/{name}")),
        )
        .expect("moved");
        symlink(format!("../archive/{name}"), at(&format!("k/pki/{name}"))).expect("a link");
    }
    healthy(&[at("k")], NOW, &DESCRIPTION);
}

/// A volume of Kubernetes leads to its files by way of a directory that is a link,
/// which is how it exchanges all of them at once.
#[test]
fn as_a_volume_of_a_secret_lies_there() {
    let temp = tempfile::tempdir().expect("a temporary directory");
    one_host(temp.path(), &["--key-algorithm", "ECDSA-P256"]);
    let at = |path: &str| temp.path().join(path);
    fs::rename(at("k/pki"), at("k/made")).expect("moved");
    fs::create_dir(at("k/pki")).expect("a directory");
    fs::rename(at("k/made"), at("k/pki/..2026_11_22")).expect("moved");
    symlink("..2026_11_22", at("k/pki/..data")).expect("a link");
    for entry in fs::read_dir(at("k/pki/..2026_11_22")).expect("a directory") {
        let name = entry.expect("an entry").file_name();
        let name = name.to_str().expect("our own names");
        symlink(format!("..data/{name}"), at(&format!("k/pki/{name}"))).expect("a link");
    }
    healthy(&[at("k")], NOW, &DESCRIPTION);
}

#[test]
fn of_a_fleet_with_an_external_etcd() {
    let kubeadms = fs::read_to_string(fixture("verify/external.yaml")).expect("a fixture");
    let files = "    caFile: /etc/kubernetes/pki/etcd/ca.pem
    certFile: /etc/kubernetes/pki/etcd/client.pem
    keyFile: /etc/kubernetes/pki/etcd/client-key.pem
---
";
    let cfssls = kubeadms.replacen("---\n", files, 1);
    assert_ne!(kubeadms, cfssls);
    for description in [kubeadms, cfssls] {
        let temp = tempfile::tempdir().expect("a temporary directory");
        let at = |path: &str| temp.path().join(path);
        fs::write(at("cluster.yaml"), description).expect("written");
        let arguments = ["-f", "cluster.yaml", "--out", "out"];
        make(
            temp.path(),
            &[&arguments[..], &["--key-algorithm", "ECDSA-P256"]].concat(),
        );
        let hosts = ["m0", "m1", "m2", "e0", "e1", "e2"].map(|host| at("out").join(host));
        let file = at("cluster.yaml");
        let described = ["--config", file.to_str().expect("UTF-8")];
        healthy(&hosts, NOW, &[]);
        healthy(&hosts, NOW, &described);
        healthy(&[at("out")], NOW, &described);
        healthy(&[at("out/shared")], NOW, &[]);
    }
}
