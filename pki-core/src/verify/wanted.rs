//! What a leaf should be, as far as it is known: with a cluster and host all of
//! it, without them what is the same on every host.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::role::TreeRole;
use super::{Examined, Record};
use crate::catalog::{CatalogEntry, SanRule};
use crate::certificate::Certificate;
use crate::cluster::{Cluster, Host};
use crate::name::{DistinguishedName, DnsName, HostName, SubjectAltName};
use crate::plan::expected::Expected;

/// What this certificate should be; `None` for a row that is not a leaf.
pub(super) fn of(
    examined: &Examined<'_>,
    entry: &CatalogEntry,
    certificate: &Certificate,
) -> Option<Expected> {
    match examined.expectation.described() {
        Some((cluster, host)) => {
            let mut expected = Expected::leaf(entry, cluster, host)?;
            let names = &mut expected.subject_alt_names;
            relax(examined, entry, cluster, host, certificate, names);
            if subject_is_free(examined, entry) {
                accept_subject(&mut expected, certificate);
            }
            Some(expected)
        }
        None => without_host(examined, entry, certificate),
    }
}

/// Nobody reads the subject of a server, whose names are its alternative
/// names; nor does etcd read that of a client unless its authentication is on,
/// so the guides to an external etcd give it any.
fn subject_is_free(examined: &Examined<'_>, entry: &CatalogEntry) -> bool {
    let of_external = || {
        let mut files = examined.materials.iter().flat_map(|m| &m.row.files);
        files.any(|file| file.path.ends_with(".pem"))
    };
    entry.san_rule() != SanRule::None || entry.base_name == "apiserver-etcd-client" && of_external()
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
    let is_etcds = matches!(entry.san_rule(), SanRule::EtcdServer | SanRule::EtcdPeer);
    if is_etcds && cluster.has_external_etcd() {
        // Its clients and members use addresses; what else it names is the
        // choice of whoever set it up.
        let own = SubjectAltName::Ip(host.advertise_address);
        names.retain(|name| *name == own || host.cert_sans.contains(name));
    } else if is_etcds && assumed.version {
        // Older versions name less of the host itself.
        let v6 = SubjectAltName::Ip(Ipv6Addr::LOCALHOST.into());
        let peer = entry.san_rule() == SanRule::EtcdPeer;
        names.retain(|name| *name != v6 && !(peer && loopback(name)));
    }
    if entry.san_rule() == SanRule::ApiServer {
        let service = SubjectAltName::Ip(cluster.service_subnet.first_address());
        let domain = format!("kubernetes.default.svc.{}", cluster.dns_domain);
        names.retain(|name| {
            let of_service = assumed.service_subnet && *name == service;
            let of_domain = assumed.dns_domain
                && matches!(name, SubjectAltName::Dns(dns) if dns.as_str() == domain);
            !((of_service || of_domain) && missing(name))
        });
    }
}

fn without_host(
    examined: &Examined<'_>,
    entry: &CatalogEntry,
    certificate: &Certificate,
) -> Option<Expected> {
    let (one, other) = stand_ins();
    let mut expected = Expected::leaf(entry, &one, &one.hosts[0])?;
    let version = one.kubernetes_version;
    let subject = entry.subject(version, &one.hosts[0].name);
    let depends_on_host = subject != entry.subject(version, &other.hosts[0].name);
    let actual = certificate.common_name().unwrap_or_default();
    let is_of_a_node =
        |name: &str| !subject.common_name.starts_with(NODE) || name.starts_with(NODE);
    if subject_is_free(examined, entry) {
        accept_subject(&mut expected, certificate);
    } else if depends_on_host && is_of_a_node(actual) {
        expected.subject = DistinguishedName::kubernetes(subject.organization, actual);
    }
    let dns = |name: &str| SubjectAltName::Dns(DnsName::checked(name.to_owned()));
    expected.subject_alt_names = match entry.san_rule() {
        SanRule::ApiServer => ["kubernetes", "kubernetes.default", "kubernetes.default.svc"]
            .map(dns)
            .to_vec(),
        // kube-apiserver and the probes of a stacked etcd use it.
        SanRule::EtcdServer if examined.role == TreeRole::ControlPlaneWithEtcd => {
            vec![SubjectAltName::Ip(Ipv4Addr::LOCALHOST.into())]
        }
        _ => Vec::new(),
    };
    Some(expected)
}

const NODE: &str = "system:node:";

/// Two clusters that agree on nothing that depends on the host.
fn stand_ins() -> (Cluster, Cluster) {
    let cluster = |name: HostName, address: [u8; 4]| {
        Cluster::new(vec![Host::control_plane(name, IpAddr::from(address))])
    };
    (
        cluster(HostName::cluster_local(), [192, 0, 2, 1]),
        cluster(HostName::stand_in(), [192, 0, 2, 2]),
    )
}

/// What was left out because something is not known.
pub(super) fn list_not_checked(examined: &Examined<'_>, record: &mut Record) {
    let is_there = |base_name: &str| {
        let mut materials = examined.materials.iter();
        materials.any(|material| {
            material.row.entry.base_name == base_name && !material.certificates().is_empty()
        })
    };
    let host_rows = ["apiserver", "etcd/server", "etcd/peer", "kubelet.conf"];
    let Some((cluster, _)) = examined.expectation.described() else {
        if host_rows.iter().any(|row| is_there(row)) {
            record.not_checked(
                "whether the certificates name this host and its addresses",
                "nothing says which host this is",
                Some("--host NAME --ip ADDRESS"),
            );
        }
        return;
    };
    let assumed = examined.expectation.assumed;
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
    if assumed.service_subnet && !names(&service) {
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
