//! The scripts in every shell of this machine, without ssh.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;

use pki_core::{KeyPair, SigningKey};

use super::*;
use crate::remote::{local, program, shells};

const KEY: &str = "-----BEGIN PRIVATE KEY-----\nnot a real one\n-----END PRIVATE KEY-----\n";

fn at(path: &Path, shell: &str) -> RemoteDirectory {
    RemoteDirectory::over(local(shell), path.to_str().expect("UTF-8"))
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
fn everything_else_that_a_name_can_be_is_told() {
    for shell in shells() {
        let temp = tempfile::tempdir().expect("tempdir");
        let at_name = |name: &str| temp.path().join(name);
        fs::create_dir(at_name("dir")).expect("mkdir");
        fs::write(at_name("dir/file"), "text").expect("write");
        symlink("dir/file", at_name("link")).expect("symlink");
        symlink("dir", at_name("linked")).expect("symlink");
        let large = fs::File::create(at_name("large")).expect("create");
        large.set_len(LARGEST + 1).expect("size");
        let limit = fs::File::create(at_name("limit")).expect("create");
        limit.set_len(LARGEST).expect("size");
        assert!(
            Command::new("mkfifo")
                .arg(at_name("fifo"))
                .status()
                .expect("run")
                .success()
        );
        let names = [
            "dir",
            "link",
            "linked/file",
            "large",
            "limit",
            "fifo",
            "dir/file/x",
            "no/no",
        ];
        let ask: Vec<_> = names.iter().map(|name| asked(name, None, false)).collect();
        let survey = at(temp.path(), shell).survey(&ask).expect(shell);
        let found: Vec<_> = survey
            .files
            .iter()
            .map(|file| format!("{:?}", file.content))
            .collect();
        let expected = [
            "NotAFile(directory)",
            "NotAFile(symbolic link)",
            "NotAFile(symbolic link)",
            "Unreadable(it is larger than 1 MiB)",
            "Content(1048576 bytes, [elided])",
            "NotAFile(named pipe)",
            "Nothing",
            "Nothing",
        ];
        assert_eq!(found, expected, "{shell}");
    }
}

#[test]
fn what_stands_in_the_way_leaves_everything_as_it_was() {
    for shell in shells() {
        let temp = tempfile::tempdir().expect("tempdir");
        let top = temp.path();
        fs::write(top.join("old"), "old").expect("write");
        fs::write(top.join("twice"), "").expect("write");
        fs::hard_link(top.join("twice"), top.join("second")).expect("link");
        fs::create_dir(top.join("dir")).expect("mkdir");
        symlink("old", top.join("link")).expect("symlink");
        symlink("dir", top.join("linked")).expect("symlink");
        let before = tree(top);
        for (name, replaces, words) in [
            ("old", false, "already exists"),
            ("gone", true, "should be replaced but is gone"),
            ("twice", true, "has 2 names"),
            ("dir", true, "is a directory"),
            ("link", true, "is a symbolic link"),
            ("linked/x", false, "is a symbolic link"),
            ("old/x", false, "cannot make"),
        ] {
            let files = vec![
                file("a/b/new", b"new", false),
                file("old", b"new", true),
                file(name, b"bytes", replaces),
            ];
            let failure = at(top, shell).publish(files, "1").expect_err(name);
            assert!(
                failure.message().contains(words),
                "{shell} {name}: {failure:?}"
            );
            assert_eq!(tree(top), before, "{shell} {name}");
            assert_eq!(fs::read(top.join("old")).expect("there"), b"old");
        }
    }
}

/// A shell function in the place of a program, as one that fails at its second call.
fn sabotaged(top: &Path, shell: &str, program: &str, files: Vec<NewFile>) -> Failure {
    let mut there = at(top, shell);
    let count = top.with_extension("count");
    let sabotage = format!(
        "{program}() {{ echo x >>'{0}'; [ $(wc -l <'{0}') -ne 2 ] || \
         {{ echo \"{program}: failed: No space left on device\" >&2; return 1; }}; \
         command {program} \"$@\"; }}\n",
        count.display()
    );
    there.sabotage = sabotage;
    let failure = there.publish(files, "1").expect_err(program);
    fs::remove_file(count).expect("it was called");
    failure
}

#[test]
fn a_failure_at_any_step_is_taken_back() {
    for shell in shells() {
        for program in ["mkdir", "dd", "chmod", "ln", "mv"] {
            let temp = tempfile::tempdir().expect("tempdir");
            let top = temp.path().join("pki");
            fs::create_dir(&top).expect("mkdir");
            for name in ["a", "b.key"] {
                fs::write(top.join(name), "old").expect("write");
            }
            let before = tree(&top);
            let files = vec![
                file("a", b"new", true),
                file("b.key", b"new", true),
                file("c/d", b"new", false),
                file("e", b"new", false),
            ];
            let failure = sabotaged(&top, shell, program, files);
            let said = failure.message();
            assert!(
                said.contains("no space left on device"),
                "{shell} {program}: {said}"
            );
            assert_eq!(tree(&top), before, "{shell} {program}");
            for name in ["a", "b.key"] {
                assert_eq!(
                    fs::read(top.join(name)).expect("there"),
                    b"old",
                    "{shell} {program}"
                );
            }
        }
    }
}

#[test]
fn a_host_that_dies_in_the_middle_has_whole_files_and_the_next_run_finishes() {
    for shell in shells() {
        let temp = tempfile::tempdir().expect("tempdir");
        let top = temp.path();
        for name in ["a", "b", "c"] {
            fs::write(top.join(name), "old").expect("write");
        }
        let new = |replaces: [bool; 3]| {
            let names = ["a", "b", "c"].into_iter().zip(replaces);
            names
                .filter(|(_, replaces)| *replaces)
                .map(|(name, _)| file(name, b"new", true))
                .collect::<Vec<_>>()
        };
        let mut there = at(top, shell);
        // Nothing that could clear up outlives it.
        there.sabotage = "mv() { command mv \"$@\"; sh -c 'read -r pid name state parent rest </proc/$PPID/stat; \
                          kill -KILL $parent $PPID'; }\n".into();
        there.publish(new([true; 3]), "1").expect_err(shell);
        drop(there);
        let read = |name: &str| fs::read(top.join(name)).expect("there");
        assert_eq!(
            (read("a"), read("b")),
            (b"new".to_vec(), b"old".to_vec()),
            "{shell}"
        );
        assert_eq!(
            fs::read(top.join("kpki-backup-1/a")).expect("kept"),
            b"old",
            "{shell}"
        );
        assert!(top.join(".kpki-copy/1").exists(), "{shell}");

        // The backup has second names of the others, which are no obstacle.
        let mut there = at(top, shell);
        let receipt = there.publish(new([false, true, true]), "2").expect(shell);
        assert!(receipt.remark.is_some(), "{shell}");
        assert_eq!(
            (read("b"), read("c")),
            (b"new".to_vec(), b"new".to_vec()),
            "{shell}"
        );
        assert!(!top.join(".kpki-copy").exists(), "{shell}");
    }
}

#[test]
fn a_file_that_is_replaced_keeps_its_owner() {
    if !rustix::process::geteuid().is_root() {
        program::skip("only root can give files away");
        return;
    }
    let temp = tempfile::tempdir().expect("tempdir");
    for name in ["a", "b"] {
        fs::write(temp.path().join(name), "old").expect("write");
    }
    std::os::unix::fs::chown(temp.path().join("a"), Some(4321), Some(1234)).expect("chown");
    let files = vec![
        file("a", b"new", true),
        file("b", b"new", true),
        file("c", b"", false),
    ];
    at(temp.path(), "sh")
        .publish(files, "1")
        .expect("published");
    let owner = |name: &str| {
        let status = fs::metadata(temp.path().join(name)).expect("there");
        (status.uid(), status.gid())
    };
    assert_eq!(["a", "b", "c"].map(owner), [(4321, 1234), (0, 0), (0, 0)]);
}

#[test]
fn of_two_copies_one_waits_and_the_remains_of_a_dead_one_go() {
    for shell in shells() {
        let temp = tempfile::tempdir().expect("tempdir");
        let stage = temp.path().join(".kpki-copy");
        fs::create_dir(&stage).expect("mkdir");
        // This process lives, and nobody tells since when.
        fs::write(stage.join("pid"), format!("{}\n", std::process::id())).expect("write");
        let mut there = at(temp.path(), shell);
        assert!(there.survey(&[]).expect(shell).has_remains, "{shell}");
        there.sabotage = "sleep() { :; }\n".into();
        let failure = there.publish(Vec::new(), "1").expect_err("locked");
        assert!(
            failure.message().contains("another kpki writes there"),
            "{failure:?}"
        );
        assert!(stage.exists(), "{shell}");
        // A number that came again, for another process.
        fs::write(stage.join("pid"), format!("{} 1\n", std::process::id())).expect("write");
        fs::write(stage.join("0"), KEY).expect("write");
        let receipt = there
            .publish(vec![file("x", b"x", false)], "1")
            .expect(shell);
        let remark = receipt.remark.expect("said");
        assert!(remark.contains("remains"), "{remark}");
        assert_eq!(tree(temp.path()), ["x 644"], "{shell}");
        // One that died before it said who it is.
        fs::create_dir(&stage).expect("mkdir");
        there.publish(Vec::new(), "1").expect(shell);
        assert_eq!(tree(temp.path()), ["x 644"], "{shell}");
        // A run of this host that waits to be finished is not in our hands.
        fs::create_dir(temp.path().join(".kpki-stage")).expect("mkdir");
        let failure = there.publish(Vec::new(), "1").expect_err("unfinished");
        assert!(failure.message().contains("unfinished run"), "{failure:?}");
    }
}

#[test]
fn without_programs_for_digests_the_checksum_has_to_do() {
    let temp = tempfile::tempdir().expect("tempdir");
    let without = "sha256sum() { return 127; }; shasum() { echo 0; }; sha256() { :; }; \
                   openssl() { return 127; }\n";
    for shell in shells() {
        let top = temp.path().join(shell);
        let mut there = at(&top, shell);
        there.sabotage = without.into();
        let ask = || {
            [("a.key", KEY), ("b.key", KEY), ("c.key", "other")]
                .map(|(name, key)| asked(name, Some(key.as_bytes()), true))
        };
        let files = ["a.key", "c.key"].map(|name| file(name, KEY.as_bytes(), false));
        there.publish(files.into(), "1").expect(shell);
        let survey = there.survey(&ask()).expect(shell);
        let found: Vec<_> = survey
            .files
            .iter()
            .map(|file| format!("{:?}", file.content))
            .collect();
        assert_eq!(found, ["Equal", "Nothing", "OtherSecret(None)"], "{shell}");
        let places = there.look_around(&BTreeSet::new()).expect(shell);
        assert_eq!(places.tool, Tool::Checksum, "{shell}");
    }
}

#[test]
fn of_another_key_the_public_half_alone_is_asked_for() {
    let temp = tempfile::tempdir().expect("tempdir");
    let key = include_bytes!("../../../../fixtures/kubeadm/sample/pki/ca.key");
    let public = KeyPair::from_pem(key).expect("a key").public_key().clone();
    fs::write(temp.path().join("sa.key"), key).expect("write");
    fs::write(temp.path().join("none.key"), KEY).expect("write");
    let ask = ["sa.key", "none.key"].map(|name| asked(name, Some(b"expected"), true));
    let survey = at(temp.path(), "sh").survey(&ask).expect("survey");
    let found: Vec<_> = survey.files.into_iter().map(|file| file.content).collect();
    let [Present::OtherSecret(of_key), Present::OtherSecret(None)] = found.as_slice() else {
        panic!("{found:?}");
    };
    // Without openssl over there nobody can tell.
    let has_openssl = program::installed(&["openssl"]);
    assert_eq!(of_key.as_ref(), has_openssl.then_some(&public));
}

#[test]
fn a_directory_that_others_can_change_is_refused() {
    let temp = tempfile::tempdir().expect("tempdir");
    let top = temp.path().join("open");
    fs::create_dir(&top).expect("mkdir");
    let mode = |mode| fs::set_permissions(&top, fs::Permissions::from_mode(mode)).expect("chmod");
    mode(0o777);
    for below in [top.clone(), top.join("x")] {
        let failure = at(&below, "sh").survey(&[]).expect_err("refused");
        assert!(
            failure.message().contains("can be written by everybody"),
            "{failure:?}"
        );
        let failure = at(&below, "sh")
            .publish(Vec::new(), "1")
            .expect_err("refused");
        assert!(
            failure.message().contains("can be written by everybody"),
            "{failure:?}"
        );
    }
    mode(0o755);
    fs::create_dir(top.join("etcd")).expect("mkdir");
    fs::set_permissions(top.join("etcd"), fs::Permissions::from_mode(0o775)).expect("chmod");
    let failure = at(&top, "sh")
        .survey(&[asked("etcd/x", None, false)])
        .expect_err("refused");
    assert!(failure.message().contains("its group"), "{failure:?}");
    symlink("open", temp.path().join("link")).expect("symlink");
    let failure = at(&temp.path().join("link"), "sh")
        .survey(&[])
        .expect_err("refused");
    assert!(failure.message().contains("symbolic link"), "{failure:?}");
    at(&temp.path().join("link/below"), "sh")
        .survey(&[])
        .expect("parents may be links");
}

#[test]
fn scripts_are_written_for_every_shell() {
    for shell in shells() {
        for script in [FILES, PLACES, SURVEY, PUBLISH] {
            let mut words = shell.split(' ').chain((shell == "busybox").then_some("sh"));
            let mut command = Command::new(words.next().expect("a shell"));
            let checked = command
                .args(words)
                .args(["-n", "-c", script])
                .output()
                .expect("run");
            assert!(checked.status.success(), "{shell}: {checked:?}");
        }
    }
}
