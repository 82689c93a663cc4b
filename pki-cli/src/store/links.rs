//! Symbolic links to this program under other names.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use super::status::Status;
use super::{Result, StoreError};

/// A directory for links, and the program that they lead to.
#[derive(Debug)]
pub(crate) struct Links {
    directory: PathBuf,
    program: PathBuf,
}

/// What is under a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LinkFound {
    Nothing,
    /// It leads to the program already.
    Ours,
    /// "regular file"
    Other(&'static str),
}

impl Links {
    /// Both must exist. The directory may be named in any way; the links will name the program
    /// by its real path.
    pub(crate) fn new(directory: &Path, program: &Path) -> Result<Self> {
        let real = |path: &Path| {
            fs::canonicalize(path).map_err(|e| StoreError::io("find", path.into(), e))
        };
        let directory = real(directory)?;
        if !directory.is_dir() {
            return Err(StoreError::NotADirectory {
                path: directory,
                kind: "file",
            });
        }
        Ok(Self {
            directory,
            program: real(program)?,
        })
    }

    /// The real path of the directory.
    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    pub(crate) fn program(&self) -> &Path {
        &self.program
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    pub(crate) fn look(&self, name: &str) -> Result<LinkFound> {
        let path = self.path(name);
        match rustix::fs::lstat(&path) {
            Err(rustix::io::Errno::NOENT) => Ok(LinkFound::Nothing),
            Err(e) => Err(StoreError::io("look at", path, e)),
            Ok(_) if self.is_ours(&path) => Ok(LinkFound::Ours),
            Ok(stat) => Ok(LinkFound::Other(Status::from(stat).kind_name())),
        }
    }

    /// Makes all these links or none; a name that is taken is never touched.
    pub(crate) fn make(&self, names: &[&str]) -> Result<()> {
        for (done, name) in names.iter().enumerate() {
            let path = self.path(name);
            if let Err(error) = symlink(&self.program, &path) {
                for made in names.iter().take(done) {
                    // The first error is the one to report.
                    fs::remove_file(self.path(made)).ok();
                }
                return Err(StoreError::io("make", path, error));
            }
        }
        Ok(())
    }

    /// What a shell would run in place of the link, because its directory comes earlier.
    pub(crate) fn hidden_by(&self, search: &OsStr, name: &str) -> Option<PathBuf> {
        let earlier = std::env::split_paths(search).take_while(|entry| !self.is_here(entry));
        let mut programs = earlier.map(|entry| entry.join(name));
        programs.find(|path| is_program(path) && !self.is_ours(path))
    }

    /// Whether a shell would look into the directory at all.
    pub(crate) fn is_searched(&self, search: &OsStr) -> bool {
        std::env::split_paths(search).any(|entry| self.is_here(&entry))
    }

    fn is_here(&self, path: &Path) -> bool {
        fs::canonicalize(path).is_ok_and(|real| real == self.directory)
    }

    fn is_ours(&self, path: &Path) -> bool {
        fs::canonicalize(path).is_ok_and(|real| real == self.program)
    }
}

fn is_program(path: &Path) -> bool {
    let metadata = fs::metadata(path);
    metadata.is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn makes_all_or_none_and_keeps_ours() {
        let temp = tempfile::tempdir().expect("tempdir");
        let at = |name: &str| temp.path().join(name);
        fs::write(at("program"), "").expect("write");
        fs::create_dir(at("bin")).expect("mkdir");
        let links = Links::new(&at("bin"), &at("program")).expect("there");
        assert_eq!(links.look("a").expect("look"), LinkFound::Nothing);
        links.make(&["a"]).expect("made");
        assert_eq!(links.look("a").expect("look"), LinkFound::Ours);
        // The second name is taken: the first link goes again.
        assert!(links.make(&["b", "a"]).is_err());
        assert_eq!(links.look("b").expect("look"), LinkFound::Nothing);
        fs::write(at("bin/c"), "").expect("write");
        symlink("nowhere", at("bin/d")).expect("symlink");
        let look = |name| links.look(name).expect("look");
        assert_eq!(look("c"), LinkFound::Other("regular file"));
        assert_eq!(look("d"), LinkFound::Other("symbolic link"));
        assert!(Links::new(&at("bin/c"), &at("program")).is_err());
        assert!(Links::new(&at("none"), &at("program")).is_err());
    }

    #[test]
    fn knows_what_a_shell_would_run() {
        let temp = tempfile::tempdir().expect("tempdir");
        let at = |name: &str| temp.path().join(name);
        for dir in ["first", "second"] {
            fs::create_dir(at(dir)).expect("mkdir");
        }
        fs::write(at("program"), "").expect("write");
        fs::write(at("first/a"), "").expect("write");
        let links = Links::new(&at("second"), &at("program")).expect("there");
        let search = std::env::join_paths([at("first"), at("second")]).expect("no colon");
        assert_eq!(links.hidden_by(&search, "a"), None, "it cannot be run");
        fs::set_permissions(at("first/a"), fs::Permissions::from_mode(0o755)).expect("chmod");
        assert_eq!(links.hidden_by(&search, "a"), Some(at("first/a")));
        assert_eq!(links.hidden_by(&search, "b"), None);
        assert!(links.is_searched(&search));
        assert!(!links.is_searched(at("first").as_os_str()));
    }
}
