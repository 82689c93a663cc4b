//! The remedy of a leaf or kubeconfig: it is made again, here or where its CA's
//! key is.

use super::{argument, path, quoted, restart_all};
use crate::catalog::{Authority, CatalogEntry, EtcdNaming, FileRole, PlacedFile};
use crate::verify::Examined;
use crate::verify::fix::Fix;
use crate::verify::material::{Material, Part};
use crate::verify::role::placed;

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

/// Everything again that a CA signs here, after the CA was replaced.
pub(super) fn reissue_signed(
    examined: &Examined<'_>,
    ca: &CatalogEntry,
    entries: &[&'static CatalogEntry],
) -> Fix {
    let read_again: Vec<_> = entries.iter().copied().chain([ca]).collect();
    issued(examined, entries, " --reissue").and(restart_all(examined, &read_again))
}

fn made(examined: &Examined<'_>, entries: &[&'static CatalogEntry], how: &str) -> Fix {
    issued(examined, entries, how).and(restart_all(examined, entries))
}

fn issued(examined: &Examined<'_>, entries: &[&'static CatalogEntry], how: &str) -> Fix {
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
        false => {
            let location = &examined.tree.location;
            examined.generation.make(location, &here, how)
        }
    };
    fix.and(elsewhere)
}

/// How the leaves and kubeconfigs of one CA are made where `kpki gen` in this tree
/// would be in vain.
fn not_here(
    examined: &Examined<'_>,
    issuer: Option<Authority>,
    entries: &[&CatalogEntry],
) -> Option<Fix> {
    let tree = examined.tree;
    let ca = examined.material(CatalogEntry::of_authority(issuer?))?;
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
    // Only a directory that was made here is taken away again, with the copy of
    // the CA's key that is in it.
    let make = format!(
        "umask 077 && mkdir {new} && {{ mkdir -p {new}/pki/etcd{} && kpki gen --only {} {flags} --cert-dir {new}/pki || {{ rm -r {new}; false; }}; }}",
        copies.collect::<String>(),
        names.join(",")
    );
    let (make, copy, from, clear) = match host {
        Some(host) => (
            format!("ssh {host} {}", quoted(&make)),
            "scp -p",
            format!("{host}:"),
            format!("ssh {host} rm -r {new}"),
        ),
        None => (
            format!("({make})"),
            "cp -p",
            String::new(),
            format!("rm -r {new}"),
        ),
    };
    let mut bring = Vec::new();
    for entry in entries {
        let material = examined.material(entry)?;
        for file in placed(entry, &EtcdNaming::Kubeadm) {
            let here = path(tree, material.path(file.role));
            bring.push(format!("{copy} {from}{new}/{} {here}", file.path));
        }
    }
    let generation = &examined.generation;
    let (kubelets, words) = generation.without_renewed(&tree.location, &names);
    bring.extend(kubelets);
    let command = format!("{make} && {{ {}; {clear}; }}", bring.join(" && "));
    Some(generation.names().and_run(command).and(words))
}

/// Whether the files of a row are where `kpki gen` looks for them.
pub(super) fn is_in_place(material: &Material) -> bool {
    let entry = material.row.entry;
    let namings = [EtcdNaming::Kubeadm, EtcdNaming::Cfssl];
    let mut usual = namings.iter().flat_map(|naming| placed(entry, naming));
    let certificate = material.path(FileRole::Certificate);
    usual.any(|file| file.path == certificate)
}
