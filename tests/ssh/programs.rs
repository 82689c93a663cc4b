//! What a copy has the other host do: each program that it starts there costs more than all
//! of the bytes that come.

use std::fs;
use std::path::Path;

use crate::lab::Lab;
use crate::setup::{assert_copied, copy, made, make, places, to};

/// The programs that were started there since the last time, from the shell of ours on.
fn programs(trace: &Path) -> Vec<String> {
    let traced = fs::read_to_string(trace).expect("a trace");
    fs::remove_file(trace).expect("remove");
    let started = |line: &&str| line.contains("execve") && line.ends_with(" = 0");
    let lines = traced.lines().filter(started);
    lines.map(str::to_owned).collect()
}

#[test]
fn a_copy_starts_few_programs_and_a_run_that_finds_all_equal_fewer() {
    let Some(lab) = Lab::new() else { return };
    if !crate::program::installed(&["strace"]) {
        return;
    }
    let trace = lab.path("trace");
    let login = format!(
        "exec strace -f -qq -e trace=execve -e signal=none -o '{}' sh -c \"$SSH_ORIGINAL_COMMAND\"",
        trace.display()
    );
    let host = lab.host_with_login("m1", &login);
    let (pki, _) = places(&host.path(""));
    let arguments = to(&[("m1", &pki)]);
    let other = make(&["m1=10.0.0.11", "m2=10.0.0.12"]);
    let replace = [&arguments[..], &["--replace-ca".to_owned()]].concat();
    // One is that of the login here, and one more is needed if not all of our script comes at once.
    for (source, arguments, changes, most) in [
        (made(), &arguments, true, 28),
        (made(), &arguments, false, 10),
        (other.path(), &replace, true, 48),
    ] {
        let told = copy(&lab, source, arguments);
        assert_eq!((told.status, told.changed()), (0, changes), "{told:?}");
        assert_copied(source, &pki);
        let programs = programs(&trace);
        let count = programs.len();
        // Without any it would not have been traced.
        assert!(
            count > 4 && count <= most,
            "{count} programs, at most {most}:\n{}",
            programs.join("\n")
        );
    }
}
