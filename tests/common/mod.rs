//! What the tests of several targets share.

#![allow(
    dead_code,
    reason = "each test target uses its own part of this module"
)]

pub(crate) mod describe;
pub(crate) mod difference;
pub(crate) mod program;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

/// What a finished program left behind.
#[derive(Debug)]
pub(crate) struct Output {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Runs `command` to its end; output that is not UTF-8 fails the test.
pub(crate) fn run(command: &mut Command) -> Output {
    let output = match command.output() {
        Ok(output) => output,
        Err(error) => panic!("cannot run {command:?}: {error}"),
    };
    Output {
        status: output.status,
        stdout: String::from_utf8(output.stdout).expect("standard output is UTF-8"),
        stderr: String::from_utf8(output.stderr).expect("standard error is UTF-8"),
    }
}

/// The built `kpki`, ready for arguments. Cargo tells its path to the test
/// targets of `pki-cli` only, so that elsewhere this panics.
pub(crate) fn kpki() -> Command {
    let Some(program) = option_env!("CARGO_BIN_EXE_kpki") else {
        panic!("this is not a test target of pki-cli");
    };
    Command::new(program)
}

/// The path of a file or folder of `fixtures/`.
pub(crate) fn fixture(relative: &str) -> PathBuf {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures");
    fixtures.join(relative)
}

/// A JSON document of `fixtures/`.
pub(crate) fn fixture_json(relative: &str) -> serde_json::Value {
    let path = fixture(relative);
    let text = match std::fs::read(&path) {
        Ok(text) => text,
        Err(error) => panic!("cannot read {}: {error}", path.display()),
    };
    serde_json::from_slice(&text).expect("fixtures are JSON")
}

/// That a test target declares every file of its folder: a forgotten `mod`
/// would silently drop the tests in it.
pub(crate) fn assert_all_declared(folder: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let main = std::fs::read_to_string(folder.join("main.rs")).expect("the target has a main.rs");
    for entry in std::fs::read_dir(&folder).expect("the folder of the target") {
        let path = entry.expect("an entry of the folder").path();
        let stem = path.file_stem().and_then(|stem| stem.to_str());
        let module = stem.expect("file names are UTF-8");
        if path.extension().is_some_and(|extension| extension == "rs") && module != "main" {
            let declaration = format!("mod {module};");
            assert!(
                main.contains(&declaration),
                "{}: {declaration} is missing",
                folder.display()
            );
        }
    }
}
