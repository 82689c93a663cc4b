//! Why a file cannot be opened, or none can be made, and what to do about it.

use std::fmt;

use super::secret::Kind;

/// What is wrong with a file in age's format, or with what should open it. Nothing secret
/// stands in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum EnvelopeError {
    Empty,
    NotAge,
    NewerAge,
    TooLong,
    CutShort,
    /// It has not the length of a bundle.
    OddLength,
    BrokenArmor,
    BrokenHeader,
    /// The MAC over the header was not made with the key in it.
    HeaderChanged,
    Changed,
    NeedsIdentity,
    NeedsPassphrase,
    WrongPassphrase,
    NoIdentityFits,
    TooMuchWork {
        required: u8,
        most: u8,
    },
    NotARecipient {
        line: usize,
        kind: Kind,
    },
    NoRecipients,
    NotAnIdentity {
        line: usize,
        kind: Kind,
    },
    NoIdentities,
    TooMany {
        most: usize,
    },
    NotAPassphrase {
        why: &'static str,
    },
    NotSealed,
}

impl fmt::Display for EnvelopeError {
    /// What "it", the file, is or lacks.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => write!(f, "it is empty: 0 bytes"),
            Self::NotAge => write!(f, "it is not a file that age encrypted"),
            Self::NewerAge => write!(f, "it is in a version of age's format that is not known"),
            Self::TooLong => write!(f, "it is longer than any bundle"),
            Self::CutShort => write!(f, "it was cut short: its end is missing"),
            Self::OddLength => write!(f, "its end is missing, or there is something behind it"),
            Self::BrokenArmor => write!(f, "its text form is broken, within or behind its end"),
            Self::BrokenHeader => write!(f, "its header is broken, so it was changed"),
            Self::HeaderChanged => write!(f, "its header was changed"),
            Self::Changed => write!(f, "it was changed: what it holds is not what was encrypted"),
            Self::NeedsIdentity => write!(
                f,
                "it is encrypted to recipients, and a passphrase does not open it"
            ),
            Self::NeedsPassphrase => write!(
                f,
                "it is encrypted with a passphrase, and an identity does not open it"
            ),
            Self::WrongPassphrase => write!(f, "the passphrase does not open it"),
            Self::NoIdentityFits => write!(f, "none of the identities opens it"),
            Self::TooMuchWork { required, most } => write!(
                f,
                "to try a passphrase on it would take too much time and memory: its work factor is {required}, and no more than {most} is done"
            ),
            Self::NotARecipient { line, .. } => {
                write!(f, "line {line} is not a recipient of age")
            }
            Self::NoRecipients => write!(f, "it has no recipient"),
            Self::NotAnIdentity { line, .. } => {
                write!(f, "line {line} is not an identity of age")
            }
            Self::NoIdentities => write!(f, "it has no identity"),
            Self::TooMany { most } => write!(f, "it has more than {most} keys"),
            Self::NotAPassphrase { why } => write!(f, "its passphrase cannot be used: {why}"),
            Self::NotSealed => write!(f, "it could not be encrypted"),
        }
    }
}

impl EnvelopeError {
    pub(crate) fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Empty | Self::CutShort | Self::OddLength => {
                Some("copy the file again from where it was made")
            }
            Self::NotAge => Some("give the file that 'kpki bundle create' wrote"),
            Self::NewerAge => Some("decrypt it with a newer age, or use a newer kpki"),
            Self::BrokenArmor | Self::BrokenHeader | Self::HeaderChanged | Self::Changed => Some(
                "copy the file again from where it was made; if it is the same there, make another one",
            ),
            Self::NeedsIdentity => Some("give --identity FILE with the key that age-keygen wrote"),
            Self::NeedsPassphrase => Some("give --passphrase-file FILE"),
            Self::WrongPassphrase => Some(
                "white space counts, but for the end of the line; a header that was changed looks the same",
            ),
            Self::NoIdentityFits => Some(
                "'age-keygen -y FILE' prints the recipient of an identity; a header that was changed looks the same",
            ),
            Self::TooMuchWork { .. } => Some("decrypt it with the age program if you trust it"),
            Self::NotARecipient { kind, .. } => Some(match kind {
                Kind::Ssh => {
                    "SSH keys are not taken: 'age-keygen -o key.txt' makes a key and prints its recipient"
                }
                Kind::Identity => {
                    "that is a private key: 'age-keygen -y FILE' prints its recipient"
                }
                Kind::PlugIn => "keys of plug-ins are not taken, only age1 and 58 characters",
                _ => "a recipient is age1 and 58 characters, as age-keygen prints it",
            }),
            Self::NotAnIdentity { kind, .. } => Some(match kind {
                Kind::Ssh => "SSH keys are not taken: give what age-keygen wrote",
                Kind::Recipient => "that is a public key: give the file that age-keygen wrote",
                Kind::PlugIn => {
                    "keys of plug-ins are not taken: decrypt the bundle with the age program"
                }
                Kind::EncryptedIdentity => {
                    "the identity is itself encrypted: give it decrypted, --identity <(age -d FILE)"
                }
                _ => "an identity begins with AGE-SECRET-KEY-1, as age-keygen writes it",
            }),
            _ => None,
        }
    }
}

impl std::error::Error for EnvelopeError {}
