//! Ctrl-C while hosts are in work, and what is left of a run that was killed.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use super::{fleet, make, set_mode};
use crate::common::program::installed;
use crate::common::run;
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

/// A directory in which a run was killed that had put the first of two files of another
/// cluster's CA in the place of those of `pki`.
fn half_replaced() -> Place {
    let place = fleet("pki", &[]);
    make(&place, "other", &[]);
    copied(&place, &["--from", "pki"], true);
    let stage = place.join("h/.kpki-stage");
    fs::create_dir_all(place.join("h/kpki-backup-1/pki")).expect("new");
    fs::create_dir(&stage).expect("new");
    fs::set_permissions(&stage, fs::Permissions::from_mode(0o700)).expect("ours");
    let mut files = Vec::new();
    for (number, name) in ["ca.crt", "ca.key"].iter().enumerate() {
        let staged = stage.join(number.to_string());
        let target = place.join("h/pki").join(name);
        fs::copy(place.join("other/shared").join(name), &staged).expect("there");
        let inode = |path| fs::metadata(path).expect("there").ino();
        files.push(serde_json::json!({
            "stage": number, "target": format!("pki/{name}"),
            "inode": inode(&staged), "replaces": inode(&target),
        }));
    }
    let journal = serde_json::json!({
        "version": 1, "backup": "kpki-backup-1", "directories": [], "files": files,
    });
    fs::write(stage.join("journal"), journal.to_string()).expect("ours");
    let kept = place.join("h/kpki-backup-1/pki/ca.crt");
    fs::hard_link(place.join("h/pki/ca.crt"), kept).expect("link");
    fs::rename(stage.join("0"), place.join("h/pki/ca.crt")).expect("rename");
    place
}

#[track_caller]
fn copied(place: &Place, more: &[&str], changed: bool) -> Value {
    ended(place, more, 0, changed)
}

#[track_caller]
fn ended(place: &Place, more: &[&str], status: i32, changed: bool) -> Value {
    let mut copy = place.command(&["copy", "--now", NOW, "--to", "./h/pki", "-o", "json"]);
    let output = run(copy.args(more));
    let report: Value = serde_json::from_str(&output.stdout).expect("one document");
    assert_eq!(output.status.code(), Some(status), "{report:#}");
    assert_eq!(report["changed"], changed, "{report:#}");
    report
}

#[test]
fn what_replaced_another_ca_is_not_finished_for_somebody_else() {
    let place = half_replaced();
    let before = place.contents();
    for flags in [
        &["--from", "other", "--replace-ca", "--dry-run"][..],
        &["--from", "pki", "--dry-run"],
    ] {
        let shown = ended(&place, flags, 2, true);
        let host = &shown["hosts"][0];
        assert_eq!(host["status"], "failed", "{shown:#}");
        let error = host["error"].to_string();
        assert!(error.contains("can only be told after that"), "{error}");
        assert!(!shown.to_string().contains("--replace-ca"), "{shown:#}");
        let next = "run it again without --dry-run to do this";
        assert_eq!(shown["next"], serde_json::json!([next]), "{shown:#}");
    }
    assert!(place.contents() == before, "a dry run wrote something");
    let report = copied(&place, &["--from", "pki"], true);
    let note = report["hosts"][0]["notes"][0].to_string();
    assert!(note.contains("taken back now"), "{note}");
    for name in ["ca.crt", "ca.key"] {
        let read = |of: &str| fs::read(place.join(of).join(name)).expect(name);
        assert!(read("h/pki") == read("pki/shared"), "{name}");
    }
    assert!(!place.join("h/kpki-backup-1").exists());
    copied(&place, &["--from", "pki"], false);
}

/// Others that write there cannot tell either what comes after it.
#[test]
fn no_command_foresees_what_comes_after_it_is_taken_back() {
    let place = half_replaced();
    fs::write(place.join("passphrase"), "correct horse battery staple\n").expect("ours");
    set_mode(&place, "passphrase", 0o600);
    let secret = ["--passphrase-file", "passphrase"];
    let mut create = place.command(&["bundle", "create", "--now", NOW, "--from", "pki"]);
    let created = run(create.args(["--to", "b.age"]).args(secret));
    assert_eq!(created.status.code(), Some(0), "{}", created.stderr);
    let before = place.contents();
    for words in [
        &[
            "bundle",
            "apply",
            "b.age",
            "--passphrase-file",
            "passphrase",
        ][..],
        &["gen", "--host", "m0", "--ip", "10.0.0.10"],
    ] {
        let mut command = place.command(words);
        command.args([
            "--cert-dir",
            "h/pki",
            "--now",
            NOW,
            "--dry-run",
            "-o",
            "json",
        ]);
        let output = run(&mut command);
        assert_eq!(
            output.status.code(),
            Some(2),
            "{words:?}: {}",
            output.stdout
        );
        let said = "can only be told after that";
        assert!(output.stdout.contains(said), "{words:?}: {}", output.stdout);
    }
    assert!(place.contents() == before, "a dry run wrote something");
}

#[test]
fn the_same_command_tells_all_that_it_replaced() {
    let place = half_replaced();
    let report = copied(&place, &["--from", "other", "--replace-ca"], true);
    let backup = report["hosts"][0]["backup"].as_str().expect("a backup");
    for name in ["ca.crt", "ca.key", "sa.key"] {
        let read = |path: std::path::PathBuf| fs::read(path).expect(name);
        let kept = read(place.join(backup).join("pki").join(name));
        assert!(kept == read(place.join("pki/shared").join(name)), "{name}");
    }
    let next = report["next"].to_string();
    assert!(next.contains("kube-apiserver"), "{next}");
}

/// The backup has the only copy of the key that goes with the CA in use.
#[test]
fn what_cannot_be_taken_back_is_not_said_to_be() {
    let place = half_replaced();
    let kept = place.join("h/kpki-backup-1/pki/ca.crt");
    fs::rename(&kept, place.join("kept")).expect("rename");
    let before = place.contents();
    for flags in [&["--from", "pki"][..], &["--from", "other", "--replace-ca"]] {
        let report = ended(&place, flags, 2, false);
        let host = &report["hosts"][0];
        assert_eq!(host["status"], "failed", "{report:#}");
        let error = host["error"].to_string();
        for said in ["is not taken back", "kpki-backup-1", "pki/ca.crt"] {
            assert!(error.contains(said), "{said}: {error}");
        }
        assert!(!error.contains("--replace-ca"), "{error}");
        assert!(place.contents() == before, "something was changed");
    }
    // Put back as it is advised, under another inode.
    fs::copy(place.join("kept"), &kept).expect("copy");
    let report = copied(&place, &["--from", "pki"], true);
    let note = report["hosts"][0]["notes"][0].to_string();
    assert!(note.contains("taken back now"), "{note}");
    let read = |of: &str| fs::read(place.join(of)).expect(of);
    assert!(read("h/pki/ca.crt") == read("pki/shared/ca.crt"));
}
