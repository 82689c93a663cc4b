//! `kpki lint`: all that cfssl would do with its documents and not say.
//!
//! Two sources: what the lenient reading of a document passes over, each
//! remark with the rule that it is made under; and rules over the values that
//! were read, which no reading tells.

mod authority;
mod configuration;
mod finding;
mod hosts;
mod profile;
mod request;
mod role;
mod rule;
mod spot;
mod together;

pub use finding::LintFinding;
pub use rule::LintRule;

use std::collections::HashSet;

use super::entry::Entry;
use super::json::{self, Node, Value};
use super::reader::{MOST_WARNINGS, Reader};
use super::refusal::{self, CfsslRefusal};
use super::schema::GoType;
use super::{
    CfsslCertificateRequest, CfsslKind, Reading, SigningConfig, certificate_request, cfssl_kind,
    go_json_syntax_error, signing_config,
};
use crate::document::DocumentError;
use crate::severity::Severity;
use role::Role;
use spot::Spot;
use together::Together;

/// A document to look at. Its name tells what the certificate may be for.
#[derive(Debug, Clone, Copy)]
pub struct LintDocument<'a> {
    /// The name of the file, with or without its directory.
    pub file: &'a str,
    /// What is in it.
    pub bytes: &'a [u8],
}

/// What was found in one document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Linted {
    /// What it is; nothing is found in what is [`CfsslKind::Unknown`], unless
    /// it is not JSON at all.
    pub kind: CfsslKind,
    /// The findings by place, those about the whole document first.
    pub findings: Vec<LintFinding>,
    /// Whether there may be more, of any kind: at most 100 are listed.
    pub is_cut: bool,
}

impl Linted {
    /// How many findings are so bad.
    #[must_use]
    pub fn count(&self, severity: Severity) -> usize {
        let findings = self.findings.iter();
        findings.filter(|f| f.severity == severity).count()
    }
}

/// Looks at documents that belong together: signing configurations and the
/// requests that are signed by them. `profiles` are the names that `-profile`
/// will be given; without any, requests and profiles are looked at apart.
///
/// Every document has its answer, in the same order.
///
/// ```
/// use pki_core::cfssl::{LintDocument, lint_cfssl};
/// let bytes = br#"{"CN": "etcd", "hosts": [""], "expiry": "87600h"}"#;
/// let found = lint_cfssl(&[LintDocument { file: "server.json", bytes }], &[]);
/// let ids: Vec<_> = found[0].findings.iter().map(|f| f.rule.id()).collect();
/// assert_eq!(ids, ["server-without-hosts", "host-empty", "expiry-ignored"]);
/// ```
#[must_use]
pub fn lint_cfssl(documents: &[LintDocument<'_>], profiles: &[&str]) -> Vec<Linted> {
    let read: Vec<_> = documents.iter().map(Document::read).collect();
    let together = Together::new(&read, profiles);
    read.iter()
        .enumerate()
        .map(|(index, document)| {
            let mut findings = document.findings.clone();
            if let Some(node) = &document.node {
                let root = Spot::root(node);
                match &document.value {
                    Some(Content::Configuration(config)) => {
                        configuration::check(config, &root, &together, &mut findings);
                        together.check_profiles(index, &root, &mut findings);
                    }
                    Some(Content::Request(request)) => {
                        let view = request::View {
                            request,
                            root,
                            role: document.role,
                            chosen: &together.chosen,
                        };
                        request::check(&view, &mut findings);
                    }
                    None => {}
                }
            }
            finished(document.kind, findings)
        })
        .collect()
}

type Findings = Vec<LintFinding>;

fn add(findings: &mut Findings, rule: LintRule, error: DocumentError) {
    findings.push(LintFinding::new(rule, error));
}

fn finished(kind: CfsslKind, mut findings: Findings) -> Linted {
    let place = |f: &LintFinding| f.position.map(|p| (p.line, p.column));
    findings.sort_by_key(|f| (f.severity, place(f), f.rule));
    findings.dedup();
    let is_cut = findings.len() >= MOST_WARNINGS;
    // The worst are kept.
    findings.truncate(MOST_WARNINGS);
    findings.sort_by_key(|f| (place(f), f.severity, f.rule));
    Linted {
        kind,
        findings,
        is_cut,
    }
}

/// A document as far as it could be read.
#[derive(Debug)]
struct Document {
    kind: CfsslKind,
    role: Role,
    node: Option<Node>,
    value: Option<Content>,
    findings: Findings,
}

#[derive(Debug)]
enum Content {
    Configuration(Box<SigningConfig>),
    Request(Box<CfsslCertificateRequest>),
}

impl Document {
    fn read(document: &LintDocument<'_>) -> Self {
        let mut read = Self {
            kind: CfsslKind::Unknown,
            role: Role::of_file(document.file),
            node: None,
            value: None,
            findings: Vec::new(),
        };
        let node = match json::parse(document.bytes, Reading::Lenient) {
            Ok(node) => node,
            Err(error) => {
                let mut finding = LintFinding::new(LintRule::NotJson, error);
                if let Some(words) = go_json_syntax_error(document.bytes) {
                    finding.why += &printed(&words);
                }
                read.findings.push(finding);
                return read;
            }
        };
        read.kind = kind(document.bytes, &node);
        let mut reader = Reader::linting();
        let root = Entry::root(&node);
        let (value, go_type, name, refusal) = match read.kind {
            CfsslKind::SigningConfig => {
                let value = signing_config::read(&mut reader, &root);
                let refusal = SigningConfig::refusal_of_cfssl(document.bytes);
                let words = refusal.map(|words| format!("Failed to load config file: {words}"));
                let top = GoType::Struct(&signing_config::TOP);
                (
                    value.map(|config| Content::Configuration(Box::new(config))),
                    top,
                    "",
                    words,
                )
            }
            CfsslKind::CertificateRequest => {
                let value = certificate_request::read(&mut reader, &root);
                let refusal = CfsslCertificateRequest::refusal_of_cfssl(document.bytes);
                let words = refusal.as_ref().map(CfsslRefusal::to_string);
                let (root, name) = (certificate_request::ROOT, certificate_request::ROOT_NAME);
                (
                    value.map(|request| Content::Request(Box::new(request))),
                    root,
                    name,
                    words,
                )
            }
            CfsslKind::Unknown => return read,
        };
        read.value = match value {
            Ok(value) => Some(value),
            Err(error) => {
                let rule = match root.value() {
                    Value::Object(_) if read.kind == CfsslKind::SigningConfig => {
                        LintRule::NoSigning
                    }
                    _ => LintRule::WrongValue,
                };
                reader.warn(rule, error);
                None
            }
        };
        if !reader.has_errors()
            && let Err(error) = refusal::fits(&node, go_type, name)
        {
            reader.warn(LintRule::WrongValue, error);
        }
        let noted = reader.into_noted().into_iter();
        read.findings = noted.map(|(rule, e)| LintFinding::new(rule, e)).collect();
        told_once(&mut read.findings);
        // The two readings of JSON differ in this alone.
        if let Err(error) = json::parse(document.bytes, Reading::Strict) {
            add(&mut read.findings, LintRule::NotUnicode, error);
        }
        if read.role == Role::Authority && read.kind == CfsslKind::CertificateRequest {
            read.findings.extend(authority::refused(document.bytes));
        }
        refused(refusal, &mut read.findings);
        read.node = Some(node);
        read
    }
}

/// What the document is meant to be, even if its main key is missing.
fn kind(bytes: &[u8], node: &Node) -> CfsslKind {
    let Value::Object(members) = &node.value else {
        return CfsslKind::Unknown;
    };
    let is_of_configuration =
        |key: &str| matches!(key, "profiles" | "default" | "auth_keys" | "remotes");
    match cfssl_kind(bytes) {
        CfsslKind::Unknown if members.iter().any(|m| is_of_configuration(&m.key)) => {
            CfsslKind::SigningConfig
        }
        kind => kind,
    }
}

/// One cause may stop the reading twice; the first error says more.
fn told_once(findings: &mut Findings) {
    let mut seen = HashSet::new();
    findings.retain(|f| f.severity != Severity::Error || seen.insert((f.rule, f.path.clone())));
}

/// Adds cfssl's own words: to the finding that they are about, if that is
/// sure, and else by themselves.
fn refused(words: Option<String>, findings: &mut Findings) {
    let Some(words) = words else {
        return;
    };
    let errors = findings.iter_mut();
    let mut errors = errors.filter(|f| f.severity == Severity::Error);
    match (errors.next(), errors.next()) {
        (Some(cause), None) => cause.why += &printed(&words),
        _ => {
            let error = DocumentError::of_whole("cfssl refuses this document");
            let mut finding = LintFinding::new(LintRule::Refused, error);
            finding.why += &printed(&words);
            findings.push(finding);
        }
    }
}

/// What cfssl prints, for the end of a reason.
fn printed(words: &str) -> String {
    const LONGEST: usize = 300;
    let shown: String = words.chars().take(LONGEST).collect();
    let more = if shown.len() < words.len() { "…" } else { "" };
    format!("; cfssl prints: {shown}{more}")
}

#[cfg(test)]
mod tests;
