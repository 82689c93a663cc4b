//! A new certificate for a CA with the same key and name, so that what it signed
//! stays valid, and its way into the kubeconfigs.

use super::{path, restart};
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
    .and_say(
        "copy it to the other hosts, and put it into their kubeconfigs as kpki verify says there",
    )
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

/// Puts the cluster's CA into every kubeconfig that has an older certificate of
/// it.
fn embed_everywhere(examined: &Examined<'_>, material: &Material) -> Fix {
    if material.row.entry.kind != EntryKind::Authority(Authority::Cluster) {
        return Fix::default();
    }
    let mut fix = Fix::default();
    for kubeconfig in &examined.materials {
        if let EntryKind::Kubeconfig(_) = kubeconfig.row.entry.kind
            && let Some(command) = embed(examined, material, kubeconfig)
        {
            if fix.steps.is_empty() {
                fix = fix.and_say("put it into the kubeconfigs");
            }
            fix = fix.and_run(command);
        }
    }
    fix
}

/// Puts the cluster's CA into one kubeconfig, whose client certificate stays.
pub(in crate::verify) fn embed_authority(
    examined: &Examined<'_>,
    kubeconfig: &Material,
) -> Option<Fix> {
    let cluster = EntryKind::Authority(Authority::Cluster);
    let mut materials = examined.materials.iter();
    let ca = materials.find(|material| material.row.entry.kind == cluster)?;
    let command = embed(examined, ca, kubeconfig)?;
    Some(Fix::run(command).and(restart(examined, kubeconfig.row.entry)))
}

/// The line is written anew: kubectl, which could do it, is not on every host.
fn embed(examined: &Examined<'_>, ca: &Material, kubeconfig: &Material) -> Option<String> {
    const FIELD: &str = "certificate-authority-data:";
    let file = kubeconfig.path(FileRole::Kubeconfig);
    let number = kubeconfig.kubeconfig.read()?.lines.authority?;
    let text = std::str::from_utf8(examined.tree.get(file)?.bytes()?).ok()?;
    let line = text.lines().nth(number.checked_sub(1)?)?;
    let value = line.trim_start().strip_prefix(FIELD)?.trim();
    // One that goes on in the next line is left to people.
    let is_whole = |c: char| c.is_ascii_alphanumeric() || "+/=".contains(c);
    if value.is_empty() || !value.chars().all(is_whole) {
        return None;
    }
    Some(format!(
        "sed -i \"{number}s|{FIELD}.*|{FIELD} $(base64 -w0 < {})|\" {}",
        path(examined.tree, ca.path(FileRole::Certificate)),
        path(examined.tree, file)
    ))
}
