//! Ctrl-C while hosts are in work.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use super::fleet;
use crate::common::program::installed;
use crate::setup::{NOW, Place};

/// The shell of the host that is asked for; w1 is in work until somebody says go.
const SSH: &str = r#"#!/bin/sh
for word; do
  case $word in -G) exit 255 ;; w?) host=$word ;; esac
  last=$word
done
if [ "$host" = w1 ]; then echo begun >begun; read -r word <go; fi
exec /bin/sh -c "$last"
"#;

/// Three hosts, one at a time, of which the first is in work.
fn begun() -> (Place, Child) {
    let place = fleet("pki", &[]);
    let mut fifos = Command::new("mkfifo");
    let made = fifos
        .current_dir(place.path())
        .args(["begun", "go"])
        .status();
    assert!(made.expect("mkfifo").success());
    let mut copy =
        place.command_with_ssh(SSH, &["copy", "--now", NOW, "--from", "pki", "-o", "json"]);
    copy.args(["--parallel", "1"]);
    for host in ["w1", "w2", "w3"] {
        let directory = place.join(&format!("{host}/pki"));
        copy.args(["--to", &format!("{host}:{}", directory.display())]);
    }
    // As at a terminal, where all of a group get the signal.
    copy.process_group(0).stdin(Stdio::null());
    let kpki = copy.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let kpki = kpki.expect("kpki");
    let said = fs::read_to_string(place.join("begun")).expect("of w1");
    assert_eq!(said, "begun\n");
    (place, kpki)
}

fn interrupt(kpki: &Child) {
    let mut kill = Command::new("kill");
    let killed = kill
        .args(["-INT", "--", &format!("-{}", kpki.id())])
        .status();
    assert!(killed.expect("kill").success());
}

#[test]
fn what_was_begun_is_finished() {
    if !installed(&["mkfifo", "kill"]) {
        return;
    }
    let (place, mut kpki) = begun();
    interrupt(&kpki);
    let mut said = BufReader::new(kpki.stderr.take().expect("a pipe"));
    let mut line = String::new();
    while !line.contains("interrupted: no further host is begun") {
        line.clear();
        assert_ne!(said.read_line(&mut line).expect("text"), 0, "it ended");
    }
    fs::write(place.join("go"), "go\n").expect("to w1");
    let output = kpki.wait_with_output().expect("its end");
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let report: Value = serde_json::from_slice(&output.stdout).expect("one document");
    assert_eq!(report["changed"], true, "{report:#}");
    let hosts = report["hosts"].as_array().expect("a list").iter();
    let statuses: Vec<_> = hosts.map(|host| host["status"].as_str()).collect();
    let expected = ["done", "not begun", "not begun"].map(Some);
    assert_eq!(statuses, expected, "{report:#}");
    assert!(place.join("w1/pki/ca.key").exists());
    assert!(!place.join("w2").exists() && !place.join("w3").exists());
}

#[test]
fn a_second_time_ends_at_once() {
    if !installed(&["mkfifo", "kill"]) {
        return;
    }
    let (place, mut kpki) = begun();
    interrupt(&kpki);
    let mut said = BufReader::new(kpki.stderr.take().expect("a pipe"));
    let mut line = String::new();
    said.read_line(&mut line).expect("text");
    interrupt(&kpki);
    let status = kpki.wait().expect("its end");
    assert_eq!(
        (status.code(), status.signal()),
        (Some(130), None),
        "{line}"
    );
    let mut printed = String::new();
    let mut stdout = kpki.stdout.take().expect("a pipe");
    stdout.read_to_string(&mut printed).expect("text");
    assert_eq!(printed, "");
    // What stands for ssh has nobody to talk to any more, and ends.
    fs::write(place.join("go"), "go\n").expect("to w1");
}
