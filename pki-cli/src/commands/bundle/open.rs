//! A bundle's file, read and opened.

use std::path::Path;

use pki_core::copy::{PortableBundle, PortableError, Source};

use super::file::{read, refused, shown};
use crate::envelope::{Envelope, Locks, Secret};
use crate::failure::Failure;

/// Reads the file and the header of its encryption.
pub(super) fn envelope(path: &Path) -> Result<Envelope, Failure> {
    let (bytes, _) = read(path, Envelope::LONGEST)?;
    Envelope::read(&bytes).map_err(|error| refused(path, &error))
}

/// What to give for it.
pub(super) fn needs_secret(path: &Path, envelope: &Envelope) -> Failure {
    let failure = Failure::new(format!("nothing was given that opens {}", shown(path)));
    failure.hint(match envelope.locks() {
        Locks::Passphrase => "it is encrypted with a passphrase: --passphrase-file FILE",
        Locks::Recipients { .. } => "it is encrypted to recipients: --identity FILE",
    })
}

/// Decrypts and verifies it. Everything that is said of it from here on is proved.
pub(super) fn bundle(
    path: &Path,
    envelope: &Envelope,
    secret: &Secret,
) -> Result<PortableBundle, Failure> {
    let plain = envelope.open(secret);
    let plain = plain.map_err(|error| refused(path, &error))?;
    PortableBundle::parse(&plain).map_err(|error| {
        let failure = Failure::new(format!("{}: {error}", shown(path)));
        match error {
            PortableError::NotABundle => failure.hint("age encrypted something else in it"),
            PortableError::NewerFormat { .. } => failure.hint("use a newer kpki"),
            PortableError::Signature | PortableError::Unsigned | PortableError::AuthorityKey => {
                failure.hint(
                    "somebody without the key of the cluster's CA has changed it: do not use it",
                )
            }
            _ => failure.hint("'kpki bundle create' did not make it so: do not use it"),
        }
    })
}

/// The files of a bundle, of which certificates and keys belong together.
pub(super) fn source(path: &Path, bundle: &PortableBundle) -> Result<Source, Failure> {
    bundle.source().map_err(|error| {
        Failure::new(format!("{}: {error}", shown(path)))
            .hint("make another one, of files that 'kpki verify' finds nothing wrong with")
    })
}
