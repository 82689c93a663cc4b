//! Any description resolves or asks, and what it resolves to can work.

use proptest::prelude::*;

use crate::cluster::{Cluster, Etcd, EtcdPeers, ExternalEtcd, Host, Roles};
use crate::setup::{
    HostDescription, LoadBalancer, LoadBalancerKind, PodNetwork, Priority, Setup, SetupDescription,
    VrrpState,
};

prop_compose! {
    fn hosts()(
        drawn in prop::collection::vec((0u8..4, 0u8..12, any::<bool>(), any::<bool>()), 1..=7),
        is_v6 in prop::bool::weighted(0.3),
    ) -> Vec<Host> {
        drawn.into_iter().zip(0u8..).map(|((port, other, control_plane, etcd), number)| Host {
            bind_port: if port == 0 { 7443 } else { 6443 },
            roles: Roles { control_plane: control_plane || number == 0, etcd },
            ..Host::control_plane(
                format!("host-{number}").parse().unwrap(),
                match is_v6 != (other == 0) {
                    true => [0xfd00, 0, 0, 0, 0, 0, 0, u16::from(number)].into(),
                    false => [10, 0, 0, number].into(),
                },
            )
        }).collect()
    }
}

prop_compose! {
    fn clusters()(
        hosts in hosts(),
        endpoint in prop::option::of(prop::sample::select(vec![
            "10.0.0.100", "10.0.0.100:6443", "10.0.0.100:8443", "10.0.0.1:6443", "vip", "vip:8443", "host-0", "fd00::100",
        ])),
        version in prop::sample::select(vec!["1.10.4", "1.13", "1.20", "1.29", "1.36"]),
        peers in prop::option::of(prop::sample::select(EtcdPeers::ALL.to_vec())),
        pods in prop::option::of(prop::sample::select(vec!["10.244.0.0/16", "fd00:1::/56", "10.0.0.0/16", "fd00:1::/56,10.244.0.0/16"])),
        services in prop::option::of(Just("fd00:2::/112")),
        name in prop::sample::select(vec!["kubernetes", "a b"]),
    ) -> Cluster {
        let mut cluster = Cluster::new(hosts);
        cluster.control_plane_endpoint = endpoint.map(|it| it.parse().unwrap());
        cluster.kubernetes_version = version.parse().unwrap();
        cluster.pod_subnet = pods.map(|it| it.parse().unwrap());
        if let Some(services) = services {
            cluster.service_subnet = services.parse().unwrap();
        }
        cluster.name = name.to_owned();
        if let Some(peers) = peers {
            cluster.etcd = Etcd::External(ExternalEtcd { peers, ..ExternalEtcd::default() });
        }
        cluster
    }
}

prop_compose! {
    fn descriptions()(
        kind in prop::option::of(prop::sample::select(LoadBalancerKind::ALL.to_vec())),
        virtual_ip in prop::option::of(prop::sample::select(vec!["10.0.0.100", "10.0.0.100/24", "10.0.0.1", "fd00::100/64"])),
        interface in prop::option::weighted(0.8, Just("eth0")),
        auth_pass in prop::option::of(Just("12345678")),
        pod_network in prop::option::of(prop::sample::select(PodNetwork::ALL.to_vec())),
        version in prop::option::of(prop::sample::select(vec!["3.2.18", "3.4", "3.6.1"])),
        priorities in prop::collection::vec(prop::option::weighted(0.3, 1u8..=254), 7),
    ) -> SetupDescription {
        let mut description = SetupDescription { pod_network, ..SetupDescription::default() };
        let balancer = &mut description.load_balancer;
        balancer.kind = kind;
        balancer.virtual_ip = virtual_ip.map(|it| it.parse().unwrap());
        balancer.interface = interface.map(|it| it.parse().unwrap());
        balancer.auth_pass = auth_pass.map(|it| it.parse().unwrap());
        description.etcd.version = version.map(|it| it.parse().unwrap());
        for (priority, number) in priorities.into_iter().zip(0u8..) {
            let priority = priority.and_then(Priority::new);
            let host = HostDescription { priority, ..HostDescription::default() };
            description.hosts.insert(format!("host-{number}").parse().unwrap(), host);
        }
        description
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn resolves_or_asks(cluster in clusters(), description in descriptions()) {
        let setup = match Setup::resolve(&cluster, &description) {
            Ok(setup) => setup,
            Err(error) => {
                prop_assert!(!error.field.is_empty() && !error.message.is_empty());
                prop_assert!(!error.answer.is_empty());
                prop_assert!(!error.message.contains("12345678"));
                return Ok(());
            }
        };
        prop_assert_eq!(setup.etcd.is_some(), cluster.has_external_etcd());
        let plugin = setup.pod_network;
        prop_assert_eq!(plugin == PodNetwork::None, plugin.release(cluster.kubernetes_version).is_none());
        for host in &cluster.hosts {
            let is_pods = cluster.pod_subnet.as_ref().is_some_and(|pods| pods.contains(host.advertise_address));
            prop_assert!(!is_pods, "{:?}", host);
        }
        if let (Some(etcd), Etcd::External(external)) = (&setup.etcd, &cluster.etcd) {
            prop_assert!(external.peers != EtcdPeers::CommonName || etcd.version.checks_peer_names());
        }
        let control_planes: Vec<_> = cluster.hosts.iter().filter(|it| it.roles.control_plane).collect();
        let members = control_planes.len();
        prop_assert!(members < 2 || cluster.has_external_etcd() || cluster.kubernetes_version.is_at_least(13));
        if let Some(address) = setup.load_balancer.virtual_ip() {
            prop_assert!(!cluster.service_subnet.contains(address));
            prop_assert!(cluster.hosts.iter().all(|host| host.advertise_address != address));
        }
        if let LoadBalancer::KeepalivedHaproxy { port, .. } = &setup.load_balancer {
            prop_assert!(control_planes.iter().all(|host| host.bind_port != *port));
        }
        let Some(keepalived) = setup.load_balancer.keepalived() else {
            return Ok(());
        };
        let members = &keepalived.members;
        prop_assert_eq!(members.len(), control_planes.len());
        let works = |priority: Priority| i16::from(priority.number());
        // keepalived keeps what is left between 1 and 254.
        let fails = |priority: Priority| (works(priority) + keepalived.weight).max(1);
        prop_assert!((-253..0).contains(&keepalived.weight));
        for member in members {
            prop_assert!(cluster.hosts[member.host].roles.control_plane);
            let rivals = members.iter().filter(|it| it.host != member.host);
            for rival in rivals {
                prop_assert_ne!(member.priority, rival.priority);
                prop_assert!(works(member.priority) > fails(rival.priority));
            }
            let is_highest = members.iter().all(|it| it.priority <= member.priority);
            prop_assert_eq!(member.state == VrrpState::Master, is_highest);
        }
    }
}
