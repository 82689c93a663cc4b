//! What stands in front of the API servers.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use super::interface::InterfaceName;
use super::keepalived::Keepalived;
use crate::Error;
use crate::document::known_word;

/// What stands in front of the API servers, decided.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum LoadBalancer {
    /// Nothing: one control plane host is reached under its own address.
    None,
    /// Something that is there already and is no business of these hosts.
    External,
    /// keepalived moves the virtual IP to a host whose API server answers.
    Keepalived(Keepalived),
    /// keepalived moves the virtual IP, and haproxy on the host that has it
    /// passes connections on to all API servers.
    KeepalivedHaproxy {
        /// The virtual IP's side.
        keepalived: Keepalived,
        /// Where haproxy listens: not where the API servers do.
        port: u16,
    },
    /// kube-vip as a static pod moves the virtual IP.
    KubeVip {
        /// The virtual IP.
        virtual_ip: IpAddr,
        /// The interface of each control plane host, in their order.
        interfaces: Vec<InterfaceName>,
    },
}

impl LoadBalancer {
    /// The address that moves between the control plane hosts, if one does.
    #[must_use]
    pub fn virtual_ip(&self) -> Option<IpAddr> {
        match self {
            Self::None | Self::External => None,
            Self::Keepalived(keepalived) | Self::KeepalivedHaproxy { keepalived, .. } => {
                Some(keepalived.virtual_ip.address())
            }
            Self::KubeVip { virtual_ip, .. } => Some(*virtual_ip),
        }
    }

    /// keepalived's part, with or without haproxy.
    #[must_use]
    pub fn keepalived(&self) -> Option<&Keepalived> {
        match self {
            Self::Keepalived(keepalived) | Self::KeepalivedHaproxy { keepalived, .. } => {
                Some(keepalived)
            }
            Self::None | Self::External | Self::KubeVip { .. } => None,
        }
    }
}

/// The kinds that a cluster file can name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LoadBalancerKind {
    /// [`LoadBalancer::Keepalived`]
    Keepalived,
    /// [`LoadBalancer::KeepalivedHaproxy`]
    KeepalivedHaproxy,
    /// [`LoadBalancer::KubeVip`]
    KubeVip,
    /// [`LoadBalancer::External`]
    External,
}

impl LoadBalancerKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [
        Self::Keepalived,
        Self::KeepalivedHaproxy,
        Self::KubeVip,
        Self::External,
    ];

    /// The word in the cluster file.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Keepalived => "keepalived",
            Self::KeepalivedHaproxy => "keepalived+haproxy",
            Self::KubeVip => "kube-vip",
            Self::External => "external",
        }
    }
}

impl FromStr for LoadBalancerKind {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        known_word("type of load balancer", text, &Self::ALL, Self::word)
    }
}

impl fmt::Display for LoadBalancerKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}
