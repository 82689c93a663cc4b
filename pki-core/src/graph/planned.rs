//! The graph of a description: what `kpki gen` makes of it.

use super::trust::trusts;
use super::{AuthorityNode, CertificateNode, CertificateState, Graph, Holder, HostNode, Lifetime};
use crate::catalog::{CatalogEntry, EntryKind, HostRule};
use crate::cluster::{Cluster, Host};
use crate::expected::{Expected, ExpectedAuthority};
use crate::verify::TreeRole;

impl Graph {
    /// What will be once every file of the cluster is made.
    #[must_use]
    pub fn planned(cluster: &Cluster) -> Self {
        let first = cluster.hosts.iter().position(|it| it.roles.control_plane);
        let is_on = |entry: &CatalogEntry, index: usize| {
            let host = cluster.hosts.get(index);
            host.is_some_and(|host| entry.is_on(cluster, host, first == Some(index)))
        };
        let holds_key = |entry: &CatalogEntry| {
            let is_etcds = matches!(
                entry.hosts,
                HostRule::SharedEtcd | HostRule::SharedEtcdPeers
            );
            !is_etcds || !cluster.has_external_etcd()
        };
        let mut authorities = Vec::new();
        for entry in CatalogEntry::all_of(cluster)
            .iter()
            .filter(|entry| entry.issuer().is_none())
        {
            let holders = (0..cluster.hosts.len()).filter(|index| is_on(entry, *index));
            let has_key = holds_key(entry);
            let holders = holders.map(|host| Holder { host, has_key });
            authorities.push(authority(entry, cluster, holders.collect()));
        }
        authorities.retain(|node| !node.holders.is_empty());
        let place = |entry: &CatalogEntry| {
            let issuer = CatalogEntry::of_authority(entry.issuer()?);
            authorities.iter().position(|node| node.entry == issuer)
        };
        let host = |(index, host): (usize, &Host)| HostNode {
            name: host.name.to_string(),
            address: Some(host.advertise_address),
            role: Some(TreeRole::of_host(cluster, host)),
            certificates: CatalogEntry::all_of(cluster)
                .iter()
                .filter(|entry| is_on(entry, index))
                .filter_map(|entry| certificate(entry, cluster, host, place(entry)))
                .collect(),
            findings: Vec::new(),
            not_read: None,
        };
        let hosts: Vec<_> = cluster.hosts.iter().enumerate().map(host).collect();
        let endpoint = cluster.control_plane_endpoint.as_ref();
        Self {
            name: Some(cluster.name.clone()),
            kubernetes_version: Some(cluster.kubernetes_version),
            endpoint: endpoint.map(ToString::to_string),
            as_of: None,
            trusts: trusts(&authorities, &hosts),
            authorities,
            hosts,
        }
    }
}

fn authority(
    entry: &'static CatalogEntry,
    cluster: &Cluster,
    holders: Vec<Holder>,
) -> AuthorityNode {
    // Its subject is the same whichever host is asked.
    let host = cluster.hosts.first();
    let is_ca = matches!(entry.kind, EntryKind::Authority(_));
    let expected = host
        .filter(|_| is_ca)
        .map(|host| ExpectedAuthority::new(entry, cluster, host));
    AuthorityNode {
        entry,
        instance: (1, 1),
        subject: expected.as_ref().map(|it| it.subject.to_string()),
        sha256: None,
        lifetime: expected.map(|it| Lifetime::Planned {
            seconds: it.validity_seconds,
        }),
        holders,
        findings: Vec::new(),
    }
}

fn certificate(
    entry: &'static CatalogEntry,
    cluster: &Cluster,
    host: &Host,
    authority: Option<usize>,
) -> Option<CertificateNode> {
    let expected = Expected::leaf(entry, cluster, host)?;
    let names = expected.subject_alt_names.iter();
    Some(CertificateNode {
        name: entry.base_name.to_owned(),
        entry: Some(entry),
        authority,
        state: CertificateState::Planned,
        subject: Some(expected.subject.to_string()),
        names: names.map(ToString::to_string).collect(),
        sha256: None,
        lifetime: Some(Lifetime::Planned {
            seconds: expected.validity_seconds,
        }),
        findings: Vec::new(),
    })
}
