//! What is done about a file that is there and of no use: told when all of the
//! tree is known.

use super::{Fix, fetch, path, reissue, restart};
use crate::catalog::{Authority, CatalogEntry, EntryKind, FileRole};
use crate::verify::material::Material;
use crate::verify::mode::misplaced_key;
use crate::verify::{Examined, Record, Rule};

/// The remedy of whoever reads a single file.
pub(in crate::verify) const RESTORE: &str =
    "put the right file in its place from a backup, or make it again";

/// Replaces the general remedy by commands where the file is one of the catalog.
pub(in crate::verify) fn fill_in(examined: &Examined<'_>, record: &mut Record) {
    let general = Fix::from(RESTORE);
    for finding in &mut record.findings {
        if finding.fix != general {
            continue;
        }
        let is_of = |material: &&Material| {
            let mut files = material.row.files.iter();
            files.any(|file| file.path == finding.file)
        };
        let Some(material) = examined.materials.iter().find(is_of) else {
            continue;
        };
        let in_the_way = matches!(finding.rule, Rule::NotAFile | Rule::TooLarge);
        let aside = match in_the_way {
            false => Fix::default(),
            true => {
                let file = path(examined.tree, &finding.file);
                Fix::say("move it out of the way").and_run(format!(
                    "mv {file} {}",
                    path(examined.tree, &format!("{}.broken", finding.file))
                ))
            }
        };
        // What replaces the file must not take the only copy of a key with it.
        let saved = misplaced_key::saved(examined, material, &finding.file);
        finding.fix = aside
            .and(saved)
            .and(of_row(examined, material, &finding.file));
    }
}

fn of_row(examined: &Examined<'_>, material: &Material, file: &str) -> Fix {
    let entry = material.row.entry;
    let is_certificate = material.path(FileRole::Certificate) == file;
    match entry.kind {
        EntryKind::Leaf(_) | EntryKind::Kubeconfig(_) => reissue(examined, entry),
        EntryKind::Authority(Authority::Cluster) if is_certificate => {
            match from_kubeconfig(examined, file) {
                Some(fix) => fix.and(restart(examined, entry)),
                None => fetch(examined, &[file]).and(restart(examined, entry)),
            }
        }
        EntryKind::ServiceAccount
            if material.path(FileRole::PublicKey) == file && material.key.read().is_some() =>
        {
            Fix::run(format!(
                "openssl pkey -in {} -pubout -out {}",
                path(examined.tree, material.path(FileRole::PrivateKey)),
                path(examined.tree, file)
            ))
            .and(restart(examined, entry))
        }
        EntryKind::Authority(_) | EntryKind::ServiceAccount => {
            fetch(examined, &[file]).and(restart(examined, entry))
        }
    }
}

/// The cluster's CA is in every kubeconfig: if they agree, and it belongs to the
/// key that is here.
fn from_kubeconfig(examined: &Examined<'_>, file: &str) -> Option<Fix> {
    const FIELD: &str = "certificate-authority-data:";
    let ca = examined.material(CatalogEntry::of_authority(Authority::Cluster))?;
    let kubeconfigs = examined.materials.iter();
    let embedding = kubeconfigs.filter_map(|it| {
        let kubeconfig = it.kubeconfig.read()?;
        Some((it, kubeconfig, kubeconfig.authorities.data()?))
    });
    let embedding: Vec<_> = embedding.collect();
    let (first, kubeconfig, trusted) = embedding.first()?;
    if !embedding.iter().all(|(_, _, other)| other == trusted) {
        return None;
    }
    let fits = |key| trusted.iter().any(|ca| ca.public_key().ok() == Some(key));
    if !ca.key.read().is_none_or(|key| fits(&key.public)) {
        return None;
    }
    let source = first.path(FileRole::Kubeconfig);
    let number = kubeconfig.lines.authority?;
    let text = std::str::from_utf8(examined.tree.get(source)?.bytes()?).ok()?;
    let line = text.lines().nth(number.checked_sub(1)?)?;
    // YAML has more forms: quotes, further lines, comments.
    let data = line.trim_start().strip_prefix(FIELD)?.trim_matches(' ');
    let is_base64 = |c: char| c.is_ascii_alphanumeric() || "+/=".contains(c);
    if data.is_empty() || !data.chars().all(is_base64) {
        return None;
    }
    let new = path(examined.tree, &format!("{file}.new"));
    Some(
        Fix::say("the kubeconfigs here agree about it").and_run(format!(
            "sed -n '{number}s/.*{FIELD} *//p' {} | base64 -d > {new} && chmod 644 {new} && mv {new} {}",
            path(examined.tree, source),
            path(examined.tree, file)
        )),
    )
}
