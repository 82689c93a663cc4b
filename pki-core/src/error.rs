//! The one error type of the core.

use std::fmt;

use crate::document::DocumentError;
use crate::name::{NameError, Quoted};
use crate::time::Timestamp;

/// Why something could not be done. The text is a fragment in lower case that
/// names the value and the broken rule; secrets never stand in it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// A name or address that cannot stand in a certificate.
    Name(NameError),
    /// A configuration file that cannot be read as what it should be.
    Document(DocumentError),
    /// A time outside the years 0 to 9999.
    TimeOutOfRange {
        /// Seconds since 1970, or the seconds that were added.
        seconds: i64,
    },
    /// A text that is not RFC 3339 in UTC.
    NotATimestamp {
        /// The text.
        text: String,
    },
    /// A validity period that ends before it starts.
    EndsBeforeItStarts {
        /// Its start.
        not_before: Timestamp,
        /// Its end.
        not_after: Timestamp,
    },
    /// A text that is not an object identifier.
    NotAnObjectIdentifier {
        /// The text.
        text: String,
    },
    /// A version of Kubernetes that is unknown or older than 1.10.
    KubernetesVersion {
        /// The text.
        text: String,
    },
    /// A port that is not a number from 1 to 65535.
    Port {
        /// The text.
        text: String,
    },
    /// A range of service addresses that Kubernetes would refuse.
    ServiceSubnet {
        /// The text.
        text: String,
        /// The rule, with what to write.
        why: &'static str,
    },
    /// A key algorithm that kpki does not make.
    UnknownKeyAlgorithm {
        /// The name.
        name: String,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(error) => error.fmt(f),
            Self::Document(error) => error.fmt(f),
            Self::TimeOutOfRange { seconds } => {
                write!(f, "a time {seconds} s off is outside the years 0 to 9999")
            }
            Self::NotATimestamp { text } => {
                write!(
                    f,
                    "{} is not a time like 2026-11-22T19:15:00Z",
                    Quoted(text)
                )
            }
            Self::EndsBeforeItStarts {
                not_before,
                not_after,
            } => {
                write!(
                    f,
                    "the validity would end ({not_after}) before it starts ({not_before})"
                )
            }
            Self::NotAnObjectIdentifier { text } => {
                write!(f, "{} is not an object identifier", Quoted(text))
            }
            Self::KubernetesVersion { text } => write!(
                f,
                "{} is not a version of Kubernetes from 1.10 on: write it as v1.36.0",
                Quoted(text)
            ),
            Self::Port { text } => write!(f, "{} is not a port from 1 to 65535", Quoted(text)),
            Self::ServiceSubnet { text, why } => {
                write!(
                    f,
                    "{} is not a range of service addresses: {why}",
                    Quoted(text)
                )
            }
            Self::UnknownKeyAlgorithm { name } => write!(
                f,
                "unknown key algorithm {}: use one of RSA-2048, RSA-3072, RSA-4096, ECDSA-P256, ECDSA-P384, ECDSA-P521, Ed25519",
                Quoted(name)
            ),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Name(error) => Some(error),
            Self::Document(error) => Some(error),
            _ => None,
        }
    }
}

impl From<DocumentError> for Error {
    fn from(error: DocumentError) -> Self {
        Self::Document(error)
    }
}

impl From<NameError> for Error {
    fn from(error: NameError) -> Self {
        Self::Name(error)
    }
}
