//! What is wrong in a configuration file, and where.

use std::fmt;

use crate::Error;

/// A place in a text: both numbers start at 1, columns count characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

/// Why a document was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentError {
    /// The place, where the parser knows it.
    pub position: Option<Position>,
    /// The path of the value, such as `signing.profiles.server.usages[0]`;
    /// empty for the document as a whole.
    pub path: String,
    /// What is wrong: a fragment in lower case that quotes the value.
    pub message: String,
    /// What to write instead, where that can be told.
    pub suggestion: Option<String>,
}

impl DocumentError {
    /// What is wrong at a place and path.
    pub(crate) fn at(
        position: Option<Position>,
        path: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            position,
            path: path.into(),
            message: message.into(),
            suggestion: None,
        }
    }

    /// What is wrong with a document as a whole.
    pub(crate) fn of_whole(message: impl Into<String>) -> Self {
        Self::at(None, "", message)
    }

    /// The same with what to write instead.
    pub(crate) fn suggesting(self, suggestion: &str) -> Self {
        Self {
            suggestion: Some(suggestion.to_owned()),
            ..self
        }
    }
}

impl fmt::Display for DocumentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(Position { line, column }) = self.position {
            write!(f, "{line}:{column}: ")?;
        }
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for DocumentError {}

/// The known word that `wrong` was most likely meant to be, if one is near.
pub(crate) fn nearest<'a>(
    wrong: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let wrong = wrong.to_lowercase();
    let distance = |word: &str| strsim::damerau_levenshtein(&wrong, &word.to_lowercase());
    let near = known.into_iter().map(|word| (distance(word), word)).min()?;
    // A third of the letters may differ, as rustc and clap allow.
    (near.0 <= (wrong.chars().count() / 3).max(2)).then_some(near.1)
}

/// The value whose word this is, of all there are.
pub(crate) fn known_word<T: Copy>(
    what: &'static str,
    text: &str,
    all: &[T],
    word: impl Fn(T) -> &'static str,
) -> Result<T, Error> {
    let found = all.iter().copied().find(|known| word(*known) == text);
    found.ok_or_else(|| Error::UnknownWord {
        what,
        text: text.to_owned(),
        known: all.iter().map(|known| word(*known)).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_word_that_was_meant() {
        assert_eq!(
            nearest("sevrer", ["client", "server", "peer"]),
            Some("server")
        );
        assert_eq!(nearest("usage", ["usages", "expiry"]), Some("usages"));
        assert_eq!(
            nearest("server-auth", ["server auth", "client auth"]),
            Some("server auth")
        );
        assert_eq!(nearest("zzzzzz", ["client", "server"]), None);
    }
}
