//! What happens to a row of the catalog on one site, and what is made for it.

use super::{Difference, Site};
use crate::catalog::{Authority, CatalogEntry, PlacedFile};
use crate::key::KeyAlgorithm;
use crate::name::{DistinguishedName, SubjectAltName};
use crate::profile::Profile;
use crate::time::{Timestamp, Validity};

/// One row of the catalog on one site.
#[derive(Debug)]
pub struct PlanItem {
    /// Whose directory.
    pub site: Site,
    /// The row.
    pub entry: &'static CatalogEntry,
    /// Its files, certificate before key.
    pub files: Vec<PlacedFile>,
    /// What happens to it, and why.
    pub action: Action,
}

/// What happens to a row.
#[derive(Debug)]
#[non_exhaustive]
pub enum Action {
    /// It does not exist and will be made.
    Make(Make),
    /// It is not what is wanted and will be replaced.
    Replace(Make, Vec<Difference>),
    /// It will be copied from the shared home.
    Copy,
    /// It stays as it is.
    Keep(Kept),
    /// It is in the way: the run stops. The flag tells whether a reissue would
    /// replace it.
    InTheWay(Vec<Difference>, bool),
}

/// Something that stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Kept {
    /// Why: `valid for 364d`.
    pub reason: String,
    /// What is worth knowing about it.
    pub notes: Vec<String>,
    /// Its certificate's subject.
    pub subject: Option<String>,
    /// Its certificate's names.
    pub subject_alt_names: Vec<String>,
    /// When its certificate ends.
    pub not_after: Option<Timestamp>,
}

/// Something that will be made.
#[derive(Debug, Clone)]
pub struct Make {
    /// The algorithm of its key.
    pub key_algorithm: KeyAlgorithm,
    /// Its certificate, if it has one.
    pub certificate: Option<MakeCertificate>,
    /// Where its kubeconfig connects to, if it is one.
    pub server: Option<String>,
}

/// A certificate that will be made.
#[derive(Debug, Clone)]
pub struct MakeCertificate {
    /// The CA that signs it; `None` for a CA of its own.
    pub issuer: Option<Authority>,
    /// Its subject.
    pub subject: DistinguishedName,
    /// Its names.
    pub subject_alt_names: Vec<SubjectAltName>,
    /// Its shape.
    pub profile: Profile,
    /// When it is valid.
    pub validity: Validity,
    /// Whether it ends early because its CA does.
    pub capped: bool,
}

impl Action {
    /// What is made, if anything is.
    #[must_use]
    pub fn make(&self) -> Option<&Make> {
        match self {
            Self::Make(make) | Self::Replace(make, _) => Some(make),
            Self::Copy | Self::Keep(_) | Self::InTheWay(..) => None,
        }
    }
}
