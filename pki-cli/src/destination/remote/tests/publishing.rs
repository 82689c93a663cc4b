//! All files or none.

use super::*;

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
            ("old", false, "was changed by another"),
            ("gone", true, "should be replaced but is gone"),
            ("twice", true, "has 2 names"),
            ("dir", true, "is a directory"),
            ("link", true, "is a symbolic link"),
            ("linked/x", false, "is a symbolic link"),
            ("old/x", false, "is a regular file, not a directory"),
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

/// A shell function in the place of a program, as one that fails at one of its calls: after it
/// has done its work for the first of several files.
fn sabotaged(top: &Path, shell: &str, program: &str, call: usize, files: Vec<NewFile>) -> Failure {
    let mut there = at(top, shell);
    let count = top.with_extension("count");
    let first = match program {
        "mv" => "command mv -f \"$2\" \"$last\"",
        // The first one takes the stage, and links one file.
        "ln" if call > 1 => "command ln \"$1\" \"$last\"",
        _ => ":",
    };
    // Nothing of it is parted at lines.
    let without_sed = match program {
        "dd" => "sed() { return 1; }\n",
        _ => "",
    };
    let sabotage = format!(
        "{without_sed}{program}() {{ for last in \"$@\"; do :; done; \
         echo x >>'{0}'; [ $(wc -l <'{0}') -ne {call} ] || \
         {{ {first}; echo \"{program}: failed: No space left on device\" >&2; return 1; }}; \
         command {program} \"$@\"; }}\n",
        count.display()
    );
    there.sabotage = sabotage;
    let failure = there.publish(files, "1").expect_err(program);
    let calls = fs::read_to_string(&count).expect("it was called");
    assert!(calls.lines().count() >= call, "{program} {call}");
    fs::remove_file(count).expect("it was called");
    failure
}

#[test]
fn a_failure_at_any_step_is_taken_back() {
    for shell in shells() {
        for (program, call) in [
            ("mkdir", 1),
            ("mkdir", 2),
            ("mkdir", 3),
            ("mkdir", 4),
            ("cat", 1),
            ("dd", 1),
            ("dd", 3),
            ("chmod", 1),
            ("ln", 1),
            ("ln", 2),
            ("ln", 3),
            ("ln", 4),
            ("mv", 1),
            ("mv", 2),
        ] {
            let temp = tempfile::tempdir().expect("tempdir");
            let top = temp.path().join("pki");
            fs::create_dir_all(top.join("etcd")).expect("mkdir");
            for name in ["a", "b.key", "etcd/c"] {
                fs::write(top.join(name), "old").expect("write");
            }
            let before = tree(&top);
            let files = vec![
                file("a", b"new\n", true),
                file("b.key", b"new\n", true),
                file("c/d", b"new\n", false),
                file("e", b"new\n", false),
                file("etcd/c", b"new\n", true),
                file("f", b"new\n", false),
            ];
            let failure = sabotaged(&top, shell, program, call, files);
            let said = failure.message();
            assert!(
                said.contains("no space left on device"),
                "{shell} {program} {call}: {said}"
            );
            assert_eq!(tree(&top), before, "{shell} {program} {call}");
            for name in ["a", "b.key", "etcd/c"] {
                assert_eq!(
                    fs::read(top.join(name)).expect("there"),
                    b"old",
                    "{shell} {program} {call}"
                );
            }
        }
    }
}

#[test]
fn of_a_file_that_is_mended_no_second_copy_is_kept() {
    for shell in shells() {
        let temp = tempfile::tempdir().expect("tempdir");
        let top = temp.path();
        fs::create_dir(top.join("etcd")).expect("mkdir");
        for name in ["a.key", "etcd/b.key", "c.key"] {
            fs::write(top.join(name), KEY).expect("write");
        }
        let delivery = |files: [NewFile; 2]| Delivery {
            mended: vec![path("a.key"), path("etcd/b.key")],
            files: files.into(),
            heirs: Vec::new(),
        };
        let mended = ["a.key", "etcd/b.key"].map(|name| file(name, KEY.as_bytes(), true));
        let receipt = Destination::publish(&mut at(top, shell), delivery(mended), "1");
        assert_eq!(receipt.expect(shell).backup, None, "{shell}");
        let files = ["a.key 600", "c.key 644", "etcd 755", "etcd/b.key 600"];
        assert_eq!(tree(top), files, "{shell}");

        // What is replaced beside it is kept, and after a failure all of it is as it was.
        let both = || ["a.key", "c.key"].map(|name| file(name, KEY.as_bytes(), true));
        let inode = |name: &str| fs::metadata(top.join(name)).expect("there").ino();
        let before = (inode("a.key"), inode("c.key"));
        let mut there = at(top, shell);
        there.sabotage = "mv() { command mv \"$@\"; [ $# -lt 4 ]; }\n".into();
        let failed = Destination::publish(&mut there, delivery(both()), "2");
        assert!(
            matches!(failed, Err(Unpublished::Undone(_))),
            "{shell}: {failed:?}"
        );
        assert_eq!(tree(top), files, "{shell}");
        assert_eq!((inode("a.key"), inode("c.key")), before, "{shell}");
        let receipt = Destination::publish(&mut at(top, shell), delivery(both()), "2");
        let backup = receipt.expect(shell).backup.expect("kept");
        assert_eq!(tree(backup.as_ref()), ["c.key 644"], "{shell}");
    }
}

#[test]
fn what_is_no_text_or_was_parted_wrongly_arrives_all_the_same() {
    let (text, odd): (&[u8], &[u8]) = (b"one\ntwo\n", b"\0\n\xff\\");
    for shell in shells() {
        for (sed, last) in [
            ("", text),
            ("", odd),
            ("", b""),
            ("sed() { return 1; }\n", text),
            ("sed() { echo x >new/b; }\n", text),
            ("sed() { command sed \"$@\"; echo >>new/b; }\n", text),
        ] {
            let temp = tempfile::tempdir().expect("tempdir");
            let mut there = at(temp.path(), shell);
            there.sabotage = sed.into();
            let files = vec![file("a", text, false), file("b", last, false)];
            there.publish(files, "1").expect(shell);
            assert_eq!(fs::read(temp.path().join("a")).expect("there"), text);
            assert_eq!(fs::read(temp.path().join("b")).expect("there"), last);
            assert_eq!(tree(temp.path()), ["a 644", "b 644"], "{shell}");
        }
    }
}

#[test]
fn only_an_heir_keeps_the_owner_of_what_it_replaces() {
    if !rustix::process::geteuid().is_root() {
        crate::remote::program::skip("only root can give files away");
        return;
    }
    let temp = tempfile::tempdir().expect("tempdir");
    for name in ["a", "b"] {
        fs::write(temp.path().join(name), "old").expect("write");
    }
    for name in ["a", "b"] {
        std::os::unix::fs::chown(temp.path().join(name), Some(4321), Some(1234)).expect("chown");
    }
    let files = vec![
        file("a", b"new", true),
        file("b", b"new", true),
        file("c", b"", false),
    ];
    let delivery = Delivery {
        files,
        // The last one is new, and has nobody to inherit from.
        heirs: ["a", "c"].map(path).into(),
        mended: Vec::new(),
    };
    let published = Destination::publish(&mut at(temp.path(), "sh"), delivery, "1");
    published.expect("published");
    let owner = |name: &str| {
        let status = fs::metadata(temp.path().join(name)).expect("there");
        (status.uid(), status.gid())
    };
    assert_eq!(["a", "b", "c"].map(owner), [(4321, 1234), (0, 0), (0, 0)]);
}

#[test]
fn what_changed_since_somebody_looked_is_not_written_to() {
    for shell in shells() {
        let temp = tempfile::tempdir().expect("tempdir");
        let top = temp.path().join("pki");
        fs::create_dir(&top).expect("mkdir");
        let mut there = at(&top, shell);
        let mut publish = |change: &dyn Fn()| {
            there.survey(&[asked("etcd/x", None, false)]).expect(shell);
            change();
            let failure = there.publish(vec![file("etcd/x", b"x", false)], "1");
            let failure = failure.expect_err(shell);
            assert!(
                failure.message().contains("changed"),
                "{shell}: {failure:?}"
            );
        };
        publish(&|| fs::set_permissions(&top, fs::Permissions::from_mode(0o777)).expect("chmod"));
        fs::set_permissions(&top, fs::Permissions::from_mode(0o755)).expect("chmod");
        // Nobody has looked whose this is.
        publish(&|| fs::create_dir(top.join("etcd")).expect("mkdir"));
        assert_eq!(tree(&top), ["etcd 755"], "{shell}");
    }
}

/// Whoever owns a link on the way can lay it anew.
#[test]
fn what_is_read_back_is_what_was_written() {
    in_every_shell(|shell, top| {
        for name in ["one/pki", "two/pki"] {
            fs::create_dir_all(top.join(name)).expect("mkdir");
        }
        fs::write(top.join("two/pki/ca.crt"), "x").expect("write");
        symlink("one", top.join("link")).expect("symlink");
        let mut there = at(&top.join("link/pki"), shell);
        there.survey(&[asked("ca.crt", None, false)]).expect(shell);
        fs::remove_file(top.join("link")).expect("there");
        symlink("two", top.join("link")).expect("symlink");
        let files = vec![file("ca.crt", b"y", false)];
        there.publish(files, "1").expect(shell);
        let read = there.read_back(&[path("ca.crt")]).expect(shell);
        assert_eq!(read.first().map(|it| it.to_vec()), Some(b"y".to_vec()));
        assert_eq!(fs::read(top.join("one/pki/ca.crt")).expect("there"), b"y");
    });
}

#[test]
fn a_program_that_is_missing_is_named() {
    for (program, without) in [
        ("rm", "command() { [ \"$2\" != rm ]; }\n"),
        (
            "cksum",
            "for it in sha256sum shasum openssl cksum; do eval \"$it() { return 127; }\"; done\n",
        ),
    ] {
        let temp = tempfile::tempdir().expect("tempdir");
        let mut there = at(temp.path(), "sh");
        there.sabotage = without.into();
        let failure = there
            .publish(vec![file("x", b"x", false)], "1")
            .expect_err(program);
        assert_eq!(failure.message(), format!("it has no {program}"));
        assert!(tree(temp.path()).is_empty(), "{program}");
    }
}
