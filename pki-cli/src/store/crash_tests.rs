//! What a run leaves when it is stopped anywhere, and what the next run makes of it.

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
        assert!(matches!(lock.recover(), Ok(Recovery::Nothing)));
        assert!(lock.publish(Vec::new(), STAMP).is_ok());
    });
    assert!(!temp.path().join("a").exists());
}

#[test]
fn does_not_publish_over_an_unfinished_run() {
    let (temp, files) = example();
    fs::create_dir(temp.path().join(STAGE)).expect("mkdir");
    fs::write(temp.path().join(STAGE).join("0"), "").expect("write");
    let error = publish(temp.path(), files).expect_err("unfinished");
    assert!(matches!(error, StoreError::Unfinished { .. }));
    assert!(temp.path().join(STAGE).join("0").exists());
}

#[test]
fn a_stage_of_somebody_else_is_not_touched() {
    let temp = tempfile::tempdir().expect("tempdir");
    let stage = temp.path().join(STAGE);
    let refused = || locked(temp.path(), |lock| lock.recover()).expect_err("refused");
    symlink("/tmp", &stage).expect("symlink");
    assert!(matches!(refused(), StoreError::NotADirectory { .. }));
    fs::remove_file(&stage).expect("remove");
    fs::create_dir(&stage).expect("mkdir");
    fs::set_permissions(&stage, fs::Permissions::from_mode(0o770)).expect("mode");
    assert!(matches!(refused(), StoreError::WritableByOthers { .. }));
    fs::set_permissions(&stage, fs::Permissions::from_mode(0o700)).expect("mode");
    fs::write(stage.join("foreign"), "").expect("write");
    assert!(
        matches!(refused(), StoreError::Io { .. }),
        "a file that is not ours keeps it"
    );
    fs::remove_file(stage.join("foreign")).expect("remove");
    fs::write(stage.join(FORWARD), "{}").expect("write");
    assert!(matches!(refused(), StoreError::BadJournal { .. }));
}

#[test]
fn a_foreign_file_in_the_way_undoes_the_run() {
    let (temp, files) = example();
    let before = tree(temp.path());
    crash(temp.path(), &files, 1, Stop::Applied);
    fs::write(temp.path().join("admin.conf"), "foreign").expect("write");
    let recovery = locked(temp.path(), |lock| lock.recover()).expect("recovered");
    let Recovery::Undone {
        files: 3,
        because: Some(StoreError::Exists { path }),
    } = recovery
    else {
        panic!("{recovery:?}");
    };
    assert_eq!(path, temp.path().join("admin.conf"));
    let mut expected = before;
    expected.insert("admin.conf".into(), ("foreign".into(), 0o644));
    let mut after = tree(temp.path());
    after.get_mut("admin.conf").expect("there").1 = 0o644;
    assert_eq!(after, expected);
}

#[test]
fn what_others_changed_after_us_stays() {
    let (temp, files) = example();
    crash(temp.path(), &files, 3, Stop::Applied);
    let other = temp.path().join("pki/ca.key.tmp");
    fs::write(&other, "foreign").expect("write");
    fs::rename(&other, temp.path().join("pki/ca.key")).expect("rename");
    let recovery = locked(temp.path(), |lock| lock.recover()).expect("recovered");
    assert!(
        matches!(recovery, Recovery::Finished { files: 3 }),
        "{recovery:?}"
    );
    assert_eq!(tree(temp.path())["pki/ca.key"].0, "foreign");
    let kept = format!("kpki-backup-{STAMP}/pki/ca.key");
    assert_eq!(tree(temp.path())[&kept].0, "old");
}

#[derive(Clone, Copy, Debug)]
enum Stop {
    /// While staging, so many files written.
    Staged,
    /// After the commit, so many files applied.
    Applied,
    /// While undoing, so many files still applied.
    Undoing,
    /// So many files applied, then the next only has its backup.
    Kept,
}

/// Leaves what a run leaves that is killed at the given point.
fn crash(top: &Path, files: &[NewFile], steps: usize, stop: Stop) {
    let root = Root::open_or_create(top).expect("root");
    let preflight = Preflight::new(&root, files).expect("clean");
    if let Stop::Staged = stop {
        stage::fill(&root, &files[..steps]).expect("staged");
        return;
    }
    let (stage, inodes) = stage::fill(&root, files).expect("staged");
    let records: Vec<_> = (0..files.len())
        .map(|at| Record {
            stage: at.try_into().expect("few"),
            target: files[at].path.clone(),
            inode: inodes[at],
            replaces: preflight.replaced[at],
        })
        .collect();
    let replaces = preflight.replaced.iter().any(Option::is_some);
    let backup = replaces.then(|| format!("kpki-backup-{STAMP}"));
    let journal = Journal::new(backup.clone(), preflight.missing.clone(), records.clone());
    journal.write(&stage).expect("committed");
    let part = Journal::new(backup.clone(), preflight.missing, records[..steps].to_vec());
    apply(&root, &stage, &part).expect("applied");
    match stop {
        Stop::Staged | Stop::Applied => {}
        Stop::Undoing => {
            fs::rename(top.join(STAGE).join(FORWARD), top.join(STAGE).join(BACK)).expect("rename")
        }
        Stop::Kept => {
            if let Some(record) = records
                .get(steps)
                .filter(|record| record.replaces.is_some())
            {
                let kept = top
                    .join(backup.expect("replaces"))
                    .join(record.target.as_str());
                let parent = kept.parent().expect("parent");
                fs::DirBuilder::new()
                    .recursive(true)
                    .mode(0o700)
                    .create(parent)
                    .expect("mkdir");
                fs::hard_link(top.join(record.target.as_str()), kept).expect("link");
            }
        }
    }
}

fn scenario() -> impl Strategy<Value = (BTreeMap<String, bool>, usize, Stop)> {
    let name = prop::sample::select(vec![
        "a",
        "b.key",
        "pki/a",
        "pki/b.key",
        "pki/etcd/a",
        "x/y/z/a",
    ]);
    let files = prop::collection::btree_map(name.prop_map(String::from), any::<bool>(), 1..6);
    let stop = prop::sample::select(vec![Stop::Staged, Stop::Applied, Stop::Undoing, Stop::Kept]);
    (files, any::<prop::sample::Index>(), stop)
        .prop_map(|(files, index, stop)| (files.clone(), index.index(files.len() + 1), stop))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..Default::default() })]

    #[test]
    fn recovery_gives_the_old_or_the_new_tree((set, steps, stop) in scenario()) {
        let temp = tempfile::tempdir().expect("tempdir");
        let prepare = |top: &Path| {
            for (name, replaces) in &set {
                if *replaces {
                    fs::create_dir_all(top.join(name).parent().expect("parent")).expect("mkdir");
                    fs::write(top.join(name), format!("old {name}")).expect("write");
                }
            }
        };
        let files = || -> Vec<_> {
            set.iter().map(|(name, replaces)| file(name, &format!("new {name}"), *replaces)).collect()
        };
        let (old, new) = (temp.path().join("old"), temp.path().join("new"));
        for top in [&old, &new] {
            fs::create_dir(top).expect("mkdir");
            prepare(top);
        }
        let before = tree(&old);
        publish(&new, files()).expect("published");
        let after = tree(&new);

        crash(&old, &files(), steps, stop);
        let recovery = locked(&old, |lock| lock.recover()).expect("recovered");
        let result = tree(&old);
        match stop {
            Stop::Applied | Stop::Kept => {
                let finished = matches!(recovery, Recovery::Finished { files } if files == set.len());
                prop_assert!(finished, "{recovery:?}");
                prop_assert_eq!(result, after);
            }
            Stop::Staged | Stop::Undoing => {
                let none = matches!((stop, steps), (Stop::Staged, 0));
                match recovery {
                    Recovery::Nothing => prop_assert!(none),
                    Recovery::Undone { files, because: None } => {
                        prop_assert_eq!(files, if let Stop::Staged = stop { steps } else { set.len() });
                    }
                    other => prop_assert!(false, "{other:?}"),
                }
                prop_assert_eq!(result, before);
            }
        }
        let again = locked(&old, |lock| lock.recover()).expect("recovered");
        prop_assert!(matches!(again, Recovery::Nothing));
    }

    #[test]
    fn undoing_is_complete((set, steps, _) in scenario()) {
        let temp = tempfile::tempdir().expect("tempdir");
        for (name, _) in set.iter().filter(|(_, replaces)| **replaces) {
            fs::create_dir_all(temp.path().join(name).parent().expect("parent")).expect("mkdir");
            fs::write(temp.path().join(name), "old").expect("write");
        }
        let files: Vec<_> = set.iter().map(|(name, replaces)| file(name, "new", *replaces)).collect();
        let before = tree(temp.path());
        crash(temp.path(), &files, steps, Stop::Kept);
        let root = Root::open_or_create(temp.path()).expect("root");
        let stage = stage::open(&root).expect("ours").expect("there");
        undo(&root, &stage).expect("undone");
        prop_assert_eq!(tree(temp.path()), before);
    }
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

/// The umask is of the whole process, so each is tried in a process of its own.
#[test]
fn the_umask_does_not_matter() {
    let test = "store::crash_tests::under_a_umask";
    for umask in ["0", "777"] {
        let temp = tempfile::tempdir().expect("tempdir");
        let status = std::process::Command::new(std::env::current_exe().expect("test binary"))
            .args(["--exact", test, "--ignored", "--test-threads=1"])
            .env("KPKI_TEST_UMASK", umask)
            .env("KPKI_TEST_DIR", temp.path().join("new/root"))
            .output()
            .expect("started");
        assert!(
            status.status.success(),
            "{}",
            String::from_utf8_lossy(&status.stdout)
        );
        let tree = tree(&temp.path().join("new"));
        assert_eq!(tree["root/"].1, 0o755);
        assert_eq!(tree["root/pki/"].1, 0o755);
        assert_eq!(tree["root/pki/ca.key"], ("b".into(), 0o600));
        assert_eq!(tree["root/ca.crt"].1, 0o644);
        assert_eq!(tree[&format!("root/kpki-backup-{STAMP}/")].1, 0o700);
    }
}

#[test]
#[ignore = "started by the_umask_does_not_matter"]
fn under_a_umask() {
    let (Ok(umask), Ok(top)) = (
        std::env::var("KPKI_TEST_UMASK"),
        std::env::var("KPKI_TEST_DIR"),
    ) else {
        return;
    };
    let umask = u32::from_str_radix(&umask, 8).expect("octal");
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(umask));
    let files = vec![file("pki/ca.key", "a", false), file("ca.crt", "a", false)];
    publish(Path::new(&top), files).expect("published");
    publish(Path::new(&top), vec![file("pki/ca.key", "b", true)]).expect("published");
}
