//! What `kpki verify` found: the same facts as JSON, as text and as Markdown.

mod markdown;
mod page;
mod text;

pub(crate) use page::FindingsPage;

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;

use pki_core::{
    Comparison, Consequence, Finding, Fix, FixStep, HostReport, NotChecked, Report, Rule, Severity,
    TreeLocation, TreeRole,
};
use serde::Serialize;

use super::table::escaped;
use crate::env::Env;
use crate::failure::{Failure, Outcome};

/// Where a tree was read.
pub(crate) struct ReadTree {
    /// What the paths of findings are relative to.
    pub(crate) directory: PathBuf,
    pub(crate) not_checked: Gaps,
}

/// What was not checked of a host.
pub(crate) type Gaps = Arc<[NotCheckedReport]>;

/// What was not checked is the same of most hosts, and is kept once.
pub(crate) struct CommonGaps {
    known: HashSet<Gaps>,
    are_many: bool,
}

impl CommonGaps {
    /// Of so many hosts.
    pub(crate) fn of(hosts: usize) -> Self {
        Self {
            known: HashSet::new(),
            are_many: hosts > 1,
        }
    }

    /// Takes from a report what was not checked.
    pub(crate) fn take(&mut self, report: &mut Report, location: &TreeLocation) -> Gaps {
        let not_checked = std::mem::take(&mut report.not_checked).into_iter();
        let shown = |not_checked: NotChecked| NotCheckedReport {
            what: location.shown_in(&not_checked.what),
            why: not_checked.why,
            flag: not_checked.flag.map(|flag| match flag {
                // That is one host, and the others would be none of the cluster.
                "--host NAME --ip ADDRESS" | "--host NAME" | "--ip ADDRESS" if self.are_many => {
                    "--host NAME=ADDRESS for each"
                }
                flag => flag,
            }),
        };
        let gaps: Gaps = not_checked.map(shown).collect();
        if let Some(known) = self.known.get(&gaps) {
            return Arc::clone(known);
        }
        self.known.insert(Arc::clone(&gaps));
        gaps
    }
}

/// A tree that could not be read.
pub(crate) struct NotRead {
    pub(crate) host: String,
    pub(crate) directory: PathBuf,
    pub(crate) failure: Failure,
}

/// The JSON document, `kpki.verify/v1`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct VerifyReport {
    schema: &'static str,
    ok: bool,
    complete: bool,
    now: String,
    hosts: Vec<HostSection>,
    between: Vec<BetweenReport>,
    /// What was not checked and is no host's.
    not_checked: Vec<NotCheckedReport>,
    sums: Sums,
    /// Whether `now` is another time than the clock's.
    #[serde(skip)]
    now_is_given: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct HostSection {
    host: String,
    directory: String,
    role: Option<&'static str>,
    checked: usize,
    unreadable: usize,
    findings: Vec<FindingReport>,
    #[serde(serialize_with = "as_list")]
    not_checked: Gaps,
    /// Whether it was looked at over ssh.
    #[serde(skip)]
    is_far: bool,
    #[serde(skip)]
    role_text: Option<TreeRole>,
    /// Why nothing of it could be checked, and what to do.
    #[serde(skip)]
    not_read: Option<(String, Option<String>)>,
}

#[derive(Serialize)]
struct BetweenReport {
    hosts: Vec<String>,
    #[serde(flatten)]
    finding: FindingReport,
}

#[derive(Serialize)]
struct FindingReport {
    rule: &'static str,
    #[serde(serialize_with = "severity_name")]
    severity: Severity,
    file: String,
    block: Option<usize>,
    line: Option<usize>,
    message: String,
    why: String,
    /// How to mend it, on one line.
    fix: String,
    /// The commands of it.
    commands: Vec<String>,
    #[serde(skip)]
    steps: Vec<FixStep>,
    consequences: Vec<ConsequenceReport>,
}

#[derive(Serialize)]
struct ConsequenceReport {
    file: String,
    message: String,
    rule: Option<&'static str>,
}

#[derive(Serialize, Clone, PartialEq, Eq, Hash)]
pub(crate) struct NotCheckedReport {
    what: String,
    why: String,
    flag: Option<&'static str>,
}

#[derive(Serialize, Default)]
#[serde(rename_all = "camelCase")]
struct Sums {
    checked: usize,
    not_checked: usize,
    errors: usize,
    warnings: usize,
    notes: usize,
    unreadable: usize,
}

fn severity_name<S: serde::Serializer>(severity: &Severity, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(severity.name())
}

fn as_list<S: serde::Serializer>(gaps: &Gaps, to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(gaps.iter())
}

impl VerifyReport {
    pub(crate) fn new(
        hosts: Vec<HostReport>,
        trees: Vec<ReadTree>,
        between: Comparison,
        not_read: &[NotRead],
        strict: bool,
        env: &Env,
    ) -> Self {
        let complete = not_read.is_empty() && hosts.iter().all(|host| host.report.is_complete());
        let checked = between.checked;
        let between: Vec<_> = between.findings.into_iter().map(between_report).collect();
        let mut sections: Vec<_> = hosts.into_iter().zip(trees).map(host_section).collect();
        sections.extend(not_read.iter().map(not_read_section));
        let mut sums = Sums {
            checked: checked + sections.iter().map(|host| host.checked).sum::<usize>(),
            ..Sums::default()
        };
        for host in &sections {
            sums.not_checked += host.not_checked.len();
            sums.unreadable += host.unreadable;
        }
        let own = sections.iter().flat_map(|host| &host.findings);
        for finding in own.chain(between.iter().map(|between| &between.finding)) {
            match finding.severity {
                Severity::Error => sums.errors += 1,
                Severity::Warning => sums.warnings += 1,
                Severity::Note => sums.notes += 1,
            }
        }
        Self {
            schema: "kpki.verify/v1",
            ok: complete && sums.errors == 0 && !(strict && sums.warnings > 0),
            complete,
            now: env.now.to_string(),
            hosts: sections,
            between,
            not_checked: Vec::new(),
            sums,
            now_is_given: env.now_is_given,
        }
    }

    /// The same with what is no host's.
    pub(crate) fn with_not_checked(mut self, of_nobody: impl Iterator<Item = NotChecked>) -> Self {
        let shown = |NotChecked { what, why, flag }| NotCheckedReport { what, why, flag };
        self.not_checked.extend(of_nobody.map(shown));
        self.sums.not_checked += self.not_checked.len();
        self
    }

    /// What could not be checked outweighs what is wrong.
    pub(crate) fn outcome(&self) -> Outcome {
        match (self.complete, self.ok) {
            (false, _) => Outcome::Unknown,
            (true, true) => Outcome::Yes,
            (true, false) => Outcome::No,
        }
    }

    /// For those who want no output: what made the check impossible, on stderr.
    pub(crate) fn say_what_was_not_read(&self) {
        const RULES: [Rule; 2] = [Rule::Unreadable, Rule::LiveUnreachable];
        let is_unreadable =
            |finding: &&FindingReport| RULES.iter().any(|rule| rule.id() == finding.rule);
        for between in &self.between {
            if is_unreadable(&&between.finding) {
                let hosts = between.hosts.join(", ");
                let FindingReport { file, message, .. } = &between.finding;
                super::complaint(&escaped(&format!("{hosts}: {file}: {message}")));
            }
        }
        for host in &self.hosts {
            if let Some((why, _)) = &host.not_read {
                super::complaint(&escaped(&format!("{}: {why}", host.host)));
            }
            for finding in host.findings.iter().filter(is_unreadable) {
                let FindingReport { file, message, .. } = finding;
                super::complaint(&escaped(&format!("{}: {file}: {message}", host.host)));
            }
        }
    }
}

fn host_section((host, tree): (HostReport, ReadTree)) -> HostSection {
    let HostReport {
        host,
        location,
        report,
        ..
    } = host;
    let Report {
        role,
        findings,
        checked,
        unreadable,
        ..
    } = report;
    HostSection {
        host,
        directory: tree.directory.to_string_lossy().into_owned(),
        role: role.map(TreeRole::id),
        checked,
        unreadable,
        findings: findings
            .into_iter()
            .map(|finding| finding_report(finding, &location))
            .collect(),
        not_checked: tree.not_checked,
        is_far: !location.machine.is_empty(),
        role_text: role,
        not_read: None,
    }
}

fn not_read_section(not_read: &NotRead) -> HostSection {
    let why = not_read.failure.message().to_owned();
    HostSection {
        host: not_read.host.clone(),
        directory: not_read.directory.to_string_lossy().into_owned(),
        role: None,
        checked: 0,
        unreadable: 0,
        findings: Vec::new(),
        not_checked: Arc::new([NotCheckedReport {
            what: "the whole tree".to_owned(),
            why: why.clone(),
            flag: None,
        }]),
        is_far: false,
        role_text: None,
        not_read: Some((why, not_read.failure.advice().map(str::to_owned))),
    }
}

fn between_report(found: pki_core::FleetFinding) -> BetweenReport {
    BetweenReport {
        hosts: found.hosts,
        finding: finding_report(found.finding, &TreeLocation::default()),
    }
}

/// Names in certificates and of files are anybody's: the text and Markdown
/// escape them, and programs get them as they are.
fn finding_report(finding: Finding, location: &TreeLocation) -> FindingReport {
    let consequence = |consequence: Consequence| ConsequenceReport {
        file: location.shown(&consequence.file).into_owned(),
        message: location.shown_in(&consequence.message),
        rule: consequence.rule.map(Rule::id),
    };
    let steps = finding.fix.steps.into_iter().map(|step| match step {
        FixStep::Say(text) => FixStep::Say(location.shown_in(&text)),
        run @ FixStep::Run(_) => run,
    });
    let fix = Fix {
        steps: steps.collect(),
    };
    FindingReport {
        rule: finding.rule.id(),
        severity: finding.severity,
        file: location.shown(&finding.file).into_owned(),
        block: finding.place.and_then(|place| place.block),
        line: finding.place.and_then(|place| place.line),
        message: location.shown_in(&finding.message),
        why: finding.why,
        fix: fix.to_string(),
        commands: fix.commands().map(str::to_owned).collect(),
        steps: fix.steps,
        consequences: finding.consequences.into_iter().map(consequence).collect(),
    }
}

impl FindingReport {
    /// `admin.conf`, `pki/ca.crt, block 2`, `manifests/etcd.yaml:17`.
    fn place(&self) -> String {
        let mut place = self.file.clone();
        if let Some(line) = self.line {
            place.push_str(&format!(":{line}"));
        }
        if let Some(block) = self.block {
            place.push_str(&format!(", block {block}"));
        }
        place
    }
}

impl HostSection {
    fn worst(&self) -> Option<Severity> {
        match self.not_read {
            Some(_) => Some(Severity::Error),
            None => self.findings.iter().map(|finding| finding.severity).min(),
        }
    }

    fn role_words(&self) -> String {
        // There may be more to come, and what it is for tells by that.
        let is_unfinished = |it: &FindingReport| it.rule == Rule::InterruptedRun.id();
        match self.role_text {
            Some(TreeRole::Authorities) if self.findings.iter().any(is_unfinished) => {
                "the home of the CAs, or a host that a copy has not got further with".to_owned()
            }
            Some(TreeRole::ControlPlane) if self.findings.iter().any(is_unfinished) => {
                "a control plane host; where its etcd runs may show once the interrupted run is ended".to_owned()
            }
            Some(role) => role.to_string(),
            None => "what it is for cannot be told".to_owned(),
        }
    }
}

impl VerifyReport {
    /// Hosts with something to say, the worst first.
    fn hosts_with_findings(&self) -> Vec<&HostSection> {
        let mut hosts: Vec<_> = self
            .hosts
            .iter()
            .filter(|host| host.worst().is_some())
            .collect();
        hosts.sort_by_key(|host| host.worst());
        hosts
    }

    /// The names of the hosts that nothing is wrong with, as many as fit a line.
    fn healthy(&self) -> Option<String> {
        const SHOWN: usize = 5;
        let named = |name: &String| self.between.iter().any(|found| found.hosts.contains(name));
        let is_healthy = |host: &&HostSection| host.worst().is_none() && !named(&host.host);
        let healthy = self.hosts.iter().filter(is_healthy);
        let names: Vec<_> = healthy.map(|host| host.host.as_str()).collect();
        shortened(&names, SHOWN)
    }

    /// What was not checked of the hosts, each once with the hosts that it is about.
    fn not_checked_of_hosts(&self) -> Vec<(&NotCheckedReport, String)> {
        const SHOWN: usize = 5;
        let mut all: Vec<(&NotCheckedReport, Vec<&str>)> = Vec::new();
        for host in self.hosts.iter().filter(|host| host.not_read.is_none()) {
            for not_checked in &host.not_checked[..] {
                match all.iter_mut().find(|(known, _)| *known == not_checked) {
                    Some((_, hosts)) => hosts.push(&host.host),
                    None => all.push((not_checked, vec![&host.host])),
                }
            }
        }
        let named = |(not_checked, hosts): (_, Vec<&str>)| {
            let hosts = match hosts.len() == self.hosts.len() {
                true => String::new(),
                false => shortened(&hosts, SHOWN).unwrap_or_default(),
            };
            (not_checked, hosts)
        };
        all.into_iter().map(named).collect()
    }

    fn sums(&self) -> String {
        let number = |count: usize, name: &str| match count {
            1 => format!("1 {name}"),
            _ => format!("{count} {name}s"),
        };
        let hosts = match self.hosts.len() {
            1 => String::new(),
            hosts => format!(" on {hosts} hosts"),
        };
        let Sums {
            checked,
            not_checked,
            errors,
            warnings,
            notes,
            unreadable,
        } = self.sums;
        let mut sums = format!(
            "checked {checked}{hosts}, not checked {not_checked}: {}, {}",
            number(errors, "error"),
            number(warnings, "warning")
        );
        if notes > 0 {
            sums.push_str(&format!(", {}", number(notes, "note")));
        }
        if unreadable > 0 {
            sums.push_str(&format!(", {unreadable} unreadable"));
        }
        sums
    }
}

/// `m0, m1, m2 and 7 more`; `None` for nothing.
fn shortened(names: &[&str], most: usize) -> Option<String> {
    match names {
        [] => None,
        [one] => Some((*one).to_owned()),
        [first @ .., last] if names.len() <= most => {
            Some(format!("{} and {last}", first.join(", ")))
        }
        _ => {
            let (shown, more) = names.split_at(most - 1);
            Some(format!("{} and {} more", shown.join(", "), more.len()))
        }
    }
}
