//! What is promised of any cluster: the files agree with the certificates, and
//! the hosts with each other.

mod fronts;

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::catalog::CatalogEntry;
use crate::cluster::{Etcd, EtcdPeers, ExternalEtcd, Host, Roles};
use crate::kubeadm::ClusterFile;
use crate::name::{HostName, SubjectAltName};
use crate::setup::{HostDescription, LoadBalancerKind, PodNetwork, SetupDescription};

prop_compose! {
    fn hosts()(
        drawn in prop::collection::vec((any::<bool>(), any::<bool>(), prop::option::of(0u8..4)), 1..=5),
        is_v6: bool,
    ) -> Vec<Host> {
        drawn.into_iter().zip(1u8..).map(|((control_plane, etcd, more), number)| Host {
            roles: Roles { control_plane: control_plane || number == 1, etcd },
            cert_sans: more.map(|more| SubjectAltName::Ip([172, 16, more, number].into())).into_iter().collect(),
            ..Host::control_plane(
                format!("host-{number}").parse().unwrap(),
                match is_v6 {
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
            "10.0.0.100", "10.0.0.100:6443", "10.0.0.100:8443", "vip", "vip:8443", "[fd00::100]:6443",
        ])),
        minor in 10u16..=36,
        peers in prop::option::of(prop::sample::select(EtcdPeers::ALL.to_vec())),
        names_second_network: bool,
        sans in prop::sample::subsequence(vec!["10.0.0.100", "api.example.com", "*.example.com"], 0..=3),
        has_pods: bool,
    ) -> Cluster {
        let mut cluster = Cluster::new(hosts);
        cluster.control_plane_endpoint = endpoint.map(|it| it.parse().unwrap());
        cluster.kubernetes_version = format!("1.{minor}.3").parse().unwrap();
        let is_v6 = cluster.hosts.iter().any(|host| host.advertise_address.is_ipv6());
        let pods = if is_v6 { "fd00:10:244::/56" } else { "10.244.0.0/16" };
        cluster.pod_subnet = has_pods.then(|| pods.parse().unwrap());
        if is_v6 {
            cluster.service_subnet = "fd00:10:96::/112".parse().unwrap();
        }
        cluster.apiserver_cert_sans = sans
            .iter()
            .map(|name| SubjectAltName::parse_host(name).unwrap().value)
            .collect();
        if let Some(peers) = peers {
            let members = cluster.hosts.iter().filter(|host| host.roles.etcd);
            // A second network for etcd, where a host has one.
            let endpoints = members
                .map(|host| match host.cert_sans.first() {
                    Some(SubjectAltName::Ip(address)) if names_second_network => *address,
                    _ => host.advertise_address,
                })
                .map(|address| format!("https://{}", control_plane::authority(address, 2379)))
                .collect();
            cluster.etcd = Etcd::External(ExternalEtcd { endpoints, peers, ..ExternalEtcd::default() });
        }
        cluster
    }
}

prop_compose! {
    fn descriptions()(
        kind in prop::option::of(prop::sample::select(LoadBalancerKind::ALL.to_vec())),
        virtual_ip in prop::option::weighted(0.8, prop::sample::select(vec!["10.0.0.100", "10.0.0.100/24", "fd00::100/64"])),
        auth_pass in prop::option::of(Just("pass_1.+")),
        unicast: bool,
        pod_network in prop::option::of(prop::sample::select(PodNetwork::ALL.to_vec())),
        version in prop::option::of(prop::sample::select(vec!["3.2.18", "3.4", "3.6.1"])),
        user in prop::option::of(Just("etcd_user")),
        interface in prop::option::of(Just("br-1.100")),
    ) -> SetupDescription {
        let mut description = SetupDescription { pod_network, ..SetupDescription::default() };
        let balancer = &mut description.load_balancer;
        balancer.kind = kind;
        balancer.virtual_ip = virtual_ip.map(|it| it.parse().unwrap());
        balancer.interface = Some("eth0".parse().unwrap());
        balancer.auth_pass = auth_pass.map(|it| it.parse().unwrap());
        balancer.unicast = Some(unicast);
        description.etcd.version = version.map(|it| it.parse().unwrap());
        description.etcd.user = user.map(|it| it.parse().unwrap());
        let interface = interface.map(|it| it.parse().unwrap());
        let host = HostDescription { interface, ..HostDescription::default() };
        description.hosts.insert("host-1".parse().unwrap(), host);
        description
    }
}

/// The names of a certificate of the catalog.
fn names(row: &str, cluster: &Cluster, host: &Host) -> Vec<SubjectAltName> {
    let row = CatalogEntry::find(row).unwrap();
    row.subject_alt_names(cluster, host)
}

fn host_of_url(url: &str) -> SubjectAltName {
    let host = crate::kubeadm::endpoint_host(url);
    SubjectAltName::parse_host(host).unwrap().value
}

fn field<'a>(text: &'a str, start: &str) -> Option<&'a str> {
    let lines = text.lines().map(str::trim_start);
    lines.filter_map(|line| line.strip_prefix(start)).next()
}

struct Seen<'a> {
    cluster: &'a Cluster,
    rendering: &'a Rendering,
}

impl<'a> Seen<'a> {
    fn files(&self, kind: RenderedKind) -> Vec<(&'a Host, &'a str)> {
        let files = self.rendering.files.iter().filter(|file| file.kind == kind);
        files
            .filter_map(|file| match file.place {
                RenderPlace::Host(index) => {
                    Some((&self.cluster.hosts[index], file.content.as_str()))
                }
                RenderPlace::Operator => None,
            })
            .collect()
    }

    fn masters(&self) -> impl Iterator<Item = &'a Host> {
        let hosts = self.cluster.hosts.iter();
        hosts.filter(|host| host.roles.control_plane)
    }

    fn etcd_agrees(&self) {
        let unquoted = |text: &str| text.trim_matches('"').to_owned();
        let mut clusters = BTreeSet::new();
        for (host, text) in self.files(RenderedKind::EtcdEnvironment) {
            assert_eq!(field(text, "PEER_NAME="), Some(host.name.as_str()));
            let address = unquoted(field(text, "PRIVATE_IP=").unwrap());
            let address = host_of_url(&format!("https://{address}:2379"));
            assert!(names("etcd/server", self.cluster, host).contains(&address));
            assert!(names("etcd/peer", self.cluster, host).contains(&address));
            clusters.insert(unquoted(field(text, "CLUSTER=").unwrap()));
        }
        assert!(clusters.len() <= 1, "{clusters:?}");
        for member in clusters.iter().flat_map(|cluster| cluster.split(',')) {
            let (name, url) = member.split_once('=').unwrap();
            let name: HostName = name.parse().unwrap();
            let mut hosts = self.cluster.hosts.iter();
            let host = hosts
                .find(|host| host.name == name && host.roles.etcd)
                .unwrap();
            assert!(url.starts_with("https://"));
            assert!(names("etcd/peer", self.cluster, host).contains(&host_of_url(url)));
        }
        let units: BTreeSet<_> = self
            .files(RenderedKind::EtcdUnit)
            .into_iter()
            .map(|(_, text)| text.replace("[::1]", "127.0.0.1"))
            .collect();
        assert!(units.len() <= 1, "{units:?}");
        for unit in units {
            assert!(!unit.contains("http://"));
            assert!(
                unit.contains("--client-cert-auth") && unit.contains("--peer-client-cert-auth")
            );
        }
    }

    fn keepalived_agrees(&self) {
        let files = self.files(RenderedKind::Keepalived);
        if files.is_empty() {
            return;
        }
        assert_eq!(files.len(), self.masters().count());
        let number =
            |text: &str, start: &str| -> i32 { field(text, start).unwrap().parse().unwrap() };
        let priorities: BTreeSet<_> = files
            .iter()
            .map(|(_, text)| number(text, "priority "))
            .collect();
        assert_eq!(priorities.len(), files.len(), "{priorities:?}");
        let spread = priorities.last().unwrap() - priorities.first().unwrap();
        let masters = files
            .iter()
            .filter(|(_, text)| text.contains("state MASTER"));
        let highest: Vec<_> = masters.map(|(_, text)| number(text, "priority ")).collect();
        assert_eq!(highest, [*priorities.last().unwrap()]);
        for start in ["virtual_router_id ", "weight ", "auth_pass "] {
            let values: BTreeSet<_> = files.iter().map(|(_, text)| field(text, start)).collect();
            assert_eq!(values.len(), 1, "{start}");
        }
        assert!(
            files
                .iter()
                .all(|(_, text)| number(text, "weight ") < -spread)
        );
    }

    fn kubeadm_agrees(&self) {
        let inits = self.files(RenderedKind::KubeadmInit);
        let joins = self.files(RenderedKind::KubeadmJoin);
        let workers = self
            .cluster
            .hosts
            .iter()
            .filter(|host| host.roles == Roles::default());
        assert_eq!(
            inits.len() + joins.len(),
            self.masters().count() + workers.count()
        );
        let everywhere = |name: &SubjectAltName| {
            let mut masters = self.masters();
            masters.all(|host| names("apiserver", self.cluster, host).contains(name))
        };
        for (host, text) in inits {
            let file =
                ClusterFile::parse(text.as_bytes()).unwrap_or_else(|e| panic!("{e}\n{text}"));
            let (own, cluster) = (&file.cluster, self.cluster);
            assert_eq!(file.local_host_name.as_ref(), Some(&host.name));
            assert_eq!(file.local_address, Some(host.advertise_address));
            assert_eq!(own.kubernetes_version, cluster.kubernetes_version);
            assert_eq!(own.service_subnet, cluster.service_subnet);
            assert_eq!(own.pod_subnet, cluster.pod_subnet);
            assert_eq!(own.dns_domain, cluster.dns_domain);
            assert_eq!(own.name, cluster.name);
            let url = |cluster: &Cluster| {
                let endpoint = cluster.control_plane_endpoint.as_ref();
                endpoint.map(|endpoint| endpoint.url(host.bind_port))
            };
            assert_eq!(url(own), url(cluster));
            assert!(own.apiserver_cert_sans.iter().all(everywhere), "{text}");
            let (Etcd::External(etcd), Etcd::External(described)) = (&own.etcd, &cluster.etcd)
            else {
                assert!(!own.has_external_etcd() || !cluster.has_external_etcd());
                continue;
            };
            if !described.endpoints.is_empty() {
                assert_eq!(etcd.endpoints, described.endpoints);
            }
            for url in &etcd.endpoints {
                let name = host_of_url(url);
                let mut members = cluster.hosts.iter().filter(|host| host.roles.etcd);
                assert!(members.any(|host| names("etcd/server", cluster, host).contains(&name)));
            }
        }
        for (host, text) in joins {
            ClusterFile::parse(text.as_bytes()).unwrap_or_else(|e| panic!("{e}\n{text}"));
            assert!(text.contains(host.name.as_str()) && text.contains("TOKEN"));
            let endpoint = match field(text, "apiServerEndpoint: ") {
                Some(endpoint) => endpoint,
                None => {
                    let (_, after) = text.split_once("discoveryTokenAPIServers:\n- ").unwrap();
                    after.lines().next().unwrap()
                }
            };
            let name = host_of_url(&format!("https://{}", endpoint.trim_matches('"')));
            let mut masters = self.masters();
            let is_named =
                masters.any(|host| names("apiserver", self.cluster, host).contains(&name));
            assert!(is_named, "{text}");
        }
    }
}

fn check(cluster: &Cluster, description: &SetupDescription) -> bool {
    let Ok(setup) = Setup::resolve(cluster, description) else {
        return false;
    };
    let documents = KubeadmDocuments::default();
    let cert_dir = HostPath::kubernetes_pki();
    let input = RenderInput {
        cluster,
        setup: &setup,
        documents: &documents,
        naming: &EtcdNaming::Kubeadm,
        cert_dir: &cert_dir,
        ca_hashes: &[],
        description: None,
    };
    let no_members = cluster.hosts.iter().all(|host| !host.roles.etcd);
    let rendering = match render(&input) {
        Ok(rendering) => rendering,
        // An external etcd of nobody: its endpoints have to be named.
        Err(RenderError::NoEndpoints) if cluster.has_external_etcd() && no_members => return false,
        Err(error) => panic!("{error}"),
    };
    let seen = Seen {
        cluster,
        rendering: &rendering,
    };
    seen.etcd_agrees();
    seen.keepalived_agrees();
    seen.kubeadm_agrees();
    fronts::are_in_order(cluster, &setup, &rendering);
    let runbook = rendering.files.first().unwrap();
    assert_eq!(runbook.kind, RenderedKind::Runbook);
    assert!(
        cluster
            .hosts
            .iter()
            .all(|host| runbook.content.contains(host.name.as_str()))
    );
    // The port of the peers shows a certificate of the CA that signs them.
    for probe in runbook
        .content
        .lines()
        .filter(|line| line.contains("/members"))
    {
        let own_ca = matches!(&cluster.etcd, Etcd::External(e) if e.peers == EtcdPeers::OwnCa);
        assert_eq!(
            probe.contains("--cacert /etc/kubernetes/pki/etcd/peer-ca.crt"),
            own_ca
        );
    }
    for file in &rendering.files {
        let has_password = file.content.contains("pass_1.+");
        assert_eq!(file.is_secret, has_password, "{file:?}");
        assert!(
            file.content.ends_with('\n') && !file.content.contains("\n\n\n"),
            "{}",
            file.content.as_str()
        );
    }
    assert!(!format!("{rendering:?}").contains("pass_1.+"));
    true
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn files_agree_with_certificates_and_each_other(
        cluster in clusters(),
        description in descriptions(),
    ) {
        check(&cluster, &description);
    }
}

#[test]
fn every_kind_of_load_balancer_is_rendered() {
    let address = |number: u8| [10, 0, 0, number].into();
    let host = |name: &str, number| Host::control_plane(name.parse().unwrap(), address(number));
    let mut cluster = Cluster::new(vec![host("a", 1), host("b", 2), host("c", 3)]);
    let mut description = SetupDescription::default();
    description.load_balancer.virtual_ip = Some("10.0.0.100".parse().unwrap());
    description.load_balancer.interface = Some("eth0".parse().unwrap());
    for (kind, endpoint) in [
        (LoadBalancerKind::Keepalived, "10.0.0.100:6443"),
        (LoadBalancerKind::KeepalivedHaproxy, "10.0.0.100:8443"),
        (LoadBalancerKind::KubeVip, "10.0.0.100:6443"),
        (LoadBalancerKind::External, "lb.example.com:443"),
    ] {
        description.load_balancer.kind = Some(kind);
        if kind == LoadBalancerKind::External {
            description.load_balancer = Default::default();
            description.load_balancer.kind = Some(kind);
        }
        cluster.control_plane_endpoint = Some(endpoint.parse().unwrap());
        assert!(check(&cluster, &description), "{kind}");
    }
}
