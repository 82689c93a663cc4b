//! The files that a command about bundles is given.

use std::path::Path;

use zeroize::Zeroizing;

use crate::envelope::EnvelopeError;
use crate::failure::Failure;
use crate::store::{
    Entry, StreamError, errno_text, is_open_pipe, is_stdin, quote, read_open_pipe, read_stdin,
};

/// What a file is called in messages.
pub(super) fn shown(path: &Path) -> String {
    match is_stdin(path) {
        true => "stdin".to_owned(),
        false => quote(path),
    }
}

/// What a file is called in reports.
pub(super) fn name(path: &Path) -> String {
    match is_stdin(path) {
        true => "stdin".to_owned(),
        false => path.to_string_lossy().into_owned(),
    }
}

/// Why it is of no use.
pub(super) fn refused(path: &Path, error: &EnvelopeError) -> Failure {
    let failure = Failure::new(format!("{}: {error}", shown(path)));
    match error.hint() {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}

/// Two files cannot both come from stdin.
pub(super) fn only_once(path: &Path, before: &Path) -> Result<(), Failure> {
    match is_stdin(path) && is_stdin(before) {
        true => Err(Failure::new("stdin can be read once only").hint("write '-' once")),
        false => Ok(()),
    }
}

/// The bytes of a file, and its permission bits if it is one and no pipe.
pub(super) fn read(
    path: &Path,
    longest: usize,
) -> Result<(Zeroizing<Vec<u8>>, Option<u32>), Failure> {
    let fail = |why: &str| Err(Failure::new(format!("{} {why}", shown(path))));
    let too_long = || {
        fail(&format!(
            "is longer than {} KiB, and nothing longer is read",
            longest >> 10
        ))
    };
    let stream = |read: Result<_, StreamError>| match read {
        Ok(bytes) => Ok((bytes, None)),
        Err(StreamError::TooLong(_)) => too_long(),
        Err(StreamError::Open(error) | StreamError::Read(error)) => {
            fail(&format!("cannot be read: {}", errno_text(&error)))
        }
    };
    if is_stdin(path) {
        return stream(read_stdin(longest));
    }
    if is_open_pipe(path) {
        return stream(read_open_pipe(path, longest));
    }
    match Entry::named_up_to(path, longest) {
        Entry::File { bytes, mode } => Ok((bytes, Some(mode))),
        Entry::TooLarge { .. } => too_long(),
        Entry::Absent => fail("is not there"),
        Entry::Other { kind } => fail(&format!("is a {kind}, not a file")),
        Entry::Unreadable { reason } => fail(&format!("cannot be read: {reason}")),
    }
}
