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

/// The calls that NFS knows not: what to do without each, and without all.
const LACKS: [&[&str]; 5] = [
    &["inject=renameat2:error=EINVAL"],
    &["inject=flock:error=EBADF"],
    &["inject=renameat2:error=EINVAL", "inject=flock:error=EBADF"],
    &["inject=renameat2:error=EINVAL", "inject=linkat:error=EPERM"],
    &[
        "inject=renameat2:error=EINVAL",
        "inject=linkat:error=EPERM",
        "inject=flock:error=EBADF",
    ],
];

#[test]
fn file_systems_that_lack_calls() {
    if !strace::is_there() {
        return;
    }
    for lacks in LACKS {
        for old in [false, true] {
            let temp = temporary();
            prepare(temp.path(), old);
            let output = run(&mut write(
                strace::injecting(temp.path(), lacks),
                temp.path(),
            ));
            assert!(output.status.success(), "{lacks:?}: {}", output.stderr);
            assert_eq!(
                Snapshot::of(&temp.path().join("t")).modes(),
                ["0600 ca-key.pem", "0644 ca.csr", "0644 ca.pem"],
                "{lacks:?}"
            );
        }
    }
}

/// Where files cannot be exchanged, a rename that fails is taken back all the same: at each of the
/// renames, also the last.
#[test]
fn renames_that_fail_without_an_exchange_are_taken_back() {
    if !strace::is_there() {
        return;
    }
    for links in [true, false] {
        // Without links each old file is renamed away first.
        for at in 1..=if links { 3 } else { 5 } {
            let temp = temporary();
            prepare(temp.path(), true);
            let top = temp.path().join("t");
            let before = Snapshot::of(&top);
            let fails = format!("inject=renameat:error=EIO:when={at}");
            let mut lacks = vec!["inject=renameat2:error=EINVAL", fails.as_str()];
            lacks.extend((!links).then_some("inject=linkat:error=EPERM"));
            let output = run(&mut write(
                strace::injecting(temp.path(), &lacks),
                temp.path(),
            ));
            assert_eq!(output.status.code(), Some(1), "{at}: {}", output.stderr);
            assert!(output.stderr.contains("input/output error"), "{output:?}");
            let after = Snapshot::of(&top);
            assert!(after == before, "{at}: {}", before.difference(&after));
        }
    }
}

#[test]
fn an_old_key_that_cannot_be_put_back_is_kept() {
    if !strace::is_there() {
        return;
    }
    for lacks in [
        // The third swap fails, and so does the way back.
        &[
            "inject=renameat2:error=EIO:when=3",
            "inject=renameat:error=EROFS",
        ][..],
        &[
            "inject=renameat2:error=EINVAL",
            "inject=renameat:error=EROFS:when=3+",
        ],
    ] {
        let temp = temporary();
        prepare(temp.path(), true);
        let output = run(&mut write(
            strace::injecting(temp.path(), lacks),
            temp.path(),
        ));
        assert_eq!(output.status.code(), Some(1), "{}", output.stderr);
        let after = Snapshot::of(&temp.path().join("t"));
        ensure(still_has(&after, b"old key\n"), || output.stderr.clone()).expect("kept");
        ensure(still_has(&after, b"old certificate\n"), || {
            output.stderr.clone()
        })
        .expect("kept");
        for part in [
            "taking back",
            "read-only",
            ".ca-key.pem.kpki-",
            ".ca.pem.kpki-",
            "mv ",
        ] {
            assert!(output.stderr.contains(part), "{part}: {}", output.stderr);
        }
    }
}

fn still_has(snapshot: &Snapshot, content: &[u8]) -> bool {
    let mut nodes = snapshot.0.values();
    nodes.any(|node| matches!(node, Node::File { bytes, .. } if bytes == content))
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
            for node in before.0.values() {
                let Node::File { bytes, .. } = node else {
                    continue;
                };
                ensure(still_has(&after, bytes), || {
                    "an old file is lost".to_owned()
                })?;
            }
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
