//! Addresses that cannot be what they are said to be.

use super::*;

#[test]
fn the_virtual_ip_is_no_service_and_no_pod() {
    assert_eq!(
        asked(&cluster("10.96.0.100"), &description()),
        "loadBalancer.virtualIP: 10.96.0.100 lies in networking.serviceSubnet, 10.96.0.0/12: it would be two things at \
         once -> virtualIP: an address in the network of the hosts, or another range"
    );
    assert!(
        asked(&cluster("10.244.1.1"), &description())
            .contains("lies in networking.podSubnet, 10.244.0.0/16")
    );
}

#[test]
fn the_virtual_ip_moves_in_one_network() {
    let with = |virtual_ip: &str| {
        let mut described = description();
        described.load_balancer.router_id = Some("7".parse().unwrap());
        described.load_balancer.virtual_ip = Some(virtual_ip.parse().unwrap());
        notes(&resolve(&cluster("10.0.0.100"), &described))
    };
    assert_eq!(with("10.0.0.100/24"), [""; 0]);
    assert_eq!(with("10.0.0.100"), [""; 0]);
    assert_eq!(
        with("10.0.0.100/29"),
        [
            "loadBalancer.virtualIP: m0 has 10.0.0.10, which is not in the network of 10.0.0.100/29: it moves between hosts of one network"
        ]
    );
}

#[test]
fn the_api_servers_are_told_of_every_member() {
    let with = |endpoints: &[&str]| {
        let mut cluster = external(cluster("10.0.0.100"), EtcdPeers::CommonName);
        if let Etcd::External(external) = &mut cluster.etcd {
            external.endpoints = endpoints.iter().map(|it| (*it).to_owned()).collect();
        }
        let mut described = description();
        described.load_balancer.router_id = Some("7".parse().unwrap());
        notes(&resolve(&cluster, &described))
    };
    let two = ["https://10.0.0.10:2379", "https://m2:2379"];
    assert_eq!(
        with(&two),
        [
            "etcd.external.endpoints: none of them is m1, a member of etcd: the API servers would not use it"
        ]
    );
    for all in [&[][..], &["https://etcd.example.com:2379"]] {
        assert_eq!(with(all), [""; 0]);
    }
}

#[test]
fn services_are_of_the_family_of_the_hosts() {
    let mut v6 = cluster("[fd00::100]:6443");
    for (host, number) in v6.hosts.iter_mut().zip(1..) {
        host.advertise_address = [0xfd00, 0, 0, 0, 0, 0, 0, number].into();
    }
    v6.pod_subnet = Some("fd00:10:244::/56".parse().unwrap());
    assert_eq!(
        asked(&v6, &description()),
        "networking.serviceSubnet: services in 10.96.0.0/12 are of another family than fd00::1, the address of m0, \
         and an API server does not start like that -> serviceSubnet: fd00:10:96::/112"
    );
    v6.service_subnet = "fd00:10:96::/112".parse().unwrap();
    resolve(&v6, &description());
}

#[test]
fn kube_vip_says_of_each_field_that_it_does_not_know_it() {
    let mut described = of_kind(LoadBalancerKind::KubeVip);
    described.load_balancer.router_id = Some("7".parse().unwrap());
    described.load_balancer.unicast = Some(true);
    assert_eq!(
        notes(&resolve(&cluster("10.0.0.100"), &described)),
        [
            "loadBalancer.routerID has no effect: kube-vip does not know it",
            "loadBalancer.unicast has no effect: kube-vip does not know it"
        ]
    );
}
