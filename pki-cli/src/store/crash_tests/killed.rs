//! A run that is killed, at every point, and the next run.

use super::*;

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
    let refused = || locked(temp.path(), |lock| lock.recover(|_| true)).expect_err("refused");
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
    let recovery = locked(temp.path(), |lock| lock.recover(|_| true)).expect("recovered");
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
fn what_may_not_be_replaced_is_taken_back() {
    let is_other = |path: &RelPath| path.as_str() != "pki/ca.key";
    for (steps, is_back) in [(0, true), (1, true), (2, true), (3, false)] {
        let (temp, files) = example();
        let before = tree(temp.path());
        crash(temp.path(), &files, steps, Stop::Applied);
        let root = Root::open(temp.path()).expect("open").expect("there");
        assert_eq!(root.goes_back(is_other).expect("read"), Some(is_back));
        let recovery = locked(temp.path(), |lock| lock.recover(is_other)).expect("recovered");
        let is_told = match is_back {
            true => matches!(recovery, Recovery::TakenBack { files: 3 }),
            false => matches!(
                &recovery,
                Recovery::Finished {
                    files: 3,
                    backup: Some(_)
                }
            ),
        };
        assert!(is_told, "{recovery:?}");
        assert_eq!(tree(temp.path()) == before, is_back, "{steps}");
        assert_eq!(root.goes_back(is_other).expect("read"), None);
    }
}

#[test]
fn what_others_changed_after_us_stays() {
    let (temp, files) = example();
    crash(temp.path(), &files, 3, Stop::Applied);
    let other = temp.path().join("pki/ca.key.tmp");
    fs::write(&other, "foreign").expect("write");
    fs::rename(&other, temp.path().join("pki/ca.key")).expect("rename");
    let recovery = locked(temp.path(), |lock| lock.recover(|_| true)).expect("recovered");
    assert!(
        matches!(recovery, Recovery::Finished { files: 3, .. }),
        "{recovery:?}"
    );
    assert_eq!(tree(temp.path())["pki/ca.key"].0, "foreign");
    let kept = format!("kpki-backup-{STAMP}/pki/ca.key");
    assert_eq!(tree(temp.path())[&kept].0, "old");
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
        let recovery = locked(&old, |lock| lock.recover(|_| true)).expect("recovered");
        let result = tree(&old);
        match stop {
            Stop::Applied | Stop::Kept => {
                let finished = matches!(recovery, Recovery::Finished { files, .. } if files == set.len());
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
        let again = locked(&old, |lock| lock.recover(|_| true)).expect("recovered");
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
