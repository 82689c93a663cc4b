//! The two readings of one tree: what the strict one refuses, the lenient one
//! notes and then does as cfssl does.

use super::Reading;
use super::lint::LintRule;
use crate::document::DocumentError;
use crate::severity::Severity;

/// A reading under way: how to read, and what was noted so far.
#[derive(Debug)]
pub(super) struct Reader {
    reading: Reading,
    linting: bool,
    noted: Vec<(LintRule, DocumentError)>,
}

pub(super) const MOST_WARNINGS: usize = 100;

impl Reader {
    pub(super) fn new(reading: Reading) -> Self {
        Self {
            reading,
            linting: false,
            noted: Vec::new(),
        }
    }

    /// Reads as cfssl does, notes all that the other two would say, and goes on
    /// behind what stops them.
    pub(super) fn linting() -> Self {
        Self {
            linting: true,
            ..Self::new(Reading::Lenient)
        }
    }

    /// What was noted, in its order.
    pub(super) fn into_noted(self) -> Vec<(LintRule, DocumentError)> {
        self.noted
    }

    /// The same without the rules.
    pub(super) fn into_warnings(self) -> Vec<DocumentError> {
        self.noted.into_iter().map(|(_, error)| error).collect()
    }

    pub(super) fn reading(&self) -> Reading {
        self.reading
    }

    pub(super) fn is_linting(&self) -> bool {
        self.linting
    }

    pub(super) fn is_strict(&self) -> bool {
        self.reading == Reading::Strict
    }

    /// Ends the strict reading; the lenient one goes on with a warning.
    pub(super) fn ignore(
        &mut self,
        rule: LintRule,
        error: DocumentError,
    ) -> Result<(), DocumentError> {
        match self.reading {
            Reading::Strict => Err(error),
            Reading::Lenient => {
                self.warn(rule, error);
                Ok(())
            }
        }
    }

    /// Ends the strict reading; the lenient one has nothing to say.
    pub(super) fn judge(
        &mut self,
        rule: LintRule,
        error: DocumentError,
    ) -> Result<(), DocumentError> {
        match (self.reading, self.linting) {
            (Reading::Strict, _) => Err(error),
            (Reading::Lenient, false) => Ok(()),
            (Reading::Lenient, true) => {
                self.warn(rule, error);
                Ok(())
            }
        }
    }

    /// Ends every reading but that of lint, which notes the error and goes on
    /// without the value.
    pub(super) fn settle<T>(
        &mut self,
        rule: LintRule,
        read: Result<T, DocumentError>,
    ) -> Result<Option<T>, DocumentError> {
        match read {
            Err(error) if self.linting => {
                self.warn(rule, error);
                Ok(None)
            }
            read => read.map(Some),
        }
    }

    /// Whether lint noted something that ends the other readings.
    pub(super) fn has_errors(&self) -> bool {
        let is_error = |(rule, _): &(LintRule, _)| rule.severity() == Severity::Error;
        self.noted.iter().any(is_error)
    }

    /// Whether a further warning would be dropped, so that none need be written.
    pub(super) fn is_full(&self) -> bool {
        !self.is_strict() && self.noted.len() >= MOST_WARNINGS
    }

    /// Notes something that is no reason to stop.
    pub(super) fn warn(&mut self, rule: LintRule, warning: DocumentError) {
        if self.noted.len() < MOST_WARNINGS {
            self.noted.push((rule, warning));
        }
    }
}
