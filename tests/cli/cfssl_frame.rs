//! kpki in cfssl's place: names, flags, help, exit status, links.

use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;

use crate::common::program::installed;
use crate::common::{Output, run};
use crate::setup::Place;

fn cfssl(place: &Place, line: &str) -> Output {
    let words: Vec<&str> = line.split_whitespace().collect();
    run(place
        .command(&["--now", "2026-11-22T19:15:00Z", "cfssl"])
        .env("TZ", "UTC")
        .args(words))
}

/// Runs this kpki through a link of the given name.
fn called_as(place: &Place, name: &str, arguments: &[&str]) -> Output {
    let link = place.join(name);
    symlink(env!("CARGO_BIN_EXE_kpki"), &link).expect("a link");
    let output = run(Command::new(&link)
        .env_clear()
        .current_dir(place.path())
        .args(arguments));
    fs::remove_file(link).expect("our link");
    output
}

#[test]
fn a_link_is_the_program_it_is_named_after() {
    let place = Place::new();
    let version = cfssl(&place, "version");
    assert!(version.stdout.starts_with("Version: kpki "), "{version:?}");
    assert!(version.stdout.contains("\nRuntime: "), "{version:?}");
    for (name, arguments) in [
        ("cfssl", &["version"][..]),
        ("cfssljson", &["-version"]),
        ("cfssl-json", &["--version=T"]),
    ] {
        let output = called_as(&place, name, arguments);
        assert_eq!(output.stdout, version.stdout, "{name}");
        assert_eq!(output.status.code(), Some(0), "{name}");
    }
    let output = called_as(&place, "cfssl-certinfo", &["-cert", "none.pem"]);
    assert_eq!(output.stderr, "open none.pem: no such file or directory\n");
    assert_eq!(output.status.code(), Some(1));
    // Another name is kpki itself.
    let output = called_as(&place, "kpki-2", &["version"]);
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn flags_are_those_of_go() {
    let place = Place::new();
    for (line, first, status) in [
        (
            "gencert -nope csr.json",
            "flag provided but not defined: -nope",
            2,
        ),
        ("-nope", "flag provided but not defined: -nope", 2),
        ("gencert --config", "flag needs an argument: -config", 2),
        (
            "gencert -initca=foo x",
            "invalid boolean value \"foo\" for -initca: parse error",
            2,
        ),
        (
            "sign -loglevel x",
            "invalid value \"x\" for flag -loglevel: parse error",
            2,
        ),
        (
            "gencert -h",
            "\tcfssl gencert -- make a key and a certificate",
            0,
        ),
        ("--help", "Usage:", 0),
        ("", "No command is given.", 1),
        ("nope", "Command nope is not defined.", 1),
        (
            "gencert -initca",
            "not enough arguments are supplied --- please refer to the usage",
            1,
        ),
        (
            "gencert -initca a.json -config=b",
            "only one argument is accepted, please check with usage",
            1,
        ),
        (
            "gencert -initca -- -nope",
            "open -nope: no such file or directory",
            1,
        ),
        ("gencert -initca .", "read .: is a directory", 1),
    ] {
        let output = cfssl(&place, line);
        assert_eq!(output.stdout, "", "{line}");
        assert_eq!(output.stderr.lines().next(), Some(first), "{line}");
        assert_eq!(output.status.code(), Some(status), "{line}");
    }
    // The list of commands is the same every time.
    assert_eq!(cfssl(&place, "").stderr, cfssl(&place, "").stderr);
}

#[test]
fn default_documents_are_byte_for_byte_cfssls() {
    let place = Place::new();
    for (kind, sum) in [("config", 567), ("csr", 287)] {
        let output = cfssl(&place, &format!("print-defaults {kind}"));
        assert_eq!(output.status.code(), Some(0));
        assert_eq!(output.stdout.len(), sum, "{kind}");
        assert!(output.stdout.ends_with("}\n\n"), "{kind}");
        serde_json::from_str::<serde_json::Value>(&output.stdout).expect("JSON");
    }
}

#[test]
fn warnings_are_log_lines_and_errors_in_strict_mode() {
    let place = Place::new();
    let line = "2026/11/22 19:15:00 [WARNING] there is no default configuration \"nope\"\n";
    let output = cfssl(&place, "print-defaults nope");
    assert_eq!(output.stderr, line);
    assert!(
        output
            .stdout
            .starts_with("Default configurations are available for:")
    );
    assert_eq!(output.status.code(), Some(0));
    // In the local time of whoever runs it, where the zone is known.
    let mut command = place.command(&["--now", "2026-11-22T19:15:00Z", "cfssl"]);
    let west = run(command
        .args(["print-defaults", "nope"])
        .env("TZ", "America/Bogota"));
    let known = std::path::Path::new("/usr/share/zoneinfo/America/Bogota").exists();
    let hour = if known { 14 } else { 19 };
    let begin = format!("2026/11/22 {hour}:15:00 ");
    assert!(west.stderr.starts_with(&begin), "{west:?}");
    assert_eq!(cfssl(&place, "print-defaults -loglevel=5 nope").stderr, "");
    for level in ["-loglevel=1", "-loglevel=5"] {
        let mut command = place.command(&["cfssl", "print-defaults", level, "nope"]);
        let strict = run(command.env("KPKI_CFSSL_STRICT", "1"));
        assert_eq!(strict.stdout, "");
        assert!(strict.stderr.contains("KPKI_CFSSL_STRICT"), "{strict:?}");
        assert!(strict.stderr.contains("\"nope\""), "{strict:?}");
        assert_eq!(strict.status.code(), Some(1));
    }
}

#[test]
fn commands_that_kpki_does_not_have_say_what_to_use() {
    let place = Place::new();
    for name in [
        "serve",
        "ocspserve",
        "ocspsign",
        "ocspdump",
        "ocsprefresh",
        "scan",
        "crl",
        "revoke",
    ] {
        let output = cfssl(&place, name);
        assert_eq!(output.status.code(), Some(1), "{name}");
        assert_eq!(output.stdout, "");
        assert_eq!(output.stderr.lines().count(), 1, "{output:?}");
        assert!(
            output.stderr.contains("use ") || output.stderr.contains("sign with"),
            "{output:?}"
        );
    }
}

#[test]
fn nothing_that_was_typed_reaches_the_terminal_as_it_is() {
    let place = Place::new();
    let output = run(&mut place.command(&["cfssl", "\u{1b}[2J"]));
    assert!(!output.stderr.contains('\u{1b}'), "{output:?}");
}

#[test]
fn certinfo_shows_a_certificate_of_gen() {
    let place = Place::new();
    place.made("10.0.0.10");
    let output = cfssl(&place, "certinfo -cert k/pki/apiserver.crt");
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let shown: serde_json::Value = serde_json::from_str(&output.stdout).expect("JSON");
    assert_eq!(shown["subject"]["common_name"], "kube-apiserver");
    assert_eq!(shown["issuer"]["names"][0], "kubernetes");
    assert_eq!(shown["sigalg"], "ECDSAWithSHA256");
    let sans = shown["sans"].as_array().expect("a list");
    assert!(sans.contains(&"10.0.0.10".into()), "{sans:?}");
    let keys: Vec<&str> = shown
        .as_object()
        .expect("an object")
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(keys.first(), Some(&"subject"));
    assert_eq!(keys.last(), Some(&"pem"));
    // The same from stdin.
    let mut command = place.command(&["cfssl", "certinfo", "-cert", "-"]);
    let file = fs::File::open(place.join("k/pki/apiserver.crt")).expect("just made");
    assert_eq!(run(command.stdin(file)).stdout, output.stdout);

    let certificate = fs::read_to_string(place.join("k/pki/ca.crt")).expect("just made");
    fs::write(place.join("two.pem"), certificate.repeat(2)).expect("write");
    let output = cfssl(&place, "certinfo -cert two.pem");
    assert_eq!(output.status.code(), Some(1));
    let mut lines = output.stderr.lines();
    assert_eq!(
        lines.next(),
        Some(r#"{"code":1003,"message":"the PEM file should contain only one object"}"#)
    );
    assert!(lines.next().is_some_and(|line| line.contains("storeutl")));
}

#[test]
fn links_are_made_once_and_harm_nothing() {
    let place = Place::new();
    for dir in ["bin", "other"] {
        fs::create_dir(place.join(dir)).expect("mkdir");
    }
    let install = |search: &str| {
        let mut command = place.command(&["cfssl", "install-links", "bin"]);
        run(command.env("PATH", search))
    };
    let bin = fs::canonicalize(place.join("bin")).expect("just made");
    let search = bin.to_str().expect("UTF-8").to_owned();
    let output = install(&search);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(
        output
            .stdout
            .lines()
            .filter(|l| l.starts_with("made "))
            .count(),
        3
    );
    assert_eq!(output.stderr, "");
    let output = install("/nowhere");
    assert_eq!(
        output
            .stdout
            .lines()
            .filter(|l| l.starts_with("kept "))
            .count(),
        3
    );
    assert!(output.stderr.contains("is not on the PATH"), "{output:?}");
    let version = run(Command::new(bin.join("cfssl")).arg("version"));
    assert!(version.stdout.starts_with("Version: kpki"));

    // Another program is in the way: nothing changes.
    fs::remove_file(bin.join("cfssl")).expect("ours");
    fs::remove_file(bin.join("cfssljson")).expect("ours");
    fs::write(bin.join("cfssljson"), "theirs").expect("write");
    let before = place.contents();
    let output = install(&search);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        output.stderr.contains("cfssljson (regular file)"),
        "{output:?}"
    );
    assert!(place.contents() == before);
}

#[test]
fn certinfo_shows_a_request() {
    if !installed(&["openssl"]) {
        return;
    }
    let place = Place::new();
    let line = "req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key.pem \
                -out a.csr -subj /O=o/CN=a -addext subjectAltName=email:x@y.z,IP:10.0.0.1,DNS:b.c";
    let mut openssl = Command::new("openssl");
    let made = run(openssl
        .current_dir(place.path())
        .args(line.split_whitespace()));
    assert!(made.status.success(), "{made:?}");
    let output = cfssl(&place, "certinfo -csr a.csr");
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let shown: serde_json::Value = serde_json::from_str(&output.stdout).expect("JSON");
    assert_eq!(shown["subject"]["common_name"], "a");
    assert_eq!(
        shown["sans"],
        serde_json::json!(["b.c", "10.0.0.1", "email:x@y.z"])
    );
    // cfssl ends in a panic there.
    let output = cfssl(&place, "certinfo -csr key.pem");
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(
        output
            .stderr
            .starts_with(r#"{"code":9002,"message":"CSR Decode failed"}"#)
    );
}
