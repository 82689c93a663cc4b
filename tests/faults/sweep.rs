//! A fault at every call that changes a file.

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;
use tempfile::TempDir;

use crate::common::describe::describe;
use crate::common::{kpki, run};
use crate::snapshot::{self, Node, Snapshot};
use crate::strace::{self, Call, Fault};

/// Every run takes this for the present, so that two trees differ in their keys only.
pub(crate) const NOW: &str = "2026-11-22T19:15:00Z";

#[test]
fn a_fresh_tree() {
    let arguments = ["--host", "m0", "--ip", "10.0.0.10", "--cert-dir", "t/pki"];
    sweep("a fresh tree", &[], &arguments);
}

#[test]
fn a_fresh_fleet() {
    let arguments = [
        "--host",
        "m0=10.0.0.10",
        "--host",
        "m1=10.0.0.11",
        "--out",
        "t",
    ];
    sweep("a fresh fleet", &[], &arguments);
}

#[test]
fn a_reissue() {
    let before = ["--host", "m0", "--ip", "10.0.0.99", "--cert-dir", "t/pki"];
    let arguments = [
        "--host",
        "m0",
        "--ip",
        "10.0.0.10",
        "--cert-dir",
        "t/pki",
        "--reissue",
    ];
    sweep("a reissue", &before, &arguments);
}

/// What the runs of a scenario share.
struct Scenario<'a> {
    arguments: &'a [&'a str],
    /// Holds `t`, the tree before the run, unless that is nothing.
    before: &'a Path,
    /// The tree that an undisturbed run makes.
    complete: Snapshot,
    description: Value,
}

fn sweep(name: &str, before: &[&str], arguments: &[&str]) {
    if !strace::is_there() {
        return;
    }
    let temp = temporary();
    if !before.is_empty() {
        let made = run(&mut generate(kpki(), temp.path(), before));
        assert!(made.status.success(), "{}", made.stderr);
    }
    let clean = temporary();
    prepare(temp.path(), clean.path());
    let made = run(&mut generate(
        strace::recording(clean.path()),
        clean.path(),
        arguments,
    ));
    assert!(made.status.success(), "{}", made.stderr);
    let scenario = Scenario {
        arguments,
        before: temp.path(),
        complete: Snapshot::of(&clean.path().join("t")).files(),
        description: describe(&clean.path().join("t")),
    };
    let calls = strace::calls(clean.path());
    // Each of some twenty files is made, written, saved and put in its place.
    assert!(
        calls.len() > 80,
        "only {} calls were seen: {calls:?}",
        calls.len()
    );
    let cases: Vec<_> = calls
        .iter()
        .flat_map(|call| faults(call).map(move |fault| (call, fault)))
        .collect();
    let failures = in_parallel(&cases, |(call, fault)| scenario.check(call, *fault));
    assert!(
        failures.is_empty(),
        "{name}: {} of {} faults at {} calls ended badly, such as\n{}",
        failures.len(),
        cases.len(),
        calls.len(),
        failures[..failures.len().min(8)].join("\n")
    );
}

pub(crate) fn faults(call: &Call) -> impl Iterator<Item = Fault> + use<> {
    // Messages are written too: a disk that is gone must not take them along.
    let lasting = call.name != "write" && !call.name.starts_with("open");
    let all = [
        Fault::Kill,
        Fault::NoSpace,
        Fault::InputOutput,
        Fault::DiskGone,
    ];
    all.into_iter()
        .filter(move |fault| *fault != Fault::DiskGone || lasting)
}

pub(crate) fn in_parallel<T: Sync>(
    cases: &[T],
    check: impl Fn(&T) -> Result<(), String> + Sync,
) -> Vec<String> {
    let next = AtomicUsize::new(0);
    let failures = Mutex::new(Vec::new());
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Err(failure) = check(case) {
                        failures.lock().expect("no check panics").push(failure);
                    }
                }
            });
        }
    });
    failures.into_inner().expect("no check panics")
}

/// A directory whose path has as many components as that of every other.
pub(crate) fn temporary() -> TempDir {
    let temp = tempfile::tempdir().expect("a temporary directory");
    let real = fs::canonicalize(temp.path()).expect("just made");
    assert_eq!(
        real,
        temp.path(),
        "strace shows real paths: set TMPDIR to one"
    );
    temp
}

fn prepare(before: &Path, temp: &Path) {
    if before.join("t").exists() {
        snapshot::copy(&before.join("t"), &temp.join("t"));
    }
}

fn generate(mut command: Command, temp: &Path, arguments: &[&str]) -> Command {
    command
        .current_dir(temp)
        .args(["gen", "--key-algorithm", "ECDSA-P256", "--now", NOW]);
    command.args(arguments);
    command
}

impl Scenario<'_> {
    fn check(&self, call: &Call, fault: Fault) -> Result<(), String> {
        let temp = temporary();
        let mut story = format!("{fault:?} at {} (number {})", call.what, call.ordinal);
        self.judge(temp.path(), call, fault, &mut story)
            .map_err(|problem| format!("- {story}\n    {problem}"))
    }

    fn judge(
        &self,
        temp: &Path,
        call: &Call,
        fault: Fault,
        story: &mut String,
    ) -> Result<(), String> {
        let top = temp.join("t");
        prepare(self.before, temp);
        let before = Snapshot::of(&top);
        let failing = strace::failing(temp, call, fault);
        let output = run(&mut generate(failing, temp, self.arguments));
        let after = Snapshot::of(&top);
        story.push_str(&format!(
            ", {}: {}",
            output.status,
            output.stderr.trim_end()
        ));
        let met = strace::injected(temp, fault);
        ensure(met.as_deref() == Some(&call.what), || {
            format!("the fault met {met:?}")
        })?;

        let message = one_line(&output.stderr);
        let state = match after.files() {
            _ if after.is_pending() => State::Pending,
            files if files == before.files() => State::Old,
            files if files.has_same_paths(&self.complete) => State::New,
            files => {
                return Err(format!(
                    "half a tree:\n    {}",
                    before.files().difference(&files)
                ));
            }
        };
        match (fault, output.status.code()) {
            (Fault::Kill, _) => {
                let signal = output.status.signal();
                ensure(signal == Some(9), || "it was not killed".to_owned())?;
            }
            (_, Some(0)) => ensure(state == State::New, || format!("success, but {state:?}"))?,
            (_, Some(2)) => {
                let named =
                    message.contains("error: ") && message.contains(temp.to_str().expect("UTF-8"));
                ensure(named, || "no file is named".to_owned())?;
                ensure(message.contains(fault.reason()), || {
                    "no reason is given".to_owned()
                })?;
                // One fault is undone; where the disk is gone, that may be impossible.
                let restored = after == before || fault == Fault::DiskGone;
                ensure(restored, || {
                    format!("not taken back:\n    {}", before.difference(&after))
                })?;
            }
            _ => return Err("neither success nor exit status 2".to_owned()),
        }
        // From here on it would be the undisturbed run, which has been looked at.
        if after == before {
            return Ok(());
        }

        let again = run(&mut generate(kpki(), temp, self.arguments));
        story.push_str(&format!(
            "; then {}: {}",
            again.status,
            again.stderr.trim_end()
        ));
        ensure(again.status.success(), || "the next run failed".to_owned())?;
        let last = Snapshot::of(&top);
        ensure(last.leftovers().is_empty(), || {
            format!("left: {:?}", last.leftovers())
        })?;
        ensure(state != State::New || last.files() == after.files(), || {
            format!(
                "the next run changed a tree that was new:\n    {}",
                after.difference(&last)
            )
        })?;
        self.is_complete(&top)?;
        keeps(&before, &last)
    }

    /// The whole set: keys that match their certificates, issuers, names, modes.
    fn is_complete(&self, top: &Path) -> Result<(), String> {
        let found = describe(top);
        let Some(members) = self.description.as_object() else {
            return Err("a description is an object".to_owned());
        };
        for (member, expected) in members {
            ensure(found[member] == *expected, || {
                format!(
                    "{member} are not those of an undisturbed run: {}",
                    found[member]
                )
            })?;
        }
        Ok(())
    }
}

/// CAs and sa.* stay as they are, and what is replaced is in a backup.
fn keeps(before: &Snapshot, last: &Snapshot) -> Result<(), String> {
    for (path, old) in &before.files().0 {
        let name = path.rsplit('/').next().unwrap_or_default();
        let stays = name.starts_with("ca.")
            || name.starts_with("sa.")
            || name.starts_with("front-proxy-ca.");
        let in_place = last.0.get(path) == Some(old);
        let backups = last.0.iter().filter(|(kept, _)| {
            kept.strip_prefix("kpki-backup-")
                .and_then(|kept| kept.split_once('/'))
                .is_some_and(|(_, kept)| kept == path)
        });
        let backed_up = backups.map(|(_, node)| node).any(|node| node == old);
        ensure(in_place || backed_up && !stays, || {
            format!("{path} is lost")
        })?;
    }
    let keys = last
        .0
        .iter()
        .filter(|(path, _)| path.ends_with(".key") || path.ends_with(".conf"));
    for (path, node) in keys {
        let Node::File { mode, .. } = node else {
            return Err(format!("{path} is no file"));
        };
        ensure(*mode == 0o600, || format!("{path} has the mode {mode:04o}"))?;
    }
    Ok(())
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Old,
    New,
    /// The next run finishes or undoes it.
    Pending,
}

pub(crate) fn ensure(good: bool, problem: impl FnOnce() -> String) -> Result<(), String> {
    if good { Ok(()) } else { Err(problem()) }
}

/// A message as it is before it is broken into lines.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
