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
    let heirs = [RelPath::new("a").expect("valid")];
    let published = Destination::publish(&mut at(temp.path(), "sh"), files, &heirs, "1");
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
        let failure = there.survey(&[]).expect_err(program);
        assert_eq!(failure.message(), format!("it has no {program}"));
    }
}
