//! What a running etcd has to be told when its files change: etcd reads
//! `--initial-*` only where it has no data yet, so that members are added, moved
//! and removed by `etcdctl`, and a restart alone carries out little else.

mod clients;
mod refusal;
mod service;
mod steps;
mod upgrade;
mod words;

use std::collections::BTreeMap;

pub use self::clients::api_servers_ask;
pub use self::refusal::EtcdRefusal;
use self::service::Service;
use super::step::{Reached, Step};
use crate::cluster::{Cluster, EtcdPeers};
use crate::setup::EtcdVersion;

/// The files of etcd on one host.
#[derive(Debug, Clone, Copy)]
pub struct EtcdFiles<'a> {
    /// The index of the host in the cluster.
    pub host: usize,
    /// As they were rendered before, if they were.
    pub before: Option<EtcdTexts<'a>>,
    /// As they are rendered now.
    pub now: EtcdTexts<'a>,
}

/// `etcd.env` and `etcd.service`.
#[derive(Debug, Clone, Copy)]
pub struct EtcdTexts<'a> {
    /// The environment file.
    pub environment: &'a [u8],
    /// The unit.
    pub unit: &'a [u8],
}

/// What an etcd that runs needs besides a restart of one member after the other.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct EtcdChange {
    /// What has to be done, in its order; nothing where a restart is right, or no
    /// etcd was there before.
    pub steps: Vec<Step>,
    /// The hosts whose certificates come with a step, and no earlier or later.
    pub certified: Vec<String>,
    /// Whether an etcd that runs is started otherwise, and not only a new one.
    pub is_another: bool,
}

/// One way in which an etcd is another one now.
#[derive(Debug, PartialEq, Eq)]
enum Change {
    Added(String, String),
    Removed(Vec<String>),
    /// Names and their new addresses.
    Moved(Vec<(String, String)>),
    Version(Option<EtcdVersion>, EtcdVersion),
    Peers(EtcdPeers, EtcdPeers),
    Data(String, String),
    User(String),
    /// The members that clients reach elsewhere.
    Clients(Vec<String>),
    /// What etcd reads only where it has no data.
    Start,
}

/// The members before and now, and where `etcdctl` is run.
struct Changed<'a> {
    cluster: &'a Cluster,
    /// The hosts that run etcd already.
    running: Vec<Reached>,
    /// The one of them that is asked.
    asked: Reached,
    old: Service,
    new: Service,
    /// Where clients reached the members before, and reach them now, by name.
    clients: BTreeMap<String, [Option<String>; 2]>,
}

impl EtcdChange {
    /// Compares the files of all members.
    ///
    /// # Errors
    /// [`EtcdRefusal`] if no steps lead there.
    pub fn new(cluster: &Cluster, files: &[EtcdFiles<'_>]) -> Result<Self, EtcdRefusal> {
        let mut pairs = Vec::new();
        let mut clients = BTreeMap::<_, [Option<String>; 2]>::new();
        for of_host in files {
            let Some(new) = Service::read(of_host.now) else {
                return Ok(Self::default());
            };
            let [was, is] = clients.entry(new.name.clone()).or_default();
            *is = new.client_url().map(str::to_owned);
            let (Some(before), Some(host)) = (of_host.before, cluster.hosts.get(of_host.host))
            else {
                continue;
            };
            let Some(old) = Service::read(before) else {
                return Ok(Self::default());
            };
            *was = old.client_url().map(str::to_owned);
            pairs.push((Reached::new(host), old, new));
        }
        let is_start_alone = pairs.iter().all(|(_, old, new)| old.runs_like(new));
        let is_same = pairs.iter().all(|(_, old, new)| new.is_told_like(old));
        let running = pairs.iter().map(|(host, ..)| host.clone()).collect();
        // Whoever stays where it is can be asked.
        let stays = |(_, old, new): &&(Reached, Service, Service)| {
            old.members.get(&old.name) == new.members.get(&new.name)
        };
        let asked = pairs.iter().position(|pair| stays(&pair)).unwrap_or(0);
        let Some((asked, old, new)) = pairs.into_iter().nth(asked) else {
            return Ok(Self::default());
        };
        let mut changes = changes(&old, &new);
        let changed = Changed {
            cluster,
            running,
            asked,
            old,
            new,
            clients,
        };
        let elsewhere = changed.clients_elsewhere();
        if !elsewhere.is_empty() {
            changes.push(Change::Clients(elsewhere));
        }
        for change in &changes {
            if let Change::Version(was, is) = change
                && let Some(refusal) = upgrade::refused(*was, *is)
            {
                return Err(refusal);
            }
        }
        if changes.is_empty() && is_start_alone && !is_same {
            changes.push(Change::Start);
        }
        let steps = match &changes[..] {
            [] => Vec::new(),
            [change] => changed.steps(change),
            several => {
                return Err(EtcdRefusal::Several {
                    changes: several.iter().map(Change::name).collect(),
                });
            }
        };
        let certified = changes.iter().flat_map(|change| changed.certified(change));
        Ok(Self {
            certified: certified.collect(),
            steps,
            is_another: match &changes[..] {
                [] => !is_same,
                changes => changes != [Change::Start],
            },
        })
    }
}

fn changes(old: &Service, new: &Service) -> Vec<Change> {
    let missing = |from: &BTreeMap<String, String>, of: &BTreeMap<String, String>| {
        let names = of.iter().filter(|(name, _)| !from.contains_key(*name));
        let names = names.map(|(name, url)| (name.clone(), url.clone()));
        names.collect::<Vec<_>>()
    };
    let mut changes = Vec::new();
    // A new member is told of all others, and of none that is not added yet.
    for (name, url) in missing(&old.members, &new.members) {
        changes.push(Change::Added(name, url));
    }
    let removed = missing(&new.members, &old.members);
    if !removed.is_empty() {
        let names = removed.into_iter().map(|(name, _)| name);
        changes.push(Change::Removed(names.collect()));
    }
    let moved = new.members.iter().filter(|(name, url)| {
        let was = old.members.get(*name);
        was.is_some_and(|was| was != *url)
    });
    let moved: Vec<_> = moved.map(|(n, url)| (n.clone(), url.clone())).collect();
    if !moved.is_empty() {
        changes.push(Change::Moved(moved));
    }
    if let Some(version) = new.version_after(old) {
        changes.push(Change::Version(old.version, version));
    }
    if old.peers() != new.peers() {
        changes.push(Change::Peers(old.peers(), new.peers()));
    }
    let [was, is] = [old, new].map(|service| service.flag("data-dir"));
    if was != is {
        changes.push(Change::Data(was.to_owned(), is.to_owned()));
    }
    if old.user != new.user {
        changes.push(Change::User(new.user.clone()));
    }
    changes
}

#[cfg(test)]
mod tests;
