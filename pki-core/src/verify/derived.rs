//! What a tree itself says about its host and cluster, so that names and
//! addresses can be checked though nobody gave them. Only what the host runs
//! with counts: manifests and the kubelet's own certificate; a certificate that
//! is to be checked is never its own witness.

use std::net::IpAddr;

use super::advertised;
use super::kubeadm_configuration::Believed;
use super::manifests::Manifests;
use super::role;
use super::servers::{SHARING, Servers};
use super::tree::{self, Tree};
use super::{Assumed, Expectation, etcd_flags};
use crate::catalog::{CatalogEntry, FileRole};
use crate::certificate::Certificate;
use crate::cluster::{
    Cluster, ControlPlaneEndpoint, Etcd, EtcdClientFiles, ExternalEtcd, Host, KubernetesVersion,
    Roles, ServiceSubnet,
};
use crate::kubeconfig::ExistingKubeconfig;
use crate::name::{HostName, SubjectAltName};
use crate::static_pod::Component::{ApiServer, ControllerManager, Etcd as EtcdPod};
use crate::static_pod::Url;

/// A fact and the words for where it was found.
struct Fact<T> {
    value: T,
    from: String,
}

impl<T> Fact<T> {
    fn of((value, from): (T, String)) -> Self {
        Self { value, from }
    }
}

impl Expectation {
    /// What the tree itself says; [`Assumed`] tells what it does not.
    #[must_use]
    pub fn from_tree(tree: &Tree) -> Self {
        let manifests = &Manifests::read(tree);
        let shown = certificate(tree, &served(manifests, "apiserver"));
        let believed = Believed::of(tree, shown);
        let address = address(tree, manifests).or_else(|| {
            // Where the API server runs its own flags count.
            let runs = manifests.of(ApiServer).is_some();
            believed.address.filter(|_| !runs).map(Fact::of)
        });
        let host_name = host_name(tree, manifests, address.as_ref());
        let host_name = host_name.or_else(|| believed.name.map(Fact::of));
        let own = address.as_ref().map(|fact| fact.value);
        let name = host_name.as_ref().map(|fact| fact.value.as_str());
        let endpoint = endpoint(tree, manifests, own, name);
        let endpoint = endpoint.map(|(value, path)| Fact {
            value,
            from: format!("the server of {path}"),
        });
        let service_subnet =
            service_subnet(manifests).or_else(|| believed.service_subnet.map(Fact::of));
        let dns_domain = dns_domain(tree).or_else(|| believed.dns_domain.map(Fact::of));
        let version = version(manifests);
        let etcd = etcd(tree, manifests);

        let mut sources = Vec::new();
        let mut say = |name: String, from: &str| sources.push((name, from.to_owned()));
        if let Some(fact) = &host_name {
            say(fact.value.to_string(), &fact.from);
            say(format!("DNS:{}", fact.value), &fact.from);
        }
        if let Some(fact) = &address {
            say(format!("IP:{}", fact.value), &fact.from);
        }
        if let Some(fact) = &endpoint {
            say(fact.value.host().to_string(), &fact.from);
        }
        match &service_subnet {
            Some(fact) => say(format!("IP:{}", fact.value.first_address()), &fact.from),
            None => say(
                format!("IP:{}", ServiceSubnet::default().first_address()),
                "the first service address, if the range is kubeadm's default",
            ),
        }
        if let Some(fact) = &dns_domain {
            let name = format!("DNS:kubernetes.default.svc.{}", fact.value);
            say(name, &fact.from);
        }
        let assumed = Assumed {
            host_name: host_name.is_none(),
            address: address.is_none(),
            version: version.is_none(),
            // What one kubeconfig says need not be right for another.
            endpoint: true,
            service_subnet: service_subnet.is_none(),
            dns_domain: dns_domain.is_none(),
            etcd: etcd.is_none(),
            role: true,
        };
        let (name, stand_in) = stand_in();
        let mut host = Host::control_plane(
            host_name.map_or(name, |fact| fact.value),
            address.map_or(stand_in, |fact| fact.value),
        );
        if let Some(port) = manifests.flag(ApiServer, "secure-port")
            && let Ok(port) = port.flag.value.parse()
        {
            host.bind_port = port;
        } else if let Some(port) = believed.port.filter(|_| manifests.of(ApiServer).is_none()) {
            host.bind_port = port;
        }
        host.roles = Roles {
            control_plane: manifests.of(EtcdPod).is_none() || manifests.of(ApiServer).is_some(),
            etcd: manifests.of(EtcdPod).is_some(),
        };
        let mut cluster = Cluster::new(Vec::new());
        cluster.control_plane_endpoint = endpoint.map(|fact| fact.value);
        if let Some(fact) = service_subnet {
            cluster.service_subnet = fact.value;
        }
        if let Some(fact) = dns_domain {
            cluster.dns_domain = fact.value;
        }
        if let Some(version) = version {
            cluster.kubernetes_version = version;
        }
        if let Some(etcd) = etcd {
            cluster.etcd = etcd;
        }
        cluster.apiserver_cert_sans = kept_names(tree, manifests, &cluster, &host, assumed);
        cluster.hosts = vec![host];
        Self {
            cluster: Some((cluster, 0)),
            assumed,
            sources,
            ..Self::default()
        }
    }

    /// The names with what is known of where they come from.
    pub(super) fn with_sources(&self, names: &[String]) -> String {
        let shown = |name: &String| {
            let from = self.sources.iter().find(|(known, _)| known == name);
            match from {
                Some((_, from)) => format!("{name} ({from})"),
                None => name.clone(),
            }
        };
        names.iter().map(shown).collect::<Vec<_>>().join(", ")
    }
}

impl Expectation {
    /// Where the node's name in a subject came from.
    pub(super) fn source_of_subject(&self, subject: &str) -> String {
        let mut sources = self.sources.iter();
        let of_node = |name: &str| subject.ends_with(&format!("{NODE}{name}"));
        let source = sources.find(|(name, _)| of_node(name));
        source.map_or_else(String::new, |(_, from)| format!(" ({from})"))
    }
}

/// A name and an address that no host has.
pub(super) fn stand_in() -> (HostName, IpAddr) {
    (HostName::stand_in(), IpAddr::from([192, 0, 2, 2]))
}

/// The address that the manifests say this host has.
pub(super) fn told_address(tree: &Tree, manifests: &Manifests) -> Option<IpAddr> {
    address(tree, manifests).map(|fact| fact.value)
}

/// The address that the API server gives out as its own, or an etcd that is
/// alone on its host.
fn address(tree: &Tree, manifests: &Manifests) -> Option<Fact<IpAddr>> {
    let usable = |address: &IpAddr| !address.is_unspecified() && !address.is_loopback();
    if let Some(told) = manifests.flag(ApiServer, "advertise-address") {
        let value = told.flag.value.parse().ok().filter(usable)?;
        if let Some((value, place)) = advertised::outvoting(tree, manifests, value) {
            let from = format!("the address of this member of etcd, {place}");
            return Some(Fact { value, from });
        }
        let from = format!("this host's advertise address, {}", told.place());
        return Some(Fact { value, from });
    }
    if manifests.of(ApiServer).is_some() {
        return None;
    }
    if let Some(mistaken) = etcd_flags::Mistaken::in_tree(tree, manifests) {
        return Some(Fact {
            value: mistaken.right,
            from: "the address of this member in --initial-cluster".to_owned(),
        });
    }
    ["initial-advertise-peer-urls", "advertise-client-urls"]
        .iter()
        .find_map(|name| {
            let told = manifests.flag(EtcdPod, name)?;
            let mut urls = told.flag.value.split(',');
            let value = urls.find_map(|url| Url::parse(url)?.address().filter(usable))?;
            let from = format!("the address of this member, {}", told.place());
            Some(Fact { value, from })
        })
}

const NODE: &str = "system:node:";
const MEMBER: &str = "the name of this member";

/// The node's name: two that say the same, or one that a server certificate of
/// this host bears out. One against another is no knowledge.
fn host_name(
    tree: &Tree,
    manifests: &Manifests,
    address: Option<&Fact<IpAddr>>,
) -> Option<Fact<HostName>> {
    let mut claims: Vec<Fact<HostName>> = Vec::new();
    let mut claim = |name: &str, from: String| {
        if let Ok(value) = name.parse() {
            claims.push(Fact { value, from });
        }
    };
    if let Some(told) = manifests.flag(EtcdPod, "name") {
        let from = format!("{MEMBER}, {}", told.place());
        claim(&told.flag.value, from);
    }
    let current = certificate(tree, tree::KUBELET_CLIENT);
    let embedded = kubeconfig(tree, "kubelet.conf");
    let embedded = embedded.and_then(|it| it.chain().first());
    for (certificate, path) in [(current, tree::KUBELET_CLIENT), (embedded, "kubelet.conf")] {
        let name = certificate.and_then(|it| it.common_name()?.strip_prefix(NODE));
        if let Some(name) = name {
            claim(name, format!("the node of {path}"));
        }
    }
    // kubeadm calls the member as the node; somebody else may have had another idea.
    if manifests.unit().is_some() && claims.len() > 1 {
        claims.sort_by_key(|claim| claim.from.starts_with(MEMBER));
    }
    let [apiserver, etcd] = ["apiserver", "etcd/server"].map(|name| served(manifests, name));
    let agreed = |claim: &&Fact<HostName>| {
        let same = claims.iter().filter(|other| other.value == claim.value);
        same.count() > 1
    };
    let borne_out = |claim: &&Fact<HostName>| {
        let wanted = format!("DNS:{}", claim.value);
        let served = [&apiserver[..], &etcd, "pki/etcd/server.pem"];
        let mut served = served.iter().filter_map(|path| certificate(tree, path));
        served.any(|it| {
            let names = it.subject_alt_names();
            // One that was made for another host bears nothing out.
            let is_own = address.is_none_or(|own| names.contains(&format!("IP:{}", own.value)));
            is_own && names.contains(&wanted)
        })
    };
    let is_server = tree.has(&apiserver) || tree.has(&etcd);
    let known = claims.iter().find(agreed);
    let known = known.or_else(|| {
        let first = claims.first()?;
        let all_agree = claims.iter().all(|claim| claim.value == first.value);
        match is_server {
            true => claims.iter().find(borne_out),
            false => Some(first).filter(|_| all_agree),
        }
    });
    match known {
        Some(known) => Some(Fact {
            value: known.value.clone(),
            from: known.from.clone(),
        }),
        // kubelet.conf alone against all that serves here.
        None if claims.len() == 1 && address.is_none() => of_servers(tree, manifests),
        None => None,
    }
}

/// The name that every server certificate of a stacked etcd's host agrees on.
fn of_servers(tree: &Tree, manifests: &Manifests) -> Option<Fact<HostName>> {
    let paths = ["apiserver", "etcd/server", "etcd/peer"].map(|name| served(manifests, name));
    let [apiserver, server, peer] = paths.each_ref().map(|path| certificate(tree, path));
    let (apiserver, server, peer) = (apiserver?, server?, peer?);
    // All of it was copied if the components are of another host, too.
    let components = component_addresses(tree);
    let is_named =
        |address: &IpAddr| addresses(apiserver.subject_alt_names()).any(|it| it == *address);
    if !components.is_empty() && !components.iter().any(is_named) {
        return None;
    }
    let name = server.common_name()?;
    let wanted = format!("DNS:{name}");
    let agree = peer.common_name() == Some(name)
        && [server, peer, apiserver]
            .iter()
            .all(|it| it.subject_alt_names().contains(&wanted));
    let value = name.parse().ok().filter(|_| agree)?;
    let [apiserver, server, _] = paths;
    let from = format!("the host of {apiserver} and {server}");
    Some(Fact { value, from })
}

/// Where the controller manager and the scheduler connect to: their own host, as
/// far as that is an address.
pub(super) fn component_addresses(tree: &Tree) -> Vec<IpAddr> {
    let components = ["controller-manager.conf", "scheduler.conf"];
    let servers = components.iter().filter_map(|path| {
        let server = kubeconfig(tree, path)?.server.as_deref()?;
        Url::parse(server)?.address()
    });
    servers.filter(|address| !address.is_loopback()).collect()
}

/// The path of the certificate that a server shows: the one that its manifest
/// names, else kubeadm's.
pub(super) fn served(manifests: &Manifests, base_name: &str) -> String {
    let named = manifests.file(base_name, FileRole::Certificate);
    named.unwrap_or_else(|| format!("pki/{base_name}.crt"))
}

pub(super) fn certificate<'a>(tree: &'a Tree, path: &str) -> Option<&'a Certificate> {
    tree.get(path)?.text()?.first_certificate()
}

pub(super) fn kubeconfig<'a>(tree: &'a Tree, path: &str) -> Option<&'a ExistingKubeconfig> {
    tree.get(path)?.kubeconfig()
}

/// Whether a certificate was made for an API server: pods of every cluster call it by such
/// a name. One label of it may be the name of a host as well.
pub(super) fn is_api_servers(certificate: &Certificate) -> bool {
    let mut names = certificate.subject_alt_names().iter();
    names.any(|name| name.starts_with("DNS:kubernetes.default"))
}

/// The addresses among names, but for loopback.
pub(super) fn addresses(names: &[String]) -> impl Iterator<Item = IpAddr> {
    let addresses = names.iter().filter_map(|name| {
        let address: IpAddr = name.strip_prefix("IP:")?.parse().ok()?;
        Some(address)
    });
    addresses.filter(|address| !address.is_loopback())
}

/// The addresses that etcd's certificates of this host have: unlike the API
/// server's, which may lie in their place, they name nothing that hosts share.
pub(super) fn etcd_addresses(tree: &Tree, manifests: &Manifests) -> Vec<IpAddr> {
    let mut found = Vec::new();
    for base_name in ["etcd/server", "etcd/peer"] {
        let pem = || certificate(tree, &format!("pki/{base_name}.pem"));
        let certificate = certificate(tree, &served(manifests, base_name)).or_else(pem);
        let certificate = certificate.filter(|it| !is_api_servers(it));
        let names = certificate
            .iter()
            .flat_map(|it| addresses(it.subject_alt_names()));
        for address in names.collect::<Vec<_>>() {
            if !found.contains(&address) {
                found.push(address);
            }
        }
    }
    found
}

/// The server of a kubeconfig that is not this very host, and which kubeconfig
/// that is. An address may be this host's own as long as nothing says which
/// that is; one of etcd's certificates is one that it has or had.
pub(super) fn endpoint(
    tree: &Tree,
    manifests: &Manifests,
    address: Option<IpAddr>,
    host_name: Option<&str>,
) -> Option<(ControlPlaneEndpoint, &'static str)> {
    let former = etcd_addresses(tree, manifests);
    let shown = certificate(tree, &served(manifests, "apiserver"));
    let servers = Servers::read(tree, manifests, shown, address);
    SHARING.into_iter().find_map(|path| {
        let kubeconfig = kubeconfig(tree, path)?;
        let server = kubeconfig.server.as_deref()?;
        if servers.instead_of(server).is_some() {
            return None;
        }
        let authority = server.strip_prefix("https://")?;
        let value: ControlPlaneEndpoint = authority.trim_end_matches('/').parse().ok()?;
        let is_other = match value.host() {
            SubjectAltName::Ip(ip) => {
                let is_own = address.is_none_or(|known| known == *ip);
                !ip.is_loopback() && !is_own && !former.contains(ip)
            }
            SubjectAltName::Dns(name) => {
                name.as_str() != "localhost" && host_name != Some(name.as_str())
            }
            _ => false,
        };
        (is_other && !is_of_another_node(kubeconfig, host_name)).then_some((value, path))
    })
}

/// Whether it is the kubelet's of another host, which may have its own server.
fn is_of_another_node(kubeconfig: &ExistingKubeconfig, host_name: Option<&str>) -> bool {
    let certificate = kubeconfig
        .certificate
        .data()
        .and_then(|chain| chain.first());
    let node = certificate
        .and_then(Certificate::common_name)
        .and_then(|name| name.strip_prefix(NODE));
    matches!((node, host_name), (Some(node), Some(own)) if node != own)
}

fn service_subnet(manifests: &Manifests) -> Option<Fact<ServiceSubnet>> {
    [ApiServer, ControllerManager].iter().find_map(|component| {
        let told = manifests.flag(*component, "service-cluster-ip-range")?;
        let value = told.flag.value.parse().ok()?;
        let from = format!("the first service address, {}", told.place());
        Some(Fact { value, from })
    })
}

fn dns_domain(tree: &Tree) -> Option<Fact<HostName>> {
    let documents = tree.get(tree::KUBELET_CONFIG)?.text()?.documents()?;
    let domain = documents.iter().find_map(|it| it.get("clusterDomain"))?;
    let value = domain.text()?.parse().ok()?;
    let from = format!("clusterDomain of {}", tree::KUBELET_CONFIG);
    Some(Fact { value, from })
}

fn version(manifests: &Manifests) -> Option<KubernetesVersion> {
    [ApiServer, ControllerManager].iter().find_map(|component| {
        let (_, pod) = manifests.of(*component)?;
        pod.image_tag()?.parse().ok()
    })
}

/// Where etcd runs: in a pod beside the API server, or where that looks for it.
fn etcd(tree: &Tree, manifests: &Manifests) -> Option<Etcd> {
    let (_, pod) = manifests.of(ApiServer)?;
    if manifests.of(EtcdPod).is_some() {
        return None;
    }
    let endpoints = pod.flags.list("etcd-servers");
    let file = |name: &str| manifests.meant(ApiServer, name);
    let files = || {
        Some(EtcdClientFiles {
            ca_file: file("etcd-cafile")?,
            cert_file: file("etcd-certfile")?,
            key_file: file("etcd-keyfile")?,
        })
    };
    // An etcd on this very host may have lost its manifest.
    let is_here = |url: &&str| Url::parse(url).is_some_and(|url| url.is_loopback());
    if endpoints.is_empty() || endpoints.iter().any(is_here) {
        return None;
    }
    Some(Etcd::External(ExternalEtcd {
        endpoints: endpoints.iter().map(|url| (*url).to_owned()).collect(),
        client_files: files(),
        peers: role::etcd_peers(tree, manifests),
    }))
}

/// The further names that the API server's certificate has already and that a
/// new one must keep: none of one that is another server's.
fn kept_names(
    tree: &Tree,
    manifests: &Manifests,
    cluster: &Cluster,
    host: &Host,
    assumed: Assumed,
) -> Vec<SubjectAltName> {
    let certificate = certificate(tree, &served(manifests, "apiserver"));
    let certificate = certificate.filter(|it| !assumed.address && is_api_servers(it));
    let Some(certificate) = certificate else {
        return Vec::new();
    };
    let names = certificate.subject_alt_names();
    let former = etcd_addresses(tree, manifests);
    further_names(names, "apiserver", cluster, host, &former)
}

/// The names of an old certificate beyond those that a row has anyway: none if
/// it was made for another host, and none of the addresses that the host had
/// before.
pub(super) fn further_names(
    names: &[String],
    base_name: &str,
    cluster: &Cluster,
    host: &Host,
    former: &[IpAddr],
) -> Vec<SubjectAltName> {
    let own = [
        format!("IP:{}", host.advertise_address),
        format!("DNS:{}", host.name),
    ];
    let [has_address, has_name] = own.each_ref().map(|own| names.contains(own));
    if !has_address && !has_name {
        return Vec::new();
    }
    let entry = CatalogEntry::find(base_name);
    let usual = entry.map(|entry| entry.subject_alt_names(cluster, host));
    let usual = usual.unwrap_or_default();
    let is_former = |name: &SubjectAltName| match name {
        SubjectAltName::Ip(ip) => !has_address && former.contains(ip),
        _ => false,
    };
    let names = names.iter().filter_map(|name| {
        let (_, value) = name.split_once(':')?;
        Some(SubjectAltName::parse_host(value).ok()?.value)
    });
    names
        .filter(|name| !usual.contains(name) && !is_former(name))
        .collect()
}
