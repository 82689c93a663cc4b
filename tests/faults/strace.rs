//! Runs under strace: which system calls a run makes, and one of them failing.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// The calls by which a run changes files. With those that this program does not
/// use today, for a library may use them tomorrow.
const CALLS: &str = "write,pwrite64,writev,pwritev,rename,renameat,renameat2,link,linkat,symlink,\
    symlinkat,fsync,fdatasync,sync_file_range,syncfs,unlink,unlinkat,rmdir,mkdir,mkdirat,chmod,\
    fchmod,fchmodat,fchown,fchownat,truncate,ftruncate,fallocate,open,openat,creat";

/// One call of the main thread that touches the tree.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) name: String,
    /// Which of the calls of this name it is, as strace counts them.
    pub(crate) ordinal: usize,
    /// Name and first path, with the temporary directory as `T`.
    pub(crate) what: String,
}

/// What happens to a call in place of its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The process is killed before the call does anything.
    Kill,
    NoSpace,
    InputOutput,
    /// This call and all later ones of its name fail: a disk that is gone.
    DiskGone,
}

impl Fault {
    fn injection(self, call: &Call) -> String {
        let Call { name, ordinal, .. } = call;
        match self {
            Self::Kill => format!("inject={name}:signal=KILL:when={ordinal}"),
            Self::NoSpace => format!("inject={name}:error=ENOSPC:when={ordinal}"),
            Self::InputOutput => format!("inject={name}:error=EIO:when={ordinal}"),
            Self::DiskGone => format!("inject={name}:error=EIO:when={ordinal}+"),
        }
    }

    /// How kpki must name the reason.
    pub(crate) fn reason(self) -> &'static str {
        match self {
            Self::Kill => "",
            Self::NoSpace => "no space left on device",
            Self::InputOutput | Self::DiskGone => "input/output error",
        }
    }
}

/// Whether strace works here. In CI it must.
pub(crate) fn is_there() -> bool {
    static THERE: OnceLock<bool> = OnceLock::new();
    let there = *THERE.get_or_init(|| {
        let mut command = Command::new("strace");
        command.args(["-f", "-qq", "-o", "/dev/null", "true"]);
        command
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    });
    if !there {
        let ci = std::env::var("CI").is_ok_and(|value| value == "true");
        assert!(
            !ci,
            "strace is not installed or may not trace, and CI needs it"
        );
        crate::say("SKIPPED: strace is not installed");
    }
    there
}

/// `kpki` under strace, ready for its arguments; the trace goes to a file.
fn strace(trace: &Path, injections: &[&str]) -> Command {
    let mut command = Command::new("strace");
    // Stops at the calls of interest only. That is faster, but there strace 6.1
    // injects errors and no signals.
    if injections.iter().all(|inject| inject.contains(":error=")) {
        command.arg("--seccomp-bpf");
    }
    command.args(["-f", "-qq", "-y", "-o"]).arg(trace);
    // Only a call that is traced can be made to fail.
    let named = injections.iter().filter_map(|inject| {
        let (name, _) = inject.strip_prefix("inject=")?.split_once(':')?;
        Some(format!(",{name}"))
    });
    let named: String = named.collect();
    command.arg("-e").arg(format!("trace={CALLS}{named}"));
    for inject in injections {
        command.arg("-e").arg(inject);
    }
    command.arg("--").arg(env!("CARGO_BIN_EXE_kpki"));
    command
}

/// The command that records its calls below `temp` in `temp`.trace.
pub(crate) fn recording(temp: &Path) -> Command {
    strace(&trace_file(temp), &[])
}

pub(crate) fn failing(temp: &Path, call: &Call, fault: Fault) -> Command {
    strace(&trace_file(temp), &[&fault.injection(call)])
}

/// The command with these of strace's injections.
pub(crate) fn injecting(temp: &Path, injections: &[&str]) -> Command {
    strace(&trace_file(temp), injections)
}

fn trace_file(temp: &Path) -> std::path::PathBuf {
    temp.with_extension("trace")
}

/// The calls of a recorded run that touch something below `temp`, in their order.
pub(crate) fn calls(temp: &Path) -> Vec<Call> {
    let mut seen = std::collections::BTreeMap::new();
    let mut calls = Vec::new();
    for line in main_thread(temp) {
        let Some((name, _)) = line.split_once('(') else {
            continue;
        };
        let ordinal = seen.entry(name.to_owned()).or_insert(0);
        *ordinal += 1;
        if is_change(&line, temp) {
            let (name, ordinal, what) = (name.to_owned(), *ordinal, what(&line, temp));
            calls.push(Call {
                name,
                ordinal,
                what,
            });
        }
    }
    calls
}

/// The first call that was made to fail, or the last one before the end.
pub(crate) fn injected(temp: &Path, fault: Fault) -> Option<String> {
    let mut lines = main_thread(temp).into_iter();
    let line = match fault {
        Fault::Kill => lines.rfind(|line| line.contains('(')),
        _ => lines.find(|line| line.ends_with("(INJECTED)")),
    };
    line.map(|line| what(&line, temp))
}

/// The lines of the main thread, without its number and without the second
/// halves of calls that another thread interrupted.
fn main_thread(temp: &Path) -> Vec<String> {
    let trace = fs::read_to_string(trace_file(temp)).expect("strace writes its trace");
    let lines: Vec<_> = trace
        .lines()
        .filter_map(|line| line.split_once(' '))
        .collect();
    let main = lines.first().map_or("", |(pid, _)| pid);
    let lines = lines.iter().filter(|(pid, _)| *pid == main);
    let lines = lines.map(|(_, line)| line.trim_start().to_owned());
    lines.filter(|line| !line.starts_with('<')).collect()
}

/// The paths of a call, without what it writes: a report names files, too.
fn paths(line: &str) -> &str {
    match line.contains("write") {
        true => line.split_once(", ").map_or(line, |(call, _)| call),
        false => line.trim_end_matches("<unfinished ...>"),
    }
}

fn is_change(line: &str, temp: &Path) -> bool {
    let opens = line.starts_with("open");
    let below = paths(line).contains(temp.to_str().expect("a path in UTF-8"));
    below && (!opens || line.contains("O_CREAT") || line.contains("O_TRUNC"))
}

/// `write(5</tmp/x/t/ca.crt>, ...` as `write(T/t/ca.crt`, and the name of a call
/// that gives one.
fn what(line: &str, temp: &Path) -> String {
    let line = paths(line).replace(temp.to_str().expect("a path in UTF-8"), "T");
    let (name, arguments) = line.split_once('(').unwrap_or((&line, ""));
    let directory = arguments
        .split_once('<')
        .and_then(|(_, rest)| rest.split_once('>'));
    let directory = directory.map_or("", |(directory, _)| directory);
    let below = arguments.split('"').nth(1).unwrap_or_default();
    format!("{name}({directory}/{below}")
}
