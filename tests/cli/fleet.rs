//! `kpki gen --out` for several hosts.

use std::fs;

use serde_json::Value;

use crate::common::describe::describe_with_fingerprints;
use crate::common::run;
use crate::golden::golden;
use crate::setup::{Place, assert_no_secrets};

const TWO: [&str; 6] = [
    "--out",
    "out",
    "--host",
    "m0=10.0.0.10",
    "--host",
    "m1=10.0.0.11",
];

#[test]
fn two_hosts_and_later_a_third() {
    let place = Place::new();
    let output = run(&mut place.gen_command(&TWO));
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(output.stderr, "");
    assert_no_secrets(&output);
    golden("gen-fleet.txt", &place.plain(&output.stdout));

    let before = place.contents();
    let output = run(place.gen_command(&TWO).args(["--host", "m2=10.0.0.12"]));
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_no_secrets(&output);
    golden("gen-fleet-third.txt", &place.plain(&output.stdout));
    let after = place.contents();
    for (path, bytes) in &before {
        assert!(
            after.get(path) == Some(bytes),
            "{} was changed",
            path.display()
        );
    }
    let found = describe_with_fingerprints(&place.join("out"));
    let fingerprint =
        |path: String| found["certificates"][path.as_str()]["certificates"][0]["sha256"].clone();
    for ca in ["ca.crt", "front-proxy-ca.crt", "etcd/ca.crt"] {
        let shared = fingerprint(format!("shared/{ca}"));
        assert!(shared.is_string(), "shared/{ca}");
        for host in ["m0", "m1", "m2"] {
            assert_eq!(
                fingerprint(format!("{host}/etc/kubernetes/pki/{ca}")),
                shared,
                "{host}"
            );
        }
    }
    let read = |path: &str| fs::read(place.join("out").join(path)).expect("made");
    for name in ["sa.key", "sa.pub"] {
        assert!(read(&format!("shared/{name}")) == read(&format!("m2/etc/kubernetes/pki/{name}")));
    }
}

#[test]
fn as_json() {
    let place = Place::new();
    let output = run(place.gen_command(&TWO).args(["-o", "json"]));
    assert_no_secrets(&output);
    let report: Value = serde_json::from_str(&output.stdout).expect("one JSON document");
    assert_eq!(report["schema"], "kpki.gen/v1");
    assert_eq!(report["shared"]["name"], "shared");
    let hosts = report["hosts"].as_array().expect("a list");
    let names: Vec<_> = hosts.iter().map(|host| &host["name"]).collect();
    assert_eq!(names, ["m0", "m1"]);
    assert_eq!(hosts[1]["address"], "10.0.0.11");
    let directory = hosts[1]["directory"].as_str().expect("a path");
    assert_eq!(place.plain(directory), "DIR/out/m1/etc/kubernetes");
}

#[test]
fn another_ca_on_a_host() {
    let (place, other) = (Place::new(), Place::new());
    for each in [&place, &other] {
        let output = run(&mut each.gen_command(&TWO));
        assert_eq!(output.status.code(), Some(0), "{output:?}");
    }
    let path = "out/m1/etc/kubernetes/pki/ca.crt";
    fs::copy(other.join(path), place.join(path)).expect("copied");
    let said = place.refused(&mut place.gen_command(&TWO));
    assert!(
        said.contains("m1: pki/ca.crt: it is not equal to the shared one"),
        "{said}"
    );
    assert!(
        said.contains("hint: a CA, sa.* or a copy of them is never replaced"),
        "{said}"
    );
}

#[test]
fn what_a_host_lacks_is_copied() {
    let place = Place::new();
    run(&mut place.gen_command(&TWO));
    let complete = place.contents();
    for name in ["ca.key", "sa.pub", "etcd/ca.crt"] {
        fs::remove_file(place.join("out/m1/etc/kubernetes/pki").join(name)).expect("removed");
    }
    let output = run(&mut place.gen_command(&TWO));
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(output.stdout.contains("3 copied"), "{}", output.stdout);
    assert!(place.contents() == complete);
}

#[test]
fn the_home_of_the_cas_is_gone() {
    let place = Place::new();
    run(&mut place.gen_command(&TWO));
    fs::remove_dir_all(place.join("out/shared")).expect("removed");
    let said = place.refused(&mut place.gen_command(&TWO));
    assert!(
        said.contains("a host has it and the shared directory does not: copy it there"),
        "{said}"
    );
}

#[test]
fn hosts_that_contradict_each_other() {
    let place = Place::new();
    for (arguments, expected) in [
        (
            &[
                "--out",
                "o",
                "--host",
                "m0=10.0.0.10",
                "--host",
                "m0=10.0.0.11",
            ][..],
            "error: the host m0 is given twice\n",
        ),
        (
            &[
                "--out",
                "o",
                "--host",
                "m0=10.0.0.10",
                "--host",
                "m1=10.0.0.10",
            ],
            "error: m0 and m1 have the same address 10.0.0.10\n",
        ),
        (
            &["--host", "m0=10.0.0.10", "--host", "m1=10.0.0.11"],
            "error: 2 hosts have no place in one tree\nhint: give --out DIR for a tree per host, or --host m0 for this one\n",
        ),
        (
            &[
                "--out",
                "o",
                "--host",
                "m0",
                "--host",
                "m1",
                "--ip",
                "10.0.0.10",
            ],
            "error: --ip fits one --host only\nhint: with several hosts write --host NAME=ADDRESS for each\n",
        ),
        (
            &["--out", "o", "--host", "shared=10.0.0.10"],
            "error: the directory of the host shared would have a name that other files have: shared, RUNBOOK.md,\n         CHANGES.md and kpki-backup-* are taken\nhint: give the host another name\n",
        ),
    ] {
        assert_eq!(place.refused(&mut place.gen_command(arguments)), expected);
    }
}
