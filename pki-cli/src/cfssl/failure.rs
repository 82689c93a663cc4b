//! How a command of cfssl fails: in cfssl's words, and then in ours.

use std::fmt;

use pki_core::DocumentError;
use pki_core::cfssl::CfsslRefusal;

use super::log::{Level, Log};
use crate::failure::Failure;
use crate::output;

/// Why a command of cfssl could not do its work: exit status 1, and nothing on stdout.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct CfsslFailure {
    /// What cfssl prints, exactly, or what it would print had it noticed.
    cfssl: String,
    form: Form,
    /// What kpki adds: where, why, what to type.
    advice: Vec<String>,
}

/// How cfssl prints a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// On a line of its own.
    Line,
    /// Without the end of the line.
    Unended,
    /// As an `[ERROR]` of the log.
    Logged,
}

impl CfsslFailure {
    /// Printed bare, on a line of its own.
    pub(crate) fn new(cfssl: impl Into<String>) -> Self {
        Self {
            cfssl: cfssl.into(),
            form: Form::Line,
            advice: Vec::new(),
        }
    }

    /// An error with one of cfssl's numbers: `{"code":1001,"message":"…"}`.
    pub(crate) fn coded(code: u16, message: &str) -> Self {
        let refusal = CfsslRefusal {
            code: Some(code),
            message: message.to_owned(),
        };
        Self::new(refusal.to_string())
    }

    /// The same for a configuration that cannot be loaded, without the end of the line.
    pub(crate) fn not_loaded(self) -> Self {
        Self {
            cfssl: format!("Failed to load config file: {}", self.cfssl),
            form: Form::Unended,
            ..self
        }
    }

    /// The same text as a log line `[ERROR] …`, as for a CA that is not given.
    pub(crate) fn logged(self) -> Self {
        Self {
            form: Form::Logged,
            ..self
        }
    }

    /// Adds a line of ours below cfssl's.
    pub(crate) fn advise(mut self, text: impl Into<String>) -> Self {
        self.advice.push(text.into());
        self
    }

    /// The same with the place in a document, and with what to write there.
    pub(crate) fn advise_in(self, file: impl fmt::Display, error: &DocumentError) -> Self {
        self.advise(Failure::in_file(file, error).on_one_line())
    }

    /// The same advice below other words of cfssl's.
    pub(super) fn worded(self, other: Self) -> Self {
        Self {
            cfssl: other.cfssl,
            ..self
        }
    }

    /// What cfssl prints, without our advice.
    pub(super) fn words(&self) -> &str {
        &self.cfssl
    }

    #[cfg(test)]
    pub(super) fn advice(&self) -> &[String] {
        &self.advice
    }

    pub(super) fn print(&self, log: &Log) {
        match self.form {
            Form::Logged => log.error(&self.cfssl),
            Form::Line => output::bare(&format!("{}\n", self.cfssl)),
            Form::Unended => {
                output::bare(&self.cfssl);
                if !self.advice.is_empty() && log.shows(Level::Warning) {
                    output::bare("\n");
                }
            }
        }
        for line in &self.advice {
            log.warning(line);
        }
    }
}

impl From<Failure> for CfsslFailure {
    fn from(failure: Failure) -> Self {
        let bare = Self::new(failure.message());
        match failure.advice() {
            Some(advice) => bare.advise(advice),
            None => bare,
        }
    }
}

#[cfg(test)]
mod tests {
    use pki_core::Position;

    use super::*;

    #[test]
    fn codes_are_json() {
        let failure = CfsslFailure::coded(1001, "open \"a<b\": no such file or directory");
        assert_eq!(
            failure.cfssl,
            r#"{"code":1001,"message":"open \"a\u003cb\": no such file or directory"}"#
        );
    }

    #[test]
    fn advice_names_the_place_and_what_to_write() {
        let error = DocumentError {
            position: Some(Position { line: 3, column: 7 }),
            path: "signing.profiles.etcd.expiry".into(),
            message: "unknown unit".into(),
            suggestion: Some("8760h".into()),
        };
        let failure = CfsslFailure::new("x").advise_in("config.json", &error);
        assert_eq!(failure.advice.len(), 1);
        assert!(
            failure.advice[0].starts_with("config.json:3:7: "),
            "{failure:?}"
        );
        assert!(
            failure.advice[0].ends_with("; write '8760h'"),
            "{failure:?}"
        );
    }
}
