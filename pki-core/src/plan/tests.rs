use zeroize::Zeroizing;

use super::*;
use crate::bundle::Bundle;
use crate::catalog::HostRule;
use crate::certificate::RandomSource;
use crate::cluster::{ExternalEtcd, Roles};

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
fn a_new_cluster_has_one_first_host() {
    let cluster = cluster(&[("m0", 10), ("m1", 11)]);
    let plan = plan(&cluster, &fleet(), &Inventory::new());
    // Four shared rows; every host seven leaves and three kubeconfigs, the first
    // one two more.
    assert_eq!(count(&plan, IS_MADE), 4 + 10 + 2 + 10);
    assert_eq!(count(&plan, IS_COPIED), 4 + 4);
    let only_first = plan
        .items()
        .iter()
        .filter(|i| i.entry.hosts == HostRule::FirstControlPlane);
    assert!(
        only_first
            .into_iter()
            .all(|item| item.site == Site::Host(0))
    );
}

#[test]
fn a_host_that_comes_later_joins_with_the_same_cas() {
    let old = cluster(&[("m0", 10)]);
    let mut inventory = made(&old, &fleet());
    let shared = |i: &Inventory| {
        i.content(Site::Shared, &placed("ca.crt"))
            .map(<[u8]>::to_vec)
    };
    let before = shared(&inventory);
    let both = cluster(&[("m0", 10), ("m1", 11)]);
    let plan = plan(&both, &fleet(), &inventory);
    let new = plan
        .items()
        .iter()
        .filter(|item| item.site == Site::Host(1));
    assert!(
        new.into_iter()
            .all(|item| item.entry.hosts != HostRule::FirstControlPlane)
    );
    assert!(
        plan.items()
            .iter()
            .any(|item| item.entry.base_name == "kubelet.conf")
    );
    carry_out(&both, &fleet(), &mut inventory);
    assert_eq!(shared(&inventory), before);
    assert_eq!(
        inventory.content(Site::Host(1), &placed("ca.crt")),
        before.as_deref()
    );
}

#[test]
fn a_joining_host_gets_a_kubelet_conf_if_asked() {
    let mut inventory = made(&cluster(&[("m0", 10)]), &fleet());
    let later = cluster(&[("m1", 11)]);
    // Site::Host(0) is m1 now; only the shared home is left of m0.
    for entry in CATALOG
        .iter()
        .flat_map(|entry| entry.files(&EtcdNaming::Kubeadm))
    {
        inventory.remove(Site::Host(0), &entry);
    }
    let joined = plan(&later, &fleet(), &inventory);
    assert!(
        joined
            .items()
            .iter()
            .all(|item| item.entry.base_name != "kubelet.conf")
    );
    let only = vec![CatalogEntry::find("kubelet.conf").unwrap()];
    let asked = plan(&later, &PlanOptions { only, ..fleet() }, &inventory);
    assert!(
        asked
            .items()
            .iter()
            .any(|item| item.entry.base_name == "kubelet.conf")
    );
}

#[test]
fn another_address_is_in_the_way_and_reissued() {
    let inventory = made(&cluster(&[("m0", 10)]), &PlanOptions::default());
    let moved = cluster(&[("m0", 20)]);
    let stopped = plan(&moved, &PlanOptions::default(), &inventory);
    let (differences, reissue_helps) = in_the_way(&stopped, "apiserver");
    assert!(reissue_helps);
    assert_eq!(
        differences,
        [Difference::MissingNames {
            missing: vec!["IP:10.0.0.20".into()],
            unexpected: vec!["IP:10.0.0.10".into()],
        }]
    );
    let options = PlanOptions {
        reissue: true,
        ..PlanOptions::default()
    };
    let reissued = plan(&moved, &options, &inventory);
    assert!(!reissued.is_blocked());
    // Three certificates and the five kubeconfigs that name the address.
    assert_eq!(count(&reissued, IS_REPLACED), 3 + 5);
    let files = Bundle::new(
        &reissued,
        &moved,
        &inventory,
        now(),
        &mut Counter(0),
        &|| {},
    )
    .unwrap();
    assert!(files.into_files().iter().all(|file| file.replaces));
}

#[test]
fn what_ends_soon_or_is_named_is_reissued() {
    let one = cluster(&[("m0", 10)]);
    let inventory = made(&one, &PlanOptions::default());
    let at = |seconds, only: &[&str]| {
        let options = PlanOptions {
            reissue: true,
            only: only
                .iter()
                .filter_map(|name| CatalogEntry::find(name))
                .collect(),
            ..PlanOptions::default()
        };
        let now = now().plus(seconds).unwrap();
        let plan = Plan::new(&one, &options, &inventory, now).unwrap();
        let replaced = plan.items().iter().filter_map(|item| match &item.action {
            Action::Replace(_, differences) => Some((item.entry.base_name, differences.clone())),
            _ => None,
        });
        replaced.collect::<Vec<_>>()
    };
    assert_eq!(at(300 * 86_400, &[]), []);
    let leaves = CATALOG.iter().filter(|entry| entry.issuer().is_some());
    let soon = at(340 * 86_400, &[]);
    assert_eq!(soon.len(), leaves.count());
    let ends = |(_, differences): &(_, Vec<Difference>)| {
        matches!(differences[..], [Difference::ExpiresSoon { .. }])
    };
    assert!(soon.iter().all(ends), "{soon:?}");
    let named = vec![("apiserver", vec![Difference::Named])];
    assert_eq!(at(0, &["apiserver"]), named);
    // A CA never is.
    assert_eq!(at(3640 * 86_400, &["ca"]), []);
}

#[test]
fn an_expired_leaf_is_in_the_way_and_an_expired_ca_for_ever() {
    let one = cluster(&[("m0", 10)]);
    let inventory = made(&one, &PlanOptions::default());
    let at = |seconds| {
        Plan::new(
            &one,
            &PlanOptions::default(),
            &inventory,
            now().plus(seconds).unwrap(),
        )
        .unwrap()
    };
    let (differences, reissue_helps) = in_the_way(&at(366 * 86_400), "apiserver");
    assert!(matches!(differences[..], [Difference::Expired { .. }]) && reissue_helps);
    let (differences, reissue_helps) = in_the_way(&at(3651 * 86_400), "ca");
    assert!(matches!(differences[..], [Difference::Expired { .. }]) && !reissue_helps);
    let soon = at(340 * 86_400);
    assert!(!soon.changes_anything());
    let noted = |item: &&PlanItem| matches!(&item.action, Action::Keep(k) if !k.notes.is_empty());
    assert_eq!(soon.items().iter().filter(noted).count(), 12);
}

#[test]
fn another_ca_is_told_from_its_name() {
    let one = cluster(&[("m0", 10)]);
    let mut inventory = made(&one, &PlanOptions::default());
    let mut other = made(&one, &PlanOptions::default());
    for path in ["ca.crt", "ca.key"] {
        let content = other.take(Site::Host(0), &placed(path)).unwrap();
        inventory.insert(Site::Host(0), placed(path), content);
    }
    let plan = plan(&one, &PlanOptions::default(), &inventory);
    let (differences, reissue_helps) = in_the_way(&plan, "apiserver");
    assert!(reissue_helps);
    assert!(matches!(
        differences[..],
        [Difference::NotSignedBy {
            same_name: true,
            ..
        }]
    ));
    assert!(
        in_the_way(&plan, "admin.conf")
            .0
            .contains(&Difference::OtherAuthorityData)
    );
}

#[test]
fn half_a_pair_is_in_the_way() {
    let one = cluster(&[("m0", 10)]);
    let fresh = || made(&one, &PlanOptions::default());
    for (path, row, reissuable) in [
        ("apiserver.key", "apiserver", true),
        ("etcd/peer.crt", "etcd/peer", true),
        ("ca.crt", "ca", false),
        ("sa.pub", "sa", false),
        ("sa.key", "sa", false),
    ] {
        let inventory = without(fresh(), Site::Host(0), path);
        let plan = plan(&one, &PlanOptions::default(), &inventory);
        let (differences, reissue_helps) = in_the_way(&plan, row);
        assert_eq!(differences, [Difference::Missing { path: path.into() }]);
        assert_eq!(reissue_helps, reissuable, "{path}");
    }
}

#[test]
fn an_external_ca_signs_nothing_and_is_named() {
    let one = cluster(&[("m0", 10)]);
    let fresh = || made(&one, &PlanOptions::default());
    let complete = without(fresh(), Site::Host(0), "ca.key");
    let complete = plan(&one, &PlanOptions::default(), &complete);
    assert!(!complete.is_blocked() && !complete.changes_anything());
    assert!(
        complete
            .notes()
            .iter()
            .any(|note| note.contains("ca.crt is an external CA"))
    );
    let lacking = without(fresh(), Site::Host(0), "ca.key");
    let lacking = without(lacking, Site::Host(0), "apiserver.crt");
    let lacking = without(lacking, Site::Host(0), "apiserver.key");
    let options = PlanOptions {
        reissue: true,
        ..PlanOptions::default()
    };
    let (differences, reissue_helps) = in_the_way(&plan(&one, &options, &lacking), "apiserver");
    let authority = Authority::Cluster;
    assert_eq!(differences, [Difference::ExternalAuthority { authority }]);
    assert!(!reissue_helps);
}

#[test]
fn the_key_of_an_external_etcds_ca_stays_at_home() {
    let mut cluster = cluster(&[("m0", 10), ("e0", 20)]);
    cluster.etcd = Etcd::External(ExternalEtcd::default());
    cluster.hosts[1].roles = Roles {
        control_plane: false,
        etcd: true,
    };
    let has = |inventory: &Inventory, site, path: &str| inventory.has(site, &placed(path));
    let inventory = made(&cluster, &fleet());
    assert!(has(&inventory, Site::Shared, "etcd/ca.key"));
    assert!(!has(&inventory, Site::Host(0), "etcd/ca.key"));
    assert!(!has(&inventory, Site::Host(1), "etcd/ca.key"));
    assert!(has(&inventory, Site::Host(0), "apiserver-etcd-client.key"));
    assert!(!has(&inventory, Site::Host(0), "etcd/server.crt"));
    assert!(has(&inventory, Site::Host(1), "etcd/server.crt"));
    assert!(!has(&inventory, Site::Host(1), "ca.crt"));
    let asked = PlanOptions {
        with_ca_keys: true,
        ..fleet()
    };
    assert!(has(&made(&cluster, &asked), Site::Host(1), "etcd/ca.key"));
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

#[test]
fn a_leaf_is_capped_by_its_ca_and_says_so() {
    let mut one = cluster(&[("m0", 10)]);
    one.ca_validity_seconds = 30 * 86_400;
    let plan = plan(&one, &PlanOptions::default(), &Inventory::new());
    let end = now().plus(30 * 86_400).unwrap();
    for item in plan.items() {
        if let Some(certificate) = item.action.make().and_then(|m| m.certificate.as_ref()) {
            assert_eq!(certificate.validity.not_after(), end);
            assert_eq!(certificate.capped, certificate.issuer.is_some());
        }
    }
    assert!(
        plan.notes()
            .iter()
            .any(|note| note.contains("certificates end at"))
    );
    assert!(
        Bundle::new(
            &plan,
            &one,
            &Inventory::new(),
            now(),
            &mut Counter(0),
            &|| {}
        )
        .is_ok()
    );
}

#[test]
fn copies_and_service_account_keys_are_never_replaced() {
    let two = cluster(&[("m0", 10), ("m1", 11)]);
    let mut inventory = made(&two, &fleet());
    let mut other = made(&two, &fleet());
    let foreign = other.take(Site::Shared, &placed("sa.key")).unwrap();
    inventory.insert(Site::Host(1), placed("sa.key"), foreign);
    let options = PlanOptions {
        reissue: true,
        ..fleet()
    };
    let stopped = plan(&two, &options, &inventory);
    assert_eq!(
        in_the_way(&stopped, "sa"),
        (
            vec![Difference::OtherCopy {
                path: "sa.key".into()
            }],
            false
        )
    );
    let foreign = other.take(Site::Shared, &placed("sa.pub")).unwrap();
    inventory.insert(Site::Shared, placed("sa.pub"), foreign);
    let stopped = plan(&two, &options, &inventory);
    assert_eq!(in_the_way(&stopped, "sa").0, [Difference::OtherPublicKey]);
    // A host's CA whose home is lost is not replaced by a new one either.
    let lost = without(made(&two, &fleet()), Site::Shared, "ca.crt");
    let lost = without(lost, Site::Shared, "ca.key");
    let stopped = plan(&two, &options, &lost);
    assert_eq!(
        in_the_way(&stopped, "ca").0,
        [Difference::OnlyOnHost {
            path: "ca.crt".into()
        }]
    );
}

#[test]
fn what_cannot_be_read_is_in_the_way() {
    let one = cluster(&[("m0", 10)]);
    for (path, row) in [
        ("apiserver.crt", "apiserver"),
        ("ca.key", "ca"),
        ("admin.conf", "admin.conf"),
    ] {
        for content in [
            "",
            "junk",
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        ] {
            let mut inventory = made(&one, &PlanOptions::default());
            let bytes = Zeroizing::new(content.as_bytes().to_vec());
            inventory.insert(Site::Host(0), placed(path), ExistingFile::Content(bytes));
            let plan = plan(&one, &PlanOptions::default(), &inventory);
            let (differences, _) = in_the_way(&plan, row);
            assert!(
                matches!(&differences[..], [Difference::Unreadable { path: p, .. }] if p == path)
            );
        }
    }
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
