//! The check of a tree before it is copied.

use std::collections::BTreeSet;

use pki_core::{Expectation, Finding, Severity, Timestamp, Tree, shell};

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
    let TreeErrors { ours, others } = TreeErrors::of(&on_disk.tree, &expectation, copied, now);
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
        let said: Vec<_> = ours.iter().map(&said).collect();
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

/// What `kpki verify` has errors of.
pub(crate) struct TreeErrors {
    /// Those of certain files.
    pub(crate) ours: Vec<Finding>,
    /// Those of other files.
    pub(crate) others: Vec<Finding>,
}

impl TreeErrors {
    /// Checks a tree as `kpki verify` does.
    pub(crate) fn of(
        tree: &Tree,
        expectation: &Expectation,
        files: &BTreeSet<String>,
        now: Timestamp,
    ) -> Self {
        let report = pki_core::verify(tree, expectation, now);
        let errors = report.findings.into_iter();
        let errors = errors.filter(|finding| finding.severity == Severity::Error);
        let (ours, others) = errors.partition(|finding| is_about(finding, files));
        Self { ours, others }
    }
}

/// Whether a finding is about one of these files.
fn is_about(finding: &Finding, files: &BTreeSet<String>) -> bool {
    // What is wrong with many files at once is said of their directory.
    let parts = finding.consequences.iter().filter(|it| it.rule.is_some());
    let mut named = parts.map(|part| part.file.as_str()).chain([&*finding.file]);
    named.any(|file| files.contains(file))
}
