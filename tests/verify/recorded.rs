//! The trees of `fixtures/verify`: those of two masters, and what a case changes in them.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use tempfile::TempDir;

use crate::common::{fixture, fixture_json};
use crate::verdict::Named;

/// `cases.json`.
#[derive(Deserialize)]
pub(crate) struct Cases {
    /// When the trees were broken: they are judged by this clock.
    pub(crate) now: String,
    pub(crate) cases: Vec<Case>,
}

/// One fault. Paths begin with the host: `master1/etc/kubernetes/pki/ca.key`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Case {
    pub(crate) id: String,
    /// What was done to the tree, for people.
    #[allow(dead_code, reason = "it documents the case")]
    broken: String,
    /// How bad it is; `ok` for a tree that only looks odd.
    pub(crate) severity: String,
    pub(crate) hosts: Vec<String>,
    #[serde(default)]
    removed: Vec<String>,
    #[serde(default)]
    modes: BTreeMap<String, String>,
    #[serde(default)]
    links: BTreeMap<String, String>,
    /// Files of so many zeros.
    #[serde(default)]
    zeros: BTreeMap<String, usize>,
    /// Directories that are replaced by copies of others.
    #[serde(default)]
    copied: BTreeMap<String, String>,
    /// What is found where the cluster is described, notes included.
    pub(crate) findings: Vec<Named>,
    /// The same without a description, if that differs.
    pub(crate) undescribed: Option<Vec<Named>>,
}

impl Cases {
    pub(crate) fn read() -> Self {
        serde_json::from_value(fixture_json("verify/cases.json")).expect("cases.json")
    }
}

/// The masters' trees, for as long as a test runs.
pub(crate) struct Masters {
    temp: TempDir,
}

impl Masters {
    /// As kubeadm made them.
    pub(crate) fn healthy() -> Self {
        let masters = Self {
            temp: tempfile::tempdir().expect("a temporary directory"),
        };
        copy(&fixture("kubeadm/sample"), &masters.kubernetes("master1"));
        copy(&fixture("verify/master2"), &masters.join("master2"));
        masters
    }

    /// With the fault of a case.
    pub(crate) fn broken(case: &Case) -> Self {
        let masters = Self::healthy();
        for (target, source) in &case.copied {
            fs::remove_dir_all(masters.join(target)).expect("a directory of the tree");
            copy(&masters.join(source), &masters.join(target));
        }
        for path in case.removed.iter().chain(case.links.keys()) {
            fs::remove_file(masters.join(path)).expect("a file of the tree");
        }
        let changed = fixture(&format!("verify/broken/{}", case.id));
        if changed.exists() {
            copy(&changed, &masters.join(""));
        }
        for (path, target) in &case.links {
            symlink(target, masters.join(path)).expect("a link");
        }
        for (path, count) in &case.zeros {
            fs::write(masters.join(path), vec![0; *count]).expect("written");
        }
        for (path, mode) in &case.modes {
            let mode = u32::from_str_radix(mode, 8).expect("an octal number");
            set_mode(&masters.join(path), mode);
        }
        masters
    }

    pub(crate) fn join(&self, path: &str) -> PathBuf {
        self.temp.path().join(path)
    }

    pub(crate) fn kubernetes(&self, host: &str) -> PathBuf {
        self.join(&format!("{host}/etc/kubernetes"))
    }
}

/// Git keeps no modes: they are given as kubeadm gives them.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a directory");
    set_mode(to, 0o755);
    for entry in fs::read_dir(from).expect("a directory of the fixtures") {
        let entry = entry.expect("a readable directory");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), &target).expect("copied");
            let public = target.extension().is_some_and(|end| end == "crt");
            set_mode(&target, if public { 0o644 } else { 0o600 });
        }
    }
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, PermissionsExt::from_mode(mode)).expect("chmod");
}
