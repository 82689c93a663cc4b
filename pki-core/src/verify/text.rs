//! The wording that several checks share.

use super::Examined;
use super::material::Part;
use crate::catalog::{CatalogEntry, EntryKind, FileRole};
use crate::key::SubjectPublicKeyInfo;

/// A span of time as people say it: `10 days`, `5h`.
/// A command that rewrites a file through a new one: openssl opens its output
/// before it reads its input, and would empty a file that is both.
pub(super) fn in_place(command: &str, path: &str, mode: &str) -> String {
    format!(
        "(umask 077; {command} -in {path} -out {path}.new) && chmod {mode} {path}.new && mv {path}.new {path}"
    )
}

pub(super) fn span(seconds: i64) -> String {
    let seconds = seconds.abs();
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3600 => format!("{}min", seconds / 60),
        3600..86_400 => format!("{}h", seconds / 3600),
        86_400..172_800 => "1 day".to_owned(),
        _ => format!("{} days", seconds / 86_400),
    }
}

/// How a leaf or kubeconfig is made anew.
pub(super) fn reissue(examined: &Examined<'_>, entry: &CatalogEntry) -> String {
    let ca = entry.issuer().map(CatalogEntry::of_authority);
    let material = examined
        .materials
        .iter()
        .find(|material| Some(material.row.entry) == ca);
    match material {
        Some(ca) if matches!(ca.key, Part::Absent) => format!(
            "have it issued where {} is, and put it here with its key",
            ca.path(FileRole::PrivateKey)
        ),
        _ => format!(
            "kpki gen --only {} --reissue, with the flags or the file that describe the cluster",
            entry.base_name
        ),
    }
}

/// The file whose certificate holds this key, if there is one in the tree.
pub(super) fn owner(
    examined: &Examined<'_>,
    key: &SubjectPublicKeyInfo,
    but: &str,
) -> Option<String> {
    for material in &examined.materials {
        let path = match material.row.entry.kind {
            EntryKind::Kubeconfig(_) => material.path(FileRole::Kubeconfig),
            _ => material.path(FileRole::Certificate),
        };
        let holds = material
            .certificates()
            .iter()
            .any(|certificate| certificate.public_key().ok() == Some(key));
        if holds && path != but {
            return Some(path.to_owned());
        }
    }
    None
}
