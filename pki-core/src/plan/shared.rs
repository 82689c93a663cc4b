//! The CAs and the service account's keys: made once, used ever after.

use super::{Action, AuthorityState, Difference, ExistingFile, Kept, Make, MakeCertificate};
use super::{PlanItem, Planner, Site, difference, keep};
use crate::Error;
use crate::catalog::{Authority, CatalogEntry, EntryKind, FileRole, PlacedFile};
use crate::certificate::Certificate;
use crate::expected::ExpectedAuthority;
use crate::issuer::Issuer;
use crate::key::{KeyPair, SigningKey, SubjectPublicKeyInfo};

/// The certificate (or public key) and the private key of a shared row, as far
/// as they exist.
pub(super) struct Shared {
    files: Vec<PlacedFile>,
    public: Option<Result<Vec<u8>, String>>,
    private: Option<Result<KeyPair, String>>,
}

impl Shared {
    pub(super) fn find(entry: &CatalogEntry, planner: &Planner<'_>) -> Self {
        let files = entry.files(&planner.options.etcd_naming);
        let content = |file: &PlacedFile| match planner.inventory.get(planner.home, file)? {
            ExistingFile::Content(bytes) => Some(Ok(bytes.as_slice())),
            ExistingFile::Unreadable(why) => Some(Err(why.clone())),
        };
        let of = |secret: bool| {
            files
                .iter()
                .find(|f| (f.role == FileRole::PrivateKey) == secret)
        };
        let private = of(true).and_then(content).map(|found| {
            found.and_then(|pem| KeyPair::from_pem(pem).map_err(|error| error.to_string()))
        });
        let public = of(false)
            .and_then(content)
            .map(|found| found.map(<[u8]>::to_vec));
        Self {
            public,
            private,
            files,
        }
    }

    fn path(&self, role_is_private: bool) -> String {
        let file = self
            .files
            .iter()
            .find(|f| (f.role == FileRole::PrivateKey) == role_is_private);
        file.map(|file| file.path.clone()).unwrap_or_default()
    }
}

impl Planner<'_> {
    pub(super) fn add_shared(
        &mut self,
        entry: &'static CatalogEntry,
        shared: Shared,
    ) -> Result<(), Error> {
        let (site, files) = (self.home, shared.files.clone());
        let action = match entry.kind {
            EntryKind::Authority(authority) => self.authority(entry, authority, shared)?,
            _ => self.service_account(entry, &shared),
        };
        self.plan.items.push(PlanItem {
            site,
            entry,
            files,
            action,
        });
        Ok(())
    }

    fn authority(
        &mut self,
        entry: &'static CatalogEntry,
        authority: Authority,
        shared: Shared,
    ) -> Result<Action, Error> {
        if shared.public.is_none() && shared.private.is_none() {
            return self.new_authority(entry, authority);
        }
        let (certificate_path, key_path) = (shared.path(false), shared.path(true));
        let unreadable = |path, why| {
            Ok(Action::InTheWay(
                vec![Difference::Unreadable { path, why }],
                false,
            ))
        };
        let Some(public) = shared.public else {
            let missing = Difference::Missing {
                path: certificate_path,
            };
            // Whether the key is of any use decides what the operator looks for.
            let key = shared.private.and_then(Result::err);
            let key = key.map(|why| Difference::Unreadable {
                path: key_path,
                why,
            });
            let differences = std::iter::once(missing).chain(key).collect();
            return Ok(Action::InTheWay(differences, false));
        };
        let parsed = public.and_then(|pem| Certificate::from_pem(&pem).map_err(|e| e.to_string()));
        let certificate = match parsed {
            Ok(certificate) => certificate,
            Err(why) => return unreadable(certificate_path, why),
        };
        let key = match shared.private.transpose() {
            Ok(key) => key,
            Err(why) => return unreadable(key_path, why),
        };
        let public_key = key.as_ref().map(KeyPair::public_key);
        let differences = difference::of_authority(&certificate, public_key, self.now);
        if !differences.is_empty() {
            return Ok(Action::InTheWay(differences, false));
        }
        let mut kept = keep::certificate(&certificate, self.now);
        let validity = certificate.validity();
        let signs = key.is_some();
        match key {
            Some(key) => {
                let issuer = Issuer::new(certificate.clone(), Box::new(key), self.now)?;
                self.plan.issuers.insert(authority, issuer);
            }
            None => {
                kept.reason = format!("external CA, {}", kept.reason);
                self.plan.notes.push(format!(
                    "{certificate_path} is an external CA: {key_path} is not here, so nothing is \
                     signed with it"
                ));
            }
        }
        let state = AuthorityState {
            certificate: Some(certificate),
            signs,
            validity,
        };
        self.authorities.insert(authority, state);
        Ok(Action::Keep(kept))
    }

    fn new_authority(
        &mut self,
        entry: &'static CatalogEntry,
        authority: Authority,
    ) -> Result<Action, Error> {
        if let Some(action) = self.only_on_a_host(entry) {
            return Ok(action);
        }
        let mut expected = ExpectedAuthority::new(entry, self.cluster, &self.cluster.hosts[0]);
        if let Some(cfssl) = self.options.cfssl_for(self.cluster, entry) {
            cfssl.rule_authority(entry, &mut expected)?;
        }
        let validity = self.validity(expected.validity_seconds)?;
        let state = AuthorityState {
            certificate: None,
            signs: true,
            validity,
        };
        self.authorities.insert(authority, state);
        Ok(Action::Make(Make {
            key_algorithm: expected.key_algorithm,
            certificate: Some(MakeCertificate {
                issuer: None,
                subject: expected.subject,
                subject_alt_names: expected.subject_alt_names,
                profile: expected.profile,
                validity,
                capped: false,
            }),
            server: None,
        }))
    }

    /// What a host has would not match what is made anew.
    fn only_on_a_host(&self, entry: &CatalogEntry) -> Option<Action> {
        if self.home != Site::Shared {
            return None;
        }
        let files = entry.files(&self.options.etcd_naming);
        let mut sites = (0..self.cluster.hosts.len()).map(Site::Host);
        let found =
            sites.find_map(|site| files.iter().find(|file| self.inventory.has(site, file)))?;
        let path = found.path.clone();
        Some(Action::InTheWay(
            vec![Difference::OnlyOnHost { path }],
            false,
        ))
    }

    fn service_account(&self, entry: &CatalogEntry, shared: &Shared) -> Action {
        if shared.public.is_none()
            && shared.private.is_none()
            && let Some(action) = self.only_on_a_host(entry)
        {
            return action;
        }
        let (public_path, key_path) = (shared.path(false), shared.path(true));
        let stop = |difference| Action::InTheWay(vec![difference], false);
        match (&shared.public, &shared.private) {
            (None, None) => Action::Make(Make {
                key_algorithm: self.cluster.key_algorithm,
                certificate: None,
                server: None,
            }),
            (None, Some(_)) => stop(Difference::Missing { path: public_path }),
            (Some(_), None) => stop(Difference::Missing { path: key_path }),
            (Some(Err(why)), _) => stop(Difference::Unreadable {
                path: public_path,
                why: why.clone(),
            }),
            (_, Some(Err(why))) => stop(Difference::Unreadable {
                path: key_path,
                why: why.clone(),
            }),
            (Some(Ok(pem)), Some(Ok(key))) => match SubjectPublicKeyInfo::from_pem(pem) {
                Err(error) => {
                    let why = error.to_string();
                    stop(Difference::Unreadable {
                        path: public_path,
                        why,
                    })
                }
                Ok(public) if public != *key.public_key() => stop(Difference::OtherPublicKey),
                Ok(_) => Action::Keep(Kept {
                    reason: "the key pair matches".into(),
                    ..Kept::default()
                }),
            },
        }
    }

    /// A shared row in the tree of a host.
    pub(super) fn copy(&self, site: Site, files: &[PlacedFile]) -> Action {
        let mut missing = false;
        let mut differences = Vec::new();
        // A row that is made now has all its files; of an external CA there is
        // no key to copy, and a host that has it keeps it.
        let fresh = files
            .iter()
            .all(|file| !self.inventory.has(self.home, file));
        for file in files {
            let original = self.inventory.content(self.home, file);
            match self.inventory.get(site, file) {
                None => missing |= fresh || original.is_some(),
                Some(ExistingFile::Unreadable(why)) => differences.push(Difference::Unreadable {
                    path: file.path.clone(),
                    why: why.clone(),
                }),
                Some(ExistingFile::Content(copy)) => {
                    if original.is_some_and(|original| original != copy.as_slice()) {
                        differences.push(Difference::OtherCopy {
                            path: file.path.clone(),
                        });
                    }
                }
            }
        }
        if !differences.is_empty() {
            return Action::InTheWay(differences, false);
        }
        match missing {
            true => Action::Copy,
            false => Action::Keep(Kept {
                reason: "equal to the shared one".into(),
                ..Kept::default()
            }),
        }
    }
}
