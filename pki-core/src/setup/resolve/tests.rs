//! What is decided, what is asked, and that it is one of the two.

mod addresses;
mod old_kubernetes;
mod pod_networks;
mod property;

use crate::cluster::{Cluster, Etcd, EtcdPeers, ExternalEtcd, Host, Roles};
use crate::setup::{
    HostDescription, Keepalived, LoadBalancer, LoadBalancerKind, PodNetwork, Setup,
    SetupDescription, VrrpState,
};

/// Three control plane hosts, 10.0.0.10 and the next two, with an endpoint.
fn cluster(endpoint: &str) -> Cluster {
    let host = |number: u8| {
        let name = format!("m{number}").parse().unwrap();
        Host::control_plane(name, [10, 0, 0, 10 + number].into())
    };
    let mut cluster = Cluster::new(vec![host(0), host(1), host(2)]);
    cluster.control_plane_endpoint = (!endpoint.is_empty()).then(|| endpoint.parse().unwrap());
    cluster.pod_subnet = Some("10.244.0.0/16".parse().unwrap());
    cluster
}

fn external(cluster: Cluster, peers: EtcdPeers) -> Cluster {
    let mut cluster = Cluster {
        etcd: Etcd::External(ExternalEtcd {
            peers,
            ..ExternalEtcd::default()
        }),
        ..cluster
    };
    for host in &mut cluster.hosts {
        host.roles.etcd = true;
    }
    cluster
}

/// eth0 on every host.
fn description() -> SetupDescription {
    let mut description = SetupDescription::default();
    description.load_balancer.interface = Some("eth0".parse().unwrap());
    description
}

fn of_kind(kind: LoadBalancerKind) -> SetupDescription {
    let mut description = description();
    description.load_balancer.kind = Some(kind);
    description
}

fn resolve(cluster: &Cluster, description: &SetupDescription) -> Setup {
    Setup::resolve(cluster, description)
        .unwrap_or_else(|error| panic!("{error} -> {}", error.answer))
}

/// The question and the answer behind an arrow.
fn asked(cluster: &Cluster, description: &SetupDescription) -> String {
    let error = Setup::resolve(cluster, description).expect_err("a question");
    format!("{error} -> {}", error.answer)
}

fn notes(setup: &Setup) -> Vec<String> {
    setup.notes.iter().map(ToString::to_string).collect()
}

fn keepalived(setup: &Setup) -> &Keepalived {
    setup.load_balancer.keepalived().expect("keepalived")
}

#[test]
fn an_address_that_no_host_has_is_keepaliveds() {
    let setup = resolve(&cluster("10.0.0.100:6443"), &description());
    let LoadBalancer::Keepalived(keepalived) = &setup.load_balancer else {
        panic!("{:?}", setup.load_balancer)
    };
    assert_eq!(keepalived.virtual_ip.to_string(), "10.0.0.100");
    assert_eq!(keepalived.router_id.number(), 51);
    assert_eq!((&keepalived.auth_pass, keepalived.unicast), (&None, false));
    let members: Vec<_> = keepalived
        .members
        .iter()
        .map(|it| {
            (
                it.host,
                it.interface.as_str(),
                it.state,
                it.priority.number(),
            )
        })
        .collect();
    assert_eq!(
        members,
        [
            (0, "eth0", VrrpState::Master, 150),
            (1, "eth0", VrrpState::Backup, 140),
            (2, "eth0", VrrpState::Backup, 130)
        ]
    );
    assert_eq!(keepalived.weight, -30);
    assert_eq!((setup.etcd, setup.pod_network), (None, PodNetwork::Calico));
    assert_eq!(
        setup
            .notes
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>(),
        [
            "loadBalancer.routerID: 51 is assumed, which no other virtual router in the same network may have"
        ]
    );
}

#[test]
fn another_port_is_haproxys() {
    let setup = resolve(&cluster("10.0.0.100:8443"), &description());
    let LoadBalancer::KeepalivedHaproxy { port, .. } = setup.load_balancer else {
        panic!("{:?}", setup.load_balancer)
    };
    assert_eq!(port, 8443);
}

#[test]
fn one_host_needs_nothing() {
    let mut one = cluster("");
    one.hosts.truncate(1);
    let none = SetupDescription::default();
    assert_eq!(resolve(&one, &none).load_balancer, LoadBalancer::None);
    one.control_plane_endpoint = Some("m0:6443".parse().unwrap());
    assert_eq!(resolve(&one, &none).load_balancer, LoadBalancer::None);
    one.control_plane_endpoint = Some("k8s.example.com".parse().unwrap());
    assert_eq!(resolve(&one, &none).load_balancer, LoadBalancer::External);
    one.hosts[0].roles = Roles {
        control_plane: false,
        etcd: true,
    };
    assert_eq!(resolve(&one, &none).load_balancer, LoadBalancer::None);
}

#[test]
fn a_name_needs_to_know_what_stands_behind_it() {
    let named = cluster("vip.k8s:6443");
    assert_eq!(
        asked(&named, &description()),
        "loadBalancer: what stands behind vip.k8s:6443: an address that moves between the control plane hosts, or a load balancer that is there already? -> virtualIP: 10.0.0.100, or type: external"
    );
    let setup = resolve(&named, &of_kind(LoadBalancerKind::External));
    assert_eq!(setup.load_balancer, LoadBalancer::External);
    assert_eq!(
        notes(&setup),
        ["loadBalancer has no effect: the load balancer is none of these hosts"]
    );
    assert_eq!(
        asked(&named, &of_kind(LoadBalancerKind::KubeVip)),
        "loadBalancer.virtualIP: which address moves between the control plane hosts? it is in their network, and no host has it -> virtualIP: 10.0.0.100"
    );
    // Nothing of kube-vip's leads from one port to another.
    assert_eq!(
        asked(
            &cluster("10.0.0.100:8443"),
            &of_kind(LoadBalancerKind::KubeVip)
        ),
        "controlPlaneEndpoint: the shared address leads to 8443, and the API server of m0 listens on 6443: kube-vip moves the address alone -> controlPlaneEndpoint: 10.0.0.100:6443, or type: keepalived+haproxy"
    );
    let mut description = of_kind(LoadBalancerKind::KubeVip);
    description.load_balancer.virtual_ip = Some("10.0.0.100/24".parse().unwrap());
    let setup = resolve(&named, &description);
    let LoadBalancer::KubeVip {
        virtual_ip,
        interfaces,
    } = &setup.load_balancer
    else {
        panic!("{:?}", setup.load_balancer)
    };
    assert_eq!(virtual_ip.to_string(), "10.0.0.100");
    assert_eq!(interfaces.len(), 3);
    assert_eq!(
        notes(&setup),
        ["vip.k8s must lead to 10.0.0.100 on every host and client"]
    );
}

#[test]
fn asks_for_the_shared_address() {
    let question =
        "controlPlaneEndpoint: under which address do all hosts and clients reach the API servers?";
    let mut described = description();
    assert_eq!(
        asked(&cluster(""), &described),
        "loadBalancer.virtualIP: which address moves between the control plane hosts? it is in their network, and no host has it -> virtualIP: 10.0.0.100"
    );
    assert_eq!(
        asked(&cluster(""), &of_kind(LoadBalancerKind::External)),
        format!("{question} -> controlPlaneEndpoint: lb.example.com")
    );
    described.load_balancer.virtual_ip = Some("10.0.0.100".parse().unwrap());
    assert_eq!(
        asked(&cluster(""), &described),
        format!("{question} -> controlPlaneEndpoint: 10.0.0.100")
    );
    // As the guides of 1.10 had it.
    let mut old = external(cluster(""), EtcdPeers::CommonName);
    old.kubernetes_version = "1.10.4".parse().unwrap();
    old.apiserver_cert_sans = vec![crate::SubjectAltName::Ip([10, 0, 0, 100].into())];
    keepalived(&resolve(&old, &described));
}

#[test]
fn asks_for_the_interface() {
    let cluster = cluster("10.0.0.100");
    let mut described = SetupDescription::default();
    assert_eq!(
        asked(&cluster, &described),
        "loadBalancer.interface: on which network interface does m0 have 10.0.0.10, m1 have 10.0.0.11, m2 have 10.0.0.12? 'ip -brief address' shows it there -> interface: eth0"
    );
    let own = |interface: &str, priority: &str| HostDescription {
        interface: Some(interface.parse().unwrap()),
        priority: Some(priority.parse().unwrap()),
    };
    for (name, interface, priority) in [
        ("m0", "eth0", "100"),
        ("m1", "bond0", "200"),
        ("m2", "eth0", "5"),
    ] {
        described
            .hosts
            .insert(name.parse().unwrap(), own(interface, priority));
    }
    let setup = resolve(&cluster, &described);
    let members = &keepalived(&setup).members;
    let shown: Vec<_> = members
        .iter()
        .map(|it| format!("{} {} {}", it.interface, it.state, it.priority))
        .collect();
    assert_eq!(
        shown,
        ["eth0 BACKUP 100", "bond0 MASTER 200", "eth0 BACKUP 5"]
    );
    assert_eq!(keepalived(&setup).weight, -205);
}

#[test]
fn priorities_that_cannot_work() {
    let with = |first: &str, second: &str| {
        let mut described = description();
        for (name, priority) in [("m0", first), ("m2", second)] {
            let priority = Some(priority.parse().unwrap());
            let host = HostDescription {
                priority,
                ..HostDescription::default()
            };
            described.hosts.insert(name.parse().unwrap(), host);
        }
        described
    };
    let cluster = cluster("10.0.0.100");
    for (first, second, expected) in [
        (
            "120",
            "120",
            "hosts.priority: m0 and m2 have the priority 120 both, and either would take the virtual IP -> priority: 140",
        ),
        (
            "254",
            "1",
            "hosts.priority: the priorities lie 253 apart, and a host whose API server fails can lose 253 at most -> priority: 150",
        ),
        (
            "200",
            "1",
            "hosts.priority: 1 is what remains for a host whose API server fails: one that works needs more -> priority: 100",
        ),
    ] {
        assert_eq!(asked(&cluster, &with(first, second)), expected);
    }
    // m1 finds its own taken.
    let setup = resolve(&cluster, &with("140", "254"));
    let priorities: Vec<_> = keepalived(&setup)
        .members
        .iter()
        .map(|it| it.priority.number())
        .collect();
    assert_eq!(priorities, [140, 139, 254]);
    assert_eq!(keepalived(&setup).weight, -125);
}

#[test]
fn what_contradicts_itself() {
    let with_ip = |ip: &str| {
        let mut described = description();
        described.load_balancer.virtual_ip = Some(ip.parse().unwrap());
        described
    };
    let haproxy = of_kind(LoadBalancerKind::KeepalivedHaproxy);
    let plain = of_kind(LoadBalancerKind::Keepalived);
    for (endpoint, described, expected) in [
        (
            "10.0.0.11:6443",
            description(),
            "controlPlaneEndpoint: this is m1 itself, and the cluster is out of reach without it: which address moves between the control plane hosts? -> controlPlaneEndpoint: 10.0.0.100:6443",
        ),
        (
            "10.0.0.100",
            with_ip("10.0.0.99"),
            "loadBalancer.virtualIP: 10.0.0.99 is not the address in controlPlaneEndpoint, 10.0.0.100 -> virtualIP: 10.0.0.100",
        ),
        (
            "vip",
            with_ip("10.0.0.12"),
            "loadBalancer.virtualIP: 10.0.0.12 is an address of m2: one that moves belongs to no host -> virtualIP: 10.0.0.100",
        ),
        (
            "vip",
            with_ip("fd00::100"),
            "loadBalancer.virtualIP: fd00::100 is not of the same family as 10.0.0.10, the address of m0 -> virtualIP: an address of the family of the hosts",
        ),
        (
            "10.0.0.100",
            haproxy.clone(),
            "controlPlaneEndpoint: haproxy and the API server of m0 cannot both listen on 6443: where does haproxy listen? -> controlPlaneEndpoint: 10.0.0.100:8443, or type: keepalived",
        ),
        (
            "10.0.0.100:8443",
            plain,
            "controlPlaneEndpoint: the shared address leads to 8443, and the API server of m0 listens on 6443: keepalived moves the address alone -> controlPlaneEndpoint: 10.0.0.100:6443, or type: keepalived+haproxy",
        ),
    ] {
        assert_eq!(asked(&cluster(endpoint), &described), expected);
    }
    let mut ports = cluster("10.0.0.100:6443");
    ports.hosts[2].bind_port = 7443;
    assert_eq!(
        asked(&ports, &description()),
        "controlPlaneEndpoint: the shared address leads to 6443, and the API server of m2 listens on 7443: keepalived moves the address alone -> controlPlaneEndpoint: 10.0.0.100:7443, or type: keepalived+haproxy"
    );
    assert!(asked(&ports, &haproxy).contains("m0 cannot both listen on 6443"));
    assert_eq!(
        asked(&cluster("10.0.0.100:10250"), &haproxy),
        "controlPlaneEndpoint: haproxy and the kubelet cannot both listen on 10250 of one host: where does haproxy listen? -> controlPlaneEndpoint: 10.0.0.100:8443"
    );
}

#[test]
fn ipv6_has_no_password() {
    let mut cluster = cluster("[fd00::100]:6443");
    for (host, number) in cluster.hosts.iter_mut().zip(10u16..) {
        host.advertise_address = [0xfd00, 0, 0, 0, 0, 0, 0, number].into();
    }
    cluster.pod_subnet = Some("fd00:10:244::/56".parse().unwrap());
    cluster.service_subnet = "fd00:10:96::/112".parse().unwrap();
    let mut described = description();
    described.load_balancer.auth_pass = Some("secret".parse().unwrap());
    described.load_balancer.router_id = Some("52".parse().unwrap());
    let setup = resolve(&cluster, &described);
    assert_eq!(keepalived(&setup).auth_pass, None);
    assert_eq!(
        notes(&setup),
        ["loadBalancer.authPass has no effect: VRRP of IPv6 knows no password"]
    );
}

#[test]
fn etcd_gets_a_version_that_knows_its_peers() {
    let version = |kubernetes: &str, peers| {
        let mut cluster = external(cluster("10.0.0.100"), peers);
        cluster.kubernetes_version = kubernetes.parse().unwrap();
        let etcd = resolve(&cluster, &description()).etcd.expect("a service");
        assert_eq!(etcd.token.as_str(), "kubernetes");
        assert_eq!(
            (etcd.data_dir.as_str(), etcd.user.as_str()),
            ("/var/lib/etcd", "root")
        );
        etcd.version.to_string()
    };
    assert_eq!(version("1.10", EtcdPeers::OwnCa), "3.2.18");
    assert_eq!(version("1.10", EtcdPeers::CommonName), "3.3.10");
    assert_eq!(version("1.20", EtcdPeers::CommonName), "3.4.13");
    assert_eq!(version("1.36", EtcdPeers::CommonName), "3.6.9");
    let mut described = description();
    described.etcd.version = Some("3.2.18".parse().unwrap());
    let closed = external(cluster("10.0.0.100"), EtcdPeers::CommonName);
    assert_eq!(
        asked(&closed, &described),
        "etcd.peers: etcd 3.2.18 does not look at the common name of a peer, which came with 3.3: how does it tell members from clients? -> peers: own-ca"
    );
    let open = external(cluster("10.0.0.100"), EtcdPeers::AnyClient);
    assert_eq!(
        notes(&resolve(&open, &described))[1..],
        [
            "etcd.peers: with any-client whoever has a client certificate of etcd can speak as a member",
            "etcd.version: 3.2.18 is old for Kubernetes v1.36, whose kubeadm runs 3.6.9"
        ]
    );
}

#[test]
fn etcd_as_it_is_described() {
    let mut even = external(cluster("10.0.0.100"), EtcdPeers::CommonName);
    even.hosts[0].roles.etcd = false;
    even.name = "my cluster".to_owned();
    let mut described = description();
    assert_eq!(
        asked(&even, &described),
        "etcd.token: the name of the cluster, 'my cluster', cannot be the token of its etcd: which one is it? -> token: kubernetes"
    );
    described.etcd.token = Some("prod".parse().unwrap());
    described.etcd.user = Some("etcd".parse().unwrap());
    let setup = resolve(&even, &described);
    let etcd = setup.etcd.as_ref().expect("a service");
    assert_eq!((etcd.token.as_str(), etcd.user.as_str()), ("prod", "etcd"));
    assert_eq!(
        notes(&setup)[1..],
        ["etcd has 2 members, and with 1 it would survive as many failures"]
    );
    let stacked = resolve(&cluster("10.0.0.100"), &described);
    assert_eq!(stacked.etcd, None);
    assert_eq!(
        notes(&stacked)[1..],
        ["etcd has no effect: etcd runs in kubeadm's pods"]
    );
}
