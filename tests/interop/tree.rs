//! Trees of `kpki gen`, and what lies in them.

use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use tempfile::{TempDir, tempdir};

use crate::common::{kpki, run};

/// The hosts of every tree. The whole of 127.0.0.0/8 is loopback on Linux, so
/// that three hosts can be one machine.
pub(crate) const HOSTS: [(&str, &str); 3] = [
    ("m0", "127.0.10.1"),
    ("m1", "127.0.10.2"),
    ("m2", "127.0.10.3"),
];

/// The address that the hosts' API servers share.
pub(crate) const ENDPOINT: &str = "127.0.10.100:6443";

/// What `kpki gen` made of [`HOSTS`]; removed when dropped.
pub(crate) struct Tree(TempDir);

impl Tree {
    pub(crate) fn generate(arguments: &[&str]) -> Self {
        let directory = tempdir().expect("a temporary directory");
        let mut command = kpki();
        command.args(["gen", "--control-plane-endpoint", ENDPOINT, "--out"]);
        command.arg(directory.path()).args(arguments);
        for (name, address) in HOSTS {
            command.arg("--host").arg(format!("{name}={address}"));
        }
        let output = run(&mut command);
        assert!(output.status.success(), "{command:?}: {}", output.stderr);
        Self(directory)
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// `/etc/kubernetes` of a host.
    pub(crate) fn host(&self, name: &str) -> PathBuf {
        self.path().join(name).join("etc/kubernetes")
    }

    /// Every file of the tree, in order.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        let mut files = Vec::new();
        collect(self.path(), &mut files);
        files.sort();
        files
    }
}

fn collect(directory: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).expect("a folder of the tree") {
        let path = entry.expect("an entry of the tree").path();
        match path.is_dir() {
            true => collect(&path, files),
            false => files.push(path),
        }
    }
}

/// The PEM text behind `field` of a kubeconfig.
pub(crate) fn kubeconfig_field(kubeconfig: &Path, field: &str) -> String {
    let text = fs::read_to_string(kubeconfig).expect("a kubeconfig is UTF-8");
    let mut lines = text.lines().map(str::trim);
    let value = lines.find_map(|line| line.strip_prefix(field)?.strip_prefix(':'));
    let Some(value) = value else {
        panic!("{}: no {field}", kubeconfig.display());
    };
    let pem = BASE64_STANDARD.decode(value.trim()).expect("base64");
    String::from_utf8(pem).expect("PEM is text")
}
