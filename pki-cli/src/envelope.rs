//! The encrypted file around a bundle, in age's format (<https://age-encryption.org/v1>): the
//! only place that names the age crate.
//!
//! ```text
//! age-encryption.org/v1
//! -> X25519 …            a stanza for each recipient; or one: -> scrypt SALT WORK-FACTOR
//! --- MAC
//! <nonce, 16 octets><the plaintext in pieces of 64 KiB, each with a tag of 16 octets>
//! ```
//!
//! Everything before the nonce can be read by anybody, and is proved by the MAC only to who has
//! the secret. The header is taken apart here before age sees it: its parser is not meant for
//! headers without a bound.

mod error;
mod header;
mod secret;

#[cfg(test)]
mod tests;

use std::io::{self, Read, Write};

use age::armor::{ArmoredReader, ArmoredWriter, Format};
use age::{DecryptError, Decryptor, Encryptor, Identity, Recipient, scrypt};
use pki_core::copy::PortableBundle;
use zeroize::Zeroizing;

pub(crate) use error::EnvelopeError;
pub(crate) use header::Locks;
pub(crate) use secret::{Identities, Passphrase, Recipients};

/// A file in age's format, of which the header was read.
pub(crate) struct Envelope {
    /// The binary form.
    bytes: Vec<u8>,
    header_length: usize,
    locks: Locks,
    is_armored: bool,
}

/// Whom a bundle is encrypted to.
pub(crate) enum SealedFor {
    Recipients(Recipients),
    Passphrase(Passphrase),
}

/// What opens it.
pub(crate) enum Secret {
    Identities(Identities),
    Passphrase(Passphrase),
}

/// What age itself asks for: 256 MiB and about a second.
const WORK_FACTOR: u8 = 18;

/// 1 GiB and some seconds, whatever a file says.
const MOST_WORK: u8 = 20;

impl SealedFor {
    /// What the file will say of it.
    pub(crate) fn locks(&self) -> Locks {
        match self {
            Self::Passphrase(_) => Locks::Passphrase,
            Self::Recipients(recipients) => Locks::Recipients {
                native: recipients.count(),
                other: 0,
            },
        }
    }
}

const TAG: usize = 16;
const NONCE: usize = 16;
const PIECE: usize = 64 << 10;

impl Envelope {
    /// No longer file is read: the longest bundle, with its header and tags, in base64.
    pub(crate) const LONGEST: usize = PortableBundle::LONGEST / 2 * 3;

    /// Encrypts a bundle.
    pub(crate) fn seal(
        plain: &[u8],
        sealed_for: &SealedFor,
        is_armored: bool,
    ) -> Result<Vec<u8>, EnvelopeError> {
        let by_passphrase;
        let recipients: Vec<&dyn Recipient> = match sealed_for {
            SealedFor::Recipients(recipients) => recipients.as_age().collect(),
            SealedFor::Passphrase(passphrase) => {
                let mut recipient = scrypt::Recipient::new(passphrase.to_age());
                recipient.set_work_factor(WORK_FACTOR);
                by_passphrase = recipient;
                vec![&by_passphrase]
            }
        };
        let encryptor = Encryptor::with_recipients(recipients.into_iter());
        let encryptor = encryptor.map_err(|_| EnvelopeError::NotSealed)?;
        let format = match is_armored {
            true => Format::AsciiArmor,
            false => Format::Binary,
        };
        let write = || -> io::Result<Vec<u8>> {
            let armored = ArmoredWriter::wrap_output(Vec::new(), format)?;
            let mut writer = encryptor.wrap_output(armored)?;
            writer.write_all(plain)?;
            writer.finish()?.finish()
        };
        write().map_err(|_| EnvelopeError::NotSealed)
    }

    /// Reads the header.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, EnvelopeError> {
        if bytes.len() > Self::LONGEST {
            return Err(EnvelopeError::TooLong);
        }
        let (bytes, is_armored) = match header::armor(bytes)? {
            Some(armored) => (without_armor(armored)?, true),
            None => (bytes.to_vec(), false),
        };
        let (locks, header_length) = header::read(&bytes)?;
        if bytes.len() < header_length + NONCE + TAG {
            return Err(EnvelopeError::CutShort);
        }
        Ok(Self {
            bytes,
            header_length,
            locks,
            is_armored,
        })
    }

    /// What it says of its locks. Nobody vouches for that before it is opened.
    pub(crate) fn locks(&self) -> &Locks {
        &self.locks
    }

    pub(crate) fn is_armored(&self) -> bool {
        self.is_armored
    }

    /// Decrypts it; nothing of it is handed out unless all of it is what was encrypted.
    pub(crate) fn open(&self, secret: &Secret) -> Result<Zeroizing<Vec<u8>>, EnvelopeError> {
        let by_passphrase;
        let identities: Vec<&dyn Identity> = match (secret, &self.locks) {
            (Secret::Passphrase(passphrase), Locks::Passphrase) => {
                let mut identity = scrypt::Identity::new(passphrase.to_age());
                identity.set_max_work_factor(MOST_WORK);
                by_passphrase = identity;
                vec![&by_passphrase]
            }
            (Secret::Identities(identities), Locks::Recipients { .. }) => {
                identities.as_age().collect()
            }
            (Secret::Passphrase(_), _) => return Err(EnvelopeError::NeedsIdentity),
            (Secret::Identities(_), _) => return Err(EnvelopeError::NeedsPassphrase),
        };
        let length = self.plain_length();
        if length > PortableBundle::LONGEST {
            return Err(EnvelopeError::TooLong);
        }
        let decryptor = Decryptor::new_buffered(self.bytes.as_slice());
        let reader = decryptor.and_then(|decryptor| decryptor.decrypt(identities.into_iter()));
        let mut reader = reader.map_err(|error| self.refusal(&error))?;
        // At once as long as it will be: a buffer that grows would leave copies of keys behind.
        let mut plain = Zeroizing::new(vec![0; length]);
        let read = reader.read_exact(&mut plain);
        // The last piece is proved to be the last by reading on.
        match read.and_then(|()| reader.read(&mut [0])) {
            Ok(0) => Ok(plain),
            Ok(_) | Err(_) => Err(self.changed()),
        }
    }

    /// How long the plaintext is, as far as the length of the file tells.
    fn plain_length(&self) -> usize {
        let payload = self.bytes.len() - self.header_length - NONCE;
        payload - payload.div_ceil(PIECE + TAG) * TAG
    }

    fn refusal(&self, error: &DecryptError) -> EnvelopeError {
        match error {
            DecryptError::ExcessiveWork { required, .. } => EnvelopeError::TooMuchWork {
                required: *required,
                most: MOST_WORK,
            },
            DecryptError::NoMatchingKeys => EnvelopeError::NoIdentityFits,
            DecryptError::DecryptionFailed | DecryptError::KeyDecryptionFailed => {
                match self.locks {
                    Locks::Passphrase => EnvelopeError::WrongPassphrase,
                    Locks::Recipients { .. } => EnvelopeError::NoIdentityFits,
                }
            }
            DecryptError::InvalidMac => EnvelopeError::HeaderChanged,
            _ => EnvelopeError::BrokenHeader,
        }
    }

    /// A bundle's length is a multiple of 1024: one that was cut somewhere, or goes on, is almost
    /// never.
    fn changed(&self) -> EnvelopeError {
        let length = self.plain_length();
        match length > 0 && length.is_multiple_of(PortableBundle::UNIT) {
            true => EnvelopeError::Changed,
            false => EnvelopeError::OddLength,
        }
    }
}

fn without_armor(armored: &[u8]) -> Result<Vec<u8>, EnvelopeError> {
    let mut bytes = Vec::new();
    match ArmoredReader::new(armored).read_to_end(&mut bytes) {
        Ok(_) => Ok(bytes),
        Err(_) => Err(EnvelopeError::BrokenArmor),
    }
}

impl Recipients {
    fn as_age(&self) -> impl Iterator<Item = &dyn Recipient> {
        self.iter().map(|recipient| recipient as &dyn Recipient)
    }
}

impl Identities {
    fn as_age(&self) -> impl Iterator<Item = &dyn Identity> {
        self.iter().map(|identity| identity as &dyn Identity)
    }
}
