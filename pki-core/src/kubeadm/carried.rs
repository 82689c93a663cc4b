//! kubeadm's own documents as they were written, for whoever writes them anew.

use std::fmt;

use crate::yaml::Node;

/// The documents of a cluster file that are kubeadm's or that kubeadm hands on
/// (`KubeletConfiguration`, `KubeProxyConfiguration`), with every field that
/// is in them. They may hold bootstrap tokens, and so show nothing of it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct KubeadmDocuments(Vec<KubeadmDocument>);

/// One of them.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct KubeadmDocument {
    /// Such as `kubeadm.k8s.io/v1beta3`.
    pub(crate) api_version: String,
    /// Such as `ClusterConfiguration`.
    pub(crate) kind: String,
    /// All of it, `apiVersion` and `kind` included.
    pub(crate) tree: Node,
}

impl KubeadmDocuments {
    pub(super) fn new(documents: Vec<KubeadmDocument>) -> Self {
        Self(documents)
    }

    /// In the order of the file.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &KubeadmDocument> {
        self.0.iter()
    }
}

impl fmt::Debug for KubeadmDocuments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl fmt::Debug for KubeadmDocument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} [elided]", self.api_version, self.kind)
    }
}
