//! The host that a configuration was written for: kubeadm takes one file per
//! host, and each names its own.

use std::net::IpAddr;

use super::documents::Documents;
use super::note::{ClusterNote, ClusterRemark};
use super::value::Value;
use crate::document::DocumentError;
use crate::name::{HostName, Quoted, parse_ip_address};

/// What a file says about its own host.
#[derive(Debug, Clone, Default)]
pub(super) struct LocalHost {
    /// The node name; kubeadm's default is the host's own name.
    pub(super) name: Option<HostName>,
    /// The advertise address; kubeadm's default is that of the default route.
    pub(super) address: Option<IpAddr>,
    /// The port of the API server.
    pub(super) bind_port: Option<u16>,
    /// Whether the host joins without a control plane.
    pub(super) is_worker: bool,
}

impl LocalHost {
    /// From the document for `kubeadm init`, else the one for `kubeadm join`.
    pub(super) fn read(
        documents: &Documents,
        notes: &mut Vec<ClusterNote>,
    ) -> Result<Self, DocumentError> {
        let Some(version) = documents.api_version else {
            return Ok(Self::default());
        };
        let join = documents.kubeadm("JoinConfiguration");
        let (document, endpoint, is_worker) = match (documents.kubeadm(version.init), join) {
            (Some(init), _) => (init, version.init_endpoint, false),
            (None, Some(join)) => {
                let control_plane = join.at("controlPlane");
                // A flag in v1alpha3, and a map from v1beta1 on, even an empty one.
                let is_worker = control_plane.is_none_or(|value| value.text() == "false");
                (join, version.join_endpoint, is_worker)
            }
            (None, None) => return Ok(Self::default()),
        };
        let name = match document.at(version.node_name) {
            Some(value) => Some(value.noted(HostName::parse_node(value.text()), notes)?),
            None => None,
        };
        let mut local = Self {
            name,
            is_worker,
            ..Self::default()
        };
        if let Some(endpoint) = document.at(endpoint) {
            local.address = match endpoint.at("advertiseAddress") {
                Some(value) => advertise_address(&value, notes)?,
                None => None,
            };
            local.bind_port = match endpoint.at("bindPort") {
                Some(value) => value.port()?,
                None => None,
            };
        }
        Ok(local)
    }
}

/// An address that others reach the host under; `None` for 0.0.0.0 and `::`,
/// which tell kubeadm to choose.
pub(super) fn advertise_address(
    value: &Value<'_>,
    notes: &mut Vec<ClusterNote>,
) -> Result<Option<IpAddr>, DocumentError> {
    if let Ok(address) = value.text().parse::<IpAddr>()
        && address.is_unspecified()
    {
        notes.push(value.note(ClusterRemark::UnspecifiedAddress(address)));
        return Ok(None);
    }
    reachable_address(value, notes).map(Some)
}

/// An address of a host that is neither loopback nor link-local.
pub(super) fn reachable_address(
    value: &Value<'_>,
    notes: &mut Vec<ClusterNote>,
) -> Result<IpAddr, DocumentError> {
    let address = value.noted(parse_ip_address(value.text()), notes)?;
    let link_local = match address {
        IpAddr::V4(v4) => v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_unicast_link_local(),
    };
    let kind = match address.is_loopback() {
        true => "a loopback address",
        false if link_local => "a link-local address",
        false => return Ok(address),
    };
    Err(value.error(
        format!(
            "{} is {kind}: no other host reaches this one there",
            Quoted(value.text())
        ),
        None,
    ))
}
