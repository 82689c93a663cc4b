//! What a cluster is: the facts that decide every name and address in its
//! certificates. Filled from flags, from kubeadm's configuration or by a
//! library's caller; nothing here is read from a machine.

mod address_range;
mod endpoint;
mod etcd_peers;
mod pod_subnet;
mod service_subnet;
mod version;

use std::net::IpAddr;

pub(crate) use address_range::{AddressRange, prefix_bits};
pub use endpoint::ControlPlaneEndpoint;
pub(crate) use endpoint::parse_port;
pub use etcd_peers::EtcdPeers;
pub use pod_subnet::PodSubnet;
pub use service_subnet::ServiceSubnet;
pub use version::KubernetesVersion;

use crate::key::KeyAlgorithm;
use crate::name::{DnsName, HostName, SubjectAltName};

/// A cluster and its hosts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cluster {
    /// The name in kubeconfigs, kubeadm's `clusterName`.
    pub name: String,
    /// The version whose kubeadm the tree is made for.
    pub kubernetes_version: KubernetesVersion,
    /// The shared address of the API servers: a load balancer or virtual IP.
    pub control_plane_endpoint: Option<ControlPlaneEndpoint>,
    /// The range of service addresses; its first one is the API server's.
    pub service_subnet: ServiceSubnet,
    /// The range of pod addresses, where one is given; no certificate has any.
    pub pod_subnet: Option<PodSubnet>,
    /// The DNS domain of services, such as `cluster.local`.
    pub dns_domain: HostName,
    /// Further names of every API server, kubeadm's `apiServer.certSANs`.
    pub apiserver_cert_sans: Vec<SubjectAltName>,
    /// Where etcd runs.
    pub etcd: Etcd,
    /// The algorithm of new keys.
    pub key_algorithm: KeyAlgorithm,
    /// The algorithm of new keys inside kubeconfigs: kubeadm before 1.31 keeps
    /// RSA there even where its feature gate asks for ECDSA (kubeadm#3072).
    pub kubeconfig_key_algorithm: KeyAlgorithm,
    /// Seconds that a new leaf certificate is valid from now on.
    pub validity_seconds: i64,
    /// Seconds that a new CA certificate is valid from now on.
    pub ca_validity_seconds: i64,
    /// The hosts, in the order in which they join.
    pub hosts: Vec<Host>,
}

/// One machine of the cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host {
    /// The node name.
    pub name: HostName,
    /// The address under which the other hosts reach this one.
    pub advertise_address: IpAddr,
    /// The port of the API server.
    pub bind_port: u16,
    /// Further names and addresses of this host alone.
    pub cert_sans: Vec<SubjectAltName>,
    /// What runs there.
    pub roles: Roles,
}

/// What runs on a host. A worker has neither role: it gets no file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Roles {
    /// API server, controller manager and scheduler; with stacked etcd a
    /// member of etcd as well.
    pub control_plane: bool,
    /// A member of an external etcd.
    pub etcd: bool,
}

/// Where etcd runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Etcd {
    /// As a static pod on every control plane host, kubeadm's `etcd.local`.
    Stacked {
        /// Further names of every server certificate.
        server_cert_sans: Vec<SubjectAltName>,
        /// Further names of every peer certificate.
        peer_cert_sans: Vec<SubjectAltName>,
    },
    /// As a service of its own, kubeadm's `etcd.external`.
    External(ExternalEtcd),
}

/// An etcd that kubeadm does not run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExternalEtcd {
    /// The client URLs, such as `https://10.0.2.21:2379`.
    pub endpoints: Vec<String>,
    /// The three files of the API server's connection, where the configuration
    /// names them.
    pub client_files: Option<EtcdClientFiles>,
    /// Whom its members take for one of theirs.
    pub peers: EtcdPeers,
}

/// The files with which an API server connects to an external etcd: absolute
/// paths on the host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EtcdClientFiles {
    /// kubeadm's `caFile`.
    pub ca_file: String,
    /// kubeadm's `certFile`.
    pub cert_file: String,
    /// kubeadm's `keyFile`.
    pub key_file: String,
}

impl ExternalEtcd {
    /// Where a member listens for clients, if nobody says.
    pub const CLIENT_PORT: u16 = 2379;
}

impl Cluster {
    /// kubeadm's default name of a cluster.
    pub const DEFAULT_NAME: &'static str = "kubernetes";
    /// One year, kubeadm's validity of a leaf certificate.
    pub const DEFAULT_VALIDITY_SECONDS: i64 = 365 * 86_400;
    /// Ten years, kubeadm's validity of a CA certificate.
    pub const DEFAULT_CA_VALIDITY_SECONDS: i64 = 3650 * 86_400;

    /// A cluster of kubeadm's defaults for the newest version: stacked etcd,
    /// RSA-2048, services in 10.96.0.0/12, and these hosts.
    #[must_use]
    pub fn new(hosts: Vec<Host>) -> Self {
        Self {
            name: Self::DEFAULT_NAME.to_owned(),
            kubernetes_version: KubernetesVersion::NEWEST,
            control_plane_endpoint: None,
            service_subnet: ServiceSubnet::default(),
            pod_subnet: None,
            dns_domain: HostName::cluster_local(),
            apiserver_cert_sans: Vec::new(),
            etcd: Etcd::Stacked {
                server_cert_sans: Vec::new(),
                peer_cert_sans: Vec::new(),
            },
            key_algorithm: KeyAlgorithm::Rsa2048,
            kubeconfig_key_algorithm: KeyAlgorithm::Rsa2048,
            validity_seconds: Self::DEFAULT_VALIDITY_SECONDS,
            ca_validity_seconds: Self::DEFAULT_CA_VALIDITY_SECONDS,
            hosts,
        }
    }

    /// Whom the members of etcd take for one of theirs; in kubeadm's pods any
    /// client.
    #[must_use]
    pub fn etcd_peers(&self) -> EtcdPeers {
        match &self.etcd {
            Etcd::External(external) => external.peers,
            Etcd::Stacked { .. } => EtcdPeers::AnyClient,
        }
    }

    /// Whether etcd runs outside the control plane's pods.
    #[must_use]
    pub fn has_external_etcd(&self) -> bool {
        matches!(self.etcd, Etcd::External(_))
    }
}

impl Host {
    /// kubeadm's default port of the API server.
    pub const DEFAULT_BIND_PORT: u16 = 6443;

    /// A control plane host without further names.
    #[must_use]
    pub fn control_plane(name: HostName, advertise_address: IpAddr) -> Self {
        Self {
            name,
            advertise_address,
            bind_port: Self::DEFAULT_BIND_PORT,
            cert_sans: Vec::new(),
            roles: Roles {
                control_plane: true,
                etcd: false,
            },
        }
    }

    /// Whether this is one of its own names and addresses.
    pub(crate) fn has(&self, name: &SubjectAltName) -> bool {
        let own = [
            SubjectAltName::Ip(self.advertise_address),
            SubjectAltName::Dns(DnsName::from(&self.name)),
        ];
        own.iter().chain(&self.cert_sans).any(|own| own == name)
    }
}
