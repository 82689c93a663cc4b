//! What `kpki verify` found: the same facts as text and as JSON.

use std::fmt::Write;

use pki_core::{Finding, NotChecked, Report, Severity, TreeRole};
use serde::Serialize;

use super::table::wrap;
use super::{ERROR, HINT, NOTE, WARNING};
use crate::env::Env;
use crate::tree::TreeOnDisk;

/// The JSON document, `kpki.verify/v1`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct VerifyReport {
    schema: &'static str,
    directory: String,
    role: Option<&'static str>,
    ok: bool,
    checked: usize,
    findings: Vec<FindingReport>,
    not_checked: Vec<NotCheckedReport>,
    unreadable: usize,
    #[serde(skip)]
    role_text: Option<TreeRole>,
}

#[derive(Serialize)]
struct FindingReport {
    rule: &'static str,
    severity: &'static str,
    file: String,
    message: String,
    why: String,
    fix: String,
}

#[derive(Serialize)]
struct NotCheckedReport {
    what: String,
    why: String,
    flag: Option<&'static str>,
}

impl VerifyReport {
    pub(crate) fn new(on_disk: &TreeOnDisk, report: Report) -> Self {
        let shown = |text: String| match on_disk.is_flat {
            // The certificates directory itself was given, under another name.
            true => text.replace("pki/", ""),
            false => text,
        };
        let directory = on_disk.tree.directory.trim_end_matches('/');
        let pasted = |text: String| match on_disk.is_flat {
            true => text.replace(&format!("{directory}/pki"), directory),
            false => text,
        };
        let finding = |finding: Finding| FindingReport {
            rule: finding.rule.id(),
            severity: finding.severity.name(),
            file: shown(finding.file),
            message: shown(finding.message),
            why: finding.why,
            fix: pasted(finding.fix),
        };
        let not_checked = |not_checked: NotChecked| NotCheckedReport {
            what: shown(not_checked.what),
            why: not_checked.why,
            flag: not_checked.flag,
        };
        Self {
            schema: "kpki.verify/v1",
            directory: on_disk.directory.to_string_lossy().into_owned(),
            role: report.role.map(TreeRole::id),
            ok: report.is_ok(),
            checked: report.checked,
            unreadable: report.unreadable,
            role_text: report.role,
            findings: report.findings.into_iter().map(finding).collect(),
            not_checked: report.not_checked.into_iter().map(not_checked).collect(),
        }
    }

    pub(crate) fn to_text(&self, env: &Env) -> String {
        let columns = env.columns.map_or(usize::MAX, |columns| columns.max(40));
        let mut out = String::new();
        let role = self.role_text.map_or_else(
            || "what it is for cannot be told".to_owned(),
            |role| role.to_string(),
        );
        // Writing to a String does not fail.
        let below = match self.findings.is_empty() {
            true => "",
            false => "; paths are below it",
        };
        let _ = writeln!(out, "{}: {role}{below}", self.directory.escape_debug());
        for finding in &self.findings {
            let style = match finding.severity {
                "error" => ERROR,
                "warning" => WARNING,
                _ => NOTE,
            };
            let label = format!("{}:", finding.severity);
            let line = format!(
                "{label} {}: {}",
                finding.file.escape_debug(),
                finding.message
            );
            let line = wrap(&line, columns, "");
            let rest = line.strip_prefix(&label).unwrap_or(&line);
            let _ = writeln!(out, "{style}{label}{style:#}{rest}");
            let why = wrap(&format!("why: {}", finding.why), columns, "  ");
            let _ = writeln!(out, "{why}");
            let fix = wrap(&format!("fix: {}", finding.fix), columns, "  ");
            let fix = fix.strip_prefix("  fix:").unwrap_or(&fix);
            let _ = writeln!(out, "  {HINT}fix:{HINT:#}{fix}");
        }
        for not_checked in &self.not_checked {
            let flag = not_checked.flag.map(|flag| format!(" (give {flag})"));
            let line = format!(
                "not checked: {}: {}{}",
                not_checked.what,
                not_checked.why,
                flag.unwrap_or_default()
            );
            let _ = writeln!(out, "{}", wrap(&line, columns, ""));
        }
        let _ = writeln!(out, "{}", self.sums());
        out
    }

    fn sums(&self) -> String {
        let count = |severity: Severity| {
            let of = |finding: &&FindingReport| finding.severity == severity.name();
            self.findings.iter().filter(of).count()
        };
        let number = |count: usize, name: &str| match count {
            1 => format!("1 {name}"),
            _ => format!("{count} {name}s"),
        };
        let mut sums = format!(
            "checked {}, not checked {}: {}, {}",
            self.checked,
            self.not_checked.len() + self.unreadable,
            number(count(Severity::Error), "error"),
            number(count(Severity::Warning), "warning")
        );
        let notes = count(Severity::Note);
        if notes > 0 {
            sums.push_str(&format!(", {}", number(notes, "note")));
        }
        if self.unreadable > 0 {
            sums.push_str(&format!(", {} unreadable", self.unreadable));
        }
        sums
    }
}
