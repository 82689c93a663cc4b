//! Trees of `kpki gen`, and what lies in them.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use tempfile::{TempDir, tempdir};

use crate::common::{kpki, run};

/// The hosts of most trees. The whole of 127.0.0.0/8 is loopback on Linux, so
/// that three hosts can be one machine.
pub(crate) const HOSTS: [(&str, &str); 3] = [
    ("m0", "127.0.10.1"),
    ("m1", "127.0.10.2"),
    ("m2", "127.0.10.3"),
];

/// The address that the hosts' API servers share.
pub(crate) const ENDPOINT: &str = "127.0.10.100:6443";

/// What `kpki gen` made of hosts; removed when dropped.
pub(crate) struct Tree {
    directory: TempDir,
    hosts: Vec<(String, String)>,
}

impl Tree {
    /// Of [`HOSTS`].
    pub(crate) fn generate(arguments: &[&str]) -> Self {
        Self::of(&HOSTS, arguments)
    }

    /// Of these names and addresses.
    pub(crate) fn of(hosts: &[(&str, &str)], arguments: &[&str]) -> Self {
        let owned = |(name, address): &(&str, &str)| ((*name).to_owned(), (*address).to_owned());
        let tree = Self {
            directory: tempdir().expect("a temporary directory"),
            hosts: hosts.iter().map(owned).collect(),
        };
        tree.generate_missing(arguments);
        tree
    }

    /// Makes what is not there.
    pub(crate) fn generate_missing(&self, arguments: &[&str]) {
        let mut command = kpki();
        command.arg("gen").args(self.description()).args(arguments);
        command.arg("--out").arg(self.path());
        let output = run(&mut command);
        assert!(output.status.success(), "{command:?}: {}", output.stderr);
    }

    /// The hosts and what they share, as flags.
    pub(crate) fn description(&self) -> Vec<String> {
        let endpoint = ["--control-plane-endpoint", ENDPOINT].map(str::to_owned);
        let hosts = self
            .hosts()
            .flat_map(|(name, address)| ["--host".to_owned(), format!("{name}={address}")]);
        endpoint.into_iter().chain(hosts).collect()
    }

    /// The names and addresses of the hosts.
    pub(crate) fn hosts(&self) -> impl Iterator<Item = (&str, &str)> {
        let hosts = self.hosts.iter();
        hosts.map(|(name, address)| (name.as_str(), address.as_str()))
    }

    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
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

/// For `--now`: a running server has the system's clock.
pub(crate) fn days_ago(days: i64) -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let seconds = since.expect("a clock").as_secs();
    let seconds = i64::try_from(seconds).expect("this century");
    let then = pki_core::Timestamp::from_unix(seconds - days * 86_400);
    then.expect("this century").to_string()
}
