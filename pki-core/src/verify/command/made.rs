//! The remedy of a leaf or kubeconfig: it is made again, here or where its CA's
//! key is.

use super::{argument, path, quoted, restart};
use crate::catalog::{CatalogEntry, EntryKind, EtcdNaming, FileRole, PlacedFile, ServerRule};
use crate::verify::Examined;
use crate::verify::fix::Fix;
use crate::verify::material::{Material, Part};
use crate::verify::role::placed;

/// How a leaf or kubeconfig that is there is made anew.
pub(in crate::verify) fn reissue(examined: &Examined<'_>, entry: &CatalogEntry) -> Fix {
    made(examined, entry, " --reissue")
}

/// How one that is not there is made.
pub(in crate::verify) fn make(examined: &Examined<'_>, entry: &CatalogEntry) -> Fix {
    made(examined, entry, "")
}

fn made(examined: &Examined<'_>, entry: &CatalogEntry, how: &str) -> Fix {
    let tree = examined.tree;
    let ca = entry.issuer().map(CatalogEntry::of_authority);
    let mut materials = examined.materials.iter();
    let ca = materials.find(|material| Some(material.row.entry) == ca);
    let restart = restart(examined, entry);
    if let Some(ca) = ca.filter(|ca| matches!(ca.key, Part::Absent)) {
        let issue = format!(
            "have it issued on the host that has {}",
            ca.path(FileRole::PrivateKey)
        );
        let elsewhere = in_new_directory(examined, entry, ca, Some("OTHER-HOST"));
        return Fix::say(issue)
            .and(elsewhere.unwrap_or_default())
            .and(restart);
    }
    if examined.generation.directory.is_none()
        && let Some(ca) = ca
        && let Some(fix) = in_new_directory(examined, entry, ca, None)
    {
        return fix.and(restart);
    }
    // It would make a CA of its own.
    if let Some(ca) = ca.filter(|ca| !is_in_place(ca)) {
        let key = path(tree, ca.path(FileRole::PrivateKey));
        let file = ca.path(FileRole::Certificate);
        let issue = format!(
            "kpki gen knows the CA in pki only: have it issued by {} with {key}, and put it here with its key",
            path(tree, file)
        );
        return Fix::say(issue).and(restart);
    }
    let connects = matches!(entry.kind, EntryKind::Kubeconfig(ServerRule::Endpoint));
    let shared = examined.generation.perhaps_shared.as_ref();
    let hint = match shared.filter(|_| connects) {
        Some(names) => Fix::say(format!(
            "if the API servers share one of these, add --control-plane-endpoint with it and its port: {names}"
        )),
        None => Fix::default(),
    };
    let fix = hint.and(examined.generation.fix(entry.base_name, how));
    moved(examined, entry, fix).and(restart)
}

/// Makes it in a new directory with a copy of the CA, on this or another host,
/// and brings it here.
fn in_new_directory(
    examined: &Examined<'_>,
    entry: &CatalogEntry,
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
    let make = format!(
        "mkdir -p {new}/pki/etcd{} && kpki gen --only {} {flags} --cert-dir {new}/pki",
        copies.collect::<String>(),
        entry.base_name
    );
    let mut materials = examined.materials.iter();
    let material = materials.find(|material| material.row.entry == entry)?;
    let (copy, from) = match host {
        Some(host) => ("scp -p", format!("{host}:")),
        None => ("cp -p", String::new()),
    };
    let files = placed(entry, &EtcdNaming::Kubeadm);
    let brought = files.iter().map(|file| {
        let here = path(tree, material.path(file.role));
        format!("{copy} {from}{new}/{} {here}", file.path)
    });
    let make = match host {
        Some(host) => format!("ssh {host} {}", quoted(&make)),
        None => make,
    };
    let fix = brought.fold(examined.generation.names().and_run(make), Fix::and_run);
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
