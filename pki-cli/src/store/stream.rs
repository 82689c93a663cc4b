//! What another program's users name: a file, a pipe of the shell (`<(…)`), or stdin; read once,
//! to a bound, into memory that is wiped.

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::Path;

use rustix::fs::OFlags;
use zeroize::Zeroizing;

/// Why something could not be read.
#[derive(Debug)]
pub(crate) enum StreamError {
    /// It cannot be opened.
    Open(io::Error),
    /// Reading stopped.
    Read(io::Error),
    /// It is longer than this many bytes.
    TooLong(usize),
}

/// Whether the path names a pipe that this process was given open, as the shell's `<(…)` is. A pipe
/// that lies among files is none: it may never have a writer.
pub(crate) fn is_open_pipe(path: &Path) -> bool {
    const DESCRIPTORS: [&str; 2] = ["/dev/fd", "/proc/self/fd"];
    let is_descriptor = path
        .parent()
        .is_some_and(|parent| DESCRIPTORS.iter().any(|known| parent == Path::new(known)));
    is_descriptor && std::fs::metadata(path).is_ok_and(|metadata| metadata.file_type().is_fifo())
}

/// Reads such a pipe. If whoever wrote to it has gone, what is left in it is all.
pub(crate) fn read_open_pipe(
    path: &Path,
    longest: usize,
) -> Result<Zeroizing<Vec<u8>>, StreamError> {
    // A pipe that has a name is waited for when it is opened, if it has no writer any more.
    let flags = i32::try_from(OFlags::NONBLOCK.bits()).unwrap_or_default();
    let opened = OpenOptions::new().read(true).custom_flags(flags).open(path);
    let file = opened.map_err(StreamError::Open)?;
    rustix::fs::fcntl_setfl(&file, OFlags::empty())
        .map_err(|errno| StreamError::Open(errno.into()))?;
    read_all(file, longest)
}

/// Reads whatever the path leads to. A pipe without a writer is waited for, as `cat` does.
pub(crate) fn read_stream(path: &Path, longest: usize) -> Result<Zeroizing<Vec<u8>>, StreamError> {
    let file = File::open(path).map_err(StreamError::Open)?;
    read_all(file, longest)
}

/// The same for stdin.
pub(crate) fn read_stdin(longest: usize) -> Result<Zeroizing<Vec<u8>>, StreamError> {
    // Not through the lock's own buffer, which nobody wipes.
    match rustix::io::dup(io::stdin()) {
        Ok(stdin) => read_all(File::from(stdin), longest),
        Err(errno) => Err(StreamError::Read(errno.into())),
    }
}

fn read_all(mut from: impl Read, longest: usize) -> Result<Zeroizing<Vec<u8>>, StreamError> {
    let mut bytes = Zeroizing::new(vec![0; 16 * 1024]);
    let mut filled = 0;
    loop {
        if filled == bytes.len() {
            // A vector that grows by itself would leave its old bytes behind.
            let mut larger = Zeroizing::new(vec![0; bytes.len().saturating_mul(2)]);
            if let Some(begin) = larger.get_mut(..filled) {
                begin.copy_from_slice(&bytes);
            }
            bytes = larger;
        }
        match from.read(bytes.get_mut(filled..).unwrap_or_default()) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(StreamError::Read(error)),
        }
        if filled > longest {
            return Err(StreamError::TooLong(longest));
        }
    }
    bytes.truncate(filled);
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_to_the_bound_and_no_further() {
        for length in [0, 1, 16 * 1024, 16 * 1024 + 1, 100_000] {
            let bytes = vec![7; length];
            assert_eq!(*read_all(&bytes[..], 100_000).expect("short"), bytes);
        }
        let error = read_all(io::repeat(1), 100_000).expect_err("endless");
        assert!(matches!(error, StreamError::TooLong(100_000)));
    }

    #[test]
    fn tells_opening_from_reading() {
        let temp = tempfile::tempdir().expect("tempdir");
        let missing = read_stream(&temp.path().join("x"), 10).expect_err("missing");
        assert!(matches!(missing, StreamError::Open(_)));
        let directory = read_stream(temp.path(), 10).expect_err("a directory");
        assert!(matches!(directory, StreamError::Read(_)));
    }
}
