//! What a run leaves when it is stopped anywhere, and what the next run makes of it.

mod killed;
mod umask;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt, symlink};
use std::path::Path;
use std::time::Duration;

use proptest::prelude::*;
use tempfile::TempDir;
use zeroize::Zeroizing;

use super::journal::{BACK, FORWARD, Journal, Record};
use super::path::STAGE;
use super::preflight::Preflight;
use super::publish::apply;
use super::undo::undo;
use super::*;

const STAMP: &str = "20261122T191500Z";

/// Path to content and mode of every file; directories with a slash and their mode.
type Tree = BTreeMap<String, (String, u32)>;

fn tree(top: &Path) -> Tree {
    fn walk(top: &Path, at: &Path, tree: &mut Tree) {
        for entry in fs::read_dir(at).expect("readable") {
            let path = entry.expect("entry").path();
            let name = path
                .strip_prefix(top)
                .expect("below")
                .to_str()
                .expect("text")
                .to_owned();
            let status = fs::symlink_metadata(&path).expect("status");
            if status.is_dir() {
                tree.insert(name + "/", (String::new(), status.mode() & 0o7777));
                walk(top, &path, tree);
            } else {
                let text = fs::read_to_string(&path).expect("text");
                tree.insert(name, (text, status.mode() & 0o7777));
            }
        }
    }
    let mut found = Tree::new();
    walk(top, top, &mut found);
    found
}

fn without_backup(mut tree: Tree) -> Tree {
    tree.retain(|name, _| !name.starts_with("kpki-backup-"));
    tree
}

fn file(path: &str, text: &str, replaces: bool) -> NewFile {
    let mode = if path.ends_with("key") { 0o600 } else { 0o644 };
    let bytes = Zeroizing::new(text.as_bytes().to_vec());
    NewFile {
        path: RelPath::new(path).expect("valid"),
        bytes,
        mode,
        replaces,
    }
}

fn locked<T>(top: &Path, work: impl FnOnce(&Locked<'_>) -> T) -> T {
    let root = Root::open_or_create(top).expect("root");
    let lock = root.lock("now", Duration::ZERO, |_| {}).expect("free");
    work(&lock)
}

fn publish(top: &Path, files: Vec<NewFile>) -> Result<Published> {
    locked(top, |lock| lock.publish(files, STAMP))
}

/// A tree with two files, and a set that replaces one of them and adds two.
fn example() -> (TempDir, Vec<NewFile>) {
    let temp = tempfile::tempdir().expect("tempdir");
    fs::create_dir(temp.path().join("pki")).expect("mkdir");
    for (name, mode) in [("pki/ca.key", 0o640), ("pki/other", 0o604)] {
        fs::write(temp.path().join(name), "old").expect("write");
        fs::set_permissions(temp.path().join(name), fs::Permissions::from_mode(mode))
            .expect("mode");
    }
    let files = vec![
        file("pki/ca.key", "new", true),
        file("pki/etcd/ca.crt", "new", false),
        file("admin.conf", "new", false),
    ];
    (temp, files)
}

#[test]
fn publishes_and_keeps_what_it_replaces() {
    let (temp, files) = example();
    let published = publish(temp.path(), files).expect("published");
    assert!(published.leftover.is_none());
    assert_eq!(
        published.backup,
        Some(temp.path().join(format!("kpki-backup-{STAMP}")))
    );
    let expected = [
        ("admin.conf", "new", 0o644),
        ("kpki-backup-20261122T191500Z/", "", 0o700),
        ("kpki-backup-20261122T191500Z/pki/", "", 0o700),
        ("kpki-backup-20261122T191500Z/pki/ca.key", "old", 0o640),
        ("pki/", "", 0o755),
        ("pki/ca.key", "new", 0o600),
        ("pki/etcd/", "", 0o755),
        ("pki/etcd/ca.crt", "new", 0o644),
        ("pki/other", "old", 0o604),
    ];
    let expected: Tree = expected
        .into_iter()
        .map(|(name, text, mode)| (name.into(), (text.into(), mode)))
        .collect();
    assert_eq!(tree(temp.path()), expected);
    for name in ["admin.conf", "pki/ca.key", "pki/etcd/ca.crt"] {
        assert_eq!(
            fs::metadata(temp.path().join(name)).expect("there").nlink(),
            1,
            "{name}"
        );
    }
    // A second run in the same second has a backup of its own.
    let again = publish(temp.path(), vec![file("pki/ca.key", "newer", true)]).expect("published");
    assert_eq!(
        again.backup,
        Some(temp.path().join(format!("kpki-backup-{STAMP}-2")))
    );
}

#[test]
fn refuses_before_it_writes() {
    let (temp, _) = example();
    let at = |name: &str| temp.path().join(name);
    symlink("other", at("pki/link")).expect("symlink");
    symlink("pki", at("dirlink")).expect("symlink");
    symlink("/nowhere", at("pki/dangling")).expect("symlink");
    fs::write(at("pki/twice"), "").expect("write");
    fs::hard_link(at("pki/twice"), at("pki/twin")).expect("link");
    fs::create_dir(at("open")).expect("mkdir");
    fs::set_permissions(at("open"), fs::Permissions::from_mode(0o777)).expect("mode");
    fs::write(at("pki/odd~"), "").expect("write");
    let names = || {
        let mut names: Vec<_> = fs::read_dir(temp.path()).expect("list").flatten().collect();
        names.sort_by_key(fs::DirEntry::file_name);
        names
            .into_iter()
            .map(|entry| entry.file_name())
            .collect::<Vec<_>>()
    };
    let before = names();
    let odd = NewFile {
        path: RelPath::found("pki/odd~".into()).expect("found"),
        ..file("x", "", true)
    };
    for (files, reason) in [
        (
            vec![file("pki/link", "", true)],
            "symbolic link, not a regular file",
        ),
        (
            vec![file("pki/link", "", false)],
            "symbolic link, not a regular file",
        ),
        (
            vec![file("pki/dangling", "", false)],
            "symbolic link, not a regular file",
        ),
        (
            vec![file("dirlink/new", "", false)],
            "symbolic link, not a directory",
        ),
        (
            vec![file("pki/other/new", "", false)],
            "regular file, not a directory",
        ),
        (vec![file("pki", "", true)], "directory, not a regular file"),
        (vec![file("pki/other", "", false)], "already exists"),
        (vec![file("pki/none", "", true)], "is gone"),
        (vec![file("none/none", "", true)], "is gone"),
        (vec![file("pki/twice", "", true)], "hard links"),
        (vec![file("open/new", "", false)], "written by everybody"),
        (
            vec![file("a", "", false), file("a", "", false)],
            "wanted twice",
        ),
        (
            vec![file("a", "", false), file("a/b", "", false)],
            "wanted twice",
        ),
        (
            vec![file("fine", "", false), file("pki/other", "", false)],
            "already exists",
        ),
        (vec![odd], "only letters"),
    ] {
        let error = publish(temp.path(), files).expect_err(reason);
        assert!(error.to_string().contains(reason), "{error}");
        assert_eq!(names(), before, "{error}");
    }
    for stamp in ["", "../x", "a/b", "a b"] {
        let files = vec![file("pki/other", "", true)];
        locked(temp.path(), |lock| lock.publish(files, stamp)).expect_err(stamp);
    }
}

#[test]
fn nothing_to_write_or_recover_is_fine() {
    let temp = tempfile::tempdir().expect("tempdir");
    let top = temp.path().join("a/b");
    locked(&top, |lock| {
        assert!(matches!(lock.recover(|_| true), Ok(Recovery::Nothing)));
        assert!(lock.publish(Vec::new(), STAMP).is_ok());
    });
    assert!(!temp.path().join("a").exists());
}

#[test]
fn a_fleet_is_written_at_once() {
    let temp = tempfile::tempdir().expect("tempdir");
    let set = |text, replaces| -> Vec<_> {
        let hosts = (0..100).flat_map(|host| (0..32).map(move |n| format!("m-{host}/pki/{n}.key")));
        hosts.map(|path| file(&path, text, replaces)).collect()
    };
    publish(temp.path(), set("old", false)).expect("published");
    publish(temp.path(), set("new", true)).expect("published");
    let tree = without_backup(tree(temp.path()));
    assert!(
        tree.iter()
            .filter(|(name, _)| !name.ends_with('/'))
            .all(|(_, file)| file.0 == "new")
    );
}
