//! Another CA, other service account keys: never replaced without being asked to.

use std::fs;

use super::{fleet, make};
use crate::copy::Transcript;
use crate::golden::golden;

#[test]
fn another_cluster_is_there() {
    let place = fleet("pki", &[]);
    make(&place, "other", &[]);
    let mut said = Transcript::new(&place);
    let before = place.contents();
    said.run(2, "--from pki --to ./other/m1/etc/kubernetes/pki");
    said.run(2, "--from pki --to ./other/m1/etc/kubernetes/pki --dry-run");
    said.run(
        0,
        "--from pki --to ./other/m1/etc/kubernetes/pki --dry-run --replace-ca",
    );
    assert!(place.contents() == before, "a refused host was changed");
    // One host does not stop the other.
    said.run(
        2,
        "--from pki --to ./other/m1/etc/kubernetes/pki --to ./a/pki",
    );
    let old = fs::read(place.join("other/shared/ca.key")).expect("there");
    said.run(
        0,
        "--from pki --to ./other/m1/etc/kubernetes/pki --replace-ca",
    );
    let tree = place.join("other/m1/etc/kubernetes");
    let backup = tree.join("kpki-backup-20261122T191500Z/pki/ca.key");
    assert!(fs::read(backup).expect("a backup") == old);
    let new = fs::read(place.join("pki/shared/ca.key")).expect("there");
    assert!(fs::read(tree.join("pki/ca.key")).expect("there") == new);
    said.run(0, "--from pki --to ./other/m1/etc/kubernetes/pki");
    golden("copy-other-cluster.txt", &said.text());
}

#[test]
fn a_host_of_another_cluster_gets_all_of_its_own() {
    let place = fleet("pki", &[]);
    make(&place, "other", &[]);
    let mut said = Transcript::new(&place);
    let to = "--from pki --to m0=./other/m0/etc/kubernetes/pki --with-host-certs";
    said.run(0, &format!("{to} --replace-ca"));
    let of = |tree: &str| fs::read(place.join(tree).join("m0/etc/kubernetes/kubelet.conf"));
    assert_ne!(of("pki").expect("made"), of("other").expect("made"));
    said.run(0, to);
    said.run(0, &format!("{to} --replace-kubeconfigs"));
    assert_eq!(of("pki").expect("made"), of("other").expect("made"));
    golden("copy-other-host.txt", &said.text());
}

#[test]
fn one_file_of_another_cluster() {
    let place = fleet("pki", &[]);
    make(&place, "other", &[]);
    let mut said = Transcript::new(&place);
    for (to, name) in [("ca", "ca.crt"), ("sa", "sa.key"), ("etcd", "etcd/ca.key")] {
        said.run(0, &format!("--from pki --to ./{to}/pki"));
        let from = place.join("other/shared").join(name);
        fs::copy(from, place.join(to).join("pki").join(name)).expect("copied");
    }
    let before = place.contents();
    said.run(2, "--from pki --to ./ca/pki --to ./sa/pki --to ./etcd/pki");
    assert!(place.contents() == before, "a refused host was changed");
    // Both CAs have one name, and a bundle of both would be cut down.
    let certificates = ["pki/shared/ca.crt", "other/shared/ca.crt"];
    let both = certificates.map(|path| fs::read(place.join(path)).expect("there"));
    fs::write(place.join("ca/pki/ca.crt"), both.concat()).expect("ours");
    // What is no key at all.
    fs::write(place.join("sa/pki/sa.key"), "<html>\n").expect("ours");
    said.run(2, "--from pki --to ./ca/pki --to ./sa/pki");
    golden("copy-one-file-otherwise.txt", &said.text());
}
