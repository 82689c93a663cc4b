//! Remarks about rendered files.

use std::fmt;
use std::net::IpAddr;

use crate::name::{HostName, Quoted};
use crate::setup::UserName;

/// What is worth knowing about rendered files.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum RenderNote {
    /// An endpoint of etcd by a name that none of the hosts has.
    UnknownEndpoint(String),
    /// The certificates of the API servers lack the virtual IP.
    VirtualIpNotNamed(IpAddr),
    /// No CA exists yet whose pin could stand in what `kubeadm join` reads.
    NoCaHash,
    /// Fields of the user's because of which an older version of kubeadm's
    /// configuration is written.
    OlderVersion {
        /// The version.
        version: &'static str,
        /// Their paths.
        fields: Vec<String>,
    },
    /// Hosts with addresses of one family, where pods have both.
    OneFamily(Vec<HostName>),
    /// etcd does not run as root, and its keys are root's.
    EtcdUser(UserName),
}

impl fmt::Display for RenderNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownEndpoint(url) => write!(
                f,
                "etcd.external.endpoints: no host has the name in {}: it has to lead to members \
                 of etcd, and to stand in their server certificates",
                Quoted(url)
            ),
            Self::VirtualIpNotNamed(address) => write!(
                f,
                "the API servers' certificates do not have the virtual IP {address}: add it to \
                 certSANs, unless everybody uses the name of the control plane endpoint"
            ),
            Self::NoCaHash => f.write_str(
                "there is no CA yet: 'CA-HASH' stands for its pin in what kubeadm join reads, \
                 until 'kpki render' runs again",
            ),
            Self::OlderVersion { version, fields } => write!(
                f,
                "kubeadm's configuration stays in {version}, which its kubeadm still reads, \
                 because of {}; 'kubeadm config migrate' translates it",
                fields.join(", ")
            ),
            Self::OneFamily(hosts) => {
                let hosts: Vec<_> = hosts.iter().map(HostName::as_str).collect();
                write!(
                    f,
                    "pods have addresses of both families, and of {} one is known: write both as \
                     'addresses' of the host, or its kubelet takes one (node-ip)",
                    hosts.join(", ")
                )
            }
            Self::EtcdUser(user) => write!(
                f,
                "etcd runs as {user}, who has to own its data directory and to read etcd's keys: \
                 the runbook has the commands"
            ),
        }
    }
}
