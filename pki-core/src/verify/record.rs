//! What the checks write down.

use std::collections::BTreeSet;

use super::finding::{Consequence, Finding, NotChecked};
use super::rule::Rule;
use super::tree::{Obstacle, Tree, Unlisted};
use crate::severity::Severity;

/// A finding that others follow from: its place in the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cause(pub(super) usize);

pub(super) const AS_ROOT: &str = "run the check as root, or as the user that owns the files";

/// What the checks write down.
#[derive(Default)]
pub(super) struct Record {
    pub(super) findings: Vec<Finding>,
    pub(super) not_checked: Vec<NotChecked>,
    pub(super) checked: usize,
    pub(super) unreadable: usize,
    /// The names that findings say a certificate lacks, by its path.
    pub(super) missing_names: BTreeSet<(String, String)>,
}

impl Record {
    /// What could not be looked at, before the first check.
    pub(super) fn of(tree: &Tree) -> Self {
        let mut record = Self::default();
        for unlisted in &tree.unlisted {
            record.unlisted(unlisted);
        }
        record
    }

    /// Notes that a finding says of the certificate at a path which names it
    /// lacks.
    pub(super) fn misses(&mut self, path: &str, names: &[String]) {
        let names = names.iter().map(|name| (path.to_owned(), name.clone()));
        self.missing_names.extend(names);
    }

    /// Whether a finding says that the certificate at a path lacks a name.
    pub(super) fn says_missing(&self, path: &str, name: &str) -> bool {
        self.missing_names
            .contains(&(path.to_owned(), name.to_owned()))
    }

    /// One check.
    pub(super) fn expect(&mut self, holds: bool, otherwise: impl FnOnce() -> Finding) {
        self.checked += 1;
        if !holds {
            self.add(otherwise());
        }
    }

    /// One check that failed.
    pub(super) fn fail(&mut self, finding: Finding) -> Cause {
        self.checked += 1;
        self.add(finding)
    }

    /// What a check found that was counted before.
    pub(super) fn add(&mut self, finding: Finding) -> Cause {
        self.findings.push(finding);
        Cause(self.findings.len() - 1)
    }

    /// Something else that is wrong because of `cause`.
    pub(super) fn follows(&mut self, cause: Cause, file: &str, message: &str) {
        let consequence = Consequence {
            file: file.to_owned(),
            message: message.to_owned(),
            rule: None,
        };
        if let Some(Finding { consequences, .. }) = self.findings.get_mut(cause.0)
            && !consequences.contains(&consequence)
        {
            consequences.push(consequence);
        }
    }

    pub(super) fn finding(&self, cause: Cause) -> Option<&Finding> {
        self.findings.get(cause.0)
    }

    /// What was found by this rule about a file.
    pub(super) fn cause(&self, rule: Rule, file: &str) -> Option<Cause> {
        self.position(|finding| finding.rule == rule && finding.file == file)
    }

    pub(super) fn has(&self, rule: Rule, file: &str) -> bool {
        self.cause(rule, file).is_some()
    }

    /// Why a file is of no use.
    pub(super) fn error_in(&self, file: &str) -> Option<Cause> {
        self.position(|finding| finding.severity == Severity::Error && finding.file == file)
    }

    /// What says that a file is another one than it should be.
    pub(super) fn about_the_whole(&self, file: &str) -> Option<Cause> {
        self.position(|finding| finding.file == file && finding.rule.is_about_the_whole())
    }

    fn position(&self, wanted: impl Fn(&Finding) -> bool) -> Option<Cause> {
        self.findings.iter().position(wanted).map(Cause)
    }

    pub(super) fn unreadable(&mut self, path: &str, why: &str) {
        self.kept_out(path, Obstacle::Denied, why);
    }

    fn unlisted(&mut self, unlisted: &Unlisted) {
        let Unlisted {
            path,
            obstacle,
            why,
        } = unlisted;
        match obstacle {
            Obstacle::TooManyOthers => {
                self.not_checked(format!("what else lies in {path}"), why, None);
            }
            _ => self.kept_out(path, *obstacle, why),
        }
    }

    fn kept_out(&mut self, path: &str, obstacle: Obstacle, why: &str) {
        let fix = match obstacle {
            Obstacle::Denied => AS_ROOT,
            Obstacle::OddName => {
                "give it a name in plain text, or move it elsewhere: no component uses such a name"
            }
            Obstacle::Loop => "remove the link, and put what it should lead to in its place",
            Obstacle::TooMany | Obstacle::TooManyOthers => {
                "move away what no component uses, and check again"
            }
        };
        self.unreadable += 1;
        let message = format!("cannot be read: {why}");
        self.findings
            .push(Finding::new(Rule::Unreadable, path, message, fix));
    }

    pub(super) fn not_checked(
        &mut self,
        what: impl Into<String>,
        why: &str,
        flag: Option<&'static str>,
    ) {
        self.not_checked.push(NotChecked {
            what: what.into(),
            why: why.to_owned(),
            flag,
        });
    }
}
