//! A directory for one test, and scripts in it that find `cfssl` and
//! `cfssljson` in PATH.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::common::program::{installed, path_of};
use crate::common::{Output, kpki, run};

/// Which programs are called `cfssl` and `cfssljson`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Tools {
    Kpki,
    /// The programs of a folder.
    In(PathBuf),
}

impl Tools {
    /// The real programs, unless they are not installed.
    pub(crate) fn real() -> Option<Self> {
        installed(&["cfssl", "cfssljson"]).then(|| {
            let path = path_of("cfssl").expect("it is installed");
            Self::In(path.parent().expect("a program is in a folder").to_owned())
        })
    }

    /// kpki, or the programs of the folder that `CFSSL_UNDER_TEST` names.
    pub(crate) fn under_test() -> Self {
        match std::env::var_os("CFSSL_UNDER_TEST") {
            Some(folder) => Self::In(PathBuf::from(folder)),
            None => Self::Kpki,
        }
    }

    fn program(&self, name: &str) -> PathBuf {
        match self {
            Self::Kpki => PathBuf::from(kpki().get_program()),
            Self::In(folder) => folder.join(name),
        }
    }
}

pub(crate) struct Place {
    temp: TempDir,
}

impl Place {
    pub(crate) fn new(tools: &Tools) -> Self {
        let temp = tempfile::tempdir().expect("a temporary directory");
        for folder in ["bin", "work"] {
            fs::create_dir(temp.path().join(folder)).expect("a new folder");
        }
        for name in ["cfssl", "cfssljson"] {
            let link = temp.path().join("bin").join(name);
            symlink(tools.program(name), link).expect("a new link");
        }
        Self { temp }
    }

    /// Where scripts run.
    pub(crate) fn path(&self) -> PathBuf {
        self.temp.path().join("work")
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.path().join(name), content).expect("our own directory");
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        let path = self.path().join(name);
        fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// Runs a bash script with nothing on its standard input. What hangs is ended.
    pub(crate) fn run(&self, script: &str, environment: &[(&str, &str)]) -> Output {
        let mut command = self.command();
        command.envs(environment.iter().copied());
        run(command.arg("-c").arg(format!("umask 022; {script}")))
    }

    /// Runs a script of `tests/guides`.
    pub(crate) fn run_file(&self, script: &Path) -> Output {
        run(self.command().arg(script))
    }

    fn command(&self) -> Command {
        let mut folders = vec![self.temp.path().join("bin")];
        let inherited = std::env::var_os("PATH").unwrap_or_default();
        folders.extend(std::env::split_paths(&inherited));
        let path = std::env::join_paths(folders).expect("PATH was one before");
        let mut command = Command::new("timeout");
        command
            .args(["60", "bash"])
            .env_clear()
            .env("PATH", path)
            .env("HOME", self.path())
            .env("LC_ALL", "C.UTF-8")
            .env("TZ", "UTC")
            .stdin(std::process::Stdio::null())
            .current_dir(self.path());
        command
    }
}
