//! A certificate or key of a kubeconfig, read by itself: one that is broken says
//! nothing of the others.

use super::source::{Source, decode};
use crate::Error;

/// What a kubeconfig has in one of its fields, or where.
pub(crate) enum Field<T> {
    /// Neither data nor a path.
    Absent,
    /// In the kubeconfig.
    Data(Result<T, Error>),
    /// In this file, relative to the kubeconfig's directory.
    Path(String),
}

impl<T> Field<T> {
    pub(super) fn read(source: Source<'_>, parse: impl FnOnce(&[u8]) -> Result<T, Error>) -> Self {
        match source {
            Source::Nowhere => Self::Absent,
            Source::Data(data) => Self::Data(decode(data).and_then(|text| parse(&text))),
            Source::Path(path) => Self::Path(path.value.to_string()),
        }
    }

    /// What is in the kubeconfig and can be read.
    pub(crate) fn data(&self) -> Option<&T> {
        match self {
            Self::Data(Ok(value)) => Some(value),
            Self::Absent | Self::Data(Err(_)) | Self::Path(_) => None,
        }
    }

    /// Why what is in the kubeconfig cannot be read.
    pub(crate) fn error(&self) -> Option<&Error> {
        match self {
            Self::Data(Err(error)) => Some(error),
            Self::Absent | Self::Data(Ok(_)) | Self::Path(_) => None,
        }
    }

    /// The file that it is in.
    pub(crate) fn path(&self) -> Option<&str> {
        match self {
            Self::Path(path) => Some(path),
            Self::Absent | Self::Data(_) => None,
        }
    }

    pub(crate) fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }
}
