//! Remarks about rendered files.

use std::fmt;

use crate::name::Quoted;
use crate::setup::UserName;

/// What is worth knowing about rendered files.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum RenderNote {
    /// An endpoint of etcd by a name that none of the hosts has.
    UnknownEndpoint(String),
    /// etcd does not run as root, and its keys are root's.
    EtcdUser(UserName),
}

impl fmt::Display for RenderNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownEndpoint(url) => write!(
                f,
                "etcd.external.endpoints: no host has the name in {}: it has to lead to members \
                 of etcd, and to stand in their server certificates",
                Quoted(url)
            ),
            Self::EtcdUser(user) => write!(
                f,
                "etcd runs as {user}, who has to own its data directory and to read etcd's keys: \
                 the runbook has the commands"
            ),
        }
    }
}
