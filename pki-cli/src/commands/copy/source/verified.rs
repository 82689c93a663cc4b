//! The check of a tree before it is copied.

use std::collections::BTreeSet;

use pki_core::{Expectation, Finding, Severity, Timestamp, shell};

use crate::failure::Failure;
use crate::tree::TreeOnDisk;

/// Checks a tree as `kpki verify` does. An error of a file that is copied is one
/// here; of errors in other files it returns a remark.
pub(super) fn verified(
    on_disk: &mut TreeOnDisk,
    copied: &BTreeSet<String>,
    now: Timestamp,
) -> Result<Option<String>, Failure> {
    let expectation = Expectation::from_tree(&on_disk.tree);
    on_disk.read_also(&expectation);
    let report = pki_core::verify(&on_disk.tree, &expectation, now);
    let errors = report.findings.iter();
    let errors = errors.filter(|finding| finding.severity == Severity::Error);
    let is_copied = |finding: &&Finding| {
        // What is wrong with many files at once is said of their directory.
        let parts = finding.consequences.iter().filter(|it| it.rule.is_some());
        let mut files = parts.map(|part| part.file.as_str()).chain([&*finding.file]);
        files.any(|file| copied.contains(file))
    };
    let (ours, others): (Vec<_>, Vec<_>) = errors.partition(is_copied);
    let location = &on_disk.tree.location;
    let said = |finding: &Finding| {
        let (file, message) = (
            on_disk.shown_path(&finding.file),
            location.shown_in(&finding.message),
        );
        format!("{file} {message}")
    };
    let directory = on_disk.directory.as_os_str().as_encoded_bytes();
    let verify = format!("kpki verify {}", shell::path(directory));
    if !ours.is_empty() {
        let said: Vec<_> = ours.iter().map(|finding| said(finding)).collect();
        return Err(Failure::new(format!(
            "the source is not in order, and nothing is copied: {}",
            said.join("; ")
        ))
        .hint(format!("see how to mend it: {verify}")));
    }
    Ok(others.first().map(|first| {
        let more = match others.len() {
            1 => String::new(),
            many => format!(", and {} more errors", many - 1),
        };
        format!(
            "what is not copied is not in order: {}{more}; see {verify}",
            said(first)
        )
    }))
}
