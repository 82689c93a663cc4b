//! What ssh itself says: apart from standard error, to which whatever runs over there may write.

use crate::store::Scratch;

/// What `ssh -E FILE` wrote.
#[derive(Debug, Default, Clone)]
pub(super) struct OwnWords(String);

/// As much as messages are made of.
const MOST: u64 = 16 << 10;

/// With this ssh repeats what the host gives as its reason, which may have lines of any kind.
const QUOTING: &str = "Received disconnect from ";

impl OwnWords {
    pub(super) fn read(log: &mut Scratch) -> Self {
        let bytes = log.read(MOST).unwrap_or_default();
        Self(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// All of it.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// The lines that nobody but ssh wrote. It decides on the key of a host before that
    /// host can have anything repeated.
    pub(super) fn of_host_key(&self) -> impl Iterator<Item = &str> {
        let lines = self.0.lines().map(str::trim_end);
        lines.take_while(|line| !line.starts_with(QUOTING))
    }
}

#[cfg(test)]
impl From<&str> for OwnWords {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}
