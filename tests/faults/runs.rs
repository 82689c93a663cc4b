//! Runs that are killed early, that meet another run, or that somebody starts
//! with an odd umask.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::common::describe::describe_with_fingerprints;
use crate::common::{kpki, run};
use crate::snapshot::Snapshot;

const ONE_HOST: [&str; 5] = ["gen", "--host", "m0", "--ip", "10.0.0.10"];

fn start(command: &mut Command) -> Child {
    let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().expect("kpki starts")
}

/// Waits until the run holds its lock.
fn wait_for_lock(top: &Path, child: &mut Child) {
    let begin = Instant::now();
    while !top.join(".kpki.lock").exists() {
        assert!(
            child.try_wait().expect("our child").is_none(),
            "it ended without a lock"
        );
        assert!(
            begin.elapsed() < Duration::from_secs(60),
            "it takes no lock"
        );
        std::thread::yield_now();
    }
}

#[test]
fn killed_while_it_makes_keys() {
    for top_exists in [true, false] {
        let temp = tempfile::tempdir().expect("a temporary directory");
        let top = temp.path().join("t");
        if top_exists {
            std::fs::create_dir(&top).expect("new");
            std::fs::write(top.join("mine"), "stays\n").expect("written");
        }
        let before = Snapshot::of(&top);
        let mut command = kpki();
        command
            .args(ONE_HOST)
            .arg("--cert-dir")
            .arg(top.join("pki"));
        // These keys take seconds, so that a random fraction of one is among them.
        let mut child = start(command.args(["--key-algorithm", "RSA-4096"]));
        wait_for_lock(&top, &mut child);
        let clock = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .expect("after 1970");
        std::thread::sleep(Duration::from_millis(u64::from(
            clock.subsec_micros() % 200,
        )));
        child.kill().expect("our child");
        let status = child.wait().expect("our child");
        assert_eq!(status.code(), None, "it was faster than its keys");
        let after = Snapshot::of(&top);
        assert!(
            after.files() == before.files(),
            "{}",
            before.difference(&after)
        );
        assert_eq!(after.leftovers(), [".kpki.lock"]);

        let mut command = kpki();
        command
            .args(ONE_HOST)
            .arg("--cert-dir")
            .arg(top.join("pki"));
        let output = run(command.args(["--key-algorithm", "ECDSA-P256"]));
        assert!(output.status.success(), "{}", output.stderr);
        assert_eq!(output.stderr, "", "nothing was left to finish or undo");
        assert!(Snapshot::of(&top).leftovers().is_empty());
    }
}

#[test]
fn two_at_once_share_their_cas() {
    let temp = tempfile::tempdir().expect("a temporary directory");
    let out = temp.path().join("out");
    let fleet = |hosts: &[&str]| {
        let mut command = kpki();
        command.arg("gen").arg("--out").arg(&out);
        for host in hosts {
            command.args(["--host", host]);
        }
        command
    };
    // RSA keys keep the first run busy until the second has begun.
    let mut first = start(&mut fleet(&["m0=10.0.0.10", "m1=10.0.0.11"]));
    wait_for_lock(&out, &mut first);
    let pid = first.id();
    let second = run(&mut fleet(&[
        "m0=10.0.0.10",
        "m1=10.0.0.11",
        "m2=10.0.0.12",
    ]));
    let first = first.wait_with_output().expect("our child");
    assert!(
        first.status.success(),
        "{}",
        String::from_utf8_lossy(&first.stderr)
    );
    assert!(second.status.success(), "{}", second.stderr);
    let waiting = format!("note: waiting for another run in this directory: process {pid} on ");
    assert!(second.stderr.starts_with(&waiting), "{}", second.stderr);

    assert!(Snapshot::of(&out).leftovers().is_empty());
    let found = describe_with_fingerprints(&out);
    let fingerprint = |path: String| {
        let found = found["certificates"][path.as_str()]["certificates"][0]["sha256"].as_str();
        found
            .unwrap_or_else(|| panic!("no certificate in {path}"))
            .to_owned()
    };
    for ca in ["ca.crt", "etcd/ca.crt", "front-proxy-ca.crt"] {
        for host in ["m0", "m1", "m2"] {
            let theirs = fingerprint(format!("{host}/etc/kubernetes/pki/{ca}"));
            assert_eq!(theirs, fingerprint(format!("shared/{ca}")), "{host}: {ca}");
        }
    }
}

#[test]
fn the_umask_changes_nothing() {
    let modes = |umask: &str| {
        let temp = tempfile::tempdir().expect("a temporary directory");
        let top = temp.path().join("new/kubernetes");
        let mut command = Command::new("sh");
        command
            .args(["-c", "umask $0; exec \"$@\"", umask])
            .arg(env!("CARGO_BIN_EXE_kpki"));
        command
            .args(ONE_HOST)
            .arg("--cert-dir")
            .arg(top.join("pki"));
        let output = run(command.args(["--key-algorithm", "ECDSA-P256"]));
        assert!(output.status.success(), "umask {umask}: {}", output.stderr);
        Snapshot::of(temp.path()).modes()
    };
    let usual = modes("022");
    for wanted in [
        "0755 new/kubernetes/pki",
        "0600 new/kubernetes/pki/ca.key",
        "0644 new/kubernetes/pki/ca.crt",
        "0600 new/kubernetes/admin.conf",
        "0600 new/kubernetes/pki/sa.key",
    ] {
        assert!(
            usual.iter().any(|line| line == wanted),
            "{wanted} is not among {usual:#?}"
        );
    }
    for umask in ["0", "077", "0777"] {
        assert_eq!(modes(umask), usual, "umask {umask}");
    }
}
