//! What a description leaves open that nobody but its author can answer, and
//! what contradicts itself in it.

use std::fmt;

/// Why a set-up cannot be resolved: the field of the cluster file, what is
/// asked, and what to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetupError {
    /// The field, such as `loadBalancer.interface`.
    pub field: String,
    /// The question or the contradiction: a fragment in lower case.
    pub message: String,
    /// What to write there, such as `interface: eth0`.
    pub answer: String,
}

impl SetupError {
    pub(super) fn new(field: &str, message: impl Into<String>, answer: impl Into<String>) -> Self {
        Self {
            field: field.to_owned(),
            message: message.into(),
            answer: answer.into(),
        }
    }
}

impl fmt::Display for SetupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.message)
    }
}

impl std::error::Error for SetupError {}
