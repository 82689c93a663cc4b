//! A new certificate for a CA with the same key and name, so that what it signed
//! stays valid, and its way into the kubeconfigs.

use super::{KubeconfigCluster, embed_authority, path, restart};
use crate::catalog::{Authority, EntryKind, FileRole};
use crate::certificate::Certificate;
use crate::extension::BasicConstraints;
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
        .and(super::fetch(examined, &[file, key]));
    };
    let number = (certificates.len() > 1).then_some(position + 1);
    let replaced = certificates.get(position).filter(|_| with_extensions);
    let fix = Fix::say(
        "sign a new certificate with the same key and name, so that what it signed stays valid",
    );
    let dropped = replaced.map(dropped).unwrap_or_default();
    let fix = match dropped.is_empty() {
        true => fix,
        false => fix.and_say(format!(
            "this leaves out what it should not need: {}; add to the line what is meant",
            dropped.join(", ")
        )),
    };
    fix.and_run(sign(tree, (file, key), number, replaced))
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
    with_extensions: Option<&Certificate>,
) -> String {
    let old = path(tree, file);
    let key = path(tree, key);
    let new = path(tree, &format!("{file}.new"));
    let one = path(tree, &format!("{file}.one"));
    let source = if number.is_some() { &one } else { &old };
    let (extensions, options) = match with_extensions {
        Some(replaced) => (
            format!(
                "printf 'basicConstraints=critical,CA:TRUE\\nkeyUsage=critical,digitalSignature,keyEncipherment,keyCertSign\\nsubjectKeyIdentifier={}\\n' | ",
                identifier(replaced)
            ),
            " -clrext -extfile /dev/stdin",
        ),
        None => (String::new(), ""),
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

/// What leaves name as their issuer's key (RFC 5280 section 4.2.1.1) stays the
/// same, whatever it was made of: OpenSSL refuses them otherwise.
fn identifier(replaced: &Certificate) -> String {
    match replaced.subject_key_identifier() {
        Some(identifier) if !identifier.is_empty() => crate::hexadecimal::lower(identifier),
        _ => "hash".to_owned(),
    }
}

/// What the old certificate has beside the extensions of a CA.
fn dropped(replaced: &Certificate) -> Vec<String> {
    let path_len = match replaced.basic_constraints() {
        Some(BasicConstraints::CertificateAuthority {
            path_len_constraint: Some(length),
        }) => Some(format!("pathlen:{length}")),
        _ => None,
    };
    let extensions = replaced.extensions().unwrap_or_default();
    let others = extensions.iter().filter_map(|extension| {
        let oid = extension.oid();
        Some(match oid.as_str() {
            // basicConstraints, keyUsage, and the identifiers of the keys.
            "2.5.29.19" | "2.5.29.15" | "2.5.29.14" | "2.5.29.35" => return None,
            "2.5.29.30" => "nameConstraints".to_owned(),
            "2.5.29.37" => "extendedKeyUsage".to_owned(),
            "2.5.29.17" => "subjectAltName".to_owned(),
            _ => oid,
        })
    });
    path_len.into_iter().chain(others).collect()
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
