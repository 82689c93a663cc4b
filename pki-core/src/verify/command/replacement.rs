//! What is done about a CA that is another one than it should be.

use super::{fetch, path, restart};
use crate::catalog::{Authority, CATALOG, CatalogEntry, FileRole};
use crate::verify::Examined;
use crate::verify::fix::Fix;
use crate::verify::material::Material;

/// A CA that signed nothing here: the right one comes back, or all is signed by
/// this one.
pub(in crate::verify) fn replaced_authority(examined: &Examined<'_>, authority: Authority) -> Fix {
    let fix = Fix::say("put back the CA that signed them");
    let Some(ca) = material_of(examined, authority) else {
        return fix;
    };
    let files = [FileRole::Certificate, FileRole::PrivateKey].map(|role| ca.path(role));
    let fix = fix.and(fetch(examined.tree, &files));
    let fix = fix.and_say("or, if this CA is the right one, issue all of them again with it");
    match examined.tree.has(ca.path(FileRole::PrivateKey)) {
        true => fix
            .and(
                examined
                    .generation
                    .fix(&signed(examined, authority), " --reissue"),
            )
            .and(restart(examined, ca.row.entry)),
        false => fix.and_say(format!(
            "where {} is",
            path(examined.tree, ca.path(FileRole::PrivateKey))
        )),
    }
}

/// A CA that is the cluster's as well: the right one comes back, or a new one is
/// made.
pub(in crate::verify) fn separate_authority(examined: &Examined<'_>, authority: Authority) -> Fix {
    let fix = Fix::say("put back the CA that it was");
    let Some(ca) = material_of(examined, authority) else {
        return fix;
    };
    let key = ca.path(FileRole::PrivateKey);
    let files = [ca.path(FileRole::Certificate), key];
    let there: Vec<_> = files
        .into_iter()
        .filter(|file| examined.tree.has(file))
        .collect();
    let fix = fix.and(fetch(examined.tree, &there));
    let cluster = material_of(examined, Authority::Cluster);
    let has_cluster_key =
        cluster.is_some_and(|it| examined.tree.has(it.path(FileRole::PrivateKey)));
    if !has_cluster_key && there.contains(&key) {
        return fix.and_say(format!(
            "there is no other copy of the cluster's key than {}: keep it",
            path(examined.tree, key)
        ));
    }
    let words: Vec<_> = there.iter().map(|file| path(examined.tree, file)).collect();
    fix.and_say("or, if there never was another, make one and issue again what it signs; the key of the cluster's CA stays in its own place")
        .and_run(format!("rm {}", words.join(" ")))
        .and(examined.generation.fix(&signed(examined, authority), " --reissue"))
        .and_say("then copy it to the other hosts and issue theirs again as well")
        .and(restart(examined, ca.row.entry))
}

fn material_of<'a>(examined: &'a Examined<'_>, authority: Authority) -> Option<&'a Material> {
    let entry = CatalogEntry::of_authority(authority);
    let mut materials = examined.materials.iter();
    materials.find(|material| material.row.entry == entry)
}

/// What is there of what a CA signs.
fn signed(examined: &Examined<'_>, authority: Authority) -> String {
    let is_there = |entry: &&CatalogEntry| {
        let mut materials = examined.materials.iter();
        let material = materials.find(|material| material.row.entry == *entry);
        entry.issuer() == Some(authority) && material.is_some_and(|it| !it.is_absent())
    };
    let rows = CATALOG.iter().filter(is_there).map(|entry| entry.base_name);
    rows.collect::<Vec<_>>().join(",")
}
