//! What a cluster that runs keeps, and another release of Kubernetes.

use std::fs;

use super::changes::{in_order, made, replace};
use super::etcd::{refused, take_way_out};
use super::render;
use crate::setup::Place;

const STACKED: [&str; 4] = [
    "--virtual-ip",
    "10.0.0.100",
    "--kubernetes-version",
    "1.30.2",
];

fn of_version(place: &Place, was: &str, is: &str) {
    let field = "kubernetesVersion: v";
    replace(place, &format!("{field}{was}"), &format!("{field}{is}"));
}

#[test]
fn another_release_has_its_steps_before_a_new_host_joins() {
    let place = made(&STACKED);
    of_version(&place, "1.30.2", "1.31.1");
    replace(
        &place,
        "  - name: m2\n",
        "  - name: w0\n    address: 10.0.0.20\n    roles: [worker]\n  - name: m2\n",
    );
    let output = render(&place, &[]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let changes = fs::read_to_string(place.join("out/CHANGES.md")).expect("written");
    in_order(
        &changes,
        &[
            "Kubernetes v1.30.2 becomes v1.31.1",
            "ssh root@10.0.0.10 'kubeadm upgrade plan v1.31.1'",
            "ssh root@10.0.0.10 'kubeadm upgrade apply --yes --certificate-renewal=false v1.31.1'",
            "ssh root@10.0.0.11 'kubeadm upgrade node --certificate-renewal=false'",
            "ssh root@10.0.0.12 'kubeadm upgrade node --certificate-renewal=false'",
            "drain m0",
            "install kubelet and kubectl v1.31.1 on m2",
            "kubeadm join",
        ],
    );
    assert!(!changes.contains("drain w0"), "{changes}");
    let again = render(&place, &["--dry-run"]);
    assert!(
        !again.stdout.contains("kubeadm upgrade"),
        "{}",
        again.stdout
    );
}

#[test]
fn a_release_that_does_not_follow_is_refused() {
    let place = made(&STACKED);
    for (version, why) in [
        (
            "1.29.9",
            "v1.29.9 is older: a cluster that runs goes no way back",
        ),
        ("1.32.0", "v1.32.0 leaves a minor release out"),
    ] {
        of_version(&place, "1.30.2", version);
        let message = refused(&place);
        in_order(&message, &["kubernetesVersion: v1.30.2 was rendered", why]);
        of_version(&place, version, "1.30.2");
    }
    of_version(&place, "1.30.2", "1.31.0");
    replace(&place, "10.0.0.12", "10.0.0.22");
    let message = refused(&place);
    in_order(
        &message,
        &["v1.31.0 and another address of m2 are two changes"],
    );
    take_way_out(&place, &message);
}

#[test]
fn the_port_of_an_api_server_stays() {
    let place = made(&[
        "--virtual-ip",
        "10.0.0.100",
        "--load-balancer",
        "keepalived+haproxy",
        "--control-plane-endpoint",
        "10.0.0.100:8443",
    ]);
    replace(
        &place,
        "  - name: m1\n",
        "  - name: m1\n    bindPort: 7443\n",
    );
    let message = refused(&place);
    let wanted = [
        "bindPort of m1: 6443 was rendered, and 7443 is described",
        "write bindPort: 6443 for m1",
        "run this again after: rm -f",
    ];
    in_order(&message, &wanted);
    take_way_out(&place, &message);
}

#[test]
fn addresses_of_services_and_pods_and_the_domain_stay() {
    let place = made(&STACKED);
    for (was, is) in [
        (
            "serviceSubnet: 10.96.0.0/12",
            "serviceSubnet: 10.112.0.0/16",
        ),
        ("podSubnet: 10.244.0.0/16", "podSubnet: 10.245.0.0/16"),
        ("dnsDomain: cluster.local", "dnsDomain: other.local"),
    ] {
        replace(&place, was, is);
        let message = refused(&place);
        let wanted = format!("networking.{was} was rendered");
        in_order(&message, &[&wanted, "run this again after: rm -f"]);
        replace(&place, is, was);
    }
    replace(&place, "cluster.local", "other.local");
    let message = refused(&place);
    take_way_out(&place, &message);
}
