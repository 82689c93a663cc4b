//! What a word becomes, and what a command says.

/// Longer is nothing that is compared.
const LONGEST: usize = 2000;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    Text(String),
    /// The status of a command that failed.
    Nonzero,
    Unknown,
}

impl Value {
    pub(super) fn of(text: &str) -> Self {
        // What stays on its host.
        match text.contains("withheld") || text.len() > LONGEST {
            true => Self::Unknown,
            false => Self::Text(text.to_owned()),
        }
    }

    pub(super) const fn empty() -> Self {
        Self::Text(String::new())
    }

    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.text().is_some_and(str::is_empty)
    }

    /// Both, one behind the other.
    pub(super) fn followed_by(self, next: Self) -> Self {
        if self.is_empty() {
            return next;
        }
        match (&self, &next) {
            (_, Self::Text(text)) if text.is_empty() => self,
            (Self::Text(text), Self::Text(more)) => Self::of(&format!("{text}{more}")),
            _ => Self::Unknown,
        }
    }
}
