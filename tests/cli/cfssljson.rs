//! kpki in cfssljson's place: which files, with which modes, all or none.

use std::fs;
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::{Command, Stdio};

use crate::common::Output;
use crate::setup::Place;

const BARE: &str = r#"{"key":"KEY\n","cert":"CERT\n","csr":"CSR\n"}"#;

fn fed(mut command: Command, input: &str) -> Output {
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().expect("it starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    // A program that refuses its flags reads nothing.
    let _ = stdin.write_all(input.as_bytes());
    drop(stdin);
    let output = child.wait_with_output().expect("our child");
    Output {
        status: output.status,
        stdout: String::from_utf8(output.stdout).expect("UTF-8"),
        stderr: String::from_utf8(output.stderr).expect("UTF-8"),
    }
}

fn cfssljson(place: &Place, arguments: &[&str], input: &str) -> Output {
    let mut command = place.command(&["--now", "2026-11-22T19:15:00Z", "cfssljson"]);
    command.env("TZ", "UTC").args(arguments);
    fed(command, input)
}

/// kpki run by a shell that first does something else.
fn in_shell(place: &Place, first: &str, name: &str, input: &str) -> Output {
    let mut shell = Command::new("sh");
    shell.env_clear().current_dir(place.path()).args([
        "-c",
        &format!("{first}; exec \"$0\" cfssljson -bare \"$1\""),
        env!("CARGO_BIN_EXE_kpki"),
        name,
    ]);
    fed(shell, input)
}

fn mode(place: &Place, name: &str) -> u32 {
    let metadata = fs::metadata(place.join(name)).expect(name);
    metadata.permissions().mode() & 0o7777
}

fn names(place: &Place) -> Vec<String> {
    let entries = fs::read_dir(place.path()).expect("our directory");
    let mut names: Vec<String> = entries
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .into_string()
                .expect("UTF-8")
        })
        .collect();
    names.sort();
    names
}

#[test]
fn writes_the_three_files_of_the_guides() {
    let place = Place::new();
    // The stray dash stands in the guides.
    let output = cfssljson(&place, &["-bare", "ca", "-"], BARE);
    assert_eq!((output.stdout.as_str(), output.stderr.as_str()), ("", ""));
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(names(&place), ["ca-key.pem", "ca.csr", "ca.pem"]);
    for (name, text) in [
        ("ca.pem", "CERT\n"),
        ("ca-key.pem", "KEY\n"),
        ("ca.csr", "CSR\n"),
    ] {
        assert_eq!(fs::read_to_string(place.join(name)).expect(name), text);
    }
    assert_eq!(mode(&place, "ca-key.pem"), 0o600);
}

#[test]
fn modes_are_those_of_cfssljson_and_a_key_is_never_open() {
    for (umask, certificate, request) in [
        ("022", 0o644, 0o644),
        ("002", 0o664, 0o644),
        ("077", 0o600, 0o600),
        ("777", 0, 0),
    ] {
        let place = Place::new();
        let output = in_shell(&place, &format!("umask {umask}"), "x", BARE);
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        assert_eq!(mode(&place, "x.pem"), certificate, "{umask}");
        assert_eq!(mode(&place, "x.csr"), request, "{umask}");
        assert_eq!(mode(&place, "x-key.pem"), 0o600, "{umask}");
    }
    let place = Place::new();
    for (name, bits) in [("x.pem", 0o640), ("x-key.pem", 0o644)] {
        fs::write(place.join(name), "old").expect("write");
        fs::set_permissions(place.join(name), fs::Permissions::from_mode(bits)).expect("chmod");
    }
    let output = cfssljson(&place, &["-bare", "x"], BARE);
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(
        output.stderr,
        "2026/11/22 19:15:00 [WARNING] x-key.pem had mode 0644, so others may have read the key \
         in it; the new one has 0600: if a service reads it by its group, chmod g+r x-key.pem\n"
    );
    assert_eq!(
        (mode(&place, "x.pem"), mode(&place, "x-key.pem")),
        (0o640, 0o600)
    );
}

#[test]
fn strict_mode_writes_nothing_it_would_warn_of() {
    let place = Place::new();
    fs::write(place.join("x-key.pem"), "old").expect("write");
    let open = fs::Permissions::from_mode(0o644);
    fs::set_permissions(place.join("x-key.pem"), open).expect("chmod");
    let mut command = place.command(&["cfssljson", "-bare", "x"]);
    command.env("KPKI_CFSSL_STRICT", "1");
    let output = fed(command, BARE);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert_eq!(names(&place), ["x-key.pem"]);
    assert_eq!(fs::read(place.join("x-key.pem")).expect("read"), b"old");
}

#[test]
fn warns_where_others_could_come_by_the_key() {
    let place = Place::new();
    let open = |bits| {
        fs::set_permissions(place.path(), fs::Permissions::from_mode(bits)).expect("chmod");
    };
    for (bits, warned) in [(0o755, false), (0o1777, false), (0o777, true)] {
        open(bits);
        let output = cfssljson(&place, &["-bare", "x"], BARE);
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        let said = output.stderr.contains("[WARNING]") && output.stderr.contains("everybody");
        assert_eq!(said, warned, "{bits:o}: {output:?}");
        // A certificate is for everybody anyway.
        let output = cfssljson(&place, &["-bare", "x"], r#"{"cert":"CERT"}"#);
        assert_eq!(output.stderr, "", "{bits:o}");
    }
    // Only root can give a file away.
    for (bits, kept) in [(0o755, true), (0o1777, false)] {
        if std::os::unix::fs::chown(place.join("x-key.pem"), Some(12345), None).is_err() {
            continue;
        }
        open(bits);
        let output = cfssljson(&place, &["-bare", "x"], BARE);
        let said = output.stderr.contains("belonged to user 12345");
        assert_eq!(said, !kept, "{output:?}");
        let now = fs::metadata(place.join("x-key.pem")).expect("there");
        let owner = std::os::unix::fs::MetadataExt::uid(&now);
        assert_eq!(owner == 12345, kept, "{bits:o}");
    }
}

#[test]
fn answers_of_the_api() {
    let place = Place::new();
    let answer = r#"{"success":true,"result":{"certificate":"CERT\n"},"errors":[],"messages":[]}"#;
    assert_eq!(cfssljson(&place, &[], answer).status.code(), Some(0));
    assert_eq!(names(&place), ["cert.pem"]);
    let answer = r#"{"success":false,"result":null,"errors":[{"code":1,"message":"boom"},
        {"code":2,"message":"two"}],"messages":[]}"#;
    let output = cfssljson(&place, &["x"], answer);
    assert_eq!(output.stderr, "Request failed:\n\tboom\n\ttwo\n");
    assert_eq!(output.status.code(), Some(1));
    // What cfssl prints is no answer of the API; cfssljson says no more than the first line.
    let output = cfssljson(&place, &["x"], BARE);
    assert!(output.stderr.starts_with("Request failed:\n"), "{output:?}");
    assert!(output.stderr.contains("cfssljson -bare NAME"), "{output:?}");
    assert_eq!(names(&place), ["cert.pem"]);
}

#[test]
fn other_inputs_and_outputs() {
    let place = Place::new();
    let output = cfssljson(&place, &["-bare", "-stdout"], BARE);
    assert_eq!(output.stdout, "CERT\n\nKEY\n\nCSR\n\n");
    assert!(names(&place).is_empty());
    fs::write(place.join("in.json"), BARE).expect("write");
    fs::create_dir(place.join("d")).expect("mkdir");
    symlink("d", place.join("link")).expect("symlink");
    for name in ["d/a", "link/b", "./c"] {
        let output = cfssljson(&place, &["-f=in.json", "-bare", name], "");
        assert_eq!(output.status.code(), Some(0), "{output:?}");
    }
    assert!(place.join("d/a-key.pem").exists() && place.join("d/b.csr").exists());
    let all = r#"{"encrypted_key":"ENC","ocspResponse":"AAEC","bundle":"B",
        "cert":"A","cert":"LAST"}"#;
    let output = cfssljson(&place, &["-bare", "d/z"], all);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(
        fs::read(place.join("d/z-response.der")).expect("read"),
        [0, 1, 2]
    );
    assert_eq!(fs::read(place.join("d/z.pem")).expect("read"), b"LAST");
    assert_eq!(fs::read(place.join("d/z-bundle.pem")).expect("read"), b"B");
    assert_eq!(mode(&place, "d/z-key.enc"), 0o600);
    let output = cfssljson(&place, &["-bare", "-stdout"], all);
    assert_eq!(output.stdout, "LAST\nRU5D\nB\nAAEC\n");
}

#[test]
fn wrong_input_is_an_error_and_no_file() {
    let place = Place::new();
    for (arguments, input, said) in [
        (
            &["-bare", "x"][..],
            "",
            "Failed to parse input: unexpected end of JSON input",
        ),
        (
            &["-bare", "x", "-f", "y"],
            "",
            "Failed to parse input: unexpected end of JSON input",
        ),
        (
            &["-bare", "x"],
            "{} t",
            "Failed to parse input: invalid character 't' after top-level value",
        ),
        (
            &["-bare", "-f", "none", "x"],
            "",
            "Failed to read input: open none: no such file or directory",
        ),
        (
            &["-bare", "no/x"],
            BARE,
            "open no/x.pem: no such file or directory",
        ),
        (
            &["-bare", "x"],
            "{}",
            "nothing to write: the input has no cert, key or csr",
        ),
        (
            &["-bare", "x"],
            "null",
            "nothing to write: the input has no cert, key or csr",
        ),
        (
            &["-bare", "x"],
            r#"{"cert":1}"#,
            "Failed to parse input: cert must be a string, not number",
        ),
        (
            &["-bare", "x"],
            r#"{"key":null}"#,
            "Failed to parse input: key must be a string, not null",
        ),
        (
            &["-bare", "x"],
            "[]",
            "Failed to parse input: json: cannot unmarshal array into Go value of type map[string]interface {}",
        ),
    ] {
        let output = cfssljson(&place, arguments, input);
        assert_eq!(
            output.stderr.lines().next(),
            Some(said),
            "{arguments:?} {input}"
        );
        assert_eq!(output.status.code(), Some(1), "{arguments:?} {input}");
        assert_eq!(output.stdout, "");
        assert!(names(&place).is_empty(), "{arguments:?} {input}");
    }
    let output = cfssljson(&place, &["-nope"], "");
    assert!(
        output
            .stderr
            .starts_with("flag provided but not defined: -nope\nUsage of cfssljson:")
    );
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn follows_no_link_and_replaces_only_files() {
    let place = Place::new();
    fs::write(place.join("theirs"), "old").expect("write");
    symlink("theirs", place.join("x-key.pem")).expect("symlink");
    let before = names(&place);
    let output = cfssljson(&place, &["-bare", "x"], BARE);
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stderr.contains("symbolic link"), "{output:?}");
    assert!(output.stderr.contains("ls -ld x-key.pem"), "{output:?}");
    assert_eq!(names(&place), before);
    assert_eq!(fs::read(place.join("theirs")).expect("read"), b"old");
    fs::remove_file(place.join("x-key.pem")).expect("ours");
    fs::create_dir(place.join("x.csr")).expect("mkdir");
    let output = cfssljson(&place, &["-bare", "x"], BARE);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(names(&place), ["theirs", "x.csr"]);
}

#[test]
fn a_run_that_is_stopped_leaves_the_old_files() {
    let place = Place::new();
    assert_eq!(
        cfssljson(&place, &["-bare", "x"], BARE).status.code(),
        Some(0)
    );
    let before = place.contents();
    // The key is written after the certificate and is too long for the limit.
    let long = format!(r#"{{"cert":"NEW","key":"{}"}}"#, "K".repeat(100_000));
    // An error: as on a full disk.
    let output = in_shell(&place, "trap '' XFSZ; ulimit -f 8", "x", &long);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(output.stderr.contains("x-key.pem"), "{output:?}");
    assert!(place.contents() == before, "{:?}", names(&place));
    // A signal that ends it at once.
    let output = in_shell(&place, "ulimit -c 0; ulimit -f 8", "x", &long);
    assert_eq!(output.status.code(), None, "{output:?}");
    for (path, bytes) in &before {
        assert_eq!(fs::read(path).ok(), *bytes);
    }
    assert!(
        names(&place).contains(&".x-key.pem.kpki-new".into()),
        "{:?}",
        names(&place)
    );
    // What it left behind goes with the next run, even one that writes less.
    let output = cfssljson(&place, &["-bare", "x"], r#"{"csr":"NEW"}"#);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(names(&place), ["x-key.pem", "x.csr", "x.pem"]);
}

#[test]
fn many_at_once_in_one_directory() {
    let place = Place::new();
    std::thread::scope(|scope| {
        for number in 0..6 {
            let place = &place;
            scope.spawn(move || {
                let name = format!("n{number}");
                let output = cfssljson(place, &["-bare", &name], BARE);
                assert_eq!(output.status.code(), Some(0), "{output:?}");
            });
        }
    });
    assert_eq!(names(&place).len(), 18);
}

#[test]
fn a_lost_print_is_a_failure() {
    let Ok(full) = fs::OpenOptions::new().write(true).open("/dev/full") else {
        return;
    };
    let place = Place::new();
    fs::write(place.join("in.json"), BARE).expect("write");
    let mut command = place.command(&["cfssljson", "-bare", "-stdout", "-f", "in.json"]);
    let status = command.stdout(full).stderr(Stdio::null()).status();
    assert_eq!(status.expect("kpki starts").code(), Some(1));
}
