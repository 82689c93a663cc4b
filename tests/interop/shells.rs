//! The shell scripts of this repository, read by shellcheck: what the tests, the
//! measurements and the continuous integration run, and what runs on other hosts.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::common::program::installed;
use crate::common::run;

/// Directories without scripts of ours; fixtures have those of guides, as they are there,
/// and rendered ones, which like their templates a test of their own reads.
const OTHERS: [&str; 5] = [".git", "target", "fixtures", "fuzz", "templates"];

/// What is right here, and why.
const RIGHT: [&str; 1] = [
    // Functions that a trap or another program calls.
    "SC2317",
];
/// The same of parts of a script, which runs as a whole on another host.
const RIGHT_IN_PARTS: [&str; 3] = [
    // Variables of other parts, of awk programs and of questions.
    "SC2154", "SC2034", // Words that are to be several.
    "SC2046",
];
/// The same of the measurements.
const RIGHT_IN_BENCHES: [&str; 2] = [
    // Two words that one argument stands for.
    "SC2183", // A file without an ending.
    "SC2238",
];

#[test]
fn shellcheck_reads_our_scripts() {
    if !installed(&["shellcheck"]) {
        return;
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut scripts = Vec::new();
    find(&root, &mut scripts);
    let has = |end: &str| scripts.iter().any(|(path, _)| path.ends_with(end));
    for known in [
        "tests/run",
        "tests/lab/host",
        "far/look.sh",
        "remote/session.sh",
    ] {
        assert!(has(known), "{known}: {scripts:?}");
    }
    for (path, is_whole) in scripts {
        let is_bench = path.parent().is_some_and(|it| it.ends_with("benches"));
        let mut right = RIGHT.to_vec();
        right.extend(RIGHT_IN_PARTS.iter().filter(|_| !is_whole));
        right.extend(RIGHT_IN_BENCHES.iter().filter(|_| is_bench));
        let mut command = Command::new("shellcheck");
        command.args(["--severity=warning", "--format=gcc"]);
        // With what a script takes in from beside it.
        command.args(["--external-sources", "--source-path=SCRIPTDIR"]);
        command.args(["--exclude", &right.join(",")]);
        // What has no first line that says it is for the shell of POSIX.
        if !is_whole && !is_bench {
            command.arg("--shell=sh");
        }
        let output = run(command.arg(&path));
        assert!(
            output.status.success(),
            "{}{}",
            output.stdout,
            output.stderr
        );
    }
}

/// Every script below a directory, and whether it is a whole one.
fn find(directory: &Path, scripts: &mut Vec<(PathBuf, bool)>) {
    for entry in fs::read_dir(directory).expect("a directory of ours") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().and_then(|name| name.to_str());
        let name = name.unwrap_or_default();
        if path.is_symlink() || OTHERS.contains(&name) {
            continue;
        }
        if path.is_dir() {
            find(&path, scripts);
            continue;
        }
        let text = fs::read(&path).expect("a file of ours");
        let first = text.split(|octet| *octet == b'\n').next();
        let first = String::from_utf8_lossy(first.unwrap_or_default()).into_owned();
        let mut words = first.split(['/', ' ']);
        let is_whole = first.starts_with("#!") && words.any(|it| matches!(it, "sh" | "bash"));
        if is_whole || name.ends_with(".sh") {
            scripts.push((path, is_whole));
        }
    }
}
