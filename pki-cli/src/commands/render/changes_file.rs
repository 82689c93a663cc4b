//! CHANGES.md in the directory: read, added to, and never taken away.

use pki_core::render::{RenderPlace, RenderedKind, is_changes_file};

use super::files::{RenderAction, RenderedFiles, RenderedItem};
use crate::failure::Failure;
use crate::store::{Entry, Followed, RelPath, Root, quote};

/// What lies where CHANGES.md goes.
pub(super) enum Found {
    Nothing,
    /// Written by kpki.
    Text(String),
    /// What is in the way, for people.
    Other(String),
}

impl Found {
    fn is_pending(&self) -> bool {
        matches!(self, Self::Text(_))
    }

    pub(super) fn changes(root: &Root) -> Self {
        let name = RenderedKind::Changes.path();
        let Ok(path) = RelPath::new(name) else {
            return Self::Nothing;
        };
        let place = quote(&root.path().join(name));
        match root.read_following(&path) {
            Followed { link: Some(_), .. } => {
                Self::Other(format!("{place}: it is a symbolic link"))
            }
            Followed { entry, link: None } => match entry {
                Entry::Absent => Self::Nothing,
                Entry::File { bytes, .. } => match String::from_utf8(bytes.to_vec()) {
                    Ok(text) if is_changes_file(&text) => Self::Text(text),
                    Ok(_) => Self::Other(format!("{place}: it is not kpki's")),
                    Err(_) => Self::Other(format!("{place}: it is no text")),
                },
                Entry::TooLarge { .. } => Self::Other(format!("{place}: it is too large")),
                Entry::Other { kind } => {
                    Self::Other(format!("{place}: it is a {kind}, not a file"))
                }
                Entry::Unreadable { reason } => Self::Other(format!("{place}: {reason}")),
            },
        }
    }
}

/// Whether somebody has still to do what CHANGES.md says.
pub(crate) fn is_pending(root: &Root) -> bool {
    Found::changes(root).is_pending()
}

impl RenderedFiles {
    /// Whether there was one before this run.
    pub(crate) fn pending(&self) -> bool {
        self.changes.is_pending()
    }

    /// Adds to it what the function makes of it.
    pub(super) fn add_changes(
        &mut self,
        add: impl FnOnce(Option<&str>) -> String,
    ) -> Result<(), Failure> {
        let before = match &self.changes {
            Found::Nothing => None,
            Found::Text(text) => Some(text.as_str()),
            Found::Other(what) => {
                return Err(Failure::new(what.clone())
                    .hint("move it away: what is to be done on hosts that run goes there"));
            }
        };
        let action = match before {
            None => RenderAction::Make,
            Some(_) => RenderAction::Replace,
        };
        let item = RenderedItem::new(
            RenderPlace::Operator,
            RenderedKind::Changes,
            action,
            RelPath::new(RenderedKind::Changes.path())?,
            add(before),
        );
        let after_runbook = self
            .items
            .iter()
            .take_while(|it| it.place == RenderPlace::Operator);
        let index = after_runbook.count();
        self.items.insert(index, item);
        Ok(())
    }
}
