//! What is wrong between hosts and mended on one of them: its place and its commands.

use super::{Finding, Fleet, FleetFinding};
use crate::verify::fix::{Fix, FixStep};
use crate::verify::place;

/// How a finding is mended on a host.
pub(super) struct Mending {
    pub(super) host: usize,
    pub(super) line: Option<usize>,
    pub(super) commands: Vec<String>,
}

impl Fleet<'_> {
    /// Of these hosts those whose own reports tell of it, if some do and others do not:
    /// there more is known than what most of them have.
    pub(super) fn blamed(
        &self,
        hosts: &[usize],
        tells: impl Fn(&Finding) -> bool,
    ) -> Option<Vec<usize>> {
        let is_told = |host: &&usize| {
            let report = self.hosts.get(**host).map(|host| &host.report);
            report.is_some_and(|report| report.findings.iter().any(&tells))
        };
        let told: Vec<usize> = hosts.iter().filter(is_told).copied().collect();
        (!told.is_empty() && told.len() < hosts.len()).then_some(told)
    }

    /// Adds a finding that is the same as the one in the hosts' own reports which `is_same`
    /// picks: it has their lines and commands, or else these.
    pub(super) fn add_mended(
        &mut self,
        hosts: &[usize],
        mut finding: Finding,
        is_same: impl Fn(&Finding) -> bool,
        otherwise: Vec<Mending>,
    ) {
        let others = std::mem::take(&mut finding.consequences);
        let absorbed = self.absorb(hosts, &mut finding, |_, own| is_same(own));
        finding.consequences.extend(others);
        let mut lines: Vec<_> = absorbed.iter().map(|(_, own)| own.place).collect();
        lines.dedup();
        if let [only] = lines[..] {
            finding.place = only;
        }
        let mended = absorbed.into_iter().map(|(host, own)| Mending {
            host,
            line: own.place.and_then(|place| place.line),
            commands: own.fix.commands().map(ToOwned::to_owned).collect(),
        });
        let edits = |it: &Mending| it.commands.iter().any(|it| it.contains("sed "));
        let mended: Vec<_> = mended.filter(edits).collect();
        let are_all = |all: &[Mending]| {
            hosts
                .iter()
                .all(|host| all.iter().any(|it| it.host == *host))
        };
        // Half of them alone would be of no use, and a host's own report may mend what it
        // knows of itself alone: then the lists of the hosts would differ.
        let count = |all: &Vec<Mending>| {
            let commands = all.iter().flat_map(|it| &it.commands);
            commands.filter(|it| it.contains("sed ")).count()
        };
        let ways = [otherwise, mended].into_iter();
        let chosen = ways.filter(|all| are_all(all)).max_by_key(count);
        if let Some(all) = chosen {
            let mut lines: Vec<_> = all.iter().map(|it| it.line).collect();
            lines.dedup();
            if let [only] = lines[..] {
                finding.place = place::of_line(only);
            }
            finding.fix = self.on_each(&finding.fix, &all);
        }
        self.comparison.findings.push(FleetFinding {
            hosts: self.named(hosts),
            finding,
        });
    }

    /// The words, then the commands of each host, and what the words were followed by once.
    fn on_each(&self, fix: &Fix, all: &[Mending]) -> Fix {
        let words = fix.steps.iter().find_map(|step| match step {
            FixStep::Say(text) => Some(text.clone()),
            FixStep::Run(_) => None,
        });
        let mut found = Fix::say(words.unwrap_or_default());
        let is_one = all
            .iter()
            .all(|it| Some(it.host) == all.first().map(|it| it.host));
        for it in all {
            if !is_one {
                found = found.and_say(format!("on {}", self.list(&[it.host])));
            }
            let commands = it.commands.iter().cloned();
            found = commands.fold(found, Fix::and_run);
        }
        found
    }
}
