//! The hosts of the control plane, in the order in which they join.

use std::net::{IpAddr, SocketAddr};

use super::RenderInput;
use crate::cluster::Host;

impl RenderInput<'_> {
    /// The hosts of the control plane with their index in the cluster.
    pub(super) fn control_plane(&self) -> impl Iterator<Item = (usize, &Host)> {
        let hosts = self.cluster.hosts.iter().enumerate();
        hosts.filter(|(_, host)| host.roles.control_plane)
    }
}

/// `10.0.0.10:6443`, `[fd00::10]:6443`
pub(super) fn authority(address: IpAddr, port: u16) -> String {
    SocketAddr::new(address, port).to_string()
}

/// An address as it stands in a URL.
pub(super) fn url_host(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => format!("[{address}]"),
    }
}
