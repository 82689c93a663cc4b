//! A directory for one test, and runs of kpki in it.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::common::{Output, kpki, run};

/// Every run takes this for the present unless it says otherwise.
pub(crate) const NOW: &str = "2026-11-22T19:15:00Z";

pub(crate) struct Place {
    temp: TempDir,
}

impl Place {
    pub(crate) fn new() -> Self {
        let temp = tempfile::tempdir().expect("a temporary directory");
        Self { temp }
    }

    pub(crate) fn path(&self) -> &Path {
        self.temp.path()
    }

    pub(crate) fn join(&self, relative: &str) -> PathBuf {
        self.path().join(relative)
    }

    /// kpki in this directory, with an environment of its own.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = kpki();
        command
            .env_clear()
            .env("COLUMNS", "100")
            .current_dir(self.path());
        command.args(arguments);
        command
    }

    /// The same where the system's ssh is this script.
    pub(crate) fn command_with_ssh(&self, ssh: &str, arguments: &[&str]) -> Command {
        let bin = self.join("bin");
        fs::create_dir_all(&bin).expect("our own directory");
        fs::write(bin.join("ssh"), ssh).expect("written");
        let mode = fs::Permissions::from_mode(0o755);
        fs::set_permissions(bin.join("ssh"), mode).expect("changed");
        let mut command = self.command(arguments);
        command.env("PATH", format!("{}:/usr/bin:/bin", bin.display()));
        command
    }

    /// `kpki gen` with quick keys at a fixed time.
    pub(crate) fn gen_command(&self, arguments: &[&str]) -> Command {
        let mut command = self.command(&["gen", "--key-algorithm", "ECDSA-P256"]);
        if !arguments.contains(&"--now") {
            command.args(["--now", NOW]);
        }
        command.args(arguments);
        command
    }

    /// The same for one host, into `k/pki`.
    pub(crate) fn one(&self, address: &str, more: &[&str]) -> Output {
        let mut command = self.gen_command(more);
        run(command.args(["--host", "m0", "--ip", address, "--cert-dir", "k/pki"]))
    }

    #[track_caller]
    pub(crate) fn made(&self, address: &str) {
        let output = self.one(address, &[]);
        assert_eq!(output.status.code(), Some(0), "{output:?}");
    }

    /// What is printed, with this directory as `DIR`.
    pub(crate) fn plain(&self, text: &str) -> String {
        text.replace(self.path().to_str().expect("a path in UTF-8"), "DIR")
    }

    /// Every file and directory with its bytes.
    pub(crate) fn contents(&self) -> BTreeMap<PathBuf, Option<Vec<u8>>> {
        let mut found = BTreeMap::new();
        let mut folders = vec![self.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).expect("our own directory") {
                let path = entry.expect("our own directory").path();
                match path.is_dir() {
                    true => {
                        folders.push(path.clone());
                        found.insert(path, None);
                    }
                    false => {
                        let bytes = fs::read(&path).ok();
                        found.insert(path, bytes);
                    }
                }
            }
        }
        found
    }

    /// A run that must fail with status 2, print nothing and write nothing;
    /// returns what it says.
    #[track_caller]
    pub(crate) fn refused(&self, command: &mut Command) -> String {
        let before = self.contents();
        let output = run(command);
        assert_eq!(output.status.code(), Some(2), "{command:?}: {output:?}");
        assert_eq!(output.stdout, "", "{command:?}");
        assert!(output.stderr.starts_with("error: "), "{}", output.stderr);
        assert!(self.contents() == before, "{command:?} wrote something");
        self.plain(&output.stderr)
    }
}

/// Fails if a private key is printed.
#[track_caller]
pub(crate) fn assert_no_secrets(output: &Output) {
    for text in [&output.stdout, &output.stderr] {
        assert!(!text.contains("PRIVATE KEY"), "{text}");
        assert!(!text.contains("client-key-data"), "{text}");
    }
}
