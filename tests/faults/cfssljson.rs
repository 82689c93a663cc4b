//! A fault at every call by which cfssljson changes files. It leaves no journal
//! behind, as its users expect nothing but their files: so every file is whole,
//! old or new, and one that reports an error has changed none.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use crate::common::{kpki, run};
use crate::snapshot::{Node, Snapshot};
use crate::strace::{self, Call, Fault};
use crate::sweep::{ensure, faults, in_parallel, temporary};

const INPUT: &str = r#"{"cert":"new certificate\n","csr":"new request\n","key":"new key\n"}"#;

fn prepare(temp: &Path, old: bool) {
    fs::create_dir(temp.join("t")).expect("new");
    fs::write(temp.join("in.json"), INPUT).expect("written");
    if old {
        for (name, text) in [("ca.pem", "old certificate\n"), ("ca-key.pem", "old key\n")] {
            fs::write(temp.join("t").join(name), text).expect("written");
        }
        let loose = fs::Permissions::from_mode(0o644);
        fs::set_permissions(temp.join("t/ca-key.pem"), loose).expect("our own");
    }
}

fn write(mut command: Command, temp: &Path) -> Command {
    command.current_dir(temp);
    // The path in full, for strace tells calls that touch it by it.
    let name = temp.join("t/ca");
    command
        .args(["cfssljson", "-f", "in.json", "-bare"])
        .arg(name);
    command
}

#[test]
fn new_files() {
    sweep(false);
}

#[test]
fn files_that_are_there() {
    sweep(true);
}

fn sweep(old: bool) {
    if !strace::is_there() {
        return;
    }
    let clean = temporary();
    prepare(clean.path(), old);
    let made = run(&mut write(strace::recording(clean.path()), clean.path()));
    assert!(made.status.success(), "{}", made.stderr);
    let new = Snapshot::of(&clean.path().join("t"));
    assert_eq!(
        new.modes(),
        ["0600 ca-key.pem", "0644 ca.csr", "0644 ca.pem"]
    );
    let calls = strace::calls(clean.path());
    assert!(
        calls.len() > 10,
        "only {} calls were seen: {calls:?}",
        calls.len()
    );
    let cases: Vec<_> = calls
        .iter()
        .flat_map(|call| faults(call).map(move |fault| (call, fault)))
        .collect();
    let failures = in_parallel(&cases, |(call, fault)| {
        let told = |problem| format!("- {fault:?} at {}: {problem}", call.what);
        check(old, &new, call, *fault).map_err(told)
    });
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

fn check(old: bool, new: &Snapshot, call: &Call, fault: Fault) -> Result<(), String> {
    let temp = temporary();
    prepare(temp.path(), old);
    let top = temp.path().join("t");
    let before = Snapshot::of(&top);
    let output = run(&mut write(
        strace::failing(temp.path(), call, fault),
        temp.path(),
    ));
    let after = Snapshot::of(&top);
    let met = strace::injected(temp.path(), fault);
    ensure(met.as_deref() == Some(&call.what), || {
        format!("the fault met {met:?}")
    })?;
    for (path, node) in &after.0 {
        let staged = path.starts_with('.');
        let known = [before.0.get(path), new.0.get(path)];
        ensure(staged || known.contains(&Some(node)), || {
            format!("{path} is neither old nor new")
        })?;
        let Node::File { mode, bytes } = node else {
            return Err(format!("{path} is no file"));
        };
        let secret = bytes.windows(7).any(|part| part == b"new key");
        ensure(!secret || *mode == 0o600, || {
            format!("{path} has the mode {mode:04o}")
        })?;
    }
    let in_place = output.stderr.contains("the new files are in place");
    match output.status.code() {
        Some(0) => ensure(after == *new, || "success, but not all is new".to_owned())?,
        Some(_) if in_place => ensure(after.same_but_staged(new), || "not in place".to_owned())?,
        Some(_) => {
            let restored = after.same_but_staged(&before);
            let told = output.stderr.contains(fault.reason());
            ensure(restored || fault == Fault::DiskGone, || {
                format!(
                    "not taken back: {}\n{}",
                    output.stderr,
                    before.difference(&after)
                )
            })?;
            ensure(told, || format!("no reason is given: {}", output.stderr))?;
        }
        None => ensure(fault == Fault::Kill, || "it died".to_owned())?,
    }
    let again = run(&mut write(kpki(), temp.path()));
    ensure(again.status.success(), || {
        format!("the next run failed: {}", again.stderr)
    })?;
    let last = Snapshot::of(&top);
    ensure(last == *new, || {
        format!("the next run left {}", new.difference(&last))
    })
}

impl Snapshot {
    /// Whether the two differ in staged files only, which the next run removes.
    fn same_but_staged(&self, other: &Self) -> bool {
        let files = |snapshot: &Self| {
            let mut files = snapshot.0.clone();
            files.retain(|path, _| !path.starts_with('.'));
            files
        };
        files(self) == files(other)
    }
}
