//! How the members of an external etcd run.

use std::fmt;
use std::str::FromStr;

use super::etcd_version::EtcdVersion;
use super::host_path::HostPath;
use crate::Error;
use crate::document::known_word;

/// The service of an external etcd; which hosts are its members, and whom it
/// takes for one, are facts of the cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EtcdService {
    /// The version, which decides the flags.
    pub version: EtcdVersion,
    /// What keeps members of two clusters apart while they start.
    pub token: ClusterToken,
    /// Whether the members make a cluster or join one.
    pub state: InitialClusterState,
    /// Where the data lies.
    pub data_dir: HostPath,
    /// The program.
    pub binary: HostPath,
    /// Who runs it, and so who must be able to read its keys.
    pub user: UserName,
}

/// etcd's `--initial-cluster-token`: 1 to 253 letters, digits and `_ . -`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ClusterToken(String);

impl ClusterToken {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ClusterToken {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let fits = |b: u8| b.is_ascii_alphanumeric() || b"_.-".contains(&b);
        let why = match text {
            "" => "it is empty",
            _ if text.len() > 253 => "it is too long",
            _ if text.starts_with('-') => "it cannot start with a hyphen",
            _ if !text.bytes().all(fits) => "it has letters, digits and _ . - alone",
            _ => return Ok(Self(text.to_owned())),
        };
        Err(Error::SetupValue {
            what: "the token of an etcd cluster",
            text: text.to_owned(),
            why,
        })
    }
}

impl fmt::Display for ClusterToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// etcd's `--initial-cluster-state`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum InitialClusterState {
    /// The members make a cluster.
    #[default]
    New,
    /// They join one that is there.
    Existing,
}

impl InitialClusterState {
    /// Both states.
    pub const ALL: [Self; 2] = [Self::New, Self::Existing];

    /// etcd's word, and that of the cluster file.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Existing => "existing",
        }
    }
}

impl FromStr for InitialClusterState {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        known_word("state of a cluster", text, &Self::ALL, Self::word)
    }
}

impl fmt::Display for InitialClusterState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// The name of a system user, as systemd takes it everywhere: a lower-case
/// letter or `_`, then letters, digits, `_` and `-`, at most 31 in all.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct UserName(String);

impl UserName {
    pub(super) fn root() -> Self {
        Self("root".to_owned())
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for UserName {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let starts = |b: u8| b.is_ascii_lowercase() || b == b'_';
        let fits = |b: u8| starts(b) || b.is_ascii_digit() || b == b'-';
        let why = match text {
            "" => "it is empty",
            _ if text.len() > 31 => "it has at most 31 characters",
            _ if !text.bytes().take(1).all(starts) => {
                "it starts with a lower-case letter or an underscore"
            }
            _ if !text.bytes().all(fits) => "it has lower-case letters, digits, _ and - alone",
            _ => return Ok(Self(text.to_owned())),
        };
        Err(Error::SetupValue {
            what: "the name of a system user",
            text: text.to_owned(),
            why,
        })
    }
}

impl fmt::Display for UserName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_plain() {
        for text in ["etcd", "_etcd", "etcd-1", "root"] {
            assert_eq!(text.parse::<UserName>().unwrap().to_string(), text);
        }
        for text in [
            "",
            "Etcd",
            "1etcd",
            "-etcd",
            "a b",
            "etcd\n",
            "é",
            &"a".repeat(32),
        ] {
            assert!(text.parse::<UserName>().is_err(), "{text:?}");
        }
        for text in ["kubernetes", "my-etcd_1.prod", "1"] {
            assert_eq!(text.parse::<ClusterToken>().unwrap().to_string(), text);
        }
        for text in ["", "a b", "-a", "a$b", "a\n", "ä", &"a".repeat(254)] {
            assert!(text.parse::<ClusterToken>().is_err(), "{text:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn need_no_quotes(text in "\\PC{0,20}|[a-zA-Z0-9_.-]{0,40}") {
            let plain = !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.-".contains(&b));
            proptest::prop_assert!(plain || text.parse::<UserName>().is_err());
            proptest::prop_assert!(plain || text.parse::<ClusterToken>().is_err());
        }
    }
}
