//! CHANGES.md: what is still to be done on hosts that run, change by change. It
//! grows until whoever does that removes it, for nobody else knows what is done.

use super::RenderedKind;
use super::format::markdown;
use super::step::Step;
use crate::time::Timestamp;

const HEAD: &str = "\
# What is still to be done on hosts that run

Written by kpki when the description of the cluster changed: hosts that run do not follow by themselves. Do
what stands here from the top, each step when the one before has worked, in the directory of this file and as
somebody who reaches every host as root with ssh.

kpki adds what the next change needs at the end, and takes nothing away: **remove this file when all is done.**
If nothing was set up yet remove it at once, and follow RUNBOOK.md.
";

/// The file with the steps of a change at its end. They may be those of the change
/// before: files were replaced again, and whoever carries these out has not done it.
#[must_use]
pub fn changes(before: Option<&str>, steps: &[Step], time: Timestamp) -> String {
    let section: String = (1..)
        .zip(steps)
        .map(|(number, step)| listed(number, step))
        .collect();
    let before = before.unwrap_or(HEAD);
    let end = if before.ends_with('\n') { "" } else { "\n" };
    format!("{before}{end}\n## {time}\n{section}")
}

/// Whether this is such a file, and no other of the same name.
#[must_use]
pub fn is_changes_file(text: &str) -> bool {
    text.lines().next() == HEAD.lines().next()
}

/// Whether somebody has still to change an etcd that runs, as far as the file says:
/// each such change brings its unit.
#[must_use]
pub fn changes_etcd(changes: &str) -> bool {
    changes.contains(RenderedKind::EtcdUnit.path())
}

fn listed(number: usize, step: &Step) -> String {
    let what = markdown::text(&step.what);
    if step.commands.is_empty() {
        return format!("\n{number}. {what}.\n");
    }
    // What follows belongs to the item if it stands below its text.
    let margin = " ".repeat(format!("{number}. ").len());
    let commands = step.commands.iter().flat_map(|command| command.lines());
    let commands: String = commands.map(|line| format!("{margin}{line}\n")).collect();
    format!("\n{number}. {what}:\n\n{margin}```sh\n{commands}{margin}```\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_added_each_time() {
        let time = Timestamp::parse_rfc3339("2026-11-22T19:15:00Z").unwrap();
        let steps = [
            Step::run("stop *it*", ["ssh a b".to_owned(), "c\nd".to_owned()]),
            Step::say("wait"),
        ];
        let first = changes(None, &steps, time);
        let section = "\n## 2026-11-22T19:15:00Z\n\n1. stop \\*it\\*:\n\n   ```sh\n   ssh a b\n   c\n   d\n   ```\n\n2. wait.\n";
        assert_eq!(first, format!("{HEAD}{section}"));
        assert_eq!(
            changes(Some(&first), &steps, time),
            format!("{first}{section}")
        );
        let other = changes(Some(&first), &steps[1..], time);
        assert_eq!(other, format!("{first}\n## {time}\n\n1. wait.\n"));
        assert!(is_changes_file(&other) && !is_changes_file("# Changes\n"));
        let cut = first.trim_end();
        let third = changes(Some(cut), &steps[1..], time);
        assert_eq!(third, format!("{cut}\n\n## {time}\n\n1. wait.\n"));
    }
}
