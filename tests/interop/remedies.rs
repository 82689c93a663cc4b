//! The commands of findings, run as they are printed.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::common::program::installed;
use crate::common::{kpki, run};

const MADE: &str = "2026-11-21T19:15:00Z";

fn make(directory: &Path, arguments: &[&str]) {
    let mut command = kpki();
    command.env_clear().current_dir(directory);
    command.args(["gen", "--now", MADE, "--key-algorithm", "ECDSA-P256"]);
    let output = run(command.args(arguments));
    assert_eq!(output.status.code(), Some(0), "{output:?}");
}

/// The commands that mend what `rule` finds in a file.
fn commands(directory: &Path, arguments: &[&str], (rule, file): (&str, &str)) -> Vec<String> {
    let mut command = kpki();
    command.env_clear().current_dir(directory);
    let output = run(command.args(["verify", "-o", "json"]).args(arguments));
    let report: Value = serde_json::from_str(&output.stdout).expect("one JSON document");
    let findings = report["hosts"][0]["findings"].as_array().expect("a list");
    let is_found = |finding: &&Value| finding["rule"] == rule && finding["file"] == file;
    let found = findings.iter().find(is_found);
    let found = found.unwrap_or_else(|| panic!("no {rule}: {report:#}"));
    let commands = found["commands"].as_array().expect("a list");
    commands
        .iter()
        .filter_map(|command| command.as_str().map(str::to_owned))
        .collect()
}

fn blocks(text: &str) -> Vec<&str> {
    text.split_inclusive("-----END CERTIFICATE-----\n")
        .collect()
}

/// openssl reads one certificate and writes one: the others of a bundle stay.
#[test]
fn a_renewed_authority_stays_in_its_bundle() {
    if !installed(&["openssl", "bash", "awk"]) {
        return;
    }
    let temp = tempfile::tempdir().expect("a temporary directory");
    for cert_dir in ["k 1/pki", "other/pki"] {
        let arguments = ["--host", "m0", "--ip", "10.0.0.10", "--cert-dir", cert_dir];
        make(temp.path(), &arguments);
    }
    let file = temp.path().join("k 1/pki/ca.crt");
    let own = fs::read_to_string(&file).expect("our own file");
    let other = fs::read_to_string(temp.path().join("other/pki/ca.crt")).expect("our own file");
    for (bundle, place) in [
        (format!("{own}{other}"), 0),
        (format!("{other}{own}{other}"), 1),
    ] {
        fs::write(&file, &bundle).expect("our own file");
        let expired = ["k 1", "--now", "2036-12-01T00:00:00Z"];
        let commands = commands(temp.path(), &expired, ("expired", "pki/ca.crt"));
        let [renew, ..] = &commands[..] else {
            panic!("no command");
        };
        let mut shell = Command::new("bash");
        shell.current_dir(temp.path()).args(["-ec", renew]);
        let output = run(&mut shell);
        assert_eq!(output.status.code(), Some(0), "{renew}: {output:?}");
        let renewed = fs::read_to_string(&file).expect("our own file");
        let (before, after) = (blocks(&bundle), blocks(&renewed));
        assert_eq!(before.len(), after.len(), "{renew}");
        for (index, (before, after)) in before.iter().zip(after).enumerate() {
            assert_eq!(*before != after, index == place, "{renew}");
        }
        let names = fs::read_dir(temp.path().join("k 1/pki")).expect("listed");
        let mut names = names.map(|entry| entry.expect("an entry").file_name());
        assert!(names.all(|name| !name.to_string_lossy().starts_with("ca.crt.")));
    }
}
