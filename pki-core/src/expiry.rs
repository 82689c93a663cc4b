//! When the certificates of a tree end: those that `kubeadm certs
//! check-expiration` lists and those that it leaves out (kubelet's, an external
//! etcd's, every kubeconfig, the other certificates of a bundle). Pure: the
//! caller reads the files beforehand.
//!
//! Nothing is judged here but time; that is what [`verify`](crate::verify()) is for.

mod authority;
mod exposition;
mod file_name;
mod reading;
mod within;

pub use exposition::{Exposed, exposition};
pub use within::Within;

use crate::catalog::CatalogEntry;
use crate::certificate::Certificate;
use crate::kubeconfig::EmbeddedKind;
use crate::time::Timestamp;
use crate::verify::{Expectation, Tree, TreeRole, tree_role};

/// The certificates of a tree: those of the catalog in its order, then the
/// others by path.
#[derive(Debug)]
pub struct Expiry {
    /// What the tree is for, as far as that can be told.
    pub role: Option<TreeRole>,
    /// A row for each certificate, and for each file that should hold one.
    pub rows: Vec<ExpiryRow>,
}

/// A certificate, or the lack of one.
#[derive(Debug)]
pub struct ExpiryRow {
    /// What kubeadm calls it (`apiserver`, `etcd-server`, `admin.conf`), or its path.
    pub name: String,
    /// The row of the catalog.
    pub entry: Option<&'static CatalogEntry>,
    /// The path of the file in the tree; one that begins with `/` is a file of
    /// the host outside it.
    pub file: String,
    /// Where it is in a kubeconfig.
    pub embedded: Option<Embedding>,
    /// Its place in a file of several, from 1.
    pub position: usize,
    /// What was found.
    pub state: ExpiryState,
}

/// Where in a kubeconfig a certificate is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Embedding {
    /// Of which list.
    pub kind: EmbeddedKind,
    /// The name of the cluster or user.
    pub key: String,
    /// Whether it is of the current context.
    pub is_current: bool,
}

/// What was found where a certificate should be.
#[derive(Debug)]
#[non_exhaustive]
pub enum ExpiryState {
    /// The certificate.
    Found(Box<FoundCertificate>),
    /// Nothing, though the tree should have it.
    Missing,
    /// It was not looked for: in a file outside of the tree, or among more
    /// files than are looked at of those that nobody uses.
    Elsewhere,
    /// Something that cannot be read, and why.
    Unreadable(String),
}

/// A certificate and whoever can make a new one.
#[derive(Debug)]
pub struct FoundCertificate {
    /// The certificate.
    pub certificate: Certificate,
    /// The name of the row whose key signed it, if that is in the tree; `None`
    /// as well for what signed itself.
    pub authority: Option<String>,
    /// Whether no key that could sign it anew is in the tree.
    pub is_externally_managed: bool,
    /// The name of an earlier row with the very same certificate.
    pub copy_of: Option<String>,
}

/// How a certificate stands at a certain time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standing {
    /// Its end has passed.
    Expired,
    /// Its end is near.
    Soon,
    /// Its start has not come.
    NotYetValid,
    /// It is valid for long.
    Valid,
}

impl ExpiryRow {
    /// The certificate, if it was found.
    #[must_use]
    pub fn found(&self) -> Option<&FoundCertificate> {
        match &self.state {
            ExpiryState::Found(found) => Some(found),
            _ => None,
        }
    }

    /// Whether `kubeadm certs check-expiration` on a host of this role has the
    /// row as well: it looks at the first certificate of its own files, and at
    /// the current user of its own kubeconfigs, but not at the kubelet's.
    #[must_use]
    pub fn is_of_kubeadm(&self, role: Option<TreeRole>) -> bool {
        let Some(entry) = self.entry else {
            return false;
        };
        let etcds = entry.is_etcds();
        let stacked = role != Some(TreeRole::ControlPlane) && !self.file.ends_with(".pem");
        let embedded = self.embedded.as_ref();
        self.position == 1
            && entry.base_name != "kubelet.conf"
            && embedded.is_none_or(|e| e.is_current && e.kind == EmbeddedKind::User)
            && (!etcds || stacked)
    }
}

impl FoundCertificate {
    /// How it stands at the time `now`, where what ends `within` that time ends soon.
    #[must_use]
    pub fn standing(&self, now: Timestamp, within: Within) -> Standing {
        let validity = self.certificate.validity();
        match () {
            () if now > validity.not_after() => Standing::Expired,
            () if within.after(now) >= validity.not_after() => Standing::Soon,
            () if now < validity.not_before() => Standing::NotYetValid,
            () => Standing::Valid,
        }
    }

    /// Whether it is a CA's: by its basicConstraints.
    #[must_use]
    pub fn is_ca(&self) -> bool {
        self.certificate.is_ca()
    }
}

impl Standing {
    /// The stable name.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Expired => "expired",
            Self::Soon => "soon",
            Self::NotYetValid => "notYetValid",
            Self::Valid => "valid",
        }
    }
}

/// Every certificate of a tree. Copies in backups (`apiserver.crt.bak`, a
/// directory `backup`) are passed over unless a manifest or a kubeconfig names
/// them: they may be as old as they like.
#[must_use]
pub fn expiry(tree: &Tree) -> Expiry {
    let role = tree_role(tree, &Expectation::default());
    let mut rows = reading::rows(tree, role);
    authority::resolve(tree, &mut rows);
    Expiry { role, rows }
}

#[cfg(test)]
mod tests;
