//! Runs that meet: whose the stage is.

use std::os::unix::fs::chown;

use super::*;
use crate::destination::{LocalDirectory, Remains};
use crate::store::DeadCopy;

#[test]
fn of_two_copies_one_waits_and_the_remains_of_a_dead_one_go() {
    in_every_shell(|shell, top| {
        let stage = top.join(".kpki-copy");
        fs::create_dir(&stage).expect("mkdir");
        // This process lives, and nobody tells since when.
        fs::write(stage.join("pid"), format!("{}\n", std::process::id())).expect("write");
        let mut there = at(top, shell);
        let remains = there.survey(&[]).expect(shell).remains;
        assert_eq!(remains, Remains::Busy, "{shell}");
        let slept = top.with_extension("slept");
        there.sabotage = format!("sleep() {{ echo >>'{}'; }}\n", slept.display());
        let failure = there.publish(Vec::new(), "1").expect_err("locked");
        // Half of what we wait for the host.
        let slept = fs::read(slept).expect("it waited").len();
        assert_eq!(slept, 10, "{shell}");
        assert!(
            failure.message().contains("another kpki writes there"),
            "{failure:?}"
        );
        assert!(stage.exists(), "{shell}");
        // A number that came again, for another process.
        fs::write(stage.join("pid"), format!("{} 1\n", std::process::id())).expect("write");
        fs::write(stage.join("all"), KEY).expect("write");
        let receipt = there
            .publish(vec![file("x", b"x", false)], "1")
            .expect(shell);
        let remark = receipt.remark.expect("said");
        assert!(remark.contains("remains"), "{remark}");
        assert_eq!(tree(top), ["x 644"], "{shell}");
        // One that died before it said who it is.
        fs::create_dir(&stage).expect("mkdir");
        there.publish(Vec::new(), "1").expect(shell);
        assert_eq!(tree(top), ["x 644"], "{shell}");
        // A run of this host that waits to be finished is not in our hands.
        fs::create_dir(top.join(".kpki-stage")).expect("mkdir");
        let failure = there.publish(Vec::new(), "1").expect_err("unfinished");
        assert!(failure.message().contains("unfinished run"), "{failure:?}");
        let advice = failure.advice().unwrap_or_default();
        assert!(
            advice.contains("on that host what was interrupted"),
            "{advice}"
        );
    });
}

#[test]
fn the_process_that_is_named_is_the_one_that_writes() {
    in_every_shell(|shell, top| {
        let mut there = at(top, shell);
        there.sabotage = format!(
            "sync() {{ read -r pid rest <'{0}/.kpki-copy/pid'; kill -KILL \"$pid\"; echo on >'{0}/on'; }}\n",
            top.display()
        );
        there
            .publish(vec![file("x", b"x", false)], "1")
            .expect_err(shell);
        assert!(
            !top.join("x").exists() && !top.join("on").exists(),
            "{shell}"
        );
        there.sabotage.clear();
        let receipt = there
            .publish(vec![file("x", b"x", false)], "1")
            .expect(shell);
        assert!(receipt.remark.is_some(), "{shell}");
        assert_eq!(tree(top), ["x 644"], "{shell}");
    });
}

#[test]
fn whoever_lost_the_stage_touches_nothing_any_more() {
    in_every_shell(|shell, top| {
        fs::create_dir(top.join("below")).expect("mkdir");
        for name in ["a", "below/b"] {
            fs::write(top.join(name), "old").expect("write");
        }
        let mut there = at(top, shell);
        // Taken by another, who puts its own file there, as soon as the first is replaced.
        there.sabotage = format!(
            "mv() {{ command mv \"$@\"; cd '{}'; echo '1 - other' >.kpki-copy/pid; echo other >a; }}\n",
            top.display()
        );
        let files = ["a", "below/b"].map(|name| file(name, b"new", true));
        let failure = there.publish(files.into(), "1").expect_err(shell);
        assert!(
            failure.message().contains("another kpki writes there"),
            "{failure:?}"
        );
        let read = |name: &str| fs::read(top.join(name)).expect("there");
        assert_eq!(
            (read("a"), read("below/b")),
            (b"other\n".to_vec(), b"old".to_vec()),
            "{shell}"
        );
        assert!(top.join(".kpki-copy/pid").exists(), "{shell}");
    });
}

#[test]
fn a_stage_that_was_taken_meanwhile_is_not_taken_again() {
    in_every_shell(|shell, top| {
        let stage = top.join(".kpki-copy");
        fs::create_dir(&stage).expect("mkdir");
        fs::write(stage.join("pid"), "1000000 5 dead\n").expect("write");
        let mut there = at(top, shell);
        // Another judged it dead as well, and is faster.
        there.sabotage = format!(
            "ln() {{ echo '{} - live' >'{}/pid-dead'; command ln \"$@\"; }}\nsleep() {{ :; }}\n",
            std::process::id(),
            stage.display()
        );
        let failure = there
            .publish(vec![file("x", b"x", false)], "1")
            .expect_err(shell);
        assert!(
            failure.message().contains("another kpki writes there"),
            "{failure:?}"
        );
        assert_eq!(tree(&stage), ["pid 644", "pid-dead 600"], "{shell}");
    });
}

#[test]
fn a_kpki_of_the_host_itself_is_waited_for() {
    in_every_shell(|shell, top| {
        let root = Root::open_or_create(top).expect("root");
        let held = root.lock("now", Duration::ZERO, |_| {}).expect("free");
        for sabotage in [
            "sleep() { :; }\n",
            "sleep() { :; }\ncommand() { [ \"$2\" != flock ]; }\n",
        ] {
            let mut there = at(top, shell);
            there.sabotage = sabotage.into();
            let failure = there
                .publish(vec![file("x", b"x", false)], "1")
                .expect_err(shell);
            let said = failure.message();
            let pid = std::process::id().to_string();
            assert!(
                said.contains("another kpki writes there") && said.contains(&pid),
                "{said}"
            );
            assert_eq!(tree(top), [".kpki.lock 600"], "{shell}");
        }
        drop(held);
        // One that was killed has left its lock, which the kernel does not hold any more.
        fs::write(top.join(".kpki.lock"), "{\"pid\":1000000}").expect("write");
        at(top, shell)
            .publish(vec![file("x", b"x", false)], "1")
            .expect(shell);
    });
}

/// Nothing but its stage tells what a dead run has put in place.
#[test]
fn what_a_dead_run_left_stays_for_whoever_is_let_in() {
    for shell in shells() {
        let mut dead = DeadCopy::new();
        dead.replaced("a");
        dead.left("b");
        let top = dead.top();
        let before = tree(top);
        let lock = fs::File::create(top.join(".kpki.lock")).expect("new");
        lock.lock().expect("free");
        let mut there = at(top, shell);
        there.sabotage = "sleep() { :; }\n".into();
        let failure = there.publish(Vec::new(), "1").expect_err(shell);
        let said = failure.message();
        assert!(
            said.contains("another kpki writes there"),
            "{shell}: {said}"
        );
        fs::remove_file(top.join(".kpki.lock")).expect("there");
        drop(lock);
        assert_eq!(tree(top), before, "{shell}");
        let mut there = at(top, shell);
        let remains = there.survey(&[]).expect(shell).remains;
        assert_eq!(remains, Remains::TakenBack, "{shell}");
        there.take_back().expect(shell);
        assert_eq!(tree(top), ["a 644", "b 644"], "{shell}");
        assert_eq!(dead.read("a").as_deref(), Some("old"), "{shell}");
    }
}

#[test]
fn a_run_that_is_at_work_is_not_taken_for_a_dead_one() {
    for shell in shells() {
        let mut dead = DeadCopy::new();
        dead.replaced("a");
        dead.left("b");
        let record = format!("{} - live\n", std::process::id());
        dead.write(".kpki-copy/pid", &record);
        let mut there = at(dead.top(), shell);
        let remains = there.survey(&[]).expect(shell).remains;
        assert_eq!(remains, Remains::Busy, "{shell}");
        let root = Root::open(dead.top()).expect("readable").expect("there");
        let mut here = LocalDirectory::to_read(dead.top(), Some(&root));
        assert_eq!(here.survey(&[]).expect("here").remains, Remains::Busy);
    }
}

fn overtaken(there: &mut RemoteDirectory, files: &[(&str, &[u8])], mended: &[&str]) {
    let files = files.iter().map(|(name, bytes)| file(name, bytes, true));
    let delivery = Delivery {
        files: files.collect(),
        mended: mended.iter().map(|name| path(name)).collect(),
        heirs: Vec::new(),
    };
    match Destination::publish(there, delivery, "1") {
        Err(Unpublished::Overtaken(_)) => {}
        other => panic!("{other:?}"),
    }
}

#[test]
fn whoever_had_to_wait_looks_again() {
    in_every_shell(|shell, top| {
        let stage = top.join(".kpki-copy");
        fs::write(top.join("a"), "old").expect("write");
        fs::create_dir(&stage).expect("mkdir");
        fs::write(stage.join("pid"), format!("{}\n", std::process::id())).expect("write");
        let mut there = at(top, shell);
        // It ends while it is waited for.
        there.sabotage = format!("sleep() {{ rm -rf '{}'; }}\n", stage.display());
        overtaken(&mut there, &[("a", b"new")], &[]);
        assert_eq!(tree(top), ["a 644"], "{shell}");
        assert_eq!(fs::read(top.join("a")).expect("there"), b"old", "{shell}");
    });
}

/// Another run came and went since somebody looked.
#[test]
fn what_another_has_put_there_is_not_replaced() {
    in_every_shell(|shell, top| {
        let other = KEY.replace("real", "fine");
        for (changed, written, mended) in [
            ("ca.key", "ca.key", &["ca.key"][..]),
            ("ca.key", "ca.key", &[]),
            // One that stays.
            ("ca.key", "sa.key", &[]),
        ] {
            for name in ["ca.key", "sa.key"] {
                fs::write(top.join(name), KEY).expect("write");
            }
            let mut there = at(top, shell);
            let ask = ["ca.key", "sa.key"].map(|name| asked(name, Some(KEY.as_bytes()), true));
            there.survey(&ask).expect(shell);
            fs::write(top.join("next"), &other).expect("write");
            fs::rename(top.join("next"), top.join(changed)).expect("rename");
            overtaken(&mut there, &[(written, KEY.as_bytes())], mended);
            let kept = fs::read_to_string(top.join(changed)).expect("there");
            assert_eq!(kept, other, "{shell}");
        }
        // Nothing but its bytes tell, and no backup has them.
        overtaken(
            &mut at(top, shell),
            &[("ca.key", KEY.as_bytes())],
            &["ca.key"],
        );
        let kept = fs::read_to_string(top.join("ca.key")).expect("there");
        assert_eq!(kept, other, "{shell}");
        assert_eq!(tree(top), ["ca.key 644", "sa.key 644"], "{shell}");
    });
}

/// Nobody of this machine, with a directory that is theirs.
fn as_nobody(test: impl Fn(&str, &Path)) {
    const UID: u32 = 65_534;
    if !rustix::process::geteuid().is_root() {
        crate::remote::program::skip("only root can become another");
        return;
    }
    if !crate::remote::program::installed(&["setpriv"]) {
        return;
    }
    in_every_shell(|shell, top| {
        chown(top, Some(UID), Some(UID)).expect("chown");
        let shell = match shell {
            "busybox" => "busybox sh",
            "zsh" => "zsh --emulate sh",
            other => other,
        };
        let user = format!("setpriv --reuid {UID} --regid {UID} --clear-groups {shell}");
        test(&user, top);
    });
}

#[test]
fn a_lock_that_nobody_may_look_into_is_not_free() {
    as_nobody(|shell, top| {
        fs::write(top.join(".kpki.lock"), "{\"pid\":1000000}").expect("write");
        fs::set_permissions(top.join(".kpki.lock"), fs::Permissions::from_mode(0o600))
            .expect("chmod");
        let mut there = at(top, shell);
        there.sabotage = "sleep() { :; }\n".into();
        let failure = there.publish(vec![file("x", b"x", false)], "1");
        let failure = failure.expect_err(shell);
        let said = failure.message();
        assert!(said.contains("nobody can tell"), "{shell}: {said}");
        let advice = failure.advice().unwrap_or_default();
        assert!(
            advice.contains("rm ") && advice.contains(".kpki.lock"),
            "{advice}"
        );
        assert_eq!(tree(top), [".kpki.lock 600"], "{shell}");
    });
}

#[test]
fn another_ones_file_that_gets_no_second_name_is_foreseen() {
    let protected = fs::read_to_string("/proc/sys/fs/protected_hardlinks");
    if protected.is_ok_and(|text| text.trim() != "1") {
        crate::remote::program::skip("nobody protects files from links here");
        return;
    }
    as_nobody(|shell, top| {
        fs::write(top.join("ca.crt"), "").expect("write");
        let delivery = Delivery {
            files: vec![file("ca.crt", b"new\n", true)],
            ..Delivery::default()
        };
        let mut there = at(top, shell);
        for failure in [
            there.foresee(&delivery).expect_err(shell),
            there.publish(delivery.files, "1").expect_err(shell),
        ] {
            let said = failure.message();
            assert!(said.contains("cannot keep"), "{shell}: {said}");
            assert!(said.contains("not permitted"), "{shell}: {said}");
            let advice = failure.advice().unwrap_or_default();
            assert!(advice.contains("add --sudo; where it is root"), "{advice}");
        }
        assert_eq!(tree(top), ["ca.crt 644"], "{shell}");
        // Whoever can write it may.
        fs::set_permissions(top.join("ca.crt"), fs::Permissions::from_mode(0o666)).expect("chmod");
        let files = || vec![file("ca.crt", b"new\n", true)];
        let delivery = Delivery {
            files: files(),
            ..Delivery::default()
        };
        there.foresee(&delivery).expect(shell);
        there.publish(files(), "1").expect(shell);
    });
}
