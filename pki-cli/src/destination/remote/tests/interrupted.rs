//! Runs that die or hang.

use super::*;
use crate::destination::{Backup, Remains};
use crate::store::{DeadCopy, dead_copy};

#[test]
fn a_host_that_dies_in_the_middle_has_whole_files_and_the_next_run_takes_back() {
    in_every_shell(|shell, top| {
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
        there.sabotage = "mv() { for last in \"$@\"; do :; done; command mv -f \"$2\" \"$last\"; sh -c 'read -r pid name state parent rest </proc/$PPID/stat; \
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
        assert!(top.join(".kpki-copy/new/b").exists(), "{shell}");

        // What was planned for the state between is not written.
        let mut there = at(top, shell);
        assert_eq!(
            there.survey(&[]).expect(shell).remains,
            Remains::TakenBack,
            "{shell}"
        );
        let again = there.publish(new([false, true, true]), "2");
        assert!(again.is_err(), "{shell}");
        assert_eq!(tree(top), ["a 644", "b 644", "c 644"], "{shell}");
        assert_eq!(read("a"), b"old", "{shell}");
        there.publish(new([true; 3]), "2").expect(shell);
        assert_eq!(read("c"), b"new", "{shell}");
        assert!(!top.join(".kpki-copy").exists(), "{shell}");
    });
}

/// A shell function for each program that changes something: it counts, and kills the host
/// before one, or before one of the files that it is for. After one is before the next, or the end.
fn killing(count: &Path, at: usize) -> String {
    let programs = ["mkdir", "cat", "sed", "chmod", "dd", "rmdir", "sync"];
    let count = count.display();
    let mut text = format!(
        "tick() {{ read -r ticks <'{count}'; ticks=$((ticks + 1)); echo $ticks >'{count}'; \
         [ $ticks -ne {at} ] || kill -KILL 0; }}\n\
         to_last() {{ for last in \"$@\"; do :; done; to=$1; shift; \
         while [ $# -gt 1 ]; do tick; command $to \"$1\" \"$last\" || return; shift; done; }}\n\
         ln() {{ to_last ln \"$@\"; }}\nmv() {{ shift; to_last 'mv -f' \"$@\"; }}\n\
         rm() {{ flag=$1; shift; for it in \"$@\"; do tick; command rm $flag \"$it\"; done; }}\n"
    );
    for program in programs {
        text.push_str(&format!(
            "{program}() {{ tick; command {program} \"$@\"; }}\n"
        ));
    }
    text
}

/// The files below a directory that has two old ones, and what is to be there.
const NAMES: [&str; 4] = ["a.key", "b", "etcd/c.key", "d"];

/// Two old ones of these.
fn two_old(top: &Path) {
    fs::create_dir_all(top.join("etcd")).expect("mkdir");
    for name in ["a.key", "etcd/c.key"] {
        fs::write(top.join(name), "old").expect("write");
    }
}

/// The host dies when the files of the first directory have their names.
const DYING: &str = "mv() { command mv \"$@\"; kill -KILL 0; }\n";

/// As a run of kpki: what is equal stays.
fn copy(top: &Path, shell: &str, stamp: &str, sabotage: String) -> Result<Receipt, Failure> {
    let mut there = at(top, shell);
    let ask = NAMES.map(|name| asked(name, Some(b"new\n"), false));
    let mut survey = there.survey(&ask).expect(shell);
    if survey.remains == Remains::TakenBack {
        there.sabotage.clone_from(&sabotage);
        there.take_back()?;
        there.recovered().expect("something");
        there.sabotage.clear();
        for name in ["a.key", "etcd/c.key"] {
            assert_eq!(fs::read(top.join(name)).expect("there"), b"old");
        }
        survey = there.survey(&ask).expect(shell);
    }
    let found = NAMES.iter().zip(&survey.files);
    let files = found.filter_map(|(name, found)| match found.content {
        Present::Equal => None,
        Present::Nothing => Some(file(name, b"new\n", false)),
        _ => Some(file(name, b"new\n", true)),
    });
    there.sabotage = sabotage;
    there.publish(files.collect(), stamp)
}

/// All regular files: their names, bytes and numbers of names.
fn regular(top: &Path) -> Vec<(String, Vec<u8>, u64)> {
    let paths = tree(top).into_iter().map(|line| {
        let (name, _) = line.rsplit_once(' ').expect("a mode");
        name.to_owned()
    });
    let files = paths.filter(|name| top.join(name).is_file());
    files
        .map(|name| {
            let path = top.join(&name);
            let links = fs::metadata(&path).expect("there").nlink();
            (name, fs::read(&path).expect("readable"), links)
        })
        .collect()
}

/// How many of them are new, and how many old.
fn counted(files: &[(String, Vec<u8>, u64)]) -> (usize, usize) {
    let of = |bytes: &[u8]| files.iter().filter(|(_, found, _)| found == bytes).count();
    (of(b"new\n"), of(b"old"))
}

#[test]
fn a_kill_before_and_after_each_program_is_mended_by_the_next_run() {
    for at_kill in 1.. {
        let temp = tempfile::tempdir().expect("tempdir");
        let top = temp.path().join("pki");
        two_old(&top);
        let count = temp.path().join("count");
        fs::write(&count, "0\n").expect("write");
        let killed = copy(&top, "sh", "1", killing(&count, at_kill));
        let ticks: usize = fs::read_to_string(&count)
            .expect("a count")
            .trim()
            .parse()
            .expect("it");
        for name in ["a.key", "etcd/c.key"] {
            let bytes = fs::read(top.join(name)).expect("never gone");
            assert!(
                bytes.starts_with(b"old") || bytes.starts_with(b"new\n"),
                "{at_kill}"
            );
        }
        copy(&top, "sh", "2", String::new()).expect("mended");
        let files = regular(&top);
        for (name, _, links) in &files {
            assert_eq!(*links, 1, "{at_kill}: {name}");
            assert!(!name.starts_with(".kpki"), "{at_kill}: {name}");
        }
        assert!(!top.join(".kpki-copy").exists(), "{at_kill}");
        assert_eq!(counted(&files), (4, 2), "{at_kill}: {files:?}");
        if ticks < at_kill {
            killed.expect("nobody killed it");
            assert!(at_kill > 15, "it counts");
            return;
        }
        assert!(killed.is_err(), "{at_kill}");
    }
}

/// Whoever takes an interrupted copy back may die as well.
#[test]
fn a_kill_while_it_is_taken_back_is_mended_too() {
    let mut taken = 0;
    for at_kill in 1.. {
        let temp = tempfile::tempdir().expect("tempdir");
        let top = temp.path().join("pki");
        two_old(&top);
        copy(&top, "sh", "1", DYING.to_owned()).expect_err("killed");
        let count = temp.path().join("count");
        fs::write(&count, "0\n").expect("write");
        let killed = copy(&top, "sh", "2", killing(&count, at_kill));
        copy(&top, "sh", "3", String::new()).expect("mended");
        let files = regular(&top);
        assert_eq!(counted(&files).0, 4, "{at_kill}: {files:?}");
        assert!(files.iter().all(|(_, _, links)| *links == 1), "{at_kill}");
        assert!(!top.join(".kpki-copy").exists(), "{at_kill}");
        taken += usize::from(!top.join("kpki-backup-1").exists());
        if killed.is_ok() {
            assert!(taken > 10, "it counts");
            return;
        }
    }
}

/// Nothing of what is known of it is lost.
#[test]
fn what_cannot_be_taken_back_is_tried_again() {
    in_every_shell(|shell, top| {
        two_old(top);
        copy(top, shell, "1", DYING.to_owned()).expect_err("killed");
        let mut there = at(top, shell);
        for (failing, why, told) in [
            (
                "mv() { echo 'mv: Input/output error' >&2; return 1; }\n",
                "cannot replace",
                "not all of that is taken back yet",
            ),
            // The connection is cut once it is taken back.
            (
                "rm() { [ \"$1\" != -rf ] || kill -KILL 0; command rm \"$@\"; }\n",
                "connection",
                "taken back now; restart",
            ),
        ] {
            let remains = there.survey(&[]).expect(shell).remains;
            assert_eq!(remains, Remains::TakenBack, "{shell}");
            there.sabotage = failing.into();
            let failure = there.take_back().expect_err(shell);
            assert!(failure.message().contains(why), "{shell}: {failure:?}");
            let recovered = there.recovered().expect(shell);
            assert!(recovered.note.contains(told), "{}", recovered.note);
            assert!(recovered.is_changed, "{shell}");
            there = at(top, shell);
        }
        copy(top, shell, "3", String::new()).expect(shell);
        let files = regular(top);
        assert_eq!(counted(&files), (4, 2), "{shell}: {files:?}");
    });
}

/// Somebody has removed a key of the backup that comes back from there.
#[test]
fn what_is_lost_is_not_taken_back() {
    in_every_shell(|shell, top| {
        two_old(top);
        copy(top, shell, "1", DYING.to_owned()).expect_err("killed");
        let kept = top.join("kpki-backup-1");
        let (lost, moved) = (kept.join("a.key"), top.join("moved"));
        let refused = || {
            let mut there = at(top, shell);
            let survey = there.survey(&[]).expect(shell);
            assert_eq!(survey.remains, Remains::TakenBack, "{shell}");
            let Err(failure) = there.take_back() else {
                panic!("{shell}: taken back");
            };
            let said = format!(
                "is not taken back: what it has replaced is not in '{}' any more: '{}'",
                kept.display(),
                top.join("a.key").display()
            );
            assert!(failure.message().ends_with(&said), "{failure:?}");
            assert!(top.join(".kpki-copy/numbers").exists(), "{shell}");
            assert_eq!(fs::read(top.join("a.key")).expect("there"), b"new\n");
        };
        fs::rename(&lost, &moved).expect("rename");
        refused();
        fs::rename(&moved, &lost).expect("rename");
        // All of the backup.
        fs::rename(&kept, &moved).expect("rename");
        refused();
        fs::rename(&moved, &kept).expect("rename");
        copy(top, shell, "3", String::new()).expect(shell);
        assert!(!top.join(".kpki-copy").exists(), "{shell}");
    });
}

#[test]
fn a_host_that_is_fed_no_more_gives_up() {
    in_every_shell(|shell, top| {
        let mut there = at(top, shell);
        // What was sent is stuck on its way.
        there.fed_for = Some(0);
        there.sabotage =
            "cat() { while kill -0 \"$feeder\" 2>/dev/null; do sleep 0.02; done; }\n".into();
        let bytes = vec![b'x'; 1 << 20];
        let failure = there
            .publish(vec![file("x", &bytes, false)], "1")
            .expect_err(shell);
        assert!(
            failure.message().contains("did not arrive"),
            "{shell}: {failure:?}"
        );
        assert!(tree(top).is_empty(), "{shell}");
    });
}

#[test]
fn the_backup_that_was_made_is_named_whatever_is_heard_later() {
    in_every_shell(|shell, top| {
        fs::write(top.join("a"), "old").expect("write");
        // That of another run of the same second.
        fs::create_dir(top.join("kpki-backup-1")).expect("mkdir");
        let backup_after = |sabotage: &str| {
            let mut there = at(top, shell);
            there.survey(&[asked("a", None, false)]).expect(shell);
            there.sabotage = format!("{sabotage}() {{ kill -KILL 0; }}\n");
            let delivery = Delivery {
                files: vec![file("a", b"new", true)],
                ..Delivery::default()
            };
            match Destination::publish(&mut there, delivery, "1") {
                Err(Unpublished::Unknown { backup, .. }) => backup,
                other => panic!("{shell} {sabotage}: {other:?}"),
            }
        };
        let at_top = |name: &str| top.join(name).display().to_string();
        // Nothing was made yet, but who would know.
        let begin = Backup::Beginning(at_top("kpki-backup-1"));
        assert_eq!(backup_after("cat"), Some(begin), "{shell}");
        let named = Backup::Named(at_top("kpki-backup-1-2"));
        assert_eq!(backup_after("mv"), Some(named), "{shell}");
        assert_eq!(fs::read(top.join("a")).expect("there"), b"old", "{shell}");
    });
}

#[test]
fn a_shell_that_is_killed_while_files_are_applied_leaves_it_unknown() {
    for shell in shells() {
        for program in ["ln", "mv"] {
            let temp = tempfile::tempdir().expect("tempdir");
            let top = temp.path();
            fs::write(top.join("a"), "old").expect("write");
            let mut there = at(top, shell);
            // The one that runs the script, and not the one that is talked to. Of the links the
            // first takes the stage, and the second keeps what is replaced.
            there.sabotage = format!(
                "{program}() {{ command {program} \"$@\" || return; \
                 if [ {program} != ln ] || [ -e '{0}/b' ]; then \
                 read -r pid rest <'{0}/.kpki-copy/pid'; kill -KILL \"$pid\"; fi; }}\n",
                top.display()
            );
            let delivery = Delivery {
                files: vec![file("a", b"new\n", true), file("b", b"new\n", false)],
                ..Delivery::default()
            };
            let published = Destination::publish(&mut there, delivery, "1");
            match published {
                Err(Unpublished::Unknown { backup, .. }) => {
                    let named = top.join("kpki-backup-1").display().to_string();
                    assert_eq!(backup, Some(Backup::Named(named)), "{shell} {program}");
                }
                other => panic!("{shell} {program}: {other:?}"),
            }
            // The same conversation goes on.
            there.sabotage.clear();
            let survey = there.survey(&[]).expect(shell);
            let goes_back = survey.remains == Remains::TakenBack;
            assert_eq!(goes_back, program == "ln", "{shell}");
            there.take_back().expect(shell);
            assert_eq!(there.recovered().is_some(), goes_back);
            let is_there = top.join("b").exists();
            let files = [("a", true), ("b", is_there)];
            let files = files.map(|(name, replaces)| file(name, b"new\n", replaces));
            there.publish(files.into(), "2").expect(shell);
            for name in ["a", "b"] {
                assert_eq!(
                    fs::read(top.join(name)).expect("there"),
                    b"new\n",
                    "{shell}"
                );
            }
            assert!(!top.join(".kpki-copy").exists(), "{shell}");
        }
    }
}

/// One meaning in both: what was interrupted here is ended by either.
#[test]
fn the_store_and_the_scripts_foresee_the_same() {
    type Make = fn(&mut DeadCopy);
    let cases: [(&str, bool, Make); 7] = [
        ("half of it", true, |dead| {
            dead.replaced("a");
            dead.left("etcd/c");
        }),
        ("not begun", false, |dead| dead.left("a")),
        ("only what is new", true, |dead| {
            dead.made("new");
            dead.left("a");
        }),
        ("one of the new was removed later", false, |dead| {
            dead.made("new");
            dead.replaced("a");
            fs::remove_file(dead.top().join("new")).expect("there");
        }),
        ("or replaced", false, |dead| {
            dead.made("new");
            dead.replaced("a");
            fs::remove_file(dead.top().join("new")).expect("there");
            dead.write("new", "of somebody else");
        }),
        ("at another path", true, |dead| {
            dead.replaced("a");
            dead.left("etcd/c");
            dead.note(&format!("/mnt/before/{}\n", dead_copy::BACKUP));
        }),
        ("without its backup", true, |dead| {
            dead.replaced("a");
            dead.left("etcd/c");
            fs::remove_dir_all(dead.top().join(dead_copy::BACKUP)).expect("there");
        }),
    ];
    for (name, goes_back, make) in cases {
        let mut dead = DeadCopy::new();
        make(&mut dead);
        let root = Root::open_or_create(dead.top()).expect("root");
        assert_eq!(root.copy_goes_back().expect(name), goes_back, "{name}");
        for shell in shells() {
            let remains = at(dead.top(), shell).survey(&[]).expect(shell).remains;
            let expected = match goes_back {
                true => Remains::TakenBack,
                false => Remains::Stage,
            };
            assert_eq!(remains, expected, "{shell}: {name}");
        }
    }
}
