//! Other programs that tests run, where they are installed.

use std::io::Write;
use std::path::{Path, PathBuf};

/// Whether all these programs are installed. If not, the calling test says that
/// it is skipped and should return; with `CI=true` it fails instead.
pub(crate) fn installed(programs: &[&str]) -> bool {
    let missing: Vec<&str> = programs
        .iter()
        .copied()
        .filter(|program| !is_installed(program))
        .collect();
    if missing.is_empty() {
        return true;
    }
    let is_or_are = if missing.len() == 1 { "is" } else { "are" };
    skip(&format!("{} {is_or_are} not installed", missing.join(", ")));
    false
}

/// Says that the calling test, which should return, is skipped; with `CI=true` it fails.
pub(crate) fn skip(why: &str) {
    let test = std::thread::current();
    let test = test.name().unwrap_or("a test").to_owned();
    let line = format!("SKIPPED: {test}: {why}");
    let ci = std::env::var("CI").is_ok_and(|value| value == "true");
    assert!(!ci, "{line}, and CI=true allows no test to be skipped");
    // Not eprintln!, which the test harness hides when the test passes.
    let _ = writeln!(std::io::stderr(), "{line}");
}

fn is_installed(program: &str) -> bool {
    path_of(program).is_some()
}

/// Where PATH has a program.
pub(crate) fn path_of(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut candidates = std::env::split_paths(&path).map(|folder| folder.join(program));
    candidates.find(|path| is_file(path))
}

fn is_file(path: &Path) -> bool {
    path.metadata().is_ok_and(|metadata| metadata.is_file())
}
