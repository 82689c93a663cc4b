//! `kpki bundle`: made, looked at, applied, and refused.

mod hostile;
mod place;
mod refusals;
mod secrets;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::common::program::installed;
use crate::common::{Output, run};
use crate::golden::golden;
use crate::setup::{NOW, assert_no_secrets};
use place::{Carried, IDENTITY, RECIPIENT};

/// The length of the file depends on the random stanza that age adds, and each machine has a name.
fn plain(place: &Carried, text: &str) -> String {
    let mut out = String::new();
    for line in place.plain(text).lines() {
        let words = match line.split_once(" bytes written") {
            Some((_, rest)) => format!("N bytes written{rest}"),
            None if line.trim_start().starts_with("\"bytes\": ") => "  \"bytes\": N,".to_owned(),
            None if line.trim_start().starts_with("\"hostName\": \"") => {
                "    \"hostName\": \"HERE\",".to_owned()
            }
            None => line.to_owned(),
        };
        out.push_str(&words);
        out.push('\n');
    }
    out
}

#[track_caller]
fn done(output: &Output) -> &str {
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_no_secrets(output);
    assert!(!output.stdout.contains("SECRET"), "{}", output.stdout);
    &output.stdout
}

#[test]
fn the_shared_files_there_and_back() {
    let place = Carried::sample();
    let made = place.run(&[
        "create", "--from", "a/pki", "--to", "c.age", "-r", RECIPIENT,
    ]);
    assert_eq!(made.stderr, "");
    golden("bundle-create.txt", &plain(&place, done(&made)));
    let mode = fs::metadata(place.join("c.age"))
        .expect("made")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);

    let closed = place.run(&["show", "c.age"]);
    golden("bundle-show-closed.txt", &plain(&place, done(&closed)));
    let shown = place.run(&["show", "c.age", "-i", IDENTITY]);
    golden("bundle-show.txt", &plain(&place, done(&shown)));
    let shown = place.run(&["show", "c.age", "-i", IDENTITY, "-o", "json"]);
    golden("bundle-show.json", &plain(&place, done(&shown)));

    let before = place.contents();
    let dry = place.apply("c.age", &["--dry-run"]);
    golden("bundle-apply-dry-run.txt", &plain(&place, done(&dry)));
    assert!(place.contents() == before, "a dry run wrote something");

    let first = place.apply("c.age", &[]);
    golden("bundle-apply.txt", &plain(&place, done(&first)));
    for (file, mode) in [
        ("ca.crt", 0o644),
        ("ca.key", 0o600),
        ("sa.key", 0o600),
        ("sa.pub", 0o600),
        ("front-proxy-ca.crt", 0o644),
        ("front-proxy-ca.key", 0o600),
        ("etcd/ca.crt", 0o644),
        ("etcd/ca.key", 0o600),
    ] {
        let (from, to) = (
            place.join("a/pki").join(file),
            place.join("b/pki").join(file),
        );
        assert_eq!(
            fs::read(from).expect("there"),
            fs::read(&to).expect("applied"),
            "{file}"
        );
        let found = fs::metadata(&to).expect("applied").permissions().mode();
        assert_eq!(found & 0o777, mode, "{file}");
    }
    // Nothing else came along.
    assert_eq!(place.files_below("b").len(), 8);

    let applied = place.contents();
    let again = place.apply("c.age", &["-o", "json"]);
    golden("bundle-apply-again.json", &plain(&place, done(&again)));
    assert!(
        place.contents() == applied,
        "the second run changed something"
    );
}

#[test]
fn as_json() {
    let place = Carried::sample();
    let arguments = [
        "create", "--from", "a/pki", "--to", "c.age", "-r", RECIPIENT, "-o", "json",
    ];
    let made = place.run(&arguments);
    golden("bundle-create.json", &plain(&place, done(&made)));
    let report: Value = serde_json::from_str(&made.stdout).expect("one JSON document");
    let length = fs::metadata(place.join("c.age")).expect("made").len();
    assert_eq!(report["bytes"], length);

    // Another key where one was.
    fs::write(place.join("other.pub"), "x").expect("written");
    assert_eq!(place.apply("c.age", &[]).status.code(), Some(0));
    fs::copy(place.join("a/pki/ca.crt"), place.join("b/pki/sa.pub")).expect("copied");
    let output = place.apply("c.age", &["-o", "json"]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let report: Value = serde_json::from_str(&output.stdout).expect("one JSON document");
    assert_eq!(report["schema"], "kpki.bundle-apply/v1");
    assert_eq!(report["changed"], false);
    assert_eq!(report["destination"]["status"], "refused");
}

#[test]
fn one_hosts_own_files_go_to_that_host() {
    let place = Carried::fleet();
    let made = place.run(&[
        "create", "--from", "out", "--for", "m1", "--to", "m1.age", "-r", RECIPIENT, "-o", "json",
    ]);
    let report: Value = serde_json::from_str(done(&made)).expect("one JSON document");
    assert_eq!(report["bundle"]["host"], "m1");
    assert_eq!(report["bundle"]["signed"], true);

    // This one is called otherwise.
    let before = place.contents();
    let output = place.apply("m1.age", &[]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let said = "--host m1";
    assert!(output.stdout.contains(said), "{}", output.stdout);
    assert!(
        output.stdout.contains("refused: the bundle is for m1, and"),
        "{}",
        output.stdout
    );
    assert!(place.contents() == before, "something was written");

    let output = place.apply("m1.age", &["--host", "m1"]);
    done(&output);
    // What gen made for the host, file by file.
    let tree = place.join("out/m1/etc/kubernetes");
    let expected = place.files_below("out/m1/etc/kubernetes");
    assert_eq!(expected.len(), 25, "{expected:?}");
    for path in expected {
        let relative = path.strip_prefix(&tree).expect("below");
        let copied = fs::read(place.join("b").join(relative)).expect("applied");
        assert!(
            copied == fs::read(&path).expect("made"),
            "{}",
            path.display()
        );
    }
    assert_eq!(place.files_below("b").len(), 25);

    // A bundle without a host's files does not touch them.
    done(&place.run(&[
        "create", "--from", "out", "--to", "all.age", "-r", RECIPIENT,
    ]));
    let before = place.contents();
    done(&place.apply("all.age", &[]));
    assert!(place.contents() == before);

    let said = place.refused(&mut place.command(&[
        "create", "--from", "out", "--for", "m7", "--to", "m7.age", "-r", RECIPIENT,
    ]));
    assert!(
        said.starts_with("error: 'out' has no tree of m7\nhint: "),
        "{said}"
    );
}

#[test]
fn an_external_etcd_gets_no_key_of_its_ca() {
    let place = Carried::external();
    done(&place.run(&["create", "--from", "out", "--to", "c.age", "-r", RECIPIENT]));
    let shown = place.run(&["show", "c.age", "-i", IDENTITY, "-o", "json"]);
    let report: Value = serde_json::from_str(done(&shown)).expect("one JSON document");
    assert_eq!(report["bundle"]["etcd"], "external-etcd");
    let entries = report["bundle"]["entries"].as_array().expect("a list");
    let paths: Vec<_> = entries
        .iter()
        .map(|entry| entry["path"].as_str().expect("a path"))
        .collect();
    assert!(
        paths.contains(&"etcd/ca.crt") && !paths.contains(&"etcd/ca.key"),
        "{paths:?}"
    );
}

/// What stays is no part of what is said to be there.
#[test]
fn what_is_kept_is_not_said_to_be_there() {
    let place = Carried::external();
    let create = |file: &str| {
        let made = place.run(&[
            "create", "--from", "out/m0", "--etcd", "external", "--to", file, "-r", RECIPIENT,
        ]);
        done(&made);
    };
    create("first.age");
    done(&place.apply("first.age", &[]));
    // The API server there has its own certificate for etcd by now, of the same CA.
    let renewed = ["--only", "apiserver-etcd-client", "--reissue"];
    let host = [
        "--host",
        "m0=10.0.0.10",
        "--etcd",
        "external",
        "--out",
        "out",
    ];
    let made = run(place.gen_command(&host).args(renewed));
    assert_eq!(made.status.code(), Some(0), "{made:?}");
    create("second.age");
    let sum = |more: &[&str]| {
        let output = place.apply("second.age", more);
        done(&output)
            .lines()
            .find(|it| it.contains("what is kept"))
            .map(str::to_owned)
    };
    let was = "everything but what is kept was there, proved";
    let is_dry = "everything but what is kept is there: nothing to do";
    assert_eq!(sum(&["--dry-run"]).as_deref(), Some(is_dry));
    assert_eq!(sum(&[]).as_deref(), Some(was));
    let output = place.apply("second.age", &["-o", "json"]);
    let report: Value = serde_json::from_str(done(&output)).expect("one JSON document");
    assert_eq!(report["changed"], false);
    let files = report["destination"]["files"].as_array().expect("a list");
    let of_row = files
        .iter()
        .filter(|file| file["name"] == "apiserver-etcd-client");
    let facts: Vec<_> = of_row
        .map(|file| (&file["status"], &file["proved"]))
        .collect();
    assert_eq!(facts.len(), 2);
    assert!(
        facts.iter().all(|it| *it.0 == "kept" && *it.1 == false),
        "{facts:?}"
    );
    let missing = || fs::remove_file(place.join("b/pki/sa.pub")).expect("applied before");
    missing();
    let would = "it would be changed, but for what is kept";
    assert_eq!(sum(&["--dry-run"]).as_deref(), Some(would));
    let now = "everything but what is kept is there, proved";
    assert_eq!(sum(&[]).as_deref(), Some(now));
}

#[test]
fn through_pipes_and_as_text() {
    let place = Carried::sample();
    let made = place.run(&[
        "create", "--from", "a/pki", "--to", "-", "-r", RECIPIENT, "--armor",
    ]);
    assert_eq!(made.status.code(), Some(0), "{made:?}");
    let begin = "-----BEGIN AGE ENCRYPTED FILE-----\n";
    assert!(made.stdout.starts_with(begin), "{}", made.stdout);
    let shown = place.with_stdin(&["show", "-", "-i", IDENTITY], made.stdout.as_bytes());
    let text = done(&shown);
    assert!(
        text.starts_with("stdin\n  encrypted  to 1 recipient, as text\n"),
        "{text}"
    );
    fs::write(place.join("c.age"), &made.stdout).expect("written");
    let cluster = format!("--cluster-id={}", place.cluster_of("c.age"));
    let applied = place.with_stdin(
        &[
            "apply",
            "-",
            "-i",
            IDENTITY,
            "--cert-dir",
            "b/pki",
            &cluster,
        ],
        made.stdout.as_bytes(),
    );
    done(&applied);
    let said = place.refused(&mut place.command(&[
        "create", "--from", "a/pki", "--to", "-", "-r", RECIPIENT, "-o", "text", "--armor",
        "--force", "-R", "none",
    ]));
    assert!(said.starts_with("error: 'none' is not there\n"), "{said}");
    let output = run(&mut place.command(&[
        "create", "--from", "a/pki", "--to", "-", "-r", RECIPIENT, "-o", "json",
    ]));
    assert_eq!(output.status.code(), Some(2));
    let said = "error: the bundle and the report cannot both go to stdout\n";
    assert!(output.stderr.starts_with(said), "{}", output.stderr);
}

#[test]
fn no_file_is_replaced_without_being_asked_to() {
    let place = Carried::sample();
    fs::write(place.join("c.age"), "precious").expect("written");
    let arguments = [
        "create", "--from", "a/pki", "--to", "c.age", "-r", RECIPIENT,
    ];
    let said = place.refused(&mut place.command(&arguments));
    assert_eq!(
        said,
        "error: 'c.age' is there already\nhint: choose another name, or take its place with --force\n"
    );
    done(&place.run(&[&arguments[..], &["--force"]].concat()));
    let made = fs::read(place.join("c.age")).expect("made");
    assert!(made.starts_with(b"age-encryption.org/v1\n"));
    let names: Vec<_> = fs::read_dir(place.path()).expect("listed").collect();
    assert_eq!(names.len(), 3, "{names:?}");
    fs::create_dir(place.join("d.age")).expect("made");
    let said = place.refused(&mut place.command(&[
        "create", "--from", "a/pki", "--to", "d.age", "-r", RECIPIENT, "--force",
    ]));
    assert!(said.contains("is a directory"), "{said}");
}

#[test]
fn a_source_that_is_not_in_order_makes_no_bundle() {
    let place = Carried::sample();
    let create = [
        "create", "--from", "a/pki", "--to", "c.age", "-r", RECIPIENT,
    ];
    fs::copy(place.join("a/pki/sa.key"), place.join("a/pki/ca.key")).expect("copied");
    let said = place.refused(&mut place.command(&create));
    assert!(said.contains("nothing is copied"), "{said}");
    fs::remove_file(place.join("a/pki/sa.key")).expect("removed");
    place.refused(&mut place.command(&create));
}

#[test]
fn a_terminal_gets_no_bundle() {
    if !installed(&["script"]) {
        return;
    }
    let place = Carried::sample();
    let kpki = place.command(&[]).get_program().to_owned();
    let kpki = kpki.to_str().expect("UTF-8").to_owned();
    let words = format!("'{kpki}' bundle create --from a/pki --to - -r {RECIPIENT} --now {NOW}");
    let mut script = Command::new("script");
    script
        .current_dir(place.path())
        .args(["-q", "-e", "-c", &words, "/dev/null"]);
    let output = run(script.stdin(Stdio::null()));
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let said = &output.stdout;
    assert!(
        said.contains("a bundle is not written to a terminal"),
        "{said}"
    );
    assert!(!said.contains("age-encryption"), "{said}");
    assert_no_secrets(&output);
}
