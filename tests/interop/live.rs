//! `kpki verify --live` against a real etcd, and against what only listens.

mod member;

use std::fs;
use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::thread;

use serde_json::Value;
use tempfile::{TempDir, tempdir};

use crate::common::program::installed;
use crate::common::{kpki, run};
use crate::tree::days_ago;
use member::{ADDRESS, Member};

/// One host's tree of `kpki gen`.
struct Tree(TempDir);

impl Tree {
    fn new(flags: &[&str]) -> Self {
        Self::of_keys("ECDSA-P256", flags)
    }

    fn of_keys(algorithm: &str, flags: &[&str]) -> Self {
        let tree = Self(tempdir().expect("a temporary directory"));
        tree.generate(&[&["--key-algorithm", algorithm], flags].concat());
        tree
    }

    fn generate(&self, flags: &[&str]) {
        let mut command = kpki();
        command.args(["gen", "--host", "m0", "--ip", ADDRESS]);
        command.arg("--cert-dir").arg(self.pki()).args(flags);
        let output = run(&mut command);
        assert!(output.status.success(), "{command:?}: {}", output.stderr);
    }

    /// A new certificate and key.
    fn renew(&self, name: &str, flags: &[&str]) {
        for end in ["crt", "key"] {
            fs::remove_file(self.pki().join(format!("{name}.{end}"))).expect("removed");
        }
        let only = ["--key-algorithm", "ECDSA-P256", "--only", name];
        self.generate(&[&only[..], flags].concat());
    }

    fn pki(&self) -> PathBuf {
        self.0.path().join("pki")
    }

    fn copy(&self) -> Self {
        let copy = Self(tempdir().expect("a temporary directory"));
        copy_all(self.0.path(), copy.0.path());
        copy
    }

    /// The files of another tree instead of its own.
    fn take(&self, other: &Self, names: &[&str]) {
        for name in names {
            fs::copy(other.pki().join(name), self.pki().join(name)).expect("copied");
        }
    }

    /// The same under other names.
    fn take_as<const N: usize>(&self, other: &Self, names: [(&str, &str); N]) {
        for (from, to) in names {
            fs::copy(other.pki().join(from), self.pki().join(to)).expect("copied");
        }
    }

    /// What `verify --live` says of the servers at these endpoints: the status, and `rule file:
    /// message` of each finding about a server.
    fn verify(&self, endpoints: &[&str], flags: &[&str]) -> (Option<i32>, Vec<String>) {
        let mut command = kpki();
        command
            .arg("verify")
            .arg(self.0.path())
            .args(["--live", "-o", "json"]);
        command.args(["--host", "m0", "--ip", ADDRESS]).args(flags);
        for endpoint in endpoints {
            command.args(["--endpoint", endpoint]);
        }
        let output = run(&mut command);
        let Ok(report) = serde_json::from_str::<Value>(&output.stdout) else {
            panic!("{command:?}: {}{}", output.stdout, output.stderr);
        };
        let findings = report["hosts"][0]["findings"]
            .as_array()
            .expect("a list")
            .iter();
        let text = |finding: &Value, field: &str| finding[field].as_str().unwrap_or("").to_owned();
        let of_servers = findings.filter(|one| text(one, "file").starts_with("https://"));
        let shown = of_servers.map(|one| {
            format!(
                "{} {}: {}",
                text(one, "rule"),
                text(one, "file"),
                text(one, "message")
            )
        });
        (output.status.code(), shown.collect())
    }

    /// That this and nothing else is found at one server.
    fn assert_found(&self, endpoint: &str, flags: &[&str], expected: &str) {
        let (status, found) = self.verify(&[endpoint], flags);
        assert_eq!(found.len(), 1, "{found:?} for {expected}");
        assert!(found[0].contains(expected), "{found:?} for {expected}");
        let expected_status = if expected.starts_with("live-unreachable") {
            2
        } else {
            1
        };
        assert_eq!(status, Some(expected_status), "{found:?}");
    }
}

fn copy_all(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).expect("a directory") {
        let path = entry.expect("an entry").path();
        let target = to.join(path.file_name().expect("a name"));
        match path.is_dir() {
            true => {
                fs::create_dir(&target).expect("a new directory");
                copy_all(&path, &target);
            }
            false => {
                fs::copy(&path, &target).expect("copied");
            }
        }
    }
}

const SERVER: [&str; 2] = ["etcd/server.crt", "etcd/server.key"];
const CLIENT: [&str; 2] = ["apiserver-etcd-client.crt", "apiserver-etcd-client.key"];
const CA: [&str; 2] = ["etcd/ca.crt", "etcd/ca.key"];

#[test]
fn an_etcd_of_the_tree_and_of_others() {
    if !installed(&["etcd"]) {
        return;
    }
    let tree = Tree::new(&["--now", &days_ago(2)]);
    let other = Tree::new(&[]);
    let used = tree.copy();
    let member = Member::start(&used.pki(), true);
    let (etcd, peer) = (member.client(), member.peer());
    let both = [etcd.as_str(), peer.as_str()];
    for flags in [&[][..], &["--etcd", "stacked"]] {
        assert_eq!(
            tree.verify(&both, flags),
            (Some(0), vec![]),
            "{}",
            member.log()
        );
    }
    // Nor has etcd anything to complain of.
    assert!(!member.log().contains("tls:"), "{}", member.log());

    // Renewed in the tree, and not where etcd reads.
    let renewed = tree.copy();
    renewed.renew("etcd/server", &[]);
    renewed.renew("etcd/peer", &[]);
    let (status, found) = renewed.verify(&both, &[]);
    assert_eq!(status, Some(1), "{found:?}");
    assert_eq!(found.len(), 2, "{found:?}");
    for found in found {
        let expected = "serves the certificate from before the renewal (serial ";
        assert!(found.starts_with("live-not-restarted"), "{found}");
        assert!(found.contains(expected), "{found}");
    }

    // etcd reads its certificate at every handshake: no restart is needed.
    used.take(&renewed, &SERVER);
    assert_eq!(renewed.verify(&[&etcd], &[]), (Some(0), vec![]));
    tree.assert_found(&etcd, &[], "live-other-certificate");

    // It ended meanwhile.
    let ended = tree.copy();
    ended.renew("etcd/server", &["--now", &days_ago(1), "--validity", "1h"]);
    used.take(&ended, &SERVER);
    renewed.assert_found(&etcd, &[], "), which expired 23h ago, at ");
    used.take(&tree, &SERVER);

    // A certificate of another purpose, of another CA, with other names.
    used.take_as(
        &tree,
        [("etcd/peer.crt", SERVER[0]), ("etcd/peer.key", SERVER[1])],
    );
    tree.assert_found(&etcd, &[], "live-other-certificate");
    used.take(&other, &SERVER);
    tree.assert_found(&etcd, &[], "live-wrong-ca https://127.0.11.1:");
    used.take_as(&tree, [(CLIENT[0], SERVER[0]), (CLIENT[1], SERVER[1])]);
    tree.assert_found(
        &etcd,
        &[],
        "has no subjectAltName, and clients ask for IP:127.0.11.1",
    );

    // A key that is not the certificate's: nobody gets in.
    used.take(&tree, &SERVER);
    used.take_as(&tree, [("etcd/peer.key", SERVER[1])]);
    tree.assert_found(
        &etcd,
        &[],
        "refuses every client: 'remote error: tls: internal error'",
    );
    used.take(&tree, &SERVER);

    assert_eq!(tree.verify(&[&etcd], &[]), (Some(0), vec![]));
}

#[test]
fn keys_of_every_kind() {
    if !installed(&["etcd"]) {
        return;
    }
    for algorithm in ["RSA-2048", "ECDSA-P384", "ECDSA-P521"] {
        let tree = Tree::of_keys(algorithm, &[]);
        let member = Member::start(&tree.pki(), true);
        let both = [&member.client()[..], &member.peer()];
        let found = tree.verify(&both, &[]);
        assert_eq!(found, (Some(0), vec![]), "{algorithm}: {}", member.log());
        assert!(!member.log().contains("tls:"), "{}", member.log());
    }
}

#[test]
fn an_etcd_that_refuses_the_client() {
    if !installed(&["etcd"]) {
        return;
    }
    let tree = Tree::new(&[]);
    let other = Tree::new(&[]);
    // Since the start of etcd everything was made anew but its own certificate.
    let used = tree.copy();
    used.take(&other, &CA);
    let member = Member::start(&used.pki(), true);
    let etcd = member.client();
    tree.assert_found(
        &etcd,
        &[],
        "refuses the client certificate pki/apiserver-etcd-client.crt: 'remote error: tls: ",
    );
    // The fault lies in the file, which says so.
    let mixed = tree.copy();
    mixed.take(&other, &CLIENT);
    assert_eq!(mixed.verify(&[&etcd], &[]).1, [""; 0]);
}

#[test]
fn an_etcd_that_asks_for_nothing() {
    if !installed(&["etcd"]) {
        return;
    }
    let tree = Tree::new(&[]);
    let member = Member::start(&tree.pki(), false);
    tree.assert_found(&member.client(), &[], "live-no-client-auth");
    tree.assert_found(&member.peer(), &[], "live-no-client-auth");
}

#[test]
fn what_only_listens() {
    let tree = Tree::new(&[]);
    let listen = || TcpListener::bind((ADDRESS, 0)).expect("a free port");
    let endpoint = |listener: &TcpListener| {
        let address = listener.local_addr().expect("a bound socket");
        format!("etcd={address}")
    };
    let silent = listen();
    let (closing, plain) = (listen(), listen());
    // The port of a client: nobody listens there, nor can as long as it is connected.
    let other_end = listen();
    let held = TcpStream::connect(other_end.local_addr().expect("a bound socket"));
    let held = held.expect("a connection");
    let closed = format!("etcd={}", held.local_addr().expect("a bound socket"));
    let [at_silent, at_closing, at_plain] = [&silent, &closing, &plain].map(endpoint);
    thread::spawn(move || closing.incoming().for_each(drop));
    thread::spawn(move || {
        for stream in plain.incoming() {
            let answer = b"HTTP/1.1 400 Bad Request\r\n\r\n\x1b[2J";
            let _ = stream.and_then(|mut stream| stream.write_all(answer));
        }
    });
    // One after the other would take as long as all of them.
    let all = [at_silent, at_closing, at_plain, closed];
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    let (status, mut found) = tree.verify(&all, &[]);
    assert_eq!(status, Some(2), "{found:?}");
    found.iter_mut().for_each(|one| {
        let (rule, message) = one.split_once(' ').expect("a rule");
        let (_, message) = message.split_once(": ").expect("an address");
        *one = format!("{rule}: {message}");
    });
    found.sort();
    assert_eq!(
        found,
        [
            "live-not-tls: speaks no TLS: it answers 'HTTP/1.1 400 Bad Request'",
            "live-unreachable: cannot be reached: connection refused",
            "live-unreachable: closes the connection instead of answering: a load balancer without a server behind it does so, and an etcd that runs without TLS",
            "live-unreachable: takes the connection and does not answer within 5 s",
        ]
    );
    drop((silent, other_end, held));
}
