//! Cluster description + what exists -> what will be made, kept, or is in the
//! way, and why. Pure: the caller reads the files beforehand and writes them
//! afterwards.

pub(crate) mod difference;
pub(crate) mod expected;
mod inventory;
mod keep;
mod shared;

use std::collections::BTreeMap;

pub use difference::Difference;
pub use inventory::{ExistingFile, Inventory, Site};
use shared::Shared;

use crate::Error;
use crate::catalog::{
    Authority, CATALOG, CatalogEntry, EntryKind, EtcdNaming, FileRole, PlacedFile,
};
use crate::certificate::Certificate;
use crate::cfssl::CfsslEtcd;
use crate::cluster::{Cluster, Etcd, Host};
use crate::issuer::Issuer;
use crate::key::KeyAlgorithm;
use crate::name::{DistinguishedName, SubjectAltName};
use crate::profile::Profile;
use crate::time::{Timestamp, Validity};
use expected::{Expected, server_url};

/// How a plan is made.
#[derive(Debug, Clone, Default)]
pub struct PlanOptions {
    /// Whether the CAs have a home of their own ([`Site::Shared`]) and every
    /// host a tree with copies; else the one host's tree is the home.
    pub shared_home: bool,
    /// How the files of an external etcd are called.
    pub etcd_naming: EtcdNaming,
    /// The documents of cfssl that rule the certificates of an external etcd.
    pub cfssl: Option<CfsslEtcd>,
    /// Only these rows and the CAs they need; all if empty.
    pub only: Vec<&'static CatalogEntry>,
    /// Replace leaves and kubeconfigs that are not what is wanted or end within
    /// a month; those that `only` names, whatever they are.
    pub reissue: bool,
    /// Give hosts the key of an external etcd's CA, too.
    pub with_ca_keys: bool,
}

impl PlanOptions {
    /// The documents of cfssl, if they rule this row.
    fn cfssl_for(&self, cluster: &Cluster, entry: &CatalogEntry) -> Option<&CfsslEtcd> {
        let etcds = entry.kind == EntryKind::Authority(Authority::Etcd)
            || entry.kind == EntryKind::Leaf(Authority::Etcd);
        self.cfssl
            .as_ref()
            .filter(|_| etcds && cluster.has_external_etcd())
    }
}

/// What is to be done, row by row.
pub struct Plan {
    items: Vec<PlanItem>,
    issuers: BTreeMap<Authority, Issuer>,
    notes: Vec<String>,
}

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

/// Certificates start five minutes ago, for clocks that are behind
/// (kubernetes#118922).
const BACKDATE_SECONDS: i64 = 300;

impl Plan {
    /// Every file that [`Plan::new`] looks at, and so the caller reads.
    #[must_use]
    pub fn files(cluster: &Cluster, options: &PlanOptions) -> Vec<(Site, PlacedFile)> {
        let mut files = Vec::new();
        if options.shared_home {
            for entry in CATALOG.iter().filter(|entry| entry.is_shared()) {
                files.extend(
                    entry
                        .files(&options.etcd_naming)
                        .into_iter()
                        .map(|f| (Site::Shared, f)),
                );
            }
        }
        for (index, host) in cluster.hosts.iter().enumerate() {
            for entry in CATALOG
                .iter()
                .filter(|entry| entry.is_on(cluster, host, true))
            {
                let placed = entry.files(&options.etcd_naming).into_iter();
                files.extend(placed.map(|file| (Site::Host(index), file)));
            }
        }
        files
    }

    /// Decides what to do at the time `now`.
    ///
    /// # Errors
    /// [`Error::TimeOutOfRange`] and [`Error::EndsBeforeItStarts`] for a
    /// validity that no certificate can have.
    pub fn new(
        cluster: &Cluster,
        options: &PlanOptions,
        inventory: &Inventory,
        now: Timestamp,
    ) -> Result<Self, Error> {
        let home = if options.shared_home {
            Site::Shared
        } else {
            Site::Host(0)
        };
        let mut planner = Planner {
            cluster,
            options,
            inventory,
            now,
            home,
            authorities: BTreeMap::new(),
            plan: Self {
                items: Vec::new(),
                issuers: BTreeMap::new(),
                notes: Vec::new(),
            },
        };
        planner.run()?;
        Ok(planner.plan)
    }

    /// The rows, shared ones first, then host by host in the catalog's order.
    #[must_use]
    pub fn items(&self) -> &[PlanItem] {
        &self.items
    }

    /// Remarks about the plan as a whole.
    #[must_use]
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// The CAs that exist and sign.
    pub(crate) fn issuers(&self) -> &BTreeMap<Authority, Issuer> {
        &self.issuers
    }

    /// Whether something is in the way, so that nothing may be done.
    #[must_use]
    pub fn is_blocked(&self) -> bool {
        self.items
            .iter()
            .any(|item| matches!(item.action, Action::InTheWay(..)))
    }

    /// Whether carrying it out changes anything.
    #[must_use]
    pub fn changes_anything(&self) -> bool {
        self.items
            .iter()
            .any(|item| !matches!(item.action, Action::Keep(_)))
    }
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

/// What is known of a CA while the plan is made.
struct AuthorityState {
    /// Its certificate, if it exists.
    certificate: Option<Certificate>,
    /// Whether its key is here or will be.
    signs: bool,
    validity: Validity,
}

struct Planner<'a> {
    cluster: &'a Cluster,
    options: &'a PlanOptions,
    inventory: &'a Inventory,
    now: Timestamp,
    home: Site,
    authorities: BTreeMap<Authority, AuthorityState>,
    plan: Plan,
}

impl Planner<'_> {
    fn run(&mut self) -> Result<(), Error> {
        let first = self.first_control_plane();
        for entry in CATALOG.iter().filter(|entry| entry.is_shared()) {
            if self.is_wanted_shared(entry) {
                let shared = Shared::find(entry, self);
                self.add_shared(entry, shared)?;
            }
        }
        for (index, host) in self.cluster.hosts.iter().enumerate() {
            for entry in &CATALOG {
                // Whoever asks for a row by name gets it on any host.
                let named = self.options.only.contains(&entry);
                let first = named || Some(index) == first;
                if self.is_wanted(entry) && entry.is_on(self.cluster, host, first) {
                    self.add_to_host(entry, index, host)?;
                }
            }
        }
        self.add_notes(first);
        Ok(())
    }

    /// The host that `kubeadm init` runs on: the one that has what only it gets,
    /// or the first of a new cluster. Where the shared files came from another
    /// host, this one joins, and its kubelet gets its own access.
    fn first_control_plane(&self) -> Option<usize> {
        let only_on_first: Vec<_> = CATALOG
            .iter()
            .filter(|entry| entry.hosts == crate::catalog::HostRule::FirstControlPlane)
            .flat_map(|entry| entry.files(&self.options.etcd_naming))
            .collect();
        let hosts = self.cluster.hosts.iter().enumerate();
        let mut control_plane = hosts.filter(|(_, host)| host.roles.control_plane);
        let has = |index| {
            only_on_first
                .iter()
                .any(|f| self.inventory.has(Site::Host(index), f))
        };
        if let Some((index, _)) = control_plane.clone().find(|(index, _)| has(*index)) {
            return Some(index);
        }
        match self.shared_set_is_complete() {
            true => None,
            false => control_plane.next().map(|(index, _)| index),
        }
    }

    fn shared_set_is_complete(&self) -> bool {
        let external = self.cluster.has_external_etcd();
        let needed = CATALOG.iter().filter(|entry| {
            entry.is_shared() && !(external && entry.kind == EntryKind::Authority(Authority::Etcd))
        });
        needed
            .flat_map(|entry| entry.files(&self.options.etcd_naming))
            .all(|file| self.inventory.has(self.home, &file))
    }

    fn is_wanted(&self, entry: &CatalogEntry) -> bool {
        self.options.only.is_empty() || self.options.only.contains(&entry) || self.is_needed(entry)
    }

    /// A CA is needed by the rows that it signs.
    fn is_needed(&self, entry: &CatalogEntry) -> bool {
        match entry.kind {
            EntryKind::Authority(authority) => self
                .options
                .only
                .iter()
                .any(|wanted| wanted.issuer() == Some(authority)),
            _ => false,
        }
    }

    fn is_wanted_shared(&self, entry: &'static CatalogEntry) -> bool {
        let on_a_host = |host: &Host| entry.is_on(self.cluster, host, true);
        self.is_wanted(entry) && self.cluster.hosts.iter().any(on_a_host)
    }

    fn add_to_host(
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
        let etcd_ca = entry.kind == EntryKind::Authority(Authority::Etcd);
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

    fn validity(&self, seconds: i64) -> Result<Validity, Error> {
        Validity::new(self.now.plus(-BACKDATE_SECONDS)?, self.now.plus(seconds)?)
    }

    fn add_notes(&mut self, first: Option<usize>) {
        let mut notes = Vec::new();
        let mut capped: BTreeMap<(Option<Authority>, Timestamp), usize> = BTreeMap::new();
        for make in self.plan.items.iter().filter_map(|item| item.action.make()) {
            if let Some(made) = make.certificate.as_ref().filter(|made| made.capped) {
                *capped
                    .entry((made.issuer, made.validity.not_after()))
                    .or_default() += 1;
            }
        }
        for ((issuer, end), count) in capped {
            let issuer = issuer.map(|issuer| issuer.to_string()).unwrap_or_default();
            notes.push(format!(
                "{count} certificates end at {end} with their CA {issuer}, earlier than asked for"
            ));
        }
        notes.append(&mut self.plan.notes);
        for host in &self.cluster.hosts {
            if !host.roles.control_plane && !host.roles.etcd {
                notes.push(format!("{} is a worker: it gets no file", host.name));
            }
        }
        if first.is_none()
            && self
                .cluster
                .hosts
                .iter()
                .any(|host| host.roles.control_plane)
        {
            notes.push(
                "the shared files were there already, so the new hosts join: their kubelets get \
                 their own kubelet.conf (--only kubelet.conf makes one)"
                    .to_owned(),
            );
        }
        if let Etcd::External(external) = &self.cluster.etcd
            && !external.endpoints.is_empty()
            && !self.cluster.hosts.iter().any(|host| host.roles.etcd)
        {
            notes.push(
                "the hosts of the external etcd are not described, so no server and peer \
                 certificates are made for them: list them with the role etcd"
                    .to_owned(),
            );
        }
        let mut seen = std::collections::BTreeSet::new();
        notes.retain(|note| seen.insert(note.clone()));
        self.plan.notes = notes;
    }
}

#[cfg(test)]
mod tests;
