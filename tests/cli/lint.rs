//! `kpki lint`: what it says of cfssl's documents, and of the guides'.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::process::Stdio;

use serde_json::Value;

use crate::common::{Output, fixture, run};
use crate::golden::golden;
use crate::setup::Place;

fn lint(place: &Place, arguments: &[&str]) -> Output {
    run(place.command(&["lint"]).args(arguments))
}

/// Files with the faults that guides and their readers make.
fn faulty() -> Place {
    let place = Place::new();
    let config = r#"{
  "signing": {
    "default": {
      "expiry": "8760h",
      "usages": ["signing", "key encipherment", "server auth", "client auth"]
    },
    "profiles": {
      "server": {
        "expiry": "87600h",
        "usages": ["signing", "key encipherment", "server auth", "clientAuth"]
      },
      "peer": {
        "expiry": "87600h",
        "is_ca": true,
        "usages": ["signing", "key encipherment", "server auth", "client auth"]
      }
    }
  }
}
"#;
    let authority = r#"{
  "CN": "etcd-ca",
  "key": {"algo": "rsa", "size": 2048},
  "ca": {"expire": "87600h"}
}
"#;
    let server = r#"{
  "CN": "<PEER_NAME>",
  "hosts": ["10.0.0.11:2379", "www.example.net", ""],
  "key": {"algo": "rsa"},
  "expiry": "87600h"
}
"#;
    fs::write(place.join("ca-config.json"), config).expect("written");
    fs::write(place.join("ca-csr.json"), authority).expect("written");
    fs::write(place.join("server.json"), server).expect("written");
    place
}

const FILES: [&str; 3] = ["ca-config.json", "ca-csr.json", "server.json"];

#[test]
fn faults_are_told_with_place_reason_and_text() {
    let place = faulty();
    let output = lint(&place, &[&FILES[..], &["--profile", "servr"]].concat());
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert_eq!(output.stderr, "");
    golden("lint-faults.txt", &output.stdout);
}

#[test]
fn the_same_for_programs() {
    let place = faulty();
    let output = lint(&place, &[&FILES[..], &["-o", "json"]].concat());
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    golden("lint.json", &output.stdout);
    let report: Value = serde_json::from_str(&output.stdout).expect("one JSON document");
    assert_eq!(report["schema"], "kpki.lint/v1");
    assert_eq!(report["ok"], false);
    let files = report["files"].as_array().expect("a list");
    assert_eq!(files.len(), 3);
    for finding in files
        .iter()
        .flat_map(|f| f["findings"].as_array().expect("a list"))
    {
        for field in ["rule", "severity", "message", "why"] {
            let is_text = finding[field].as_str().is_some_and(|text| !text.is_empty());
            assert!(is_text, "{field}: {finding}");
        }
    }
}

#[test]
fn nothing_wrong_is_success() {
    let place = Place::new();
    let request = r#"{"CN": "m0", "hosts": ["m0", "10.0.0.10", "127.0.0.1"]}"#;
    fs::write(place.join("server.json"), request).expect("written");
    let output = lint(&place, &["server.json"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(output.stdout, "1 file: 0 errors, 0 warnings\n");
    assert_eq!(output.stderr, "");
}

#[test]
fn stdin_is_a_file() {
    let place = Place::new();
    let mut command = place.command(&["lint", "-"]);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("kpki starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    stdin
        .write_all(br#"{"CN": "c", "hosts": [""]}"#)
        .expect("read");
    drop(stdin);
    let output = child.wait_with_output().expect("ends");
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        text.starts_with("stdin:1:23: warning: hosts[0]: "),
        "{text}"
    );
}

#[test]
fn what_is_not_cfssls_is_refused() {
    let place = Place::new();
    fs::write(place.join("other.json"), "{}").expect("written");
    fs::write(place.join("csr.json"), r#"{"CN": "c"}"#).expect("written");
    for arguments in [
        &["other.json"][..],
        &["none.json"],
        &["."],
        &["csr.json", "--profile", "server"],
        &["-", "-"],
    ] {
        let said = place.refused(place.command(&["lint"]).args(arguments));
        assert!(!said.is_empty());
    }
    let usage = lint(&place, &[]);
    assert_eq!(usage.status.code(), Some(2), "{usage:?}");
}

#[test]
fn broken_json_has_a_place_and_cfssls_words() {
    let place = Place::new();
    fs::write(place.join("ca-config.json"), "{\n  \"signing\": {},\n}\n").expect("written");
    let output = lint(&place, &["ca-config.json"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let start = "ca-config.json:2:16: error: ";
    assert!(output.stdout.starts_with(start), "{}", output.stdout);
    assert!(
        output.stdout.contains("cfssl prints: invalid character"),
        "{}",
        output.stdout
    );
}

#[test]
fn no_file_can_move_the_cursor() {
    let place = Place::new();
    let request = "{\"CN\": \"c\", \"hosts\": [\" \\u001b[2J\\u202e \"], \"\\u001b[1m\": 1}";
    fs::write(place.join("csr.json"), request).expect("written");
    let output = lint(&place, &["csr.json"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(
        !output.stdout.contains(['\u{1b}', '\u{202e}']),
        "{}",
        output.stdout
    );
}

/// What is said of the documents of the guides; nothing else is.
#[test]
fn the_guides_documents() {
    let place = Place::new();
    for (case, files, expected) in [
        (
            "001-guide-kubeadm-ha-ca",
            &["ca-csr.json"][..],
            &["warning ca-five-years"][..],
        ),
        (
            "002-guide-kubeadm-ha-client",
            &["ca-config.json", "client.json"],
            &["note default-without-usages"],
        ),
        (
            "004-guide-kthw-ca",
            &["ca-csr.json"],
            &["warning ca-five-years"],
        ),
        (
            "005-guide-kthw-admin",
            &["ca-config.json", "admin-csr.json"],
            &["note default-without-usages"],
        ),
        (
            "006-guide-kthw-worker",
            &["ca-config.json", "worker-0-csr.json"],
            &["note default-without-usages"],
        ),
        (
            "007-guide-kthw-apiserver",
            &["ca-config.json", "kubernetes-csr.json"],
            &["note default-without-usages"],
        ),
        (
            "008-guide-coreos-ca-dup-ou",
            &["ca-csr.json"],
            &["warning ca-five-years", "warning duplicate-key"],
        ),
        (
            "009-guide-coreos-server-stdin",
            &["ca-config.json"],
            &["note default-without-usages", "warning no-client-auth"],
        ),
        (
            "011-guide-k8s-local-up-client",
            &["client-ca-config.json"],
            &[],
        ),
        (
            "013-guide-nixos-ca",
            &["csr.json"],
            &["warning common-name-ignored"],
        ),
        (
            "015-guide-k8sio-sign",
            &["server-signing-config.json"],
            &["note outlives-ca"],
        ),
        (
            "016-guide-k8s-testdata-intermediate",
            &["root.csr.json", "client.config.json", "client.csr.json"],
            &["note default-fallback"],
        ),
        (
            "016-guide-k8s-testdata-intermediate",
            &[
                "root.csr.json",
                "intermediate.config.json",
                "intermediate.csr.json",
            ],
            &["note ca-without-path-length"],
        ),
        (
            "017-guide-etcd-gencerts-revoke",
            &["gencert.json", "csr.json"],
            &[
                "error placeholder",
                "note default-fallback",
                "note outlives-ca",
            ],
        ),
    ] {
        let directory = fixture("cfssl/cases").join(case);
        let mut command = place.command(&["lint", "-o", "json"]);
        let output = run(command.args(files.iter().map(|file| directory.join(file))));
        assert_eq!(found(&output), expected.iter().copied().collect(), "{case}");
    }
}

#[test]
fn what_print_defaults_prints() {
    let place = Place::new();
    for (kind, expected) in [
        ("config", &["note default-without-usages"][..]),
        ("csr", &["error placeholder"]),
    ] {
        let printed = run(&mut place.command(&["cfssl", "print-defaults", kind]));
        fs::write(place.join("printed.json"), printed.stdout).expect("written");
        let output = lint(&place, &["-o", "json", "printed.json"]);
        assert_eq!(found(&output), expected.iter().copied().collect(), "{kind}");
    }
}

/// Severities and rules, each once.
fn found(output: &Output) -> BTreeSet<&'static str> {
    let report: Value = serde_json::from_str(&output.stdout).expect("one JSON document");
    let files = report["files"].as_array().expect("a list").clone();
    files
        .iter()
        .flat_map(|file| file["findings"].as_array().expect("a list").clone())
        .map(|finding| {
            let severity = finding["severity"].as_str().expect("a text");
            let rule = finding["rule"].as_str().expect("a text");
            &*format!("{severity} {rule}").leak()
        })
        .collect()
}
