//! A source that is not in order is not copied.

use std::fs;
use std::os::unix::fs::symlink;

use super::{Transcript, fleet, make, set_mode};
use crate::golden::golden;

#[test]
fn a_broken_source_stops_everything() {
    let place = fleet("pki", &[]);
    make(&place, "other", &[]);
    let mut said = Transcript::new(&place);
    let before = place.contents();
    said.run_at("2046-11-22T19:15:00Z", 2, "--from pki --to ./a/pki");
    said.run(2, "--from nowhere --to ./a/pki");
    said.run(2, "--from . --to ./a/pki");
    said.run(2, "--from pki/shared/etcd --to ./a/pki");
    assert!(place.contents() == before, "something was written");
    let shared = place.join("pki/shared");
    let kept = fs::read(shared.join("sa.key")).expect("there");
    fs::remove_file(shared.join("sa.key")).expect("there");
    said.run(2, "--from pki --to ./a/pki");
    fs::copy(place.join("other/shared/sa.key"), shared.join("sa.key")).expect("copied");
    said.run(2, "--from pki --to ./a/pki");
    fs::write(shared.join("sa.key"), &kept).expect("ours");
    set_mode(&place, "pki/shared/sa.key", 0o644);
    said.run(2, "--from pki --to ./a/pki -o json");
    set_mode(&place, "pki/shared/sa.key", 0o600);
    let ca = fs::read(shared.join("ca.crt")).expect("there");
    fs::copy(place.join("other/shared/ca.crt"), shared.join("ca.crt")).expect("copied");
    said.run(2, "--from pki --to ./a/pki");
    fs::write(shared.join("ca.crt"), "").expect("ours");
    said.run(2, "--from pki --to ./a/pki");
    fs::write(shared.join("ca.crt"), ca).expect("ours");
    assert!(!place.join("a").exists());
    // A leaf of a host is not copied, so it may be what it will.
    fs::write(place.join("pki/m0/etc/kubernetes/pki/apiserver.crt"), "").expect("ours");
    said.run(0, "--from pki/m0/etc/kubernetes --to ./a/pki");
    said.run(2, "--from pki --with-host-certs --to m0=./b/pki");
    said.run(0, "--from pki --with-host-certs --to m1=./b/pki");
    golden("copy-broken-source.txt", &said.text());
}

/// The key of a CA may be missing, but not lie in something that is no file.
#[test]
fn a_name_that_leads_to_no_key_is_no_external_ca() {
    let place = fleet("pki", &[]);
    let mut said = Transcript::new(&place);
    let key = place.join("pki/shared/ca.key");
    let refused = |said: &mut Transcript<'_>| {
        said.run(2, "--from pki --to ./a/pki");
        assert!(!place.join("a").exists());
    };
    fs::remove_file(&key).expect("there");
    symlink("/nowhere/ca.key", &key).expect("symlink");
    refused(&mut said);
    fs::remove_file(&key).expect("there");
    fs::create_dir(&key).expect("mkdir");
    refused(&mut said);
    fs::remove_dir(&key).expect("there");
    fs::write(&key, vec![b' '; 2 << 20]).expect("ours");
    set_mode(&place, "pki/shared/ca.key", 0o600);
    refused(&mut said);
    golden("copy-no-key.txt", &said.text());
}

#[test]
fn an_external_ca_has_no_key() {
    let place = fleet("pki", &[]);
    let mut said = Transcript::new(&place);
    let tree = "pki/m0/etc/kubernetes";
    for key in ["ca.key", "front-proxy-ca.key"] {
        fs::remove_file(place.join(tree).join("pki").join(key)).expect("there");
    }
    said.run(0, &format!("--from {tree} --to ./a/pki"));
    assert!(!place.join("a/pki/ca.key").exists());
    fs::copy(place.join("pki/shared/ca.key"), place.join("a/pki/ca.key")).expect("copied");
    said.run(0, &format!("--from {tree} --to ./a/pki"));
    make(&place, "other", &[]);
    fs::copy(
        place.join("other/shared/ca.key"),
        place.join("a/pki/ca.key"),
    )
    .expect("copied");
    said.run(2, &format!("--from {tree} --to ./a/pki --replace-ca"));
    golden("copy-external-ca.txt", &said.text());
}
