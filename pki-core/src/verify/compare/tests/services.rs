//! Services of several hosts against each other.

mod keepalived;
mod mended;

use super::*;
use crate::copy::ClusterId;
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
        let haproxy = "backend apiservers\n  default-server check\n  server m1 10.0.0.11:6443\n  server m2 10.0.0.12:6443\n  server m3 10.0.0.13:6443\nbackend other\n  server x 10.9.9.9:80\n";
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

const FAULTS: [Fault; 27] = [
    (
        &[1],
        ENVIRONMENT,
        ",m3=https://10.0.0.13:2380",
        "",
        &["error etcd-members-differ /etc/systemd/system/etcd.service [m2] +1"],
    ),
    (
        &[0, 1, 2],
        ENVIRONMENT,
        ",m3=https://10.0.0.13:2380",
        "",
        &["error etcd-members-differ /etc/systemd/system/etcd.service [m3] +3"],
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
        &["error etcd-member-twice /etc/systemd/system/etcd.service [m3] +1"],
    ),
    (
        &[2],
        KEEPALIVED,
        "10.0.0.100",
        "10.0.0.101",
        // That clients look for another one follows.
        &["error keepalived-differs /etc/keepalived/keepalived.conf [m3] +1"],
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
        "auth_type PASS",
        "auth_type AH",
        &["error keepalived-differs /etc/keepalived/keepalived.conf [m3] +0"],
    ),
    (
        &[2],
        KEEPALIVED,
        "global_defs {",
        "global_defs {\n    vrrp_version 3",
        &["error keepalived-differs /etc/keepalived/keepalived.conf [m3] +1"],
    ),
    // What keepalived makes of it is told on the host, and that alone.
    (&[2], KEEPALIVED, "priority 130", "priority 300", &[]),
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
        &["error endpoint-differs kubeadm-config.yaml [m2] +1"],
    ),
    (
        &[1],
        KEEPALIVED,
        "priority 140",
        "priority 140\n    advert_int 2",
        &["error keepalived-differs /etc/keepalived/keepalived.conf [m2] +0"],
    ),
    (
        &[0],
        KEEPALIVED,
        "state MASTER",
        "state BACKUP",
        // The priorities decide, and as fast.
        &[],
    ),
    (
        &[0, 1, 2],
        ENVIRONMENT,
        "m2=https",
        "m2=http",
        &["error etcd-member-url /etc/systemd/system/etcd.service [m1 m2 m3] +3"],
    ),
    (
        &[0, 1, 2],
        ENVIRONMENT,
        "m2=https://10.0.0.12",
        "m2=https://10.0.0.99",
        &["error etcd-member-url /etc/systemd/system/etcd.service [m1 m2 m3] +3"],
    ),
    (
        &[0, 1, 2],
        ENVIRONMENT,
        "10.0.0.12:2380",
        "10.0.0.12:2390",
        &["error etcd-member-url /etc/systemd/system/etcd.service [m1 m2 m3] +1"],
    ),
    (
        &[1],
        CONFIGURATION,
        "    - https://10.0.0.13:2379\n",
        "",
        &["warning kubeadm-config-etcd kubeadm-config.yaml [m2] +1"],
    ),
    // No member, or no URL for clients: the host's own report has an error as well.
    (
        &[1],
        CONFIGURATION,
        "https://10.0.0.13:2379",
        "https://10.0.0.99:2379",
        &["error kubeadm-config-etcd kubeadm-config.yaml [m2] +1"],
    ),
    (
        &[1],
        CONFIGURATION,
        "https://10.0.0.13:2379",
        "https://10.0.0.13:2380",
        &["error kubeadm-config-etcd kubeadm-config.yaml [m2] +1"],
    ),
    (
        &[1],
        CONFIGURATION,
        "etcd:\n",
        "networking: {serviceSubnet: 10.97.0.0/16}\netcd:\n",
        &["error kubeadm-config-range kubeadm-config.yaml [m2] +1"],
    ),
    (
        &[1],
        CONFIGURATION,
        "etcd:\n",
        "networking: {podSubnet: 10.244.0.0/16}\netcd:\n",
        &["error kubeadm-config-range kubeadm-config.yaml [m2] +0"],
    ),
    // The variables of one host alone are its own fault.
    (
        &[1],
        ENVIRONMENT,
        "PRIVATE_IP=10.0.0.12",
        "PRIVATE_IP=10.0.0.99",
        &[],
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
    let wanted = "note etcd-members-differ /etc/systemd/system/etcd.service [m1] +1";
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

/// Hosts that write to each other by lists: each to all others.
fn unicast(trees: &mut [Files]) {
    for (number, files) in (1_u8..).zip(trees) {
        let others = (1..=3).filter(|other| *other != number);
        let peers: String = others.map(|it| format!("        10.0.0.1{it}\n")).collect();
        let block = format!(
            "    unicast_src_ip 10.0.0.1{number}\n    unicast_peer {{\n{peers}    }}\n    virtual_ipaddress {{"
        );
        change(files, KEEPALIVED, "    virtual_ipaddress {", &block);
    }
}

#[test]
fn lists_have_every_other_host() {
    let mut trees = fleet();
    unicast(&mut trees);
    assert_eq!(said(&trees).0, [""; 0]);
    // A description tells the host itself.
    let mut lacking = trees.clone();
    change(&mut lacking[0], KEEPALIVED, "        10.0.0.13\n", "");
    assert_eq!(said(&lacking).0, [""; 0]);
    let found = |trees: &[Files], described: Option<&Cluster>| {
        let mut reports = reports(trees, described);
        let between = shown(&compare(&mut reports));
        let own = reports.iter().flat_map(|host| {
            let found = host.report.findings.iter();
            found.map(|it| format!("{} {}", host.host, it.rule))
        });
        (between, own.collect::<Vec<_>>())
    };
    let own = found(&lacking, Some(&cluster())).1;
    assert_eq!(own, ["m1 keepalived-unicast"]);
    // Without one the hosts tell each other.
    let (between, own) = found(&lacking, None);
    let wanted = "error keepalived-unicast /etc/keepalived/keepalived.conf [m1] +0";
    assert_eq!((between, own), (vec![wanted.to_owned()], vec![]));
    // A host that none of them is.
    let mut strange = trees.clone();
    change(
        &mut strange[0],
        KEEPALIVED,
        "10.0.0.13\n",
        "10.0.0.13\n        10.0.0.14\n",
    );
    assert_eq!(
        found(&strange, Some(&cluster())).1,
        ["m1 keepalived-unicast-peer"]
    );
    // One that writes to everybody.
    let mut mixed = fleet();
    unicast(&mut mixed[..2]);
    let wanted = "error keepalived-unicast /etc/keepalived/keepalived.conf [m3] +0";
    assert_eq!(said(&mixed).0, [wanted]);
}

/// Without a description a server's port is that of the API server that runs there.
#[test]
fn servers_are_reached_where_they_listen() {
    let mut trees = fleet();
    change(&mut trees[0], HAPROXY, "10.0.0.13:6443", "10.0.0.13:6444");
    let mut reports = reports(&trees, None);
    let wanted = "error haproxy-server /etc/haproxy/haproxy.cfg [m1] +0";
    assert_eq!(shown(&compare(&mut reports)), [wanted]);
}

/// An ingress is on some of the masters, at a port of its own.
#[test]
fn servers_of_something_else_are_left_alone() {
    let mut trees = fleet();
    let ingress = "listen ingress\n  bind :443\n  server m1 10.0.0.11:30443 check\n  server m2 10.0.0.12:30443 check\nbackend other";
    change(&mut trees[0], HAPROXY, "backend other", ingress);
    for cluster in [None, Some(cluster())] {
        let mut reports = reports(&trees, cluster.as_ref());
        assert_eq!(shown(&compare(&mut reports)), [""; 0]);
    }
}

const KUBE_VIP: &str = "manifests/kube-vip.yaml";

fn pods() -> Vec<Files> {
    let mut trees = fleet();
    for files in &mut trees {
        files.remove(KEEPALIVED);
        let text = "kind: Pod\nspec:\n  hostNetwork: true\n  hostAliases:\n  - {ip: 127.0.0.1, hostnames: [kubernetes]}\n  containers:\n  - name: kube-vip\n    image: ghcr.io/kube-vip/kube-vip:v0.9.2\n    args: [manager]\n    securityContext: {capabilities: {add: [NET_ADMIN, NET_RAW]}}\n    env:\n    - {name: vip_arp, value: \"true\"}\n    - {name: vip_leaderelection, value: \"true\"}\n    - {name: address, value: 10.0.0.100}\n    \
            - {name: port, value: '6443'}\n    - {name: cp_enable, value: 'true'}\n    - {name: vip_interface, value: eth0}\n";
        files.insert(KUBE_VIP.to_owned(), text.into());
    }
    trees
}

#[test]
fn pods_move_one_virtual_ip() {
    assert_eq!(said(&pods()).0, [""; 0]);
    let mut trees = pods();
    change(&mut trees[1], KUBE_VIP, "10.0.0.100", "10.0.0.101");
    // That clients look for another one follows.
    let wanted = "error kube-vip-differs manifests/kube-vip.yaml [m2] +1";
    assert_eq!(said(&trees).0, [wanted]);
    let mut trees = pods();
    change(&mut trees[1], KUBE_VIP, "6443", "6444");
    let wanted = "error kube-vip-differs manifests/kube-vip.yaml [m2] +1";
    assert_eq!(said(&trees).0, [wanted]);
}

/// The reports of hosts in front of which something is described.
fn set_up(trees: &[Files], load_balancer: &str) -> Vec<HostReport> {
    let mut description = setup::SetupDescription::default();
    let balancer = &mut description.load_balancer;
    balancer.kind = Some(load_balancer.parse().unwrap());
    balancer.virtual_ip = Some("10.0.0.100".parse().unwrap());
    balancer.interface = Some("eth0".parse().unwrap());
    balancer.auth_pass = Some("s3cr.t_8".parse().unwrap());
    let mut cluster = cluster();
    if load_balancer.contains("haproxy") {
        cluster.control_plane_endpoint = Some("10.0.0.100:8443".parse().unwrap());
    }
    let setup = setup::Setup::resolve(&cluster, &description).unwrap();
    let mut common = CommonFacts::default();
    let report = |(index, files): (usize, &Files)| {
        let expectation = Expectation {
            cluster: Some((cluster.clone(), index)),
            setup: Some(setup.clone()),
            ..Expectation::default()
        };
        let tree = Tree {
            has_host_root: true,
            ..tree(files)
        };
        let report = verify(&tree, &expectation, now());
        HostReport::new(
            format!("m{}", index + 1),
            TreeLocation::default(),
            report,
            &mut common,
        )
    };
    trees.iter().enumerate().map(report).collect()
}

/// What is said of each host and between them, of what stands in front of them.
fn said_of(trees: &[Files], load_balancer: &str) -> Vec<String> {
    let mut reports = set_up(trees, load_balancer);
    let between = compare(&mut reports);
    assert!(!format!("{reports:?}{between:?}").contains("s3cr.t"));
    let own = reports.iter().flat_map(|host| {
        let found = host.report.findings.iter();
        // The check script is not there.
        let found = found.filter(|it| it.rule != Rule::KeepalivedScript);
        found.map(|it| format!("{} {} {}", host.host, it.severity, it.rule))
    });
    let own: Vec<_> = own.collect();
    own.into_iter().chain(shown(&between)).collect()
}

#[test]
fn hosts_are_as_they_are_described() {
    assert_eq!(said_of(&fleet(), "keepalived"), [""; 0]);
    assert_eq!(said_of(&pods(), "kube-vip"), [""; 0]);
    let all = [0, 1, 2];
    for (from, to, wanted) in [
        ("10.0.0.100", "10.0.0.101", "error"),
        ("eth0", "eth1", "warning"),
        ("virtual_router_id 51", "virtual_router_id 52", "warning"),
        ("s3cr.t_8", "s3cr.t_9", "warning"),
    ] {
        let mut trees = fleet();
        for host in all {
            change(&mut trees[host], KEEPALIVED, from, to);
        }
        let wanted = all.map(|host| format!("m{} {wanted} load-balancer-differs", host + 1));
        assert_eq!(said_of(&trees, "keepalived"), wanted, "{from}");
    }
    for (from, to, wanted) in [
        ("10.0.0.100", "10.0.0.101", "error"),
        ("eth0", "eth1", "warning"),
    ] {
        let mut trees = pods();
        for host in all {
            change(&mut trees[host], KUBE_VIP, from, to);
        }
        let wanted = all.map(|host| format!("m{} {wanted} load-balancer-differs", host + 1));
        assert_eq!(said_of(&trees, "kube-vip"), wanted, "{from}");
    }
    let mut trees = fleet();
    change(&mut trees[1], KEEPALIVED, "priority 140", "priority 141");
    assert_eq!(
        said_of(&trees, "keepalived"),
        ["m2 note load-balancer-differs"]
    );
    let mut trees = fleet();
    unicast(&mut trees);
    let wanted = all.map(|host| format!("m{} warning load-balancer-differs", host + 1));
    assert_eq!(said_of(&trees, "keepalived"), wanted);
    // What differs from the others and from the description is told once.
    let mut trees = fleet();
    change(
        &mut trees[1],
        KEEPALIVED,
        "virtual_router_id 51",
        "virtual_router_id 52",
    );
    let wanted = "error keepalived-differs /etc/keepalived/keepalived.conf [m2] +1";
    assert_eq!(said_of(&trees, "keepalived"), [wanted]);
}

/// A host that has others of the set-up, or an API server that runs, lacks what is described.
#[test]
fn hosts_without_what_is_described_are_told() {
    for (path, load_balancer, made) in [
        (KEEPALIVED, "keepalived", fleet as fn() -> Vec<Files>),
        (KUBE_VIP, "kube-vip", pods),
    ] {
        let mut trees = made();
        trees[1].remove(path);
        let wanted = "m2 error set-up-file-missing".to_owned();
        assert_eq!(said_of(&trees, load_balancer), [wanted]);
        // Where nothing was put yet, only the others tell.
        for other in [UNIT, ENVIRONMENT, HAPROXY, CONFIGURATION] {
            trees[1].remove(other);
        }
        let found = said_of(&trees, load_balancer);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(
            found[0].starts_with("warning set-up-file-missing /etc/"),
            "{found:?}"
        );
        let pod =
            "kind: Pod\nspec:\n  containers:\n  - command: [kube-apiserver, --secure-port=6443]\n";
        trees[1].insert("manifests/kube-apiserver.yaml".to_owned(), pod.into());
        let found = said_of(&trees, load_balancer);
        assert!(
            found.contains(&"m2 error set-up-file-missing".to_owned()),
            "{found:?}"
        );
    }
}

/// The file of a worker against the hosts that make the cluster, described or not.
#[test]
fn workers_join_the_cluster_of_the_others() {
    let join = |server: &str, pin: &str| {
        format!(
            "apiVersion: kubeadm.k8s.io/v1beta4\nkind: JoinConfiguration\ndiscovery:\n  bootstrapToken:\n    \
            apiServerEndpoint: {server}\n    token: TOKEN\n    caCertHashes: [{pin}]\n"
        )
    };
    let ca = Certificate::from_pem(&fleet()[0]["pki/ca.crt"]).unwrap();
    let own = ClusterId::of(ca.public_key().unwrap()).to_string();
    let other = format!("sha256:{}", "0a".repeat(32));
    for (server, pin, wanted) in [
        ("10.0.0.100:6443", &own, None),
        // Any API server will do.
        ("10.0.0.12:6443", &own, None),
        (
            "10.0.0.200:6443",
            &own,
            Some("error kubeadm-config-endpoint kubeadm-join.yaml [m4] +0"),
        ),
        (
            "10.0.0.100:8443",
            &own,
            Some("warning kubeadm-config-endpoint kubeadm-join.yaml [m4] +0"),
        ),
        (
            "10.0.0.100:6443",
            &other,
            Some("error kubeadm-config-ca-hash kubeadm-join.yaml [m4] +0"),
        ),
    ] {
        let mut trees = fleet();
        let text = join(server, pin).into_bytes();
        trees.push(Files::from([("kubeadm-join.yaml".to_owned(), text)]));
        let mut reports = reports(&trees, None);
        let comparison = compare(&mut reports);
        let wanted: Vec<_> = wanted.into_iter().collect();
        assert_eq!(shown(&comparison), wanted, "{server} {pin}");
    }
}

/// Hosts that lack what the others have.
#[test]
fn files_that_some_hosts_lack() {
    let without = |hosts: &[usize], paths: &[&str]| {
        let mut trees = fleet();
        for host in hosts {
            for path in paths {
                trees[*host].remove(*path);
            }
        }
        let mut common = CommonFacts::default();
        let reports = (0..).zip(&trees).map(|(index, files)| {
            let tree = Tree {
                has_host_root: true,
                ..tree(files)
            };
            let expectation = Expectation {
                cluster: Some((cluster(), index)),
                ..Expectation::default()
            };
            let report = verify(&tree, &expectation, now());
            let host = format!("m{}", index + 1);
            HostReport::new(host, TreeLocation::default(), report, &mut common)
        });
        shown(&compare(&mut reports.collect::<Vec<_>>()))
    };
    assert_eq!(
        without(&[2], &[UNIT]),
        ["warning set-up-file-missing /etc/systemd/system/etcd.service [m3] +0"]
    );
    let all = [UNIT, ENVIRONMENT, KEEPALIVED, HAPROXY];
    assert_eq!(
        without(&[2], &all),
        ["warning set-up-file-missing /etc/systemd/system/etcd.service [m3] +0"]
    );
    assert_eq!(without(&[0, 1, 2], &all), [""; 0]);
    // Of one host among several it may be a trial.
    assert_eq!(without(&[0, 1], &[HAPROXY]), [""; 0]);
}
