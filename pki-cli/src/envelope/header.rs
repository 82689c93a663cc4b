//! The part of age's format that anybody can read.

use super::EnvelopeError;

/// Whom a file is encrypted to, as it says itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Locks {
    /// Whoever knows a passphrase.
    Passphrase,
    /// The holders of keys.
    Recipients {
        /// Keys that begin with age1, the kind that is written here.
        native: usize,
        /// Others: SSH keys, plug-ins.
        other: usize,
    },
}

const FAMILY: &[u8] = b"age-encryption.org/";
const FORMAT: &[u8] = b"age-encryption.org/v1\n";
const ARMOR: &[u8] = b"-----BEGIN AGE ENCRYPTED FILE-----";
const ARMOR_END: &[u8] = b"-----END AGE ENCRYPTED FILE-----";
const STANZA: &[u8] = b"-> ";
const MAC: &[u8] = b"---";

/// Some hundred recipients. age parses the header anew with every line.
const LONGEST: usize = 32 << 10;

/// The armored text, if it is one.
pub(super) fn armor(bytes: &[u8]) -> Result<Option<&[u8]>, EnvelopeError> {
    let text = bytes.trim_ascii();
    if !text.starts_with(ARMOR) {
        return Ok(None);
    }
    match text.ends_with(ARMOR_END) {
        true => Ok(Some(text)),
        // Something behind the end is no reason to say that the end is missing.
        false if text.windows(ARMOR_END.len()).any(|part| part == ARMOR_END) => {
            Err(EnvelopeError::BrokenArmor)
        }
        false => Err(EnvelopeError::CutShort),
    }
}

/// What it says of its locks, and how long it is.
pub(super) fn read(bytes: &[u8]) -> Result<(Locks, usize), EnvelopeError> {
    if bytes.is_empty() {
        return Err(EnvelopeError::Empty);
    }
    if !bytes.starts_with(FORMAT) {
        return Err(match bytes {
            cut if FORMAT.starts_with(cut) => EnvelopeError::CutShort,
            other if other.starts_with(FAMILY) => EnvelopeError::NewerAge,
            _ => EnvelopeError::NotAge,
        });
    }
    let header = bytes.get(..LONGEST).unwrap_or(bytes);
    let (mut native, mut other, mut passphrases) = (0, 0, 0);
    let mut length = 0;
    for line in header.split_inclusive(|byte| *byte == b'\n') {
        length += line.len();
        if !line.ends_with(b"\n") {
            break;
        }
        if let Some(stanza) = line.strip_prefix(STANZA) {
            let word = stanza.split(|byte| byte.is_ascii_whitespace()).next();
            match word.unwrap_or_default() {
                b"scrypt" => passphrases += 1,
                b"X25519" => native += 1,
                // Written by some programs for others to get used to unknown kinds.
                word if word.ends_with(b"-grease") => {}
                _ => other += 1,
            }
        } else if line.starts_with(MAC) {
            return match (passphrases, native + other) {
                (1, 0) => Ok((Locks::Passphrase, length)),
                (0, 1..) => Ok((Locks::Recipients { native, other }, length)),
                _ => Err(EnvelopeError::BrokenHeader),
            };
        }
    }
    match bytes.len() > LONGEST {
        true => Err(EnvelopeError::BrokenHeader),
        false => Err(EnvelopeError::CutShort),
    }
}
