//! What a file is encrypted to and opened with, read from texts that people keep.

use age::secrecy::{ExposeSecret, SecretString};
use age::x25519;

use super::EnvelopeError;

/// The public keys of those who shall be able to open a file.
pub(crate) struct Recipients(Vec<x25519::Recipient>);

/// The private keys that may open a file.
pub(crate) struct Identities(Vec<x25519::Identity>);

/// A text that opens a file.
pub(crate) struct Passphrase(SecretString);

/// More would make the header longer than is read, and nobody has so many.
const MOST: usize = 100;

/// A passphrase is typed, or made of some words.
const LONGEST_PASSPHRASE: usize = 1024;

/// Who has the file can try passphrases for years.
const SHORTEST_PASSPHRASE: usize = 12;

impl Recipients {
    /// The lines of a recipients file, or what was typed.
    pub(crate) fn parse<'a>(
        lines: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, EnvelopeError> {
        let mut recipients: Vec<x25519::Recipient> = Vec::new();
        for (number, line) in (1..).zip(lines) {
            let Some(line) = significant(line) else {
                continue;
            };
            let recipient = line.parse().map_err(|_| EnvelopeError::NotARecipient {
                line: number,
                kind: Kind::of(line),
            })?;
            if !recipients.contains(&recipient) {
                recipients.push(recipient);
            }
        }
        match recipients.len() {
            0 => Err(EnvelopeError::NoRecipients),
            count if count > MOST => Err(EnvelopeError::TooMany { most: MOST }),
            _ => Ok(Self(recipients)),
        }
    }

    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    pub(super) fn iter(&self) -> std::slice::Iter<'_, x25519::Recipient> {
        self.0.iter()
    }
}

impl Identities {
    /// What `age-keygen` writes: lines with keys, empty lines and comments.
    pub(crate) fn parse(text: &[u8]) -> Result<Self, EnvelopeError> {
        let not_one = |line, kind| EnvelopeError::NotAnIdentity { line, kind };
        let text = std::str::from_utf8(text).map_err(|_| not_one(1, Kind::of("")))?;
        let mut identities = Vec::new();
        for (number, line) in (1..).zip(text.lines()) {
            let Some(line) = significant(line) else {
                continue;
            };
            let identity = line.parse();
            identities.push(identity.map_err(|_| not_one(number, Kind::of(line)))?);
        }
        match identities.len() {
            0 => Err(EnvelopeError::NoIdentities),
            count if count > MOST => Err(EnvelopeError::TooMany { most: MOST }),
            _ => Ok(Self(identities)),
        }
    }

    pub(super) fn iter(&self) -> std::slice::Iter<'_, x25519::Identity> {
        self.0.iter()
    }
}

impl Passphrase {
    /// The one line of a file. The age program asks for it on a terminal: what cannot be typed
    /// there would lock its owner out.
    pub(crate) fn parse(text: &[u8]) -> Result<Self, EnvelopeError> {
        let line = text.strip_suffix(b"\n").unwrap_or(text);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let why = match std::str::from_utf8(line) {
            Ok("") => "it is empty",
            Ok(line) if line.trim().is_empty() => "it is nothing but white space",
            Ok(line) if line.contains(['\n', '\r']) => "it has more than one line",
            Ok(line) if line.contains(char::is_control) => "it has control characters",
            Ok(line) if line.len() > LONGEST_PASSPHRASE => "it is longer than 1024 bytes",
            Ok(line) => return Ok(Self(SecretString::from(line))),
            Err(_) => "it is not UTF-8 text",
        };
        Err(EnvelopeError::NotAPassphrase { why })
    }

    /// Whether so few characters can be tried one after the other.
    pub(crate) fn is_short(&self) -> bool {
        self.0.expose_secret().chars().count() < SHORTEST_PASSPHRASE
    }

    pub(super) fn to_age(&self) -> SecretString {
        self.0.clone()
    }
}

/// What somebody gave for a key of age.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Ssh,
    Recipient,
    Identity,
    PlugIn,
    EncryptedIdentity,
    Unknown,
}

impl Kind {
    fn of(line: &str) -> Self {
        let begins = |words: &[&str]| words.iter().any(|word| line.starts_with(word));
        match () {
            () if begins(&["ssh-", "ecdsa-sha2-", "sk-ssh-", "-----BEGIN OPENSSH"]) => Self::Ssh,
            () if begins(&["age-encryption.org/", "-----BEGIN AGE"]) => Self::EncryptedIdentity,
            () if begins(&["AGE-SECRET-KEY-1"]) => Self::Identity,
            () if begins(&["AGE-PLUGIN-"]) => Self::PlugIn,
            // Words of another kind of key stand before the last 1: age1yubikey1…
            () if line.starts_with("age1") && line.matches('1').count() > 1 => Self::PlugIn,
            () if begins(&["age1"]) => Self::Recipient,
            () => Self::Unknown,
        }
    }
}

fn significant(line: &str) -> Option<&str> {
    let line = line.trim();
    (!line.is_empty() && !line.starts_with('#')).then_some(line)
}
