//! A new certificate for a CA with the same key and name, so that what it signed
//! stays valid, and its way into the kubeconfigs.

use super::{KubeconfigCluster, embed_authority, path, restart};
use crate::catalog::{Authority, EntryKind, FileRole};
use crate::certificate::Certificate;
use crate::verify::fix::Fix;
use crate::verify::material::Material;
use crate::verify::{Examined, Tree};

/// Signs a CA again with its own key: with the extensions that it has, or with
/// those that it should.
pub(in crate::verify) fn renew_authority(
    examined: &Examined<'_>,
    material: &Material,
    with_extensions: bool,
) -> Fix {
    let tree = examined.tree;
    let file = material.path(FileRole::Certificate);
    let key = material.path(FileRole::PrivateKey);
    let embedded = embed_everywhere(examined, material);
    let restart = restart(examined, material.row.entry);
    if !tree.has(key) {
        return Fix::say(format!(
            "have a new certificate signed with the same key and name where {} is, and put it here",
            path(tree, key)
        ))
        .and(embedded)
        .and(restart);
    }
    let certificates = material.certificates.read().map_or(&[][..], Vec::as_slice);
    let signs = |certificate: &Certificate| {
        let key = material.key.read();
        key.is_some_and(|key| certificate.public_key().ok() == Some(&key.public))
    };
    let Some(position) = certificates.iter().position(signs) else {
        return Fix::say(format!(
            "put back the certificate and the key that belong together: {} belongs to none in {}",
            path(tree, key),
            path(tree, file)
        ))
        .and(super::fetch(tree, &[file, key]));
    };
    let number = (certificates.len() > 1).then_some(position + 1);
    Fix::say(
        "sign a new certificate with the same key and name, so that what it signed stays valid",
    )
    .and_run(sign(tree, (file, key), number, with_extensions))
    .and(embedded)
    .and_say(match is_clusters(material) {
        true => "copy it to the other hosts, and put it into their kubeconfigs as kpki verify says there",
        // No kubeconfig has another CA in it.
        false => "copy it to the other hosts that have it",
    })
    .and(restart)
}

/// The new certificate has a serial number of its own (RFC 5280 section
/// 4.1.2.2), which OpenSSL keeps by itself.
fn sign(
    tree: &Tree,
    (file, key): (&str, &str),
    number: Option<usize>,
    with_extensions: bool,
) -> String {
    let old = path(tree, file);
    let key = path(tree, key);
    let new = path(tree, &format!("{file}.new"));
    let one = path(tree, &format!("{file}.one"));
    let source = if number.is_some() { &one } else { &old };
    let (extensions, options) = match with_extensions {
        true => (
            "printf 'basicConstraints=critical,CA:TRUE\\nkeyUsage=critical,digitalSignature,keyEncipherment,keyCertSign\\nsubjectKeyIdentifier=hash\\n' | ",
            " -clrext -extfile /dev/stdin",
        ),
        false => ("", ""),
    };
    let sign = format!(
        "{extensions}openssl x509 -in {source} -signkey {key} -set_serial 0x$(openssl rand -hex 16) -days 3650{options} -out {new}"
    );
    let Some(number) = number else {
        return format!("{sign} && cp {new} {old} && rm {new}");
    };
    // openssl reads the first certificate and writes no other.
    let all = path(tree, &format!("{file}.all"));
    let count = "/BEGIN CERTIFICATE/ { i++ }";
    let put = format!(
        "NR == FNR {{ one = one $0 \"\\n\"; next }} {count} i == {number} && !done++ {{ printf \"%s\", one }} i != {number}"
    );
    format!(
        "awk '{count} i == {number}' {old} > {one} && {sign} && awk '{put}' {new} {old} > {all} && cp {all} {old} && rm {new} {one} {all}"
    )
}

/// Puts the cluster's CA into every kubeconfig that has a certificate of it.
fn embed_everywhere(examined: &Examined<'_>, material: &Material) -> Fix {
    if !is_clusters(material) {
        return Fix::default();
    }
    let embedding = examined.materials.iter().filter_map(|it| {
        let kubeconfig = it.kubeconfig.read()?;
        kubeconfig.authorities.data()?;
        Some(KubeconfigCluster {
            entry: it.row.entry,
            file: it.path(FileRole::Kubeconfig),
            name: &kubeconfig.cluster,
        })
    });
    let clusters: Vec<_> = embedding.collect();
    match clusters.is_empty() {
        true => Fix::default(),
        false => Fix::say("put it into the kubeconfigs").and(embed_authority(
            examined,
            material.path(FileRole::Certificate),
            &clusters,
        )),
    }
}

fn is_clusters(material: &Material) -> bool {
    material.row.entry.kind == EntryKind::Authority(Authority::Cluster)
}
