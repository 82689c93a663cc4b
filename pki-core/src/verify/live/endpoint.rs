//! The servers of a control plane, and where they listen.

use std::fmt;
use std::net::IpAddr;

use crate::catalog::{Authority, CatalogEntry};
use crate::cluster::{Cluster, ControlPlaneEndpoint, Etcd, Host};
use crate::name::{Quoted, SubjectAltName};
use crate::verify::{Expectation, NotChecked};

/// A server that shows one of the tree's certificates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum LiveServer {
    /// kube-apiserver.
    Apiserver,
    /// etcd's port for clients.
    Etcd,
    /// etcd's port for its other members.
    EtcdPeer,
}

impl LiveServer {
    /// Every server.
    pub const ALL: [Self; 3] = [Self::Apiserver, Self::Etcd, Self::EtcdPeer];

    /// The stable name.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Apiserver => "apiserver",
            Self::Etcd => "etcd",
            Self::EtcdPeer => "etcd-peer",
        }
    }

    /// The port where it listens unless told otherwise.
    #[must_use]
    pub fn default_port(self) -> u16 {
        match self {
            Self::Apiserver => Host::DEFAULT_BIND_PORT,
            Self::Etcd => 2379,
            Self::EtcdPeer => 2380,
        }
    }

    /// What it is, in a sentence.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Apiserver => "the API server",
            Self::Etcd => "etcd's port for clients",
            Self::EtcdPeer => "etcd's port for its other members",
        }
    }

    /// The flag that names its certificate.
    pub(super) fn certificate_flag(self) -> &'static str {
        match self {
            Self::Apiserver => "kube-apiserver's --tls-cert-file",
            Self::Etcd => "etcd's --cert-file",
            Self::EtcdPeer => "etcd's --peer-cert-file",
        }
    }

    /// The row of the catalog whose certificate it shows.
    pub(super) fn row(self) -> Option<&'static CatalogEntry> {
        CatalogEntry::find(self.base_name())
    }

    pub(super) fn base_name(self) -> &'static str {
        match self {
            Self::Apiserver => "apiserver",
            Self::Etcd => "etcd/server",
            Self::EtcdPeer => "etcd/peer",
        }
    }

    pub(super) fn authority(self) -> Authority {
        match self {
            Self::Apiserver => Authority::Cluster,
            Self::Etcd | Self::EtcdPeer => Authority::Etcd,
        }
    }
}

/// A server, and the name and port under which a client reaches it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveEndpoint {
    /// What listens there.
    pub server: LiveServer,
    /// The name or address that is dialled and must stand in the certificate.
    pub host: SubjectAltName,
    /// The port.
    pub port: u16,
    /// Whether it runs on the host of the tree; `None` if nobody knows.
    pub is_of_this_host: Option<bool>,
}

impl LiveEndpoint {
    /// An endpoint that somebody names; what is known of the cluster tells
    /// whose it is.
    #[must_use]
    pub fn named(server: LiveServer, at: &ControlPlaneEndpoint, expectation: &Expectation) -> Self {
        let described = expectation.addressed();
        let is_of_this_host = described.and_then(|(cluster, host)| owner(at, cluster, host));
        Self {
            server,
            host: at.host().clone(),
            port: at.port().unwrap_or_else(|| server.default_port()),
            is_of_this_host,
        }
    }

    /// The servers that the description of the host leads to: its own, the
    /// control plane's shared address, and every endpoint of an external etcd.
    /// Endpoints that cannot be asked are listed with the reason.
    #[must_use]
    pub fn described(expectation: &Expectation) -> (Vec<Self>, Vec<NotChecked>) {
        let mut endpoints = Vec::new();
        let mut not_checked = Vec::new();
        if let Some((cluster, host)) = expectation.addressed() {
            add_apiservers(cluster, host, &mut endpoints);
            match &cluster.etcd {
                Etcd::Stacked { .. } if host.roles.control_plane => {
                    add_stacked(cluster, host, &mut endpoints);
                }
                Etcd::Stacked { .. } => {}
                Etcd::External(external) => {
                    for url in &external.endpoints {
                        match of_url(url) {
                            Ok(at) => {
                                endpoints.push(Self::named(LiveServer::Etcd, &at, expectation));
                            }
                            Err(why) => not_checked.push(NotChecked {
                                what: format!("what the etcd at {} serves", Quoted(url)),
                                why: why.to_owned(),
                                flag: None,
                            }),
                        }
                    }
                    if host.roles.etcd {
                        add_member(host, &mut endpoints);
                    }
                }
            }
        }
        let mut unique: Vec<Self> = Vec::new();
        for endpoint in endpoints {
            let place = |one: &Self| (one.server, one.host.clone(), one.port);
            if !unique.iter().any(|known| place(known) == place(&endpoint)) {
                unique.push(endpoint);
            }
        }
        (unique, not_checked)
    }

    /// How the name that is asked for stands in a certificate: `IP:10.0.0.11`.
    pub(super) fn name(&self) -> String {
        self.host.to_string()
    }

    fn own(server: LiveServer, address: IpAddr, port: u16) -> Self {
        Self {
            server,
            host: SubjectAltName::Ip(address),
            port,
            is_of_this_host: Some(true),
        }
    }
}

fn add_apiservers(cluster: &Cluster, host: &Host, endpoints: &mut Vec<LiveEndpoint>) {
    if host.roles.control_plane {
        let own = LiveEndpoint::own(
            LiveServer::Apiserver,
            host.advertise_address,
            host.bind_port,
        );
        endpoints.push(own);
    }
    if let Some(shared) = &cluster.control_plane_endpoint {
        endpoints.push(LiveEndpoint {
            server: LiveServer::Apiserver,
            host: shared.host().clone(),
            port: shared.port().unwrap_or(host.bind_port),
            is_of_this_host: owner(shared, cluster, host),
        });
    }
}

/// kubeadm before 1.14 lets etcd listen on loopback, where only the host itself
/// can ask it.
fn add_stacked(cluster: &Cluster, host: &Host, endpoints: &mut Vec<LiveEndpoint>) {
    match cluster.kubernetes_version.is_at_least(14) {
        true => add_member(host, endpoints),
        false => endpoints.push(LiveEndpoint::own(
            LiveServer::Etcd,
            IpAddr::from([127, 0, 0, 1]),
            LiveServer::Etcd.default_port(),
        )),
    }
}

/// The two ports of a member, unless an endpoint names another one for clients.
fn add_member(host: &Host, endpoints: &mut Vec<LiveEndpoint>) {
    let address = SubjectAltName::Ip(host.advertise_address);
    let is_named = endpoints
        .iter()
        .any(|named| named.server == LiveServer::Etcd && named.host == address);
    for server in [LiveServer::Etcd, LiveServer::EtcdPeer] {
        if server == LiveServer::EtcdPeer || !is_named {
            let port = server.default_port();
            endpoints.push(LiveEndpoint::own(server, host.advertise_address, port));
        }
    }
}

/// Whether a name or address is the host's own. The shared address and names
/// that are not listed may be anyone's.
fn owner(at: &ControlPlaneEndpoint, cluster: &Cluster, host: &Host) -> Option<bool> {
    let is_of = |host: &Host| match at.host() {
        SubjectAltName::Ip(address) => *address == host.advertise_address,
        SubjectAltName::Dns(name) => name.as_str() == host.name.as_str(),
        _ => false,
    };
    match (is_of(host), cluster.hosts.iter().any(is_of)) {
        (true, _) => Some(true),
        (false, true) => Some(false),
        (false, false) => None,
    }
}

fn of_url(url: &str) -> Result<ControlPlaneEndpoint, &'static str> {
    let Some(rest) = url.strip_prefix("https://") else {
        return Err("it is not reached by https");
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    let bare = authority
        .strip_prefix('[')
        .and_then(|v6| v6.strip_suffix(']'));
    bare.unwrap_or(authority)
        .parse()
        .map_err(|_| "its address cannot be read as HOST:PORT")
}

impl fmt::Display for LiveEndpoint {
    /// `https://10.0.0.11:6443`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let port = self.port;
        match &self.host {
            SubjectAltName::Ip(IpAddr::V6(address)) => write!(f, "https://[{address}]:{port}"),
            SubjectAltName::Ip(address) => write!(f, "https://{address}:{port}"),
            SubjectAltName::Dns(name) => write!(f, "https://{name}:{port}"),
            // No endpoint is made of another kind.
            SubjectAltName::Email(_) | SubjectAltName::Uri(_) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::{ExternalEtcd, Roles};

    fn described(cluster: Cluster) -> Vec<String> {
        let expectation = Expectation {
            cluster: Some((cluster, 0)),
            ..Expectation::default()
        };
        let (endpoints, not_checked) = LiveEndpoint::described(&expectation);
        let shown =
            |one: LiveEndpoint| format!("{} {one} {:?}", one.server.id(), one.is_of_this_host);
        let skipped = |one: NotChecked| format!("{}: {}", one.what, one.why);
        endpoints
            .into_iter()
            .map(shown)
            .chain(not_checked.into_iter().map(skipped))
            .collect()
    }

    fn host(name: &str, last: u8) -> Host {
        Host::control_plane(name.parse().unwrap(), [10, 0, 0, last].into())
    }

    #[test]
    fn a_stacked_host_has_three_servers_and_the_shared_address() {
        let mut cluster = Cluster::new(vec![host("m0", 10), host("m1", 11)]);
        cluster.control_plane_endpoint = Some("vip.internal:8443".parse().unwrap());
        assert_eq!(
            described(cluster.clone()),
            [
                "apiserver https://10.0.0.10:6443 Some(true)",
                "apiserver https://vip.internal:8443 None",
                "etcd https://10.0.0.10:2379 Some(true)",
                "etcd-peer https://10.0.0.10:2380 Some(true)",
            ]
        );
        cluster.control_plane_endpoint = Some("10.0.0.11".parse().unwrap());
        cluster.kubernetes_version = "1.13".parse().unwrap();
        assert_eq!(
            described(cluster),
            [
                "apiserver https://10.0.0.10:6443 Some(true)",
                "apiserver https://10.0.0.11:6443 Some(false)",
                "etcd https://127.0.0.1:2379 Some(true)",
            ]
        );
    }

    #[test]
    fn an_external_etcd_is_asked_at_its_endpoints() {
        let endpoints = [
            "https://10.0.0.10:4001",
            "https://10.0.0.21:2379/",
            "https://[fd00::1]",
            "http://10.0.0.22:2379",
            "https://*",
        ];
        let mut cluster = Cluster::new(vec![host("m0", 10)]);
        cluster.etcd = Etcd::External(ExternalEtcd {
            endpoints: endpoints.map(str::to_owned).to_vec(),
            client_files: None,
            peers: Default::default(),
        });
        cluster.hosts[0].roles = Roles {
            control_plane: false,
            etcd: true,
        };
        assert_eq!(
            described(cluster),
            [
                "etcd https://10.0.0.10:4001 Some(true)",
                "etcd https://10.0.0.21:2379 None",
                "etcd https://[fd00::1]:2379 None",
                "etcd-peer https://10.0.0.10:2380 Some(true)",
                "what the etcd at 'http://10.0.0.22:2379' serves: it is not reached by https",
                "what the etcd at 'https://*' serves: its address cannot be read as HOST:PORT",
            ]
        );
    }
}
