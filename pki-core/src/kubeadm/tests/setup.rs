//! What a set-up needs besides certificates.

use super::{parse, refusal, v1beta2};
use crate::cluster::{Etcd, EtcdPeers};
use crate::setup::{
    InitialClusterState, LoadBalancerKind, PodNetwork, SetupDescription, VirtualRouterId,
};

const HEAD: &str = "apiVersion: kpki.dev/v1alpha1\nkind: Setup\n";

const HOSTS: &str = "---\napiVersion: kpki.dev/v1alpha1\nkind: Hosts\nhosts: [{name: M0, address: 10.0.0.10, interface: bond0, priority: 200}, {name: m1, address: 10.0.0.11}]\n";

const EXTERNAL: &str = "etcd: {external: {endpoints: ['https://10.0.0.10:2379']}}";

fn setup(lines: &str) -> SetupDescription {
    let file = parse(&format!("{HEAD}{lines}\n"));
    file.setup.expect("a set-up")
}

fn refused(lines: &str) -> String {
    refusal(&format!("{HEAD}{lines}\n"))
}

fn peers(text: &str) -> EtcdPeers {
    match parse(text).cluster.etcd {
        Etcd::External(external) => external.peers,
        Etcd::Stacked { .. } => panic!("an external etcd"),
    }
}

#[test]
fn all_of_it() {
    let setup = setup(
        "loadBalancer:\n  type: keepalived+haproxy\n  virtualIP: 10.0.0.100/24\n  interface: eth0\n  routerID: 52\n  authPass: '12345678'\n  unicast: true\n\
         etcd:\n  version: 3.5\n  peers: own-ca\n  token: prod\n  state: existing\n  dataDir: /srv/etcd\n  binary: /opt/etcd/etcd\n  user: etcd\n\
         podNetwork: {plugin: cilium}",
    );
    let balancer = &setup.load_balancer;
    assert_eq!(balancer.kind, Some(LoadBalancerKind::KeepalivedHaproxy));
    assert_eq!(balancer.virtual_ip.unwrap().to_string(), "10.0.0.100/24");
    assert_eq!(balancer.interface.as_ref().unwrap().as_str(), "eth0");
    assert_eq!(balancer.router_id.map(VirtualRouterId::number), Some(52));
    assert_eq!(balancer.auth_pass.as_ref().unwrap().secret(), "12345678");
    assert_eq!(balancer.unicast, Some(true));
    assert_eq!(setup.etcd.version.unwrap().to_string(), "3.5");
    assert_eq!(setup.etcd.peers, Some(EtcdPeers::OwnCa));
    assert_eq!(setup.etcd.token.unwrap().as_str(), "prod");
    assert_eq!(setup.etcd.state, Some(InitialClusterState::Existing));
    assert_eq!(setup.etcd.data_dir.unwrap().as_str(), "/srv/etcd");
    assert_eq!(setup.etcd.binary.unwrap().as_str(), "/opt/etcd/etcd");
    assert_eq!(setup.etcd.user.unwrap().as_str(), "etcd");
    assert_eq!(setup.pod_network, Some(PodNetwork::Cilium));
}

#[test]
fn nothing_of_it() {
    assert_eq!(parse(&v1beta2("")).setup, None);
    assert_eq!(
        setup("loadBalancer: {}\netcd:"),
        SetupDescription::default()
    );
}

#[test]
fn hosts_have_their_own_part() {
    let file = parse(&(v1beta2("") + HOSTS));
    let setup = file.setup.expect("a set-up");
    let [(name, m0)] = &setup.hosts.iter().collect::<Vec<_>>()[..] else {
        panic!("one host says something")
    };
    assert_eq!(name.as_str(), "m0");
    assert_eq!(m0.interface.as_ref().unwrap().as_str(), "bond0");
    assert_eq!(m0.priority.unwrap().number(), 200);
}

#[test]
fn peers_are_closed_off_once_a_setup_is_described() {
    assert_eq!(peers(&v1beta2(EXTERNAL)), EtcdPeers::AnyClient);
    let with = |lines: &str| v1beta2(EXTERNAL) + "---\n" + HEAD + lines + "\n";
    assert_eq!(peers(&with("")), EtcdPeers::CommonName);
    assert_eq!(peers(&with("etcd: {peers: own-ca}")), EtcdPeers::OwnCa);
    assert_eq!(
        peers(&with("etcd: {peers: any-client}")),
        EtcdPeers::AnyClient
    );
}

#[test]
fn says_what_to_write_instead() {
    for (lines, expected) in [
        (
            "loadBalancer: {type: keepalive}",
            "3:22: loadBalancer.type: unknown type of load balancer 'keepalive': known are keepalived, keepalived+haproxy, kube-vip, external -> keepalived",
        ),
        (
            "loadbalancer: {}",
            "3:1: loadbalancer: unknown field 'loadbalancer' of Setup -> loadBalancer",
        ),
        (
            "virtualIP: 10.0.0.1",
            "3:1: virtualIP: unknown field 'virtualIP' of Setup -> loadBalancer.virtualIP",
        ),
        (
            "hosts: []",
            "3:1: hosts: unknown field 'hosts' of Setup -> hosts of Hosts",
        ),
        (
            "loadBalancer: {routerID: 256}",
            "3:26: loadBalancer.routerID: '256' is not the number of a virtual router: it is a number from 1 to 255",
        ),
        (
            "loadBalancer: {virtualIP: 10.0.0.1/40}",
            "3:27: loadBalancer.virtualIP: '10.0.0.1/40' is not a virtual IP: write it like 10.0.0.100/24",
        ),
        (
            "etcd: {version: 3.1.12}",
            "3:17: etcd.version: '3.1.12' is not a version of etcd from 3.2 to 3.6: write it as 3.5.16",
        ),
        (
            "podNetwork: calico",
            "3:13: podNetwork: 'calico' is a text, and a map of fields belongs here",
        ),
    ] {
        assert_eq!(refused(lines), expected);
    }
    assert_eq!(
        refusal("apiVersion: kpki.dev/v1alpha1\nkind: Setups\n"),
        "2:7: kind: unknown kind 'Setups': known here are Hosts, Setup -> Setup"
    );
}

#[test]
fn a_password_stands_in_no_message() {
    for value in [
        "12345678",
        "ninechars",
        "'a b'",
        "[hunter2]",
        "{x: hunter2}",
    ] {
        let message = refused(&format!("loadBalancer: {{authPass: {value}}}"));
        assert!(
            message.starts_with("3:26: loadBalancer.authPass: "),
            "{message}"
        );
        let word = value.trim_matches(['[', ']', '{', '}', '\'']);
        assert!(
            !message.contains(word) && !message.contains("hunter2"),
            "{message}"
        );
    }
}

#[test]
fn pods_and_services_share_no_address() {
    let networking = |subnet: &str| v1beta2(&format!("networking: {{podSubnet: {subnet}}}"));
    let file = parse(&networking("10.244.0.0/16"));
    assert_eq!(
        file.cluster.pod_subnet.unwrap().to_string(),
        "10.244.0.0/16"
    );
    assert_eq!(
        refusal(&networking("10.100.0.0/16")),
        "4:25: networking.podSubnet: '10.100.0.0/16' overlaps the range of services, 10.96.0.0/12: an address could be both a pod's and a service's"
    );
    assert_eq!(
        refusal(&networking("10.244.0.0")),
        "4:25: networking.podSubnet: '10.244.0.0' is not a range of pod addresses: write ADDRESS/BITS, such as 10.244.0.0/16"
    );
}

#[test]
fn kubeadms_documents_are_kept() {
    let kubelet = "---\napiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n";
    let file = parse(&format!(
        "{}{kubelet}---\n{HEAD}",
        v1beta2("imageRepository: r")
    ));
    let kinds: Vec<_> = file
        .documents
        .iter()
        .map(|kept| kept.kind.as_str())
        .collect();
    assert_eq!(kinds, ["ClusterConfiguration", "KubeletConfiguration"]);
    assert_eq!(
        format!("{:?}", file.documents),
        "[kubeadm.k8s.io/v1beta2 ClusterConfiguration [elided], kubelet.config.k8s.io/v1beta1 KubeletConfiguration [elided]]"
    );
}
