use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Result, StoreError};

/// Names of ours directly below the root; no file of a PKI may be called so.
pub(super) const LOCK: &str = ".kpki.lock";
pub(super) const STAGE: &str = ".kpki-stage";
/// Of a copy from another host (`destination/remote`).
pub(super) const COPY: &str = ".kpki-copy";
pub(super) const BACKUP: &str = "kpki-backup-";

/// A path below the root that cannot leave it: `pki/etcd/ca.key`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct RelPath(String);

impl RelPath {
    /// Letters, digits, `.`, `_` and `-` in components parted by `/`.
    pub(crate) fn new(text: impl Into<String>) -> Result<Self> {
        let text = text.into();
        let plain = |c: char| c.is_ascii_alphanumeric() || "._-/".contains(c);
        if !text.chars().all(plain) {
            let reason = "only letters, digits, '.', '_' and '-' are allowed";
            return Err(StoreError::BadPath { text, reason });
        }
        Self::found(text)
    }

    /// A name found on disk, which may have any printable characters (`ca.key~`). It can be read;
    /// `publish` takes only those that `new` would take.
    pub(super) fn found(text: String) -> Result<Self> {
        match fault(&text) {
            Some(reason) => Err(StoreError::BadPath { text, reason }),
            None => Ok(Self(text)),
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The directory, empty for the root itself, and the name in it.
    pub(super) fn split(&self) -> (&str, &str) {
        self.0.rsplit_once('/').unwrap_or(("", &self.0))
    }

    /// The directories on the way, outermost first: `pki`, `pki/etcd`.
    pub(crate) fn parents(&self) -> impl Iterator<Item = Self> {
        self.0
            .match_indices('/')
            .map(|(at, _)| Self(self.0[..at].into()))
    }
}

fn fault(text: &str) -> Option<&'static str> {
    if text.is_empty() {
        return Some("it is empty");
    }
    if text.len() > 1024 {
        return Some("it is longer than 1024 bytes");
    }
    if text.chars().any(char::is_control) {
        return Some("it has control characters");
    }
    for component in text.split('/') {
        match component {
            "" => return Some("it has an empty component"),
            "." | ".." => return Some("'.' and '..' are not allowed"),
            _ if component.len() > 255 => return Some("a component is longer than 255 bytes"),
            _ => {}
        }
    }
    let first = text.split('/').next().unwrap_or(text);
    is_ours(first).then_some("the name is reserved for the tool itself")
}

/// Whether a name directly below the root is of the store, not of the PKI.
pub(crate) fn is_ours(name: &str) -> bool {
    name == LOCK || name == STAGE || name == COPY || name.starts_with(BACKUP)
}

impl TryFrom<String> for RelPath {
    type Error = StoreError;

    fn try_from(text: String) -> Result<Self> {
        Self::new(text)
    }
}

impl fmt::Display for RelPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_only_paths_that_stay_below_the_root() {
        for good in [
            "ca.crt",
            "pki/etcd/ca.key",
            "a/.hidden",
            "-rf",
            "x/kpki-backup-1",
        ] {
            assert!(RelPath::new(good).is_ok(), "{good}");
        }
        let long = "x".repeat(256);
        let deep = "x/".repeat(600) + "x";
        for bad in [
            "",
            "/",
            "/etc",
            "a/",
            "a//b",
            ".",
            "..",
            "a/..",
            "../a",
            "a/./b",
            "a b",
            "a\0b",
            "a\n",
            "ü",
            "~",
            ".kpki.lock",
            ".kpki-stage/0",
            ".kpki-copy/0",
            "kpki-backup-x/a",
            &long,
            &deep,
        ] {
            assert!(RelPath::new(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn found_names_may_be_odd_but_not_dangerous() {
        assert!(RelPath::found("ca.key~".into()).is_ok());
        assert!(RelPath::found("a\u{1b}".into()).is_err());
        assert!(RelPath::found("a/../b".into()).is_err());
    }

    #[test]
    fn knows_its_parents() {
        let path = RelPath::new("a/b/c").expect("valid");
        let parents: Vec<_> = path.parents().map(|parent| parent.to_string()).collect();
        assert_eq!(parents, ["a", "a/b"]);
        assert_eq!(path.split(), ("a/b", "c"));
        assert_eq!(RelPath::new("c").expect("valid").split(), ("", "c"));
    }
}
