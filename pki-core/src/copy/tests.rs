//! Copies in memory: planned, carried out, and planned again.

mod decisions;
mod owners;
mod promises;
mod refusals;

use std::collections::BTreeMap;
use std::sync::OnceLock;

use zeroize::Zeroizing;

use super::*;
use crate::Error;
use crate::bundle::Bundle;
use crate::catalog::{CATALOG, CatalogEntry, EtcdNaming, PlacedFile};
use crate::certificate::RandomSource;
use crate::cluster::{Cluster, Etcd, ExternalEtcd, Host};
use crate::key::KeyAlgorithm;
use crate::name::HostName;
use crate::plan::{self, ExistingFile, Inventory, PlanOptions, Site};
use crate::time::Timestamp;
use crate::verify::tests::now;

/// Everything that `kpki gen --out` makes for two hosts.
struct Fleet {
    kind: ClusterKind,
    files: BTreeMap<(Site, PlacedFile), Vec<u8>>,
}

struct Counter(u8);

impl RandomSource for Counter {
    fn fill(&mut self, buffer: &mut [u8]) -> Result<(), Error> {
        self.0 = self.0.wrapping_add(1);
        buffer.fill(self.0.max(1));
        Ok(())
    }
}

const HOSTS: [&str; 2] = ["m0", "m1"];

impl Fleet {
    fn new(kind: ClusterKind, now: Timestamp) -> Self {
        let nothing = Self {
            kind,
            files: BTreeMap::new(),
        };
        nothing.with_what_lacks(now)
    }

    /// With leaves made again that end soon, and what is not there made.
    fn with_what_lacks(&self, now: Timestamp) -> Self {
        let cluster = cluster(&self.kind);
        let options = PlanOptions {
            shared_home: true,
            etcd_naming: self.kind.naming().clone(),
            reissue: true,
            ..PlanOptions::default()
        };
        let mut inventory = Inventory::new();
        for ((site, file), bytes) in &self.files {
            let content = ExistingFile::Content(Zeroizing::new(bytes.clone()));
            inventory.insert(*site, file.clone(), content);
        }
        let plan = plan::Plan::new(&cluster, &options, &inventory, now).unwrap();
        let random = &mut Counter(0);
        let bundle = Bundle::new(&plan, &cluster, &inventory, now, random, &|| {}).unwrap();
        let mut files = self.files.clone();
        for made in bundle.into_files() {
            files.insert((made.site, made.file), made.content.to_vec());
        }
        Self {
            kind: self.kind.clone(),
            files,
        }
    }

    /// Two clusters of each kind, made once.
    fn all() -> &'static [[Self; 2]] {
        static FLEETS: OnceLock<Vec<[Fleet; 2]>> = OnceLock::new();
        FLEETS.get_or_init(|| {
            let kinds = [
                ClusterKind::Stacked,
                ClusterKind::ExternalEtcd(EtcdNaming::Kubeadm),
                ClusterKind::ExternalEtcd(EtcdNaming::Cfssl),
            ];
            let both = |kind: ClusterKind| [Self::new(kind.clone(), now()), Self::new(kind, now())];
            kinds.into_iter().map(both).collect()
        })
    }

    fn stacked() -> &'static [Self; 2] {
        &Self::all()[0]
    }

    fn site(&self, site: Site) -> impl Iterator<Item = CopiedFile> {
        let files = self.files.iter().filter(move |((of, _), _)| *of == site);
        files.map(|((_, file), bytes)| CopiedFile {
            entry: entry_of(file),
            file: file.clone(),
            bytes: Zeroizing::new(bytes.clone()),
        })
    }

    /// The shared directory, with what is each host's own.
    fn source(&self) -> Source {
        let mut source = Source::new(self.kind.clone(), self.site(Site::Shared)).unwrap();
        for (index, host) in HOSTS.iter().enumerate() {
            let own = self.site(Site::Host(index));
            source.add_host(host.parse().unwrap(), own).unwrap();
        }
        source
    }

    fn bytes(&self, site: Site, path: &str) -> Vec<u8> {
        let mut files = self.files.iter();
        let found = files.find(|((of, file), _)| *of == site && file.path == path);
        found.unwrap_or_else(|| panic!("no {path}")).1.clone()
    }
}

fn cluster(kind: &ClusterKind) -> Cluster {
    let hosts = HOSTS.iter().zip(10..).map(|(name, last)| {
        let mut host = Host::control_plane(name.parse().unwrap(), [10, 0, 0, last].into());
        host.roles.etcd = *kind != ClusterKind::Stacked;
        host
    });
    let mut cluster = Cluster::new(hosts.collect());
    cluster.key_algorithm = KeyAlgorithm::EcdsaP256;
    cluster.kubeconfig_key_algorithm = KeyAlgorithm::EcdsaP256;
    if *kind != ClusterKind::Stacked {
        cluster.etcd = Etcd::External(ExternalEtcd::default());
    }
    cluster
}

fn entry_of(file: &PlacedFile) -> &'static CatalogEntry {
    let namings = [EtcdNaming::Kubeadm, EtcdNaming::Cfssl];
    let has = |entry: &&CatalogEntry| namings.iter().any(|it| entry.files(it).contains(file));
    CATALOG.iter().find(has).unwrap()
}

/// A destination in memory.
#[derive(Debug, Clone, Default)]
struct Place(BTreeMap<PlacedFile, Lying>);

#[derive(Debug, Clone)]
enum Lying {
    File(Vec<u8>, u32),
    Else(&'static str),
    Closed,
}

impl Place {
    /// Looks as a destination does: a secret that is not the expected one is not shown.
    fn survey(&self, source: &Source, options: &CopyOptions) -> Survey {
        let mut survey = Survey::default();
        for question in Plan::questions(source, options) {
            let (content, mode) = match self.0.get(&question.file) {
                None => (Present::Nothing, 0),
                Some(Lying::Else(kind)) => (Present::NotAFile(kind), 0o777),
                Some(Lying::Closed) => (Present::Unreadable("closed".to_owned()), 0),
                Some(Lying::File(bytes, mode)) if question.expected == Some(bytes.as_slice()) => {
                    (Present::Equal, *mode)
                }
                Some(Lying::File(bytes, mode)) => {
                    let is_secret = question.file.role.is_secret() && !bytes.is_empty();
                    let content = match is_secret {
                        true => Present::of_secret(bytes),
                        false => Present::Content(Zeroizing::new(bytes.clone())),
                    };
                    (content, *mode)
                }
            };
            let found = PresentFile {
                content,
                mode,
                uid: None,
                modified: None,
            };
            survey.insert(question.file, found);
        }
        survey
    }

    fn carry_out(&mut self, plan: &Plan<'_>) {
        for item in plan.writes() {
            let file = &item.copied.file;
            let lies = self.0.contains_key(file);
            assert_eq!(lies, item.action.replaces(), "{file:?}: {:?}", item.action);
            let bytes = item.copied.bytes.to_vec();
            self.0
                .insert(file.clone(), Lying::File(bytes, file.role.mode()));
        }
    }

    fn read_back(&self, plan: &Plan<'_>) -> Vec<Vec<u8>> {
        let read = plan.settled().map(|item| match &self.0[&item.copied.file] {
            Lying::File(bytes, _) => bytes.clone(),
            other => panic!("{other:?}"),
        });
        read.collect()
    }

    fn put(&mut self, file: &PlacedFile, bytes: Vec<u8>) {
        let mode = file.role.mode();
        self.0.insert(file.clone(), Lying::File(bytes, mode));
    }
}

fn of_host(host: &str, with_host_certs: bool) -> CopyOptions {
    CopyOptions {
        host: Some(host.parse::<HostName>().unwrap()),
        with_host_certs,
        replace_ca: false,
        replace_kubeconfigs: false,
    }
}
