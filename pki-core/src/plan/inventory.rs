//! What exists already, as the caller found it.

use std::collections::BTreeMap;

use zeroize::Zeroizing;

use crate::catalog::PlacedFile;

/// Whose directory a file is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Site {
    /// The home of the cluster's CAs and service account keys, where it is not
    /// a host's own tree.
    Shared,
    /// The tree of the host with this index in the cluster.
    Host(usize),
}

/// A file that exists.
pub enum ExistingFile {
    /// Its content.
    Content(Zeroizing<Vec<u8>>),
    /// It could not be read, and why.
    Unreadable(String),
}

/// Every file that a plan asked about and that exists.
#[derive(Default)]
pub struct Inventory(BTreeMap<(Site, PlacedFile), ExistingFile>);

impl Inventory {
    /// Nothing exists.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file that exists.
    pub fn insert(&mut self, site: Site, file: PlacedFile, existing: ExistingFile) {
        self.0.insert((site, file), existing);
    }

    pub(crate) fn get(&self, site: Site, file: &PlacedFile) -> Option<&ExistingFile> {
        // A tuple key wants both halves by value; the clone is a short path.
        self.0.get(&(site, file.clone()))
    }

    pub(crate) fn has(&self, site: Site, file: &PlacedFile) -> bool {
        self.get(site, file).is_some()
    }

    /// The content of a file that can be read.
    #[must_use]
    pub fn content(&self, site: Site, file: &PlacedFile) -> Option<&[u8]> {
        match self.get(site, file)? {
            ExistingFile::Content(bytes) => Some(bytes),
            ExistingFile::Unreadable(_) => None,
        }
    }

    #[cfg(test)]
    pub(crate) fn take(&mut self, site: Site, file: &PlacedFile) -> Option<ExistingFile> {
        self.0.remove(&(site, file.clone()))
    }

    #[cfg(test)]
    pub(crate) fn remove(&mut self, site: Site, file: &PlacedFile) -> bool {
        self.take(site, file).is_some()
    }
}
