//! What was done to many files at once: one finding, and one command for all of
//! them.

use std::collections::BTreeMap;

use super::super::alike::{ENOUGH, together};
use super::super::fix::Fix;
use super::super::{Finding, Record, Rule};
use crate::severity::Severity;

/// What is wrong with files and directories, before what is alike is put
/// together.
#[derive(Default)]
pub(super) struct Wrong {
    pub(super) access: Vec<(Finding, Mend)>,
    pub(super) owners: BTreeMap<u32, Vec<(Finding, Mend)>>,
    pub(super) hard_links: Vec<(Finding, Mend)>,
    pub(super) links: Vec<(Finding, Mend)>,
}

/// A command that takes files, and the file in the words of a shell.
pub(super) struct Mend {
    pub(super) command: String,
    pub(super) file: String,
}

impl Mend {
    /// A file for a command that takes one at a time.
    pub(super) fn in_a_loop(file: String) -> Self {
        Self {
            command: String::new(),
            file,
        }
    }

    /// What mends this file.
    pub(super) fn alone(&self) -> Fix {
        Fix::run(format!("{} {}", self.command, self.file))
    }
}

impl Wrong {
    /// One finding for what was done to many files at once.
    pub(super) fn report(self, record: &mut Record) {
        let (errors, notes): (Vec<_>, Vec<_>) = self
            .access
            .into_iter()
            .partition(|(finding, _)| finding.severity == Severity::Error);
        for access in [errors, notes] {
            report_alike(access, record, |access| {
                let findings = access.iter().map(|(finding, _)| finding);
                let readable = findings
                    .filter(|finding| finding.rule == Rule::ReadableByOthers)
                    .count();
                let message = match (readable, access.len() - readable) {
                    (0, writable) => {
                        format!("holds {writable} files and directories that others may write")
                    }
                    (readable, 0) => {
                        format!("holds {readable} files with keys that others may read")
                    }
                    (readable, writable) => format!(
                        "holds {readable} files with keys that others may read, and {writable} other files and directories that they may write"
                    ),
                };
                (message, in_one_go(access))
            });
        }
        for (uid, owned) in self.owners {
            let (owned, of_etcd): (Vec<_>, Vec<_>) = owned
                .into_iter()
                .partition(|(finding, _)| finding.severity != Severity::Note);
            let message = |count| {
                format!("holds {count} files and directories of the user {uid}, not of root")
            };
            // Who owns the rest as well is not etcd's own user.
            let (owned, of_etcd) = match owned.len() >= ENOUGH {
                true => (owned.into_iter().chain(of_etcd).collect(), Vec::new()),
                false => (owned, of_etcd),
            };
            report_alike(owned, record, |owned| {
                (message(owned.len()), in_one_go(owned))
            });
            report_alike(of_etcd, record, |owned| {
                let fix = Fix::say(IF_ETCDS).and(in_one_go(owned));
                (message(owned.len()), fix)
            });
        }
        report_alike(self.hard_links, record, |files| {
            let message = format!(
                "holds {} files with keys that have further names in the file system",
                files.len()
            );
            let fix = Fix::say("make each a file of its own")
                .and_run(for_each(
                    files,
                    "cp -p \"$f\" \"$f.new\" && mv \"$f.new\" \"$f\"",
                ))
                .and_say("and find the others, such as")
                .and_run(format!(
                    "find / -xdev -samefile {}",
                    files
                        .first()
                        .map(|(_, mend)| mend.file.as_str())
                        .unwrap_or_default()
                ));
            (message, fix)
        });
        report_alike(self.links, record, |files| {
            let message = format!(
                "holds {} files with keys that are links to other directories",
                files.len()
            );
            let copy = "cp -p --remove-destination \"$(readlink -f \"$f\")\" \"$f\"";
            let fix =
                Fix::say("nothing is wrong if that is meant; else").and_run(for_each(files, copy));
            (message, fix)
        });
    }
}

/// What is said of a file of etcd that is not root's.
pub(super) const IF_ETCDS: &str = "nothing is wrong if etcd runs as that user; else";

/// Adds findings, or one for all of them if they are enough.
fn report_alike(
    wrong: Vec<(Finding, Mend)>,
    record: &mut Record,
    say: impl FnOnce(&[(Finding, Mend)]) -> (String, Fix),
) {
    if wrong.len() < ENOUGH {
        record
            .findings
            .extend(wrong.into_iter().map(|(finding, _)| finding));
        return;
    }
    let (message, fix) = say(&wrong);
    let findings = wrong.into_iter().map(|(finding, _)| finding).collect();
    record.findings.extend(together(findings, message, fix));
}

/// One line for each command, with all of its files.
fn in_one_go(wrong: &[(Finding, Mend)]) -> Fix {
    let mut lines: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (_, mend) in wrong {
        lines.entry(&mend.command).or_default().push(&mend.file);
    }
    let lines = lines.iter();
    let lines = lines.map(|(command, files)| format!("{command} {}", files.join(" ")));
    lines.fold(Fix::default(), Fix::and_run)
}

fn for_each(wrong: &[(Finding, Mend)], command: &str) -> String {
    let files: Vec<_> = wrong.iter().map(|(_, mend)| mend.file.as_str()).collect();
    format!("for f in {}; do {command}; done", files.join(" "))
}
