//! Whether a bundle that is sound may be put where it is to go.

use std::fmt;

use super::PortableBundle;
use crate::catalog::{Authority, CatalogEntry, FileRole, PlacedFile};
use crate::copy::copied_file::{certificates, is_blank, public_keys};
use crate::copy::plan::{Action, Plan, PlanItem, Survey};
use crate::copy::present::Present;
use crate::copy::{ClusterId, CopiedFile, is_same_host};
use crate::name::{HostName, Quoted};
use crate::time::Timestamp;

/// What somebody says who knows more than can be seen.
#[derive(Debug, Clone, Default)]
pub struct BundleTerms {
    /// Which host this is, whatever it calls itself.
    pub host: Option<HostName>,
    /// Which cluster it has to be.
    pub cluster: Option<ClusterId>,
    /// Take another cluster's CA.
    pub replace_ca: bool,
    /// Take a bundle that is older than what is there.
    pub allow_older: bool,
    /// Take a bundle that nobody has signed.
    pub allow_unsigned: bool,
    /// Whoever made it knew no secret: it is encrypted to recipients, which are public.
    pub is_by_anybody: bool,
}

/// Why a bundle is not for this destination.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum BundleRefusal {
    /// It is of another cluster than the one that was asked for.
    NotTheCluster {
        /// Its cluster.
        bundle: ClusterId,
        /// The one that was asked for.
        asked: ClusterId,
    },
    /// It is for another host.
    OtherHost {
        /// The one that it is for.
        bundle: HostName,
        /// What this one is called, if that is known.
        here: Option<String>,
    },
    /// The destination has the CA of another cluster.
    OtherCluster {
        /// Its cluster.
        bundle: ClusterId,
        /// The destination's.
        there: ClusterId,
    },
    /// Nobody has signed it, and that was not said to be right.
    Unsigned,
    /// Nobody has signed it, and nothing says which cluster this is.
    UnsignedForNobody {
        /// Its cluster.
        bundle: ClusterId,
    },
    /// Anybody could have made it, with a CA of their own, and nothing says which
    /// cluster the destination is of.
    ForAnyCluster {
        /// Its cluster.
        bundle: ClusterId,
    },
    /// What lies there came after it.
    Older {
        /// When it was made.
        created: Timestamp,
        /// What came after it.
        newer: Vec<PlacedFile>,
    },
}

impl PortableBundle {
    /// Why it must not be put where `survey` was made, on the host that calls itself
    /// `here`; `plan` is what would be done there.
    #[must_use]
    pub fn refusal(
        &self,
        plan: &Plan<'_>,
        survey: &Survey,
        here: Option<&str>,
        terms: &BundleTerms,
    ) -> Option<BundleRefusal> {
        let bundle = self.cluster();
        if let Some(asked) = terms.cluster.filter(|asked| *asked != bundle) {
            return Some(BundleRefusal::NotTheCluster { bundle, asked });
        }
        let here = terms.host.as_ref().map(HostName::as_str).or(here);
        if let Some(host) = self.host().filter(|host| !is_called(host, here)) {
            return Some(BundleRefusal::OtherHost {
                bundle: host.clone(),
                here: here.map(str::to_owned),
            });
        }
        let there = self.clusters_at(survey);
        let is_same = there.contains(&bundle);
        if let Some(there) = there.first()
            && !is_same
            && !terms.replace_ca
        {
            let there = *there;
            return Some(BundleRefusal::OtherCluster { bundle, there });
        }
        if !self.is_signed() {
            if !terms.allow_unsigned {
                return Some(BundleRefusal::Unsigned);
            }
            if !is_same && terms.cluster.is_none() {
                return Some(BundleRefusal::UnsignedForNobody { bundle });
            }
        }
        if there.is_empty() && terms.cluster.is_none() && terms.is_by_anybody {
            return Some(BundleRefusal::ForAnyCluster { bundle });
        }
        let newer: Vec<_> = plan
            .items()
            .iter()
            .filter(|item| self.is_newer_there(item, survey))
            .map(|item| item.copied.file.clone())
            .collect();
        (!newer.is_empty() && !terms.allow_older).then(|| BundleRefusal::Older {
            created: self.created(),
            newer,
        })
    }

    /// The cluster that the destination belongs to, by the keys in ca.crt there, which has
    /// several of them while a CA is replaced. Nothing if there is none.
    #[must_use]
    pub fn clusters_at(&self, survey: &Survey) -> Vec<ClusterId> {
        let row = CatalogEntry::of_authority(Authority::Cluster);
        let mut files = self.files().iter();
        let ours = files.find(|file| file.entry == row && file.file.role == FileRole::Certificate);
        match ours.and_then(|ours| survey.content(&ours.file)) {
            Some(Present::Equal) => vec![self.cluster()],
            Some(Present::Content(bytes)) => {
                let keys = public_keys(&certificates(bytes));
                keys.iter().map(ClusterId::of).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Whether what would be replaced came after this. kubeadm gives the leaves the first day of
    /// their CA: where two certificates begin alike, and for keys, the file's own time tells.
    fn is_newer_there(&self, item: &PlanItem<'_>, survey: &Survey) -> bool {
        let differs = matches!(item.action, Action::Replace(_) | Action::Conflict(_))
            || item.is_later_there();
        let Some(found) = survey.get(&item.copied.file).filter(|_| differs) else {
            return false;
        };
        let begins = match &found.content {
            Present::Content(bytes) if is_blank(bytes) => return false,
            Present::Content(bytes) => begin(bytes).zip(begin(&item.copied.bytes)),
            _ => None,
        };
        match begins {
            Some((theirs, ours)) if theirs != ours => theirs > ours,
            // A key is as old as its certificate.
            None if self.has_certificate(item.copied) => false,
            _ => found.modified.is_some_and(|at| at > self.created().unix()),
        }
    }

    fn has_certificate(&self, key: &CopiedFile) -> bool {
        let mut files = self.files().iter();
        key.file.role == FileRole::PrivateKey
            && files.any(|file| file.entry == key.entry && file.file.role == FileRole::Certificate)
    }
}

fn begin(bytes: &[u8]) -> Option<Timestamp> {
    let certificates = certificates(bytes);
    Some(certificates.first()?.validity().not_before())
}

fn is_called(host: &HostName, here: Option<&str>) -> bool {
    here.is_some_and(|here| is_same_host(host.as_str(), here))
}

impl fmt::Display for BundleRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotTheCluster { bundle, asked } => {
                write!(f, "the bundle is of the cluster {bundle}, not of {asked}")
            }
            Self::OtherHost { bundle, here: None } => {
                write!(
                    f,
                    "the bundle is for {bundle}, and it is not known which host this is"
                )
            }
            Self::OtherHost {
                bundle,
                here: Some(here),
            } => write!(
                f,
                "the bundle is for {bundle}, and this host is {}",
                Quoted(here)
            ),
            Self::OtherCluster { bundle, there } => write!(
                f,
                "the bundle is of another cluster: {bundle}, and ca.crt here is of {there}"
            ),
            Self::Unsigned => write!(
                f,
                "the bundle is not signed, as the key of the cluster's CA is not in it: anybody who knows the recipient or the passphrase could have made it"
            ),
            Self::UnsignedForNobody { bundle } => write!(
                f,
                "the bundle is not signed, and nothing here says that the cluster is {bundle}"
            ),
            Self::ForAnyCluster { bundle } => write!(
                f,
                "nothing here says which cluster this host is of, and anybody who knows the recipient could have made this bundle of the cluster {bundle}"
            ),
            Self::Older { created, newer } => {
                let paths: Vec<_> = newer.iter().map(|file| file.path.as_str()).collect();
                write!(
                    f,
                    "the bundle was made at {created}, and what is here came after it: {}",
                    paths.join(", ")
                )
            }
        }
    }
}
