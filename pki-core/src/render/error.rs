//! Why nothing could be rendered.

use std::error::Error as _;
use std::fmt;

use super::format::Inexpressible;

/// Why the files of a set-up could not be rendered.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum RenderError {
    /// A value that the format of a file has no way to hold.
    Inexpressible {
        /// The file.
        file: &'static str,
        /// What is wrong, with the value.
        why: String,
    },
    /// A template or document that could not be written: a fault of kpki.
    Template {
        /// The file.
        file: &'static str,
        /// The engine's words.
        why: String,
    },
}

impl RenderError {
    pub(super) fn of_template(file: &'static str, error: &minijinja::Error) -> Self {
        let mut source = error.source();
        while let Some(cause) = source {
            if let Some(what) = cause.downcast_ref::<Inexpressible>() {
                return Self::Inexpressible {
                    file,
                    why: what.to_string(),
                };
            }
            source = cause.source();
        }
        Self::Template {
            file,
            why: error.to_string(),
        }
    }
}

impl fmt::Display for RenderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Inexpressible { file, why } | Self::Template { file, why } => {
                write!(f, "{file}: {why}")
            }
        }
    }
}

impl std::error::Error for RenderError {}
