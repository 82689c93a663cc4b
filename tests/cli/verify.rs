//! `kpki verify`: what it prints of good and of broken trees.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::Value;

use crate::common::{Output, run};
use crate::golden::golden;
use crate::setup::{NOW, Place, assert_no_secrets};

fn verify(place: &Place, arguments: &[&str]) -> Output {
    let mut command = place.command(&["verify", "--now", NOW]);
    let output = run(command.args(arguments));
    assert_no_secrets(&output);
    output
}

#[test]
fn a_good_tree() {
    let place = Place::new();
    place.made("10.0.0.10");
    let described = [
        "--host",
        "m0",
        "--ip",
        "10.0.0.10",
        "--service-cidr",
        "10.96.0.0/12",
    ];
    for directory in ["k", "k/pki", "./k/pki/"] {
        let output = verify(&place, &[&[directory][..], &described].concat());
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        assert!(
            output.stdout.ends_with("0 errors, 0 warnings\n"),
            "{}",
            output.stdout
        );
        assert_eq!(output.stderr, "");
    }
    let unknown = verify(&place, &["k"]);
    assert_eq!(unknown.status.code(), Some(0), "{unknown:?}");
    golden("verify-good.txt", &place.plain(&unknown.stdout));
}

#[test]
fn a_fleet_and_its_home() {
    let place = Place::new();
    let hosts = ["--host", "m0=10.0.0.10", "--host", "m1=10.0.0.11"];
    let made = run(place.gen_command(&hosts).args(["--out", "out"]));
    assert_eq!(made.status.code(), Some(0), "{made:?}");
    for directory in ["out/shared", "out/m0", "out/m1/etc/kubernetes"] {
        let output = verify(&place, &[directory]);
        assert_eq!(output.status.code(), Some(0), "{directory}: {output:?}");
        assert!(
            output.stdout.contains("0 errors, 0 warnings"),
            "{}",
            output.stdout
        );
    }
}

#[test]
fn faults_are_told_with_reason_and_remedy() {
    let place = Place::new();
    place.made("10.0.0.10");
    let key = place.join("k/pki/apiserver.key");
    fs::copy(place.join("k/pki/front-proxy-client.key"), key).expect("copied");
    let open = fs::Permissions::from_mode(0o644);
    fs::set_permissions(place.join("k/admin.conf"), open).expect("our own file");
    fs::remove_file(place.join("k/pki/etcd/peer.crt")).expect("removed");
    let output = verify(&place, &["k", "--host", "m0", "--ip", "10.0.0.10"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    golden("verify-faults.txt", &place.plain(&output.stdout));

    let json = verify(
        &place,
        &["k", "--host", "m0", "--ip", "10.0.0.10", "-o", "json"],
    );
    assert_eq!(json.status.code(), Some(1), "{json:?}");
    let report: Value = serde_json::from_str(&json.stdout).expect("one JSON document");
    assert_eq!(report["schema"], "kpki.verify/v1");
    assert_eq!(report["ok"], false);
    let findings = report["findings"].as_array().expect("a list");
    assert_eq!(findings.len(), 3, "{}", json.stdout);
    for finding in findings {
        for field in ["rule", "severity", "file", "message", "why", "fix"] {
            assert!(
                finding[field].as_str().is_some_and(|text| !text.is_empty()),
                "{field}"
            );
        }
    }
}

#[test]
fn nothing_to_check_is_no_success() {
    let place = Place::new();
    fs::create_dir(place.join("empty")).expect("new");
    for directory in ["empty", "none", "empty/../none"] {
        let said = place.refused(&mut place.command(&["verify", directory]));
        assert!(said.contains("hint: "), "{said}");
    }
    place.made("10.0.0.10");
    let said = place.refused(&mut place.command(&["verify", "k", "--etcd", "external"]));
    assert!(said.contains("add --host NAME --ip ADDRESS"), "{said}");
}

#[test]
fn what_cannot_be_read_is_no_success() {
    let place = Place::new();
    place.made("10.0.0.10");
    let key = place.join("k/pki/sa.key");
    fs::remove_file(&key).expect("removed");
    fs::create_dir(&key).expect("new");
    let output = verify(&place, &["k"]);
    assert_ne!(output.status.code(), Some(0), "{output:?}");
    assert!(output.stdout.contains("pki/sa.key"), "{}", output.stdout);
}

#[test]
fn gen_tells_what_is_wrong_with_what_it_keeps() {
    let place = Place::new();
    place.made("10.0.0.10");
    let open = fs::Permissions::from_mode(0o644);
    fs::set_permissions(place.join("k/pki/ca.key"), open).expect("our own file");
    let output = place.one("10.0.0.10", &[]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let note = "note: m0: pki/ca.key is readable by everyone (mode 0644, expected 0600): chmod 600 DIR/k/pki/ca.key";
    let printed = place.plain(&output.stdout);
    assert!(printed.contains(note), "{printed}");
}
