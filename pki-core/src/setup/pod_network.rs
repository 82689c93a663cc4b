//! The network of the pods.

use std::fmt;
use std::str::FromStr;

use crate::Error;
use crate::document::known_word;

/// The plugin that connects the pods.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PodNetwork {
    /// Calico.
    Calico,
    /// Flannel, which needs `networking.podSubnet`.
    Flannel,
    /// Cilium.
    Cilium,
    /// Weave Net, whose project is archived: for a cluster of Kubernetes 1.10
    /// as the guides of that time have it.
    Weave,
    /// None that kpki knows about.
    None,
}

impl PodNetwork {
    /// Every plugin.
    pub const ALL: [Self; 5] = [
        Self::Calico,
        Self::Flannel,
        Self::Cilium,
        Self::Weave,
        Self::None,
    ];

    /// The word in the cluster file.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Calico => "calico",
            Self::Flannel => "flannel",
            Self::Cilium => "cilium",
            Self::Weave => "weave",
            Self::None => "none",
        }
    }
}

impl FromStr for PodNetwork {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        known_word("pod network", text, &Self::ALL, Self::word)
    }
}

impl fmt::Display for PodNetwork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}
