//! What is done about a CA that is another one than it should be.

use super::made::{is_in_place, reissue_signed};
use super::{fetch, path, quoted, restart_all};
use crate::catalog::{Authority, CATALOG, CatalogEntry, EtcdNaming, FileRole};
use crate::verify::Examined;
use crate::verify::fix::Fix;
use crate::verify::material::Material;
use crate::verify::role::placed;

const FILES: [FileRole; 2] = [FileRole::Certificate, FileRole::PrivateKey];

/// A CA that signed nothing here: the right one comes back, or all is signed by
/// this one.
pub(in crate::verify) fn replaced_authority(examined: &Examined<'_>, authority: Authority) -> Fix {
    let fix = Fix::say("put back the CA that signed them");
    let Some(ca) = examined.material(CatalogEntry::of_authority(authority)) else {
        return fix;
    };
    fix.and(fetch(examined, &FILES.map(|role| ca.path(role))))
        .and_say("or, if this CA is the right one, issue all of them again with it")
        .and(reissue_signed(
            examined,
            ca.row.entry,
            &signed(examined, authority),
        ))
}

/// A CA that is the cluster's as well: the right one comes back, or a new one is
/// made. Whatever is done, the cluster's own stays where it is.
pub(in crate::verify) fn separate_authority(examined: &Examined<'_>, authority: Authority) -> Fix {
    let fix = Fix::say("put back the CA that it was");
    let of = |authority| examined.material(CatalogEntry::of_authority(authority));
    let (Some(ca), Some(cluster)) = (of(authority), of(Authority::Cluster)) else {
        return fix;
    };
    let is_shared = |role| ca.path(role) == cluster.path(role);
    if FILES.into_iter().any(is_shared) || !is_in_place(ca) {
        return at_its_own_place(examined, ca, authority);
    }
    let there: Vec<_> = FILES
        .into_iter()
        .map(|role| ca.path(role))
        .filter(|file| examined.tree.has(file))
        .collect();
    let fix = fix.and(fetch(examined, &there));
    if !is_spare(ca, cluster) {
        return fix.and_say(format!(
            "keep {}: it may be the only copy of the key of the cluster's CA",
            path(examined.tree, ca.path(FileRole::PrivateKey))
        ));
    }
    fix.and_say("or, if there never was another, make one and issue again what it signs; the key of the cluster's CA stays in its own place")
        .and(anew(examined, ca, (authority, &there), Fix::default()))
}

/// Whether the cluster's CA has its key in its own place, and a key beside this
/// CA is no other one.
fn is_spare(ca: &Material, cluster: &Material) -> bool {
    let Some(held) = cluster.key.read() else {
        return false;
    };
    let mut certificates = cluster.certificates().iter();
    let fits = certificates.any(|it| it.public_key().ok() == Some(&held.public));
    fits && ca.key.read().is_none_or(|own| own.public == held.public)
}

/// Flags let the cluster's CA, or one in a place that gen does not know, be this
/// one as well: no file is to be moved, but another one to be named.
fn at_its_own_place(examined: &Examined<'_>, ca: &Material, authority: Authority) -> Fix {
    let location = &examined.tree.location;
    let usual = placed(ca.row.entry, &EtcdNaming::Kubeadm);
    let usual = usual.iter().find(|it| it.role == FileRole::Certificate);
    let usual = usual.map(|it| quoted(&location.on_host(&it.path)));
    let flags = match authority {
        Authority::FrontProxy => {
            "--requestheader-client-ca-file of kube-apiserver and kube-controller-manager"
        }
        _ => {
            "--etcd-cafile of kube-apiserver, --trusted-ca-file and --peer-trusted-ca-file of etcd"
        }
    };
    let named = Fix::say(format!(
        "then let {flags} name {} instead of {}",
        usual.unwrap_or_default(),
        quoted(&location.on_host(ca.path(FileRole::Certificate)))
    ));
    Fix::say("make a CA of its own, and issue again what it signs").and(anew(
        examined,
        ca,
        (authority, &[]),
        named,
    ))
}

/// Makes a CA and what it signs, after these files were set aside.
fn anew(
    examined: &Examined<'_>,
    ca: &Material,
    (authority, files): (Authority, &[&str]),
    then: Fix,
) -> Fix {
    let entries = signed(examined, authority);
    let mut names: Vec<_> = entries.iter().map(|entry| entry.base_name).collect();
    if names.is_empty() {
        names.push(ca.row.entry.base_name);
    }
    let read_again: Vec<_> = entries.iter().copied().chain([ca.row.entry]).collect();
    let location = &examined.tree.location;
    let generation = &examined.generation;
    generation
        .make_without(location, &names, " --reissue", files)
        .and(then)
        .and_say("then copy it to the other hosts and issue theirs again as well")
        .and(restart_all(examined, &read_again))
}

/// What is there of what a CA signs.
fn signed(examined: &Examined<'_>, authority: Authority) -> Vec<&'static CatalogEntry> {
    let is_there = |entry: &&CatalogEntry| {
        let material = examined.material(entry);
        entry.issuer() == Some(authority) && material.is_some_and(|it| !it.is_absent())
    };
    CATALOG.iter().filter(is_there).collect()
}
