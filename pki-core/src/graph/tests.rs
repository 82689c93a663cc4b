mod drawings;
mod trees;

use proptest::prelude::*;

use super::*;
use crate::cluster::{Cluster, Etcd, EtcdPeers, ExternalEtcd, Host, Roles};
use crate::key::KeyAlgorithm;

/// A cluster whose hosts run these: control plane, etcd.
fn cluster(roles: &[(bool, bool)], external: bool, minor: u16) -> Cluster {
    let host = |(index, (control_plane, etcd)): (usize, &(bool, bool))| {
        let number = u8::try_from(index).unwrap();
        let name = format!("m{number}").parse().unwrap();
        let mut host = Host::control_plane(name, [10, 0, 0, 10 + number].into());
        host.roles = Roles {
            control_plane: *control_plane,
            etcd: *etcd,
        };
        host
    };
    let mut cluster = Cluster {
        kubernetes_version: format!("1.{minor}").parse().unwrap(),
        control_plane_endpoint: Some("10.0.0.100:6443".parse().unwrap()),
        key_algorithm: KeyAlgorithm::EcdsaP256,
        kubeconfig_key_algorithm: KeyAlgorithm::EcdsaP256,
        ..Cluster::new(roles.iter().enumerate().map(host).collect())
    };
    if external {
        cluster.etcd = Etcd::External(ExternalEtcd::default());
    }
    cluster
}

fn masters(count: usize) -> Cluster {
    cluster(&vec![(true, false); count], false, 36)
}

#[test]
fn who_trusts_whom() {
    let graph = Graph::planned(&masters(2));
    let trusted = |row: &str, kind| {
        let mut nodes = graph.authorities.iter();
        let place = nodes.position(|node| node.entry.base_name == row).unwrap();
        graph.trusted_by(place, kind)
    };
    assert_eq!(
        trusted("ca", TrustKind::Trusts),
        [
            "kube-apiserver",
            "kube-controller-manager",
            "kubelet",
            "kubeconfigs"
        ]
    );
    let signs = trusted("ca", TrustKind::SignsWith);
    assert_eq!(signs, ["kube-controller-manager"]);
    let etcd = trusted("etcd/ca", TrustKind::Trusts);
    assert_eq!(etcd, ["etcd", "kube-apiserver"]);
    assert_eq!(trusted("sa", TrustKind::Trusts), ["kube-apiserver"]);
    let peers = graph.trusts.iter();
    let peers = peers.filter(|trust| trust.by == "--peer-trusted-ca-file");
    let peers: Vec<_> = peers.map(|trust| (trust.checks, &trust.hosts)).collect();
    assert_eq!(peers, [(&["etcd/peer"][..], &vec![0, 1])]);
}

#[test]
fn an_external_etcd_keeps_its_ca() {
    let roles = [(true, false), (false, true), (false, false)];
    let graph = Graph::planned(&cluster(&roles, true, 36));
    let etcd = graph.authorities.iter();
    let etcd = etcd.filter(|node| node.entry.base_name == "etcd/ca");
    let holders: Vec<_> = etcd.flat_map(|node| node.holders.clone()).collect();
    let only = |host| Holder {
        host,
        has_key: false,
    };
    assert_eq!(holders, [only(0), only(1)]);
    let roles: Vec<_> = graph.hosts.iter().map(|host| host.role_words()).collect();
    assert_eq!(roles, ["control plane", "etcd", "worker"]);
}

#[test]
fn members_may_have_a_ca_of_their_own() {
    let mut cluster = cluster(&[(true, false), (false, true)], true, 36);
    if let Etcd::External(etcd) = &mut cluster.etcd {
        etcd.peers = EtcdPeers::OwnCa;
    }
    let graph = Graph::planned(&cluster);
    let labels: Vec<_> = graph.authorities.iter().map(|it| it.label()).collect();
    assert_eq!(
        labels,
        ["ca", "front-proxy-ca", "etcd/ca", "etcd/peer-ca", "sa"]
    );
    let peer = graph.hosts[1].certificates.iter();
    let signers: Vec<_> = peer.map(|it| (it.name.as_str(), it.authority)).collect();
    assert_eq!(
        signers[..2],
        [("etcd/server", Some(2)), ("etcd/peer", Some(3))]
    );
    let trusted = |place| graph.trusts.iter().filter(move |it| it.authority == place);
    let by: Vec<_> = trusted(3).map(|it| it.by.as_str()).collect();
    assert_eq!(by, ["--peer-trusted-ca-file"]);
    assert!(trusted(2).all(|it| it.by != "--peer-trusted-ca-file"));
}

proptest! {
    /// Every certificate of the catalog is under its host and its CA, once.
    #[test]
    fn nothing_is_left_out_of_a_description(
        roles in proptest::collection::vec(any::<(bool, bool)>(), 1..10),
        external: bool,
        minor in 10_u16..37,
        peers in proptest::sample::select(EtcdPeers::ALL.to_vec()),
    ) {
        let mut cluster = cluster(&roles, external, minor);
        if let Etcd::External(etcd) = &mut cluster.etcd {
            etcd.peers = peers;
        }
        let graph = Graph::planned(&cluster);
        prop_assert_eq!(graph.hosts.len(), cluster.hosts.len());
        let first = cluster.hosts.iter().position(|host| host.roles.control_plane);
        for (index, (host, node)) in cluster.hosts.iter().zip(&graph.hosts).enumerate() {
            let is_here = |entry: &&CatalogEntry| {
                entry.is_on(&cluster, host, first == Some(index))
            };
            for entry in CatalogEntry::all_of(&cluster) {
                let mut of_entry = node.certificates.iter().filter(|it| it.entry == Some(entry));
                let authorities = graph.authorities.iter().filter(|it| it.entry == entry);
                let held = authorities.filter(|it| it.holder(index).is_some()).count();
                match (entry.issuer(), is_here(&entry)) {
                    (Some(issuer), true) => {
                        let place = of_entry.next().and_then(|it| it.authority);
                        let signer = place.and_then(|place| graph.authorities.get(place));
                        let issuer = CatalogEntry::of_authority(issuer);
                        prop_assert_eq!(signer.map(|it| it.entry), Some(issuer));
                        prop_assert!(of_entry.next().is_none());
                    }
                    (None, true) => prop_assert_eq!(held, 1),
                    (_, false) => prop_assert!(of_entry.next().is_none() && held == 0),
                }
            }
        }
    }
}
