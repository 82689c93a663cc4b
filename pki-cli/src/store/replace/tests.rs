use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

use proptest::prelude::*;

use super::*;

fn file(name: &str, text: &str, mode: ReplacementMode) -> Replacement {
    Replacement {
        name: name.into(),
        bytes: Zeroizing::new(text.into()),
        mode,
    }
}

fn key(text: &str) -> Replacement {
    file("a-key.pem", text, ReplacementMode::Fixed(0o600))
}

fn certificate(text: &str) -> Replacement {
    file("a.pem", text, ReplacementMode::Kept(0o644))
}

fn replace(path: &Path, files: &[Replacement]) -> Result<()> {
    TargetDirectory::open(path)?.replace(files, &[])
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("there").permissions().mode() & 0o7777
}

fn names(path: &Path) -> Vec<String> {
    let entries = fs::read_dir(path).expect("a directory");
    let mut names: Vec<String> = entries
        .map(|entry| {
            entry
                .expect("entry")
                .file_name()
                .into_string()
                .expect("UTF-8")
        })
        .collect();
    names.sort();
    names
}

#[test]
fn writes_and_replaces_and_leaves_nothing_else() {
    let temp = tempfile::tempdir().expect("tempdir");
    let at = |name: &str| temp.path().join(name);
    replace(temp.path(), &[certificate("1"), key("2")]).expect("written");
    assert_eq!(mode(&at("a-key.pem")), 0o600);
    fs::set_permissions(at("a.pem"), fs::Permissions::from_mode(0o640)).expect("chmod");
    fs::set_permissions(at("a-key.pem"), fs::Permissions::from_mode(0o644)).expect("chmod");
    let before = fs::metadata(at("a-key.pem")).expect("there").ino();
    replace(temp.path(), &[certificate("3"), key("4")]).expect("replaced");
    assert_eq!(fs::read(at("a.pem")).expect("read"), b"3");
    assert_eq!(fs::read(at("a-key.pem")).expect("read"), b"4");
    assert_eq!((mode(&at("a.pem")), mode(&at("a-key.pem"))), (0o640, 0o600));
    // Whoever had the old file open reads the old key, not half of the new one.
    assert_ne!(fs::metadata(at("a-key.pem")).expect("there").ino(), before);
    assert_eq!(names(temp.path()), ["a-key.pem", "a.pem"]);
}

#[test]
fn refuses_what_is_no_plain_file_and_changes_nothing() {
    let temp = tempfile::tempdir().expect("tempdir");
    let at = |name: &str| temp.path().join(name);
    fs::write(at("a.pem"), "old").expect("write");
    fs::write(at("elsewhere"), "old").expect("write");
    let refused = |kind: &str| {
        let error = replace(temp.path(), &[certificate("new"), key("new")]).expect_err(kind);
        assert!(error.hint().is_some(), "{error}");
        assert_eq!(fs::read(at("a.pem")).expect("read"), b"old", "{kind}");
        assert_eq!(fs::read(at("elsewhere")).expect("read"), b"old", "{kind}");
        assert!(!names(temp.path()).iter().any(|name| name.ends_with("-new")));
        error.to_string()
    };
    symlink("elsewhere", at("a-key.pem")).expect("symlink");
    assert!(refused("a link").contains("symbolic link"));
    fs::remove_file(at("a-key.pem")).expect("remove");
    fs::create_dir(at("a-key.pem")).expect("mkdir");
    assert!(refused("a directory").contains("directory"));
    fs::remove_dir(at("a-key.pem")).expect("remove");
    fs::hard_link(at("elsewhere"), at("a-key.pem")).expect("link");
    assert!(refused("two names").contains("hard links"));
}

#[test]
fn takes_back_what_it_did_when_a_swap_fails() {
    let temp = tempfile::tempdir().expect("tempdir");
    let at = |name: &str| temp.path().join(name);
    fs::write(at("a.pem"), "old").expect("write");
    let place = TargetDirectory::open(temp.path()).expect("open");
    let files = [
        certificate("new"),
        file("b.pem", "new", ReplacementMode::Kept(0o644)),
        key("new"),
    ];
    let targets: Vec<_> = files
        .iter()
        .map(|file| place.target(&Names::plain(), file).expect("fine"))
        .collect();
    let mut staged = Vec::new();
    place.stage(&targets, &mut staged).expect("staged");
    // Somebody makes the key between our look and our swap.
    fs::write(at("a-key.pem"), "theirs").expect("write");
    assert!(place.swap(&staged).is_err());
    assert_eq!(fs::read(at("a.pem")).expect("read"), b"old");
    assert_eq!(fs::read(at("a-key.pem")).expect("read"), b"theirs");
    assert!(!at("b.pem").exists());
}

#[test]
fn cleans_up_after_a_killed_run_of_the_same_name() {
    let temp = tempfile::tempdir().expect("tempdir");
    let at = |name: &str| temp.path().join(name);
    for name in [".a.pem.kpki-new", ".a.csr.kpki-new", ".b.pem.kpki-new"] {
        fs::write(at(name), "half").expect("write");
    }
    let place = TargetDirectory::open(temp.path()).expect("open");
    place
        .replace(&[certificate("1")], &["a.csr".into()])
        .expect("written");
    assert_eq!(names(temp.path()), [".b.pem.kpki-new", "a.pem"]);
}

#[test]
fn what_cannot_be_put_back_is_kept_and_named() {
    let temp = tempfile::tempdir().expect("tempdir");
    let at = |name: &str| temp.path().join(name);
    fs::write(at("a-key.pem"), "old").expect("write");
    let place = TargetDirectory::open(temp.path()).expect("open");
    let files = [key("new"), certificate("new")];
    let targets: Vec<_> = files
        .iter()
        .map(|file| place.target(&Names::plain(), file).expect("fine"))
        .collect();
    let mut staged = Vec::new();
    place.stage(&targets, &mut staged).expect("staged");
    let (first, second) = (&staged[..1], &staged[1..]);
    place.swap(first).expect("swapped");
    // Somebody replaces the key, and puts a file of theirs in the place of our certificate.
    fs::remove_file(at("a-key.pem")).expect("remove");
    fs::write(at("a-key.pem"), "theirs").expect("write");
    fs::rename(at(".a.pem.kpki-new"), at("moved")).expect("rename");
    fs::write(at(".a.pem.kpki-new"), "theirs").expect("write");
    assert!(matches!(
        place.swap(second),
        Err(StoreError::Changed { .. })
    ));
    assert!(!at("a.pem").exists());
    assert!(place.take_back(&first[0]).is_err());
    place.clean_but_old(&staged).expect("cleaned");
    assert_eq!(fs::read(at("a-key.pem")).expect("read"), b"theirs");
    assert_eq!(fs::read(at(".a-key.pem.kpki-new")).expect("read"), b"old");
}

#[test]
fn unique_names_leave_those_of_others_alone() {
    let temp = tempfile::tempdir().expect("tempdir");
    let at = |name: &str| temp.path().join(name);
    fs::write(at(".a.pem.kpki-new"), "theirs").expect("write");
    fs::write(at("a.pem"), "old").expect("write");
    let place = TargetDirectory::open(temp.path()).expect("open");
    let names_of = || Names::unique(temp.path()).expect("random");
    assert_ne!(names_of().staged("a.pem"), names_of().staged("a.pem"));
    place
        .replace_as(&names_of(), &[certificate("new"), key("new")])
        .expect("written");
    assert_eq!(fs::read(at("a.pem")).expect("read"), b"new");
    assert_eq!(
        names(temp.path()),
        [".a.pem.kpki-new", "a-key.pem", "a.pem"]
    );
}

#[test]
fn a_key_is_given_to_nobody_who_may_have_asked_for_it() {
    if !geteuid().is_root() {
        return; // Only root can give a file away.
    }
    let temp = tempfile::tempdir().expect("tempdir");
    let at = |name: &str| temp.path().join(name);
    let make = || {
        for name in ["a.pem", "a-key.pem"] {
            fs::write(at(name), "theirs").expect("write");
            fs::set_permissions(at(name), fs::Permissions::from_mode(0o606)).expect("chmod");
            std::os::unix::fs::chown(at(name), Some(12345), Some(12345)).expect("chown");
        }
    };
    let owner = |name: &str| fs::metadata(at(name)).expect("there").uid();
    // A directory of our own: a service has the files, and keeps them.
    make();
    replace(temp.path(), &[certificate("new"), key("new")]).expect("written");
    assert_eq!((owner("a.pem"), owner("a-key.pem")), (12345, 12345));
    assert_eq!((mode(&at("a.pem")), mode(&at("a-key.pem"))), (0o606, 0o600));
    // One where anybody can make a file of that name.
    make();
    fs::set_permissions(temp.path(), fs::Permissions::from_mode(0o1777)).expect("chmod");
    let place = TargetDirectory::open(temp.path()).expect("open");
    assert!(place.exposure().is_none(), "nobody else can replace it");
    for file in [certificate("new"), key("new")] {
        let found = place.find(&file).expect("looked").expect("there");
        assert_eq!(found.foreign, Some(12345));
    }
    replace(temp.path(), &[certificate("new"), key("new")]).expect("written");
    assert_eq!((owner("a.pem"), owner("a-key.pem")), (0, 0));
    assert_eq!(mode(&at("a.pem")) & 0o022, 0);
    fs::set_permissions(temp.path(), fs::Permissions::from_mode(0o777)).expect("chmod");
    let place = TargetDirectory::open(temp.path()).expect("open");
    assert!(matches!(
        place.exposure(),
        Some(StoreError::WritableByOthers { .. })
    ));
}

#[test]
fn many_at_once_do_not_disturb_each_other() {
    let temp = tempfile::tempdir().expect("tempdir");
    thread::scope(|scope| {
        for number in 0..8 {
            let path = temp.path();
            scope.spawn(move || {
                let files = [
                    certificate(&format!("{number}")),
                    file(&format!("{number}.pem"), "x", ReplacementMode::Kept(0o644)),
                    key(&format!("{number}")),
                ];
                replace(path, &files).expect("written");
            });
        }
    });
    assert_eq!(names(temp.path()).len(), 10);
    // The pair is of one run.
    assert_eq!(
        fs::read(temp.path().join("a.pem")).expect("read"),
        fs::read(temp.path().join("a-key.pem")).expect("read")
    );
}

#[test]
fn says_which_directory_is_not_there() {
    let temp = tempfile::tempdir().expect("tempdir");
    let error = TargetDirectory::open(&temp.path().join("x")).expect_err("missing");
    assert!(error.to_string().contains("no such file"), "{error}");
}

proptest! {
    #[test]
    fn content_comes_back(bytes in prop::collection::vec(any::<u8>(), 0..5000)) {
        let temp = tempfile::tempdir().expect("tempdir");
        let file = Replacement {
            name: "x".into(),
            bytes: Zeroizing::new(bytes.clone()),
            mode: ReplacementMode::Kept(0o644),
        };
        replace(temp.path(), &[file]).expect("written");
        prop_assert_eq!(fs::read(temp.path().join("x")).expect("read"), bytes);
    }
}
