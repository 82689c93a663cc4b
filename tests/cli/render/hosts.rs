//! Hosts that join, leave and move after a first rendering.

use std::fs;

use super::changes::{in_order, made, replace};
use crate::common::run;
use crate::setup::Place;

const STACKED: [&str; 2] = ["--virtual-ip", "10.0.0.100"];

pub(super) fn again(place: &Place) -> String {
    let flags = [
        "-f",
        "cluster.yaml",
        "--out",
        "out",
        "--render",
        "--reissue",
    ];
    let output = run(&mut place.gen_command(&flags));
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    fs::read_to_string(place.join("out/CHANGES.md")).expect("written")
}

#[test]
fn a_host_that_leaves_ends_before_anything_else() {
    let place = made(&STACKED);
    replace(
        &place,
        "  - name: m0\n    address: 10.0.0.10\n    roles: [control-plane]\n",
        "",
    );
    let changes = again(&place);
    in_order(
        &changes,
        &[
            "1. m0 is not described any more",
            "ssh root@10.0.0.10 'systemctl disable --now keepalived'",
            "systemctl reload keepalived",
            "m0 leaves the cluster, which removes its member of etcd, too",
            "ssh root@10.0.0.11 'kubectl --kubeconfig /etc/kubernetes/admin.conf drain m0 --ignore-daemonsets --force --delete-emptydir-data'",
            "ssh root@10.0.0.10 'kubeadm reset --force'",
            "delete node m0'",
        ],
    );
}

#[test]
fn another_address_with_stacked_etcd_is_another_join() {
    let place = made(&STACKED);
    replace(&place, "10.0.0.12", "10.0.0.22");
    let changes = again(&place);
    in_order(
        &changes,
        &[
            "ssh root@10.0.0.10 'kubectl --kubeconfig /etc/kubernetes/admin.conf drain m2",
            "ssh root@10.0.0.12 'kubeadm reset --force'",
            "delete node m2'",
            "give m2 its new address, 10.0.0.22",
            "--to m2=root@10.0.0.22",
            "token=$(ssh root@10.0.0.10 'kubeadm token create')",
            "ssh root@10.0.0.22 \"sed -i",
            "kubeadm join --config /etc/kubernetes/kubeadm-join.yaml",
        ],
    );
    assert_eq!(changes.matches("--to m2=").count(), 1, "{changes}");
    assert!(!changes.contains("restart what uses"), "{changes}");
}

#[test]
fn another_address_beside_an_external_etcd_is_told_to_manifest_and_kubelet() {
    let place = made(&[&STACKED[..], &["--etcd", "external"]].concat());
    replace(&place, "10.0.0.12", "10.0.0.22");
    let changes = again(&place);
    in_order(
        &changes,
        &[
            "member update",
            "have the API server's manifest and the kubelet of m2 know 10.0.0.22",
            "ssh root@10.0.0.22 ",
            "s#--advertise-address=.*#--advertise-address=10.0.0.22#",
            r"10\.0\.0\.12",
            "systemctl restart kubelet",
            "ssh root@10.0.0.22 'crictl stop $(crictl ps -q --name ",
        ],
    );
    assert!(!changes.contains("kubeadm reset"), "{changes}");
    assert!(!changes.contains("restart what uses"), "{changes}");
    assert_eq!(changes.matches("--to m2=").count(), 1, "{changes}");
}

#[test]
fn new_hosts_have_their_lines() {
    let place = made(&STACKED);
    replace(
        &place,
        "  - name: m2\n",
        "  - name: m3\n    address: 10.0.0.13\n    roles: [control-plane]\n  - name: w0\n    address: 10.0.0.20\n    roles: [worker]\n  - name: m2\n",
    );
    let changes = again(&place);
    in_order(
        &changes,
        &[
            "bring m3 its files",
            "kpki copy --from . --with-host-certs --replace-kubeconfigs --to m3=root@10.0.0.13",
            "etc/keepalived/keepalived.conf",
            "ssh root@10.0.0.13 'systemctl enable keepalived && systemctl restart keepalived'",
            "m3 joins the cluster",
            "kubeadm join --config /etc/kubernetes/kubeadm-join.yaml",
            "bring w0 its files",
            "w0 joins the cluster",
            "ssh root@10.0.0.20 \"sed -i",
        ],
    );
}

#[test]
fn old_kubelets_of_all_masters_name_the_endpoint() {
    let external = ["--etcd", "external", "--kubernetes-version"];
    for (version, others) in [("1.28.0", 1), ("1.33.0", 0)] {
        let place = made(&[&STACKED[..], &external, &[version]].concat());
        replace(&place, "10.0.0.100", "10.0.0.101");
        let changes = again(&place);
        let kubelet = "10.0.0.12 'sed -i '\\''s#server: .*#server: https://10.0.0.101:6443#";
        assert_eq!(changes.matches(kubelet).count(), others, "{changes}");
        in_order(
            &changes,
            &["ssh root@10.0.0.10 'crictl stop $(crictl ps -q --name kube-apiserver)"],
        );
    }
}

#[test]
fn haproxy_is_there_before_kubeconfigs_name_its_port() {
    let place = made(&STACKED);
    replace(&place, "10.0.0.100:6443", "10.0.0.100:8443");
    let changes = again(&place);
    in_order(
        &changes,
        &["1. bring etc/haproxy/haproxy.cfg", "kpki copy --from "],
    );
}

#[test]
fn another_role_is_another_join() {
    let place = made(&[&STACKED[..], &["--worker", "w0=10.0.0.20"]].concat());
    replace(
        &place,
        "address: 10.0.0.20\n    roles: [worker]",
        "address: 10.0.0.20\n    roles: [control-plane]",
    );
    in_order(
        &again(&place),
        &[
            "w0 becomes a host of the control plane",
            "ssh root@10.0.0.20 'kubeadm reset --force'",
            "kpki copy --from . --with-host-certs --replace-kubeconfigs --to w0=root@10.0.0.20",
            "w0 joins the cluster",
        ],
    );
    fs::remove_file(place.join("out/CHANGES.md")).expect("written");
    replace(
        &place,
        "address: 10.0.0.12\n    roles: [control-plane]",
        "address: 10.0.0.12\n    roles: [worker]",
    );
    in_order(
        &again(&place),
        &[
            // The others go on with keepalived.
            "1. end what ran by files of an earlier rendering, if it runs on m2",
            "m2 becomes a worker",
            "ssh root@10.0.0.12 'kubeadm reset --force'",
            "m2 joins the cluster",
        ],
    );
}

#[test]
fn the_next_first_host_is_known_by_its_other_file() {
    let place = made(&STACKED);
    let m0 = "  - name: m0\n    address: 10.0.0.10\n    roles: [control-plane]\n";
    replace(&place, m0, "");
    replace(&place, "10.0.0.11", "10.0.0.21");
    in_order(
        &again(&place),
        &[
            "m1 has another address",
            "ssh root@10.0.0.12 'kubectl --kubeconfig /etc/kubernetes/admin.conf drain m1",
            "ssh root@10.0.0.11 'kubeadm reset --force'",
            "give m1 its new address, 10.0.0.21",
        ],
    );
}

#[test]
fn a_master_that_is_no_member_has_its_address_first() {
    let place = Place::new();
    let hosts = ["m0=10.0.0.10", "m1=10.0.0.11"];
    let members = ["e0=10.0.0.30", "e1=10.0.0.31", "e2=10.0.0.32"];
    let mut init = place.command(&["init", "--interface", "eth0", "--out", "cluster.yaml"]);
    init.args(hosts.into_iter().flat_map(|host| ["--host", host]));
    init.args(members.into_iter().flat_map(|host| ["--etcd-host", host]));
    let output = run(init.args(STACKED).args(["--etcd", "external"]));
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let first = ["-f", "cluster.yaml", "--out", "out", "--render"];
    assert_eq!(run(&mut place.gen_command(&first)).status.code(), Some(0));
    replace(&place, "10.0.0.11", "10.0.0.21");
    let changes = again(&place);
    in_order(
        &changes,
        &[
            "1. give m1 its new address, 10.0.0.21",
            "2. bring m1 its new certificates",
            "--to m1=root@10.0.0.21",
            "--advertise-address=10.0.0.21",
        ],
    );
    assert_eq!(changes.matches("--to m1=").count(), 1, "{changes}");
}
