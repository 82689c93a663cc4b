//! Whom etcd lets in on its peer port: a member is whoever has a certificate of the
//! CA there, unless a flag says which name it must have.

use super::at;
use super::settings::{rewritten, with_flags};
use crate::catalog::FileRole;
use crate::certificate::Certificate;
use crate::cluster::EtcdPeers;
use crate::name::Quoted;
use crate::severity::Severity;
use crate::static_pod::Component::Etcd;
use crate::verify::fix::Fix;
use crate::verify::manifests::Told;
use crate::verify::material::Material;
use crate::verify::uses::{ALLOWED_NAMES, PEERS_AUTHORITY};
use crate::verify::wanted::names_peers;
use crate::verify::{Examined, Finding, Record, Rule, command, etcd_unit};

const HOSTS: &str = "peer-cert-allowed-hostname";

pub(super) fn check(examined: &Examined<'_>, record: &mut Record) {
    match examined.manifests.flag(Etcd, ALLOWED_NAMES) {
        Some(told) => check_own_name(examined, &told, record),
        None => check_clients(examined, record),
    }
}

/// The first certificate of a row, with its path.
fn leaf(material: &Material) -> Option<(&str, &Certificate)> {
    let certificate = material.certificates().first()?;
    Some((material.path(FileRole::Certificate), certificate))
}

fn row<'a>(examined: &'a Examined<'_>, row: &str) -> Option<&'a Material> {
    let mut materials = examined.materials.iter();
    materials.find(|material| material.row.entry.base_name == row)
}

/// Whether the others let this member in.
fn check_own_name(examined: &Examined<'_>, told: &Told<'_>, record: &mut Record) {
    let Some((path, certificate)) = row(examined, "etcd/peer").and_then(leaf) else {
        return;
    };
    let own = certificate.common_name().unwrap_or_default();
    let mut allowed = told.flag.value.split(',').map(str::trim);
    // One certificate with another name is one fault.
    if let Some(cause) = record.cause(Rule::Subject, path) {
        if !allowed.any(|name| name == own) {
            let message = format!(
                "--{ALLOWED_NAMES} of the members does not allow {}",
                Quoted(own)
            );
            record.follows(cause, told.path, &message);
        }
        return;
    }
    record.expect(allowed.any(|name| name == own), || {
        let message = format!(
            "--{ALLOWED_NAMES} is {}, and {path} of this member has the name {}",
            Quoted(&told.flag.value),
            Quoted(own)
        );
        let fix = match own {
            // All members share it.
            EtcdPeers::COMMON_NAME => {
                let say = format!("write {own} there: all members have that name");
                rewritten(examined, told, say, (&told.flag.value, own))
            }
            _ => Fix::say(format!(
                "write {} there if the peer certificates of all members have that name; where the others have the name of the flag, give this member one with it",
                Quoted(own)
            )),
        };
        let fix = fix.and(etcd_unit::restart(told.path));
        Finding::new(Rule::EtcdPeerAllowedCn, told.path, message, fix).at(at(told))
    });
}

/// Clients whose certificates do on the peer port: the guides have one CA for both.
/// kubeadm's own pods are so, which is not held against them.
fn check_clients(examined: &Examined<'_>, record: &mut Record) {
    const CLIENTS: [&str; 2] = ["apiserver-etcd-client", "etcd/healthcheck-client"];
    let Some(unit) = examined.manifests.unit() else {
        return;
    };
    let flags = &unit.pod.flags;
    let Some(authority) = examined.manifests.flag(Etcd, PEERS_AUTHORITY) else {
        return;
    };
    if unit.pod.has_environment || flags.has(ALLOWED_NAMES) || flags.has(HOSTS) {
        return;
    }
    // Where it names another file than it should, that is a finding of its own.
    let meant = examined.manifests.meant(Etcd, PEERS_AUTHORITY);
    let path = meant.and_then(|meant| examined.manifests.path_of(&meant));
    let trusted = path.and_then(|path| examined.tree.get(&path)?.certificates());
    let trusted = trusted.unwrap_or_default();
    let is_signed = |certificate: &Certificate| {
        let mut keys = trusted.iter().filter_map(|ca| ca.public_key().ok());
        keys.any(|key| certificate.is_signed_by(key))
    };
    let clients = CLIENTS
        .iter()
        .filter_map(|client| row(examined, client).and_then(leaf));
    let mut clients = clients.filter(|(_, certificate)| is_signed(certificate));
    record.checked += 1;
    if names_peers(examined) {
        let flag = format!("--{ALLOWED_NAMES}={}", EtcdPeers::COMMON_NAME);
        let message = format!(
            "has no --{ALLOWED_NAMES}, and the description says 'peers: common-name': whoever has a certificate of the CA of --{PEERS_AUTHORITY} may act as a member"
        );
        let fix = with_flags(
            examined,
            unit,
            format!("add {flag}"),
            std::slice::from_ref(&flag),
        )
        .and(etcd_unit::restart(&unit.path));
        let finding = Finding::new(Rule::EtcdPeerAnyClient, authority.path, message, fix);
        record.add(finding.with_severity(Severity::Error).at(at(&authority)));
        return;
    }
    let Some((client, _)) = clients.next() else {
        return;
    };
    let unit_file = command::path(examined.tree, authority.path);
    let message = format!(
        "has no --{ALLOWED_NAMES}, and the CA of --{PEERS_AUTHORITY} signs clients as well, such as {client}: each of them may act as a member"
    );
    let fix = Fix::say(format!(
        "with 'etcd: {{peers: common-name}}' in the document of the kind Setup, kpki gen --reissue and kpki render make peer certificates of one name and a unit that asks for it; or give peers a CA of their own, and name it in --{PEERS_AUTHORITY} of {unit_file}"
    ))
    .and(etcd_unit::restart(&unit.path));
    let finding = Finding::new(Rule::EtcdPeerAnyClient, authority.path, message, fix);
    record.add(finding.at(at(&authority)));
}
