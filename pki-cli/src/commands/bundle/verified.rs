//! The check of a bundle's files before they are written, as that of a copy's source.

use std::collections::BTreeMap;
use std::path::Path;

use pki_core::copy::PortableBundle;
use pki_core::{Expectation, Finding, Timestamp, Tree, TreeContent, TreeFile};

use super::file::shown;
use crate::commands::copy::{TreeErrors, in_tree};
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
    let errors = TreeErrors::of(&tree, &expectation, &names, now).ours;
    let said = |finding: &Finding| format!("{} {}", finding.file, finding.message);
    let said: Vec<_> = errors.iter().map(said).collect();
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
