//! Prometheus' text format, for node_exporter's textfile collector, with the
//! metrics and labels of x509-certificate-exporter, so that its dashboards and
//! alerts work.
//!
//! The collector refuses a file that has the same series twice. Two certificates
//! of one file can have the same names and serial number (CAs of kubeadm before
//! 1.28 all have 0): they are told apart by `discriminator`, as the exporter
//! does it.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::{ExpiryRow, ExpiryState, FoundCertificate};
use crate::certificate::values_of;
use crate::key::backend::sha256;
use crate::time::Timestamp;
use crate::{hexadecimal, oid};

/// A row and the path of its file on the host.
#[derive(Debug, Clone, Copy)]
pub struct Exposed<'a> {
    /// The value of the label `filepath`.
    pub path: &'a str,
    /// What was found there.
    pub row: &'a ExpiryRow,
}

/// The metrics of some certificates and files, and of the directories of which
/// nothing could be read. What is missing or elsewhere is passed over: there is
/// nothing that could end.
#[must_use]
pub fn exposition(exposed: &[Exposed<'_>], not_read: &[String], now: Timestamp) -> String {
    let series = series(exposed);
    let mut out = String::new();
    let mut family = |name, help, value: &dyn Fn(&FoundCertificate) -> i64| {
        head(&mut out, name, help);
        for (labels, found) in &series {
            let _ = writeln!(out, "{name}{{{labels}}} {}", value(found));
        }
    };
    family(
        "x509_cert_not_before",
        "When the certificate begins to be valid, in seconds since 1970",
        &|found| found.certificate.validity().not_before().unix(),
    );
    family(
        "x509_cert_not_after",
        "When the certificate ends, in seconds since 1970",
        &|found| found.certificate.validity().not_after().unix(),
    );
    family(
        "x509_cert_expired",
        "Whether the certificate had ended when it was looked at",
        &|found| i64::from(now > found.certificate.validity().not_after()),
    );
    let mut failed: BTreeMap<&str, bool> = BTreeMap::new();
    failed.extend(not_read.iter().map(|path| (path.as_str(), true)));
    let mut failures = not_read.len();
    for Exposed { path, row } in exposed {
        let is_unreadable = matches!(row.state, ExpiryState::Unreadable(_));
        failures += usize::from(is_unreadable);
        if is_unreadable || row.found().is_some() {
            *failed.entry(path).or_default() |= is_unreadable;
        }
    }
    head(
        &mut out,
        "x509_cert_error",
        "Whether something in the file or directory could not be read",
    );
    for (path, failed) in failed {
        let mut labels = Labels::default();
        labels.file(path);
        let _ = writeln!(out, "x509_cert_error{{{}}} {}", labels.0, i64::from(failed));
    }
    head(
        &mut out,
        "x509_read_errors",
        "How many certificates, files and directories could not be read",
    );
    let _ = writeln!(out, "x509_read_errors {failures}");
    out
}

fn head(out: &mut String, name: &str, help: &str) {
    // Writing to a String does not fail.
    let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} gauge");
}

/// Each certificate with its labels, no labels twice.
fn series<'a>(exposed: &[Exposed<'a>]) -> Vec<(String, &'a FoundCertificate)> {
    let mut by_labels: BTreeMap<String, Vec<&FoundCertificate>> = BTreeMap::new();
    let mut order = Vec::new();
    for Exposed { path, row } in exposed {
        let Some(found) = row.found() else {
            continue;
        };
        let labels = labels(path, row, found);
        let same = by_labels.entry(labels.clone()).or_default();
        if same.is_empty() {
            order.push(labels);
        }
        if !same
            .iter()
            .any(|other| other.certificate == found.certificate)
        {
            same.push(found);
        }
    }
    let mut series = Vec::new();
    for labels in order {
        match by_labels.remove(&labels).as_deref().unwrap_or_default() {
            [one] => series.push((labels, *one)),
            many => series.extend(many.iter().map(|found| {
                let digest = sha256(found.certificate.to_der());
                let (beginning, _) = digest.split_at(8);
                let hex = hexadecimal::lower(beginning);
                (format!("{labels},discriminator=\"{hex}\""), *found)
            })),
        }
    }
    series
}

fn labels(path: &str, row: &ExpiryRow, found: &FoundCertificate) -> String {
    let certificate = &found.certificate;
    let mut labels = Labels::default();
    labels.file(path);
    if let Some(embedded) = &row.embedded {
        labels.push("embedded_kind", embedded.kind.id());
        labels.push("embedded_key", &embedded.key);
    }
    labels.push("serial_number", &certificate.serial_number_text());
    labels.name("subject", certificate.subject_der());
    labels.name("issuer", certificate.issuer_der());
    labels.0
}

/// `key="value"` parted by commas.
#[derive(Default)]
struct Labels(String);

impl Labels {
    fn file(&mut self, path: &str) {
        let name = path.rsplit_once('/').map_or(path, |(_, name)| name);
        self.push("filename", name);
        self.push("filepath", path);
    }

    /// The first value of each attribute, but the last common name, as Go has it.
    fn name(&mut self, whose: &str, name: &[u8]) {
        for (label, kind) in [
            ("C", oid::COUNTRY),
            ("ST", oid::PROVINCE),
            ("L", oid::LOCALITY),
            ("O", oid::ORGANIZATION),
            ("OU", oid::ORGANIZATIONAL_UNIT),
        ] {
            if let Some(value) = values_of(name, kind).first() {
                self.push(&format!("{whose}_{label}"), value);
            }
        }
        if let Some(value) = values_of(name, oid::COMMON_NAME).last() {
            self.push(&format!("{whose}_CN"), value);
        }
    }

    /// An empty value is the same as none.
    fn push(&mut self, key: &str, value: &str) {
        if value.is_empty() {
            return;
        }
        if !self.0.is_empty() {
            self.0.push(',');
        }
        let _ = write!(self.0, "{key}=\"{}\"", escaped(value));
    }
}

/// The escapes of the format are these three. Other control characters are
/// allowed in it, but the text may be looked at on a terminal.
fn escaped(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for c in value.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '"' => out.push_str("\\\""),
            '\n' => out.push_str("\\n"),
            c if c.is_control() => out.push(char::REPLACEMENT_CHARACTER),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a reader of the format makes of it.
    fn unescaped(text: &str) -> Option<String> {
        let mut out = String::new();
        let mut chars = text.chars();
        while let Some(c) = chars.next() {
            match c {
                '"' => return None,
                '\\' => out.push(match chars.next()? {
                    'n' => '\n',
                    c @ ('\\' | '"') => c,
                    _ => return None,
                }),
                c => out.push(c),
            }
        }
        Some(out)
    }

    #[test]
    fn labels_are_escaped() {
        assert_eq!(escaped("a\"b\\c\nd\u{1b}[2J"), "a\\\"b\\\\c\\nd\u{fffd}[2J");
        let mut labels = Labels::default();
        labels.file("/a/b.crt");
        labels.push("empty", "");
        assert_eq!(labels.0, "filename=\"b.crt\",filepath=\"/a/b.crt\"");
    }

    proptest::proptest! {
        #[test]
        fn a_value_reads_back(value in "\\PC{0,20}|[\\\\\"\n a-z]{0,20}") {
            let text = escaped(&value);
            proptest::prop_assert!(!text.contains('\n'));
            let expected: String = value
                .chars()
                .map(|c| if c.is_control() && c != '\n' { char::REPLACEMENT_CHARACTER } else { c })
                .collect();
            proptest::prop_assert_eq!(unescaped(&text), Some(expected));
        }

        #[test]
        fn any_value_stays_on_its_line(value: String) {
            let text = escaped(&value);
            proptest::prop_assert!(!text.chars().any(char::is_control));
            proptest::prop_assert!(unescaped(&text).is_some());
        }
    }
}
