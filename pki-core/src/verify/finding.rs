//! What a verification says.

use std::collections::HashMap;

use super::command::Generation;
use super::fix::Fix;
use super::identity::Identity;
use super::role::TreeRole;
use super::rule::Rule;
use super::service_facts::ServiceFacts;
use crate::catalog::{CATALOG, EntryKind};
use crate::severity::Severity;

/// Something that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule that is broken.
    pub rule: Rule,
    /// How bad it is.
    pub severity: Severity,
    /// The file, relative to the kubernetes directory: `pki/apiserver.crt`.
    pub file: String,
    /// What is wrong with it.
    pub message: String,
    /// Why it matters.
    pub why: String,
    /// How to mend it.
    pub fix: Fix,
    /// Where in the file it is.
    pub place: Option<Place>,
    /// What else is wrong because of it, and right once it is mended.
    pub consequences: Vec<Consequence>,
}

/// A place in a file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Place {
    /// The PEM block, counted from one.
    pub block: Option<usize>,
    /// The line, counted from one.
    pub line: Option<usize>,
}

/// Something that is wrong because of something else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consequence {
    /// The file that it is seen in.
    pub file: String,
    /// What is wrong with it.
    pub message: String,
    /// The rule that it would be a finding of if it stood alone.
    pub rule: Option<Rule>,
}

impl Finding {
    pub(super) fn new(
        rule: Rule,
        file: impl Into<String>,
        message: impl Into<String>,
        fix: impl Into<Fix>,
    ) -> Self {
        Self {
            rule,
            severity: rule.severity(),
            file: file.into(),
            message: message.into(),
            why: rule.why().to_owned(),
            fix: fix.into(),
            place: None,
            consequences: Vec::new(),
        }
    }

    /// The same at a place in the file.
    pub(super) fn at(self, place: Option<Place>) -> Self {
        Self { place, ..self }
    }

    /// The same as consequences of another finding: itself, then its own.
    pub(super) fn into_consequences(self) -> impl Iterator<Item = Consequence> {
        let itself = Consequence {
            file: self.file,
            message: self.message,
            rule: Some(self.rule),
        };
        std::iter::once(itself).chain(self.consequences)
    }

    /// The files that it is about: those of its parts where it is about the
    /// directory of many that are alike.
    pub(crate) fn files(&self) -> impl Iterator<Item = &str> {
        let parts = self.consequences.iter().filter(|it| it.rule.is_some());
        let itself = parts.clone().next().is_none().then_some(self.file.as_str());
        itself
            .into_iter()
            .chain(parts.map(|part| part.file.as_str()))
    }

    /// The same, worse or less bad than its rule usually is.
    pub(super) fn with_severity(self, severity: Severity) -> Self {
        Self { severity, ..self }
    }
}

/// A check that was not made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotChecked {
    /// What it would have been about.
    pub what: String,
    /// Why it was not made.
    pub why: String,
    /// The flag of `kpki verify` that would allow it, if there is one.
    pub flag: Option<&'static str>,
}

/// The whole answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// What the tree is; `None` if nothing of kubeadm or etcd was found.
    pub role: Option<TreeRole>,
    /// What is wrong, file by file, the file with the worst finding first, but behind
    /// what a run of kpki left that did not end.
    pub findings: Vec<Finding>,
    /// How many checks were made.
    pub checked: usize,
    /// Checks that were not made.
    pub not_checked: Vec<NotChecked>,
    /// How many files, directories and running servers could not be read.
    pub unreadable: usize,
    /// What a comparison with other hosts needs to know.
    pub identities: Vec<Identity>,
    /// The same of the services beside the certificates.
    pub services: ServiceFacts,
    /// How what belongs here is made again.
    pub generation: Generation,
}

impl Report {
    /// Whether nothing was found that is an error.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.count(Severity::Error) == 0 && self.is_complete()
    }

    /// Whether there was something to check and all of it could be read.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.role.is_some() && self.unreadable == 0
    }

    /// How many findings are so bad.
    #[must_use]
    pub fn count(&self, severity: Severity) -> usize {
        self.findings
            .iter()
            .filter(|finding| finding.severity == severity)
            .count()
    }
}

/// Findings of one file stand together, worst first. Of those that are as bad the
/// CAs come first: what they signed is mended after them. Before all of it comes a run
/// that did not end, which may be why the rest is as it is.
pub(super) fn sort(findings: &mut [Finding]) {
    let mut worst: HashMap<String, Severity> = HashMap::new();
    for finding in findings.iter() {
        let of_file = worst
            .entry(finding.file.clone())
            .or_insert(finding.severity);
        *of_file = finding.severity.min(*of_file);
    }
    findings.sort_by_cached_key(|finding| {
        (
            finding.rule != Rule::InterruptedRun,
            worst.get(&finding.file).copied(),
            !is_authoritys(&finding.file),
            finding.file.clone(),
            finding.severity,
            finding.rule,
        )
    });
}

/// Whether a file is called like those of a CA, wherever it lies.
fn is_authoritys(file: &str) -> bool {
    let name = file.rsplit_once('/').map_or(file, |(_, name)| name);
    let stem = name.split_once('.').map_or(name, |(stem, _)| stem);
    let mut authorities = CATALOG
        .iter()
        .filter(|entry| matches!(entry.kind, EntryKind::Authority(_)));
    authorities.any(|entry| entry.base_name.rsplit('/').next() == Some(stem))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_signed_comes_before_what_was_signed() {
        let expired = |file: &str| Finding::new(Rule::Expired, file, "", "");
        let files = [
            "pki",
            "pki/apiserver.crt",
            "pki/etcd/ca.crt",
            "pki/front-proxy-ca.crt",
        ];
        let mut findings: Vec<_> = files.into_iter().map(expired).collect();
        findings.push(Finding::new(Rule::ExpiresSoon, "pki/ca.crt", "", ""));
        sort(&mut findings);
        let files: Vec<_> = findings.iter().map(|it| it.file.as_str()).collect();
        let authorities = ["pki/etcd/ca.crt", "pki/front-proxy-ca.crt"];
        assert_eq!(files[..2], authorities);
        assert_eq!(files[2..], ["pki", "pki/apiserver.crt", "pki/ca.crt"]);
    }

    #[test]
    fn an_interrupted_run_comes_before_what_it_may_explain() {
        let mut findings = vec![
            Finding::new(Rule::CaKeyMismatch, "pki/ca.key", "", ""),
            Finding::new(Rule::InterruptedRun, ".kpki-copy", "", ""),
        ];
        sort(&mut findings);
        assert_eq!(findings[0].rule, Rule::InterruptedRun);
    }

    #[test]
    fn files_with_the_worst_findings_come_first() {
        let finding = |rule, file: &str| Finding::new(rule, file, "", "");
        let mut findings = vec![
            finding(Rule::StrayKey, "b"),
            finding(Rule::ExpiresSoon, "a"),
            finding(Rule::Expired, "b"),
        ];
        // As many as a hostile directory may have.
        let many = (0..100_000).map(|number| finding(Rule::Unreadable, &format!("x{number}")));
        findings.extend(many);
        sort(&mut findings);
        let files: Vec<_> = findings.iter().map(|it| it.file.as_str()).collect();
        assert_eq!((files[0], files[1], files[2]), ("b", "b", "x0"));
        assert_eq!(findings[0].rule, Rule::Expired);
        assert_eq!(files.last(), Some(&"a"));
    }
}
