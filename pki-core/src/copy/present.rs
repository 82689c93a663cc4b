//! What lies at a path of a destination.

use std::fmt;

use zeroize::Zeroizing;

use super::copied_file::public_half;
use super::kubeconfig::KubeconfigCertificates;
use crate::key::SubjectPublicKeyInfo;

/// What was found at a path of a destination.
#[derive(Debug)]
pub struct PresentFile {
    /// What is in it.
    pub content: Present,
    /// The permission bits; 0 where there is nothing.
    pub mode: u32,
    /// The number of the user whose it is, where that is known.
    pub uid: Option<u32>,
    /// When it was last written, in seconds since 1970, where that is known.
    pub modified: Option<i64>,
}

/// What is in a file of a destination, as far as somebody looked: a private
/// key that is not the expected one is not fetched.
#[non_exhaustive]
pub enum Present {
    /// There is no such file.
    Nothing,
    /// The very bytes that were expected.
    Equal,
    /// Other bytes than expected, or nothing was expected.
    Content(Zeroizing<Vec<u8>>),
    /// A private key, or a file that has one, other than the expected one; only
    /// its public half was asked for, and `None` if that could not be had.
    OtherSecret(Option<SubjectPublicKeyInfo>),
    /// A kubeconfig other than the expected one; only its certificates were asked
    /// for.
    OtherKubeconfig(KubeconfigCertificates),
    /// It could not be read, and why.
    Unreadable(String),
    /// It is something else: `directory`, `symbolic link`, `named pipe`.
    NotAFile(&'static str),
}

impl Present {
    /// As much as is told of a file that has a private key, and is not the expected
    /// one.
    #[must_use]
    pub fn of_secret(bytes: &[u8]) -> Self {
        match (public_half(bytes), KubeconfigCertificates::of_text(bytes)) {
            (Some(key), _) => Self::OtherSecret(Some(key)),
            (None, Some(certificates)) => Self::OtherKubeconfig(certificates),
            (None, None) => Self::OtherSecret(None),
        }
    }
}

impl fmt::Debug for Present {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str("Nothing"),
            Self::Equal => f.write_str("Equal"),
            Self::Content(bytes) => write!(f, "Content({} bytes, [elided])", bytes.len()),
            Self::OtherSecret(key) => f.debug_tuple("OtherSecret").field(key).finish(),
            Self::OtherKubeconfig(found) => f.debug_tuple("OtherKubeconfig").field(found).finish(),
            Self::Unreadable(why) => write!(f, "Unreadable({why})"),
            Self::NotAFile(kind) => write!(f, "NotAFile({kind})"),
        }
    }
}
