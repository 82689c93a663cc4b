//! What exists and is not what is wanted: said file by file, and nothing is written.

use std::fs;

use serde_json::Value;

use crate::golden::golden;
use crate::setup::Place;

const ONE: [&str; 6] = ["--host", "m0", "--ip", "10.0.0.10", "--cert-dir", "k/pki"];

const REISSUE: &str = "hint: --reissue replaces them and keeps a backup; if they are right, correct the flags or the file\n";

/// What is said about the tree, after the line that all such messages begin with.
#[track_caller]
fn said(place: &Place, more: &[&str]) -> String {
    let said = place.refused(place.gen_command(more).args(ONE));
    let rest = said.strip_prefix("error: something is in the way, and nothing was written\n");
    let rest = rest.unwrap_or_else(|| panic!("{said}"));
    rest.lines()
        .map(|line| format!("{}\n", line.trim_start()))
        .collect()
}

#[test]
fn another_address() {
    let place = Place::new();
    place.made("10.0.0.99");
    golden(
        "in-the-way-address.txt",
        &place.refused(place.gen_command(&[]).args(ONE)),
    );
}

#[test]
fn another_address_as_json() {
    let place = Place::new();
    place.made("10.0.0.99");
    let before = place.contents();
    let output = place.one("10.0.0.10", &["-o", "json"]);
    assert_eq!(output.status.code(), Some(2));
    let error: Value = serde_json::from_str(&output.stdout).expect("one JSON document");
    assert_eq!(error["schema"], "kpki.error/v1");
    let message = error["error"]["message"].as_str().expect("a text");
    let expected = "pki/apiserver.crt: it lacks IP:10.0.0.10 (it names IP:10.0.0.99 instead)";
    assert!(message.contains(expected), "{message}");
    assert!(
        error["error"]["hint"]
            .as_str()
            .expect("a text")
            .starts_with("--reissue ")
    );
    assert!(place.contents() == before);
}

#[test]
fn expired() {
    let place = Place::new();
    place.made("10.0.0.10");
    let said = said(&place, &["--now", "2028-01-01T00:00:00Z"]);
    assert!(
        said.starts_with("pki/apiserver.crt: it expired at 2027-11-22T19:15:00Z\n"),
        "{said}"
    );
    assert_eq!(said.matches("it expired at").count(), 12, "{said}");
    assert!(said.ends_with(REISSUE), "{said}");
}

#[test]
fn not_valid_yet() {
    let place = Place::new();
    place.made("10.0.0.10");
    let said = said(&place, &["--now", "2026-11-01T00:00:00Z"]);
    assert!(said.contains("pki/ca.crt: "), "{said}");
    assert!(
        said.contains("it is not valid before 2026-11-22T"),
        "{said}"
    );
    assert!(
        !said.contains("--reissue"),
        "a CA is never replaced: {said}"
    );
}

#[test]
fn a_leaf_of_another_ca() {
    let (place, other) = (Place::new(), Place::new());
    place.made("10.0.0.10");
    other.made("10.0.0.10");
    for name in ["apiserver.crt", "apiserver.key"] {
        fs::copy(
            other.join("k/pki").join(name),
            place.join("k/pki").join(name),
        )
        .expect("copied");
    }
    let expected = "pki/apiserver.crt: it is not signed by 'ca': its issuer has the same name but another key\n";
    assert_eq!(
        said(&place, &[]).replace("name\nbut", "name but"),
        format!("{expected}{REISSUE}")
    );
    let output = place.one("10.0.0.10", &["--reissue"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(
        output.stdout.contains("1 replaced, 15 kept"),
        "{}",
        output.stdout
    );
}

#[test]
fn a_key_of_another_certificate() {
    let place = Place::new();
    place.made("10.0.0.10");
    fs::copy(
        place.join("k/pki/etcd/peer.key"),
        place.join("k/pki/etcd/server.key"),
    )
    .expect("copied");
    let expected = "pki/etcd/server.crt: the private key does not belong to the certificate\n";
    assert_eq!(said(&place, &[]), format!("{expected}{REISSUE}"));
}

#[test]
fn a_key_of_another_ca() {
    let place = Place::new();
    place.made("10.0.0.10");
    fs::copy(place.join("k/pki/etcd/ca.key"), place.join("k/pki/ca.key")).expect("copied");
    for more in [&[][..], &["--reissue"]] {
        let said = said(&place, more);
        assert!(
            said.starts_with("pki/ca.crt: the private key does not belong to the certificate\n"),
            "{said}"
        );
        assert!(
            said.contains("hint: a CA, sa.* or a copy of them is never replaced"),
            "{said}"
        );
        assert_eq!(
            said.matches("pki/").count(),
            1,
            "what it signs is not at fault: {said}"
        );
    }
}

#[test]
fn half_a_pair() {
    for (gone, there) in [
        ("apiserver.key", "apiserver.crt"),
        ("apiserver.crt", "apiserver.key"),
        ("etcd/peer.key", "etcd/peer.crt"),
    ] {
        let place = Place::new();
        place.made("10.0.0.10");
        let half = fs::read(place.join("k/pki").join(there)).expect("made");
        fs::remove_file(place.join("k/pki").join(gone)).expect("removed");
        let said = said(&place, &[]);
        let expected =
            format!("pki/{gone}: it is missing, and the other file of the pair is there\n");
        assert_eq!(said, format!("{expected}{REISSUE}"));
        let output = place.one("10.0.0.10", &["--reissue"]);
        assert_eq!(output.status.code(), Some(0), "{gone}: {output:?}");
        let backup = place.join("k/kpki-backup-20261122T191500Z/pki").join(there);
        assert!(fs::read(backup).ok() == Some(half), "{there} is lost");
    }
}

#[test]
fn half_a_ca() {
    let place = Place::new();
    place.made("10.0.0.10");
    fs::remove_file(place.join("k/pki/ca.crt")).expect("removed");
    for more in [&[][..], &["--reissue"]] {
        let said = said(&place, more);
        assert!(
            said.starts_with(
                "pki/ca.crt: it is missing, and the other file of the pair is there\n"
            ),
            "{said}"
        );
        assert!(!said.contains("external"), "{said}");
    }
}

#[test]
fn half_of_the_service_account() {
    let place = Place::new();
    place.made("10.0.0.10");
    fs::remove_file(place.join("k/pki/sa.pub")).expect("removed");
    let said = said(&place, &["--reissue"]);
    assert!(
        said.starts_with("pki/sa.pub: it is missing, and the other file of the pair is there\n"),
        "{said}"
    );
}

#[test]
fn an_external_ca() {
    let place = Place::new();
    place.made("10.0.0.10");
    fs::remove_file(place.join("k/pki/ca.key")).expect("removed");
    let output = place.one("10.0.0.10", &[]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let note = "note: ca.crt is an external CA: ca.key is not here, so nothing is signed with it\n";
    assert!(output.stdout.contains(note), "{}", output.stdout);

    for name in ["apiserver.crt", "apiserver.key"] {
        fs::remove_file(place.join("k/pki").join(name)).expect("removed");
    }
    for more in [&[][..], &["--reissue"]] {
        let said = said(&place, more);
        let expected =
            "pki/apiserver.crt: it cannot be made: 'ca' is an external CA, its key is not here\n";
        assert!(said.starts_with(expected), "{said}");
        assert!(!said.contains("--reissue"), "{said}");
    }
}

#[test]
fn damaged_files() {
    for (name, bytes) in [
        ("ca.crt", &b""[..]),
        ("ca.key", b"   \n"),
        ("apiserver.crt", b"not a certificate\n"),
        (
            "apiserver.key",
            b"-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n",
        ),
        ("apiserver.crt", b"-----BEGIN CERTIFICATE-----\nMIIB\n"),
        ("sa.pub", b"\xff\xfe\x00"),
        ("sa.key", b""),
    ] {
        let place = Place::new();
        place.made("10.0.0.10");
        fs::write(place.join("k/pki").join(name), bytes).expect("written");
        let said = said(&place, &[]);
        assert!(said.starts_with(&format!("pki/{name}: ")), "{name}: {said}");
        assert!(!said.contains("AAAA"), "content is shown: {said}");
    }
}
