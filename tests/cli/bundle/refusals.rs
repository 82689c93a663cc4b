//! Bundles that are not for this host, or no longer what was made.

use std::fs;

use super::place::{Carried, IDENTITY, RECIPIENT, private};
use super::{done, plain};
use crate::common::run;
use crate::golden::golden;
use crate::setup::Place;

/// Nothing may be written, and the report says why.
#[track_caller]
fn refused_here(place: &Carried, arguments: &[&str]) -> String {
    let before = place.contents();
    let output = place.run(&[&["apply"], arguments].concat());
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(place.contents() == before, "something was written");
    let begin = output.stdout.find("refused: ");
    let begin = begin.unwrap_or_else(|| panic!("{output:?}"));
    plain(place, &output.stdout[begin..])
}

const APPLY: [&str; 5] = ["c.age", "-i", IDENTITY, "--cert-dir", "b/pki"];

/// The sample's bundle, and a host of another cluster in `b`.
fn two_clusters() -> Carried {
    let place = Carried::sample();
    done(&place.run(&[
        "create", "--from", "a/pki", "--to", "c.age", "-r", RECIPIENT,
    ]));
    let mut command = place.gen_command(&["--host", "m0", "--ip", "10.0.0.10"]);
    let output = run(command.args(["--cert-dir", "b/pki"]));
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    place
}

#[test]
fn another_cluster_keeps_its_ca() {
    let place = two_clusters();
    let said = refused_here(&place, &APPLY);
    let begin = "refused: the bundle is of another cluster: sha256:b6204b47746d254b";
    assert!(said.starts_with(begin), "{said}");
    assert!(said.contains("--replace-ca"), "{said}");

    let before = place.contents();
    let output = place.apply("c.age", &["--replace-ca", "--allow-older"]);
    let text = done(&output);
    assert!(text.contains("backup: "), "{text}");
    let kept = place.join("b/kpki-backup-20261122T191500Z/pki/ca.key");
    let old = before.get(&place.join("b/pki/ca.key")).cloned().flatten();
    assert_eq!(fs::read(kept).ok(), old);
    let new = fs::read(place.join("b/pki/ca.key")).expect("there");
    assert!(Some(new) == fs::read(place.join("a/pki/ca.key")).ok());
}

#[test]
fn the_cluster_that_was_asked_for() {
    let place = Carried::sample();
    done(&place.run(&[
        "create", "--from", "a/pki", "--to", "c.age", "-r", RECIPIENT,
    ]));
    let right = place.cluster_of("c.age");
    let wrong = format!("sha256:{}", "0".repeat(64));
    let said = refused_here(&place, &[&APPLY[..], &["--cluster-id", &wrong]].concat());
    let begin = format!("refused: the bundle is of the cluster {right}, not of {wrong}\n");
    assert!(said.starts_with(&begin), "{said}");
    // Anybody could have made it.
    let said = refused_here(&place, &APPLY);
    let begin = "refused: nothing here says which cluster this host is of, and anybody who knows";
    assert!(said.starts_with(begin), "{said}");
    assert!(said.contains("'kpki hash' on the first master"), "{said}");
    let output = place.apply("c.age", &["--cluster-id", &right]);
    assert_eq!(output.stderr, "");
    done(&output);
    done(&place.run(&[&["apply"], &APPLY[..]].concat()));
    for odd in ["", "sha256:", "sha256:00", &right[7..], "sha1:00"] {
        let cluster = format!("--cluster-id={odd}");
        let said =
            place.refused(&mut place.command(&[&["apply"], &APPLY[..], &[&cluster]].concat()));
        assert!(
            said.contains("it is not the hash of a CA's key"),
            "{odd}: {said}"
        );
    }
}

#[test]
fn what_is_newer_here_stays() {
    let place = Carried::sample();
    done(&place.run(&[
        "create", "--from", "a/pki", "--to", "c.age", "-r", RECIPIENT,
    ]));
    done(&place.apply("c.age", &[]));
    // Another pair of service account keys, written after the bundle was made.
    let others = Place::new();
    others.made("10.0.0.10");
    for name in ["sa.key", "sa.pub"] {
        let other = fs::read(others.join("k/pki").join(name)).expect("made");
        private(&place.join("b/pki").join(name), &other);
    }
    let said = refused_here(&place, &APPLY);
    let begin =
        "refused: the bundle was made at 2026-11-22T19:15:00Z, and what is here came after it: sa.";
    assert!(said.starts_with(begin), "{said}");
    assert!(said.contains("--allow-older"), "{said}");
    // That it is known to be older does not say that the keys may go.
    let said = refused_here(&place, &[&APPLY[..], &["--allow-older"]].concat());
    assert!(said.contains("--replace-ca"), "{said}");
    let said = refused_here(&place, &[&APPLY[..], &["--replace-ca"]].concat());
    assert!(said.contains("--allow-older"), "{said}");
    done(&place.apply("c.age", &["--replace-ca", "--allow-older"]));
}

#[test]
fn what_nobody_signed() {
    let place = Carried::sample();
    fs::remove_file(place.join("a/pki/ca.key")).expect("removed");
    let made = place.run(&[
        "create", "--from", "a/pki", "--to", "c.age", "-r", RECIPIENT,
    ]);
    let text = done(&made);
    assert!(
        text.contains("signed by  nobody: the CA's key is not in it\n"),
        "{text}"
    );
    let next = text.lines().last().unwrap_or_default();
    assert!(
        next.contains(" --cluster-id sha256:") && next.ends_with(" --allow-unsigned"),
        "{next}"
    );
    golden("bundle-unsigned.txt", &refused_here(&place, &APPLY));
    let said = refused_here(&place, &[&APPLY[..], &["--allow-unsigned"]].concat());
    let begin = "refused: the bundle is not signed, and nothing here says that the cluster is sha256:b6204b";
    assert!(said.starts_with(begin), "{said}");
    let cluster = place.cluster_of("c.age");
    done(&place.apply("c.age", &["--allow-unsigned", "--cluster-id", &cluster]));
    // From now on ca.crt says which cluster it is.
    done(&place.apply("c.age", &["--allow-unsigned"]));
    let said = refused_here(&place, &APPLY);
    assert!(said.contains("--allow-unsigned"), "{said}");
}

#[test]
fn what_has_expired_is_not_put_in_place() {
    let place = Carried::sample();
    done(&place.run(&[
        "create", "--from", "a/pki", "--to", "c.age", "-r", RECIPIENT,
    ]));
    let mut command = place
        .0
        .command(&["bundle", "apply", "--now", "2046-11-22T19:15:00Z"]);
    let said = place.refused(command.args(APPLY));
    assert!(
        said.starts_with("error: what is in 'c.age' is not in order: pki/"),
        "{said}"
    );
    // It can be looked at.
    let mut command = place
        .0
        .command(&["bundle", "show", "--now", "2046-11-22T19:15:00Z"]);
    done(&run(command.args(["c.age", "-i", IDENTITY])));
}

#[test]
fn each_way_to_break_a_file_has_its_words() {
    let place = Carried::sample();
    done(&place.run(&[
        "create", "--from", "a/pki", "--to", "c.age", "-r", RECIPIENT,
    ]));
    let whole = fs::read(place.join("c.age")).expect("made");
    let body = whole.len() - 100;
    let change = |at: usize| {
        let mut changed = whole.clone();
        // Still a digit of base64, where it is one.
        changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
        changed
    };
    let text = String::from_utf8_lossy(&whole[..body]).into_owned();
    let mac = text.find("\n--- ").expect("a MAC") + 8;
    let cases: [(&str, Vec<u8>, &str); 9] = [
        ("empty", Vec::new(), "it is empty: 0 bytes"),
        (
            "cut",
            whole[..body].to_vec(),
            "its end is missing, or there is something behind it",
        ),
        (
            "cut in the header",
            whole[..30].to_vec(),
            "it was cut short: its end is missing",
        ),
        (
            "body",
            change(body),
            "it was changed: what it holds is not what was encrypted",
        ),
        ("header", change(mac), "its header was changed"),
        ("recipient", change(40), "none of the identities opens it"),
        (
            "newer",
            [b"age-encryption.org/v2", &whole[21..]].concat(),
            "it is in a version of age's format that is not known",
        ),
        (
            "other",
            b"-----BEGIN CERTIFICATE-----\n".to_vec(),
            "it is not a file that age encrypted",
        ),
        ("long", vec![b'x'; 13 << 20], ""),
    ];
    let mut all = String::new();
    for (name, bytes, expected) in cases {
        fs::write(place.join("broken.age"), bytes).expect("written");
        for command in ["show", "apply"] {
            let said = place.refused(&mut place.command(&[command, "broken.age", "-i", IDENTITY]));
            let expected = match expected {
                "" => "error: 'broken.age' is longer than 12288 KiB, and nothing longer is read\n"
                    .to_owned(),
                expected => format!("error: 'broken.age': {expected}"),
            };
            assert!(said.starts_with(&expected), "{name}: {said}");
            if command == "show" {
                all.push_str(&said);
            }
        }
    }
    golden("bundle-broken.txt", &all);
}

#[test]
fn a_flipped_byte_anywhere_is_refused() {
    let place = Carried::sample();
    done(&place.run(&[
        "create", "--from", "a/pki", "--to", "c.age", "-r", RECIPIENT,
    ]));
    let mut bytes = fs::read(place.join("c.age")).expect("made");
    // All of them are tried where the file is read; here that it reaches the user.
    for at in (0..bytes.len()).step_by(bytes.len() / 40) {
        bytes[at] ^= 0x10;
        fs::write(place.join("c.age"), &bytes).expect("written");
        place.refused(&mut place.command(&[&["apply"], &APPLY[..]].concat()));
        bytes[at] ^= 0x10;
    }
    fs::write(place.join("c.age"), &bytes).expect("written");
    done(&place.apply("c.age", &[]));
}
