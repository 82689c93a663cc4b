//! What gives power over the cluster, on a host that is no part of its control
//! plane. The keys of CAs are [`authority`](super::authority)'s.

use super::material::Material;
use super::role::{TreeRole, has_use};
use super::{Examined, Finding, Record, Rule, command};
use crate::catalog::{EntryKind, FileRole};
use crate::severity::Severity;

pub(super) fn check(examined: &Examined<'_>, record: &mut Record) {
    for material in &examined.materials {
        let entry = material.row.entry;
        if has_use(examined.role, entry) {
            continue;
        }
        let Some(path) = secret(material).filter(|path| examined.tree.has(path)) else {
            continue;
        };
        let finding = Finding::new(
            Rule::SecretHere,
            path,
            format!("is not needed on {}: {}", examined.role, entry.purpose),
            command::remove(examined.tree, &[path]),
        );
        record.fail(match examined.role {
            TreeRole::Worker => finding,
            _ => finding.with_severity(Severity::Warning),
        });
    }
}

/// The file of a row that has its key.
fn secret(material: &Material) -> Option<&str> {
    match material.row.entry.kind {
        EntryKind::Authority(_) | EntryKind::ServiceAccount => None,
        EntryKind::Kubeconfig(_) => Some(material.path(FileRole::Kubeconfig)),
        EntryKind::Leaf(_) => Some(material.path(FileRole::PrivateKey)),
    }
}
