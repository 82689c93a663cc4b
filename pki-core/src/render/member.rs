//! The members of an external etcd, and where each one is.

use std::net::IpAddr;

use super::control_plane::authority;
use super::error::RenderError;
use super::note::RenderNote;
use super::{RenderInput, Rendering};
use crate::cluster::{Etcd, ExternalEtcd, Host};
use crate::kubeadm::{endpoint_host, endpoint_port};
use crate::name::SubjectAltName;

/// A host with etcd on it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Member<'a> {
    /// Its index in the cluster.
    pub(super) index: usize,
    pub(super) host: &'a Host,
    /// Where clients and the other members reach it.
    pub(super) address: IpAddr,
    pub(super) client_port: u16,
}

/// Where members listen for each other.
pub(super) const PEER_PORT: u16 = 2380;

impl Member<'_> {
    /// `https://10.0.0.10:2379`
    pub(super) fn client_url(&self) -> String {
        format!("https://{}", authority(self.address, self.client_port))
    }

    /// Its part of `--initial-cluster`.
    pub(super) fn peer(&self) -> String {
        let authority = authority(self.address, PEER_PORT);
        format!("{}=https://{authority}", self.host.name)
    }
}

/// The members in the order of the hosts; none for an etcd that runs elsewhere
/// or in kubeadm's pods.
pub(super) fn members<'a>(
    input: &RenderInput<'a>,
    rendering: &mut Rendering,
) -> Result<Vec<Member<'a>>, RenderError> {
    let Etcd::External(external) = &input.cluster.etcd else {
        return Ok(Vec::new());
    };
    let hosts = input.cluster.hosts.iter().enumerate();
    let mut members: Vec<_> = hosts
        .filter(|(_, host)| host.roles.etcd)
        .map(|(index, host)| Member {
            index,
            host,
            address: host.advertise_address,
            client_port: ExternalEtcd::CLIENT_PORT,
        })
        .collect();
    if members.is_empty() {
        return Ok(members);
    }
    for url in &external.endpoints {
        if !url.starts_with("https://") {
            return Err(RenderError::PlainEndpoint { url: url.clone() });
        }
        let Ok(name) = SubjectAltName::parse_host(endpoint_host(url)) else {
            continue;
        };
        let member = members
            .iter_mut()
            .find(|member| member.host.has(&name.value));
        match (member, name.value) {
            (Some(member), name) => {
                member.client_port = endpoint_port(url).unwrap_or(ExternalEtcd::CLIENT_PORT);
                if let SubjectAltName::Ip(address) = name {
                    member.address = address;
                }
            }
            (None, SubjectAltName::Ip(_)) => {
                return Err(RenderError::UnknownMember { url: url.clone() });
            }
            (None, _) => rendering.note(RenderNote::UnknownEndpoint(url.clone())),
        }
    }
    Ok(members)
}
