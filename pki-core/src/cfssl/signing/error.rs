//! Why a signer refuses, in cfssl's words and in ours.

use std::fmt;

use crate::Error;
use crate::name::{AttributeType, Quoted};

/// Why a CSR gets no certificate. The text is kpki's; [`CfsslSignError::code`]
/// and [`CfsslSignError::cfssl_message`] are what cfssl prints.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum CfsslSignError {
    /// The CSR asks for a CA, and the profile makes none.
    CaNotAllowed,
    /// The profile has no usages of its own.
    NoUsages,
    /// The CSR asks for a longer path than the CA has left.
    PathLengthExtended,
    /// The CA may sign no other CA (RFC 5280 section 4.2.1.9).
    PathLengthUsedUp,
    /// A name that `name_whitelist` does not match.
    Whitelist {
        /// The name.
        name: String,
    },
    /// A date after the year 9999.
    TimeOutOfRange,
    /// The CSR asks for an extension that only a profile decides on.
    Extension {
        /// Its object identifier, in dotted form.
        oid: String,
    },
    /// An extension to be copied whose value is not one element in DER.
    MalformedExtension {
        /// Its object identifier, in dotted form.
        oid: String,
    },
    /// The subjectAltName of the CSR cannot be read.
    AlternativeNames,
    /// The subject of the CSR has a string of a type that is not written.
    Subject,
    /// A value of the subject has a NUL.
    Nul {
        /// Of which kind it is.
        kind: AttributeType,
    },
    /// Neither a subject nor an alternative name.
    NobodyNamed,
    /// A CA was asked for, with nothing in its subject.
    NoSubject,
    /// Anything else.
    Core(Error),
}

impl CfsslSignError {
    /// cfssl's number for it, if it refuses this as well.
    #[must_use]
    pub fn code(&self) -> Option<u16> {
        match self {
            Self::CaNotAllowed
            | Self::PathLengthExtended
            | Self::PathLengthUsedUp
            | Self::NoSubject => Some(5300),
            Self::NoUsages => Some(5100),
            Self::Whitelist { .. } => Some(5500),
            Self::TimeOutOfRange => Some(1000),
            _ => None,
        }
    }

    /// cfssl's message, if it refuses this as well.
    #[must_use]
    pub fn cfssl_message(&self) -> Option<&'static str> {
        match self {
            Self::CaNotAllowed | Self::PathLengthExtended | Self::PathLengthUsedUp => {
                Some("Policy violation request")
            }
            Self::NoUsages => Some("Invalid policy: no key usage available"),
            Self::NoSubject => Some("missing subject information"),
            Self::Whitelist { .. } => Some("Request does not match policy whitelist"),
            Self::TimeOutOfRange => {
                Some("asn1: structure error: cannot represent time as GeneralizedTime")
            }
            _ => None,
        }
    }

    /// What cfssl logs as an error before that.
    #[must_use]
    pub fn cfssl_log(&self) -> Option<&'static str> {
        match self {
            Self::CaNotAllowed => Some("local signer policy disallows issuing CA certificate"),
            Self::PathLengthExtended => {
                Some("local signer certificate disallows CA MaxPathLen extending")
            }
            Self::PathLengthUsedUp => {
                Some("local signer certificate disallows issuing CA certificate")
            }
            _ => None,
        }
    }
}

impl fmt::Display for CfsslSignError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CaNotAllowed => f.write_str(
                "the CSR asks for a CA certificate, and the profile has no \"ca_constraint\": {\"is_ca\": true}",
            ),
            Self::NoUsages => f.write_str(
                "the profile has no usages, or leaves them to another host: name a profile that has \"usages\" and no \"remote\"",
            ),
            Self::PathLengthExtended => f.write_str(
                "the CSR asks for a longer path of CAs below it than its own CA allows",
            ),
            Self::PathLengthUsedUp => f.write_str(
                "the CA has path length 0 (RFC 5280 section 4.2.1.9): it may sign leaves, and clients would refuse any CA below it",
            ),
            Self::Whitelist { name } => {
                write!(f, "{} is not matched by the profile's name_whitelist", Quoted(name))
            }
            Self::TimeOutOfRange => f.write_str("a certificate cannot end after the year 9999"),
            Self::Extension { oid } => write!(
                f,
                "the CSR asks for the extension {oid}, which only a profile may decide on: cfssl with \"copy_extensions\" would put it in the place of the profile's"
            ),
            Self::MalformedExtension { oid } => {
                write!(f, "the value of the extension {oid} in the CSR is not DER")
            }
            Self::AlternativeNames => f.write_str(
                "the subjectAltName of the CSR cannot be read, or has an empty name, one with a NUL or one that is not ASCII",
            ),
            Self::Subject => {
                f.write_str("the subject of the CSR has a string of a type that kpki does not write")
            }
            Self::Nul { kind } => write!(f, "the {kind} of the subject has a NUL character"),
            Self::NobodyNamed => f.write_str(
                "neither a subject nor an alternative name: the certificate would name nobody (RFC 5280 section 4.1.2.6)",
            ),
            Self::NoSubject => {
                f.write_str("a CA needs a name: give 'CN', or 'names' of which none is empty")
            }
            Self::Core(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for CfsslSignError {}
