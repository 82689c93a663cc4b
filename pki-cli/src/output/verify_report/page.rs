//! For the page of `kpki report`: what is wrong, group by group, and the rules
//! that it is about, each told once.

use pki_core::{FixStep, Rule, Severity};
use serde::Serialize;

use super::{FindingReport, HostSection, NotCheckedReport, VerifyReport};
use crate::output::table::escaped;

/// What is wrong.
#[derive(Serialize)]
pub(crate) struct FindingsPage {
    pub(crate) errors: usize,
    pub(crate) warnings: usize,
    pub(crate) notes: usize,
    pub(crate) checked: usize,
    /// Whether everything could be looked at.
    pub(crate) complete: bool,
    groups: Vec<Group>,
    hosts: Vec<HostSummary>,
    rules: Vec<Story>,
    not_checked: Vec<Gap>,
}

/// What is wrong on one host, or between several.
#[derive(Serialize)]
struct Group {
    title: String,
    findings: Vec<FindingItem>,
}

#[derive(Serialize)]
struct FindingItem {
    severity: &'static str,
    rule: &'static str,
    hosts: String,
    place: String,
    message: String,
    why: String,
    steps: Vec<Step>,
    consequences: Vec<Effect>,
    /// Consequences that are not listed.
    more: usize,
    is_open: bool,
}

#[derive(Serialize)]
struct Step {
    is_command: bool,
    text: String,
}

#[derive(Serialize)]
struct Effect {
    file: String,
    message: String,
}

#[derive(Serialize)]
struct HostSummary {
    name: String,
    directory: String,
    role: String,
    checked: usize,
    not_read: Option<String>,
    /// `error`, `warning`, or `fine`.
    state: &'static str,
    sums: String,
}

#[derive(Serialize)]
struct Story {
    id: &'static str,
    why: &'static str,
    paragraphs: Vec<&'static str>,
}

#[derive(Serialize)]
struct Gap {
    what: String,
    why: String,
    hosts: String,
}

/// Findings that are unfolded from the beginning.
const OPEN: usize = 5;
/// Consequences of one finding that are listed.
const SHOWN: usize = 20;

impl VerifyReport {
    pub(crate) fn page(&self) -> FindingsPage {
        let mut groups = Vec::new();
        if !self.between.is_empty() {
            let items = self.between.iter();
            let items = items.map(|it| item(&it.finding, &it.hosts.join(", ")));
            groups.push(Group {
                title: "Between the hosts".to_owned(),
                findings: items.collect(),
            });
        }
        let hosts = self.hosts_with_findings().into_iter();
        groups.extend(
            hosts
                .filter(|host| !host.findings.is_empty())
                .map(|host| Group {
                    title: escaped(&host.host),
                    findings: host.findings.iter().map(|it| item(it, "")).collect(),
                }),
        );
        let all = groups.iter_mut().flat_map(|group| &mut group.findings);
        let errors = all.filter(|finding| finding.severity == Severity::Error.name());
        errors.take(OPEN).for_each(|finding| finding.is_open = true);
        let gap = |(gap, hosts): (&NotCheckedReport, String)| Gap {
            what: escaped(&gap.what),
            why: escaped(&gap.why),
            hosts: escaped(&hosts),
        };
        let of_nobody = self.not_checked.iter().map(|gap| (gap, String::new()));
        FindingsPage {
            errors: self.sums.errors,
            warnings: self.sums.warnings,
            notes: self.sums.notes,
            checked: self.sums.checked,
            complete: self.complete,
            rules: self.stories(),
            groups,
            hosts: self.hosts.iter().map(|host| self.summary(host)).collect(),
            not_checked: self
                .not_checked_of_hosts()
                .into_iter()
                .chain(of_nobody)
                .map(gap)
                .collect(),
        }
    }

    /// The rules that are broken, in the order of their table.
    fn stories(&self) -> Vec<Story> {
        let own = self.hosts.iter().flat_map(|host| &host.findings);
        let all = own.chain(self.between.iter().map(|between| &between.finding));
        let broken: Vec<_> = all.map(|finding| finding.rule).collect();
        let rules = Rule::ALL.iter().filter(|rule| broken.contains(&rule.id()));
        let story = |rule: &Rule| Story {
            id: rule.id(),
            why: rule.why(),
            paragraphs: rule.story().lines().filter(|it| !it.is_empty()).collect(),
        };
        rules.map(story).collect()
    }

    fn summary(&self, host: &HostSection) -> HostSummary {
        let between = self.between.iter();
        let between = between.filter(|found| found.hosts.contains(&host.host));
        let between = between.map(|found| found.finding.severity);
        let all = host.findings.iter().map(|it| it.severity).chain(between);
        let all: Vec<_> = all.collect();
        let count = |severity| all.iter().filter(|it| **it == severity).count();
        let words = |count: usize, one: &str| match count {
            1 => format!("1 {one}"),
            _ => format!("{count} {one}s"),
        };
        let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
        let (state, sums) = match (&host.not_read, errors, warnings) {
            (Some(_), _, _) => ("error", "not looked at".to_owned()),
            (None, 0, 0) => ("fine", "nothing wrong".to_owned()),
            (None, 0, _) => ("warning", words(warnings, "warning")),
            (None, _, 0) => ("error", words(errors, "error")),
            (None, _, _) => {
                let (errors, warnings) = (words(errors, "error"), words(warnings, "warning"));
                ("error", format!("{errors}, {warnings}"))
            }
        };
        HostSummary {
            name: escaped(&host.host),
            directory: escaped(&host.directory),
            role: host.role_words(),
            checked: host.checked,
            not_read: host.not_read.as_ref().map(|(why, hint)| match hint {
                Some(hint) => escaped(&format!("{why}; {hint}")),
                None => escaped(why),
            }),
            state,
            sums,
        }
    }
}

fn item(finding: &FindingReport, hosts: &str) -> FindingItem {
    let step = |step: &FixStep| match step {
        FixStep::Say(text) => Step {
            is_command: false,
            text: escaped(text),
        },
        FixStep::Run(command) => Step {
            is_command: true,
            text: escaped(command),
        },
    };
    let consequences = finding.consequences.iter().take(SHOWN);
    FindingItem {
        severity: finding.severity.name(),
        rule: finding.rule,
        hosts: escaped(hosts),
        place: escaped(&finding.place()),
        message: escaped(&finding.message),
        why: escaped(&finding.why),
        steps: finding.steps.iter().map(step).collect(),
        consequences: consequences
            .map(|it| Effect {
                file: escaped(&it.file),
                message: escaped(&it.message),
            })
            .collect(),
        more: finding.consequences.len().saturating_sub(SHOWN),
        is_open: false,
    }
}
