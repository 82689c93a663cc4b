//! Members of an external etcd that know each other by a name or by a CA of
//! their own.

use super::*;

fn member(peers: EtcdPeers) -> Cluster {
    let mut cluster = external(Roles {
        control_plane: false,
        etcd: true,
    });
    cluster.etcd = Etcd::External(ExternalEtcd {
        peers,
        ..ExternalEtcd::default()
    });
    cluster
}

fn tree(peers: EtcdPeers) -> Tree {
    tree_of(&member(peers), EtcdNaming::Kubeadm, now())
}

#[test]
fn what_was_made_is_right() {
    for peers in EtcdPeers::ALL {
        for control_plane in [false, true] {
            for naming in [EtcdNaming::Kubeadm, EtcdNaming::Cfssl] {
                let mut cluster = member(peers);
                cluster.hosts[0].roles.control_plane = control_plane;
                let tree = tree_of(&cluster, naming.clone(), now());
                for expectation in [
                    expectation(&cluster),
                    Expectation::default(),
                    Expectation::from_tree(&tree),
                ] {
                    let report = verify(&tree, &expectation, now());
                    assert_eq!(report.findings, [], "{peers} {naming:?}");
                }
            }
        }
    }
    let shared = PlanOptions {
        shared_home: true,
        ..PlanOptions::default()
    };
    let home = tree_by(&member(EtcdPeers::OwnCa), &shared, now(), Site::Shared);
    assert!(home.files.contains_key("pki/etcd/peer-ca.key"));
    let report = verify(&home, &Expectation::default(), now());
    assert_eq!(
        (report.role, report.findings),
        (Some(TreeRole::Authorities), vec![])
    );
}

fn told(tree: &Tree, expectation: &Expectation) -> Vec<String> {
    let report = verify(tree, expectation, now());
    let shown = |it: &Finding| format!("{} {} {}", it.severity, it.rule, it.file);
    report.findings.iter().map(shown).collect()
}

#[test]
fn what_was_described_is_not_there() {
    let by_name = expectation(&member(EtcdPeers::CommonName));
    let by_ca = expectation(&member(EtcdPeers::OwnCa));
    let open = tree(EtcdPeers::AnyClient);
    assert_eq!(told(&open, &by_name), ["error subject pki/etcd/peer.crt"]);
    let told_ca = told(&open, &by_ca);
    assert!(
        told_ca.contains(&"error file-missing pki/etcd/peer-ca.crt".to_owned()),
        "{told_ca:?}"
    );
}

fn copied(tree: &Tree) -> Tree {
    let paths = tree.files.keys();
    Tree {
        files: paths.map(|path| (path.clone(), copy(tree, path))).collect(),
        has_kubeconfig_directory: tree.has_kubeconfig_directory,
        ..Tree::default()
    }
}

#[test]
fn faults_of_the_peers_ca_are_found() {
    let good = tree(EtcdPeers::OwnCa);
    let other = tree_of(&member(EtcdPeers::OwnCa), EtcdNaming::Kubeadm, now());
    let changed = |change: &dyn Fn(&mut Tree)| {
        let mut tree = copied(&good);
        change(&mut tree);
        told(&tree, &Expectation::default())
    };
    let is_gone = changed(&|tree| {
        tree.files.remove("pki/etcd/peer-ca.crt");
    });
    assert!(!is_gone.is_empty(), "its leaf is not signed by etcd's CA");
    let is_another = changed(&|tree| {
        put(
            tree,
            "pki/etcd/peer-ca.crt",
            copy(&other, "pki/etcd/peer-ca.crt"),
        );
    });
    assert!(
        is_another.iter().any(|it| it.contains("pki/etcd/peer")),
        "{is_another:?}"
    );
    // One CA for both after all: nothing fails, and anybody is a peer.
    let home = tree_by(
        &member(EtcdPeers::AnyClient),
        &PlanOptions {
            with_ca_keys: true,
            ..PlanOptions::default()
        },
        now(),
        Site::Host(0),
    );
    let mut tree = copied(&home);
    put(
        &mut tree,
        "pki/etcd/peer-ca.crt",
        copy(&home, "pki/etcd/ca.crt"),
    );
    let report = verify(&tree, &Expectation::default(), now());
    let reused = report
        .findings
        .iter()
        .find(|it| it.rule == Rule::CaReusedForEtcd);
    let reused = reused.unwrap_or_else(|| panic!("{:?}", report.findings));
    assert_eq!(reused.message, "is the same CA as pki/etcd/ca.crt");
    assert!(reused.why.contains("can speak as a member"));
}
