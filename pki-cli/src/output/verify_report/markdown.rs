//! For a ticket: GitHub's Markdown, in which nothing that a certificate or a
//! directory says can become markup, a mention or a link.

use std::fmt::Write;

use pki_core::FixStep;

use crate::output::table::escaped;

use super::{FindingReport, HostSection, VerifyReport};

impl VerifyReport {
    pub(crate) fn to_markdown(&self) -> String {
        let mut out = String::from("# kpki verify\n\n");
        // Writing to a String does not fail.
        let _ = writeln!(out, "As of {}: {}.", self.now, prose(&self.sums()));
        if !self.between.is_empty() {
            out.push_str("\n## Between the hosts\n");
            for between in &self.between {
                finding(&between.finding, &mut out);
            }
        }
        for host in self.hosts_with_findings() {
            section(host, &mut out);
        }
        if let Some(healthy) = self.healthy() {
            let _ = writeln!(out, "\nNothing is wrong on {}.", prose(&healthy));
        }
        let of_hosts = self.not_checked_of_hosts().into_iter();
        let of_hosts = of_hosts.map(|(not_checked, hosts)| match hosts.is_empty() {
            true => (not_checked, "all".to_owned()),
            false => (not_checked, hosts),
        });
        let of_nobody = self.not_checked.iter().map(|it| (it, "none".to_owned()));
        let not_checked: Vec<_> = of_hosts.chain(of_nobody).collect();
        if !not_checked.is_empty() {
            out.push_str("\n## Not checked\n\n");
            out.push_str("| what | why | give | hosts |\n| --- | --- | --- | --- |\n");
        }
        for (not_checked, hosts) in not_checked {
            let flag = not_checked.flag.map(code).unwrap_or_default();
            let row = [
                prose(&not_checked.what),
                prose(&not_checked.why),
                flag,
                prose(&hosts),
            ];
            let _ = writeln!(out, "| {} |", row.join(" | "));
        }
        out
    }
}

fn section(host: &HostSection, out: &mut String) {
    let _ = writeln!(out, "\n## {}\n", prose(&host.host));
    if let Some((why, hint)) = &host.not_read {
        let _ = writeln!(
            out,
            "{}: **not checked**: {}",
            code(&host.directory),
            prose(why)
        );
        if let Some(hint) = hint {
            let _ = writeln!(out, "\n{}", prose(hint));
        }
        return;
    }
    let role = host.role_words();
    let _ = writeln!(
        out,
        "{}: {role}; paths are below it{}.",
        code(&host.directory),
        match host.is_far {
            true => ", and commands are for a shell there, but for those \"from here\"",
            false => "",
        }
    );
    for each in &host.findings {
        finding(each, out);
    }
}

fn finding(finding: &FindingReport, out: &mut String) {
    let _ = writeln!(
        out,
        "\n- **{}** {}: {} ({})\n\n  {}",
        finding.severity,
        code(&finding.place()),
        prose(&finding.message),
        code(finding.rule),
        sentence(&finding.why)
    );
    for (number, step) in finding.steps.iter().enumerate() {
        let _ = match (number, step) {
            (_, FixStep::Run(command)) => {
                let (fence, command) = (fence(command, 3), escaped(command));
                writeln!(out, "\n  {fence}sh\n  {command}\n  {fence}")
            }
            (0, FixStep::Say(text)) => writeln!(out, "\n  Mend: {}", prose(text)),
            (_, FixStep::Say(text)) => writeln!(out, "\n  {}", sentence(text)),
        };
    }
    if finding.consequences.is_empty() {
        return;
    }
    const SHOWN: usize = 20;
    out.push_str("\n  And so:\n\n");
    for consequence in finding.consequences.iter().take(SHOWN) {
        let _ = writeln!(
            out,
            "  - {}: {}",
            code(&consequence.file),
            prose(&consequence.message)
        );
    }
    let more = finding.consequences.len().saturating_sub(SHOWN);
    if more > 0 {
        let _ = writeln!(out, "  - and {more} more");
    }
}

fn sentence(text: &str) -> String {
    let mut chars = prose(text).chars().collect::<Vec<_>>().into_iter();
    match chars.next() {
        Some(first) => format!("{}{}.", first.to_uppercase(), chars.collect::<String>()),
        None => String::new(),
    }
}

/// Text in which no character means anything.
fn prose(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in escaped(text).chars() {
        match c {
            // A comment parts the sign from the name or number behind it.
            '@' | '#' => {
                out.push(c);
                out.push_str("<!-- -->");
            }
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '!' | '$' => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    // What GitHub would make a link of.
    out.replace("://", ":<!-- -->//")
        .replace("www.", "www<!-- -->.")
}

/// A span of code, in as many backticks as it needs.
fn code(text: &str) -> String {
    let fence = fence(text, 1);
    let text = escaped(text).replace('|', "\u{2502}");
    match text.starts_with('`') || text.ends_with('`') {
        true => format!("{fence} {text} {fence}"),
        false => format!("{fence}{text}{fence}"),
    }
}

/// More backticks than the text has in a row.
fn fence(text: &str, least: usize) -> String {
    let (mut longest, mut current) = (0, 0);
    for c in text.chars() {
        current = if c == '`' { current + 1 } else { 0 };
        longest = longest.max(current);
    }
    "`".repeat(least.max(longest + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_becomes_markup() {
        assert_eq!(prose("a_b*c"), "a\\_b\\*c");
        assert_eq!(prose("<img src=x>"), "&lt;img src=x&gt;");
        assert_eq!(prose("@all #1"), "@<!-- -->all #<!-- -->1");
        assert_eq!(prose("[x](http://a)"), "\\[x\\](http:<!-- -->//a)");
        assert_eq!(code("a`b"), "``a`b``");
        assert_eq!(code("`"), "`` ` ``");
        assert_eq!(fence("````", 3), "`````");
        assert_eq!(sentence("it is"), "It is.");
    }
}
