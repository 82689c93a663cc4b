//! The graph of trees as they were found.

mod note;
mod signers;

use std::net::IpAddr;

use super::trust::trusts;
use super::{
    AuthorityNode, CertificateNode, CertificateState, Graph, Holder, HostNode, Lifetime,
    NodeFinding,
};
use crate::catalog::{CATALOG, CatalogEntry, FileRole};
use crate::certificate::Certificate;
use crate::cluster::Cluster;
use crate::expiry::{Expiry, ExpiryRow, ExpiryState, FoundCertificate, Within};
use crate::time::{Timestamp, Validity};
use crate::verify::{
    Comparison, Expectation, HostReport, Identity, Report, Tree, TreeLocation, TreeRole,
};

use note::Note;
use signers::Signers;

/// What a graph needs to know of one host: no byte of a key, so that the tree
/// need not stay in memory.
#[derive(Debug)]
pub struct FoundHost {
    name: String,
    address: Option<IpAddr>,
    endpoint: Option<String>,
    role: Option<TreeRole>,
    expiry: Expiry,
    identities: Vec<Identity>,
}

/// A directory that could not be looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotRead {
    /// The host's name.
    pub host: String,
    /// Why.
    pub why: String,
}

/// What ends in this time ends soon.
pub(super) const SOON: u16 = 30;

impl FoundHost {
    /// A host's tree, what it was checked against, and what was found.
    #[must_use]
    pub fn new(name: String, tree: &Tree, expectation: &Expectation, report: &Report) -> Self {
        let assumed = expectation.assumed;
        let described = expectation.cluster.as_ref();
        let host = described.and_then(|(cluster, index)| cluster.hosts.get(*index));
        let endpoint = described.and_then(|(cluster, _)| cluster.control_plane_endpoint.as_ref());
        Self {
            name,
            address: host
                .filter(|_| !assumed.address)
                .map(|host| host.advertise_address),
            endpoint: endpoint.map(ToString::to_string),
            role: report.role,
            expiry: crate::expiry::expiry(tree),
            identities: report.identities.clone(),
        }
    }

    /// When its certificates end.
    #[must_use]
    pub fn expiry(&self) -> &Expiry {
        &self.expiry
    }

    fn identity(&self, entry: &CatalogEntry) -> Option<&Identity> {
        let mut identities = self.identities.iter();
        identities.find(|identity| identity.base_name == entry.base_name)
    }

    fn rows(&self) -> impl Iterator<Item = (&ExpiryRow, &FoundCertificate)> {
        let rows = self.expiry.rows.iter();
        rows.filter_map(|row| Some((row, row.found()?)))
    }
}

impl Graph {
    /// What is at the time `now`: hosts with their reports in the same order,
    /// what is wrong between them, and directories of which nothing is known.
    /// The description is that of all hosts, if somebody gave one.
    #[must_use]
    pub fn found(
        hosts: &[FoundHost],
        reports: &[HostReport],
        between: &Comparison,
        not_read: &[NotRead],
        description: Option<&Cluster>,
        now: Timestamp,
    ) -> Self {
        let (mut authorities, keys) = authorities(hosts, now);
        let signers = Signers::of(hosts, &keys);
        let mut nodes = Vec::with_capacity(hosts.len() + not_read.len());
        for (index, host) in hosts.iter().enumerate() {
            nodes.push(HostNode {
                name: host.name.clone(),
                address: host.address,
                role: host.role,
                certificates: certificates(index, host, &signers, now),
                findings: Vec::new(),
                not_read: None,
            });
        }
        for (index, report) in reports.iter().enumerate() {
            for finding in &report.report.findings {
                let mut note = Note::of(&report.host, &report.location, finding);
                for file in finding.files() {
                    note.add(hosts, &mut authorities, &mut nodes, index, file);
                }
            }
        }
        for found in &between.findings {
            for name in &found.hosts {
                if let Some(index) = hosts.iter().position(|host| host.name == *name) {
                    let location = TreeLocation::default();
                    let mut note = Note::of(name, &location, &found.finding);
                    let file = &found.finding.file;
                    note.add(hosts, &mut authorities, &mut nodes, index, file);
                }
            }
        }
        for node in &mut nodes {
            sort(&mut node.findings);
            node.certificates
                .iter_mut()
                .for_each(|it| sort(&mut it.findings));
        }
        authorities.iter_mut().for_each(|it| sort(&mut it.findings));
        nodes.extend(not_read.iter().map(|it| HostNode {
            name: it.host.clone(),
            address: None,
            role: None,
            certificates: Vec::new(),
            findings: Vec::new(),
            not_read: Some(it.why.clone()),
        }));
        let mut endpoints = hosts.iter().filter_map(|host| host.endpoint.as_ref());
        let described = description.and_then(|it| it.control_plane_endpoint.as_ref());
        Self {
            name: description.map(|it| it.name.clone()),
            kubernetes_version: description.map(|it| it.kubernetes_version),
            endpoint: described
                .map(ToString::to_string)
                .or_else(|| endpoints.next().cloned()),
            as_of: Some(now),
            trusts: trusts(&authorities, &nodes),
            authorities,
            hosts: nodes,
        }
    }
}

/// By what the same authority on several hosts is told: its row and its key.
type KeyOf = (&'static CatalogEntry, [u8; 32]);

fn key_of(host: &FoundHost, entry: &'static CatalogEntry) -> Option<KeyOf> {
    let identity = host.identity(entry)?;
    let signer = identity.signer().and_then(|certificate| certificate.key);
    let key = signer.or(identity.public_key).or(identity.key)?;
    Some((entry, key))
}

/// The authorities, and for each by what it is told.
fn authorities(hosts: &[FoundHost], now: Timestamp) -> (Vec<AuthorityNode>, Vec<KeyOf>) {
    let (mut nodes, mut keys) = (Vec::<AuthorityNode>::new(), Vec::new());
    for entry in CATALOG.iter().filter(|entry| entry.issuer().is_none()) {
        let begin = nodes.len();
        for (index, host) in hosts.iter().enumerate() {
            let Some(key) = key_of(host, entry) else {
                continue;
            };
            let place = keys.iter().position(|known| *known == key);
            let place = place.unwrap_or_else(|| {
                keys.push(key);
                nodes.push(authority(host, entry, key, now));
                nodes.len() - 1
            });
            let files = host.identity(entry).map_or(&[][..], |it| &it.files);
            let has_key = files.iter().any(|file| file.role == FileRole::PrivateKey);
            if let Some(node) = nodes.get_mut(place) {
                // The first host may have the key, and no certificate that can be read.
                if node.subject.is_none() {
                    let known = authority(host, entry, key, now);
                    (node.subject, node.sha256) = (known.subject, known.sha256);
                    node.lifetime = known.lifetime;
                }
                node.holders.push(Holder {
                    host: index,
                    has_key,
                });
            }
        }
        let all = nodes.len() - begin;
        for (number, node) in nodes.iter_mut().skip(begin).enumerate() {
            node.instance = (number + 1, all);
        }
    }
    (nodes, keys)
}

fn authority(
    host: &FoundHost,
    entry: &'static CatalogEntry,
    (_, key): KeyOf,
    now: Timestamp,
) -> AuthorityNode {
    let certificate = host.identity(entry).and_then(Identity::signer);
    let found = host.rows().find(|(row, found)| {
        let is_it = |it: &[u8; 32]| *it == found.certificate.sha256();
        row.entry == Some(entry) && certificate.is_some_and(|known| is_it(&known.sha256))
    });
    AuthorityNode {
        entry,
        instance: (1, 1),
        subject: certificate.map(|it| it.subject.clone()),
        sha256: Some(certificate.map_or(key, |it| it.sha256)),
        lifetime: found.map(|(_, found)| lifetime(found, now)),
        holders: Vec::new(),
        findings: Vec::new(),
    }
}

fn lifetime(found: &FoundCertificate, now: Timestamp) -> Lifetime {
    let validity: Validity = found.certificate.validity();
    Lifetime::Found {
        validity,
        standing: found.standing(now, Within::days(SOON)),
    }
}

/// The leaves of a host: every row of the catalog once, then what else is no
/// copy and no CA.
fn certificates(
    index: usize,
    host: &FoundHost,
    signers: &Signers<'_>,
    now: Timestamp,
) -> Vec<CertificateNode> {
    let mut nodes: Vec<CertificateNode> = Vec::new();
    for row in host.expiry.rows.iter().filter(|row| row.position == 1) {
        let is_wanted = match (row.entry, row.found()) {
            (Some(entry), _) => {
                entry.issuer().is_some() && nodes.iter().all(|node| node.entry != Some(entry))
            }
            (None, Some(found)) => {
                !found.is_ca() && found.copy_of.is_none() && row.embedded.is_none()
            }
            (None, None) => false,
        };
        if is_wanted {
            nodes.push(certificate(index, row, signers, now));
        }
    }
    nodes
}

fn certificate(
    index: usize,
    row: &ExpiryRow,
    signers: &Signers<'_>,
    now: Timestamp,
) -> CertificateNode {
    let found = row.found();
    let leaf = found.map(|found| &found.certificate);
    CertificateNode {
        name: match row.entry {
            Some(entry) => entry.base_name.to_owned(),
            None => row.name.clone(),
        },
        entry: row.entry,
        authority: leaf.and_then(|leaf| signers.of_leaf(index, leaf)),
        state: match &row.state {
            ExpiryState::Found(_) => CertificateState::Found,
            ExpiryState::Missing => CertificateState::Missing,
            ExpiryState::Elsewhere => CertificateState::Elsewhere,
            ExpiryState::Unreadable(why) => CertificateState::Unreadable(why.clone()),
        },
        subject: leaf.map(|leaf| leaf.subject().to_owned()),
        names: leaf.map_or_else(Vec::new, |leaf| leaf.subject_alt_names().to_vec()),
        sha256: leaf.map(Certificate::sha256),
        lifetime: found.map(|found| lifetime(found, now)),
        findings: Vec::new(),
    }
}

fn sort(findings: &mut [NodeFinding]) {
    findings.sort_by_key(|finding| (finding.severity, finding.rule));
}
