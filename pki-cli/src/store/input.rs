//! Files that the user names: configurations, never keys.

use std::fs::OpenOptions;
use std::io::Read;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use super::error::errno_text;
use super::quote;
use crate::failure::Failure;

/// Configurations are kilobytes; anything longer is a mistake.
const LONGEST: u64 = 1 << 20;

/// What stands for stdin on a command line.
pub(crate) fn is_stdin(path: &Path) -> bool {
    path == Path::new("-") || path == Path::new("/dev/stdin")
}

/// Reads a regular file of at most 1 MiB, or stdin.
pub(crate) fn read_input(path: &Path) -> Result<Vec<u8>, Failure> {
    if is_stdin(path) {
        return bounded(std::io::stdin().lock(), "stdin");
    }
    let shown = quote(path);
    let refuse = |error: std::io::Error| {
        Failure::new(format!("{shown} cannot be read: {}", errno_text(&error)))
    };
    // Without O_NONBLOCK a pipe without a writer would hold the run for ever.
    let flags = i32::try_from(rustix::fs::OFlags::NONBLOCK.bits()).unwrap_or_default();
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(flags)
        .open(path)
        .map_err(refuse)?;
    let metadata = file.metadata().map_err(refuse)?;
    if !metadata.is_file() {
        return Err(Failure::new(format!("{shown} is not a regular file")));
    }
    bounded(file, &shown)
}

/// Whether others than its owner may read a file, where that can be told.
pub(crate) fn is_for_all_to_read(path: &Path) -> bool {
    let metadata = match is_stdin(path) {
        true => return false,
        false => path.metadata(),
    };
    metadata.is_ok_and(|it| it.is_file() && it.mode() & 0o044 != 0)
}

/// The same for a file that need not exist.
pub(crate) fn read_input_if_there(path: &Path) -> Result<Option<Vec<u8>>, Failure> {
    match path.symlink_metadata() {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        _ => read_input(path).map(Some),
    }
}

/// Where a path with `..` leads.
pub(crate) fn resolve(path: &Path) -> Result<PathBuf, Failure> {
    let resolved = std::fs::canonicalize(path);
    resolved.map_err(|error| {
        Failure::new(format!(
            "{} leads nowhere: {}",
            quote(path),
            errno_text(&error)
        ))
    })
}

fn bounded(reader: impl Read, shown: &str) -> Result<Vec<u8>, Failure> {
    let mut text = Vec::new();
    let read = reader.take(LONGEST + 1).read_to_end(&mut text);
    read.map_err(|error| Failure::new(format!("{shown} cannot be read: {}", errno_text(&error))))?;
    match u64::try_from(text.len()) {
        Ok(length) if length <= LONGEST => Ok(text),
        _ => Err(Failure::new(format!(
            "{shown} is longer than 1 MiB, too long for a configuration"
        ))),
    }
}
