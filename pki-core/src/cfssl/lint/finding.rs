//! What lint says of one place.

use super::rule::LintRule;
use crate::document::{DocumentError, Position};
use crate::severity::Severity;

/// Something that cfssl does with a document and does not say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LintFinding {
    /// The rule that is broken.
    pub rule: LintRule,
    /// How bad it is.
    pub severity: Severity,
    /// The place; `None` for the document as a whole.
    pub position: Option<Position>,
    /// The path of the value, such as `signing.profiles.server.usages[0]`;
    /// empty for the document as a whole.
    pub path: String,
    /// What is wrong: a fragment in lower case.
    pub message: String,
    /// Why it matters.
    pub why: String,
    /// The corrected text, in JSON.
    pub replacement: Option<String>,
    /// What to do, where that is no text to write.
    pub advice: Option<String>,
}

impl LintFinding {
    pub(super) fn new(rule: LintRule, error: DocumentError) -> Self {
        let (replacement, advice) = match error.suggestion {
            None => (None, None),
            Some(text) => match json(rule, &text) {
                Some(json) => (Some(json), None),
                None => (None, Some(text)),
            },
        };
        Self {
            rule,
            severity: rule.severity(),
            position: error.position,
            path: error.path,
            message: error.message,
            why: rule.why().to_owned(),
            replacement,
            advice,
        }
    }

    /// The same as a mere note: what the document is for was guessed.
    pub(super) fn guessed(self) -> Self {
        Self {
            severity: Severity::Note,
            ..self
        }
    }
}

/// A suggestion as JSON, if it is a text to write and no sentence: it is JSON
/// already, or a single word, or a usage.
fn json(rule: LintRule, suggestion: &str) -> Option<String> {
    let is_json = suggestion.starts_with('"') || rule == LintRule::NotJson;
    match suggestion {
        text if is_json && (text.starts_with('"') || !text.contains(' ')) => Some(text.to_owned()),
        text if rule == LintRule::UsageUnknown || !text.contains(' ') => {
            serde_json::to_string(text).ok()
        }
        _ => None,
    }
}
