//! Manifests of static pods: whoever writes one is root on the host.

use super::super::manifests::name_of;
use super::super::tree::{Tree, TreeFile};
use super::super::{Examined, Finding, Record, Rule, command};
use super::who;
use super::wrong::{Mend, Wrong};
use crate::catalog::{FileRole, PlacedFile};

/// Every manifest. They hold no secret: everybody may read them.
pub(super) fn placed(tree: &Tree) -> impl Iterator<Item = (PlacedFile, &TreeFile)> {
    let files = tree.files.iter();
    let manifests = files.filter(|(path, _)| name_of(path).is_some());
    manifests.map(|(path, file)| {
        let (path, role) = (path.clone(), FileRole::Certificate);
        (PlacedFile { path, role }, file)
    })
}

/// Whether the kubelet starts whatever is put into a directory.
pub(super) fn is_their_directory(path: &str) -> bool {
    path == "manifests"
}

/// What those can do who may write there.
pub(super) fn power(finding: Finding) -> Finding {
    Finding {
        why: "whoever writes there is root on this host: the kubelet starts every manifest of this directory, with whatever rights it asks for (CIS benchmark 1.1.1 to 1.1.8)".to_owned(),
        ..finding
    }
}

pub(super) fn check(
    examined: &Examined<'_>,
    placed: &PlacedFile,
    file: &TreeFile,
    wrong: &mut Wrong,
    record: &mut Record,
) {
    let (path, mode) = (placed.path.as_str(), file.mode);
    record.checked += 1;
    if mode & 0o022 == 0 {
        return;
    }
    let mend = Mend {
        command: "chmod go-w".to_owned(),
        file: command::path(examined.tree, path),
    };
    let message = format!("is writable by {} (mode {mode:04o})", who(mode >> 1));
    let finding = Finding::new(Rule::WritableByOthers, path, message, mend.alone());
    wrong.access.push((power(finding), mend));
}
