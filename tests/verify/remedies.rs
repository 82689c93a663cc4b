//! The commands of findings, run by a shell as they are printed: each tree of
//! `fixtures/verify` is in order afterwards.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::common::program::installed;
use crate::common::{fixture, run};
use crate::recorded::{Cases, Masters};
use crate::verdict::verify;

/// What no command on this machine can mend: another host has to sign it, or a pass
/// phrase is asked for.
const ELSEWHERE: [&str; 2] = ["external-ca-incomplete", "key-encrypted"];

/// Mended by openssl, which signs by the system's clock and not by that of the
/// cases.
const BY_OTHER_CLOCK: [&str; 3] = [
    "ca-expired",
    "ca-without-basic-constraints",
    "leaf-outlives-ca",
];

/// `kpki` at the time of the cases, and nothing to restart.
fn programs(directory: &Path, now: &str) {
    let kpki = env!("CARGO_BIN_EXE_kpki");
    let scripts = [
        ("kpki", format!("exec {kpki} --now {now} \"$@\"")),
        ("crictl", String::new()),
        ("systemctl", String::new()),
        ("timedatectl", String::new()),
    ];
    for (name, script) in scripts {
        let path = directory.join(name);
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).expect("written");
        fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).expect("chmod");
    }
}

fn strings<'a>(document: &'a Value, field: &str) -> Vec<&'a str> {
    let list = |value: &'a Value| value.as_array().into_iter().flatten();
    let hosts = list(&document["hosts"]).flat_map(|host| list(&host["findings"]));
    let findings = hosts.chain(list(&document["between"]));
    let worth = findings.filter(|finding| finding["severity"] != "note");
    let values = worth.flat_map(|finding| list(&finding[field]));
    values.filter_map(Value::as_str).collect()
}

#[track_caller]
fn mend(more: &[&str], elsewhere: &[&str]) {
    if !installed(&["sh", "openssl", "awk", "sed", "base64"]) {
        return;
    }
    let Cases { now, cases } = Cases::read();
    let bin = tempfile::tempdir().expect("a temporary directory");
    programs(bin.path(), &now);
    let path = std::env::var("PATH").expect("a path");
    let path = format!("{}:{path}", bin.path().display());
    // What commands call FROM: the files that the hosts share.
    let shared = Masters::healthy();
    let from = format!("--from {} ", shared.kubernetes("master1").display());
    for case in cases {
        let masters = Masters::broken(&case);
        let directories: Vec<_> = case
            .hosts
            .iter()
            .map(|host| masters.kubernetes(host))
            .collect();
        let before = verify(&directories, &now, more);
        let mut done = BTreeSet::new();
        for command in strings(&before.document, "commands") {
            if elsewhere.contains(&case.id.as_str()) || command.starts_with("scp ") {
                continue;
            }
            if done.insert(command) {
                let mut shell = Command::new("sh");
                let command = command.replace("--from FROM ", &from);
                shell.env("PATH", &path).args(["-ec", &command]);
                let output = run(&mut shell);
                let status = output.status.code();
                assert_eq!(status, Some(0), "{}: {command}: {output:?}", case.id);
            }
        }
        let mut after = verify(&directories, &now, more);
        // What was set aside is told until somebody takes it away.
        after.findings.retain(|it| {
            let is_old = it.rule == "stray-key" && it.file.ends_with(".key.old");
            !is_old && it.rule != "key-in-backup"
        });
        let context = format!("{}: {:#}", case.id, after.document);
        match case.id.as_str() {
            id if elsewhere.contains(&id) => {
                assert_eq!(after.findings, before.findings, "{context}");
            }
            id if BY_OTHER_CLOCK.contains(&id) => {
                let is_of_clock = |rule: &str| matches!(rule, "not-yet-valid");
                let mut left = after.findings.iter();
                assert!(left.all(|it| is_of_clock(&it.rule)), "{context}");
            }
            _ => assert_eq!(after.findings, [], "{context}"),
        }
    }
}

#[test]
fn commands_mend_what_nobody_described() {
    // Nothing of master2 names it any more.
    mend(&[], &[&ELSEWHERE[..], &["master1-leaves-copied"]].concat());
}

#[test]
fn commands_mend_what_a_file_describes() {
    let file = fixture("verify/cluster.yaml");
    mend(&["--config", file.to_str().expect("UTF-8")], &ELSEWHERE);
}
