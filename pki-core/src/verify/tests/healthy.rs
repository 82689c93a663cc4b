//! What is right, and what cannot be judged.

use super::*;

#[test]
fn healthy_trees_have_no_finding() {
    let both = Roles {
        control_plane: true,
        etcd: true,
    };
    let member = Roles {
        control_plane: false,
        etcd: true,
    };
    let control_plane = Roles {
        control_plane: true,
        etcd: false,
    };
    use EtcdNaming::{Cfssl, Kubeadm};
    use TreeRole as R;
    let cases = [
        (cluster("1.10"), Kubeadm, R::ControlPlaneWithEtcd),
        (cluster("1.20"), Kubeadm, R::ControlPlaneWithEtcd),
        (cluster("1.28"), Kubeadm, R::ControlPlaneWithEtcd),
        (cluster("1.36"), Kubeadm, R::ControlPlaneWithEtcd),
        (external(control_plane), Kubeadm, R::ControlPlane),
        (external(control_plane), Cfssl, R::ControlPlane),
        (external(both), Kubeadm, R::ControlPlaneWithEtcd),
        (external(both), Cfssl, R::ControlPlaneWithEtcd),
        (external(member), Kubeadm, R::EtcdMember),
        (external(member), Cfssl, R::EtcdMember),
    ];
    for (cluster, naming, role) in cases {
        let tree = tree_of(&cluster, naming.clone(), now());
        let case = format!("{} {naming:?} {role}", cluster.kubernetes_version);
        for expectation in [expectation(&cluster), Expectation::default()] {
            let report = verify(&tree, &expectation, now());
            assert_eq!(report.findings, [], "{case}");
            assert_eq!(report.role, Some(role), "{case}");
            assert!(report.is_ok() && report.checked > 20, "{case}");
            let named = expectation.cluster.is_some();
            assert_eq!(
                report.not_checked.is_empty(),
                named,
                "{case}: {:?}",
                report.not_checked
            );
        }
    }
}

#[test]
fn a_home_of_authorities_is_healthy() {
    let shared = PlanOptions {
        shared_home: true,
        ..PlanOptions::default()
    };
    let tree = tree_by(&cluster("1.36"), &shared, now(), Site::Shared);
    let report = verify(&tree, &Expectation::default(), now());
    assert_eq!(
        (report.role, report.findings),
        (Some(TreeRole::Authorities), vec![])
    );
    let worker = Tree {
        files: [("pki/ca.crt".to_owned(), copy(&tree, "pki/ca.crt"))].into(),
        ..Tree::default()
    };
    let report = verify(&worker, &Expectation::default(), now());
    assert_eq!(
        (report.role, report.findings),
        (Some(TreeRole::Worker), vec![])
    );
}

#[test]
fn nothing_is_not_right() {
    let report = verify(&Tree::default(), &Expectation::default(), now());
    assert!(!report.is_ok() && !report.is_complete());
    assert_eq!((report.role, report.checked), (None, 0));
    let told = verify(&Tree::default(), &expectation(&cluster("1.36")), now());
    assert!(!told.is_complete());
}

#[test]
fn what_was_assumed_is_not_held_against_the_tree() {
    let mut unusual = cluster("1.20");
    unusual.service_subnet = "172.30.0.0/16".parse().unwrap();
    unusual.dns_domain = "k8s.internal".parse().unwrap();
    let tree = tree_of(&unusual, EtcdNaming::Kubeadm, now());
    let mut defaults = cluster("1.36");
    defaults.control_plane_endpoint = None;
    let assumed = Assumed {
        host_name: false,
        address: false,
        role: false,
        ..Assumed::EVERYTHING
    };
    let told = Expectation {
        cluster: Some((defaults, 0)),
        assumed,
        ..Expectation::default()
    };
    let report = verify(&tree, &told, now());
    assert_eq!(report.findings, []);
    let flags: Vec<_> = report.not_checked.iter().filter_map(|n| n.flag).collect();
    assert_eq!(flags.len(), 3, "{:?}", report.not_checked);
}
