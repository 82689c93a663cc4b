//! What `kpki lint` found: the same facts as text and as JSON.

use std::fmt::Write;

use pki_core::Severity;
use pki_core::cfssl::{CfsslKind, LintFinding, Linted};
use serde::Serialize;

use super::table::{escaped, wrap};
use super::{ERROR, HINT, NOTE, WARNING};
use crate::env::Env;

/// The JSON document, `kpki.lint/v1`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LintReport {
    schema: &'static str,
    ok: bool,
    errors: usize,
    warnings: usize,
    notes: usize,
    files: Vec<FileReport>,
}

#[derive(Serialize)]
struct FileReport {
    file: String,
    kind: Option<&'static str>,
    findings: Vec<FindingReport>,
    /// Whether there are more than are listed.
    cut: bool,
}

#[derive(Serialize)]
struct FindingReport {
    rule: &'static str,
    severity: &'static str,
    line: Option<usize>,
    column: Option<usize>,
    path: String,
    message: String,
    why: String,
    replacement: Option<String>,
    advice: Option<String>,
}

impl LintReport {
    pub(crate) fn new(files: Vec<(String, Linted)>) -> Self {
        let count = |severity| files.iter().map(|(_, file)| file.count(severity)).sum();
        let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
        Self {
            schema: "kpki.lint/v1",
            ok: errors + warnings == 0 && files.iter().all(|(_, file)| !file.is_cut),
            errors,
            warnings,
            notes: count(Severity::Note),
            files: files.into_iter().map(file_report).collect(),
        }
    }

    pub(crate) fn to_text(&self, env: &Env) -> String {
        let columns = env.columns.map_or(usize::MAX, |columns| columns.max(40));
        let mut out = String::new();
        for file in &self.files {
            let name = escaped(&file.file);
            for finding in &file.findings {
                finding.write(&name, columns, &mut out);
            }
            if file.cut {
                // Writing to a String does not fail.
                let _ = writeln!(out, "{name}: there is more: mend this first");
            }
        }
        let _ = writeln!(out, "{}", self.sums());
        out
    }

    fn sums(&self) -> String {
        let number = |count: usize, name: &str| match count {
            1 => format!("1 {name}"),
            _ => format!("{count} {name}s"),
        };
        let mut sums = format!(
            "{}: {}, {}",
            number(self.files.len(), "file"),
            number(self.errors, "error"),
            number(self.warnings, "warning")
        );
        if self.notes > 0 {
            sums.push_str(&format!(", {}", number(self.notes, "note")));
        }
        sums
    }
}

impl FindingReport {
    /// `FILE:LINE:COLUMN: SEVERITY: PATH: MESSAGE [RULE]`, as editors jump to it.
    fn write(&self, file: &str, columns: usize, out: &mut String) {
        let style = match self.severity {
            "error" => ERROR,
            "warning" => WARNING,
            _ => NOTE,
        };
        let place = match (self.line, self.column) {
            (Some(line), Some(column)) => format!("{file}:{line}:{column}:"),
            _ => format!("{file}:"),
        };
        let path = match self.path.is_empty() {
            true => String::new(),
            false => format!("{}: ", escaped(&self.path)),
        };
        let severity = self.severity;
        let head = format!("{place} {severity}:");
        let message = escaped(&self.message);
        let line = wrap(
            &format!("{head} {path}{message} [{}]", self.rule),
            columns,
            "",
        );
        // Writing to a String does not fail.
        let _ = match line.strip_prefix(&head) {
            Some(rest) => writeln!(out, "{place} {style}{severity}:{style:#}{rest}"),
            None => writeln!(out, "{line}"),
        };
        let why = format!("why: {}", escaped(&self.why));
        let _ = writeln!(out, "{}", wrap(&why, columns, "  "));
        let (label, text) = match (&self.replacement, &self.advice) {
            (Some(text), _) => ("write:", text),
            (None, Some(text)) => ("do:", text),
            (None, None) => return,
        };
        let text = escaped(text);
        let text = match self.replacement {
            // To be copied as it stands.
            Some(_) => format!(" {text}"),
            None => {
                let advice = wrap(&format!("{label} {text}"), columns, "  ");
                advice.replacen(&format!("  {label}"), "", 1)
            }
        };
        let _ = writeln!(out, "  {HINT}{label}{HINT:#}{text}");
    }
}

fn file_report((file, linted): (String, Linted)) -> FileReport {
    FileReport {
        file,
        kind: match linted.kind {
            CfsslKind::SigningConfig => Some("signing-config"),
            CfsslKind::CertificateRequest => Some("certificate-request"),
            _ => None,
        },
        findings: linted.findings.into_iter().map(finding_report).collect(),
        cut: linted.is_cut,
    }
}

fn finding_report(finding: LintFinding) -> FindingReport {
    FindingReport {
        rule: finding.rule.id(),
        severity: finding.severity.name(),
        line: finding.position.map(|position| position.line),
        column: finding.position.map(|position| position.column),
        path: finding.path,
        message: finding.message,
        why: finding.why,
        replacement: finding.replacement,
        advice: finding.advice,
    }
}
