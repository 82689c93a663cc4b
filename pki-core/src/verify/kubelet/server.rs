//! What the kubelet serves with: signed by the cluster's CA if it asked for that,
//! else its own, which nobody checks by default.

use super::super::authority::Authorities;
use super::super::chain::path_to;
use super::super::fix::Fix;
use super::super::tree::KUBELET_CONFIG;
use super::super::{Examined, Finding, Record, Rule, command, material};
use super::Configuration;
use crate::catalog::Authority;
use crate::certificate::Certificate;
use crate::name::Quoted;
use crate::severity::Severity;
use crate::time::Span;

/// The kubelet asks for this one if it is told to (`serverTLSBootstrap`).
const ROTATED: &str = "/var/lib/kubelet/pki/kubelet-server-current.pem";
/// It makes these two by itself where neither is there.
const OWN: [&str; 2] = [
    "/var/lib/kubelet/pki/kubelet.crt",
    "/var/lib/kubelet/pki/kubelet.key",
];

pub(super) fn check(
    examined: &Examined<'_>,
    configuration: &Configuration,
    authorities: &Authorities<'_>,
    record: &mut Record,
) {
    let tree = examined.tree;
    let is_rotated = tree.get(ROTATED).is_some();
    let configured = configuration.serving().filter(|_| !is_rotated);
    let [path, key_path] = match is_rotated {
        true => [ROTATED; 2],
        false => configured.unwrap_or(OWN),
    };
    let (certificate, key) = (tree.get(path), tree.get(key_path));
    if certificate.is_none() && key.is_none() && configured.is_none() {
        return;
    }
    let fix = match configured {
        Some(_) => Fix::say("put back the pair that belongs together, then restart the kubelet")
            .and(command::restart_kubelet()),
        None => anew(examined, [path, key_path]),
    };
    for (own, other) in [(path, key_path), (key_path, path)] {
        if !examined.can_look_for(own) {
            let why = "it lies outside of this directory, and the root of the host is not known";
            let flag = "DIR, an etc/kubernetes below the root of the host";
            record.not_checked(Quoted(own).to_string(), why, Some(flag));
            continue;
        }
        record.expect(!tree.lacks(own), || {
            let message = match configured {
                Some(_) => format!("is missing, and {KUBELET_CONFIG} names it"),
                None => format!("is missing, and {other} is there"),
            };
            Finding::new(Rule::FileMissing, own, message, &fix)
        });
    }
    let mut own = Record::default();
    let chain = certificate
        .and_then(|file| material::certificates_in(tree, path, file, &mut own))
        .unwrap_or_default();
    let unread = chain.first().is_some_and(material::certifies_unread_key);
    // Whatever one file with both is instead is told once.
    let key = key
        .filter(|_| !chain.is_empty() || path != key_path)
        .and_then(|file| material::key_in(tree, key_path, file, unread, &mut own));
    record.take_over(own, &fix);
    let Some(certificate) = chain.first() else {
        return;
    };
    if let Some(key) = key {
        record.expect(certificate.public_key() == Ok(&key), || {
            let message = match path == key_path {
                true => "has a key that does not belong to its certificate".to_owned(),
                false => format!("does not belong to {path}"),
            };
            Finding::new(Rule::KeyMismatch, key_path, message, &fix)
        });
    }
    let known = authorities.known(Authority::Cluster).ok();
    let known = known.filter(|known| known.explains.is_none());
    if let (Some(known), true) = (known, is_rotated) {
        record.expect(path_to(&chain, known).is_some(), || {
            let message = format!("is not signed by {}", known.path);
            Finding::new(Rule::WrongCa, path, message, &fix)
        });
    }
    check_end(examined, path, certificate, &fix, record);
}

fn check_end(
    examined: &Examined<'_>,
    path: &str,
    certificate: &Certificate,
    fix: &Fix,
    record: &mut Record,
) {
    let not_after = certificate.validity().not_after();
    record.expect(not_after >= examined.now, || {
        let ago = Span::new(examined.now.since(not_after)).in_short();
        let message = format!("expired {ago} ago, at {not_after}");
        // The API server does not verify it unless it was told to.
        Finding::new(Rule::Expired, path, message, fix).with_severity(Severity::Warning)
    });
}

/// The kubelet makes or asks for what is not there.
fn anew(examined: &Examined<'_>, [path, key_path]: [&str; 2]) -> Fix {
    let mut files = command::path(examined.tree, path);
    if key_path != path {
        files.push(' ');
        files.push_str(&command::path(examined.tree, key_path));
    }
    let fix = Fix::say("take it away and restart the kubelet, which makes or asks for a new one")
        .and_run(format!("rm -f {files}"))
        .and(command::restart_kubelet());
    match path == key_path {
        true => fix
            .and_say("then approve its request, kubectl certificate approve NAME, of those that this lists")
            .and_run("kubectl get csr"),
        false => fix,
    }
}
