//! A PKI to copy, runs of `kpki copy`, and what they left.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::common::{kpki, run};
use crate::lab::Lab;

/// What `kpki gen` made for three masters, once for all tests.
pub(crate) fn made() -> &'static Path {
    static MADE: OnceLock<tempfile::TempDir> = OnceLock::new();
    MADE.get_or_init(|| make(&["m1=10.0.0.11", "m2=10.0.0.12", "m3=10.0.0.13"]))
        .path()
}

/// What `kpki gen` makes for these hosts: their CAs are no other's.
pub(crate) fn make(hosts: &[&str]) -> tempfile::TempDir {
    make_with(hosts, &[])
}

/// The same with more arguments.
pub(crate) fn make_with(hosts: &[&str], arguments: &[&str]) -> tempfile::TempDir {
    let temp = tempfile::tempdir().expect("tempdir");
    let mut command = kpki();
    command.args(["gen", "--key-algorithm", "ECDSA-P256", "--out"]);
    command.arg(temp.path()).args(arguments);
    for host in hosts {
        command.args(["--host", host]);
    }
    let output = run(&mut command);
    assert!(output.status.success(), "{output:?}");
    temp
}

/// What a run of `kpki copy` said of each host.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) status: i32,
    pub(crate) document: Value,
    pub(crate) stderr: String,
}

impl Told {
    #[track_caller]
    pub(crate) fn changed(&self) -> bool {
        let Some(changed) = self.document["changed"].as_bool() else {
            panic!("no report: {self:?}");
        };
        changed
    }

    fn host(&self, index: usize) -> &Value {
        &self.document["hosts"][index]
    }

    pub(crate) fn status_of(&self, index: usize) -> &str {
        self.host(index)["status"].as_str().unwrap_or_default()
    }

    /// Why a host failed or was refused.
    pub(crate) fn error_of(&self, index: usize) -> &str {
        let error = &self.host(index)["error"]["message"];
        error.as_str().unwrap_or_default()
    }

    pub(crate) fn hint_of(&self, index: usize) -> &str {
        let hint = &self.host(index)["error"]["hint"];
        hint.as_str().unwrap_or_default()
    }
}

/// `kpki copy` with the lab's configuration of ssh.
pub(crate) fn command(lab: &Lab, from: &Path, arguments: &[String]) -> Command {
    let mut command = kpki();
    command.env_remove("SSH_AUTH_SOCK");
    command.args(["copy", "--output", "json", "--ssh-config"]);
    command.arg(lab.config()).arg("--from").arg(from);
    command.args(arguments);
    // All hosts of the lab are this machine, whatever the cluster calls them.
    let itself = host_name();
    for name in ["m1", "m2", "m3"] {
        let begin = format!("{name}:");
        if arguments.iter().any(|word| word.starts_with(&begin)) {
            command.arg("--host-name").arg(format!("{name}={itself}"));
        }
    }
    command
}

/// What this machine calls itself.
pub(crate) fn host_name() -> String {
    let output = Command::new("uname").arg("-n").output().expect("uname");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

#[track_caller]
pub(crate) fn copy(lab: &Lab, from: &Path, arguments: &[String]) -> Told {
    told(&run(&mut command(lab, from, arguments)))
}

#[track_caller]
pub(crate) fn told(output: &crate::common::Output) -> Told {
    let document = serde_json::from_str(&output.stdout);
    let Ok(document) = document else {
        panic!("no JSON: {output:?}");
    };
    assert!(!output.stdout.contains("PRIVATE KEY"), "{}", output.stdout);
    assert!(!output.stderr.contains("PRIVATE KEY"), "{}", output.stderr);
    Told {
        status: output.status.code().unwrap_or(-1),
        document,
        stderr: output.stderr.clone(),
    }
}

/// `--to HOST:DIRECTORY` for each.
pub(crate) fn to(targets: &[(&str, &Path)]) -> Vec<String> {
    let mut words = Vec::new();
    for (host, directory) in targets {
        words.push("--to".to_owned());
        words.push(format!("{host}:{}", directory.display()));
    }
    words
}

/// The files below a directory: their modes and bytes. One that is not there has none.
pub(crate) fn files(top: &Path) -> BTreeMap<String, (u32, Vec<u8>)> {
    let mut found = BTreeMap::new();
    collect(top, top, &mut found);
    found
}

fn collect(top: &Path, at: &Path, found: &mut BTreeMap<String, (u32, Vec<u8>)>) {
    for entry in fs::read_dir(at).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(top, &path, found);
            continue;
        }
        let mode = fs::metadata(&path).map_or(0, |status| status.mode() & 0o7777);
        let name = path.strip_prefix(top).expect("below").to_string_lossy();
        found.insert(
            name.into_owned(),
            (mode, fs::read(&path).unwrap_or_default()),
        );
    }
}

/// The files that every master should have.
pub(crate) const SHARED: [&str; 8] = [
    "ca.crt",
    "ca.key",
    "etcd/ca.crt",
    "etcd/ca.key",
    "front-proxy-ca.crt",
    "front-proxy-ca.key",
    "sa.key",
    "sa.pub",
];

/// That a master has the shared files of this source, with their modes, and nothing of
/// ours but backups.
#[track_caller]
pub(crate) fn assert_copied(made: &Path, pki: &Path) {
    let source = files(&made.join("shared"));
    let mut there = files(pki);
    there.retain(|name, _| !name.starts_with("kpki-backup-"));
    assert_eq!(
        there.keys().collect::<Vec<_>>(),
        SHARED.iter().collect::<Vec<_>>()
    );
    for (name, (mode, bytes)) in &there {
        let expected = source.iter().find(|(path, _)| path.ends_with(name));
        let (_, (expected_mode, expected)) = expected.expect(name);
        assert!(bytes == expected, "{name} has other bytes");
        assert_eq!(mode, expected_mode, "{name}");
    }
}

/// Copies a tree to where a host has its own.
pub(crate) fn install(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("mkdir");
    for entry in fs::read_dir(from).expect("a directory").flatten() {
        let to = to.join(entry.file_name());
        match entry.path().is_dir() {
            true => install(&entry.path(), &to),
            false => drop(fs::copy(entry.path(), &to).expect("copied")),
        }
    }
}

/// Waits until something holds, as what a host does after its connection was cut.
#[track_caller]
pub(crate) fn wait_until(what: &str, holds: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_secs(30);
    while !holds() {
        assert!(Instant::now() < end, "in vain: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The certificates directory of a host, and the one above, in which copies are staged.
pub(crate) fn places(top: &Path) -> (PathBuf, PathBuf) {
    (top.join("kubernetes/pki"), top.join("kubernetes"))
}

pub(crate) fn has_stage(above: &Path) -> bool {
    let names = fs::read_dir(above).into_iter().flatten().flatten();
    names
        .filter_map(|entry| entry.file_name().into_string().ok())
        .any(|name| name.starts_with(".kpki-copy"))
}
