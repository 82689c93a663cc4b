//! What is in the picture of `kpki graph`: for programs all of it, for people
//! a line about the file.

use std::path::PathBuf;

use pki_core::graph::{
    AuthorityNode, CertificateNode, CertificateState, Graph, HostNode, Lifetime, NodeFinding, Trust,
};
use pki_core::{TreeRole, hexadecimal};
use serde::Serialize;

use super::harmless;

/// The JSON document, `kpki.graph/v1`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct GraphReport {
    schema: &'static str,
    name: Option<String>,
    kubernetes_version: Option<String>,
    endpoint: Option<String>,
    /// When trees were looked at; null for what is only described.
    now: Option<String>,
    /// The file that was written.
    file: Option<FileDocument>,
    authorities: Vec<AuthorityDocument>,
    hosts: Vec<HostDocument>,
    trusts: Vec<TrustDocument>,
}

#[derive(Serialize)]
struct FileDocument {
    path: String,
    /// `created` or `replaced`.
    action: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AuthorityDocument {
    name: &'static str,
    /// Which of several with this name it is, from 1.
    instance: usize,
    purpose: &'static str,
    subject: Option<String>,
    sha256: Option<String>,
    #[serde(flatten)]
    lifetime: LifetimeDocument,
    holders: Vec<HolderDocument>,
    findings: Vec<FindingDocument>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct HolderDocument {
    host: usize,
    has_key: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct HostDocument {
    name: String,
    address: Option<String>,
    role: Option<&'static str>,
    /// Why it could not be looked at.
    not_read: Option<String>,
    certificates: Vec<CertificateDocument>,
    findings: Vec<FindingDocument>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CertificateDocument {
    name: String,
    state: &'static str,
    /// Why it cannot be read.
    why: Option<String>,
    /// The place among the authorities, from 0.
    authority: Option<usize>,
    subject: Option<String>,
    names: Vec<String>,
    sha256: Option<String>,
    #[serde(flatten)]
    lifetime: LifetimeDocument,
    findings: Vec<FindingDocument>,
}

#[derive(Serialize, Default)]
#[serde(rename_all = "camelCase")]
struct LifetimeDocument {
    /// How long it will be valid, of what is only described.
    valid_seconds: Option<i64>,
    not_before: Option<String>,
    not_after: Option<String>,
    standing: Option<&'static str>,
}

#[derive(Serialize)]
struct FindingDocument {
    rule: &'static str,
    severity: &'static str,
    host: String,
    message: String,
}

#[derive(Serialize)]
struct TrustDocument {
    component: &'static str,
    by: String,
    kind: &'static str,
    authority: usize,
    checks: &'static [&'static str],
    hosts: Vec<usize>,
}

impl GraphReport {
    /// The graph, and the file if there is one and whether it replaced another.
    pub(crate) fn new(graph: &Graph, file: Option<&(PathBuf, bool)>) -> Self {
        Self {
            schema: "kpki.graph/v1",
            name: graph.name.clone(),
            kubernetes_version: graph.kubernetes_version.map(|it| it.to_string()),
            endpoint: graph.endpoint.clone(),
            now: graph.as_of.map(|now| now.to_string()),
            file: file.map(|(path, replaces)| FileDocument {
                path: path.to_string_lossy().into_owned(),
                action: action(*replaces),
            }),
            authorities: graph.authorities.iter().map(authority).collect(),
            hosts: graph.hosts.iter().map(host).collect(),
            trusts: graph.trusts.iter().map(trust).collect(),
        }
    }

    /// What was written, if anything was.
    pub(crate) fn to_text(&self) -> String {
        let Some(file) = &self.file else {
            return String::new();
        };
        let certificates: usize = self.hosts.iter().map(|host| host.certificates.len()).sum();
        let count = |count: usize, one: &str| match count {
            1 => format!("1 {one}"),
            _ => format!("{count} {one}s"),
        };
        format!(
            "{} {}: {}, {}\n",
            file.action,
            harmless(&file.path),
            count(self.hosts.len(), "host"),
            count(certificates, "certificate")
        )
    }
}

/// The stable word for what happened to a file.
pub(crate) fn action(replaces: bool) -> &'static str {
    match replaces {
        true => "replaced",
        false => "created",
    }
}

fn authority(node: &AuthorityNode) -> AuthorityDocument {
    let holders = node.holders.iter().map(|holder| HolderDocument {
        host: holder.host,
        has_key: holder.has_key,
    });
    AuthorityDocument {
        name: node.entry.base_name,
        instance: node.instance.0,
        purpose: node.entry.purpose,
        subject: node.subject.clone(),
        sha256: node.sha256.map(|it| hexadecimal::lower(&it)),
        lifetime: lifetime(node.lifetime),
        holders: holders.collect(),
        findings: node.findings.iter().map(finding).collect(),
    }
}

fn host(node: &HostNode) -> HostDocument {
    HostDocument {
        name: node.name.clone(),
        address: node.address.map(|address| address.to_string()),
        role: node.role.map(TreeRole::id),
        not_read: node.not_read.clone(),
        certificates: node.certificates.iter().map(certificate).collect(),
        findings: node.findings.iter().map(finding).collect(),
    }
}

fn certificate(node: &CertificateNode) -> CertificateDocument {
    CertificateDocument {
        name: node.name.clone(),
        state: node.state.id(),
        why: match &node.state {
            CertificateState::Unreadable(why) => Some(why.clone()),
            _ => None,
        },
        authority: node.authority,
        subject: node.subject.clone(),
        names: node.names.clone(),
        sha256: node.sha256.map(|it| hexadecimal::lower(&it)),
        lifetime: lifetime(node.lifetime),
        findings: node.findings.iter().map(finding).collect(),
    }
}

fn lifetime(lifetime: Option<Lifetime>) -> LifetimeDocument {
    match lifetime {
        Some(Lifetime::Planned { seconds }) => LifetimeDocument {
            valid_seconds: Some(seconds),
            ..LifetimeDocument::default()
        },
        Some(Lifetime::Found { validity, standing }) => LifetimeDocument {
            valid_seconds: None,
            not_before: Some(validity.not_before().to_string()),
            not_after: Some(validity.not_after().to_string()),
            standing: Some(standing.id()),
        },
        _ => LifetimeDocument::default(),
    }
}

fn finding(finding: &NodeFinding) -> FindingDocument {
    FindingDocument {
        rule: finding.rule.id(),
        severity: finding.severity.name(),
        host: finding.host.clone(),
        message: finding.message.clone(),
    }
}

fn trust(trust: &Trust) -> TrustDocument {
    TrustDocument {
        component: trust.component,
        by: trust.by.clone(),
        kind: trust.kind.id(),
        authority: trust.authority,
        checks: trust.checks,
        hosts: trust.hosts.clone(),
    }
}
