//! A bundle's file, read and opened.

use std::path::Path;

use pki_core::copy::{PortableBundle, PortableError, Source};

use super::file::{read, refused, shown};
use super::secrets::OpenArgs;
use crate::envelope::{Envelope, Locks, Secret};
use crate::failure::Failure;
use crate::output::bundle_report::Encryption;

/// A bundle's file, opened if something was given that opens it.
pub(super) struct BundleFile {
    pub(super) envelope: Envelope,
    pub(super) opened: Option<Opened>,
}

/// What is in a bundle. Everything that is said of it is proved.
pub(super) struct Opened {
    pub(super) bundle: PortableBundle,
    /// Its files, of which certificates and keys belong together.
    pub(super) source: Source,
}

impl BundleFile {
    pub(super) fn read(path: &Path, open: &OpenArgs) -> Result<Self, Failure> {
        let secret = open.secret(path)?;
        let (bytes, _) = read(path, Envelope::LONGEST)?;
        let envelope = Envelope::read(&bytes).map_err(|error| refused(path, &error))?;
        let opened = secret.map(|secret| Opened::new(path, &envelope, &secret));
        Ok(Self {
            opened: opened.transpose()?,
            envelope,
        })
    }

    pub(super) fn encryption(&self) -> Encryption {
        Encryption::new(*self.envelope.locks(), self.envelope.is_armored())
    }
}

impl Opened {
    fn new(path: &Path, envelope: &Envelope, secret: &Secret) -> Result<Self, Failure> {
        let bundle = bundle(path, envelope, secret)?;
        let source = source(path, &bundle)?;
        Ok(Self { bundle, source })
    }
}

/// What to give for it.
pub(super) fn needs_secret(path: &Path, envelope: &Envelope) -> Failure {
    let failure = Failure::new(format!("nothing was given that opens {}", shown(path)));
    failure.hint(match envelope.locks() {
        Locks::Passphrase => "it is encrypted with a passphrase: --passphrase-file FILE",
        Locks::Recipients { .. } => "it is encrypted to recipients: --identity FILE",
    })
}

/// Decrypts and verifies it.
fn bundle(path: &Path, envelope: &Envelope, secret: &Secret) -> Result<PortableBundle, Failure> {
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

fn source(path: &Path, bundle: &PortableBundle) -> Result<Source, Failure> {
    bundle.source().map_err(|error| {
        Failure::new(format!("{}: {error}", shown(path)))
            .hint("make another one, of files that 'kpki verify' finds nothing wrong with")
    })
}
