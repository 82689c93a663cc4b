//! kubeconfigs: the CA that they trust, how they connect, and as whom.

mod client;
mod connection;
mod held;
mod trust;

use super::authority::Authorities;
use super::material::{Material, Part};
use super::{Examined, Record, command};
use crate::catalog::{Authority, CatalogEntry, FileRole};
use crate::kubeconfig::ExistingKubeconfig;

/// A kubeconfig that could be read.
#[derive(Clone, Copy)]
struct Read<'a> {
    material: &'a Material,
    kubeconfig: &'a ExistingKubeconfig,
}

impl<'a> Read<'a> {
    fn path(&self) -> &'a str {
        self.material.path(FileRole::Kubeconfig)
    }

    fn entry(&self) -> &'static CatalogEntry {
        self.material.row.entry
    }

    fn cluster(&self) -> command::KubeconfigCluster<'a> {
        command::KubeconfigCluster {
            entry: self.entry(),
            file: self.path(),
            name: &self.kubeconfig.cluster,
        }
    }
}

pub(super) fn check(examined: &Examined<'_>, authorities: &Authorities<'_>, record: &mut Record) {
    let materials = examined.materials.iter();
    let kubeconfigs = materials.filter_map(|material| match &material.kubeconfig {
        Part::Read(kubeconfig) => Some(Read {
            material,
            kubeconfig,
        }),
        Part::Absent | Part::Broken => None,
    });
    let kubeconfigs: Vec<_> = kubeconfigs.collect();
    let known = authorities.known(Authority::Cluster);
    let distrust = trust::check(examined, &kubeconfigs, known, record);
    for read in &kubeconfigs {
        connection::check(examined, read, known.ok(), record);
        client::check(examined, read, known, distrust.get(read.path()), record);
    }
}
