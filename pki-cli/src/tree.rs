//! One host's tree as it lies on disk, read for a check: links are followed, as
//! the programs do that use the files.

mod copies;
mod place;
mod reader;

use std::path::{Path, PathBuf};

use pki_core::{Expectation, Tree, TreeLocation};

use self::place::Place;
use self::reader::Reader;
use crate::failure::Failure;

/// A tree and where it was found.
pub(crate) struct TreeOnDisk {
    pub(crate) tree: Tree,
    /// What the paths of findings are relative to.
    pub(crate) directory: PathBuf,
    place: Place,
}

impl TreeOnDisk {
    /// Reads what belongs to the tree at or around a directory: certificates,
    /// kubeconfigs, manifests, the kubelet's files, and what these name.
    pub(crate) fn read(directory: &Path) -> Result<Self, Failure> {
        let place = Place::find(directory)?;
        let mut reader = Reader::new(&place);
        reader.read_kubernetes();
        reader.read_certificates();
        reader.read_etcds_manifest();
        reader.read_kubelets();
        reader.read_named();
        reader.read_others();
        let mut tree = reader.tree;
        let root = place
            .host
            .as_ref()
            .map(|host| host.path().to_string_lossy());
        tree.location = TreeLocation {
            directory: place.shown.to_string_lossy().into_owned(),
            prefix: place.prefix,
            host_root: root
                .filter(|root| root != "/")
                .unwrap_or_default()
                .into_owned(),
        };
        Ok(Self {
            tree,
            directory: place.shown.clone(),
            place,
        })
    }

    /// Reads the files that the description of the cluster names besides.
    pub(crate) fn read_also(&mut self, expectation: &Expectation) {
        let tree = std::mem::take(&mut self.tree);
        let mut reader = Reader::again(&self.place, tree);
        reader.read_files(expectation.named_files());
        self.tree = reader.tree;
    }

    /// Reads what lies beside the certificates directory, last, in case there
    /// are copies of keys in it.
    pub(crate) fn read_copies(&mut self) {
        let tree = std::mem::take(&mut self.tree);
        let mut reader = Reader::again(&self.place, tree);
        reader.read_copies();
        self.tree = reader.tree;
    }

    /// The path of a file as findings show it.
    pub(crate) fn shown_path<'a>(&self, file: &'a str) -> &'a str {
        self.tree.location.shown(file)
    }

    /// The whole path of a file: below the directory, or for a file elsewhere on the host below
    /// the root of that.
    pub(crate) fn path_of(&self, file: &str) -> PathBuf {
        let directory =
            std::path::absolute(&self.directory).unwrap_or_else(|_| self.directory.clone());
        match (file.strip_prefix('/'), &self.place.host) {
            (None, _) => directory.join(self.shown_path(file)),
            (Some(outside), Some(host)) => host.path().join(outside),
            (Some(_), None) => PathBuf::from(file),
        }
    }
}

#[cfg(test)]
mod tests;
