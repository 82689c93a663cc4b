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

/// A directory that the description has no host for is none of the hosts' faults.
#[test]
fn a_tree_of_nobody_is_no_hosts() {
    let place = Place::new();
    let two = ["--host", "m0=10.0.0.10", "--host", "m1=10.0.0.11"];
    let made = run(place
        .gen_command(&["--out", "out"])
        .args(two)
        .args(["--host", "m2=10.0.0.12"]));
    assert_eq!(made.status.code(), Some(0), "{made:?}");
    let said = |format: &str, status: i32| {
        let mut command = place.command(&["verify", "out", "--now", NOW, "-o", format]);
        let output = run(command.args(two));
        assert_eq!(output.status.code(), Some(status), "{output:?}");
        output.stdout
    };
    let what = "the tree in 'out/m2': the description of the cluster names no host of this name\n";
    let text = said("text", 0);
    assert!(text.contains(&format!("\nnot checked: {what}")), "{text}");
    let markdown = said("markdown", 0);
    let row = "| the tree in 'out/m2' | the description of the cluster names no host of this name |  | none |\n";
    assert!(markdown.contains(row), "{markdown}");
    let entries = |report: &Value| {
        let hosts = report["hosts"].as_array().expect("a list").clone();
        let hosts = hosts.into_iter().chain([report.clone()]);
        let lists = hosts.map(|host| host["notChecked"].as_array().expect("a list").len());
        lists.collect::<Vec<_>>()
    };
    let report: Value = serde_json::from_str(&said("json", 0)).expect("JSON");
    assert_eq!(report["notChecked"][0]["what"], "the tree in 'out/m2'");
    assert_eq!(
        report["sums"]["notChecked"],
        entries(&report).iter().sum::<usize>()
    );
    // It does not depend on a host that can be read.
    for host in ["m0", "m1", "shared"] {
        let tree = place.join("out").join(host);
        fs::remove_dir_all(&tree).expect("removed");
        fs::create_dir(&tree).expect("made");
    }
    let text = said("text", 2);
    assert!(text.contains(&format!("\nnot checked: {what}")), "{text}");
}

/// What cannot be read is told once, and counted once.
#[test]
fn what_cannot_be_read_is_counted_apart() {
    let place = Place::new();
    place.made("10.0.0.10");
    let ca = place.join("k/pki/ca.crt");
    let many = fs::read(&ca).expect("made").repeat(101);
    fs::write(&ca, many).expect("written");
    let mut command = place.command(&["verify", "k", "--now", NOW]);
    let output = run(command.args(["--host", "m0", "--ip", "10.0.0.10"]));
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let text = output.stdout;
    let message = "error: pki/ca.crt: cannot be read: it has too many certificates, and more than 100 are not looked at [unreadable]\n";
    assert!(text.contains(message), "{text}");
    assert!(
        text.contains("cp -p k/pki/ca.crt k/pki/ca.crt.all\n"),
        "{text}"
    );
    let listed = text
        .lines()
        .filter(|line| line.starts_with("not checked"))
        .count();
    let sums = text.lines().last().expect("the sums");
    assert!(sums.contains(&format!("not checked {listed}:")), "{text}");
    assert!(sums.ends_with("1 unreadable"), "{sums}");
}
