//! `kpki verify` of trees in which kpki itself left something.

use std::fs;

use crate::common::{Output, run};
use crate::golden::golden;
use crate::setup::{NOW, Place, assert_no_secrets};

fn verify(place: &Place, arguments: &[&str]) -> Output {
    let mut command = place.command(&["verify", "--now", NOW]);
    let output = run(command.args(arguments));
    assert_no_secrets(&output);
    output
}

fn kept(place: &Place, files: &[(&str, &str)]) {
    for (from, to) in files {
        let to = place.join(to);
        fs::create_dir_all(to.parent().expect("below")).expect("our own directory");
        fs::copy(place.join(from), to).expect("made before");
    }
}

#[test]
fn stages_and_backups_are_told() {
    let (place, other) = (Place::new(), Place::new());
    place.made("10.0.0.10");
    other.made("10.0.0.10");
    kept(
        &place,
        &[
            ("k/pki/ca.key", "k/.kpki-stage/0"),
            ("k/pki/ca.crt", "k/.kpki-stage/1"),
            ("k/pki/sa.key", "k/.kpki-copy/new/pki/sa.key"),
            ("k/pki/etcd/ca.key", "k/kpki-backup-1/pki/etcd/ca.key"),
            ("k/pki/apiserver.key", "k/kpki-backup-2/pki/apiserver.key"),
        ],
    );
    let old = place.join("k/pki/kpki-backup-3");
    fs::create_dir(&old).expect("our own directory");
    for name in ["ca.key", "sa.key"] {
        fs::copy(other.join("k/pki").join(name), old.join(name)).expect("made before");
    }
    let output = verify(&place, &["k"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    golden("verify-remains.txt", &place.plain(&output.stdout));
    // What the remedies say: the next run takes the stages away.
    place.made("10.0.0.10");
    let output = verify(&place, &["k"]);
    assert!(!output.stdout.contains(".kpki-stage"), "{output:?}");
}

/// Of the first copy to a host that was killed there is nothing else.
#[test]
fn a_stage_alone_is_no_empty_directory() {
    let (place, host) = (Place::new(), Place::new());
    place.made("10.0.0.10");
    fs::create_dir_all(host.join(".kpki-copy/new/pki")).expect("our own directory");
    fs::copy(
        place.join("k/pki/sa.key"),
        host.join(".kpki-copy/new/pki/sa.key"),
    )
    .expect("made before");
    let output = verify(&host, &["."]);
    assert!(output.stdout.contains("interrupted-run"), "{output:?}");
    // The next copy takes it away.
    let mut copy = place.command(&["copy", "--now", NOW, "--from", "k", "--to"]);
    let output = run(copy.arg(host.join("pki")));
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let output = verify(&host, &["."]);
    assert!(!output.stdout.contains("interrupted-run"), "{output:?}");
}

/// What a first copy brought before it was killed says little of what the host is for.
#[test]
fn a_part_of_a_first_copy_is_no_home_of_cas_for_sure() {
    let (place, host) = (Place::new(), Place::new());
    place.made("10.0.0.10");
    for name in ["pki/sa.pub", ".kpki-copy/new/pki/ca.crt"] {
        let to = host.join(name);
        fs::create_dir_all(to.parent().expect("below")).expect("our own directory");
        let (_, from) = name.rsplit_once("pki/").expect("below pki");
        fs::copy(place.join("k/pki").join(from), to).expect("made before");
    }
    let output = verify(&host, &["."]);
    let said = ".: the home of the CAs, or a host that a copy has not got further with; paths";
    assert!(output.stdout.contains(said), "{output:?}");
}

/// The first copy to another cluster's host was killed after the certificates of its CAs.
#[test]
fn a_copy_that_was_replacing_authorities_is_told_first() {
    let (place, other) = (Place::new(), Place::new());
    place.made("10.0.0.10");
    other.made("10.0.0.10");
    let names = ["ca", "front-proxy-ca", "etcd/ca"];
    for name in names {
        let ours = |end: &str| place.join("k/pki").join(format!("{name}.{end}"));
        let theirs = |end: &str| other.join("k/pki").join(format!("{name}.{end}"));
        fs::copy(theirs("crt"), ours("crt")).expect("made before");
        let staged = place
            .join("k/.kpki-copy/new/pki")
            .join(format!("{name}.key"));
        fs::create_dir_all(staged.parent().expect("below")).expect("our own directory");
        fs::copy(theirs("key"), staged).expect("made before");
    }
    let output = verify(&place, &["k"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let mut lines = output.stdout.lines().skip(2);
    let first = lines.next().expect("a finding");
    assert!(first.starts_with("warning: .kpki-copy: "), "{first}");
    let command = lines.find(|line| line.starts_with("    "));
    assert_eq!(
        command,
        Some("    kpki copy --from FROM --to ./k/pki --replace-ca")
    );
    // Without the flag it is refused, and with it all is well but for the leaves.
    let from = other.join("k/pki");
    let copy = |flags: &[&str]| {
        let mut copy = place.command(&["copy", "--now", NOW, "--to", "./k/pki", "--from"]);
        run(copy.arg(&from).args(flags))
    };
    assert_eq!(copy(&[]).status.code(), Some(2));
    assert_eq!(copy(&["--replace-ca"]).status.code(), Some(0));
    let output = verify(&place, &["k"]);
    assert!(!output.stdout.contains("ca-key-mismatch"), "{output:?}");
    assert!(!output.stdout.contains("interrupted-run"), "{output:?}");
}
