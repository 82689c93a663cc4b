//! For people at a terminal. Prose is wrapped, commands never are: they are
//! copied.

use std::fmt::Write;

use pki_core::{FixStep, Severity};

use super::{FindingReport, HostSection, VerifyReport};
use crate::output::table::{escaped, wrap};
use crate::output::{ERROR, HINT, NOTE, WARNING};

/// Consequences that are shown of one cause.
const MOST_CONSEQUENCES: usize = 6;

impl VerifyReport {
    pub(crate) fn to_text(&self, columns: Option<usize>) -> String {
        let mut text = Text {
            out: String::new(),
            columns: columns.map_or(usize::MAX, |columns| columns.max(40)),
        };
        if self.now_is_given {
            text.line(&format!("as of {}", self.now), "");
        }
        let single = self.hosts.len() == 1;
        if single {
            for host in &self.hosts {
                text.host(host, single);
            }
        } else {
            self.groups(&mut text);
        }
        let of_hosts = self.not_checked_of_hosts().into_iter();
        let of_hosts = of_hosts.map(|(not_checked, hosts)| match hosts.is_empty() {
            true => (not_checked, hosts),
            false => (not_checked, format!(" on {hosts}")),
        });
        let of_nobody = self.not_checked.iter().map(|it| (it, String::new()));
        for (not_checked, hosts) in of_hosts.chain(of_nobody) {
            let flag = not_checked.flag.map(|flag| format!(" (give {flag})"));
            let line = format!(
                "not checked{hosts}: {}: {}{}",
                not_checked.what,
                not_checked.why,
                flag.unwrap_or_default()
            );
            text.line(&line, "");
        }
        text.line(&self.sums(), "");
        text.out
    }

    /// What is wrong between the hosts and on each of them, the worst first.
    fn groups(&self, text: &mut Text) {
        let hosts = self.hosts_with_findings();
        let between = self
            .between
            .iter()
            .map(|between| between.finding.severity)
            .min();
        let as_bad = |host: &&&HostSection| between.is_some() && host.worst() < between;
        let worse = hosts.iter().take_while(as_bad).count();
        let (before, after) = hosts.split_at(worse);
        for host in before {
            text.host(host, false);
        }
        if !self.between.is_empty() {
            text.line("between the hosts", "");
            for between in &self.between {
                text.finding(&between.finding);
            }
            text.out.push('\n');
        }
        for host in after {
            text.host(host, false);
        }
        if let Some(healthy) = self.healthy() {
            text.line(&format!("nothing is wrong on {healthy}"), "");
        }
    }
}

struct Text {
    out: String,
    columns: usize,
}

impl Text {
    fn line(&mut self, line: &str, indent: &str) {
        // Writing to a String does not fail.
        let line = wrap(&escaped(line), self.columns, indent);
        let _ = writeln!(self.out, "{line}");
    }

    fn host(&mut self, host: &HostSection, single: bool) {
        let below = match (host.findings.is_empty(), host.is_far) {
            (true, _) => "",
            (false, false) => "; paths are below it",
            (false, true) => {
                "; paths are below it, and commands are for a shell there, but for those 'from here'"
            }
        };
        let head = match single {
            true => format!("{}: {}{below}", host.directory, host.role_words()),
            false => format!(
                "{} ({}): {}{below}",
                host.host,
                host.directory,
                host.role_words()
            ),
        };
        match &host.not_read {
            None => self.line(&head, ""),
            Some((why, hint)) => {
                self.line(
                    &format!("{} ({}): not checked", host.host, host.directory),
                    "",
                );
                self.labelled("error", ERROR, why, "");
                if let Some(hint) = hint {
                    self.labelled("hint", HINT, hint, "  ");
                }
            }
        }
        for finding in &host.findings {
            self.finding(finding);
        }
        if !single {
            self.out.push('\n');
        }
    }

    fn labelled(&mut self, label: &str, style: anstyle::Style, text: &str, indent: &str) {
        let label = format!("{label}:");
        let line = wrap(&escaped(&format!("{label} {text}")), self.columns, indent);
        let start = format!("{indent}{label}");
        let rest = line.strip_prefix(&start).unwrap_or(&line);
        let _ = writeln!(self.out, "{indent}{style}{label}{style:#}{rest}");
    }

    /// A command stays on one line of its own, however narrow the terminal is, so that it can be
    /// pasted.
    fn fix(&mut self, steps: &[FixStep]) {
        for (number, step) in steps.iter().enumerate() {
            match (number, step) {
                (0, FixStep::Say(text)) => self.labelled("fix", HINT, text, "  "),
                (0, FixStep::Run(command)) => {
                    let command = escaped(command);
                    let _ = writeln!(self.out, "  {HINT}fix:{HINT:#} {command}");
                }
                (_, FixStep::Say(text)) => self.line(text, "  "),
                (_, FixStep::Run(command)) => {
                    let _ = writeln!(self.out, "    {}", escaped(command));
                }
            }
        }
    }

    fn finding(&mut self, finding: &FindingReport) {
        let style = match finding.severity {
            Severity::Error => ERROR,
            Severity::Warning => WARNING,
            Severity::Note => NOTE,
        };
        // What 'kpki explain' wants to know.
        let what = format!(
            "{}: {} [{}]",
            finding.place(),
            finding.message,
            finding.rule
        );
        self.labelled(finding.severity.name(), style, &what, "");
        self.line(&format!("why: {}", finding.why), "  ");
        self.fix(&finding.steps);
        if finding.consequences.is_empty() {
            return;
        }
        self.line("and so:", "  ");
        for consequence in finding.consequences.iter().take(MOST_CONSEQUENCES) {
            self.line(
                &format!("{}: {}", consequence.file, consequence.message),
                "    ",
            );
        }
        let more = finding.consequences.len().saturating_sub(MOST_CONSEQUENCES);
        if more > 0 {
            self.line(&format!("and {more} more"), "    ");
        }
    }
}

#[cfg(test)]
mod tests {
    use pki_core::TreeRole;

    use super::super::{ConsequenceReport, NotCheckedReport, Sums};
    use super::*;

    const COMMAND: &str =
        "cp -p /a/very/long/path/to/a/file/etc/kubernetes/pki/ca.crt /etc/kubernetes/pki/ca.crt";

    fn finding(severity: Severity, consequences: usize) -> FindingReport {
        let consequence = |number| ConsequenceReport {
            file: format!("pki/{number}.crt"),
            message: "is not signed by the CA that it was signed by before".to_owned(),
            rule: None,
        };
        FindingReport {
            rule: "ca-differs",
            severity,
            file: "pki/ca.crt".to_owned(),
            block: Some(2),
            line: None,
            message: "is another one than that of all the others, which have the usual one"
                .to_owned(),
            why: "nothing that it signed from now on is accepted by any of the other hosts"
                .to_owned(),
            fix: String::new(),
            commands: Vec::new(),
            steps: vec![
                FixStep::Say("copy the one that most of the hosts have".to_owned()),
                FixStep::Run(COMMAND.to_owned()),
                FixStep::Say("then issue again what was signed with the other one".to_owned()),
            ],
            consequences: (0..consequences).map(consequence).collect(),
        }
    }

    fn report(hosts: usize) -> VerifyReport {
        let section = |number| HostSection {
            host: format!("m{number}"),
            directory: format!("/trees/m{number}/etc/kubernetes"),
            role: None,
            checked: 10,
            unreadable: 0,
            findings: match number {
                0 => vec![finding(Severity::Warning, 9)],
                1 => vec![finding(Severity::Error, 0)],
                _ => Vec::new(),
            },
            not_checked: std::sync::Arc::new([NotCheckedReport {
                what: "whether the certificates name this host and its addresses".to_owned(),
                why: "nothing says which host this is".to_owned(),
                flag: Some("--host NAME --ip ADDRESS"),
            }]),
            is_far: false,
            role_text: Some(TreeRole::ControlPlaneWithEtcd),
            not_read: None,
        };
        VerifyReport {
            schema: "kpki.verify/v1",
            ok: false,
            complete: true,
            now: "2027-03-01T00:00:00Z".to_owned(),
            hosts: (0..hosts).map(section).collect(),
            between: Vec::new(),
            not_checked: Vec::new(),
            sums: Sums::default(),
            now_is_given: true,
        }
    }

    #[test]
    fn fits_every_width_and_keeps_commands_whole() {
        for columns in [60, 80, 120, 200] {
            let text = report(9).to_text(Some(columns));
            let text = anstream::adapter::strip_str(&text).to_string();
            assert!(text.starts_with("as of 2027-03-01T00:00:00Z\n"), "{text}");
            let command = format!("    {COMMAND}");
            for line in text.lines().filter(|line| *line != command) {
                assert!(line.chars().count() <= columns, "{columns}: {line}");
            }
            let commands = text.lines().filter(|line| *line == command);
            assert_eq!(commands.count(), 2, "{text}");
            assert!(text.contains("    and 3 more\n"), "{text}");
        }
    }

    #[test]
    fn the_worst_host_comes_first_and_the_healthy_share_a_line() {
        let text = report(9).to_text(None);
        let at = |what: &str| {
            text.find(what)
                .unwrap_or_else(|| panic!("no {what} in {text}"))
        };
        assert!(at("m1 (/trees/m1") < at("m0 (/trees/m0"));
        assert!(
            text.contains("nothing is wrong on m2, m3, m4, m5 and 3 more\n"),
            "{text}"
        );
        assert_eq!(text.matches("not checked: whether").count(), 1, "{text}");
    }
}
