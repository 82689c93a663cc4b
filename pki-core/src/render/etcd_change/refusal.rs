//! Why an etcd cannot become another one.

use std::fmt;

use crate::setup::EtcdVersion;

/// A change that a running etcd cannot be brought to, or not now.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum EtcdRefusal {
    /// Several changes in one.
    Several {
        /// What they are, for people.
        changes: Vec<String>,
    },
    /// An older minor release.
    Older {
        /// What was rendered before.
        was: EtcdVersion,
        /// What is described now.
        is: EtcdVersion,
    },
    /// A minor release is left out.
    Skips {
        /// What was rendered before.
        was: EtcdVersion,
        /// What is described now.
        is: EtcdVersion,
    },
    /// The steps of an earlier change are not carried out yet.
    Unfinished,
    /// An external etcd would be one of kubeadm's pods.
    ToStacked,
    /// The etcd of kubeadm's pods would be an external one.
    ToExternal,
}

impl EtcdRefusal {
    /// What to write or do instead, where etcd runs.
    #[must_use]
    pub fn advice(&self) -> String {
        match self {
            Self::Several { .. } => "make one change in the description, run this and carry out what CHANGES.md says, then the next".to_owned(),
            Self::Older { was, .. } => format!(
                "write 'version: v{was}' below etcd in the document of the kind Setup; the way back is a snapshot of the old etcd, restored into a new cluster"
            ),
            Self::Skips { was, .. } => format!(
                "write 'version: v3.{}' below etcd in the document of the kind Setup, run this and carry out what CHANGES.md says, then the next",
                was.minor().saturating_add(1)
            ),
            Self::Unfinished => "carry the steps of CHANGES.md out and remove their section, or the file if it has no other; or put the description back as it was when they were written".to_owned(),
            Self::ToStacked => "describe etcd as external, or set the cluster up anew with another --out and restore the data there".to_owned(),
            Self::ToExternal => "describe etcd as stacked, or set the cluster up anew with another --out and restore the data there".to_owned(),
        }
    }
}

impl fmt::Display for EtcdRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Several { changes } => write!(
                f,
                "etcd: a running one is changed in one way at a time, and this is more: {}",
                changes.join(", ")
            ),
            Self::Older { was, is } => write!(
                f,
                "etcd: {was} was rendered, and {is} is older: etcd does not read the data of a newer one"
            ),
            Self::Skips { was, is } => write!(
                f,
                "etcd: {was} was rendered, and {is} leaves a minor release out: members of both do not work together"
            ),
            Self::Unfinished => f.write_str(
                "etcd: CHANGES.md has steps of an earlier change of it, which would bring the files of this one",
            ),
            Self::ToStacked => f.write_str(
                "etcd: the rendered one is external, and the described one is stacked: one that runs does not move into pods of kubeadm",
            ),
            Self::ToExternal => f.write_str(
                "etcd: the rendered one is stacked, and the described one is external: one that runs does not move out of pods of kubeadm",
            ),
        }
    }
}

impl std::error::Error for EtcdRefusal {}
