//! A leaf certificate or kubeconfig of one host: made, kept, replaced, or in
//! the way.

use super::{Action, Difference, Make, MakeCertificate, PlanItem, Planner, Site};
use crate::Error;
use crate::catalog::{CatalogEntry, EntryKind, FileRole, PlacedFile};
use crate::cluster::Host;
use crate::expected::{Expected, server_url};
use crate::time::Validity;

/// Certificates start five minutes ago, for clocks that are behind
/// (kubernetes#118922).
const BACKDATE_SECONDS: i64 = 300;

impl Planner<'_> {
    /// A row in the tree of a host: a leaf, a kubeconfig, or a copy of what is
    /// shared.
    pub(super) fn add_to_host(
        &mut self,
        entry: &'static CatalogEntry,
        index: usize,
        host: &Host,
    ) -> Result<(), Error> {
        let site = Site::Host(index);
        let files = self.files_on_host(entry, site);
        if files.is_empty() || (entry.is_shared() && site == self.home) {
            return Ok(());
        }
        let action = match Expected::leaf(entry, self.cluster, host) {
            None => self.copy(site, &files),
            Some(mut expected) => {
                if let Some(cfssl) = self.options.cfssl_for(self.cluster, entry) {
                    self.plan
                        .notes
                        .extend(cfssl.rule_leaf(entry, host, &mut expected)?);
                }
                self.leaf(entry, site, host, &expected, &files)?
            }
        };
        self.plan.items.push(PlanItem {
            site,
            entry,
            files,
            action,
        });
        Ok(())
    }

    /// The key of an external etcd's CA goes to no host unless asked.
    fn files_on_host(&self, entry: &CatalogEntry, site: Site) -> Vec<PlacedFile> {
        let mut files = entry.files(&self.options.etcd_naming);
        let etcd_ca = matches!(entry.kind, EntryKind::Authority(authority) if authority.is_etcds());
        let external = self.cluster.has_external_etcd() && site != self.home;
        if etcd_ca && external && !self.options.with_ca_keys {
            files.retain(|file| file.role != FileRole::PrivateKey);
        }
        files
    }

    fn leaf(
        &self,
        entry: &'static CatalogEntry,
        site: Site,
        host: &Host,
        expected: &Expected,
        files: &[PlacedFile],
    ) -> Result<Action, Error> {
        let server = match entry.kind {
            EntryKind::Kubeconfig(rule) => Some(server_url(rule, self.cluster, host)),
            _ => None,
        };
        let authority = self.authorities.get(&expected.issuer);
        let signs = authority.is_some_and(|authority| authority.signs);
        let make = || self.make(expected, server.clone());
        let none_exists = files.iter().all(|file| !self.inventory.has(site, file));
        if none_exists {
            return Ok(match authority {
                Some(authority) if authority.signs => Action::Make(make()?),
                Some(_) => {
                    let authority = expected.issuer;
                    Action::InTheWay(vec![Difference::ExternalAuthority { authority }], false)
                }
                // The CA's own row says what is in the way: nothing is wrong with this one.
                None => Action::InTheWay(Vec::new(), false),
            });
        }
        match self.existing_leaf(site, files, expected, server.as_deref()) {
            Ok(kept) if signs => {
                let make = make()?;
                let certificate = make.certificate.as_ref();
                let end = certificate.map_or(self.now, |made| made.validity.not_after());
                Ok(match self.renewal(entry, &kept, end) {
                    Some(reason) => Action::Replace(make, vec![reason]),
                    None => Action::Keep(kept),
                })
            }
            Ok(kept) => Ok(Action::Keep(kept)),
            Err(differences) if self.options.reissue && signs => {
                Ok(Action::Replace(make()?, differences))
            }
            Err(differences) => Ok(Action::InTheWay(differences, signs)),
        }
    }

    fn make(&self, expected: &Expected, server: Option<String>) -> Result<Make, Error> {
        let wanted = self.validity(expected.validity_seconds)?;
        let (validity, capped) = match self.authorities.get(&expected.issuer) {
            Some(authority) => {
                // A leaf of a CA that is younger than five minutes starts with it.
                let not_before = wanted.not_before().max(authority.validity.not_before());
                Validity::new(not_before, wanted.not_after())?.capped_by(authority.validity)?
            }
            None => (wanted, false),
        };
        let certificate = MakeCertificate {
            issuer: Some(expected.issuer),
            subject: expected.subject.clone(),
            subject_alt_names: expected.subject_alt_names.clone(),
            profile: expected.profile.clone(),
            validity,
            capped,
        };
        let key_algorithm = expected.key_algorithm;
        Ok(Make {
            key_algorithm,
            certificate: Some(certificate),
            server,
        })
    }

    pub(super) fn validity(&self, seconds: i64) -> Result<Validity, Error> {
        Validity::new(self.now.plus(-BACKDATE_SECONDS)?, self.now.plus(seconds)?)
    }
}
