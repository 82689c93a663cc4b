//! What the old files remember where nothing else tells it.

use super::*;

const ROWS: [&str; 3] = ["apiserver", "etcd/server", "etcd/peer"];

fn names(cluster: &Cluster, host: &Host) -> Vec<Vec<String>> {
    let of_row = |row: &&str| {
        let entry = CatalogEntry::find(row).unwrap();
        let names = entry.subject_alt_names(cluster, host);
        let mut names: Vec<_> = names.iter().map(ToString::to_string).collect();
        names.sort();
        names
    };
    ROWS.iter().map(of_row).collect()
}

fn recalled(tree: &Tree) -> Option<Recalled> {
    Expectation::from_tree(tree).recalled(tree)
}

#[test]
fn the_names_of_certificates_are_remembered() {
    for version in ["1.22", "1.28", "1.36"] {
        for endpoint in [None, Some("vip.example.org:6443"), Some("10.0.0.100:6443")] {
            let mut told = cluster(version);
            told.control_plane_endpoint = endpoint.map(|it| it.parse().unwrap());
            told.service_subnet = "172.20.0.0/24".parse().unwrap();
            told.dns_domain = "c.local".parse().unwrap();
            let expected = names(&told, &told.hosts[0]);
            let tree = tree_of(&told, EtcdNaming::Kubeadm, now());
            for lost in [
                "",
                "pki/etcd/server.crt",
                "kubelet.conf",
                "admin.conf",
                "scheduler.conf",
            ] {
                let mut tree = copies(&tree);
                tree.files.remove(lost);
                let found = recalled(&tree).unwrap();
                assert!(found.is_from_certificates);
                let host = &found.cluster.hosts[found.index];
                let found = names(&found.cluster, host);
                assert_eq!(found, expected, "{version} {endpoint:?} without {lost}");
            }
            // Without the API server's own certificate etcd's tell whose it was.
            let mut tree = copies(&tree);
            tree.files.remove("pki/apiserver.crt");
            let found = recalled(&tree).unwrap();
            let host = &found.cluster.hosts[found.index];
            assert_eq!(host.name, told.hosts[0].name);
            assert_eq!(host.advertise_address, told.hosts[0].advertise_address);
            assert_eq!(
                found.cluster.control_plane_endpoint,
                told.control_plane_endpoint
            );
        }
    }
}

fn copies(tree: &Tree) -> Tree {
    let files = tree.files.keys();
    Tree {
        files: files.map(|path| (path.clone(), copy(tree, path))).collect(),
        has_kubeconfig_directory: true,
        ..Tree::default()
    }
}

/// The kubelet and the components are of this host, all else is of another.
#[test]
fn copied_certificates_tell_nothing_of_this_host() {
    let mut both = cluster("1.36");
    both.hosts.push(host("m2", 12));
    let whole = tree_of(&both, EtcdNaming::Kubeadm, now());
    let mut second = both.clone();
    second.hosts.remove(0);
    let own = tree_of(&second, EtcdNaming::Kubeadm, now());
    let mut tree = copies(&whole);
    for path in ["kubelet.conf", "controller-manager.conf", "scheduler.conf"] {
        put(&mut tree, path, copy(&own, path));
    }
    let found = recalled(&tree).unwrap();
    let host = &found.cluster.hosts[found.index];
    assert_eq!(host.name, second.hosts[0].name);
    assert_eq!(host.advertise_address, second.hosts[0].advertise_address);
    assert_eq!(found.cluster.apiserver_cert_sans, []);
    // Nothing of this host tells its name any more.
    tree.files.remove("kubelet.conf");
    assert!(recalled(&tree).is_none());
}
