//! The comparison itself: a tree recorded from kubeadm and its description,
//! made by an independent program, agree with the description made here.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde_json::json;

use crate::common::describe::{describe, describe_with_fingerprints};
use crate::common::difference::{differences, remove_members};
use crate::common::{fixture, fixture_json};

const SAMPLE_EXPECTED: &str = "kubeadm/10-ha-two-masters/master1/expected.json";
const NONE: &[String] = &[];

#[test]
fn the_sample_is_described_as_recorded() {
    let sample = sample();
    let mut expected = fixture_json(SAMPLE_EXPECTED);
    assert_eq!(
        differences(&expected, &describe_with_fingerprints(sample.path())),
        NONE
    );
    remove_members(&mut expected, &["sha256", "spki_sha256"]);
    let actual = describe(sample.path());
    assert_eq!(differences(&expected, &actual), NONE);
    assert_eq!(actual, expected);
}

#[test]
fn a_changed_tree_is_told_apart() {
    let sample = sample();
    let pki = sample.path().join("pki");
    fs::remove_file(pki.join("sa.pub")).expect("the sample has sa.pub");
    fs::copy(pki.join("etcd/peer.crt"), pki.join("etcd/server.crt")).expect("the sample has both");
    fs::set_permissions(pki.join("ca.key"), Permissions::from_mode(0o644)).expect("our own file");

    let mut expected = fixture_json(SAMPLE_EXPECTED);
    remove_members(&mut expected, &["sha256", "spki_sha256"]);
    let found = differences(&expected, &describe(sample.path()));
    let server = "certificates.pki/etcd/server.crt.certificates[0]";
    for line in [
        r#"files.pki/ca.key.mode: expected "0600", got "0644""#.to_owned(),
        r#"files.pki/sa.pub: expected {"type":"file","mode":"0600"}, got nothing"#.to_owned(),
        format!(
            r#"{server}.private_key_file: expected "pki/etcd/server.key", got "pki/etcd/peer.key""#
        ),
        r#"private_keys.pki/etcd/server.key.blocks[0].certificate_files: expected ["pki/etcd/server.crt"], got []"#
            .to_owned(),
    ] {
        assert!(found.contains(&line), "{line:?} is not in {found:#?}");
    }
}

#[test]
fn differences_name_the_path() {
    let expected = json!({"a": {"b": [1, {"c": "x"}]}, "gone": true, "list": ["one", "two"]});
    assert_eq!(differences(&expected, &expected), NONE);
    let actual = json!({"a": {"b": [1, {"c": "y"}]}, "list": ["one"], "new": null});
    let lines = [
        r#"a.b[1].c: expected "x", got "y""#,
        "gone: expected true, got nothing",
        r#"list: expected ["one","two"], got ["one"]"#,
        "new: expected nothing, got null",
    ];
    assert_eq!(differences(&expected, &actual), lines);
}

#[test]
fn equal_or_after_is_either() {
    let expected = json!({"not_before_vs_issuer": "equal or after"});
    for (actual, accepted) in [("equal", true), ("after", true), ("before", false)] {
        let found = differences(&expected, &json!({"not_before_vs_issuer": actual}));
        assert_eq!(found.is_empty(), accepted, "{actual}: {found:?}");
    }
}

/// A copy of the recorded tree with kubeadm's file modes, which git does not keep.
fn sample() -> tempfile::TempDir {
    let directory = tempfile::tempdir().expect("a temporary directory");
    copy_tree(&fixture("kubeadm/sample"), directory.path());
    directory
}

fn copy_tree(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).expect("a folder of the sample") {
        let path = entry.expect("a readable folder").path();
        let target = to.join(path.file_name().expect("an entry has a name"));
        let mode = if path.is_dir() {
            fs::create_dir(&target).expect("a new folder");
            copy_tree(&path, &target);
            0o755
        } else {
            fs::copy(&path, &target).expect("a copy");
            if path.extension().is_some_and(|extension| extension == "crt") {
                0o644
            } else {
                0o600
            }
        };
        fs::set_permissions(&target, Permissions::from_mode(mode)).expect("our own file");
    }
}
