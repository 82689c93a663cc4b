//! The remedy of a leaf or kubeconfig: it is made again, here or where its CA's
//! key is.

use super::{argument, path, quoted, restart_all};
use crate::catalog::{
    Authority, CatalogEntry, EntryKind, EtcdNaming, FileRole, PlacedFile, ServerRule,
};
use crate::verify::fix::Fix;
use crate::verify::material::{Material, Part};
use crate::verify::role::placed;
use crate::verify::{Examined, tree};

/// How a leaf or kubeconfig that is there is made anew.
pub(in crate::verify) fn reissue(examined: &Examined<'_>, entry: &'static CatalogEntry) -> Fix {
    made(examined, &[entry], " --reissue")
}

/// The same for several, with as few commands as their CAs allow.
pub(in crate::verify) fn reissue_all(
    examined: &Examined<'_>,
    entries: &[&'static CatalogEntry],
) -> Fix {
    made(examined, entries, " --reissue")
}

/// How one that is not there is made.
pub(in crate::verify) fn make(examined: &Examined<'_>, entry: &'static CatalogEntry) -> Fix {
    made(examined, &[entry], "")
}

/// The same for several.
pub(in crate::verify) fn make_all(
    examined: &Examined<'_>,
    entries: &[&'static CatalogEntry],
) -> Fix {
    made(examined, entries, "")
}

fn made(examined: &Examined<'_>, entries: &[&'static CatalogEntry], how: &str) -> Fix {
    let mut by_issuer: Vec<(Option<Authority>, Vec<&'static CatalogEntry>)> = Vec::new();
    for entry in entries {
        let issuer = entry.issuer();
        match by_issuer.iter_mut().find(|(known, _)| *known == issuer) {
            Some((_, alike)) => alike.push(entry),
            None => by_issuer.push((issuer, vec![entry])),
        }
    }
    let (mut here, mut elsewhere) = (Vec::new(), Fix::default());
    for (issuer, entries) in by_issuer {
        match not_here(examined, issuer, &entries) {
            Some(fix) => elsewhere = elsewhere.and(fix),
            None => here.extend(entries),
        }
    }
    let fix = match here.is_empty() {
        true => Fix::default(),
        false => made_here(examined, &here, how),
    };
    fix.and(elsewhere).and(restart_all(examined, entries))
}

/// How the leaves and kubeconfigs of one CA are made where `kpki gen` in this tree
/// would be in vain.
fn not_here(
    examined: &Examined<'_>,
    issuer: Option<Authority>,
    entries: &[&CatalogEntry],
) -> Option<Fix> {
    let tree = examined.tree;
    let ca = CatalogEntry::of_authority(issuer?);
    let mut materials = examined.materials.iter();
    let ca = materials.find(|material| material.row.entry == ca)?;
    if matches!(ca.key, Part::Absent) {
        let names: Vec<_> = entries.iter().map(|entry| entry.base_name).collect();
        let issue = format!(
            "have {} issued on the host that has {}",
            names.join(", "),
            ca.path(FileRole::PrivateKey)
        );
        let elsewhere = in_new_directory(examined, entries, ca, Some("OTHER-HOST"));
        return Some(Fix::say(issue).and(elsewhere.unwrap_or_default()));
    }
    if examined.generation.directory.is_none()
        && let Some(fix) = in_new_directory(examined, entries, ca, None)
    {
        return Some(fix);
    }
    // It would make a CA of its own.
    (!is_in_place(ca)).then(|| {
        let key = path(tree, ca.path(FileRole::PrivateKey));
        let file = ca.path(FileRole::Certificate);
        Fix::say(format!(
            "kpki gen knows the CA in pki only: have it issued by {} with {key}, and put it here with its key",
            path(tree, file)
        ))
    })
}

fn made_here(examined: &Examined<'_>, entries: &[&CatalogEntry], how: &str) -> Fix {
    let connects =
        |entry: &&CatalogEntry| matches!(entry.kind, EntryKind::Kubeconfig(ServerRule::Endpoint));
    let shared = examined.generation.perhaps_shared.as_ref();
    let hint = match shared.filter(|_| entries.iter().any(connects)) {
        Some(names) => Fix::say(format!(
            "if the API servers share one of these, add --control-plane-endpoint with it and its port: {names}"
        )),
        None => Fix::default(),
    };
    let names: Vec<_> = entries.iter().map(|entry| entry.base_name).collect();
    let generated = examined.generation.fix(&names.join(","), how);
    let fix = hint.and(out_of_the_way(examined, entries)).and(generated);
    let moved = |fix, entry: &&CatalogEntry| moved(examined, entry, fix);
    entries.iter().fold(fix, moved)
}

/// gen leaves alone a kubeconfig that has its certificate in another file, and the
/// kubelet goes on with what is behind its link.
fn out_of_the_way(examined: &Examined<'_>, entries: &[&CatalogEntry]) -> Fix {
    let tree = examined.tree;
    let mut fix = Fix::default();
    for entry in entries.iter().filter(|entry| examined.names_files(entry)) {
        let file = path(tree, entry.base_name);
        fix = fix.and_run(format!("mv {file} {file}.old"));
        if entry.base_name == "kubelet.conf" {
            fix = fix.and_run(format!("rm -f {}", path(tree, tree::KUBELET_CLIENT)));
        }
    }
    fix
}

/// Makes them in a new directory with a copy of the CA, on this or another host,
/// and brings them here.
fn in_new_directory(
    examined: &Examined<'_>,
    entries: &[&CatalogEntry],
    ca: &Material,
    host: Option<&str>,
) -> Option<Fix> {
    let tree = examined.tree;
    let flags = examined.generation.flags.as_ref()?;
    let usual = placed(ca.row.entry, &EtcdNaming::Kubeadm);
    // cfssl's names need cfssl's documents.
    if ca.row.files.iter().any(|it| it.path.ends_with(".pem")) || usual.is_empty() {
        return None;
    }
    // scp before OpenSSH 9.0 gives the path to a shell of the other host as well,
    // and a file that describes the cluster is here.
    let is_plain = |file: &PlacedFile| {
        let theirs = tree.location.on_host(ca.path(file.role));
        quoted(&theirs) == theirs
    };
    if host.is_some() && (flags.starts_with("-f ") || !usual.iter().all(is_plain)) {
        return None;
    }
    let new = match host {
        Some(_) => "/root/kpki-new".to_owned(),
        None => argument(&format!(
            "{}.new",
            tree.location.directory.trim_end_matches('/')
        )),
    };
    let at = |path: &str| match host {
        Some(_) => quoted(&tree.location.on_host(path)),
        None => super::path(tree, path),
    };
    let copies = usual
        .iter()
        .map(|file| format!(" && cp -p {} {new}/{}", at(ca.path(file.role)), file.path));
    let names: Vec<_> = entries.iter().map(|entry| entry.base_name).collect();
    let make = format!(
        "mkdir -p {new}/pki/etcd{} && kpki gen --only {} {flags} --cert-dir {new}/pki",
        copies.collect::<String>(),
        names.join(",")
    );
    let (copy, from) = match host {
        Some(host) => ("scp -p", format!("{host}:")),
        None => ("cp -p", String::new()),
    };
    let mut brought = Vec::new();
    for entry in entries {
        let mut materials = examined.materials.iter();
        let material = materials.find(|material| material.row.entry == *entry)?;
        for file in placed(entry, &EtcdNaming::Kubeadm) {
            let here = path(tree, material.path(file.role));
            brought.push(format!("{copy} {from}{new}/{} {here}", file.path));
        }
    }
    let make = match host {
        Some(host) => format!("ssh {host} {}", quoted(&make)),
        None => make,
    };
    let fix = brought
        .into_iter()
        .fold(examined.generation.names().and_run(make), Fix::and_run);
    Some(match host {
        Some(host) => fix.and_run(format!("ssh {host} rm -r {new}")),
        None => fix.and_run(format!("rm -r {new}")),
    })
}

/// Whether the files of a row are where `kpki gen` looks for them.
fn is_in_place(material: &Material) -> bool {
    let entry = material.row.entry;
    let namings = [EtcdNaming::Kubeadm, EtcdNaming::Cfssl];
    let mut usual = namings.iter().flat_map(|naming| placed(entry, naming));
    let certificate = material.path(FileRole::Certificate);
    usual.any(|file| file.path == certificate)
}

/// What was made goes to where the manifests look for it.
fn moved(examined: &Examined<'_>, entry: &CatalogEntry, fix: Fix) -> Fix {
    let mut materials = examined.materials.iter();
    let Some(material) = materials.find(|material| material.row.entry == entry) else {
        return fix;
    };
    let naming = match material
        .row
        .files
        .iter()
        .any(|it| it.path.ends_with(".pem"))
    {
        true => EtcdNaming::Cfssl,
        false => EtcdNaming::Kubeadm,
    };
    let mut fix = fix;
    for made in placed(entry, &naming) {
        let wanted = material.path(made.role);
        if wanted != made.path && !wanted.is_empty() {
            let [made, wanted] = [&made.path, wanted].map(|it| path(examined.tree, it));
            fix = fix.and_run(format!("cp -p {made} {wanted}"));
        }
    }
    fix
}
