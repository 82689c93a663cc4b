//! A file for a program that takes nothing but a path to write to.

use std::fs::File;
use std::io::{self, Read, Seek};
use std::path::Path;

use tempfile::{NamedTempFile, TempPath};

/// An empty file that nobody else can open, in the directory for such files. Its name
/// goes when it has been opened, or with this.
pub(crate) struct Scratch {
    file: File,
    name: Option<TempPath>,
}

impl Scratch {
    pub(crate) fn new() -> io::Result<Self> {
        let made = NamedTempFile::with_prefix("kpki-")?;
        let (file, name) = made.into_parts();
        Ok(Self {
            file,
            name: Some(name),
        })
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

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn what_was_written_is_read_and_nothing_stays() {
        let mut scratch = Scratch::new().expect("made");
        let path = scratch.path().expect("named").to_owned();
        let mode = path.metadata().expect("there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        std::fs::write(&path, "one\ntwo\n").expect("write");
        scratch.forget_name();
        assert!(!path.exists() && scratch.path().is_none());
        for _ in 0..2 {
            assert_eq!(scratch.read(5).expect("read"), b"one\nt");
        }
        let path = Scratch::new().expect("made").path().map(Path::to_owned);
        assert!(!path.expect("named").exists());
    }
}
