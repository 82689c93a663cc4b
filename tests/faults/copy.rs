//! A fault at every call by which `kpki copy` changes a directory of this host:
//! the files are the old ones, the new ones, or ones that the next run finishes.

use std::path::Path;
use std::process::Command;

use crate::common::{kpki, run};
use crate::snapshot::{self, Snapshot};
use crate::strace::{self, Call, Fault};
use crate::sweep::{NOW, ensure, faults, in_parallel, temporary};

#[test]
fn an_empty_directory() {
    sweep(false);
}

#[test]
fn other_cas_that_are_replaced() {
    sweep(true);
}

/// `s` has the source, and `t` what another cluster has, if anything.
fn prepare(temp: &Path, other: bool) {
    let fleets: &[&str] = if other { &["s", "t"] } else { &["s"] };
    for out in fleets {
        let mut command = kpki();
        command
            .args(["gen", "--key-algorithm", "ECDSA-P256", "--now", NOW])
            .args(["--host", "m0=10.0.0.10", "--out"])
            .arg(temp.join(out));
        let made = run(&mut command);
        assert!(made.status.success(), "{}", made.stderr);
    }
}

fn copy(mut command: Command, temp: &Path) -> Command {
    command.current_dir(temp).args(["copy", "--now", NOW]);
    command
        .args(["--from", "s", "--replace-ca"])
        .args(["--to", "./t/m0/etc/kubernetes/pki"]);
    command
}

fn sweep(other: bool) {
    if !strace::is_there() {
        return;
    }
    let made = temporary();
    prepare(made.path(), other);
    let clean = temporary();
    let lay_out = |temp: &Path| {
        for part in ["s", "t"] {
            if made.path().join(part).exists() {
                snapshot::copy(&made.path().join(part), &temp.join(part));
            }
        }
    };
    lay_out(clean.path());
    let copied = run(&mut copy(strace::recording(clean.path()), clean.path()));
    assert!(copied.status.success(), "{copied:?}");
    let complete = Snapshot::of(&clean.path().join("t")).files();
    let calls = strace::calls(clean.path());
    assert!(calls.len() > 30, "only {} calls: {calls:?}", calls.len());
    let cases: Vec<_> = calls
        .iter()
        .flat_map(|call| faults(call).map(move |fault| (call, fault)))
        .collect();
    let failures = in_parallel(&cases, |(call, fault)| {
        let temp = temporary();
        lay_out(temp.path());
        let told = |problem| format!("- {fault:?} at {}: {problem}", call.what);
        check(temp.path(), &complete, call, *fault).map_err(told)
    });
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

fn check(temp: &Path, complete: &Snapshot, call: &Call, fault: Fault) -> Result<(), String> {
    let top = temp.join("t");
    let source = Snapshot::of(&temp.join("s"));
    let before = Snapshot::of(&top);
    let output = run(&mut copy(strace::failing(temp, call, fault), temp));
    let after = Snapshot::of(&top);
    let met = strace::injected(temp, fault);
    ensure(met.as_deref() == Some(&call.what), || {
        format!("the fault met {met:?}")
    })?;
    let is_whole =
        after.is_pending() || after.files() == before.files() || after.files() == *complete;
    ensure(is_whole, || {
        format!("half a copy: {}", before.difference(&after))
    })?;
    match output.status.code() {
        None => ensure(fault == Fault::Kill, || "it died".to_owned())?,
        Some(0) => ensure(after.files() == *complete, || {
            format!("success without all files: {}", output.stdout)
        })?,
        Some(2) => {
            let said = output.stdout.split_whitespace().collect::<Vec<_>>();
            let is_told = said.join(" ").contains(fault.reason());
            ensure(is_told, || format!("no reason is given: {output:?}"))?;
            // One fault is undone; where the disk is gone, that may be impossible.
            ensure(after == before || fault == Fault::DiskGone, || {
                format!("not taken back: {}", before.difference(&after))
            })?;
        }
        code => return Err(format!("ended with {code:?}")),
    }
    let again = run(&mut copy(kpki(), temp));
    ensure(again.status.success(), || {
        format!("the next run failed: {}{}", again.stdout, again.stderr)
    })?;
    let last = Snapshot::of(&top);
    ensure(
        last.files() == *complete && last.leftovers().is_empty(),
        || format!("the next run left {}", complete.difference(&last.files())),
    )?;
    let unchanged = Snapshot::of(&temp.join("s")) == source;
    ensure(unchanged, || "the source was changed".to_owned())
}
