//! A file for a program that takes nothing but a path to write to.

use std::fs::{self, File};
use std::io::{self, Read, Seek};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Once;

use rustix::fs::{CWD, Mode, OFlags, openat};
use rustix::process::geteuid;
use tempfile::{Builder, TempPath};

use super::dir::CAREFUL;

/// An empty file that nobody else can open, in the directory for such files. Its name
/// goes when it has been opened, or with this. If this process is killed before, the next
/// that makes one takes the name away: whoever lives has it locked.
pub(crate) struct Scratch {
    file: File,
    name: Option<TempPath>,
}

const PREFIX: &str = "kpki-scratch-";

impl Scratch {
    pub(crate) fn new() -> io::Result<Self> {
        static CLEARED: Once = Once::new();
        let directory = tempfile::env::temp_dir();
        CLEARED.call_once(|| clear(&directory));
        Self::below(&directory)
    }

    fn below(directory: &Path) -> io::Result<Self> {
        loop {
            let made = Builder::new().prefix(PREFIX).tempfile_in(directory)?;
            // Somebody who clears may have been faster than the lock.
            if made.as_file().try_lock().is_ok() && made.as_file().metadata()?.nlink() == 1 {
                let (file, name) = made.into_parts();
                let name = Some(name);
                return Ok(Self { file, name });
            }
        }
    }

    /// Where it is, as long as it has a name.
    pub(crate) fn path(&self) -> Option<&Path> {
        self.name.as_deref()
    }

    /// Takes its name away: whoever has it open goes on, and so does this.
    pub(crate) fn forget_name(&mut self) {
        self.name = None;
    }

    /// Its beginning.
    pub(crate) fn read(&mut self, longest: u64) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.file.rewind()?;
        (&self.file).take(longest).read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

/// Takes the names away that killed processes have left.
fn clear(directory: &Path) {
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        let path = entry.path();
        let name = entry.file_name();
        if name.as_encoded_bytes().starts_with(PREFIX.as_bytes())
            && let Some(_locked) = left_over(&path)
        {
            // What cannot be cleared has been in nobody's way so far.
            fs::remove_file(&path).ok();
        }
    }
}

/// A file of ours that no process has locked, until now.
fn left_over(path: &Path) -> Option<File> {
    let file: File = openat(CWD, path, OFlags::RDONLY | CAREFUL, Mode::empty())
        .ok()?
        .into();
    let status = file.metadata().ok()?;
    let is_ours = status.is_file() && status.uid() == geteuid().as_raw();
    (is_ours && file.try_lock().is_ok()).then_some(file)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    #[test]
    fn what_was_written_is_read_and_nothing_stays() {
        let mut scratch = Scratch::new().expect("made");
        let path = scratch.path().expect("named").to_owned();
        let mode = path.metadata().expect("there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        fs::write(&path, "one\ntwo\n").expect("write");
        scratch.forget_name();
        assert!(!path.exists() && scratch.path().is_none());
        for _ in 0..2 {
            assert_eq!(scratch.read(5).expect("read"), b"one\nt");
        }
        let path = Scratch::new().expect("made").path().map(Path::to_owned);
        assert!(!path.expect("named").exists());
    }
    #[test]
    fn what_a_killed_process_left_goes_and_nothing_else() {
        let temp = tempfile::tempdir().expect("tempdir");
        let there = |name: &str| temp.path().join(name);
        let scratch = Scratch::below(temp.path()).expect("made");
        let living = scratch.path().expect("named").to_owned();
        for name in ["kpki-scratch-1", "another"] {
            fs::write(there(name), "left").expect("write");
        }
        symlink("another", there("kpki-scratch-2")).expect("symlink");
        fs::create_dir(there("kpki-scratch-3")).expect("mkdir");
        clear(temp.path());
        let mut names: Vec<_> = fs::read_dir(temp.path())
            .expect("list")
            .map(|entry| entry.expect("entry").path())
            .collect();
        let mut expected = ["another", "kpki-scratch-2", "kpki-scratch-3"]
            .map(there)
            .to_vec();
        expected.push(living);
        names.sort();
        expected.sort();
        assert_eq!(names, expected);
    }
}
