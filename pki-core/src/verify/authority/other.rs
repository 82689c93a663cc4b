//! CAs that flags name beside the three: etcd may know its members by another
//! one than its clients.

use std::collections::BTreeMap;

use super::super::uses::USES;
use super::{Authorities, Known};
use crate::catalog::{CatalogEntry, FileRole};
use crate::certificate::Certificate;
use crate::verify::Examined;
use crate::verify::chain::path_to;

/// By the row of what they verify: the file, and what is in it.
pub(super) type OtherAuthorities = BTreeMap<&'static str, (String, Vec<Certificate>)>;

pub(super) fn named(examined: &Examined<'_>) -> OtherAuthorities {
    let mut others = OtherAuthorities::new();
    let manifests = &examined.manifests;
    for of in USES.iter().filter(|it| !manifests.is_misnamed(it)) {
        let told = manifests.flag(of.component, of.flag);
        let Some(path) = told.and_then(|told| manifests.path_of(&told.flag.value)) else {
            continue;
        };
        let mut materials = examined.materials.iter();
        let own = materials.find(|material| material.row.entry.base_name == of.row);
        if own.is_some_and(|own| own.path(FileRole::Certificate) == path) {
            continue;
        }
        let file = examined.tree.get(&path);
        for row in of.verifies {
            if let Some(found) = file.and_then(|file| file.certificates()) {
                others.insert(row, (path.clone(), found.to_vec()));
            }
        }
    }
    others
}

impl Authorities<'_> {
    /// The CA that a flag names for a leaf, if that verifies it and the usual
    /// one does not.
    pub(in crate::verify) fn other(
        &self,
        entry: &CatalogEntry,
        chain: &[Certificate],
    ) -> Option<Known<'_>> {
        let (path, certificates) = self.others.get(entry.base_name)?;
        let other = Known {
            path,
            certificates,
            breaks: None,
            explains: None,
        };
        let usual = self.known(entry.issuer()?).ok();
        let is_usual = usual.is_some_and(|known| path_to(chain, known).is_some());
        (!is_usual && path_to(chain, &other).is_some()).then_some(other)
    }
}
