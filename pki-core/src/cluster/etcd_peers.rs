//! Whom the members of an external etcd take for one of theirs.

use std::fmt;
use std::str::FromStr;

use crate::Error;
use crate::document::known_word;

/// What a certificate must have at the port where members of etcd meet. On its
/// own etcd asks for no more there than for clients: whoever has a client
/// certificate can speak as a member.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum EtcdPeers {
    /// Nothing: any certificate of etcd's CA is taken, a client's included.
    #[default]
    AnyClient,
    /// The common name [`EtcdPeers::COMMON_NAME`], which the peer certificates
    /// of all members share.
    CommonName,
    /// A CA of its own, `etcd/peer-ca`, which issues the peer certificates.
    OwnCa,
}

impl EtcdPeers {
    /// The common name that peer certificates share: etcd's
    /// `--peer-cert-allowed-cn`.
    pub const COMMON_NAME: &'static str = "etcd-peer";

    /// Every answer, the one to choose first.
    pub const ALL: [Self; 3] = [Self::CommonName, Self::OwnCa, Self::AnyClient];

    /// The word in the cluster file.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::AnyClient => "any-client",
            Self::CommonName => "common-name",
            Self::OwnCa => "own-ca",
        }
    }
}

impl FromStr for EtcdPeers {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        known_word("kind of peers", text, &Self::ALL, Self::word)
    }
}

impl fmt::Display for EtcdPeers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}
