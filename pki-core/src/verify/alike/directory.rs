//! etcd's directory that is gone as a whole: one thing to bring back, not as many as
//! there were files in it.

use super::super::fix::Fix;
use super::super::material::Material;
use super::super::role::Need;
use super::super::{Examined, Finding, Record, Rule, command};
use super::together;
use crate::catalog::{Authority, CatalogEntry, EntryKind, FileRole};

const DIRECTORY: &str = "pki/etcd/";

pub(super) fn gather(examined: &Examined<'_>, record: &mut Record) {
    let is_gone = |file: &str| file.starts_with(DIRECTORY) && examined.tree.lacks(file);
    if examined
        .tree
        .files
        .keys()
        .any(|path| path.starts_with(DIRECTORY))
    {
        return;
    }
    let is_it = |found: &Finding| found.rule == Rule::FileMissing && is_gone(&found.file);
    if record.findings.iter().filter(|found| is_it(found)).count() < 2 {
        return;
    }
    let all = examined.materials.iter();
    let missing = all.filter(|material| {
        let findings = record.findings.iter();
        let mut findings = findings.filter(|found| is_it(found));
        findings.any(|found| {
            material
                .row
                .files
                .iter()
                .any(|file| file.path == found.file)
        })
    });
    let missing: Vec<&Material> = missing.collect();
    let authority = EntryKind::Authority(Authority::Etcd);
    let is_authority = |it: &&&Material| it.row.entry.kind == authority;
    let Some(ca) = missing.iter().find(is_authority) else {
        return;
    };
    let leaves = missing.iter().filter(|it| !is_authority(it));
    let leaves: Vec<&'static CatalogEntry> = leaves.map(|it| it.row.entry).collect();
    let fix = fix(examined, ca, &leaves);
    let parts = record.findings.extract_if(.., |found| is_it(found));
    let finding = together(parts.collect(), "is missing".to_owned(), fix);
    record.findings.extend(finding);
}

/// The CA comes from another host, and then the rest is made here, if its key may
/// come along.
fn fix(examined: &Examined<'_>, ca: &Material, leaves: &[&'static CatalogEntry]) -> Fix {
    let tree = examined.tree;
    let directory = command::path(tree, DIRECTORY.trim_end_matches('/'));
    let fix = Fix::say("a new CA would not fit what the others have")
        .and_run(format!("mkdir -p {directory}"));
    let certificate = ca.path(FileRole::Certificate);
    if ca.row.need != Need::Required {
        let fix = fix.and(command::fetch(examined, &[certificate]));
        return fix.and(command::make_all(examined, leaves));
    }
    let files = [certificate, ca.path(FileRole::PrivateKey)];
    let names: Vec<_> = leaves.iter().map(|entry| entry.base_name).collect();
    fix.and(command::fetch(examined, &files))
        .and_say("then issue what is this host's own")
        .and(examined.generation.fix(&names.join(","), ""))
        .and(command::restart(examined, ca.row.entry))
}
