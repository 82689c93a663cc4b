//! Passphrases, identities and recipients as people keep them.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::done;
use super::place::{Carried, IDENTITY, RECIPIENT, private};

/// The words that make a bundle of the tree in `a`.
fn created<'a>(to: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["create", "--from", "a/pki", "--to", to][..], more].concat()
}

#[test]
fn a_passphrase_locks_and_opens() {
    let place = Carried::sample();
    private(&place.join("pass"), b"correct horse battery\n");
    let made = place.run(&created("c.age", &["--passphrase-file", "pass"]));
    assert!(
        done(&made).contains("encrypted  with a passphrase\n"),
        "{made:?}"
    );
    let closed = place.run(&["show", "c.age"]);
    assert!(
        done(&closed).contains("--passphrase-file FILE shows what is in it"),
        "{closed:?}"
    );
    // Without the end of the line, and from stdin.
    let applied = place.with_stdin(
        &[
            "apply",
            "c.age",
            "--passphrase-file",
            "-",
            "--cert-dir",
            "b/pki",
        ],
        b"correct horse battery",
    );
    done(&applied);
    let said = "note: nothing here says which cluster this host is of; it becomes one of sha256:";
    assert!(applied.stderr.starts_with(said), "{}", applied.stderr);
    private(&place.join("wrong"), b"correct horse battery \n");
    let said = place.refused(&mut place.command(&["show", "c.age", "--passphrase-file", "wrong"]));
    assert!(
        said.starts_with(
            "error: 'c.age': the passphrase does not open it\nhint: white space counts"
        ),
        "{said}"
    );
    let said = place.refused(&mut place.command(&["show", "c.age", "-i", IDENTITY]));
    assert_eq!(
        said,
        "error: 'c.age': it is encrypted with a passphrase, and an identity does not open it\nhint: give --passphrase-file FILE\n"
    );
    let said = place.refused(&mut place.command(&["apply", "c.age"]));
    assert_eq!(
        said,
        "error: nothing was given that opens 'c.age'\nhint: it is encrypted with a passphrase: --passphrase-file FILE\n"
    );
}

#[test]
fn secrets_that_others_can_read_are_refused() {
    let place = Carried::sample();
    private(&place.join("pass"), b"correct horse battery\n");
    done(&place.run(&created("c.age", &["-r", RECIPIENT])));
    for mode in [0o604, 0o640, 0o620, 0o602] {
        for name in ["pass", IDENTITY] {
            let open = fs::Permissions::from_mode(mode);
            fs::set_permissions(place.join(name), open).expect("chmod");
        }
        let begin = format!("its mode is {mode:04o}\nhint: chmod 600 ");
        for arguments in [
            &["show", "c.age", "-i", IDENTITY][..],
            &["show", "c.age", "--passphrase-file", "pass"],
            &created("d.age", &["--passphrase-file", "pass"]),
        ] {
            let said = place.refused(&mut place.command(arguments));
            assert!(
                said.replace('\n', " ").contains(&begin.replace('\n', " ")),
                "{said}"
            );
        }
    }
}

#[test]
fn what_is_no_secret_is_named() {
    let place = Carried::sample();
    done(&place.run(&created("c.age", &["-r", RECIPIENT])));
    let long = vec![b'x'; (64 << 10) + 1];
    let cases: [(&[u8], &str); 5] = [
        (b"\n", "its passphrase cannot be used: it is empty"),
        (b"", "its passphrase cannot be used: it is empty"),
        (
            b"one\ntwo\n",
            "its passphrase cannot be used: it has more than one line",
        ),
        (
            b"\xff\n",
            "its passphrase cannot be used: it is not UTF-8 text",
        ),
        (&long, " is longer than 64 KiB, and nothing longer is read"),
    ];
    for (bytes, expected) in cases {
        private(&place.join("pass"), bytes);
        let said =
            place.refused(&mut place.command(&created("d.age", &["--passphrase-file", "pass"])));
        assert!(said.contains(expected), "{expected}: {said}");
    }
    for (bytes, expected) in [
        (&b"# nothing\n"[..], "it has no identity"),
        (b"AGE-SECRET-KEY-1X\n", "line 1 is not an identity of age"),
        (RECIPIENT.as_bytes(), "that is a public key"),
        (
            b"-----BEGIN OPENSSH PRIVATE KEY-----\n",
            "SSH keys are not taken",
        ),
    ] {
        private(&place.join("key"), bytes);
        let said = place.refused(&mut place.command(&["show", "c.age", "-i", "key"]));
        assert!(said.contains(expected), "{expected}: {said}");
        assert!(!said.contains("SECRET-KEY-1X"), "{said}");
    }
    let said = place.refused(&mut place.command(&["show", "c.age", "-i", "none"]));
    assert_eq!(said, "error: 'none' is not there\n");
    let said = place.refused(&mut place.command(&["show", "c.age", "-i", "a"]));
    assert_eq!(said, "error: 'a' is a directory, not a file\n");
    let said = place.refused(&mut place.command(&["show", "-", "-i", "-"]));
    assert_eq!(
        said,
        "error: stdin can be read once only\nhint: write '-' once\n"
    );
}

#[test]
fn recipients_come_from_flags_and_files() {
    let place = Carried::sample();
    let other = "age1lggyhqrw2nlhcxprm67z43rta597azn8gknawjehu9d9dl0jq3yqqvfafg";
    let list = format!("# the masters\n\n{other}\n{RECIPIENT}\n");
    fs::write(place.join("masters"), list).expect("written");
    let made = place.run(&created("c.age", &["-R", "masters", "-r", RECIPIENT]));
    assert!(
        done(&made).contains("encrypted  to 2 recipients\n"),
        "{made:?}"
    );
    done(&place.run(&["show", "c.age", "-i", IDENTITY]));

    fs::write(
        place.join("masters"),
        format!("{other}\nssh-ed25519 AAAA\n"),
    )
    .expect("written");
    let said = place.refused(&mut place.command(&created("d.age", &["-R", "masters"])));
    assert!(
        said.starts_with(
            "error: 'masters': line 2 is not a recipient of age\nhint: SSH keys are not taken"
        ),
        "{said}"
    );
    let said = place.refused(&mut place.command(&created("d.age", &["-r", "alice"])));
    assert!(
        said.contains("a recipient is age1 and 58 characters"),
        "{said}"
    );
    // Neither, and both.
    let said = place.refused(&mut place.command(&created("d.age", &[])));
    assert!(said.contains("--recipient"), "{said}");
    let both = ["-r", RECIPIENT, "--passphrase-file", "pass"];
    let said = place.refused(&mut place.command(&created("d.age", &both)));
    assert!(said.contains("cannot be used with"), "{said}");
}
