//! What stands in front of the API servers: where clients look for them, and what a
//! description says of it.

mod described;

pub(super) use described::check;

use std::net::IpAddr;

use super::fix::Fix;
use super::manifests::Manifests;
use super::tree::Tree;
use super::{
    Examined, Expectation, Finding, Record, Rule, derived, keepalived, kube_vip,
    kubeadm_configuration, place, uncovered,
};
use crate::certificate::Certificate;
use crate::cluster::{ControlPlaneEndpoint, Host, parse_port};
use crate::name::SubjectAltName;
use crate::setup::LoadBalancer;
use crate::severity::Severity;
use crate::static_pod::{Component, Url};

/// kubeadm's port of an API server.
const USUAL_PORT: u16 = 6443;

/// Where clients find the control plane, and who says so.
pub(super) fn endpoint(examined: &Examined<'_>) -> Option<(ControlPlaneEndpoint, String)> {
    let expectation = examined.expectation;
    let described = expectation.described();
    let described = described.filter(|_| !expectation.assumed.endpoint);
    if let Some((cluster, _)) = described {
        let endpoint = cluster.control_plane_endpoint.clone()?;
        return Some((endpoint, "the description".to_owned()));
    }
    let kubeconfigs = of_kubeconfigs(examined.tree, expectation);
    if let Some((endpoint, path)) = kubeadm_configuration::endpoint(examined.tree) {
        // The kubeconfigs outvote one file.
        let is_odd = |(shared, _): &(ControlPlaneEndpoint, String)| {
            let is_address = |it: &SubjectAltName| matches!(it, SubjectAltName::Ip(_));
            *shared != endpoint && is_address(shared.host()) == is_address(endpoint.host())
        };
        return kubeconfigs
            .filter(is_odd)
            .or_else(|| Some((endpoint, path.to_owned())));
    }
    // Of several the kubelet's is not likely to be somebody's own.
    let mut files = ["kubelet.conf", "admin.conf"].into_iter();
    files.find_map(|path| {
        let server = server(examined.tree, path)?;
        let is_own = Some(server.host) == local_server(examined.tree).map(|it| it.host);
        let endpoint = endpoint_of(&server).filter(|_| !is_own && !server.is_loopback())?;
        Some((endpoint, path.to_owned()))
    })
}

/// Where the kubeconfigs that do not connect to this host itself agree that the control
/// plane is, and which they are: two at least.
pub(super) fn of_kubeconfigs(
    tree: &Tree,
    expectation: &Expectation,
) -> Option<(ControlPlaneEndpoint, String)> {
    let own = own_address(tree, expectation).or_else(|| kubeadm_configuration::address(tree))?;
    let paths = ["kubelet.conf", "admin.conf", "super-admin.conf"].into_iter();
    let told = paths.filter_map(|path| Some((server(tree, path)?, path)));
    // Those of the host's own programs may connect to its own API server.
    let told = told.filter(|(server, _)| server.address() != Some(own) && !server.is_loopback());
    let told: Vec<_> = told.collect();
    let ((first, _), others) = told.split_first()?;
    if others.is_empty() || others.iter().any(|(server, _)| server != first) {
        return None;
    }
    let certificate = derived::certificate(tree, "pki/apiserver.crt")?;
    let is_named = certificate
        .subject_alt_names()
        .contains(&first.subject_alt_name());
    let paths: Vec<_> = told.iter().map(|(_, path)| *path).collect();
    Some((endpoint_of(first)?, paths.join(" and "))).filter(|_| is_named)
}

fn endpoint_of(server: &Url<'_>) -> Option<ControlPlaneEndpoint> {
    let host = match server.address() {
        Some(IpAddr::V6(v6)) => format!("[{v6}]"),
        _ => server.host.to_owned(),
    };
    let port = server.port.unwrap_or("443");
    format!("{host}:{port}").parse().ok()
}

fn server<'a>(tree: &'a Tree, path: &str) -> Option<Url<'a>> {
    Url::parse(derived::kubeconfig(tree, path)?.server.as_deref()?)
}

/// The host's own API server, where the controllers beside it connect to that rather
/// than to the shared address, as kubeadm has them do since 1.20.
fn local_server(tree: &Tree) -> Option<Url<'_>> {
    let scheduler = server(tree, "scheduler.conf")?;
    let is_shared = |path| server(tree, path).is_some_and(|it| it.host == scheduler.host);
    let is_local = !is_shared("kubelet.conf") && !is_shared("admin.conf");
    let is_agreed = server(tree, "controller-manager.conf")?.host == scheduler.host;
    (is_local && is_agreed).then_some(scheduler)
}

/// The address of the host, as far as anything says it.
pub(super) fn own_address(tree: &Tree, expectation: &Expectation) -> Option<IpAddr> {
    let addressed = expectation.addressed();
    let addressed = addressed.map(|(_, host)| host.advertise_address);
    let local = || local_server(tree)?.address().filter(|it| !it.is_loopback());
    addressed.or_else(local)
}

/// The port of this host's API server, if something says it.
pub(super) fn apiserver_port(examined: &Examined<'_>) -> Option<u16> {
    let port = own_port(examined.tree, examined.manifests);
    let expectation = examined.expectation;
    let described = expectation
        .described()
        .filter(|_| !expectation.assumed.endpoint);
    match examined.manifests.of(Component::ApiServer) {
        Some(_) => port,
        None => described.map(|(_, host)| host.bind_port).or(port),
    }
}

/// The same by what lies there alone.
pub(super) fn own_port(tree: &Tree, manifests: &Manifests) -> Option<u16> {
    if manifests.of(Component::ApiServer).is_none() {
        return parse_port(local_server(tree)?.port?);
    }
    let told = manifests.flag(Component::ApiServer, "secure-port");
    told.map_or(Some(USUAL_PORT), |told| told.flag.value.parse().ok())
}

/// The hosts of the control plane, if a description has all of them.
pub(super) fn control_plane<'a>(examined: &Examined<'a>) -> Vec<&'a Host> {
    let described = examined.expectation.described();
    let hosts = described.map(|(cluster, _)| cluster.hosts.as_slice());
    match hosts.unwrap_or_default() {
        // One host alone may be all that flags say.
        [] | [_] => Vec::new(),
        hosts => hosts
            .iter()
            .filter(|host| host.roles.control_plane)
            .collect(),
    }
}

/// The addresses under which a description knows a host: VRRP may have a network of its
/// own.
pub(super) fn addresses(host: &Host) -> impl Iterator<Item = IpAddr> {
    let others = host.cert_sans.iter().filter_map(|san| match san {
        SubjectAltName::Ip(address) => Some(*address),
        _ => None,
    });
    std::iter::once(host.advertise_address).chain(others)
}

/// Whether two addresses are so alike that they are likely of one network.
pub(super) fn is_near(one: IpAddr, other: IpAddr) -> bool {
    match (one, other) {
        (IpAddr::V4(one), IpAddr::V4(other)) => one.to_bits() >> 8 == other.to_bits() >> 8,
        (IpAddr::V6(one), IpAddr::V6(other)) => one.to_bits() >> 64 == other.to_bits() >> 64,
        _ => false,
    }
}

/// The API server's certificate.
pub(super) fn apiserver_certificate<'a>(examined: &'a Examined<'_>) -> Option<&'a Certificate> {
    let mut materials = examined.materials.iter();
    let material = materials.find(|it| it.row.entry.base_name == "apiserver")?;
    material.certificates().first()
}

/// The addresses that keepalived or kube-vip of this host moves.
pub(super) fn moved_addresses(tree: &Tree) -> Vec<IpAddr> {
    let conf = keepalived::read(tree).unwrap_or_default();
    let instances = conf.instances.iter();
    let addresses = instances.flat_map(|it| it.addresses.iter().map(|it| it.0));
    let pod = kube_vip::find(tree).and_then(|(_, pod)| pod.virtual_ip());
    addresses.chain(pod).collect()
}

/// Whether keepalived or kube-vip on a host moves an address at which clients look for
/// the API servers, or none that is known: no host has it as its own.
pub(super) fn is_virtual_ip(tree: &Tree, address: IpAddr) -> bool {
    if !moved_addresses(tree).contains(&address) {
        return false;
    }
    if let Some((endpoint, _)) = kubeadm_configuration::endpoint(tree) {
        // Else it may be the virtual IP that is wrong.
        return match endpoint.host() {
            SubjectAltName::Ip(shared) => *shared == address,
            _ => true,
        };
    }
    let mut files = ["kubelet.conf", "admin.conf"].into_iter();
    files.any(|path| {
        let address_of = server(tree, path).map(|it| it.address());
        address_of.is_some_and(|it| it.is_none_or(|it| it == address))
    })
}

/// Virtual IPs and the line of the first of them.
pub(super) struct VirtualIps<'a> {
    pub(super) path: &'a str,
    pub(super) line: usize,
    pub(super) addresses: Vec<IpAddr>,
    /// How keepalived or kube-vip takes up what is written anew.
    pub(super) reload: Fix,
}

/// Whether clients look for one of the virtual IPs, and find it in the API server's
/// certificate. Another one beside it may be of something else.
pub(super) fn check_addresses(examined: &Examined<'_>, found: VirtualIps<'_>, record: &mut Record) {
    let mut materials = examined.materials.iter();
    let material = materials.find(|it| it.row.entry.base_name == "apiserver");
    let material = material.filter(|it| !it.certificates().is_empty());
    let (Some(material), Some(first)) = (material, found.addresses.first()) else {
        return;
    };
    record.checked += 1;
    let mut addresses = found.addresses.iter();
    // Where a description has another one, that is told by itself.
    let balancer = examined.expectation.load_balancer();
    let described = balancer.and_then(LoadBalancer::virtual_ip);
    let is_wrong = described.is_some_and(|it| !found.addresses.contains(&it));
    if is_wrong || addresses.any(|address| is_of_apiservers(examined, *address)) {
        return;
    }
    let told = endpoint(examined);
    let own = own_address(examined.tree, examined.expectation);
    let shared = told
        .as_ref()
        .and_then(|(endpoint, source)| match endpoint.host() {
            SubjectAltName::Ip(address) if Some(*address) != own => Some((*address, source)),
            _ => None,
        });
    if let Some((shared, source)) = shared.filter(|(it, _)| !found.addresses.contains(it)) {
        let message =
            format!("the virtual IP is {first}, and clients connect to {shared} ({source})");
        let fix = Fix::say(format!(
            "write {shared} there; if {first} is meant, describe it as the endpoint and let kpki gen make certificates and kubeconfigs for it"
        ));
        let finding = Finding::new(
            Rule::VirtualIpEndpoint,
            found.path,
            message,
            fix.and(found.reload),
        );
        record.add(finding.at(place::of_line(Some(found.line))));
        return;
    }
    let missing = uncovered::Name {
        host: &first.to_string(),
        name: format!("IP:{first}"),
        source: format!("the virtual IP in {}:{}", found.path, found.line),
        // By a name clients do without the address.
        severity: match has_named_endpoint(examined.tree) {
            true => Severity::Note,
            false => Severity::Error,
        },
    };
    uncovered::report(examined, material, missing, record);
}

/// Whether kubeconfigs connect to a name rather than to an address.
fn has_named_endpoint(tree: &Tree) -> bool {
    let files = ["kubelet.conf", "admin.conf"].into_iter();
    let mut urls = files.filter_map(|path| server(tree, path));
    urls.any(|url| url.address().is_none() && !url.is_loopback())
}

/// Whether a virtual IP is that of the API servers, as far as anything tells.
pub(super) fn is_of_apiservers(examined: &Examined<'_>, address: IpAddr) -> bool {
    let name = format!("IP:{address}");
    apiserver_certificate(examined).is_some_and(|it| it.subject_alt_names().contains(&name))
}
