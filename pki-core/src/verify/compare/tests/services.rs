//! Services of several hosts against each other.

use super::*;
use crate::verify::tests::services::{CONFIGURATION, ENVIRONMENT, KEEPALIVED, UNIT, files_of};

const HAPROXY: &str = "/etc/haproxy/haproxy.cfg";

fn cluster() -> Cluster {
    Cluster {
        etcd: Etcd::External(ExternalEtcd::default()),
        control_plane_endpoint: Some("10.0.0.100:6443".parse().unwrap()),
        ..masters(3)
    }
}

/// Three hosts as gen and render leave them.
fn fleet() -> Vec<Files> {
    static MADE: OnceLock<Vec<Files>> = OnceLock::new();
    let mut trees = MADE.get_or_init(|| made(&cluster())).clone();
    trees.truncate(3);
    for (number, files) in (1_u8..).zip(&mut trees) {
        for (path, text) in files_of(number) {
            files.insert(path.to_owned(), text.into_bytes());
        }
        let haproxy = "backend apiservers\n  server m1 10.0.0.11:6443\n  server m2 10.0.0.12:6443\n  server m3 10.0.0.13:6443\nbackend other\n  server x 10.9.9.9:80\n";
        files.insert(HAPROXY.to_owned(), haproxy.into());
    }
    trees
}

fn change(files: &mut Files, path: &str, from: &str, to: &str) {
    let text = String::from_utf8(files[path].clone()).unwrap();
    assert!(text.contains(from), "{from}");
    files.insert(path.to_owned(), text.replace(from, to).into_bytes());
}

/// What is said between the hosts, and the words of it.
fn said(trees: &[Files]) -> (Vec<String>, String) {
    let mut reports = reports(trees, Some(&cluster()));
    let comparison = compare(&mut reports);
    let words = comparison.findings.iter();
    let words: Vec<_> = words.map(|it| format!("{:?}", it.finding)).collect();
    let text = words.join("\n");
    assert!(!text.contains("s3cr.t"), "{text}");
    assert!(!format!("{reports:?}").contains("s3cr.t"));
    (shown(&comparison), text)
}

#[test]
fn hosts_whose_services_agree_have_no_finding() {
    let mut reports = reports(&fleet(), Some(&cluster()));
    let comparison = compare(&mut reports);
    assert_eq!(shown(&comparison), [""; 0]);
    for report in reports {
        assert_eq!(report.report.findings, [], "{}", report.host);
    }
}

/// A fault: which hosts have it, where, what is changed, and what is said.
type Fault = (
    &'static [usize],
    &'static str,
    &'static str,
    &'static str,
    &'static [&'static str],
);

const FAULTS: [Fault; 13] = [
    (
        &[1],
        ENVIRONMENT,
        ",m3=https://10.0.0.13:2380",
        "",
        &["error etcd-members-differ /etc/systemd/system/etcd.service [m2] +0"],
    ),
    (
        &[0, 1, 2],
        ENVIRONMENT,
        ",m3=https://10.0.0.13:2380",
        "",
        &["error etcd-members-differ /etc/systemd/system/etcd.service [m3] +1"],
    ),
    (
        &[2],
        UNIT,
        "cluster-token=kubernetes",
        "cluster-token=other",
        &["error etcd-token-differs /etc/systemd/system/etcd.service [m3] +0"],
    ),
    (
        &[2],
        ENVIRONMENT,
        "PEER_NAME=m3",
        "PEER_NAME=m2",
        &["error etcd-member-twice /etc/systemd/system/etcd.service [m2 m3] +0"],
    ),
    (
        &[2],
        KEEPALIVED,
        "10.0.0.100",
        "10.0.0.101",
        &["error keepalived-differs /etc/keepalived/keepalived.conf [m3] +0"],
    ),
    (
        &[2],
        KEEPALIVED,
        "virtual_router_id 51",
        "virtual_router_id 52",
        &["error keepalived-differs /etc/keepalived/keepalived.conf [m3] +0"],
    ),
    (
        &[2],
        KEEPALIVED,
        "s3cr.t_8",
        "s3cr.t_9",
        &["error keepalived-differs /etc/keepalived/keepalived.conf [m3] +0"],
    ),
    (
        &[2],
        KEEPALIVED,
        "priority 130",
        "priority 140",
        &["warning keepalived-priority /etc/keepalived/keepalived.conf [m2 m3] +0"],
    ),
    (
        &[0, 1, 2],
        KEEPALIVED,
        "weight -30",
        "weight -2",
        &["error keepalived-weight /etc/keepalived/keepalived.conf [m1 m2 m3] +0"],
    ),
    (
        &[1],
        HAPROXY,
        "  server m3 10.0.0.13:6443\n",
        "",
        &["warning haproxy-server-missing /etc/haproxy/haproxy.cfg [m2] +0"],
    ),
    (
        &[1],
        CONFIGURATION,
        "controlPlaneEndpoint: 10.0.0.100:6443",
        "controlPlaneEndpoint: 10.0.0.100:8443",
        &["warning endpoint-differs kubeadm-config.yaml [m2] +0"],
    ),
    // What counts of a password is the same.
    (&[0, 1], KEEPALIVED, "s3cr.t_8", "s3cr.t_8x", &[]),
    (
        &[0, 1, 2],
        KEEPALIVED,
        "weight -30",
        "",
        // A check without a weight takes the host out.
        &[],
    ),
];

#[test]
fn what_differs_is_told_with_the_hosts() {
    for (hosts, path, from, to, wanted) in FAULTS {
        let mut trees = fleet();
        for host in hosts {
            change(&mut trees[*host], path, from, to);
        }
        let (found, words) = said(&trees);
        assert_eq!(found, wanted, "{from} {words}");
    }
}

#[test]
fn two_masters_of_one_priority_are_an_error() {
    let mut trees = fleet();
    change(&mut trees[1], KEEPALIVED, "state BACKUP", "state MASTER");
    assert_eq!(said(&trees).0, [""; 0]);
    change(&mut trees[1], KEEPALIVED, "priority 140", "priority 150");
    let wanted = "error keepalived-priority /etc/keepalived/keepalived.conf [m1 m2] +0";
    assert_eq!(said(&trees).0, [wanted]);
}

/// Of a cluster that grew, the lists of those that were there before are shorter.
#[test]
fn members_that_joined_later_are_noted() {
    let mut trees = fleet();
    change(&mut trees[0], ENVIRONMENT, ",m3=https://10.0.0.13:2380", "");
    change(
        &mut trees[2],
        UNIT,
        "cluster-state=new",
        "cluster-state=existing",
    );
    let wanted = "note etcd-members-differ /etc/systemd/system/etcd.service [m1] +0";
    assert_eq!(said(&trees).0, [wanted]);
}

/// The priorities of the first guides: the second backup never takes over.
#[test]
fn steps_of_one_with_a_weight_of_two() {
    let mut trees = fleet();
    for (tree, (from, to)) in trees.iter_mut().zip([
        ("priority 150", "priority 101"),
        ("priority 140", "priority 100"),
        ("priority 130", "priority 99"),
    ]) {
        change(tree, KEEPALIVED, from, to);
        change(tree, KEEPALIVED, "weight -30", "weight -2");
    }
    let wanted = "error keepalived-weight /etc/keepalived/keepalived.conf [m1 m2 m3] +0";
    assert_eq!(said(&trees).0, [wanted]);
}
