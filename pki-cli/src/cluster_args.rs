//! The flags that describe a cluster, shared by every command that needs one.
//! A flag wins over the file.

mod flags;

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use pki_core::{
    Assumed, Cluster, ClusterFile, ControlPlaneEndpoint, Etcd, ExternalEtcd, Host, HostName,
    KubernetesVersion, NameNote, Noted, Roles, ServiceSubnet, SubjectAltName, parse_ip_address,
};

use crate::failure::Failure;
use crate::store;

/// What the cluster is
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Cluster")]
pub(crate) struct ClusterArgs {
    /// A host, by name or with its address and further names and addresses (can be repeated)
    #[arg(long = "host", value_name = "NAME[=ADDRESS[,SAN...]]")]
    hosts: Vec<HostArg>,

    /// The address of the one --host; more of them become further addresses (can be repeated)
    #[arg(
        long = "ip",
        visible_alias = "apiserver-advertise-address",
        value_name = "ADDRESS"
    )]
    #[arg(value_parser = |text: &str| parse_ip_address(text))]
    addresses: Vec<Noted<IpAddr>>,

    /// kubeadm's configuration, with a list of hosts in a further document ('-' for stdin)
    #[arg(short = 'f', long = "config", value_name = "FILE")]
    file: Option<PathBuf>,

    /// The shared address of the API servers: a load balancer or virtual IP
    #[arg(long, value_name = "HOST[:PORT]")]
    control_plane_endpoint: Option<ControlPlaneEndpoint>,

    /// Further names and addresses of every API server
    #[arg(long, value_name = "SAN,...", value_delimiter = ',')]
    #[arg(value_parser = |text: &str| SubjectAltName::parse_host(text))]
    apiserver_cert_extra_sans: Vec<Noted<SubjectAltName>>,

    /// The range of service addresses [default: 10.96.0.0/12]
    #[arg(long, value_name = "CIDR[,CIDR]")]
    service_cidr: Option<ServiceSubnet>,

    /// The DNS domain of services [default: cluster.local]
    #[arg(long, value_name = "DOMAIN")]
    service_dns_domain: Option<HostName>,

    /// The version whose kubeadm will use the tree [default: v1.36]
    #[arg(long, value_name = "VERSION")]
    kubernetes_version: Option<KubernetesVersion>,

    /// Where etcd runs: in kubeadm's pods, or as a service on the hosts [default: stacked]
    #[arg(long, value_name = "WHERE")]
    etcd: Option<EtcdArg>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum EtcdArg {
    /// In kubeadm's pods on every control plane host
    Stacked,
    /// As a service of its own, on the same hosts unless the file says otherwise
    External,
}

/// `NAME`, or `NAME=ADDRESS` with further names and addresses behind commas.
#[derive(Debug, Clone)]
struct HostArg {
    name: Noted<HostName>,
    address: Option<Noted<IpAddr>>,
    cert_sans: Vec<Noted<SubjectAltName>>,
}

impl std::str::FromStr for HostArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let shown = |error: pki_core::NameError| error.to_string();
        let Some((name, list)) = text.split_once('=') else {
            let name = HostName::parse(text).map_err(|error| match error.problem {
                pki_core::NameProblem::AddressForName => {
                    format!("{error}: write --host NAME={text}")
                }
                _ => error.to_string(),
            })?;
            return Ok(Self {
                name,
                address: None,
                cert_sans: Vec::new(),
            });
        };
        let name = HostName::parse(name).map_err(shown)?;
        let mut parts = list.split(',');
        let address = parse_ip_address(parts.next().unwrap_or_default()).map_err(shown)?;
        let cert_sans = parts.map(|part| SubjectAltName::parse_host(part).map_err(shown));
        Ok(Self {
            name,
            address: Some(address),
            cert_sans: cert_sans.collect::<Result<_, _>>()?,
        })
    }
}

/// A cluster as flags and file describe it together.
pub(crate) struct Described {
    pub(crate) cluster: Cluster,
    /// kubeadm's `certificatesDir`, if the file names it.
    pub(crate) certificates_dir: Option<String>,
    /// Remarks about names that were changed and fields that mean nothing here.
    pub(crate) notes: Vec<String>,
}

impl ClusterArgs {
    /// What is still only assumed once the flags are given; `else_assumed` is
    /// what is assumed without them. A file is taken for the whole truth.
    pub(crate) fn assumed(&self, else_assumed: Assumed) -> Assumed {
        let no_file = self.file.is_none();
        let one = |assumed: bool, is_given: bool| no_file && assumed && !is_given;
        let has_address = !self.addresses.is_empty()
            || self
                .hosts
                .first()
                .is_some_and(|host| host.address.is_some());
        Assumed {
            host_name: one(else_assumed.host_name, !self.hosts.is_empty()),
            address: one(else_assumed.address, has_address),
            version: one(else_assumed.version, self.kubernetes_version.is_some()),
            endpoint: one(else_assumed.endpoint, self.control_plane_endpoint.is_some()),
            service_subnet: one(else_assumed.service_subnet, self.service_cidr.is_some()),
            dns_domain: one(else_assumed.dns_domain, self.service_dns_domain.is_some()),
            etcd: one(else_assumed.etcd, self.etcd.is_some()),
            // A flag names a host and says not what it is for.
            role: one(else_assumed.role, false),
        }
    }

    /// The file that describes the cluster.
    pub(crate) fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    /// All that a file says, and nothing besides.
    pub(crate) fn of_file(file: &Path) -> Self {
        Self {
            file: Some(file.to_owned()),
            ..Self::default()
        }
    }

    /// Whether names and addresses of hosts are given, or a file that has them.
    pub(crate) fn describes_hosts(&self) -> bool {
        let has_address = |host: &HostArg| host.address.is_some() || !self.addresses.is_empty();
        self.file.is_some() || self.hosts.len() > 1 || self.hosts.first().is_some_and(has_address)
    }

    /// How many hosts the flags name.
    pub(crate) fn host_count(&self) -> usize {
        self.hosts.len()
    }

    /// Takes from a cluster of one host what no flag says; a file has to say
    /// all of it.
    pub(crate) fn fill(&mut self, cluster: &Cluster) {
        if self.file.is_some() || self.hosts.len() > 1 {
            return;
        }
        let Some(known) = cluster.hosts.first() else {
            return;
        };
        let has_address = self
            .hosts
            .first()
            .is_some_and(|host| host.address.is_some());
        if self.addresses.is_empty() && !has_address {
            self.addresses.push(noted(known.advertise_address));
        }
        if self.hosts.is_empty() {
            self.hosts.push(from_file(&known.name));
        }
        self.control_plane_endpoint = self
            .control_plane_endpoint
            .take()
            .or_else(|| cluster.control_plane_endpoint.clone());
        let subnet = self.service_cidr.take();
        self.service_cidr = Some(subnet.unwrap_or_else(|| cluster.service_subnet.clone()));
        let domain = self.service_dns_domain.take();
        self.service_dns_domain = Some(domain.unwrap_or_else(|| cluster.dns_domain.clone()));
        let version = self.kubernetes_version;
        self.kubernetes_version = Some(version.unwrap_or(cluster.kubernetes_version));
        if self.apiserver_cert_extra_sans.is_empty() {
            let names = cluster.apiserver_cert_sans.iter().cloned();
            self.apiserver_cert_extra_sans = names.map(noted).collect();
        }
    }

    /// Where etcd runs, if a flag says so.
    pub(crate) fn says_where_etcd_runs(&self) -> bool {
        self.etcd.is_some()
    }

    /// Reads the file, if there is one, and lets the flags win.
    pub(crate) fn describe(self) -> Result<Described, Failure> {
        let mut notes = Vec::new();
        let mut file = match &self.file {
            None => ClusterFile {
                cluster: Cluster::new(Vec::new()),
                certificates_dir: None,
                local_host_name: None,
                local_address: None,
                local_bind_port: None,
                notes: Vec::new(),
            },
            Some(path) => {
                let text = store::read_input(path)?;
                ClusterFile::parse(&text)
                    .map_err(|error| Failure::in_file(path.display(), &error))?
            }
        };
        if let Some(path) = &self.file {
            notes.extend(
                file.notes
                    .iter()
                    .map(|note| format!("{}:{note}", path.display())),
            );
        }
        let cluster = &mut file.cluster;
        if let Some(version) = self.kubernetes_version {
            cluster.kubernetes_version = version;
        }
        if let Some(endpoint) = self.control_plane_endpoint {
            cluster.control_plane_endpoint = Some(endpoint);
        }
        if let Some(subnet) = self.service_cidr {
            cluster.service_subnet = subnet;
        }
        if let Some(domain) = self.service_dns_domain {
            cluster.dns_domain = domain;
        }
        for name in self.apiserver_cert_extra_sans {
            cluster.apiserver_cert_sans.push(plain(
                name,
                "--apiserver-cert-extra-sans",
                &mut notes,
            )?);
        }
        match (self.etcd, cluster.has_external_etcd()) {
            (Some(EtcdArg::External), false) => {
                cluster.etcd = Etcd::External(ExternalEtcd::default());
                // Without addresses of its own the etcd runs on the same hosts,
                // as in the guides.
                for host in &mut cluster.hosts {
                    host.roles.etcd = host.roles.control_plane;
                }
            }
            (Some(EtcdArg::Stacked), true) => {
                return Err(
                    Failure::new("--etcd stacked contradicts etcd.external in the file")
                        .hint("leave --etcd away, or take etcd.external out of the file"),
                );
            }
            _ => {}
        }
        let local = (
            file.local_host_name.clone(),
            file.local_address,
            file.local_bind_port,
        );
        add_hosts(cluster, self.hosts, self.addresses, local, &mut notes)?;
        check_hosts(cluster)?;
        notes.extend(odd_names(cluster));
        notes.dedup();
        Ok(Described {
            cluster: file.cluster,
            certificates_dir: file.certificates_dir,
            notes,
        })
    }
}

/// A name in a flag of kubeadm's follows kubeadm's rules: no underscore.
fn plain(
    name: Noted<SubjectAltName>,
    flag: &str,
    notes: &mut Vec<String>,
) -> Result<SubjectAltName, Failure> {
    for note in name.notes {
        match note {
            NameNote::Underscore(name) => {
                return Err(Failure::new(format!(
                    "{flag}: '{name}' contains an underscore, which RFC 1123 and kubeadm refuse in a host name"
                )));
            }
            other => notes.push(format!("{flag}: {other}")),
        }
    }
    Ok(name.value)
}

type Local = (Option<HostName>, Option<IpAddr>, Option<u16>);

fn add_hosts(
    cluster: &mut Cluster,
    hosts: Vec<HostArg>,
    addresses: Vec<Noted<IpAddr>>,
    (local_name, local_address, local_port): Local,
    notes: &mut Vec<String>,
) -> Result<(), Failure> {
    let mut addresses = addresses.into_iter().map(|address| {
        notes.extend(address.notes.iter().map(|note| format!("--ip: {note}")));
        address.value
    });
    let ips: Vec<IpAddr> = addresses.by_ref().collect();
    drop(addresses);
    if !ips.is_empty() && hosts.len() > 1 {
        return Err(Failure::new("--ip fits one --host only")
            .hint("with several hosts write --host NAME=ADDRESS for each"));
    }
    let mut chosen = Vec::new();
    let external = cluster.has_external_etcd();
    let listed = std::mem::take(&mut cluster.hosts);
    let single = hosts.len() <= 1;
    let wanted: Vec<_> = match hosts.is_empty() {
        true if !ips.is_empty() => match (local_name.as_ref(), &listed[..]) {
            (Some(name), _) => vec![from_file(name)],
            (None, [only]) => vec![from_file(&only.name)],
            _ => {
                return Err(
                    Failure::new("--ip says no host's name").hint("write --host NAME --ip ADDRESS")
                );
            }
        },
        _ => hosts,
    };
    for arg in wanted {
        notes.extend(arg.name.notes.iter().map(|note| format!("--host: {note}")));
        let name = arg.name.value;
        let known = listed.iter().find(|host| host.name == name).cloned();
        let given = arg.address.map(|address| {
            notes.extend(
                address
                    .notes
                    .iter()
                    .map(|note| format!("--host {name}: {note}")),
            );
            address.value
        });
        let by_flag = given.or_else(|| ips.first().copied().filter(|_| single));
        let by_file = known.as_ref().map(|host| host.advertise_address);
        let by_file = by_file.or_else(|| local_address.filter(|_| single));
        let Some(advertise_address) = by_flag.or(by_file) else {
            return Err(
                Failure::new(format!("--host {name} has no address")).hint(match single {
                    true => format!("write --host {name} --ip ADDRESS"),
                    false => format!("write --host {name}=ADDRESS"),
                }),
            );
        };
        let mut host = known.unwrap_or_else(|| Host {
            roles: Roles {
                control_plane: true,
                etcd: external,
            },
            bind_port: local_port.unwrap_or(Host::DEFAULT_BIND_PORT),
            ..Host::control_plane(name.clone(), advertise_address)
        });
        host.advertise_address = advertise_address;
        for san in arg.cert_sans {
            host.cert_sans
                .push(plain(san, &format!("--host {name}"), notes)?);
        }
        host.cert_sans
            .extend(ips.iter().skip(1).copied().map(SubjectAltName::Ip));
        chosen.push(host);
    }
    cluster.hosts = match chosen.is_empty() {
        true => listed,
        false => chosen,
    };
    if cluster.hosts.is_empty() {
        let failure = match (local_name, local_address) {
            (Some(name), None) => {
                Failure::new("the file names no address of this host (advertiseAddress)")
                    .hint(format!("add it, or write --host {name} --ip ADDRESS"))
            }
            (None, Some(address)) => {
                Failure::new("the file does not name this host (nodeRegistration.name)")
                    .hint(format!("add it, or write --host NAME --ip {address}"))
            }
            _ => Failure::new("no host is given")
                .hint("write --host NAME --ip ADDRESS, or -f FILE; 'kpki gen --help' has examples"),
        };
        return Err(failure);
    }
    Ok(())
}

/// What needs no remark.
fn noted<T>(value: T) -> Noted<T> {
    Noted {
        value,
        notes: Vec::new(),
    }
}

fn from_file(name: &HostName) -> HostArg {
    HostArg {
        name: noted(name.clone()),
        address: None,
        cert_sans: Vec::new(),
    }
}

/// Names that are allowed and rarely meant.
fn odd_names(cluster: &Cluster) -> Vec<String> {
    const MANY: usize = 100;
    let mut notes = Vec::new();
    for host in &cluster.hosts {
        let names = cluster.apiserver_cert_sans.len() + host.cert_sans.len();
        if names > MANY {
            notes.push(format!(
                "{} gets {names} further names: every TLS handshake carries them all",
                host.name
            ));
        }
        notes.extend(unreachable(host));
        const LONGEST_COMMON_NAME: usize = 64;
        if host.name.as_str().len() > LONGEST_COMMON_NAME {
            notes.push(format!(
                "{} is longer than the {LONGEST_COMMON_NAME} characters that X.520 allows a common name: \
                 kubeadm writes it all the same, strict readers refuse it",
                host.name
            ));
        }
        if let Some(endpoint) = &cluster.control_plane_endpoint
            && cluster.hosts.len() > 1
            && *endpoint.host() == SubjectAltName::Ip(host.advertise_address)
        {
            notes.push(format!(
                "the control plane endpoint {endpoint} is the address of {}: when that host is \
                 down, no kubelet and no kubectl reaches the others",
                host.name
            ));
        }
        for other in cluster.hosts.iter().filter(|other| other.name != host.name) {
            let is_others = |san: &&SubjectAltName| match san {
                SubjectAltName::Ip(address) => *address == other.advertise_address,
                SubjectAltName::Dns(name) => name.as_str() == other.name.as_str(),
                _ => false,
            };
            if let Some(san) = host.cert_sans.iter().find(is_others) {
                notes.push(format!(
                    "{} is given {san}, which is {}",
                    host.name, other.name
                ));
            }
        }
    }
    notes
}

/// kubeadm refuses such an address; for a test on one machine it is right.
fn unreachable(host: &Host) -> Option<String> {
    let address = host.advertise_address;
    let link_local = match address {
        IpAddr::V4(v4) => v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_unicast_link_local(),
    };
    let kind = match (address.is_loopback(), link_local) {
        (true, _) => "loopback",
        (_, true) => "link-local",
        _ => return None,
    };
    let name = &host.name;
    Some(format!(
        "{address} of {name} is a {kind} address: kubeadm refuses it, and no other host may reach it"
    ))
}

/// Two hosts of one name or address would get each other's certificates, and one
/// without an address that others reach could join nothing.
fn check_hosts(cluster: &Cluster) -> Result<(), Failure> {
    const MOST_NAMES: usize = 1000;
    for (index, host) in cluster.hosts.iter().enumerate() {
        if cluster.apiserver_cert_sans.len() + host.cert_sans.len() > MOST_NAMES {
            return Err(Failure::new(format!(
                "{} would get more than {MOST_NAMES} further names, which no client reads",
                host.name
            )));
        }
        for other in &cluster.hosts[..index] {
            if host.name == other.name {
                return Err(Failure::new(format!(
                    "the host {} is given twice",
                    host.name
                )));
            }
            if host.advertise_address == other.advertise_address {
                return Err(Failure::new(format!(
                    "{} and {} have the same address {}",
                    other.name, host.name, host.advertise_address
                )));
            }
        }
    }
    Ok(())
}
