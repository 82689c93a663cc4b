//! Documents of cfssl: refused where cfssl refuses them, in its words, or where kpki does.

use pki_core::DocumentError;
use pki_core::cfssl::{CfsslRefusal, Read};

use super::failure::CfsslFailure;

/// Whether a text is what cfssl prints, which wants cfssljson to become files.
pub(super) fn is_output(text: &[u8]) -> bool {
    text.trim_ascii_start().starts_with(b"{\"c")
}

/// What to do about it.
pub(super) const PIPE_TO_CFSSLJSON: &str =
    "this is the JSON that cfssl prints: put 'cfssljson -bare NAME' behind it, and give the file";

/// What was read of `file` in the lenient reading, if cfssl takes it as well. Where only kpki
/// refuses it, `ours` says so.
pub(super) fn accepted<T>(
    file: &str,
    read: Result<Read<T>, DocumentError>,
    refusal: Option<CfsslRefusal>,
    ours: &str,
) -> Result<Read<T>, CfsslFailure> {
    let words = refusal.map(|refusal| CfsslFailure::new(refusal.to_string()));
    match (read, words) {
        (Ok(read), None) => Ok(read),
        // What kpki only remarks on is most likely why.
        (Ok(read), Some(failure)) => Err(read
            .warnings
            .iter()
            .take(3)
            .fold(failure, |failure, remark| failure.advise_in(file, remark))),
        (Err(error), words) => {
            let failure = words.unwrap_or_else(|| CfsslFailure::new(ours));
            Err(failure.advise_in(file, &error))
        }
    }
}
