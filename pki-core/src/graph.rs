//! The picture of a PKI: its CAs, the hosts with their certificates, and who
//! checks whom with what. One model, made of a description ([`Graph::planned`])
//! or of trees as they were found ([`Graph::found`]), and several drawings.
//!
//! ```text
//! Cluster                        -> Graph::planned   what will be
//! Tree, Expiry, Report per host  -> FoundHost
//! FoundHost, HostReport, ..      -> Graph::found     what is, and what is wrong with it
//! Graph -> svg, timeline, dot, mermaid
//! ```
//!
//! Nothing is judged here: what is wrong was found by [`verify`](crate::verify())
//! and [`compare`](crate::compare), and when something ends by
//! [`expiry`](crate::expiry::expiry()). A graph has no byte of a private key.

mod dot;
mod found;
mod mermaid;
mod planned;
mod svg;
mod timeline;
mod trust;
mod words;

pub use dot::dot;
pub use found::{FoundHost, NotRead};
pub use mermaid::mermaid;
pub use svg::{Shape, svg};
pub use timeline::{Bar, Timeline};
pub use trust::{Trust, TrustKind};

use std::net::IpAddr;

use crate::catalog::{CatalogEntry, EntryKind};
use crate::cluster::KubernetesVersion;
use crate::expiry::Standing;
use crate::severity::Severity;
use crate::time::{Timestamp, Validity};
use crate::verify::{Rule, TreeRole};

/// The PKI of a cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Graph {
    /// The cluster's name, where it is known.
    pub name: Option<String>,
    /// The version of Kubernetes, where it is known.
    pub kubernetes_version: Option<KubernetesVersion>,
    /// The address that the API servers share, where it is known.
    pub endpoint: Option<String>,
    /// The time that trees were looked at; `None` for what is only described.
    pub as_of: Option<Timestamp>,
    /// What signs: the CAs in the catalog's order and the service account's
    /// keys. A row of the catalog of which hosts have different ones is here
    /// once for each.
    pub authorities: Vec<AuthorityNode>,
    /// The hosts, in the order of the description or of the directories.
    pub hosts: Vec<HostNode>,
    /// Who checks, and who signs, with which of the authorities.
    pub trusts: Vec<Trust>,
}

/// A CA, or the key pair of the service accounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthorityNode {
    /// The row of the catalog.
    pub entry: &'static CatalogEntry,
    /// Which of several of this row it is, and of how many; `(1, 1)` for the only one.
    pub instance: (usize, usize),
    /// The subject of its certificate.
    pub subject: Option<String>,
    /// SHA-256 of its certificate, or of the public key where it has none.
    pub sha256: Option<[u8; 32]>,
    /// How long its certificate is valid.
    pub lifetime: Option<Lifetime>,
    /// The hosts that have it.
    pub holders: Vec<Holder>,
    /// What is wrong with it, the worst first.
    pub findings: Vec<NodeFinding>,
}

/// A host that has a CA.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Holder {
    /// The place of the host among the hosts of the graph.
    pub host: usize,
    /// Whether it has the private key as well.
    pub has_key: bool,
}

/// A host, or another directory of certificates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostNode {
    /// Its name.
    pub name: String,
    /// Its address, where it is known.
    pub address: Option<IpAddr>,
    /// What it is for, where that can be told.
    pub role: Option<TreeRole>,
    /// Its certificates: those of the catalog in its order, then others.
    pub certificates: Vec<CertificateNode>,
    /// What is wrong on it that is about none of its certificates.
    pub findings: Vec<NodeFinding>,
    /// Why it could not be looked at.
    pub not_read: Option<String>,
}

/// A leaf certificate or a kubeconfig.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateNode {
    /// The name in the catalog, or the path of what is not in it.
    pub name: String,
    /// The row of the catalog.
    pub entry: Option<&'static CatalogEntry>,
    /// Who signed it: the place among the authorities of the graph.
    pub authority: Option<usize>,
    /// What was found of it.
    pub state: CertificateState,
    /// The subject.
    pub subject: Option<String>,
    /// Its names and addresses.
    pub names: Vec<String>,
    /// SHA-256 of it.
    pub sha256: Option<[u8; 32]>,
    /// How long it is valid.
    pub lifetime: Option<Lifetime>,
    /// What is wrong with it, the worst first.
    pub findings: Vec<NodeFinding>,
}

/// What was found of a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum CertificateState {
    /// It is described, and nobody looked for it.
    Planned,
    /// It is there.
    Found,
    /// It is not there, though it should be.
    Missing,
    /// It lies where nobody looked.
    Elsewhere,
    /// It is there and cannot be read, and why.
    Unreadable(String),
}

/// How long something is valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Lifetime {
    /// So many seconds from when it will be made.
    Planned {
        /// The length.
        seconds: i64,
    },
    /// As its certificate says.
    Found {
        /// The period.
        validity: Validity,
        /// How it stands.
        standing: Standing,
    },
}

/// What is wrong with a part of the graph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeFinding {
    /// How bad it is.
    pub severity: Severity,
    /// The rule that is broken.
    pub rule: Rule,
    /// The host that it was found on.
    pub host: String,
    /// What is wrong.
    pub message: String,
}

impl Graph {
    /// Every finding of every part.
    pub fn findings(&self) -> impl Iterator<Item = &NodeFinding> {
        let authorities = self.authorities.iter().flat_map(|node| &node.findings);
        let hosts = self.hosts.iter().flat_map(HostNode::all_findings);
        authorities.chain(hosts)
    }
}

impl AuthorityNode {
    /// Whether it is a CA, rather than the key pair of the service accounts.
    #[must_use]
    pub fn is_ca(&self) -> bool {
        matches!(self.entry.kind, EntryKind::Authority(_))
    }

    /// How a host has it.
    #[must_use]
    pub fn holder(&self, host: usize) -> Option<Holder> {
        let mut holders = self.holders.iter();
        holders.find(|holder| holder.host == host).copied()
    }
}

impl HostNode {
    /// Its own findings and those of its certificates.
    pub fn all_findings(&self) -> impl Iterator<Item = &NodeFinding> {
        let of_certificates = self.certificates.iter().flat_map(|node| &node.findings);
        self.findings.iter().chain(of_certificates)
    }

    /// How bad the worst of them is; what could not be looked at is an error.
    #[must_use]
    pub fn worst(&self) -> Option<Severity> {
        match self.not_read {
            Some(_) => Some(Severity::Error),
            None => self.all_findings().map(|finding| finding.severity).min(),
        }
    }
}

impl CertificateState {
    /// The stable name.
    #[must_use]
    pub fn id(&self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Found => "found",
            Self::Missing => "missing",
            Self::Elsewhere => "elsewhere",
            Self::Unreadable(_) => "unreadable",
        }
    }
}

impl Lifetime {
    /// How it stands, if it was found.
    #[must_use]
    pub fn standing(self) -> Option<Standing> {
        match self {
            Self::Planned { .. } => None,
            Self::Found { standing, .. } => Some(standing),
        }
    }
}

/// How bad the worst of some findings is.
fn worst(findings: &[NodeFinding]) -> Option<Severity> {
    findings.iter().map(|finding| finding.severity).min()
}

#[cfg(test)]
mod tests;
