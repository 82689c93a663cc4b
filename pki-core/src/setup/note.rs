//! Remarks about decisions that were taken.

use std::fmt;

/// What is worth knowing about a set-up.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SetupNote {
    /// An even number of members of etcd: one less survives as many failures.
    EvenMembers(usize),
}

impl fmt::Display for SetupNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EvenMembers(members) => write!(
                f,
                "etcd has {members} members, and with {} it would survive as many failures",
                members.saturating_sub(1)
            ),
        }
    }
}
