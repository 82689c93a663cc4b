//! Plan + keys + time -> the files of the tree, in memory.

use std::collections::BTreeMap;

use rayon::prelude::*;
use zeroize::Zeroizing;

use crate::Error;
use crate::catalog::{Authority, EntryKind, FileRole, PlacedFile};
use crate::certificate::{Certificate, RandomSource, SerialNumber};
use crate::cluster::Cluster;
use crate::issuer::Issuer;
use crate::key::{KeyPair, SigningKey, SubjectPublicKeyInfo};
use crate::kubeconfig::Kubeconfig;
use crate::plan::{Action, Inventory, Make, MakeCertificate, Plan, PlanItem, Site};
use crate::profile::CertificateRequest;
use crate::time::Timestamp;

/// A file that is to be written.
pub struct BundleFile {
    /// Whose directory it goes to.
    pub site: Site,
    /// Its path, and what it holds.
    pub file: PlacedFile,
    /// Its content.
    pub content: Zeroizing<Vec<u8>>,
    /// Whether it replaces a file.
    pub replaces: bool,
}

/// Every file that a plan writes, made and proved in memory.
pub struct Bundle(Vec<BundleFile>);

impl Bundle {
    /// Carries out a plan. All keys are made in one parallel pool, CAs' and
    /// leaves' alike; `on_key` is called after each of them, from any thread.
    ///
    /// # Errors
    /// [`Error::InTheWay`] if the plan is blocked; those of key generation and
    /// issuing.
    pub fn new(
        plan: &Plan,
        cluster: &Cluster,
        inventory: &Inventory,
        now: Timestamp,
        random: &mut dyn RandomSource,
        on_key: &(dyn Fn() + Sync),
    ) -> Result<Self, Error> {
        if plan.is_blocked() {
            return Err(Error::InTheWay);
        }
        let mut made = Vec::new();
        for item in plan.items() {
            if let Some(make) = item.action.make() {
                let rule = make
                    .certificate
                    .as_ref()
                    .map(|made| made.profile.serial_rule);
                let serial = rule.map(|rule| rule.draw(random)).transpose()?;
                made.push(Work { item, make, serial });
            }
        }
        let keys = made.par_iter().map(|work| {
            let key = KeyPair::generate(work.make.key_algorithm);
            on_key();
            key
        });
        let keys: Vec<KeyPair> = keys.collect::<Result<_, _>>()?;
        let (authorities, leaves): (Vec<_>, Vec<_>) = made
            .into_iter()
            .zip(keys)
            .partition(|(work, _)| matches!(work.item.entry.kind, EntryKind::Authority(_)));
        let mut files = Vec::new();
        let mut issuers: BTreeMap<Authority, &Issuer> =
            plan.issuers().iter().map(|(a, i)| (*a, i)).collect();
        let new = new_issuers(authorities, now, &mut files)?;
        issuers.extend(new.iter().map(|(authority, issuer)| (*authority, issuer)));
        let leaves = leaves
            .into_par_iter()
            .map(|(work, key)| work.leaf(&key, cluster, &issuers));
        files.extend(leaves.collect::<Result<Vec<_>, _>>()?.into_iter().flatten());
        for file in &mut files {
            // Of half a pair, one file is replaced and the other is new.
            file.replaces &= inventory.has(file.site, &file.file);
        }
        copy(plan, inventory, &mut files)?;
        Ok(Self(files))
    }

    /// The files, CAs first.
    #[must_use]
    pub fn into_files(self) -> Vec<BundleFile> {
        self.0
    }
}

/// A row that is made.
struct Work<'a> {
    item: &'a PlanItem,
    make: &'a Make,
    serial: Option<SerialNumber>,
}

fn new_issuers(
    authorities: Vec<(Work<'_>, KeyPair)>,
    now: Timestamp,
    files: &mut Vec<BundleFile>,
) -> Result<BTreeMap<Authority, Issuer>, Error> {
    let mut issuers = BTreeMap::new();
    for (work, key) in authorities {
        let EntryKind::Authority(authority) = work.item.entry.kind else {
            continue;
        };
        let Some(certificate) = &work.make.certificate else {
            continue;
        };
        let params = work.params(certificate, key.public_key(), None)?;
        let key_pem = key.to_pem();
        let issuer = Issuer::self_signed(&params, Box::new(key), now)?;
        files.extend(work.pair(issuer.certificate(), &key_pem));
        issuers.insert(authority, issuer);
    }
    Ok(issuers)
}

impl Work<'_> {
    fn leaf(
        &self,
        key: &KeyPair,
        cluster: &Cluster,
        issuers: &BTreeMap<Authority, &Issuer>,
    ) -> Result<Vec<BundleFile>, Error> {
        let Some(make) = &self.make.certificate else {
            return Ok(self.service_account(key));
        };
        let issuer = make.issuer.and_then(|authority| issuers.get(&authority));
        let issuer = issuer.ok_or(Error::InTheWay)?;
        let certificate = issuer.issue(&self.params(make, key.public_key(), Some(issuer))?)?;
        let Some(server) = &self.make.server else {
            return Ok(self.pair(&certificate, &key.to_pem()));
        };
        let kubeconfig = Kubeconfig {
            version: cluster.kubernetes_version,
            cluster: &cluster.name,
            user: make.subject.common_name().unwrap_or_default(),
            server,
            authority: issuer.certificate(),
            certificate: &certificate,
            key,
        };
        let text = kubeconfig.to_yaml();
        Ok(self.files(|_| text.as_bytes()))
    }

    fn params(
        &self,
        make: &MakeCertificate,
        public_key: &SubjectPublicKeyInfo,
        issuer: Option<&Issuer>,
    ) -> Result<crate::CertificateParams, Error> {
        let request = CertificateRequest {
            subject: make.subject.clone(),
            subject_alt_names: make
                .subject_alt_names
                .iter()
                .cloned()
                .map(Into::into)
                .collect(),
            public_key: public_key.clone(),
        };
        let serial = self.serial.clone().ok_or(Error::Randomness)?;
        make.profile.params(&request, issuer, make.validity, serial)
    }

    fn pair(&self, certificate: &Certificate, key_pem: &str) -> Vec<BundleFile> {
        let certificate = certificate.to_pem();
        self.files(|role| match role {
            FileRole::PrivateKey => key_pem.as_bytes(),
            _ => certificate.as_bytes(),
        })
    }

    fn service_account(&self, key: &KeyPair) -> Vec<BundleFile> {
        let (private, public) = (key.to_pem(), key.public_key().to_pem());
        self.files(|role| match role {
            FileRole::PrivateKey => private.as_bytes(),
            _ => public.as_bytes(),
        })
    }

    fn files<'b>(&self, content: impl Fn(FileRole) -> &'b [u8]) -> Vec<BundleFile> {
        let replaces = matches!(self.item.action, Action::Replace(..));
        let file = |file: &PlacedFile| BundleFile {
            site: self.item.site,
            content: Zeroizing::new(content(file.role).to_vec()),
            file: file.clone(),
            replaces,
        };
        self.item.files.iter().map(file).collect()
    }
}

/// What hosts get from the shared home: fresh files, or those that exist.
fn copy(plan: &Plan, inventory: &Inventory, files: &mut Vec<BundleFile>) -> Result<(), Error> {
    let fresh: BTreeMap<PlacedFile, Zeroizing<Vec<u8>>> = files
        .iter()
        .filter(|file| file.site == Site::Shared)
        .map(|file| (file.file.clone(), file.content.clone()))
        .collect();
    for item in plan
        .items()
        .iter()
        .filter(|item| matches!(item.action, Action::Copy))
    {
        for file in &item.files {
            if inventory.content(item.site, file).is_some() {
                continue;
            }
            let existing = || {
                inventory
                    .content(Site::Shared, file)
                    .map(|b| Zeroizing::new(b.to_vec()))
            };
            let content = fresh.get(file).cloned().or_else(existing);
            // An external CA has no key to copy.
            if let Some(content) = content {
                files.push(BundleFile {
                    site: item.site,
                    file: file.clone(),
                    content,
                    replaces: false,
                });
            }
        }
    }
    Ok(())
}
