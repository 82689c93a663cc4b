//! The facts as a page for people.

use std::fmt::Write;

use super::super::table::{escaped, wrap};
use super::super::{ERROR, HINT, TITLE, WARNING};
use super::{ErrorReport, Facts, FileReport, InspectReport, ItemReport, Reference, facts};

/// A line of a page, if it fits one.
pub(super) struct Row {
    label: &'static str,
    value: String,
    /// Whether it is bad news.
    alarm: bool,
}

impl Row {
    pub(super) fn new(label: &'static str, value: impl Into<String>) -> Self {
        Self {
            label,
            value: value.into(),
            alarm: false,
        }
    }

    pub(super) fn alarm(label: &'static str, value: impl Into<String>) -> Self {
        Self {
            alarm: true,
            ..Self::new(label, value)
        }
    }

    fn write(&self, columns: usize, out: &mut String) {
        // The columns before the values.
        const MARGIN: &str = "                ";
        let wrapped = wrap(&escaped(&self.value), columns, MARGIN);
        for (index, line) in wrapped.lines().enumerate() {
            let value = line.trim_start();
            let indent = line.len() - value.len();
            let label = if index == 0 { self.label } else { "" };
            // Writing to a String does not fail.
            let _ = match self.alarm {
                true => writeln!(
                    out,
                    "{:indent$}{WARNING}{value}{WARNING:#}",
                    format!("  {label}")
                ),
                false => writeln!(out, "{:indent$}{value}", format!("  {label}")),
            };
        }
    }
}

impl InspectReport {
    /// For a terminal of so many columns.
    pub(crate) fn to_text(&self, columns: Option<usize>) -> String {
        let columns = columns.map_or(usize::MAX, |columns| columns.max(40));
        let mut pages = Vec::new();
        for file in &self.files {
            file.write(columns, &mut pages);
        }
        if !self.compared {
            pages.push(
                "there are more certificates of one name than are compared: not every signature \
                 was checked\n"
                    .to_owned(),
            );
        }
        pages.join("\n")
    }
}

impl FileReport {
    fn write(&self, columns: usize, pages: &mut Vec<String>) {
        let name = escaped(&self.file);
        if let Some(error) = &self.error {
            pages.push(error.page(&name, columns));
            return;
        }
        let mut above = Vec::new();
        if self.byte_order_mark {
            let text = "it starts with a byte order mark, behind which Go finds no PEM block";
            above.push(Row::alarm("file", text));
        }
        if let (Some(who), Some(mode)) = (self.readable_by, &self.mode) {
            let text = format!("readable by {who} (mode {mode}), with a secret in it");
            above.push(Row::alarm("file", text));
        }
        if let Some(kubeconfig) = &self.kubeconfig {
            above.extend(kubeconfig.rows());
            pages.push(page(&format!("{name}: kubeconfig"), &above, columns));
            above.clear();
        }
        for item in &self.items {
            pages.push(item.page(&name, &self.file, std::mem::take(&mut above), columns));
        }
        if self.more > 0 {
            pages.push(format!("{name}: {} more are not shown\n", self.more));
        }
    }
}

impl ItemReport {
    fn page(&self, name: &str, file: &str, mut rows: Vec<Row>, columns: usize) -> String {
        let place = match (self.line, self.place.as_str()) {
            (_, "") => String::new(),
            (Some(_), _) if self.is_alone => String::new(),
            (Some(line), place) => format!(", {place} (line {line})"),
            (None, place) => format!(", {}", escaped(place)),
        };
        let name = format!("{name}{place}");
        if let Some(error) = &self.error {
            return error.page(&name, columns);
        }
        let Some(facts) = &self.facts else {
            return String::new();
        };
        rows.extend(facts.rows());
        self.relations(facts, file, &mut rows);
        page(&format!("{name}: {}", facts.title()), &rows, columns)
    }

    fn relations(&self, facts: &Facts, file: &str, rows: &mut Vec<Row>) {
        let list = |references: &[Reference]| {
            let shown: Vec<String> = references.iter().map(|r| r.shown(file)).collect();
            shown.join("; ")
        };
        if facts.is_self_signed() {
            if !self.not_signed_by.is_empty() {
                let others = list(&self.not_signed_by);
                rows.push(Row::alarm(
                    "same name",
                    format!("{others}: with another key"),
                ));
            }
        } else if !self.signed_by.is_empty() {
            rows.push(Row::new("signed by", list(&self.signed_by)));
        } else if !self.not_signed_by.is_empty() {
            let others = list(&self.not_signed_by);
            let text = format!("not by {others}: the issuer's name, and another key");
            rows.push(Row::alarm("signed by", text));
        }
        if !self.perhaps_signed_by.is_empty() {
            let others = list(&self.perhaps_signed_by);
            let text = format!("perhaps {others}: such a signature is not checked here");
            rows.push(Row::new("signed by", text));
        }
        if !self.revoked_by.is_empty() {
            rows.push(Row::alarm(
                "revoked",
                format!("by {}", list(&self.revoked_by)),
            ));
        }
        let is_certificate = |other: &Reference| other.kind == facts::CERTIFICATE;
        let (owners, others): (Vec<_>, Vec<_>) = match facts {
            Facts::PrivateKey(_) | Facts::PublicKey(_) => {
                self.same_key.iter().cloned().partition(is_certificate)
            }
            _ => (Vec::new(), self.same_key.clone()),
        };
        if !owners.is_empty() {
            rows.push(Row::new("belongs to", list(&owners)));
        }
        if let Facts::PrivateKey(key) = facts
            && key.belongs_to_certificate == Some(false)
        {
            let text = "none of the certificates that are shown";
            rows.push(Row::alarm("belongs to", text));
        }
        if !others.is_empty() {
            rows.push(Row::new("same key", list(&others)));
        }
    }
}

impl Reference {
    /// As seen from `file`.
    fn shown(&self, file: &str) -> String {
        let place = match (self.file == file, self.place.as_str()) {
            (_, "") => self.file.clone(),
            _ if self.is_alone => self.file.clone(),
            (true, place) => place.to_owned(),
            (false, place) => format!("{}, {place}", self.file),
        };
        match self.kind {
            facts::CERTIFICATE => place,
            _ => format!("{place} ({})", self.kind.replace('-', " ")),
        }
    }
}

impl ErrorReport {
    fn page(&self, name: &str, columns: usize) -> String {
        const LABEL: &str = "error:";
        let message = escaped(&self.message);
        let line = wrap(&format!("{LABEL} {name}: {message}"), columns, "");
        let rest = line.strip_prefix(LABEL).unwrap_or(&line);
        let mut out = format!("{ERROR}{LABEL}{ERROR:#}{rest}\n");
        if let Some(hint) = self.hint {
            let hint = wrap(&format!("hint: {hint}"), columns, "  ");
            let rest = hint.strip_prefix("  hint:").unwrap_or(&hint);
            // Writing to a String does not fail.
            let _ = writeln!(out, "  {HINT}hint:{HINT:#}{rest}");
        }
        out
    }
}

fn page(title: &str, rows: &[Row], columns: usize) -> String {
    let title = wrap(title, columns, "");
    let mut out = format!("{TITLE}{title}{TITLE:#}\n");
    for row in rows {
        row.write(columns, &mut out);
    }
    out
}
