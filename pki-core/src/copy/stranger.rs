//! Files that should not be at a destination.

use super::copied_file::certificates;
use super::plan::{CopyOptions, Survey};
use super::present::Present;
use super::source::Source;
use crate::catalog::{FileRole, PlacedFile};
use crate::name::HostName;

/// A file that should not be there.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stranger {
    /// A certificate or kubeconfig that is another host's.
    OtherHosts {
        /// The certificate or kubeconfig.
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
            if is_written(&file) {
                continue;
            }
            let here = options.host.as_ref().map(HostName::as_str);
            let owner = match (file.role, survey.content(&file)) {
                (FileRole::Certificate, Some(Present::Content(bytes))) => {
                    let leaf = certificates(bytes).into_iter().next();
                    leaf.and_then(|leaf| source.owner_of(&leaf).map(str::to_owned))
                }
                (FileRole::Kubeconfig, Some(Present::OtherKubeconfig(found))) => {
                    let known = found.client().and_then(|it| source.owner_of(it));
                    // A node is no stranger where nobody knows what the host is called.
                    let node = found.node().filter(|_| here.is_some());
                    known.or(node).map(str::to_owned)
                }
                _ => None,
            };
            if let Some(host) = owner.filter(|owner| Some(owner.as_str()) != here) {
                strangers.push(Self::OtherHosts { host, file });
            }
        }
        if let Some((_, key)) = source.kind().needless_key()
            && !matches!(survey.content(&key), None | Some(Present::Nothing))
        {
            strangers.push(Self::EtcdAuthorityKey(key));
        }
        strangers
    }
}
