//! The age program opens what kpki encrypted, and kpki what age did.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::{TempDir, tempdir};

use crate::common::program::installed;
use crate::common::{Output, kpki, run};

const PASSPHRASE: &str = "correct horse battery staple";

/// A host's tree, a key of age, and a passphrase.
struct Place {
    directory: TempDir,
    recipient: String,
}

impl Place {
    fn new() -> Self {
        let directory = tempdir().expect("a temporary directory");
        let at = |name: &str| directory.path().join(name);
        let mut command = kpki();
        command.args(["gen", "--key-algorithm", "ECDSA-P256", "--host", "m0"]);
        command
            .args(["--ip", "10.0.0.10", "--cert-dir"])
            .arg(at("a/pki"));
        assert!(run(&mut command).status.success());
        let made = run(Command::new("age-keygen").arg("-o").arg(at("key")));
        let recipient = made.stderr.split_whitespace().last().expect("a recipient");
        let recipient = recipient.to_owned();
        fs::write(at("pass"), format!("{PASSPHRASE}\n")).expect("written");
        let closed = fs::Permissions::from_mode(0o600);
        fs::set_permissions(at("pass"), closed).expect("chmod");
        Self {
            directory,
            recipient,
        }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn bundle(&self, arguments: &[&str]) -> Output {
        let mut command = kpki();
        let output = run(command
            .current_dir(self.directory.path())
            .arg("bundle")
            .args(arguments));
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        output
    }

    fn create(&self, arguments: &[&str]) -> PathBuf {
        let create = ["create", "--from", "a/pki", "--to", "made.age", "--force"];
        self.bundle(&[&create[..], arguments].concat());
        self.at("made.age")
    }

    fn age(&self, arguments: &[&str], file: &Path) -> Vec<u8> {
        let out = self.at("out");
        let mut command = Command::new("age");
        let output = run(command.args(arguments).arg("-o").arg(&out).arg(file));
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        fs::read(out).expect("what age wrote")
    }

    /// age asks for passphrases on a terminal only, which `script` makes.
    fn age_on_a_terminal(&self, arguments: &str, typed: &str) -> Vec<u8> {
        let out = self.at("out");
        let _ = fs::remove_file(&out);
        let command = format!("age {arguments}");
        let mut script = Command::new("script");
        script.args(["-qec", &command, "/dev/null"]);
        script.current_dir(self.directory.path());
        script.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = script.spawn().expect("script starts");
        let mut stdin = child.stdin.take().expect("a pipe");
        stdin.write_all(typed.as_bytes()).expect("typed");
        drop(stdin);
        let output = child.wait_with_output().expect("it ends");
        assert!(output.status.success(), "{command}: {output:?}");
        fs::read(out).expect("what age wrote")
    }

    /// Applies it to an empty place and compares what is there.
    fn applies(&self, sealed: &[u8], arguments: &[&str]) {
        fs::write(self.at("theirs.age"), sealed).expect("written");
        let _ = fs::remove_dir_all(self.at("b"));
        let shown = self.bundle(
            &["show", "theirs.age", "-o", "json"]
                .into_iter()
                .chain(arguments.iter().copied())
                .collect::<Vec<_>>(),
        );
        let (_, cluster) = shown
            .stdout
            .split_once("\"cluster\": \"")
            .expect("its cluster");
        let cluster = cluster.split('"').next().expect("a text");
        let apply = [
            "apply",
            "theirs.age",
            "--cert-dir",
            "b/pki",
            "--cluster-id",
            cluster,
        ];
        self.bundle(&[&apply[..], arguments].concat());
        for name in ["ca.key", "sa.key", "etcd/ca.crt", "front-proxy-ca.key"] {
            let read = |tree: &str| fs::read(self.at(tree).join("pki").join(name)).expect(name);
            assert!(read("a") == read("b"), "{name}");
        }
    }
}

#[test]
fn with_a_recipient_both_ways() {
    if !installed(&["age", "age-keygen"]) {
        return;
    }
    let place = Place::new();
    let key = place.at("key");
    let key = key.to_str().expect("UTF-8");
    for armor in [&[][..], &["--armor"]] {
        let recipient = ["--recipient", &place.recipient];
        let made = place.create(&[&recipient[..], armor].concat());
        let plain = place.age(&["-d", "-i", key], &made);
        assert!(plain.starts_with(b"kpki-bundle/v1\n{\"cluster\":\"sha256:"));
        assert!(plain.len().is_multiple_of(1024));

        fs::write(place.at("plain"), &plain).expect("written");
        let age_armor = if armor.is_empty() { &[][..] } else { &["-a"] };
        let encrypt = [&["-r", &place.recipient][..], age_armor].concat();
        let theirs = place.age(&encrypt, &place.at("plain"));
        place.applies(&theirs, &["-i", "key"]);
    }
}

#[test]
fn with_a_passphrase_both_ways() {
    if !installed(&["age", "age-keygen", "script"]) {
        return;
    }
    let place = Place::new();
    place.create(&["--passphrase-file", "pass"]);
    let line = format!("{PASSPHRASE}\n");
    let plain = place.age_on_a_terminal("-d -o out made.age", &line);
    assert!(plain.starts_with(b"kpki-bundle/v1\n"));

    fs::write(place.at("plain"), plain).expect("written");
    let theirs = place.age_on_a_terminal("-p -o out plain", &line.repeat(2));
    place.applies(&theirs, &["--passphrase-file", "pass"]);
}
