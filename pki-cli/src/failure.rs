//! How a command ends.

use std::fmt;

use crate::store::StoreError;

/// A command that did its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Done, or the answer is yes: exit status 0.
    Yes,
    /// The answer is no: exit status 1.
    No,
    /// It was told how far the work went, and that is not far enough for an
    /// answer: exit status 2.
    Unknown,
}

/// A command that could not do its work: exit status 2. Says what is wrong, and
/// what to type next.
#[derive(Debug)]
pub(crate) struct Failure {
    message: String,
    hint: Option<String>,
}

impl Failure {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            hint: None,
        }
    }

    /// Adds the advice that is printed below the message.
    pub(crate) fn hint(self, hint: impl Into<String>) -> Self {
        Self {
            hint: Some(hint.into()),
            ..self
        }
    }

    /// Puts the place in front of the message.
    pub(crate) fn at(self, place: impl fmt::Display) -> Self {
        Self {
            message: format!("{place}: {}", self.message),
            ..self
        }
    }

    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    pub(crate) fn advice(&self) -> Option<&str> {
        self.hint.as_deref()
    }
}

impl From<pki_core::Error> for Failure {
    fn from(error: pki_core::Error) -> Self {
        let failure = Self::new(error.to_string());
        match error {
            pki_core::Error::Document(document) => document.into(),
            _ => failure,
        }
    }
}

impl From<pki_core::DocumentError> for Failure {
    fn from(error: pki_core::DocumentError) -> Self {
        Self {
            message: error.to_string(),
            hint: error.suggestion,
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self {
            hint: error.hint(),
            message: error.to_string(),
        }
    }
}
