//! The scripts in every shell of this machine, without ssh.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use pki_core::copy::{Present, PresentFile};
use pki_core::{KeyPair, SigningKey};

use super::*;
use crate::remote::{local_with, shells, unsafe_to_bare};
use crate::store::{NewFile, Root};

mod interrupted;
mod owners;
mod publishing;
mod surveys;

const KEY: &str = "-----BEGIN PRIVATE KEY-----\nnot a real one\n-----END PRIVATE KEY-----\n";

fn at(path: &Path, shell: &str) -> RemoteDirectory {
    RemoteDirectory::over(local_with(&library(), shell), path.to_str().expect("UTF-8"))
}

fn path(text: &str) -> RelPath {
    RelPath::new(text).expect("valid")
}

fn file(name: &str, bytes: &[u8], replaces: bool) -> NewFile {
    NewFile {
        path: path(name),
        bytes: Zeroizing::new(bytes.to_vec()),
        mode: if name.ends_with(".key") { 0o600 } else { 0o644 },
        replaces,
    }
}

fn asked<'a>(name: &str, expected: Option<&'a [u8]>, is_secret: bool) -> Asked<'a> {
    Asked {
        path: path(name),
        expected,
        is_secret,
    }
}

/// Each with a directory of its own.
fn in_every_shell(test: impl Fn(&str, &Path)) {
    for shell in shells() {
        let temp = tempfile::tempdir().expect("tempdir");
        test(shell, temp.path());
    }
}

/// Everything below a directory, with modes.
fn tree(top: &Path) -> Vec<String> {
    let mut names = Vec::new();
    for entry in fs::read_dir(top).expect("readable") {
        let path = entry.expect("entry").path();
        let mode = fs::symlink_metadata(&path).expect("there").mode() & 0o7777;
        let name = path
            .file_name()
            .expect("name")
            .to_string_lossy()
            .into_owned();
        names.push(format!("{name} {mode:o}"));
        if path.is_dir() && !path.is_symlink() {
            names.extend(
                tree(&path)
                    .into_iter()
                    .map(|below| format!("{name}/{below}")),
            );
        }
    }
    names.sort();
    names
}

impl RemoteDirectory {
    /// Where it is all the same how far it went.
    fn publish(&mut self, files: Vec<NewFile>, stamp: &str) -> Result<Receipt, Failure> {
        let delivery = Delivery {
            files,
            ..Delivery::default()
        };
        Destination::publish(self, delivery, stamp).map_err(|error| match error {
            Unpublished::Undone(failure)
            | Unpublished::Overtaken(failure)
            | Unpublished::Unknown { failure, .. } => failure,
        })
    }
}

#[test]
fn files_are_found_written_and_read_back_in_every_shell() {
    for shell in shells() {
        let temp = tempfile::tempdir().expect("tempdir");
        let top = temp.path().join("a b/pki");
        let mut there = at(&top, shell);
        let ask = || {
            vec![
                asked("ca.key", Some(KEY.as_bytes()), true),
                asked("etcd/ca.crt", Some(b"certificate"), false),
            ]
        };
        let survey = there.survey(&ask()).expect(shell);
        assert!(survey.host_name.is_some_and(|name| !name.is_empty()));
        assert!(
            survey
                .files
                .iter()
                .all(|file| matches!(file.content, Present::Nothing))
        );
        assert!(
            !temp.path().join("a b").exists(),
            "{shell}: nothing is made"
        );
        let files = vec![
            file("ca.key", KEY.as_bytes(), false),
            file("etcd/ca.crt", b"certificate", false),
            file("empty", b"", false),
        ];
        let receipt = there.publish(files, "1").expect(shell);
        assert_eq!((receipt.backup, receipt.remark), (None, None), "{shell}");
        let made = ["ca.key 600", "empty 644", "etcd 755", "etcd/ca.crt 644"];
        assert_eq!(tree(&top), made, "{shell}");
        let survey = there.survey(&ask()).expect(shell);
        assert!(
            survey
                .files
                .iter()
                .all(|file| matches!(file.content, Present::Equal)),
            "{shell}"
        );
        assert_eq!(survey.files.first().map(|file| file.mode), Some(0o600));
        let modified = survey.files.first().and_then(|file| file.modified);
        assert!(
            modified.is_some_and(|seconds| seconds > 1_500_000_000),
            "{shell}"
        );

        // Everything that is an octet, and another key.
        let all: Vec<u8> = (0..=255).cycle().take(5000).collect();
        let files = vec![
            file("ca.key", &all, true),
            file("etcd/ca.crt", b"", true),
            file("new", &all, false),
        ];
        let receipt = there.publish(files, "2").expect(shell);
        let backup = top.join("kpki-backup-2");
        assert_eq!(receipt.backup.as_deref(), backup.to_str(), "{shell}");
        let kept = fs::read(backup.join("ca.key")).expect("kept");
        assert_eq!(kept, KEY.as_bytes(), "{shell}");
        let kept = ["ca.key 600", "etcd 700", "etcd/ca.crt 644"];
        assert_eq!(tree(&backup), kept, "{shell}");
        let paths = ["ca.key", "new", "etcd/ca.crt"].map(path);
        let read = there.read_back(&paths).expect(shell);
        assert_eq!(
            read.iter().map(|bytes| bytes.len()).collect::<Vec<_>>(),
            [5000, 5000, 0]
        );
        assert_eq!(
            read.first().map(|bytes| bytes.to_vec()),
            Some(all),
            "{shell}"
        );
        assert!(!top.join(".kpki-copy").exists(), "{shell}");
        let survey = there.survey(&ask()).expect(shell);
        let kinds: Vec<_> = survey
            .files
            .iter()
            .map(|file| format!("{:?}", file.content))
            .collect();
        assert_eq!(
            kinds,
            ["OtherSecret(None)", "Content(0 bytes, [elided])"],
            "{shell}"
        );
    }
}

#[test]
fn the_programs_of_a_small_system_do_as_well() {
    if !crate::remote::program::installed(&["busybox"]) {
        return;
    }
    let programs = [
        "cat",
        "chmod",
        "cksum",
        "dd",
        "find",
        "id",
        "ln",
        "ls",
        "mkdir",
        "mv",
        "rm",
        "rmdir",
        "sed",
        "sha256sum",
        "stat",
        "sync",
        "tr",
    ];
    let small = programs.map(|it| format!("{it}() {{ busybox {it} \"$@\"; }}\n"));
    let without = "stat() { return 1; }\nsed() { return 1; }\nsha256sum() { return 1; }\n";
    for without in ["", without] {
        let temp = tempfile::tempdir().expect("tempdir");
        let top = temp.path().join("pki");
        let mut there = at(&top, "busybox");
        there.sabotage = small.concat() + without;
        let ask = || {
            vec![
                asked("ca.key", Some(KEY.as_bytes()), true),
                asked("etcd/ca.crt", Some(b"certificate\n"), false),
            ]
        };
        there.survey(&ask()).expect("survey");
        let files = |key: &[u8], replaces| {
            vec![
                file("ca.key", key, replaces),
                file("etcd/ca.crt", b"certificate\n", replaces),
            ]
        };
        there.publish(files(b"old\n", false), "1").expect("written");
        let receipt = there.publish(files(KEY.as_bytes(), true), "2");
        let kept = ["ca.key 600", "etcd 700", "etcd/ca.crt 644"];
        let backup = receipt.expect("written").backup.expect("kept");
        assert_eq!(tree(backup.as_ref()), kept);
        let found = there.survey(&ask()).expect("survey").files;
        let is_equal = |file: &PresentFile| matches!(file.content, Present::Equal);
        assert!(found.iter().all(is_equal), "{found:?}");
        let paths = ["ca.key", "etcd/ca.crt"].map(path);
        let read = there.read_back(&paths).expect("readable");
        assert_eq!(read.first().map(|it| it.to_vec()), Some(KEY.into()));
    }
}

#[test]
fn scripts_are_written_for_every_shell() {
    let scripts: Vec<_> = SCRIPTS
        .into_iter()
        .chain([KEYS, REMAINS, FORESEE, TARGETS, RECEIVE, READ_BACK])
        .collect();
    for script in &scripts {
        assert_eq!(unsafe_to_bare(script), None);
    }
    // ssh hands over 16 KiB at once, so that it is read at once.
    let sent = crate::remote::whole(&library()).len();
    assert!(sent < 16_384, "{sent}");
    for shell in shells() {
        for script in scripts.iter().map(|script| bare(script)) {
            let mut words = shell.split(' ').chain((shell == "busybox").then_some("sh"));
            let mut command = Command::new(words.next().expect("a shell"));
            let checked = command
                .args(words)
                .args(["-n", "-c", &script])
                .output()
                .expect("run");
            assert!(checked.status.success(), "{shell}: {checked:?}");
        }
    }
}
