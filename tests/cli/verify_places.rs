//! `kpki verify`: every kind of directory that it can be given, in good order.

use std::fs;

use serde_json::Value;

use crate::common::{Output, run};
use crate::setup::{NOW, Place};

const TWO: [&str; 4] = ["--host", "m0=10.0.0.10", "--host", "m1=10.0.0.11"];

fn made(hosts: &[&str]) -> Place {
    let place = Place::new();
    let made = run(place.gen_command(hosts).args(["--out", "out"]));
    assert_eq!(made.status.code(), Some(0), "{made:?}");
    place
}

fn verify(place: &Place, arguments: &[&str]) -> Output {
    let mut command = place.command(&["verify", "--now", NOW]);
    run(command.args(arguments))
}

/// The role of the only tree.
#[track_caller]
fn healthy(place: &Place, arguments: &[&str]) -> String {
    let output = verify(place, &[arguments, &["-o", "json"]].concat());
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {output:?}");
    let report: Value = serde_json::from_str(&output.stdout).expect("one JSON document");
    for severity in ["errors", "warnings"] {
        assert_eq!(report["sums"][severity], 0, "{arguments:?}: {report}");
    }
    let role = report["hosts"][0]["role"].as_str();
    role.unwrap_or_default().to_owned()
}

fn move_to(place: &Place, from: &str, to: &str) {
    let to = place.join(to);
    fs::create_dir_all(to.parent().expect("below")).expect("our own directory");
    fs::rename(place.join(from), to).expect("made before");
}

#[test]
fn directories_of_a_control_plane_host() {
    let place = made(&TWO);
    for directory in [
        "out/m0",
        "out/m0/etc",
        "out/m0/etc/kubernetes",
        "out/m0/etc/kubernetes/pki",
    ] {
        let role = healthy(&place, &[directory]);
        assert_eq!(role, "control-plane-with-etcd", "{directory}");
    }
    assert_eq!(healthy(&place, &["out/shared"]), "authorities");
    healthy(&place, &["out/m0", "out/m1", "out/shared"]);
    healthy(&place, &[&TWO[..], &["out"]].concat());
}

#[test]
fn etcds_own_directory_may_hold_the_key_of_its_ca() {
    let place = made(&TWO);
    let etcd = "out/m0/etc/kubernetes/pki/etcd";
    assert!(place.join(etcd).join("ca.key").exists());
    assert_eq!(healthy(&place, &[etcd]), "etcd-member");
    for to in ["host/etc/etcd/pki", "other/etc/etcd"] {
        let from = if place.join(etcd).exists() {
            etcd
        } else {
            "host/etc/etcd/pki"
        };
        move_to(&place, from, to);
        let host = to.split('/').next().expect("a part");
        for directory in [
            to,
            host,
            &format!("{host}/etc"),
            &format!("{host}/etc/etcd"),
        ] {
            assert_eq!(healthy(&place, &[directory]), "etcd-member", "{directory}");
        }
    }
}

#[test]
fn an_etc_with_an_etcd_is_no_certificates_directory() {
    let place = made(&TWO);
    // What some distributions put there.
    for other in ["pki/tls", "etcd"] {
        fs::create_dir_all(place.join("out/m0/etc").join(other)).expect("new");
    }
    for directory in ["out/m0", "out/m0/etc"] {
        let role = healthy(&place, &[directory]);
        assert_eq!(role, "control-plane-with-etcd", "{directory}");
    }
    fs::create_dir_all(place.join("none/etcd")).expect("new");
    fs::write(place.join("none/passwd"), "").expect("new");
    let said = place.refused(&mut place.command(&["verify", "none"]));
    assert!(said.contains("holds nothing of kubeadm or etcd"), "{said}");
}

#[test]
fn a_worker_that_a_flag_names_stays_one() {
    let place = made(&TWO);
    let worker = "w/etc/kubernetes";
    move_to(
        &place,
        "out/m1/etc/kubernetes/pki/ca.crt",
        &format!("{worker}/pki/ca.crt"),
    );
    let named = [worker, "--host", "m1", "--ip", "10.0.0.11"];
    assert_eq!(healthy(&place, &named), "worker");
    let listed = [worker, "--host", "m1=10.0.0.11"];
    assert_eq!(healthy(&place, &listed), "worker");
    // Nor does it serve what a control plane does.
    let said = place.refused(place.command(&["verify", "--live"]).args(named));
    assert!(said.contains("--live has no server to ask"), "{said}");
}
