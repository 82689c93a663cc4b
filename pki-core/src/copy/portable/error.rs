//! Why a bundle is refused.

use std::fmt;

use super::Longest;
use crate::name::Quoted;

/// Why a text is no bundle that may be used, or none can be made. Secrets never
/// stand in it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum PortableError {
    /// Something else than a bundle.
    NotABundle,
    /// A format that came after this one.
    NewerFormat {
        /// Its first line.
        format: String,
    },
    /// More than is read.
    TooLong,
    /// The header is not what it must be.
    Header {
        /// What is wrong with it.
        why: &'static str,
    },
    /// The header has a field that this format has not.
    UnknownField {
        /// Its name.
        name: String,
    },
    /// A file of no row of the catalog.
    UnknownRow {
        /// What the row is called.
        row: String,
    },
    /// A part that the row has not in a cluster of this kind.
    UnknownPart {
        /// The row's name.
        row: String,
        /// What the part is called.
        part: String,
    },
    /// A file that is there twice.
    Duplicate {
        /// Which.
        entry: String,
    },
    /// A file that is empty, or declared to be longer than any is.
    Length {
        /// Which.
        entry: String,
    },
    /// Fewer bytes than the header declares.
    Missing {
        /// Of which file.
        entry: String,
    },
    /// Bytes behind the last file that are not the padding.
    Trailing,
    /// A file is not the one that the header was written for.
    Changed {
        /// Which.
        entry: String,
    },
    /// It has no certificate of the cluster's CA.
    NoAuthority,
    /// The CA in it is not the one that the header names.
    OtherAuthority,
    /// The CA's key in it does not belong to the first certificate in ca.crt.
    AuthorityKey,
    /// The CA's key is in it, and did not sign it.
    Unsigned,
    /// The signature was not made by the CA over this header.
    Signature,
    /// A host's own file in a bundle that is for no host.
    OwnWithoutHost {
        /// Which.
        entry: String,
    },
    /// The CA's key could not sign.
    Signing,
}

impl fmt::Display for PortableError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotABundle => write!(f, "it is no bundle of kpki"),
            Self::NewerFormat { format } => {
                write!(f, "its format {} is newer than this kpki", Quoted(format))
            }
            Self::TooLong => write!(f, "it is longer than {} MiB", Longest::BUNDLE >> 20),
            Self::Header { why } => write!(f, "its header is broken: {why}"),
            Self::UnknownField { name } => {
                write!(f, "its header has the unknown field {}", Quoted(name))
            }
            Self::UnknownRow { row } => {
                write!(f, "it has a file of the unknown kind {}", Quoted(row))
            }
            Self::UnknownPart { row, part } => write!(
                f,
                "it has a part {} of {}, which has no such part in this kind of cluster",
                Quoted(part),
                Quoted(row)
            ),
            Self::Duplicate { entry } => write!(f, "it has the {entry} twice"),
            Self::Length { entry } => write!(
                f,
                "the {entry} in it is declared to be empty or longer than {} MiB",
                Longest::FILE >> 20
            ),
            Self::Missing { entry } => write!(f, "it ends before the end of the {entry}"),
            Self::Trailing => write!(f, "it has bytes behind its last file"),
            Self::Changed { entry } => write!(
                f,
                "the {entry} in it is not the one that its header was written for"
            ),
            Self::NoAuthority => write!(f, "it has no certificate of the cluster's CA"),
            Self::OtherAuthority => {
                write!(
                    f,
                    "the cluster's CA in it is not the one that its header names"
                )
            }
            Self::AuthorityKey => write!(
                f,
                "the private key of the cluster's CA does not belong to the first certificate of the CA"
            ),
            Self::Unsigned => {
                write!(
                    f,
                    "it has the key of the cluster's CA and is not signed with it"
                )
            }
            Self::Signature => write!(f, "its signature was not made by the cluster's CA in it"),
            Self::OwnWithoutHost { entry } => {
                write!(
                    f,
                    "it has the {entry}, which is one host's own, and names no host"
                )
            }
            Self::Signing => write!(f, "the key of the cluster's CA could not sign it"),
        }
    }
}

impl std::error::Error for PortableError {}
