//! What a row of the catalog should be: a leaf on one host, or a CA.

use crate::catalog::{Authority, CatalogEntry, EntryKind, ServerRule};
use crate::cluster::{Cluster, Host};
use crate::key::KeyAlgorithm;
use crate::name::{DistinguishedName, SubjectAltName};
use crate::profile::Profile;

/// A leaf certificate as it should be.
#[derive(Debug, Clone)]
pub(crate) struct Expected {
    pub(crate) issuer: Authority,
    pub(crate) subject: DistinguishedName,
    /// The organizations that are right in some version of kubeadm; `None` if
    /// only this very subject is, and any if the list is empty.
    pub(crate) organizations: Option<&'static [Option<&'static str>]>,
    pub(crate) subject_alt_names: Vec<SubjectAltName>,
    pub(crate) profile: Profile,
    pub(crate) key_algorithm: KeyAlgorithm,
    pub(crate) validity_seconds: i64,
}

impl Expected {
    /// The leaf of this row; `None` for a row that is not a leaf.
    pub(crate) fn leaf(entry: &CatalogEntry, cluster: &Cluster, host: &Host) -> Option<Self> {
        let issuer = entry.issuer()?;
        let version = entry.version(cluster);
        Some(Self {
            issuer,
            subject: entry.subject(version, &host.name).to_name(),
            organizations: Some(entry.organizations_of_all_versions()),
            subject_alt_names: entry.subject_alt_names(cluster, host),
            profile: Profile::leaf(version, entry.extended_key_usage()),
            key_algorithm: match entry.kind {
                EntryKind::Kubeconfig(_) => cluster.kubeconfig_key_algorithm,
                _ => cluster.key_algorithm,
            },
            validity_seconds: cluster.validity_seconds,
        })
    }
}

/// A CA certificate as it should be.
#[derive(Debug, Clone)]
pub(crate) struct ExpectedAuthority {
    pub(crate) subject: DistinguishedName,
    pub(crate) subject_alt_names: Vec<SubjectAltName>,
    pub(crate) profile: Profile,
    pub(crate) key_algorithm: KeyAlgorithm,
    pub(crate) validity_seconds: i64,
}

impl ExpectedAuthority {
    /// The CA of this row. Its names do not depend on the host.
    pub(crate) fn new(entry: &CatalogEntry, cluster: &Cluster, host: &Host) -> Self {
        let version = entry.version(cluster);
        Self {
            subject: entry.subject(version, &host.name).to_name(),
            subject_alt_names: entry.subject_alt_names(cluster, host),
            profile: Profile::certificate_authority(version),
            key_algorithm: cluster.key_algorithm,
            validity_seconds: cluster.ca_validity_seconds,
        }
    }
}

/// The server that a kubeconfig of this host connects to.
pub(crate) fn server_url(rule: ServerRule, cluster: &Cluster, host: &Host) -> String {
    let local = match rule {
        ServerRule::Endpoint => false,
        ServerRule::LocalSince(minor) => cluster.kubernetes_version.is_at_least(minor),
    };
    match &cluster.control_plane_endpoint {
        Some(endpoint) if !local => endpoint.url(host.bind_port),
        _ => match host.advertise_address {
            std::net::IpAddr::V6(address) => format!("https://[{address}]:{}", host.bind_port),
            address => format!("https://{address}:{}", host.bind_port),
        },
    }
}
