//! Hosts that join, leave and move after a first rendering.

use std::fs;

use super::changes::{in_order, made, replace};
use crate::common::run;
use crate::setup::Place;

const STACKED: [&str; 2] = ["--virtual-ip", "10.0.0.100"];

fn again(place: &Place) -> String {
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
            "m0 leaves the cluster, which removes its member of etcd, too",
            "ssh root@10.0.0.11 'kubectl --kubeconfig /etc/kubernetes/admin.conf drain m0 --ignore-daemonsets --force --delete-emptydir-data'",
            "ssh root@10.0.0.10 'kubeadm reset --force'",
            "delete node m0'",
            "systemctl reload keepalived",
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
            "have its API server's manifest and its kubelet know 10.0.0.22",
            "ssh root@10.0.0.22 ",
            "s#--advertise-address=.*#--advertise-address=10.0.0.22#",
            r"10\.0\.0\.12",
            "systemctl restart kubelet",
            "restart what uses the replaced files: kube-apiserver, kube-controller-manager and kube-scheduler",
            "ssh root@10.0.0.22 'crictl stop $(crictl ps -q --name ",
        ],
    );
    assert!(!changes.contains("kubeadm reset"), "{changes}");
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
