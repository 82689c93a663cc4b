//! A tree that is broken, and the members of etcd that use it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU8, Ordering};

use serde_json::Value;
use tempfile::NamedTempFile;

use super::words::Finding;
use crate::common::program::installed;
use crate::common::{kpki, run};
use crate::tree::Tree;

/// The tree of one host or two. Hosts of one cluster differ from the hosts of
/// all others, so that no test takes another's port.
pub(super) struct Lab {
    tree: Tree,
}

/// What openssl should make of a certificate.
pub(super) struct Content<'a> {
    /// The CA that signs it.
    pub(super) authority: &'a str,
    pub(super) purposes: &'a str,
    pub(super) names: &'a str,
    /// One more line of its section of extensions.
    pub(super) more: &'a str,
    /// The flag for the hash that is signed.
    pub(super) digest: &'a str,
}

impl Default for Content<'_> {
    fn default() -> Self {
        Self {
            authority: "etcd/ca",
            purposes: "serverAuth,clientAuth",
            names: "",
            more: "",
            digest: "-sha256",
        }
    }
}

impl Lab {
    /// `None` if what the tests need is not installed.
    pub(super) fn of_hosts(count: usize, arguments: &[&str]) -> Option<Self> {
        static NEXT: AtomicU8 = AtomicU8::new(1);
        if !installed(&["etcd", "etcdctl", "openssl", "curl"]) {
            return None;
        }
        let address = |_| format!("127.0.12.{}", NEXT.fetch_add(1, Ordering::Relaxed));
        let addresses: Vec<String> = (0..count).map(address).collect();
        let names = ["m0", "m1"].into_iter();
        let hosts: Vec<(&str, &str)> = names.zip(addresses.iter().map(String::as_str)).collect();
        Some(Self {
            tree: generate(&hosts, arguments),
        })
    }

    pub(super) fn tree(&self) -> &Tree {
        &self.tree
    }

    /// The tree of another cluster of the same names.
    pub(super) fn other(&self) -> Tree {
        let hosts: Vec<(&str, &str)> = self.tree.hosts().collect();
        generate(&hosts, &[])
    }

    /// A file of a host's `pki/`.
    pub(super) fn path(&self, host: &str, file: &str) -> PathBuf {
        self.tree.host(host).join("pki").join(file)
    }

    /// Files of another tree in the place of a host's own.
    pub(super) fn take(&self, other: &Tree, host: &str, files: &[&str]) {
        for file in files {
            let theirs = other.host(host).join("pki").join(file);
            fs::copy(theirs, self.path(host, file)).expect("copied");
        }
    }

    /// Makes a certificate and its key anew by `kpki gen`.
    pub(super) fn generate(&self, name: &str, arguments: &[&str]) {
        for (host, _) in self.tree.hosts() {
            for end in ["crt", "key"] {
                let path = self.path(host, &format!("{name}.{end}"));
                fs::remove_file(path).expect("removed");
            }
        }
        let only = ["--key-algorithm", "ECDSA-P256", "--only", name];
        self.tree.generate_missing(&[&only, arguments].concat());
    }

    /// What a server or peer certificate of a host should name.
    pub(super) fn names(&self, host: &str) -> String {
        let (_, address) = self
            .tree
            .hosts()
            .find(|(name, _)| *name == host)
            .expect("a host of the tree");
        format!("DNS:{host},DNS:localhost,IP:{address},IP:127.0.0.1,IP:::1")
    }

    /// Puts a certificate with the same subject and key in the place of one,
    /// made by openssl.
    pub(super) fn sign(&self, host: &str, name: &str, content: &Content<'_>) {
        let mut extensions = format!(
            "keyUsage=critical,digitalSignature,keyEncipherment\n\
             extendedKeyUsage={}\n\
             basicConstraints=critical,CA:FALSE\n\
             authorityKeyIdentifier=keyid\n{}\n",
            content.purposes, content.more
        );
        if !content.names.is_empty() {
            extensions.push_str(&format!("subjectAltName={}\n", content.names));
        }
        let extensions = temporary(&extensions);
        let pair = ["crt", "key"].map(|end| self.path(host, &format!("{name}.{end}")));
        let request = temporary("");
        let mut command = openssl("x509");
        command.arg("-x509toreq").arg("-in").arg(&pair[0]);
        replace(request.path(), command.arg("-signkey").arg(&pair[1]));
        let mut command = openssl("x509");
        command.arg("-req").arg("-in").arg(request.path());
        command.arg("-extfile").arg(extensions.path());
        command.args(["-days", "300", "-set_serial", "4711"]);
        for (flag, end) in [("-CA", "crt"), ("-CAkey", "key")] {
            let file = format!("{}.{end}", content.authority);
            command.arg(flag).arg(self.path(host, &file));
        }
        replace(&pair[0], command.arg(content.digest));
    }

    /// Puts a certificate with the same subject, key and extensions in the
    /// place of etcd's CA, with one more extension.
    pub(super) fn renew_ca(&self, host: &str, extension: &str, more: &[&str]) {
        let extensions = temporary(extension);
        let path = self.path(host, "etcd/ca.crt");
        let mut command = openssl("x509");
        command.arg("-in").arg(&path).args(["-days", "3000"]);
        command.arg("-signkey").arg(self.path(host, "etcd/ca.key"));
        command.arg("-extfile").arg(extensions.path());
        replace(&path, command.args(more));
    }

    /// Puts what openssl makes of a host's file in its place.
    pub(super) fn convert(&self, host: &str, file: &str, subcommand: &str, arguments: &[&str]) {
        let path = self.path(host, file);
        let mut command = openssl(subcommand);
        command.arg("-in").arg(&path).args(arguments);
        replace(&path, &mut command);
    }

    /// The only finding that is more than a note.
    pub(super) fn finds(&self, severity: &str, rule: &str, file: &str) -> Finding {
        let mut found = self.findings();
        let shown = |one: &Finding| format!("{} {} {}", one.severity, one.rule, one.file);
        let all: Vec<String> = found
            .iter()
            .map(|one| format!("{}: {}", shown(one), one.message))
            .collect();
        assert!(found.len() == 1, "{all:#?}");
        let found = found.remove(0);
        assert_eq!(shown(&found), format!("{severity} {rule} {file}"));
        found
    }

    /// What `kpki verify` finds in the trees of all hosts.
    pub(super) fn findings(&self) -> Vec<Finding> {
        let mut command = kpki();
        command.arg("verify").args(["-o", "json"]);
        command.args(["--etcd", "stacked", "--kubernetes-version", "v1.36"]);
        command.args(self.tree.description());
        command.args(self.tree.hosts().map(|(name, _)| self.tree.host(name)));
        let output = run(&mut command);
        let report: Value = serde_json::from_str(&output.stdout)
            .unwrap_or_else(|error| panic!("{command:?}: {error}: {output:?}"));
        let hosts = report["hosts"].as_array().expect("a list").iter();
        let findings: Vec<Finding> = hosts
            .map(|host| &host["findings"])
            .chain([&report["between"]])
            .flat_map(|list| list.as_array().into_iter().flatten())
            .map(|finding| {
                let text = |field: &str| finding[field].as_str().unwrap_or_default().to_owned();
                Finding {
                    severity: text("severity"),
                    rule: text("rule"),
                    file: text("file"),
                    message: text("message"),
                    why: text("why"),
                }
            })
            .filter(|finding| finding.severity != "note")
            .collect();
        let errors = findings.iter().any(|finding| finding.severity == "error");
        assert_eq!(output.status.code(), Some(i32::from(errors)), "{output:?}");
        findings
    }
}

/// etcd's CA has an RSA key, as kubeadm makes it and as the rules quote what Go
/// says of its signatures; the other keys are made faster.
fn generate(hosts: &[(&str, &str)], arguments: &[&str]) -> Tree {
    let authority = ["--key-algorithm", "RSA-2048", "--only", "etcd/ca"];
    let tree = Tree::of(hosts, &[&authority, arguments].concat());
    tree.generate_missing(&[&["--key-algorithm", "ECDSA-P256"], arguments].concat());
    tree
}

fn openssl(subcommand: &str) -> Command {
    let mut command = Command::new("openssl");
    command.arg(subcommand);
    command
}

fn temporary(text: &str) -> NamedTempFile {
    let file = NamedTempFile::new().expect("a temporary file");
    fs::write(file.path(), text).expect("written");
    file
}

/// The file keeps its mode.
fn replace(path: &Path, command: &mut Command) {
    fs::write(path, finish(command)).expect("written");
}

fn finish(command: &mut Command) -> Vec<u8> {
    let output = command.output().expect("openssl runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {said}");
    output.stdout
}
