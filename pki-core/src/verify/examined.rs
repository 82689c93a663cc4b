//! What the checks look at.

use std::rc::Rc;

use super::expectation::Expectation;
use super::manifests::Manifests;
use super::material::Material;
use super::others::Others;
use super::record::Record;
use super::role::{self, PlacedRow};
use super::tree::Tree;
use super::{Generation, TreeRole, kubelet};
use crate::catalog::CatalogEntry;
use crate::time::Timestamp;

/// What the checks look at, but for what the files of the rows hold.
#[derive(Clone, Copy)]
pub(super) struct Given<'a> {
    pub(super) tree: &'a Tree,
    pub(super) manifests: &'a Manifests,
    /// The kubelet's.
    pub(super) configuration: &'a kubelet::Configuration,
    pub(super) expectation: &'a Expectation,
    pub(super) now: Timestamp,
    pub(super) role: TreeRole,
}

/// Everything that the checks look at.
pub(super) struct Examined<'a> {
    pub(super) given: Given<'a>,
    /// One for every row of the catalog, in its order.
    pub(super) materials: Vec<Material>,
    /// What is beside them, whichever row has which of their files.
    pub(super) others: Rc<Others>,
    /// How they are made again.
    pub(super) generation: Generation,
}

impl<'a> std::ops::Deref for Examined<'a> {
    type Target = Given<'a>;

    fn deref(&self) -> &Self::Target {
        &self.given
    }
}

impl<'a> Examined<'a> {
    /// Reads the files of the rows.
    pub(super) fn read(given: Given<'a>, rows: Vec<PlacedRow>, record: &mut Record) -> Self {
        let others = |materials: &[Material]| Rc::new(Others::read(given.tree, materials));
        Self::with(given, rows, others, record)
    }

    /// The same files, given to the rows in another way.
    pub(super) fn with_rows(&self, rows: Vec<PlacedRow>, record: &mut Record) -> Self {
        Self::with(self.given, rows, |_| Rc::clone(&self.others), record)
    }

    fn with(
        given: Given<'a>,
        rows: Vec<PlacedRow>,
        others: impl FnOnce(&[Material]) -> Rc<Others>,
        record: &mut Record,
    ) -> Self {
        let materials = rows.into_iter();
        let materials = materials.map(|row| Material::read(row, given.tree, record));
        let materials: Vec<_> = materials.collect();
        Self {
            given,
            generation: Generation::of(given.tree, given.expectation, &materials),
            others: others(&materials),
            materials,
        }
    }

    /// What was found of a row of the catalog.
    pub(super) fn material(&self, entry: &CatalogEntry) -> Option<&Material> {
        self.materials.iter().find(|it| it.row.entry == entry)
    }

    /// Whether etcd is not one of kubeadm's pods.
    pub(super) fn has_external_etcd(&self) -> bool {
        role::is_external(self.tree, self.expectation) || self.role == TreeRole::EtcdMember
    }

    /// Whether another host of this role comes before it in the description.
    pub(super) fn is_a_further_host(&self) -> bool {
        let Some((cluster, index)) = &self.expectation.cluster else {
            return false;
        };
        let Some(host) = cluster.hosts.get(*index) else {
            return false;
        };
        let first = cluster
            .hosts
            .iter()
            .position(|other| other.roles == host.roles);
        first.is_some_and(|first| first != *index)
    }

    /// Whether a path is that of a row of the catalog.
    pub(super) fn is_row(&self, path: &str) -> bool {
        let mut materials = self.materials.iter();
        materials.any(|material| material.row.files.iter().any(|file| file.path == path))
    }

    /// Whether a file that is not there is known not to be.
    pub(super) fn can_look_for(&self, path: &str) -> bool {
        self.tree.has_host_root || !path.starts_with('/') || self.tree.get(path).is_some()
    }
}
