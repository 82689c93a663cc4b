//! Files that should not be at a destination.

use super::copied_file::certificates;
use super::plan::{CopyOptions, Survey};
use super::present::Present;
use super::source::Source;
use crate::catalog::{FileRole, PlacedFile};

/// A file that should not be there.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stranger {
    /// A certificate that is another host's.
    OtherHosts {
        /// The certificate.
        file: PlacedFile,
        /// The host's name.
        host: String,
    },
    /// The key of etcd's CA on a host that has no need of it.
    EtcdAuthorityKey(PlacedFile),
}

impl Stranger {
    /// The file.
    #[must_use]
    pub fn file(&self) -> &PlacedFile {
        match self {
            Self::OtherHosts { file, .. } | Self::EtcdAuthorityKey(file) => file,
        }
    }

    /// Every one of them, but for the files that are written.
    pub(super) fn all(
        source: &Source,
        survey: &Survey,
        options: &CopyOptions,
        is_written: impl Fn(&PlacedFile) -> bool,
    ) -> Vec<Self> {
        let mut strangers = Vec::new();
        for (_, file) in source.kind().own() {
            if file.role != FileRole::Certificate || is_written(&file) {
                continue;
            }
            let Some(Present::Content(bytes)) = survey.content(&file) else {
                continue;
            };
            let leaf = certificates(bytes).into_iter().next();
            let owner = leaf.as_ref().and_then(|leaf| source.owner_of(leaf));
            let here = options.host.as_ref().map(|host| host.as_str());
            if let Some(owner) = owner.filter(|owner| Some(*owner) != here) {
                strangers.push(Self::OtherHosts {
                    host: owner.to_owned(),
                    file,
                });
            }
        }
        for key in source.kind().needless_keys() {
            if !matches!(survey.content(&key), None | Some(Present::Nothing)) {
                strangers.push(Self::EtcdAuthorityKey(key));
            }
        }
        strangers
    }
}
