//! Several hosts: who is the first, who joins, and what each of them gets.

use super::*;

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
