//! What the certificates and kubeconfigs of a tree remember of its host and
//! cluster: enough to make them again under the same names, and no witness of
//! what is right.

use std::net::IpAddr;

use super::derived::{self, certificate, kubeconfig, served};
use super::etcd_flags;
use super::manifests::Manifests;
use super::role;
use super::tree::{self, Tree};
use super::{Assumed, Expectation};
use crate::catalog::CatalogEntry;
use crate::certificate::Certificate;
use crate::cluster::{Cluster, Host, ServiceSubnet};
use crate::name::{HostName, SubjectAltName};

/// A description of a host that `kpki gen` can go by.
#[derive(Debug, Clone)]
pub struct Recalled {
    /// The cluster with its hosts.
    pub cluster: Cluster,
    /// The place of the host in their list.
    pub index: usize,
    /// What nobody said and nothing remembers: kubeadm's defaults.
    pub assumed: Assumed,
    /// Whether the host's name, its address or an unusual range of services were
    /// taken from certificates and kubeconfigs alone.
    pub is_from_certificates: bool,
}

impl Expectation {
    /// Fills in what nobody said from what the old files have; `None` if they
    /// do not tell the host's name and address.
    #[must_use]
    pub fn recalled(&self, tree: &Tree) -> Option<Recalled> {
        let manifests = Manifests::read(tree);
        let settled = role::settle(tree, &manifests, self);
        let mut assumed = settled.assumed;
        let mut is_from_certificates = assumed.host_name || assumed.address;
        let (mut cluster, index) = settled.cluster?;
        let mut host = cluster.hosts.get(index)?.clone();
        let old = OldFiles::of(tree, &manifests);
        if assumed.host_name {
            host.name = old.host_name(&cluster)?;
            assumed.host_name = false;
        }
        if assumed.address {
            host.advertise_address = old.address()?;
            assumed.address = false;
        }
        if assumed.endpoint && cluster.control_plane_endpoint.is_none() {
            let own = Some(host.advertise_address);
            let endpoint = derived::endpoint(tree, &manifests, own, Some(host.name.as_str()));
            cluster.control_plane_endpoint = endpoint.map(|(endpoint, _)| endpoint);
        }
        if assumed.dns_domain
            && let Some(domain) = old.dns_domain()
        {
            assumed.dns_domain = domain == cluster.dns_domain;
            cluster.dns_domain = domain;
        }
        if assumed.service_subnet
            && let Some(subnet) = old.service_subnet(host.advertise_address)
        {
            cluster.service_subnet = subnet;
            assumed.service_subnet = false;
            is_from_certificates = true;
        }
        if assumed.version && old.has_masters() {
            // The last version that put administrators into this group.
            cluster.kubernetes_version = "1.28".parse().ok()?;
            assumed.version = false;
        }
        if cluster.apiserver_cert_sans.is_empty() && host.cert_sans.is_empty() {
            cluster.apiserver_cert_sans = old.further_names("apiserver", &cluster, &host);
            host.cert_sans = old.further_names("etcd/server", &cluster, &host);
        }
        let usual = CatalogEntry::find("etcd/server");
        let usual = usual.map(|entry| entry.subject_alt_names(&cluster, &host));
        let usual = usual.unwrap_or_default();
        for name in etcd_flags::dialled(tree, &manifests, host.advertise_address) {
            if !usual.contains(&name) && !host.cert_sans.contains(&name) {
                host.cert_sans.push(name);
            }
        }
        *cluster.hosts.get_mut(index)? = host;
        Some(Recalled {
            cluster,
            index,
            assumed,
            is_from_certificates,
        })
    }
}

/// The certificates that name the host, as far as they can be read.
struct OldFiles<'a> {
    apiserver: Option<&'a Certificate>,
    etcd_server: Option<&'a Certificate>,
    etcd_peer: Option<&'a Certificate>,
    /// The host's addresses by etcd's certificates.
    own: Vec<IpAddr>,
    /// The node of the kubelet.
    node: Option<HostName>,
    /// Where the controller manager or the scheduler connects to.
    component: Option<IpAddr>,
    /// The groups of the administrator.
    groups: Vec<String>,
}

impl<'a> OldFiles<'a> {
    fn of(tree: &'a Tree, manifests: &Manifests) -> Self {
        let find = |base_name: &str| {
            let pem = || certificate(tree, &format!("pki/{base_name}.pem"));
            certificate(tree, &served(manifests, base_name)).or_else(pem)
        };
        let current = || certificate(tree, tree::KUBELET_CLIENT);
        let client = |path: &str| {
            let kubeconfig = kubeconfig(tree, path)?;
            kubeconfig.certificate.data()?.first()
        };
        let node = client("kubelet.conf").or_else(current);
        let node = node.and_then(|it| it.common_name()?.strip_prefix("system:node:")?.parse().ok());
        let component = derived::component_addresses(tree).first().copied();
        // kubeadm's access is asked where the administrator's is lost; only
        // later versions have a third one.
        let administrator = client("admin.conf")
            .or_else(|| certificate(tree, "pki/apiserver-kubelet-client.crt"))
            .filter(|_| !tree.has("super-admin.conf"));
        let groups = administrator.map_or_else(Vec::new, |it| it.organizations().to_vec());
        Self {
            apiserver: find("apiserver"),
            etcd_server: find("etcd/server"),
            etcd_peer: find("etcd/peer"),
            own: derived::etcd_addresses(tree, manifests),
            node,
            component,
            groups,
        }
    }

    fn etcds(&self) -> impl Iterator<Item = &'a Certificate> {
        [self.etcd_server, self.etcd_peer].into_iter().flatten()
    }

    /// The API server's addresses in their order: the service's comes first.
    fn api_addresses(&self) -> Vec<IpAddr> {
        self.apiserver.map_or_else(Vec::new, addresses)
    }

    /// Whether the certificates are another host's: they name neither where the
    /// control plane's components connect to nor the kubelet's node.
    fn is_copied(&self) -> bool {
        let named = |wanted: &str| {
            let mut all = self.etcds().chain(self.apiserver);
            all.any(|it| it.subject_alt_names().iter().any(|name| name == wanted))
        };
        let name = self.node.as_ref();
        let unnamed = name.is_none_or(|node| !named(&format!("DNS:{node}")));
        let address = self.component.as_ref();
        unnamed && address.is_some_and(|address| !named(&format!("IP:{address}")))
    }

    fn host_name(&self, cluster: &Cluster) -> Option<HostName> {
        if self.is_copied() {
            return self.node.clone();
        }
        let of_etcd = self.etcds().find_map(|it| {
            let name = it.common_name()?;
            let is_named = it.subject_alt_names().contains(&format!("DNS:{name}"));
            name.parse().ok().filter(|_| is_named)
        });
        of_etcd.or_else(|| self.node.clone()).or_else(|| {
            let shared = cluster.control_plane_endpoint.as_ref();
            let shared = shared.map(|endpoint| endpoint.host().to_string());
            let names = self.apiserver?.subject_alt_names();
            let mut names = names.iter().filter(|name| {
                !name.starts_with("DNS:kubernetes") && Some(*name) != shared.as_ref()
            });
            names.find_map(|name| name.strip_prefix("DNS:")?.parse().ok())
        })
    }

    fn address(&self) -> Option<IpAddr> {
        if self.is_copied() {
            return self.component;
        }
        let served = self.api_addresses();
        let of_component = self.own.iter().find(|ip| self.component == Some(**ip));
        let of_both = || self.own.iter().find(|ip| served.contains(ip));
        let of_etcd = of_component.or_else(of_both).or_else(|| self.own.first());
        let component = || self.component.filter(|ip| served.contains(ip));
        let service = self.service_address();
        let mut others = served.iter().filter(|ip| Some(**ip) != service);
        let of_etcd = of_etcd.copied().or_else(component);
        of_etcd.or_else(|| others.next().copied())
    }

    /// kubeadm's default, or the first address as kubeadm orders them.
    fn service_address(&self) -> Option<IpAddr> {
        let served = self.api_addresses();
        let default = ServiceSubnet::default().first_address();
        let is_default = served.contains(&default);
        Some(default)
            .filter(|_| is_default)
            .or_else(|| served.first().copied())
    }

    fn dns_domain(&self) -> Option<HostName> {
        let mut names = self.apiserver?.subject_alt_names().iter();
        names.find_map(|name| {
            let domain = name.strip_prefix("DNS:kubernetes.default.svc.")?;
            domain.parse().ok()
        })
    }

    /// A range with the service address that the API server's certificate has,
    /// unless it is kubeadm's.
    fn service_subnet(&self, own: IpAddr) -> Option<ServiceSubnet> {
        let address = self.service_address().filter(|ip| *ip != own)?;
        let is_default = address == ServiceSubnet::default().first_address();
        range_of(address).filter(|_| !is_default)
    }

    /// Whether administrators are in the group that kubeadm gave them before
    /// 1.29.
    fn has_masters(&self) -> bool {
        self.groups.iter().any(|group| group == "system:masters")
    }

    /// The names that an old certificate of this very host has beyond the usual
    /// ones: none of its address if that has changed.
    fn further_names(
        &self,
        base_name: &str,
        cluster: &Cluster,
        host: &Host,
    ) -> Vec<SubjectAltName> {
        let old = match base_name {
            "apiserver" => self.apiserver,
            _ => self.etcd_server,
        };
        let old = old.map_or(&[][..], |it| it.subject_alt_names());
        derived::further_names(old, base_name, cluster, host, &self.own)
    }
}

/// The addresses of a certificate, but for loopback.
fn addresses(certificate: &Certificate) -> Vec<IpAddr> {
    derived::addresses(certificate.subject_alt_names()).collect()
}

/// The smallest usual range of services whose first address this is.
fn range_of(first: IpAddr) -> Option<ServiceSubnet> {
    let range = match first {
        IpAddr::V4(v4) => match v4.octets() {
            [a, b, c, 1] => format!("{a}.{b}.{c}.0/24"),
            _ => return None,
        },
        IpAddr::V6(v6) => match v6.segments() {
            [.., 1] => format!("{first}/112"),
            _ => return None,
        },
    };
    range.parse().ok()
}
