//! What only several documents together show.

use super::role::Role;
use super::spot::Spot;
use super::{Content, Document, Findings, LintRule, add};
use crate::cfssl::{CfsslCa, EffectiveProfile, GoDuration, SigningConfig};
use crate::document::DocumentError;

/// The facts that rules about one document need from the others.
#[derive(Debug)]
pub(super) struct Together {
    /// The profiles that were asked for and are there.
    pub(super) chosen: Vec<EffectiveProfile>,
    /// The lifetime of the CA that lasts longest, if a request of one is given.
    pub(super) authority: Option<GoDuration>,
    /// Of the first configuration: why a profile that was asked for is in none.
    unknown: Vec<DocumentError>,
    first: Option<usize>,
}

impl Together {
    pub(super) fn new(documents: &[Document], profiles: &[&str]) -> Self {
        let configurations: Vec<_> = documents.iter().filter_map(configuration).collect();
        let mut chosen = Vec::new();
        let mut unknown = Vec::new();
        for name in profiles {
            let found = configurations
                .iter()
                .find(|c| c.profile_names().any(|known| known == *name));
            match (found, configurations.first()) {
                // What keeps a profile from signing is a finding of its own.
                (Some(found), _) => chosen.extend(found.profile(name).ok()),
                (None, Some(first)) => unknown.extend(first.profile(name).err()),
                (None, None) => {}
            }
        }
        let lifetimes = documents.iter().filter_map(|document| match document {
            Document {
                role: Role::Authority,
                value: Some(Content::Request(request)),
                ..
            } => {
                let expiry = request.ca().and_then(|ca| ca.expiry);
                Some(expiry.unwrap_or(CfsslCa::DEFAULT_EXPIRY))
            }
            _ => None,
        });
        Self {
            chosen,
            authority: lifetimes.max(),
            unknown,
            first: documents.iter().position(|d| configuration(d).is_some()),
        }
    }

    /// The profiles that no configuration has, told at the first one.
    pub(super) fn check_profiles(&self, index: usize, root: &Spot<'_>, findings: &mut Findings) {
        if self.first != Some(index) {
            return;
        }
        let profiles = root.key("signing").key("profiles");
        for error in &self.unknown {
            let told = profiles.refuse(error.message.clone());
            let told = match &error.suggestion {
                Some(near) => told.suggesting(near),
                None => told,
            };
            add(findings, LintRule::ProfileUnknown, told);
        }
    }
}

fn configuration(document: &Document) -> Option<&SigningConfig> {
    match &document.value {
        Some(Content::Configuration(config)) => Some(config),
        _ => None,
    }
}
