//! The flags that describe a cluster, shared by every command that needs one.
//! A flag wins over the file.

mod assumed;
mod flags;
mod host_flag;
mod hosts;
mod plausible;

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use pki_core::setup::SetupDescription;
use pki_core::{
    Cluster, ClusterFile, ControlPlaneEndpoint, Etcd, EtcdPeers, ExternalEtcd, HostName,
    KubeadmDocuments, KubernetesVersion, NameNote, Noted, ServiceSubnet, SubjectAltName,
    parse_ip_address, shell,
};

pub(crate) use self::host_flag::HostArg;
use self::host_flag::{from_file, noted};
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

    /// How the members of an external etcd tell each other from clients: common-name, own-ca, any-client [default: as the file says, else any-client]
    #[arg(long, value_name = "HOW", hide_possible_values = true)]
    #[arg(value_parser = PossibleValuesParser::new(EtcdPeers::ALL.map(EtcdPeers::word)).try_map(|word| word.parse::<EtcdPeers>()))]
    etcd_peers: Option<EtcdPeers>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum EtcdArg {
    /// In kubeadm's pods on every control plane host
    Stacked,
    /// As a service of its own, on the same hosts unless the file says otherwise
    External,
}

/// A cluster as flags and file describe it together.
pub(crate) struct Described {
    pub(crate) cluster: Cluster,
    /// kubeadm's `certificatesDir`, if the file names it.
    pub(crate) certificates_dir: Option<String>,
    /// What the file says about the set-up besides certificates.
    pub(crate) setup: Option<SetupDescription>,
    /// kubeadm's documents as they stand in the file.
    pub(crate) documents: KubeadmDocuments,
    /// Remarks about names that were changed and fields that mean nothing here.
    pub(crate) notes: Vec<String>,
}

impl ClusterArgs {
    /// The file that describes the cluster.
    pub(crate) fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    /// Whether a file says all of it, and can be read once more.
    pub(crate) fn is_file_alone(&self) -> bool {
        let file = self.file.as_deref();
        file.is_some_and(|file| !store::is_stdin(file))
            && self.hosts.is_empty()
            && self.addresses.is_empty()
            && self.control_plane_endpoint.is_none()
            && self.apiserver_cert_extra_sans.is_empty()
            && self.service_cidr.is_none()
            && self.service_dns_domain.is_none()
            && self.kubernetes_version.is_none()
            && self.etcd.is_none()
            && self.etcd_peers.is_none()
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

    /// Reads that, if it is given.
    pub(crate) fn describe_hosts(&self) -> Result<Option<Described>, Failure> {
        let given = self.describes_hosts().then(|| self.clone());
        given.map(Self::describe).transpose()
    }

    /// How many hosts the flags name.
    pub(crate) fn host_count(&self) -> usize {
        self.hosts.len()
    }

    /// Where etcd runs, if a flag says so.
    pub(crate) fn says_where_etcd_runs(&self) -> bool {
        self.etcd.is_some()
    }

    /// Whether etcd runs outside of kubeadm's pods, if a flag says so.
    pub(crate) fn says_etcd_is_external(&self) -> Option<bool> {
        self.etcd.map(|etcd| etcd == EtcdArg::External)
    }

    /// How members of etcd know each other, if a flag says so.
    pub(crate) fn says_etcd_peers(&self) -> Option<EtcdPeers> {
        self.etcd_peers
    }

    /// Whether the flags say where services are.
    pub(crate) fn says_service_cidr(&self) -> bool {
        self.service_cidr.is_some()
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
                setup: None,
                documents: KubeadmDocuments::default(),
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
        if let Some(path) = &self.file
            && file.setup.as_ref().is_some_and(has_password)
            && store::is_for_all_to_read(path)
        {
            notes.push(format!(
                "{} has a password, authPass, and others than its owner may read it: chmod 600 {}",
                path.display(),
                shell::path(path.as_os_str().as_encoded_bytes())
            ));
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
                let peers = file.setup.as_ref().map(SetupDescription::etcd_peers);
                cluster.etcd = Etcd::External(ExternalEtcd {
                    peers: peers.unwrap_or_default(),
                    ..ExternalEtcd::default()
                });
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
        match (self.etcd_peers, &mut cluster.etcd) {
            (Some(peers), Etcd::External(external)) => external.peers = peers,
            (Some(_), Etcd::Stacked { .. }) => {
                return Err(Failure::new(
                    "--etcd-peers is for an external etcd, and this one is stacked",
                )
                .hint("add --etcd external"));
            }
            (None, _) => {}
        }
        let local = (
            file.local_host_name.clone(),
            file.local_address,
            file.local_bind_port,
        );
        hosts::add(cluster, self.hosts, self.addresses, local, &mut notes)?;
        plausible::check(cluster)?;
        notes.extend(plausible::odd_names(cluster));
        notes.dedup();
        Ok(Described {
            cluster: file.cluster,
            certificates_dir: file.certificates_dir,
            setup: file.setup,
            documents: file.documents,
            notes,
        })
    }
}

fn has_password(setup: &SetupDescription) -> bool {
    setup.load_balancer.auth_pass.is_some()
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
