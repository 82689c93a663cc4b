//! `kpki gen` for one host, in place.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};

use serde_json::Value;

use crate::common::run;
use crate::golden::golden;
use crate::setup::{Place, assert_no_secrets};

#[test]
fn a_first_and_a_second_run() {
    let place = Place::new();
    let first = place.one("10.0.0.10", &[]);
    assert_eq!(first.status.code(), Some(0), "{first:?}");
    assert_eq!(first.stderr, "");
    assert_no_secrets(&first);
    golden("gen.txt", &place.plain(&first.stdout));

    let made = place.contents();
    let second = place.one("10.0.0.10", &[]);
    assert_eq!(second.status.code(), Some(0), "{second:?}");
    assert_eq!(second.stderr, "");
    golden("gen-again.txt", &place.plain(&second.stdout));
    assert!(place.contents() == made, "the second run changed something");
}

#[test]
fn as_json() {
    let place = Place::new();
    let output = place.one("10.0.0.10", &["-o", "json"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(output.stderr, "");
    assert_no_secrets(&output);
    let report: Value = serde_json::from_str(&output.stdout).expect("one JSON document");
    assert_eq!(report["schema"], "kpki.gen/v1");
    assert_eq!(
        (&report["changed"], &report["dryRun"]),
        (&Value::Bool(true), &Value::Bool(false))
    );
    golden("gen.json", &place.plain(&output.stdout));

    let again = place.one("10.0.0.10", &["-o", "json"]);
    let report: Value = serde_json::from_str(&again.stdout).expect("one JSON document");
    assert_eq!(report["changed"], false);
    let items = report["hosts"][0]["items"].as_array().expect("a list");
    assert!(
        items.iter().all(|item| item["action"] == "kept"),
        "{}",
        again.stdout
    );
}

#[test]
fn every_file_of_the_report_is_there() {
    let place = Place::new();
    let output = place.one("10.0.0.10", &["-o", "json"]);
    let report: Value = serde_json::from_str(&output.stdout).expect("one JSON document");
    let items = report["hosts"][0]["items"].as_array().expect("a list");
    let files = items
        .iter()
        .flat_map(|item| item["files"].as_array().expect("a list"));
    let mut listed: Vec<_> = files
        .map(|file| place.join("k").join(file["path"].as_str().expect("a path")))
        .collect();
    listed.sort();
    let there: Vec<_> = place
        .contents()
        .into_iter()
        .filter(|(_, bytes)| bytes.is_some())
        .map(|(path, _)| path)
        .collect();
    assert_eq!(listed, there);
}

#[test]
fn a_dry_run_writes_nothing() {
    let place = Place::new();
    let output = place.one("10.0.0.10", &["--dry-run"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(output.stderr, "");
    assert!(place.contents().is_empty());
    golden("gen-dry-run.txt", &place.plain(&output.stdout));

    place.made("10.0.0.10");
    let made = place.contents();
    let output = place.one("10.0.0.11", &["--dry-run", "--reissue", "-o", "json"]);
    let report: Value = serde_json::from_str(&output.stdout).expect("one JSON document");
    assert_eq!(
        (&report["changed"], &report["dryRun"]),
        (&Value::Bool(true), &Value::Bool(true))
    );
    assert!(
        output.stdout.contains("would be replaced"),
        "{}",
        output.stdout
    );
    assert!(place.contents() == made);
}

#[test]
fn a_reissue_keeps_a_backup() {
    let place = Place::new();
    place.made("10.0.0.10");
    let old = place.contents();
    let output = place.one("10.0.0.11", &["--reissue"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_no_secrets(&output);
    let text = place.plain(&output.stdout);
    golden("gen-reissue.txt", &text);
    assert!(
        text.contains("\nbackup: DIR/k/kpki-backup-20261122T191500Z\n"),
        "{text}"
    );
    let new = place.contents();
    let top = place.join("k");
    for (path, bytes) in &old {
        let relative = path.strip_prefix(place.join("k")).expect("below k");
        let kept = top.join("kpki-backup-20261122T191500Z").join(relative);
        assert!(
            new.get(path) == Some(bytes) || new.get(&kept) == Some(bytes),
            "{} is lost",
            path.display()
        );
    }

    // Another one in the same second does not touch the first backup.
    let output = place.one("10.0.0.12", &["--reissue"]);
    let text = place.plain(&output.stdout);
    assert!(
        text.contains("\nbackup: DIR/k/kpki-backup-20261122T191500Z-2\n"),
        "{text}"
    );
    // Nothing is wrong any more, so nothing is replaced.
    let output = place.one("10.0.0.12", &["--reissue"]);
    assert!(output.stdout.contains("nothing to do"), "{}", output.stdout);
    assert!(!output.stdout.contains("backup"), "{}", output.stdout);
}

#[test]
fn only_some_files() {
    let place = Place::new();
    let made = |only: &[&str]| {
        let output = place.one(
            "10.0.0.10",
            &[&["--dry-run", "-o", "json", "--only"], only].concat(),
        );
        assert_eq!(output.status.code(), Some(0), "{only:?}: {output:?}");
        let report: Value = serde_json::from_str(&output.stdout).expect("one JSON document");
        let items = report["hosts"][0]["items"]
            .as_array()
            .expect("a list")
            .clone();
        items
            .iter()
            .map(|item| item["name"].as_str().expect("a name").to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(made(&["apiserver"]), ["ca", "apiserver"]);
    for spelling in ["etcd/server", "etcd-server"] {
        assert_eq!(made(&[spelling]), ["etcd/ca", "etcd/server"], "{spelling}");
    }
    for spelling in ["etcd/ca", "etcd-ca"] {
        assert_eq!(made(&[spelling]), ["etcd/ca"], "{spelling}");
    }
    for spelling in ["admin.conf", "admin"] {
        assert_eq!(made(&[spelling]), ["ca", "admin.conf"], "{spelling}");
    }
    assert_eq!(made(&["sa"]), ["sa"]);
    let two = ["ca", "front-proxy-ca", "apiserver", "front-proxy-client"];
    assert_eq!(made(&["apiserver,front-proxy-client"]), two);
    assert_eq!(made(&["apiserver", "front-proxy-client"]), two);

    let said = place.refused(place.gen_command(&["--only", "apisrver"]).args([
        "--host",
        "m0",
        "--ip",
        "10.0.0.10",
    ]));
    assert!(
        said.contains(
            "'--only <NAME,...>...': there is none of this name; did you mean 'apiserver'?"
        ),
        "{said}"
    );
}

#[test]
fn only_what_is_asked_for_is_written() {
    let place = Place::new();
    let output = place.one("10.0.0.10", &["--only", "etcd/server"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let mut names: Vec<_> = fs::read_dir(place.join("k/pki/etcd"))
        .expect("made")
        .map(|entry| entry.expect("listed").file_name())
        .collect();
    names.sort();
    assert_eq!(names, ["ca.crt", "ca.key", "server.crt", "server.key"]);
    assert_eq!(fs::read_dir(place.join("k/pki")).expect("made").count(), 1);
    assert_eq!(fs::read_dir(place.join("k")).expect("made").count(), 1);
}

#[test]
fn names_of_directories_are_taken_as_they_are() {
    for name in ["with space", "-rf", "~", "ünï", "it's", "new\nline"] {
        let place = Place::new();
        let mut command = place.gen_command(&["--host", "m0", "--ip", "10.0.0.10"]);
        let output = run(command.arg(format!("--cert-dir={name}/pki")));
        assert_eq!(output.status.code(), Some(0), "{name:?}: {output:?}");
        assert!(place.join(name).join("pki/ca.key").exists(), "{name:?}");
    }
}

#[test]
fn what_became_of_an_interrupted_run_is_in_the_document() {
    let place = Place::new();
    place.made("10.0.0.10");
    let stage = place.join("k/.kpki-stage");
    fs::create_dir(&stage).expect("our own directory");
    fs::set_permissions(&stage, fs::Permissions::from_mode(0o700)).expect("ours");
    fs::rename(place.join("k/admin.conf"), stage.join("0")).expect("ours");
    let inode = fs::metadata(stage.join("0")).expect("there").ino();
    let journal = serde_json::json!({
        "version": 1, "backup": null, "directories": [],
        "files": [{"stage": 0, "target": "admin.conf", "inode": inode, "replaces": null}],
    });
    fs::write(stage.join("journal"), journal.to_string()).expect("ours");
    for (more, said) in [
        (
            &["--dry-run"][..],
            "the next one, without --dry-run, finishes it first",
        ),
        (&[], "finished now"),
    ] {
        let output = place.one("10.0.0.10", &[&["-o", "json"][..], more].concat());
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        let report: Value = serde_json::from_str(&output.stdout).expect("one document");
        assert_eq!(report["changed"], true, "{report:#}");
        let recovered = report["recovered"].as_str().expect("told");
        assert!(recovered.contains(said), "{recovered}");
        assert!(output.stderr.contains(recovered), "{}", output.stderr);
    }
    let again = place.one("10.0.0.10", &["-o", "json"]);
    assert!(!again.stdout.contains("recovered"), "{again:?}");
}
