//! Plans in memory: made, carried out, and made again.

mod hosts;
mod leaf;
mod peers;
mod shared;

use zeroize::Zeroizing;

use super::*;
use crate::bundle::Bundle;
use crate::catalog::{CATALOG, FileRole, HostRule};
use crate::certificate::RandomSource;
use crate::cluster::{Etcd, ExternalEtcd, Host, Roles};
use crate::key::KeyAlgorithm;

struct Counter(u8);

impl RandomSource for Counter {
    fn fill(&mut self, buffer: &mut [u8]) -> Result<(), Error> {
        self.0 = self.0.wrapping_add(1);
        buffer.fill(self.0.max(1));
        Ok(())
    }
}

fn now() -> Timestamp {
    Timestamp::parse_rfc3339("2026-11-22T19:15:00Z").unwrap()
}

fn host(name: &str, last: u8) -> Host {
    Host::control_plane(name.parse().unwrap(), [10, 0, 0, last].into())
}

fn cluster(hosts: &[(&str, u8)]) -> Cluster {
    let hosts = hosts.iter().map(|(name, last)| host(name, *last)).collect();
    let mut cluster = Cluster::new(hosts);
    cluster.key_algorithm = KeyAlgorithm::EcdsaP256;
    cluster.kubeconfig_key_algorithm = KeyAlgorithm::EcdsaP256;
    cluster
}

fn fleet() -> PlanOptions {
    PlanOptions {
        shared_home: true,
        ..PlanOptions::default()
    }
}

fn plan(cluster: &Cluster, options: &PlanOptions, inventory: &Inventory) -> Plan {
    Plan::new(cluster, options, inventory, now()).unwrap()
}

/// Carries a plan out and adds its files to what exists.
fn carry_out(cluster: &Cluster, options: &PlanOptions, inventory: &mut Inventory) {
    let plan = plan(cluster, options, inventory);
    let bundle = Bundle::new(&plan, cluster, inventory, now(), &mut Counter(0), &|| {}).unwrap();
    for file in bundle.into_files() {
        let content = ExistingFile::Content(file.content);
        inventory.insert(file.site, file.file, content);
    }
}

fn made(cluster: &Cluster, options: &PlanOptions) -> Inventory {
    let mut inventory = Inventory::new();
    carry_out(cluster, options, &mut inventory);
    inventory
}

fn placed(path: &str) -> PlacedFile {
    let role = match path {
        "sa.pub" => FileRole::PublicKey,
        path if path.ends_with(".conf") => FileRole::Kubeconfig,
        path if path.ends_with(".key") => FileRole::PrivateKey,
        _ => FileRole::Certificate,
    };
    PlacedFile {
        role,
        path: path.to_owned(),
    }
}

fn without(inventory: Inventory, site: Site, path: &str) -> Inventory {
    let mut inventory = inventory;
    assert!(inventory.remove(site, &placed(path)), "{path}");
    inventory
}

/// The differences of the row that is in the way, and whether a reissue helps.
fn in_the_way(plan: &Plan, base_name: &str) -> (Vec<Difference>, bool) {
    let item = plan.items().iter().find(|item| {
        item.entry.base_name == base_name && matches!(item.action, Action::InTheWay(..))
    });
    match item.map(|item| &item.action) {
        Some(Action::InTheWay(differences, reissue)) => (differences.clone(), *reissue),
        _ => panic!("{base_name} is not in the way"),
    }
}

fn count(plan: &Plan, wanted: fn(&Action) -> bool) -> usize {
    plan.items()
        .iter()
        .filter(|item| wanted(&item.action))
        .count()
}

const IS_MADE: fn(&Action) -> bool = |action| matches!(action, Action::Make(_));

const IS_KEPT: fn(&Action) -> bool = |action| matches!(action, Action::Keep(_));

const IS_COPIED: fn(&Action) -> bool = |action| matches!(action, Action::Copy);

const IS_REPLACED: fn(&Action) -> bool = |action| matches!(action, Action::Replace(..));

#[test]
fn a_second_run_changes_nothing() {
    let one = cluster(&[("m0", 10)]);
    let three = cluster(&[("m0", 10), ("m1", 11), ("m2", 12)]);
    for (cluster, options) in [(one, PlanOptions::default()), (three, fleet())] {
        let first = plan(&cluster, &options, &Inventory::new());
        assert!(first.changes_anything() && !first.is_blocked());
        let inventory = made(&cluster, &options);
        let second = plan(&cluster, &options, &inventory);
        assert!(!second.changes_anything() && !second.is_blocked());
        assert_eq!(count(&second, IS_KEPT), second.items().len());
        assert_eq!(second.items().len(), first.items().len());
    }
}

#[test]
fn only_makes_what_is_named_and_its_ca() {
    let one = cluster(&[("m0", 10)]);
    let only = ["etcd-server", "apiserver-etcd-client"].map(|n| CatalogEntry::find(n).unwrap());
    let options = PlanOptions {
        only: only.to_vec(),
        ..PlanOptions::default()
    };
    let plan = plan(&one, &options, &Inventory::new());
    let names: Vec<_> = plan
        .items()
        .iter()
        .map(|item| item.entry.base_name)
        .collect();
    assert_eq!(names, ["etcd/ca", "etcd/server", "apiserver-etcd-client"]);
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(24))]
    /// After any plan is carried out, nothing is left to do: for any version,
    /// kind of etcd, number of hosts and home of the shared files.
    #[test]
    fn carrying_out_leaves_nothing_to_do(
        minor in 10u16..=36,
        hosts in 1usize..4,
        external: bool,
        endpoint: bool,
        cfssl_naming: bool,
        keys: bool,
    ) {
        let names = ["a", "b", "c"];
        let listed: Vec<_> = names.iter().take(hosts).map(|n| (*n, n.as_bytes()[0])).collect();
        let mut cluster = cluster(&listed);
        cluster.kubernetes_version = format!("1.{minor}").parse().unwrap();
        cluster.control_plane_endpoint = endpoint.then(|| "10.9.9.9:8443".parse().unwrap());
        if external {
            cluster.etcd = Etcd::External(ExternalEtcd::default());
            cluster.hosts.iter_mut().for_each(|host| host.roles.etcd = true);
        }
        let options = PlanOptions {
            shared_home: hosts > 1,
            etcd_naming: if cfssl_naming && external { EtcdNaming::Cfssl } else { EtcdNaming::Kubeadm },
            with_ca_keys: keys,
            ..PlanOptions::default()
        };
        let inventory = made(&cluster, &options);
        let again = plan(&cluster, &options, &inventory);
        proptest::prop_assert!(!again.is_blocked() && !again.changes_anything());
    }
}
