//! What a leaf should be, less what rests on something that nobody said.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::server::covers;
use super::{Examined, Record, server};
use crate::catalog::{CatalogEntry, SanRule};
use crate::certificate::Certificate;
use crate::cluster::{Cluster, EtcdPeers, Host};
use crate::expected::Expected;
use crate::name::{DistinguishedName, HostName, SubjectAltName};
use crate::static_pod::Component;

/// What this certificate should be; `None` for a row that is not a leaf.
pub(super) fn of(
    examined: &Examined<'_>,
    entry: &CatalogEntry,
    certificate: &Certificate,
) -> Option<Expected> {
    let (cluster, host) = examined.expectation.described()?;
    let mut expected = Expected::leaf(entry, cluster, host)?;
    let names = &mut expected.subject_alt_names;
    relax(examined, entry, cluster, host, certificate, names);
    // Clients do not mind capitals, and take a wildcard for one label.
    let actual = certificate.subject_alt_names();
    names.retain(|name| !actual.iter().any(|san| covers(san, &name.to_string())));
    let version = cluster.kubernetes_version;
    let subject = entry.subject(version, &host.name);
    let depends_on_host = subject != entry.subject(version, &HostName::cluster_local());
    let actual = certificate.common_name().unwrap_or_default();
    let is_of_a_node =
        |name: &str| !subject.common_name.starts_with(NODE) || name.starts_with(NODE);
    if subject_is_free(examined, entry) || is_allowed_front_proxy(examined, entry, actual) {
        accept_subject(&mut expected, certificate);
    } else if examined.expectation.assumed.host_name && depends_on_host && is_of_a_node(actual) {
        expected.subject = DistinguishedName::kubernetes(subject.organization, actual);
    }
    Some(expected)
}

/// Whether the API server takes this name for the front proxy's.
fn is_allowed_front_proxy(examined: &Examined<'_>, entry: &CatalogEntry, name: &str) -> bool {
    let Some((_, pod)) = examined.manifests.of(Component::ApiServer) else {
        return false;
    };
    let allowed = pod.flags.list("requestheader-allowed-names");
    entry.base_name == "front-proxy-client" && allowed.contains(&name)
}

/// Nobody reads the subject of a server, whose names are its alternative
/// names; nor does etcd read that of a client unless its authentication is on,
/// so the guides to an external etcd give it any.
fn subject_is_free(examined: &Examined<'_>, entry: &CatalogEntry) -> bool {
    let of_external = || {
        let mut files = examined.materials.iter().flat_map(|m| &m.row.files);
        files.any(|file| file.path.ends_with(".pem"))
    };
    // The name that members of etcd look at is not free.
    let is_told_by_name = entry.san_rule() == SanRule::EtcdPeer && names_peers(examined);
    entry.san_rule() != SanRule::None && !is_told_by_name
        || entry.base_name == "apiserver-etcd-client" && of_external()
}

/// Whether somebody said that etcd tells its peers by their common name.
pub(super) fn names_peers(examined: &Examined<'_>) -> bool {
    let described = examined.expectation.described();
    let told = described.filter(|_| !examined.expectation.assumed.etcd);
    told.is_some_and(|(cluster, _)| cluster.etcd_peers() == EtcdPeers::CommonName)
}

fn accept_subject(expected: &mut Expected, certificate: &Certificate) {
    let common_name = certificate.common_name().unwrap_or_default();
    expected.subject = DistinguishedName::kubernetes(None, common_name);
    // The organizations of these certificates mean nothing.
    expected.organizations = Some(&[]);
}

/// Takes away the names that rest on something nobody said.
fn relax(
    examined: &Examined<'_>,
    entry: &CatalogEntry,
    cluster: &Cluster,
    host: &Host,
    certificate: &Certificate,
    names: &mut Vec<SubjectAltName>,
) {
    let assumed = examined.expectation.assumed;
    let actual = certificate.subject_alt_names();
    let missing = |name: &SubjectAltName| !actual.contains(&name.to_string());
    let loopback = |name: &SubjectAltName| match name {
        SubjectAltName::Ip(address) => address.is_loopback(),
        SubjectAltName::Dns(name) => name.as_str() == "localhost",
        _ => false,
    };
    let own_name = |name: &SubjectAltName| matches!(name, SubjectAltName::Dns(dns) if dns.as_str() == host.name.as_str());
    let own_address = SubjectAltName::Ip(host.advertise_address);
    names.retain(|name| {
        let unknown =
            assumed.host_name && own_name(name) || assumed.address && *name == own_address;
        !unknown
    });
    let is_etcds = matches!(entry.san_rule(), SanRule::EtcdServer | SanRule::EtcdPeer);
    if is_etcds && cluster.has_external_etcd() {
        // Its clients and members use addresses; what else it names is the
        // choice of whoever set it up.
        names.retain(|name| *name == own_address || host.cert_sans.contains(name));
    } else if is_etcds && assumed.version {
        // Older versions name less of the host itself.
        let v6 = SubjectAltName::Ip(Ipv6Addr::LOCALHOST.into());
        let peer = entry.san_rule() == SanRule::EtcdPeer;
        names.retain(|name| *name != v6 && !(peer && loopback(name)));
    }
    if is_etcds && assumed.address {
        // kube-apiserver and the probes of a stacked etcd use the address, and
        // older versions name nothing else.
        let unneeded =
            |dns: &str| dns == "localhost" || assumed.version && dns == host.name.as_str();
        names.retain(|name| !matches!(name, SubjectAltName::Dns(dns) if unneeded(dns.as_str())));
    }
    if entry.san_rule() == SanRule::ApiServer {
        let service = SubjectAltName::Ip(cluster.service_subnet.first_address());
        let domain = format!("kubernetes.default.svc.{}", cluster.dns_domain);
        names.retain(|name| {
            let of_service = assumed.service_subnet
                && *name == service
                && may_name_a_service(examined, host, certificate);
            let of_domain = assumed.dns_domain
                && matches!(name, SubjectAltName::Dns(dns) if dns.as_str() == domain);
            !((of_service || of_domain) && missing(name))
        });
    }
}

/// Whether one of the addresses may be that of the API's service: none that a
/// kubeconfig connects to, or that the host has, is.
fn may_name_a_service(examined: &Examined<'_>, host: &Host, certificate: &Certificate) -> bool {
    let servers = examined.materials.iter().filter_map(|material| {
        let server = material.kubeconfig.read()?.server.as_deref()?;
        server::subject_alt_name(server)
    });
    let mut others: Vec<String> = servers.collect();
    others.push(SubjectAltName::Ip(host.advertise_address).to_string());
    others.push(SubjectAltName::Ip(Ipv4Addr::LOCALHOST.into()).to_string());
    others.push(SubjectAltName::Ip(Ipv6Addr::LOCALHOST.into()).to_string());
    let names = certificate.subject_alt_names().iter();
    let mut addresses = names.filter(|name| name.starts_with("IP:"));
    addresses.any(|address| !others.contains(address))
}

const NODE: &str = "system:node:";

/// What was left out because something is not known.
pub(super) fn list_not_checked(examined: &Examined<'_>, record: &mut Record) {
    let is_there = |base_name: &str| {
        let mut materials = examined.materials.iter();
        materials.any(|material| {
            material.row.entry.base_name == base_name && !material.certificates().is_empty()
        })
    };
    let host_rows = ["apiserver", "etcd/server", "etcd/peer", "kubelet.conf"];
    let assumed = examined.expectation.assumed;
    let unknown = match (assumed.host_name, assumed.address) {
        (true, true) => Some((
            "whether the certificates name this host and its addresses",
            "nothing says which host this is",
            "--host NAME --ip ADDRESS",
        )),
        (true, false) => Some((
            "whether the certificates name this host",
            "nothing says for sure what it is called",
            "--host NAME",
        )),
        (false, true) => Some((
            "whether the certificates name this host's address",
            "no manifest says which that is",
            "--ip ADDRESS",
        )),
        (false, false) => None,
    };
    if let Some((what, why, flag)) = unknown
        && host_rows.iter().any(|row| is_there(row))
    {
        record.not_checked(what, why, Some(flag));
    }
    let Some((cluster, host)) = examined.expectation.described() else {
        return;
    };
    let apiserver = examined
        .materials
        .iter()
        .find(|material| material.row.entry.base_name == "apiserver");
    let Some(certificate) = apiserver.and_then(|material| material.certificates().first()) else {
        return;
    };
    let names = |name: &str| {
        certificate
            .subject_alt_names()
            .iter()
            .any(|actual| actual == name)
    };
    let service = format!("IP:{}", cluster.service_subnet.first_address());
    if assumed.service_subnet && !names(&service) && may_name_a_service(examined, host, certificate)
    {
        record.not_checked(
            "whether pki/apiserver.crt names the first service address",
            "it does not name the one of kubeadm's default range, 10.96.0.1",
            Some("--service-cidr CIDR"),
        );
    }
    if assumed.dns_domain
        && !names(&format!(
            "DNS:kubernetes.default.svc.{}",
            cluster.dns_domain
        ))
    {
        record.not_checked(
            "whether pki/apiserver.crt names the service's full name",
            "it does not name the one of kubeadm's default domain, cluster.local",
            Some("--service-dns-domain DOMAIN"),
        );
    }
}
