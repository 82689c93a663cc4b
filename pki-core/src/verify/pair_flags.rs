//! Flags of which one says nothing without the other, files that flags name and
//! nobody checks otherwise, and an API server that is told of no certificate.

use super::manifests::Told;
use super::uses::{MORE, PAIRS, USES};
use super::{Examined, Finding, Record, Rule, command, place};
use crate::static_pod::Component;

pub(super) fn check(examined: &Examined<'_>, record: &mut Record) {
    check_pairs(examined, record);
    check_own_certificate(examined, record);
    check_presence(examined, record);
}

/// A certificate without its key, or a key without its certificate.
fn check_pairs(examined: &Examined<'_>, record: &mut Record) {
    for pair in PAIRS {
        let Some((_, pod)) = examined.manifests.of(pair.component) else {
            continue;
        };
        // What is not among the flags may be said elsewhere.
        if pod.has_environment || pod.flags.has("config-file") {
            continue;
        }
        let (flag, other) = match (pod.flags.has(pair.certificate), pod.flags.has(pair.key)) {
            (true, false) => (pair.certificate, pair.key),
            (false, true) => (pair.key, pair.certificate),
            (true, true) => {
                record.checked += 1;
                continue;
            }
            (false, false) => continue,
        };
        let Some(told) = examined.manifests.flag(pair.component, flag) else {
            continue;
        };
        let message = format!("--{flag} is there and --{other} is not");
        let fix = format!(
            "add {} to {}, with the file that belongs to {}",
            told.beside(other),
            command::path(examined.tree, told.path),
            command::quoted(&told.flag.value)
        );
        let finding = Finding {
            why: pair.otherwise.to_owned(),
            ..Finding::new(Rule::FlagHalfPair, told.path, message, fix)
        };
        record.fail(finding.at(line_of(&told)));
    }
}

fn line_of(told: &Told<'_>) -> Option<super::Place> {
    place::of_line(Some(told.flag.position.line))
}

/// An API server without a certificate makes one for itself.
fn check_own_certificate(examined: &Examined<'_>, record: &mut Record) {
    const SAID: [&str; 4] = [
        "tls-cert-file",
        "tls-private-key-file",
        "tls-sni-cert-key",
        "cert-dir",
    ];
    let api_server = Component::ApiServer;
    let Some((path, pod)) = examined.manifests.of(api_server) else {
        return;
    };
    // No API server starts without this flag: where it is not seen, the others
    // may not be either.
    let Some(seen) = examined.manifests.flag(api_server, "etcd-servers") else {
        return;
    };
    let is_told = SAID.iter().any(|flag| pod.flags.has(flag));
    record.expect(is_told, || {
        let fix = format!(
            "add --tls-cert-file={} and --tls-private-key-file={} to {}",
            command::quoted(&examined.tree.location.on_host("pki/apiserver.crt")),
            command::quoted(&examined.tree.location.on_host("pki/apiserver.key")),
            command::path(examined.tree, path)
        );
        let message = "has neither --tls-cert-file nor --tls-private-key-file";
        Finding::new(Rule::ApiServerSelfSigned, path, message, fix).at(line_of(&seen))
    });
}

/// Files that no row of the catalog is looked for at.
fn check_presence(examined: &Examined<'_>, record: &mut Record) {
    let rows = USES.iter().map(|it| (it.component, it.flag));
    for (component, flag) in rows.chain(MORE.iter().copied()) {
        let Some(told) = examined.manifests.flag(component, flag) else {
            continue;
        };
        let Some(path) = examined.manifests.path_of(&told.flag.value) else {
            continue;
        };
        // One that names the wrong file has a finding.
        let mut misnamed = examined.manifests.misnamed.iter();
        if misnamed.any(|it| (it.of.component, it.of.flag) == (component, flag)) {
            continue;
        }
        let mut files = examined.materials.iter().flat_map(|it| &it.row.files);
        let is_looked_for = files.any(|file| file.path == path);
        if is_looked_for || !examined.tree.is_in_reach(&path) {
            continue;
        }
        let is_told = record.has(Rule::FileMissing, &path);
        record.expect(is_told || !examined.tree.lacks(&path), || {
            let message = format!("is missing, and --{flag} names it ({})", told.place());
            let fix = format!(
                "put it there, or name the right file in {}",
                command::path(examined.tree, told.path)
            );
            Finding::new(Rule::FileMissing, &path, message, fix)
        });
    }
}
