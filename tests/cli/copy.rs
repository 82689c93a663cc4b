//! `kpki copy` between directories of this host.

mod conflicts;
mod external;
mod far;
mod hostile;
mod interrupted;
mod sources;
mod transcript;

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::Value;

use crate::common::run;
use crate::golden::golden;
use crate::setup::{NOW, Place, assert_no_secrets};
use transcript::{Transcript, plain_hashes};

/// What gen --out makes for three hosts, in `out`.
pub(super) fn fleet(out: &str, more: &[&str]) -> Place {
    let place = Place::new();
    make(&place, out, more);
    place
}

#[track_caller]
pub(super) fn make(place: &Place, out: &str, more: &[&str]) {
    let hosts = ["m0=10.0.0.10", "m1=10.0.0.11", "m2=10.0.0.12"];
    let mut command = place.gen_command(&["--out", out]);
    for host in hosts {
        command.args(["--host", host]);
    }
    let output = run(command.args(more));
    assert_eq!(output.status.code(), Some(0), "{output:?}");
}

pub(super) fn mode(place: &Place, path: &str) -> u32 {
    let metadata = fs::metadata(place.join(path)).expect("there");
    metadata.permissions().mode() & 0o7777
}

pub(super) fn set_mode(place: &Place, path: &str, mode: u32) {
    fs::set_permissions(place.join(path), fs::Permissions::from_mode(mode)).expect("ours");
}

const SHARED: [&str; 8] = [
    "ca.crt",
    "ca.key",
    "front-proxy-ca.crt",
    "front-proxy-ca.key",
    "etcd/ca.crt",
    "etcd/ca.key",
    "sa.pub",
    "sa.key",
];

#[test]
fn to_two_directories_and_again() {
    let place = fleet("pki", &[]);
    let mut said = Transcript::new(&place);
    let before = place.contents();
    said.run(0, "--from pki --to ./a/pki --to ./b/certs --dry-run");
    assert!(place.contents() == before, "a dry run wrote something");
    said.run(0, "--from pki --to ./a/pki --to ./b/certs");
    for to in ["a/pki", "b/certs"] {
        for name in SHARED {
            let read = |of: &str| fs::read(place.join(of).join(name)).expect(name);
            assert!(read(to) == read("pki/shared"), "{to}/{name}");
            let wanted = if name.ends_with("crt") { 0o644 } else { 0o600 };
            assert_eq!(mode(&place, &format!("{to}/{name}")), wanted, "{to}/{name}");
        }
        let names = place.contents().into_keys();
        let there = names.filter(|path| path.starts_with(place.join(to)) && path.is_file());
        assert_eq!(there.count(), SHARED.len(), "{to}");
    }
    let copied = place.contents();
    said.run(0, "--from pki/shared --to ./a/pki --to ./b/certs");
    said.run(0, "--from pki --to ./a/pki --dry-run");
    assert!(place.contents() == copied, "a second run wrote something");
    // The source itself, by its directory and by the one above.
    said.run(
        0,
        "--from pki/m0/etc/kubernetes --to ./pki/m0/etc/kubernetes/pki",
    );
    said.run(0, "--from pki/shared --to ./pki/shared");
    assert!(place.contents() == copied, "the source was changed");
    golden("copy-stacked.txt", &said.text());
}

#[test]
fn what_lacks_or_is_too_open_is_mended() {
    let place = fleet("pki", &[]);
    let mut said = Transcript::new(&place);
    said.run(0, "--from pki --to ./a/pki");
    fs::remove_file(place.join("a/pki/sa.key")).expect("there");
    fs::write(place.join("a/pki/etcd/ca.key"), "").expect("ours");
    set_mode(&place, "a/pki/ca.key", 0o644);
    set_mode(&place, "a/pki/ca.crt", 0o666);
    set_mode(&place, "a/pki/front-proxy-ca.key", 0o400);
    said.run(0, "--from pki --to ./a/pki --dry-run");
    said.run(0, "--from pki --to ./a/pki");
    assert_eq!(mode(&place, "a/pki/ca.key"), 0o600);
    assert_eq!(mode(&place, "a/pki/ca.crt"), 0o644);
    assert_eq!(mode(&place, "a/pki/front-proxy-ca.key"), 0o400);
    golden("copy-mended.txt", &said.text());
}

#[test]
fn every_host_gets_its_own() {
    let place = fleet("pki", &[]);
    let mut said = Transcript::new(&place);
    said.run(
        2,
        "--from pki --with-host-certs --to ./m1/etc/kubernetes/pki --to m2=./m2/x --to ./y/pki",
    );
    for (host, to) in [("m1", "m1/etc/kubernetes"), ("m2", "m2")] {
        let at = |pki: &str, file: &str| fs::read(place.join(pki).join(file)).expect("there");
        let certificates = if host == "m1" {
            "m1/etc/kubernetes/pki"
        } else {
            "m2/x"
        };
        let source = format!("pki/{host}/etc/kubernetes");
        assert!(at(to, "admin.conf") == at(&source, "admin.conf"), "{host}");
        for file in ["apiserver.key", "etcd/server.crt", "etcd/ca.key"] {
            assert!(
                at(certificates, file) == at(&source, &format!("pki/{file}")),
                "{host}"
            );
        }
    }
    assert!(!place.join("y").exists());
    let copied = place.contents();
    said.run(
        0,
        "--from pki --with-host-certs --to ./m1/etc/kubernetes/pki",
    );
    assert!(place.contents() == copied, "a second run wrote something");
    said.run(
        2,
        "--from pki/m0/etc/kubernetes --with-host-certs --to m1=./m1/etc/kubernetes/pki",
    );
    said.run(2, "--from pki --with-host-certs --to m7=./m7/pki");
    golden("copy-host-certs.txt", &said.text());
}

#[test]
fn another_hosts_leaves_are_named_and_not_replaced() {
    let place = fleet("pki", &[]);
    fs::create_dir_all(place.join("m1/pki")).expect("new");
    for name in ["apiserver.crt", "apiserver.key", "front-proxy-client.crt"] {
        let from = place.join("pki/m0/etc/kubernetes/pki").join(name);
        fs::copy(from, place.join("m1/pki").join(name)).expect("copied");
    }
    let admin = place.join("pki/m0/etc/kubernetes/admin.conf");
    fs::copy(admin, place.join("m1/admin.conf")).expect("copied");
    let mut said = Transcript::new(&place);
    said.run(0, "--from pki --to ./m1/pki");
    // As the host that they are of it has them by right.
    said.run(0, "--from pki --to m0=./m1/pki");
    said.run(0, "--from pki --to ./m1/pki --with-host-certs");
    let read = |path: &str| fs::read(place.join(path)).expect("there");
    assert!(read("m1/pki/apiserver.key") == read("pki/m1/etc/kubernetes/pki/apiserver.key"));
    golden("copy-strangers.txt", &said.text());
}

#[test]
fn a_file_of_somebody_else_is_made_again() {
    let place = fleet("pki", &[]);
    let mut said = Transcript::new(&place);
    said.run(0, "--from pki --to ./a/pki");
    let own = |path: &str| {
        let metadata = fs::metadata(place.join(path)).expect("there");
        std::os::unix::fs::MetadataExt::uid(&metadata)
    };
    if own("a/pki/ca.key") != 0 {
        crate::common::program::skip("only root can give files away");
        return;
    }
    for (name, uid) in [("ca.key", 1234), ("ca.crt", 1234), ("sa.key", 4321)] {
        let path = place.join("a/pki").join(name);
        std::os::unix::fs::chown(path, Some(uid), None).expect("root");
    }
    said.run(0, "--from pki --to ./a/pki --dry-run");
    said.run(0, "--from pki --to ./a/pki");
    for name in SHARED {
        assert_eq!(own(&format!("a/pki/{name}")), 0, "{name}");
    }
    golden("copy-owners.txt", &said.text());
}

#[test]
fn a_kubeconfig_that_may_be_newer_stays() {
    let place = fleet("pki", &[]);
    let mut said = Transcript::new(&place);
    let words = "--from pki --with-host-certs --to m1=./m1/pki";
    said.run(0, words);
    let newer = place.join("m1/admin.conf");
    fs::write(&newer, "apiVersion: v1\nkind: Config\n").expect("ours");
    said.run(0, words);
    assert!(fs::read(&newer).expect("there").starts_with(b"apiVersion"));
    said.run(0, &format!("{words} --replace-kubeconfigs"));
    let made = fs::read(place.join("pki/m1/etc/kubernetes/admin.conf")).expect("there");
    assert!(fs::read(&newer).expect("there") == made);
    golden("copy-kubeconfigs.txt", &said.text());
}

#[test]
fn one_host_may_have_several_directories() {
    let place = fleet("pki", &[]);
    let mut said = Transcript::new(&place);
    said.run(0, "--from pki --to m1=./a/pki --to m1=./b/pki --dry-run");
    // But nothing goes where the source is, nor around what kubeadm reads.
    said.run(2, "--from pki --to ./pki");
    said.run(2, "--from pki --to ./m1/etc/kubernetes");
    said.run(2, "--from m1:/etc/kubernetes/pki --to ./a/pki");
    said.run(2, "--from pki --to ./a/pki --host-name m1");
    said.run(2, "--from pki --to ./a/pki --host-name m7=m8");
    golden("copy-directories.txt", &said.text());
}

#[test]
fn hosts_certificates_come_from_the_directory_that_the_file_names() {
    let place = Place::new();
    let file = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\n\
                certificatesDir: /srv/k8s/certs\nencryptionAlgorithm: ECDSA-P256\n---\n\
                apiVersion: kpki.dev/v1alpha1\nkind: Hosts\nhosts:\n  - {name: m1, address: 10.0.0.11}\n  \
                - {name: m2, address: 10.0.0.12}\n";
    fs::write(place.join("cluster.yaml"), file).expect("ours");
    let output = run(&mut place.gen_command(&["-f", "cluster.yaml", "--out", "pki"]));
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let mut said = Transcript::new(&place);
    said.run(
        0,
        "--from pki -f cluster.yaml --with-host-certs --to m2=./m2/k8s/certs",
    );
    let read = |path: &str| fs::read(place.join(path)).expect("there");
    for file in ["certs/apiserver.key", "admin.conf", "certs/ca.key"] {
        let made = read(&format!("pki/m2/srv/k8s/{file}"));
        assert!(read(&format!("m2/k8s/{file}")) == made, "{file}");
    }
}

#[test]
fn as_json() {
    let place = fleet("pki", &[]);
    let mut command = place.command(&["copy", "--now", NOW, "--from", "pki", "-o", "json"]);
    let output = run(command.args(["--to", "./a/pki", "--to", "m1=./b/pki"]));
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_no_secrets(&output);
    golden("copy.json", &plain_hashes(&place.plain(&output.stdout)));
    let again = run(&mut command);
    let report: Value = serde_json::from_str(&again.stdout).expect("one JSON document");
    assert_eq!(report["schema"], "kpki.copy/v1");
    assert_eq!(report["changed"], false);
    assert_eq!(report["hosts"][1]["name"], "m1");
    assert_eq!(report["hosts"][1]["files"][0]["proved"], true);
}
