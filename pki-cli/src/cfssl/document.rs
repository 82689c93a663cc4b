//! Documents of cfssl: refused where cfssl refuses them, in its words, or where kpki does.

use pki_core::{CfsslRefusal, DocumentError, Read};

use super::failure::CfsslFailure;

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
        (Ok(_), Some(failure)) => Err(failure),
        (Err(error), words) => {
            let failure = words.unwrap_or_else(|| CfsslFailure::new(ours));
            Err(failure.advise_in(file, &error))
        }
    }
}
