//! What at a destination is of no use without a CA that is another one than the
//! source's.

use super::copied_file::{certificates, public_keys};
use super::plan::Survey;
use super::present::Present;
use super::source::Source;
use crate::catalog::{CatalogEntry, EntryKind, FileRole, PlacedFile};
use crate::key::SubjectPublicKeyInfo;

/// What depends on a CA at a destination.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dependents {
    /// The certificates that it has signed.
    pub leaves: Vec<String>,
    /// The kubeconfigs that trust it alone, or whose client certificate it has
    /// signed.
    pub kubeconfigs: Vec<String>,
    /// The kubeconfigs of which nobody could tell.
    pub unread: Vec<String>,
}

/// Whether a file depends on a CA.
enum Found {
    Depends,
    Free,
    Unread,
}

impl Dependents {
    /// Whether nothing is known to depend on it, and nothing may.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.leaves.is_empty() && self.kubeconfigs.is_empty() && self.unread.is_empty()
    }

    /// Those alone whose path is wanted.
    pub(super) fn retain(&mut self, is_wanted: impl Fn(&str) -> bool) {
        for files in [&mut self.leaves, &mut self.kubeconfigs, &mut self.unread] {
            files.retain(|path| is_wanted(path));
        }
    }

    pub(super) fn of(entry: &CatalogEntry, source: &Source, survey: &Survey) -> Self {
        let mut dependents = Self::default();
        let EntryKind::Authority(authority) = entry.kind else {
            return dependents;
        };
        let theirs = keys_there(entry, source, survey);
        let own = source.kind().own();
        for (_, file) in own.filter(|(own, _)| source.issuer_of(own) == Some(authority)) {
            let found = match file.role {
                FileRole::Certificate => leaf(survey.content(&file), &theirs),
                FileRole::Kubeconfig => kubeconfig(survey.content(&file), &theirs),
                FileRole::PrivateKey | FileRole::PublicKey => Found::Free,
            };
            match (found, file.role) {
                (Found::Free, _) => {}
                (Found::Unread, _) => dependents.unread.push(file.path),
                (Found::Depends, FileRole::Kubeconfig) => dependents.kubeconfigs.push(file.path),
                (Found::Depends, _) => dependents.leaves.push(file.path),
            }
        }
        dependents
    }
}

/// The keys of the CA there that are none of the source's.
fn keys_there(entry: &CatalogEntry, source: &Source, survey: &Survey) -> Vec<SubjectPublicKeyInfo> {
    let ours = match entry.kind {
        EntryKind::Authority(authority) => source.keys_of(authority),
        _ => Vec::new(),
    };
    let keys = |file: PlacedFile| match survey.content(&file) {
        Some(Present::Content(bytes)) => public_keys(&certificates(bytes)),
        Some(Present::OtherSecret(Some(key))) => vec![key.clone()],
        _ => Vec::new(),
    };
    let files = entry.files(source.kind().naming()).into_iter();
    let mut theirs: Vec<_> = files.flat_map(keys).collect();
    theirs.retain(|key| !ours.contains(key));
    theirs.dedup();
    theirs
}

fn leaf(found: Option<&Present>, theirs: &[SubjectPublicKeyInfo]) -> Found {
    let Some(Present::Content(bytes)) = found else {
        return Found::Free;
    };
    let leaf = certificates(bytes).into_iter().next();
    match leaf.is_some_and(|leaf| theirs.iter().any(|key| leaf.is_signed_by(key))) {
        true => Found::Depends,
        false => Found::Free,
    }
}

fn kubeconfig(found: Option<&Present>, theirs: &[SubjectPublicKeyInfo]) -> Found {
    match found {
        Some(Present::OtherKubeconfig(certificates)) if certificates.depends_on(theirs) => {
            Found::Depends
        }
        None | Some(Present::OtherSecret(_) | Present::Unreadable(_)) => Found::Unread,
        _ => Found::Free,
    }
}
