//! One host's tree as it lies on disk, read for a check: links are followed, as
//! the programs do that use the files.

mod copies;
mod directory;
mod far;
mod place;
mod reader;
mod remains;
mod services;

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use pki_core::{Expectation, Tree, TreeLocation};

pub(crate) use self::far::{FarHost, public_views};

use self::directory::Machine;
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
        Self::read_with(directory, None)
    }

    /// The same where somebody says which directory of the host has the
    /// certificates; what the manifests say counts more.
    pub(crate) fn read_with(directory: &Path, certificates: Option<&str>) -> Result<Self, Failure> {
        Self::found(Place::find(&Machine::Here, directory)?, certificates)
    }

    /// The same of another host; the path is absolute there.
    pub(crate) fn read_far(
        host: &Rc<FarHost>,
        machine: &str,
        directory: &Path,
        certificates: Option<&str>,
    ) -> Result<Self, Failure> {
        host.look_around(&directory.to_string_lossy());
        let there = Machine::There(Rc::clone(host));
        let found = Place::find(&there, directory).and_then(|it| Self::found(it, certificates));
        // What was made of half of the answers is of no use.
        match host.lost() {
            Some(lost) => Err(lost),
            None => {
                let mut found = found?;
                machine.clone_into(&mut found.tree.location.machine);
                found.tree.password_seal = Some(host.seal.clone());
                Ok(found)
            }
        }
    }

    fn found(mut place: Place, certificates: Option<&str>) -> Result<Self, Failure> {
        let mut reader = Reader::new(&place);
        reader.read_kubernetes();
        let mut tree = reader.tree;
        let told = tree.certificates_directory();
        let elsewhere = match (told, certificates) {
            (Some(told), _) => Some(told).filter(|it| place.move_certificates(it)),
            (None, Some(described)) => place
                .has_certificates_at(described)
                .then(|| described.to_owned())
                .filter(|it| place.move_certificates(it)),
            (None, None) => None,
        };
        let certificates = elsewhere.unwrap_or_default();
        tree.location.certificates.clone_from(&certificates);
        let mut reader = Reader::again(&place, tree);
        reader.read_certificates();
        reader.read_etcds_manifest();
        reader.read_kubelets();
        reader.read_services();
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
            machine: String::new(),
            reach: String::new(),
            host_name: String::new(),
            certificates,
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
        let named = expectation.named_files(&reader.tree.location);
        reader.read_files(named);
        self.tree = reader.tree;
    }

    /// Reads what lies beside the certificates directory, last, in case there
    /// are copies of keys in it, and what kpki itself left.
    pub(crate) fn read_copies(&mut self) {
        let tree = std::mem::take(&mut self.tree);
        let mut reader = Reader::again(&self.place, tree);
        reader.read_copies();
        reader.read_remains();
        self.tree = reader.tree;
    }

    /// The path of a file as findings show it.
    pub(crate) fn shown_path<'a>(&self, file: &'a str) -> Cow<'a, str> {
        self.tree.location.shown(file)
    }

    /// The whole path of a file: below the directory, or for a file elsewhere on the host below
    /// the root of that.
    pub(crate) fn path_of(&self, file: &str) -> PathBuf {
        let directory =
            std::path::absolute(&self.directory).unwrap_or_else(|_| self.directory.clone());
        let shown = self.shown_path(file);
        match (shown.strip_prefix('/'), &self.place.host) {
            (None, _) => directory.join(&*shown),
            (Some(outside), Some(host)) => host.path().join(outside),
            (Some(_), None) => PathBuf::from(&*shown),
        }
    }
}

#[cfg(test)]
mod tests;
