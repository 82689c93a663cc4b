//! `kpki inspect`: what it shows of every kind of file, and of what is none.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::process::Stdio;

use serde_json::Value;

use crate::common::{Output, fixture, run};
use crate::golden::golden;
use crate::setup::{NOW, Place};

/// A copy of a fixture, with a mode that git does not keep.
fn copy(place: &Place, from: &str, mode: u32) -> String {
    let from = fixture(from);
    let name = from.file_name().expect("a file").to_string_lossy();
    let to = place.join(&name);
    fs::copy(&from, &to).expect("a copy");
    fs::set_permissions(&to, fs::Permissions::from_mode(mode)).expect("our own file");
    name.into_owned()
}

fn copies(place: &Place, files: &[(&str, u32)]) -> Vec<String> {
    let copies = files.iter().map(|(from, mode)| copy(place, from, *mode));
    copies.collect()
}

fn inspect(place: &Place, arguments: &[&str]) -> Output {
    let mut command = place.command(&["inspect", "--now", NOW]);
    let output = run(command.args(arguments));
    no_key(&output.stdout);
    no_key(&output.stderr);
    output
}

fn all(place: &Place, files: &[String], more: &[&str]) -> Output {
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    inspect(place, &[&files[..], more].concat())
}

/// Nothing that is printed is a part of a key in PEM: not even a line of base64.
#[track_caller]
fn no_key(text: &str) {
    for name in [
        "kubeadm/sample/pki/apiserver.key",
        "inspect/p256.key",
        "inspect/ed25519.key",
        "inspect/rsa1024.key",
    ] {
        let key = fs::read_to_string(fixture(name)).expect("a key");
        for line in key.lines().filter(|line| !line.starts_with("-----")) {
            assert!(!text.contains(&line[..line.len().min(20)]), "{name}");
        }
    }
}

const PAIR: [(&str, u32); 4] = [
    ("kubeadm/sample/pki/apiserver.crt", 0o644),
    ("kubeadm/sample/pki/apiserver.key", 0o600),
    ("kubeadm/sample/pki/ca.crt", 0o644),
    ("inspect/list.crl", 0o644),
];

#[test]
fn a_pair_its_authority_and_its_list() {
    let place = Place::new();
    let files = copies(&place, &PAIR);
    let output = all(&place, &files, &[]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(output.stderr, "");
    golden("inspect.txt", &output.stdout);
    let manual = fs::read_to_string(fixture("../docs/inspect.md")).expect("the manual");
    assert!(manual.contains(&output.stdout), "docs/inspect.md is old");
}

#[test]
fn every_other_kind() {
    let place = Place::new();
    let files = copies(
        &place,
        &[
            ("inspect/ed25519.crt", 0o644),
            ("inspect/p256.crt", 0o644),
            ("inspect/p256.csr", 0o644),
            ("inspect/p256.key", 0o640),
            ("inspect/encrypted.key", 0o644),
            ("inspect/rsa1024.key", 0o644),
            ("kubeadm/sample/pki/sa.pub", 0o644),
        ],
    );
    let output = all(&place, &files, &[]);
    // Expired, mismatched and too small: all of it was read.
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    golden("inspect-kinds.txt", &output.stdout);
}

#[test]
fn a_kubeconfig() {
    let place = Place::new();
    let file = copy(&place, "kubeadm/sample/admin.conf", 0o644);
    let output = inspect(&place, &[&file]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    golden("inspect-kubeconfig.txt", &output.stdout);
    let kubelet = copy(&place, "kubeadm/sample/kubelet.conf", 0o600);
    let output = inspect(&place, &[&kubelet]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
}

#[test]
fn the_same_for_programs() {
    let place = Place::new();
    let mut files = copies(&place, &PAIR);
    files.extend(copies(
        &place,
        &[
            ("inspect/p256.csr", 0o644),
            ("kubeadm/sample/admin.conf", 0o600),
        ],
    ));
    fs::write(place.join("page.html"), "<html>").expect("written");
    files.push("page.html".to_owned());
    let output = all(&place, &files, &["-o", "json"]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    golden("inspect.json", &output.stdout);
    let report: Value = serde_json::from_str(&output.stdout).expect("one JSON document");
    assert_eq!(report["schema"], "kpki.inspect/v1");
    assert_eq!(report["complete"], false);
    assert_eq!(
        report["files"][0]["items"][0]["signedBy"][0]["file"],
        "ca.crt"
    );
}

#[test]
fn what_is_broken_is_named_and_the_rest_is_shown() {
    let place = Place::new();
    let ca = fs::read_to_string(fixture("kubeadm/sample/pki/ca.crt")).expect("a CA");
    let key = fs::read_to_string(fixture("kubeadm/sample/pki/ca.key")).expect("a key");
    let inner: String = ca.lines().filter(|line| !line.contains("--")).collect();
    let cut = ca.get(..600).expect("long");
    for (name, text) in [
        ("page.html", "<!DOCTYPE html><html>404</html>"),
        ("empty.crt", ""),
        ("cut.crt", cut),
        ("bare.crt", &inner),
        (
            "cfssl.json",
            r#"{"cert": "-----BEGIN CERTIFICATE-----\n", "key": "x"}"#,
        ),
        ("secret.yaml", "apiVersion: v1\nkind: Secret\ndata: {}\n"),
        ("wrong.crt", &key.replace("RSA PRIVATE KEY", "CERTIFICATE")),
        ("bundle.pem", &format!("{cut}\n{ca}{key}")),
    ] {
        fs::write(place.join(name), text).expect("written");
    }
    let secret = fs::Permissions::from_mode(0o600);
    fs::set_permissions(place.join("bundle.pem"), secret).expect("our own file");
    fs::write(place.join("store.p12"), b"0\x05\x02\x01\x03\x30\x00").expect("written");
    fs::write(place.join("large.crt"), vec![b'x'; (1 << 20) + 1]).expect("written");
    let files = [
        "page.html",
        "empty.crt",
        "cut.crt",
        "bare.crt",
        "cfssl.json",
        "secret.yaml",
        "wrong.crt",
        "store.p12",
        "large.crt",
        "none.crt",
        ".",
        "bundle.pem",
    ];
    let output = inspect(&place, &files);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert_eq!(output.stderr, "");
    golden("inspect-broken.txt", &output.stdout);
}

/// What is printed of bytes that come through a pipe of this name.
fn piped(place: &Place, name: &str, bytes: &[u8], code: i32) -> String {
    let mut command = place.command(&["inspect", "--now", NOW, name]);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("kpki starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    // What is too long is not read to its end.
    let written = stdin.write_all(bytes);
    assert!(written.is_ok() || code != 0, "{written:?}");
    drop(stdin);
    let output = child.wait_with_output().expect("ends");
    assert_eq!(output.status.code(), Some(code));
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// `<(command)` names a pipe in /dev/fd, which the shell has opened.
#[test]
fn a_pipe_of_the_shell_is_read_like_stdin() {
    let place = Place::new();
    let ca = fs::read(fixture("kubeadm/sample/pki/ca.crt")).expect("a CA");
    let from_stdin = piped(&place, "-", &ca, 0);
    assert_eq!(piped(&place, "/dev/stdin", &ca, 0), from_stdin);
    for name in ["/dev/fd/0", "/proc/self/fd/0"] {
        let shown = piped(&place, name, &ca, 0);
        assert_eq!(shown, from_stdin.replacen("stdin:", &format!("{name}:"), 1));
    }
    let long = piped(&place, "/dev/fd/0", &vec![b'x'; (1 << 20) + 1], 2);
    assert!(long.contains("longer than 1 MiB"), "{long}");
}

/// A pipe that lies there may have no writer for ever, and a device effects of its own.
#[test]
fn what_is_no_file_is_not_opened() {
    let place = Place::new();
    let ca = copy(&place, "kubeadm/sample/pki/ca.crt", 0o644);
    let pipe = place.join("pipe");
    rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, rustix::fs::Mode::RUSR).expect("a pipe");
    let _socket = UnixListener::bind(place.join("socket")).expect("a socket");
    let output = inspect(&place, &["pipe", "socket", "/dev/null", &ca]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    for (name, kind) in [
        ("pipe", "named pipe"),
        ("socket", "socket"),
        ("/dev/null", "character device"),
    ] {
        let line =
            format!("{name}: it is a {kind}, which is not opened; give a file, or - for stdin\n");
        assert!(output.stdout.contains(&line), "{line}{}", output.stdout);
    }
    assert!(output.stdout.contains("certificate\n"), "{}", output.stdout);
}

#[test]
fn stdin_and_der() {
    let place = Place::new();
    let ca = fs::read(fixture("kubeadm/sample/pki/ca.crt")).expect("a CA");
    let from_stdin = |bytes: &[u8]| piped(&place, "-", bytes, 0);
    let pem = from_stdin(&ca);
    assert!(
        pem.starts_with("stdin: certificate\n  subject       CN=kubernetes\n"),
        "{pem}"
    );
    let der = pem::parse(&ca).expect("PEM").into_contents();
    assert_eq!(from_stdin(&der), pem);

    let twice = place.refused(&mut place.command(&["inspect", "-", "-"]));
    assert!(twice.contains("stdin can be read once only"), "{twice}");
    let usage = inspect(&place, &[]);
    assert_eq!(usage.status.code(), Some(2), "{usage:?}");
}

/// Whoever trusts the exit status has seen everything.
#[test]
fn what_is_not_shown_is_not_complete() {
    let place = Place::new();
    let ca = fs::read(fixture("kubeadm/sample/pki/ca.crt")).expect("a CA");
    let names: Vec<_> = (0..101).map(|n| format!("- {{name: u{n}}}\n")).collect();
    for (name, most, one_more) in [
        ("many.crt", ca.repeat(100), ca.clone()),
        (
            "many.conf",
            format!("kind: Config\nusers:\n{}", names[..100].concat()).into_bytes(),
            names[100].clone().into_bytes(),
        ),
    ] {
        for (bytes, is_complete) in [(most.clone(), true), ([most, one_more].concat(), false)] {
            fs::write(place.join(name), bytes).expect("written");
            let status = if is_complete { 0 } else { 2 };
            let text = inspect(&place, &[name]);
            assert_eq!(text.status.code(), Some(status), "{name}");
            assert_eq!(text.stdout.contains("1 more"), !is_complete, "{name}");
            let json = inspect(&place, &[name, "-o", "json"]);
            assert_eq!(json.status.code(), Some(status), "{name}");
            let report: Value = serde_json::from_str(&json.stdout).expect("one JSON document");
            assert_eq!(report["complete"], is_complete, "{name}");
        }
    }
}

#[test]
fn a_key_of_another_certificate_is_told() {
    let place = Place::new();
    let files = copies(
        &place,
        &[
            ("kubeadm/sample/pki/apiserver.crt", 0o644),
            ("kubeadm/sample/pki/front-proxy-client.key", 0o600),
        ],
    );
    let output = all(&place, &files, &[]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let expected = "  belongs to    none of the certificates that are shown\n";
    assert!(output.stdout.contains(expected), "{}", output.stdout);
}

#[test]
fn no_file_can_move_the_cursor() {
    let place = Place::new();
    let config = "kind: Config\nusers:\n- name: \"\\e[2J\\u202E\"\n  user: {exec: {command: \"\\e]0;x\\a\"}}\n";
    fs::write(place.join("a\u{1b}[1m.conf"), config).expect("written");
    fs::write(
        place.join("b.pem"),
        "-----BEGIN \u{1b}[2J-----\nAAAA\n-----END \u{1b}[2J-----\n",
    )
    .expect("written");
    let output = inspect(&place, &["a\u{1b}[1m.conf", "b.pem"]);
    let odd = ['\u{1b}', '\u{202e}', '\u{7}'];
    assert!(!output.stdout.contains(odd), "{}", output.stdout);
}
