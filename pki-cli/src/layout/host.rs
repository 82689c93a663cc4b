//! What the host of a tree is called, and which trees are given.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::failure::Failure;
use crate::store::quote;

/// Directories and their absolute paths, each once: the same tree twice would
/// be a copy of itself.
pub(crate) fn distinct(directories: &[PathBuf]) -> Result<Vec<(&PathBuf, PathBuf)>, Failure> {
    let mut seen = BTreeSet::new();
    let mut once = Vec::new();
    for directory in directories {
        let whole = std::path::absolute(directory)
            .map_err(|error| Failure::new(format!("{}: {error}", quote(directory))))?;
        let whole: PathBuf = whole.components().collect();
        if seen.insert(whole.clone()) {
            once.push((directory, whole));
        }
    }
    Ok(once)
}

/// `kpki gen --out` names directories after hosts: `m0`, `m0/etc/kubernetes`.
pub(crate) fn host_of(directory: &Path) -> String {
    let real = std::path::absolute(directory).unwrap_or_else(|_| directory.to_owned());
    let mut path = real.as_path();
    for usual in ["pki", "kubernetes", "etc"] {
        if path.file_name().is_some_and(|last| last == usual) {
            path = path.parent().unwrap_or(path);
        }
    }
    match path.file_name() {
        Some(name) => name.to_string_lossy().into_owned(),
        None => "localhost".to_owned(),
    }
}

/// Hosts of the same name are called by what was given for them.
pub(crate) fn tell_apart<'a>(hosts: impl Iterator<Item = (&'a mut String, &'a PathBuf)>) {
    let hosts: Vec<_> = hosts.collect();
    let (mut once, mut twice) = (BTreeSet::new(), BTreeSet::new());
    for (name, _) in &hosts {
        if !once.insert(name.to_string()) {
            twice.insert(name.to_string());
        }
    }
    for (name, directory) in hosts {
        if twice.contains(name) {
            *name = directory.to_string_lossy().into_owned();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_directories() {
        for (directory, name) in [
            ("out/m0", "m0"),
            ("/srv/out/m0/etc/kubernetes", "m0"),
            ("/srv/out/m0/etc/kubernetes/pki/", "m0"),
            ("/srv/m1/pki", "m1"),
            ("/etc/kubernetes", "localhost"),
        ] {
            assert_eq!(host_of(Path::new(directory)), name, "{directory}");
        }
    }

    #[test]
    fn equal_names_become_directories() {
        let directories = ["a/m0", "b/m0", "b/m1"].map(PathBuf::from);
        let mut names = directories.each_ref().map(|directory| host_of(directory));
        tell_apart(names.iter_mut().zip(&directories));
        assert_eq!(names, ["a/m0", "b/m0", "m1"]);
    }
}
