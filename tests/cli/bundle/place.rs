//! A directory with something to carry.

use std::fs;
use std::io::Write;
use std::ops::Deref;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::common::{Output, fixture, run};
use crate::setup::{NOW, Place};

/// A throw-away test key, as age-keygen wrote it.
const KEY: &str = "\
# created: 2026-11-22T19:15:00Z
# public key: age13uf2lw74qygd8t6ctz076y9gjxgnngs92xjd5dumauvd2tqmkvesljkpyz
AGE-SECRET-KEY-1UTD9NUSES77V4LG96HJ7U4D4DCS4WZNXFJ6C8K0CVQE7ZU5YW3SSSZX4LH
";

pub(super) const RECIPIENT: &str = "age13uf2lw74qygd8t6ctz076y9gjxgnngs92xjd5dumauvd2tqmkvesljkpyz";

/// Where the key is.
pub(super) const IDENTITY: &str = "key.txt";

pub(super) struct Carried(pub(super) Place);

impl Deref for Carried {
    type Target = Place;

    fn deref(&self) -> &Place {
        &self.0
    }
}

impl Carried {
    fn new() -> Self {
        let place = Place::new();
        private(&place.join(IDENTITY), KEY.as_bytes());
        Self(place)
    }

    /// The tree of a host that kubeadm made, in `a`.
    pub(super) fn sample() -> Self {
        let place = Self::new();
        copy(&fixture("kubeadm/sample"), &place.join("a"));
        place
    }

    /// What gen makes for two hosts, in `out`.
    pub(super) fn fleet() -> Self {
        let place = Self::new();
        let hosts = ["--host", "m0=10.0.0.10", "--host", "m1=10.0.0.11"];
        place.generate(&[&hosts[..], &["--control-plane-endpoint", "10.0.0.100:6443"]].concat());
        place
    }

    /// The same with etcd elsewhere.
    pub(super) fn external() -> Self {
        let place = Self::new();
        place.generate(&["--host", "m0=10.0.0.10", "--etcd", "external"]);
        place
    }

    fn generate(&self, arguments: &[&str]) {
        let mut command = self.gen_command(&["--out", "out"]);
        let output = run(command.args(arguments));
        assert_eq!(output.status.code(), Some(0), "{output:?}");
    }

    /// `kpki bundle` at a fixed time.
    pub(super) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.0.command(&["bundle", "--now", NOW]);
        command.args(arguments);
        command
    }

    pub(super) fn run(&self, arguments: &[&str]) -> Output {
        run(&mut self.command(arguments))
    }

    /// Into `b`, with the cluster that somebody wrote down where nothing else tells it.
    pub(super) fn apply(&self, file: &str, more: &[&str]) -> Output {
        let arguments = ["apply", file, "-i", IDENTITY, "--cert-dir", "b/pki"];
        let is_told = more.contains(&"--cluster-id") || self.join("b/pki/ca.crt").exists();
        let cluster = match is_told {
            true => Vec::new(),
            false => vec!["--cluster-id".to_owned(), self.cluster_of(file)],
        };
        self.run(
            &[
                &arguments[..],
                more,
                &cluster.iter().map(String::as_str).collect::<Vec<_>>(),
            ]
            .concat(),
        )
    }

    pub(super) fn cluster_of(&self, file: &str) -> String {
        let shown = self.run(&["show", file, "-i", IDENTITY, "-o", "json"]);
        let report: Value = serde_json::from_str(&shown.stdout).expect("one JSON document");
        let cluster = report["bundle"]["cluster"].as_str();
        cluster.expect("a text").to_owned()
    }

    pub(super) fn with_stdin(&self, arguments: &[&str], input: &[u8]) -> Output {
        let mut command = self.command(arguments);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().expect("kpki starts");
        let mut stdin = child.stdin.take().expect("a pipe");
        // Whoever has seen enough closes it.
        let _ = stdin.write_all(input);
        drop(stdin);
        let output = child.wait_with_output().expect("it ends");
        Output {
            status: output.status,
            stdout: String::from_utf8(output.stdout).expect("UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("UTF-8"),
        }
    }

    pub(super) fn files_below(&self, folder: &str) -> Vec<PathBuf> {
        let folder = self.join(folder);
        let contents = self.contents().into_iter();
        contents
            .filter(|(path, bytes)| bytes.is_some() && path.starts_with(&folder))
            .map(|(path, _)| path)
            .collect()
    }
}

/// A file that nobody else may read.
pub(super) fn private(path: &Path, bytes: &[u8]) {
    fs::write(path, bytes).expect("written");
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).expect("chmod");
}

/// With the modes that kubeadm gives.
fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).expect("made");
    for entry in fs::read_dir(from).expect("a folder") {
        let path = entry.expect("an entry").path();
        let target = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            copy(&path, &target);
            continue;
        }
        let mode = match path.extension().is_some_and(|extension| extension == "crt") {
            true => 0o644,
            false => 0o600,
        };
        fs::write(&target, fs::read(&path).expect("a fixture")).expect("written");
        fs::set_permissions(&target, fs::Permissions::from_mode(mode)).expect("chmod");
    }
}
