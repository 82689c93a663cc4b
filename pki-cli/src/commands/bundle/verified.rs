//! The check of a bundle's files before they are written, as that of a copy's source.

use std::collections::BTreeMap;
use std::path::Path;

use pki_core::copy::PortableBundle;
use pki_core::{Expectation, Finding, Severity, Timestamp, Tree, TreeContent, TreeFile};

use super::file::shown;
use crate::commands::copy::{in_tree, is_about};
use crate::failure::Failure;

/// Checks the files as `kpki verify` does where they lie. Whatever is missing is missing because
/// the bundle is not a whole tree.
pub(super) fn verified(
    path: &Path,
    bundle: &PortableBundle,
    now: Timestamp,
) -> Result<(), Failure> {
    let files: BTreeMap<_, _> = bundle
        .files()
        .iter()
        .map(|copied| {
            let file = TreeFile {
                content: TreeContent::Bytes(copied.bytes.clone().into()),
                mode: copied.file.role.mode(),
                owner: None,
                links: 1,
                inode: None,
                link: None,
            };
            (in_tree(&copied.file), file)
        })
        .collect();
    let names = files.keys().cloned().collect();
    let tree = Tree {
        files,
        has_kubeconfig_directory: bundle.host().is_some(),
        ..Tree::default()
    };
    let expectation = Expectation::from_tree(&tree);
    let report = pki_core::verify(&tree, &expectation, now);
    let errors = report.findings.iter();
    let errors = errors.filter(|it| it.severity == Severity::Error && is_about(it, &names));
    let said = |finding: &Finding| format!("{} {}", finding.file, finding.message);
    let said: Vec<_> = errors.map(said).collect();
    match said.is_empty() {
        true => Ok(()),
        false => Err(Failure::new(format!(
            "what is in {} is not in order: {}",
            shown(path),
            said.join("; ")
        ))
        .hint("nothing was written; mend it where it was made, and make a new bundle there")),
    }
}
