//! What etcd and the API server are told about each other: whether they speak
//! TLS, whom etcd lets in, and whether the certificates name the hosts of their
//! URLs.

mod contradiction;
mod members;
mod odd_port;
mod own_address;
mod peers;
mod settings;

pub(super) use members::{Entry, described as described_members, is_new, meant_name};
pub(super) use odd_port::is_told as has_odd_port;
pub(super) use own_address::{Mistaken, said_of};

use std::net::IpAddr;

use super::etcd_unit::EtcdUnit;
use super::fix::Fix;
use super::manifests::{Manifests, Told};
use super::server::covers;
use super::tree::Tree;
use super::{Examined, Finding, Record, Rule, command, etcd_unit, place, uncovered};
use crate::catalog::FileRole;
use crate::name::SubjectAltName;
use crate::severity::Severity;
use crate::static_pod::Component::{ApiServer, Etcd};
use crate::static_pod::{StaticPod, Url};

pub(super) fn check(examined: &Examined<'_>, record: &mut Record) {
    if let Some((_, pod)) = examined.manifests.of(Etcd) {
        // With a file of its configuration etcd passes over all flags, and nobody knows
        // which of several commands is meant.
        let is_refused = examined.manifests.unit().is_some_and(EtcdUnit::is_refused);
        if !pod.flags.has("config-file") && !is_refused {
            let mistaken = Mistaken::find(examined);
            if let Some(mistaken) = mistaken {
                own_address::check(examined, mistaken, record);
            }
            for door in &DOORS {
                check_tls(examined, door, record);
                check_clients(examined, pod, door, record);
                for name in [door.listen, door.advertise] {
                    check_names(examined, name, (door.row, mistaken), record);
                }
            }
            members::check(examined, mistaken, record);
            peers::check(examined, record);
            settings::check(examined, record);
        }
    }
    check_api_server(examined, record);
}

/// One of etcd's two ports: which flags decide about it.
struct Door {
    listen: &'static str,
    advertise: &'static str,
    certificate: &'static str,
    authority: &'static str,
    demand: &'static str,
    automatic: &'static str,
    /// The certificate in the catalog.
    row: &'static str,
    key: &'static str,
    /// Who comes through it.
    clients: &'static str,
    /// What etcd says without a certificate.
    refuses: &'static str,
}

const DOORS: [Door; 2] = [
    Door {
        listen: "listen-client-urls",
        advertise: "advertise-client-urls",
        certificate: "cert-file",
        authority: "trusted-ca-file",
        demand: "client-cert-auth",
        automatic: "auto-tls",
        row: "etcd/server",
        key: "key-file",
        clients: "may read and write everything",
        refuses: "TLS key/cert (--cert-file, --key-file) must be provided for client url ... with HTTPS scheme",
    },
    Door {
        listen: "listen-peer-urls",
        advertise: "initial-advertise-peer-urls",
        certificate: "peer-cert-file",
        authority: "peer-trusted-ca-file",
        demand: "peer-client-cert-auth",
        automatic: "peer-auto-tls",
        row: "etcd/peer",
        key: "peer-key-file",
        clients: "may act as a member",
        refuses: "cannot listen on TLS for ...: KeyFile and CertFile are not presented",
    },
];

/// The URLs of a flag; what is not one is passed over.
fn urls<'a>(told: &Told<'a>) -> Vec<Url<'a>> {
    told.flag.value.split(',').filter_map(Url::parse).collect()
}

fn listed(urls: &[Url<'_>]) -> String {
    let shown = urls.iter().take(3).map(Url::to_string);
    shown.collect::<Vec<_>>().join(", ")
}

fn at(told: &Told<'_>) -> Option<super::Place> {
    place::of_line(Some(told.flag.position.line))
}

/// URLs without TLS: the certificates beside them are of no use.
fn check_tls(examined: &Examined<'_>, door: &Door, record: &mut Record) {
    let listens = examined.manifests.flag(Etcd, door.listen);
    let all_tls = listens.is_some_and(|told| {
        let urls = urls(&told);
        !urls.is_empty() && urls.iter().all(|url| url.has_tls)
    });
    if let Some(told) = listens {
        let mut plain = urls(&told);
        plain.retain(|url| !url.has_tls);
        let (inside, outside): (Vec<_>, Vec<_>) = plain.iter().partition(|url| url.is_loopback());
        record.checked += 1;
        let found = match (outside.as_slice(), inside.as_slice()) {
            ([], []) => None,
            ([], inside) => Some((inside, "whoever is on this host", Severity::Note)),
            (outside, _) => Some((outside, "whoever reaches it", Severity::Error)),
        };
        if let Some((found, who, severity)) = found {
            let message = format!(
                "--{} has {}: without TLS, {who} {}",
                door.listen,
                listed(found),
                door.clients
            );
            record.add(plain_http(examined, &told, message).with_severity(severity));
        }
    }
    let Some(told) = examined.manifests.flag(Etcd, door.advertise) else {
        return;
    };
    let mut plain = urls(&told);
    plain.retain(|url| !url.has_tls && !url.is_loopback());
    record.expect(!all_tls || plain.is_empty(), || {
        let message = format!(
            "--{} gives out {}, and etcd listens with TLS only",
            door.advertise,
            listed(&plain)
        );
        plain_http(examined, &told, message)
    });
}

fn plain_http(examined: &Examined<'_>, told: &Told<'_>, message: String) -> Finding {
    let fix = Fix::say(format!(
        "write https:// for http:// in {} of {}, with the certificates beside it, and in the URLs of whoever dials it",
        told.beside(&told.flag.name),
        command::path(examined.tree, told.path)
    ));
    // The certificates are there, and nothing but the scheme is missing.
    let name = told.flag.name.as_str();
    let mut doors = DOORS.iter();
    let door = doors.find(|door| [door.listen, door.advertise].contains(&name));
    let manifests = examined.manifests;
    let is_ready = door.is_some_and(|door| {
        let other = if name == door.listen {
            door.advertise
        } else {
            door.listen
        };
        let other = manifests.flag(Etcd, other);
        let has_tls = other.is_some_and(|other| urls(&other).iter().all(|url| url.has_tls));
        has_tls && manifests.has(Etcd, door.certificate) && manifests.unit().is_some()
    });
    let line = told.flag.value_line;
    let edit = etcd_unit::edit(examined, told.path, line, ("http://", "https://"));
    let fix = match edit.filter(|_| is_ready) {
        Some(edit) => fix.and_run(edit).and(etcd_unit::restart(told.path)),
        None => fix,
    };
    Finding::new(Rule::EtcdWithoutTls, told.path, message, fix).at(at(told))
}

/// Whether etcd asks for a certificate, and which CA's.
fn check_clients(examined: &Examined<'_>, pod: &StaticPod, door: &Door, record: &mut Record) {
    let flags = &pod.flags;
    let listen = examined.manifests.flag(Etcd, door.listen);
    let Some(listen) = listen.filter(|_| flags.has(door.certificate)) else {
        return;
    };
    let is_open = urls(&listen)
        .iter()
        .any(|url| url.has_tls && !url.is_loopback());
    if !is_open || pod.has_environment || flags.may_be_true(door.automatic) {
        return;
    }
    record.checked += 1;
    // etcd asks for certificates as soon as it has a CA for them.
    if flags.has(door.authority) {
        return;
    }
    let demands = flags.may_be_true(door.demand);
    let message = match demands {
        true => format!(
            "--{} without --{}: clients are checked against the CAs of the operating system",
            door.demand, door.authority
        ),
        false => format!(
            "has neither --{} nor --{}: whoever reaches {} {}",
            door.authority,
            door.demand,
            listed(&urls(&listen)),
            door.clients
        ),
    };
    let fix = format!(
        "add {}=true and {} with the file of etcd's CA",
        listen.beside(door.demand),
        listen.beside(door.authority)
    );
    let finding = Finding::new(Rule::EtcdAnyClient, listen.path, message, fix).at(at(&listen));
    record.add(match demands {
        true => finding.with_severity(Severity::Warning),
        false => finding,
    });
}

/// Whether the certificate names the hosts by which others dial it.
fn check_names(
    examined: &Examined<'_>,
    flag: &str,
    (row, mistaken): (&str, Option<Mistaken>),
    record: &mut Record,
) {
    let Some(told) = examined.manifests.flag(Etcd, flag) else {
        return;
    };
    // Before 1.14 kubeadm gave the server of a stacked etcd no other names than
    // this host's own, by which its API server dials it.
    let described = examined.expectation.described();
    let is_old = described.is_some_and(|(cluster, _)| !cluster.kubernetes_version.is_at_least(14));
    if is_old && row == "etcd/server" && !examined.has_external_etcd() || are_outvoted(examined) {
        return;
    }
    for url in urls(&told) {
        let is_told = mistaken.is_some_and(|it| it.is_of(&url));
        if url.has_tls && !url.is_unspecified() && !url.is_loopback() && !is_told {
            check_name(examined, &url, &told, row, record);
        }
    }
}

/// Whether somebody gave the host an address that no flag speaks of: that counts
/// more than the manifests.
fn are_outvoted(examined: &Examined<'_>) -> bool {
    let Some((_, host)) = examined.expectation.addressed() else {
        return false;
    };
    let own = examined.manifests.flag(ApiServer, "advertise-address");
    let own = own.and_then(|told| told.flag.value.parse().ok());
    let flags = DOORS.iter().flat_map(|door| [door.listen, door.advertise]);
    let told = flags.filter_map(|flag| examined.manifests.flag(Etcd, flag));
    let mut addresses = told
        .flat_map(|told| urls(&told))
        .filter_map(|url| url.address());
    own != Some(host.advertise_address) && !addresses.any(|it| it == host.advertise_address)
}

fn check_name(
    examined: &Examined<'_>,
    url: &Url<'_>,
    told: &Told<'_>,
    row: &str,
    record: &mut Record,
) {
    let mut materials = examined.materials.iter();
    let material = materials.find(|material| material.row.entry.base_name == row);
    let Some((material, certificate)) =
        material.and_then(|it| Some((it, it.certificates().first()?)))
    else {
        return;
    };
    let path = material.path(FileRole::Certificate);
    let name = url.subject_alt_name();
    let names = certificate.subject_alt_names();
    record.checked += 1;
    if names.iter().any(|san| covers(san, &name)) {
        return;
    }
    if let Some(finding) = contradiction::check(examined, url, told, (path, names)) {
        record.add(finding);
        return;
    }
    let missing = uncovered::Name {
        host: url.host,
        name,
        source: format!("--{} in {}", told.flag.name, told.place()),
        severity: Severity::Error,
    };
    uncovered::report(examined, material, missing, record);
}

/// The names by which etcd's own flags have it dialled, none of them if they do
/// not speak of the address that the host has.
pub(super) fn dialled(tree: &Tree, manifests: &Manifests, own: IpAddr) -> Vec<SubjectAltName> {
    let mistaken = Mistaken::in_tree(tree, manifests);
    let flags = DOORS.iter().flat_map(|door| [door.listen, door.advertise]);
    let mut names = Vec::new();
    let mut has_own = manifests
        .flag(ApiServer, "advertise-address")
        .is_some_and(|told| told.flag.value.parse() == Ok(own));
    for told in flags.filter_map(|flag| manifests.flag(Etcd, flag)) {
        for url in urls(&told) {
            has_own |= url.address() == Some(own);
            let is_dialled = url.has_tls && !url.is_unspecified() && !url.is_loopback();
            if mistaken.is_some_and(|it| it.is_of(&url))
                || !is_dialled
                || contradiction::is_contradicted(manifests, &told, &url)
            {
                continue;
            }
            if let Ok(name) = SubjectAltName::parse_host(url.host)
                && !names.contains(&name.value)
            {
                names.push(name.value);
            }
        }
    }
    if !has_own {
        names.clear();
    }
    names
}

/// Where the API server looks for etcd: with TLS, and by a name that the etcd of
/// this host has.
fn check_api_server(examined: &Examined<'_>, record: &mut Record) {
    let Some(told) = examined.manifests.flag(ApiServer, "etcd-servers") else {
        return;
    };
    let servers = urls(&told);
    let etcds: Vec<_> = ["listen-client-urls", "advertise-client-urls"]
        .iter()
        .filter_map(|flag| examined.manifests.flag(Etcd, flag))
        .collect();
    let of_etcd: Vec<_> = etcds.iter().flat_map(urls).collect();
    // Another port is another program's, such as that of a proxy.
    let is_here = |server: &Url<'_>| {
        of_etcd.iter().any(|url| {
            let same_host = server.is_loopback() || server.host == url.host;
            url.port == server.port && same_host
        })
    };
    let wants_tls = |server: &Url<'_>| {
        let mut at_port = of_etcd.iter().filter(|url| url.port == server.port);
        is_here(server) && at_port.all(|url| url.has_tls)
    };
    let plain: Vec<_> = servers
        .iter()
        .filter(|server| !server.has_tls && (!server.is_loopback() || wants_tls(server)))
        .copied()
        .collect();
    record.expect(plain.is_empty(), || {
        let message = format!("--etcd-servers has {}: without TLS", listed(&plain));
        plain_http(examined, &told, message)
    });
    let outvoted = are_outvoted(examined);
    let mistaken = Mistaken::find(examined);
    for server in servers.iter().filter(|server| server.has_tls) {
        // The member at an address that etcd here has by mistake is another one.
        let is_others = mistaken.is_some_and(|it| it.is_of(server));
        if is_here(server) && !is_others && (server.is_loopback() || !outvoted) {
            check_name(examined, server, &told, "etcd/server", record);
        }
    }
}
