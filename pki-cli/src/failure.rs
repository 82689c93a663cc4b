//! How a command ends.

use std::fmt;

use pki_core::DocumentError;

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
#[derive(Debug, Clone)]
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

    /// What is wrong in a configuration file, in the form that editors jump to:
    /// `FILE:LINE:COLUMN: PATH: MESSAGE`.
    pub(crate) fn in_file(file: impl fmt::Display, error: &DocumentError) -> Self {
        let separator = if error.position.is_some() { ":" } else { ": " };
        let failure = Self::new(format!("{file}{separator}{error}"));
        match &error.suggestion {
            None => failure,
            // A single word is what to write, and so is JSON; anything longer is a sentence.
            Some(word) if !word.contains(' ') => failure.hint(format!("write '{word}'")),
            Some(json) if json.starts_with('"') => failure.hint(format!("write {json}")),
            Some(advice) => failure.hint(advice.clone()),
        }
    }

    /// Message and advice, for a line of a log.
    pub(crate) fn on_one_line(&self) -> String {
        match &self.hint {
            // A message may end with the advice already.
            Some(hint) if !self.message.contains(hint.as_str()) => {
                format!("{}; {hint}", self.message)
            }
            _ => self.message.clone(),
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
        match error {
            pki_core::Error::DocumentIn { file, error } => Self::in_file(file, &error),
            other => Self::new(other.to_string()),
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
