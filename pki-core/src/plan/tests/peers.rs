//! Whom the members of an external etcd take for one of theirs.

use super::*;
use crate::{Certificate, EtcdPeers};

fn external(peers: EtcdPeers) -> Cluster {
    let mut cluster = cluster(&[("m0", 10), ("m1", 11)]);
    cluster.etcd = Etcd::External(ExternalEtcd {
        peers,
        ..ExternalEtcd::default()
    });
    for host in &mut cluster.hosts {
        host.roles.etcd = true;
    }
    cluster
}

fn certificate(inventory: &Inventory, site: Site, path: &str) -> Certificate {
    let content = inventory.get(site, &placed(path)).expect("a file");
    let ExistingFile::Content(bytes) = content else {
        panic!("{path} cannot be read")
    };
    Certificate::from_pem(bytes).expect("a certificate")
}

#[test]
fn a_shared_name_is_that_of_the_peers_alone() {
    let made = made(&external(EtcdPeers::CommonName), &fleet());
    for host in [0, 1] {
        let of = |path| certificate(&made, Site::Host(host), path);
        assert_eq!(of("etcd/peer.crt").common_name(), Some("etcd-peer"));
        let name = format!("m{host}");
        let names = of("etcd/peer.crt").subject_alt_names().to_vec();
        assert!(names.contains(&format!("DNS:{name}")), "{names:?}");
        assert!(names.contains(&format!("IP:10.0.0.1{host}")), "{names:?}");
        assert!(!names.contains(&"DNS:etcd-peer".to_owned()));
        assert_eq!(of("etcd/server.crt").common_name(), Some(name.as_str()));
        for client in ["etcd/healthcheck-client.crt", "apiserver-etcd-client.crt"] {
            assert_ne!(of(client).common_name(), Some("etcd-peer"));
        }
    }
    assert!(!made.has(Site::Shared, &placed("etcd/peer-ca.crt")));
}

#[test]
fn a_ca_of_their_own_signs_nothing_else() {
    let cluster = external(EtcdPeers::OwnCa);
    let made = made(&cluster, &fleet());
    let [ca, peers_ca] =
        ["etcd/ca.crt", "etcd/peer-ca.crt"].map(|path| certificate(&made, Site::Shared, path));
    assert_eq!(peers_ca.subject(), "CN=etcd-peer-ca");
    assert_ne!(ca.public_key(), peers_ca.public_key());
    for host in [Site::Host(0), Site::Host(1)] {
        let of = |path| certificate(&made, host, path);
        assert!(of("etcd/peer.crt").is_signed_by(peers_ca.public_key().unwrap()));
        for other in [
            "etcd/server.crt",
            "etcd/healthcheck-client.crt",
            "apiserver-etcd-client.crt",
        ] {
            assert!(of(other).is_signed_by(ca.public_key().unwrap()), "{other}");
        }
        assert_eq!(of("etcd/peer-ca.crt"), peers_ca);
        // As that of etcd's CA, the key stays where certificates are issued.
        for key in ["etcd/ca.key", "etcd/peer-ca.key"] {
            assert!(!made.has(host, &placed(key)), "{key}");
            assert!(made.has(Site::Shared, &placed(key)), "{key}");
        }
    }
    let again = plan(&cluster, &fleet(), &made);
    assert!(!again.is_blocked() && !again.changes_anything());
    let with_keys = PlanOptions {
        with_ca_keys: true,
        ..fleet()
    };
    let made = super::made(&cluster, &with_keys);
    assert!(made.has(Site::Host(1), &placed("etcd/peer-ca.key")));
}

#[test]
fn only_members_have_the_ca_of_the_peers() {
    let mut cluster = external(EtcdPeers::OwnCa);
    cluster.hosts[0].roles.etcd = false;
    let made = made(&cluster, &fleet());
    assert!(made.has(Site::Host(0), &placed("etcd/ca.crt")));
    assert!(!made.has(Site::Host(0), &placed("etcd/peer-ca.crt")));
    assert!(made.has(Site::Host(1), &placed("etcd/peer-ca.crt")));
}

#[test]
fn another_answer_is_another_certificate() {
    let untouched = ["etcd/server.crt", "etcd/ca.crt", "apiserver.crt"];
    for peers in [EtcdPeers::CommonName, EtcdPeers::OwnCa] {
        let mut again = made(&external(EtcdPeers::AnyClient), &fleet());
        let before = untouched.map(|path| certificate(&again, Site::Host(0), path));
        let cluster = external(peers);
        assert!(in_the_way(&plan(&cluster, &fleet(), &again), "etcd/peer").1);
        let options = PlanOptions {
            reissue: true,
            ..fleet()
        };
        carry_out(&cluster, &options, &mut again);
        let settled = plan(&cluster, &fleet(), &again);
        assert!(
            !settled.is_blocked() && !settled.changes_anything(),
            "{peers}"
        );
        // Nothing but the peers' certificates and their CA was touched.
        let after = untouched.map(|path| certificate(&again, Site::Host(0), path));
        assert_eq!(before, after);
    }
}

#[test]
fn one_row_brings_its_ca_along() {
    let peer = CatalogEntry::find("etcd/peer").unwrap();
    let options = PlanOptions {
        only: vec![peer],
        ..fleet()
    };
    let made = made(&external(EtcdPeers::OwnCa), &options);
    assert!(made.has(Site::Shared, &placed("etcd/peer-ca.key")));
    assert!(!made.has(Site::Shared, &placed("etcd/ca.key")));
}
