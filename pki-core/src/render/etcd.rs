//! etcd as a service: its environment file and its unit.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use serde::Serialize;

use super::control_plane::url_host;
use super::etcd_flags::flags;
use super::member::{Member, PEER_PORT};
use super::note::RenderNote;
use super::template::Template;
use super::{RenderError, RenderInput, RenderPlace, RenderedKind, Rendering};
use crate::name::Quoted;

const ENVIRONMENT: Template = Template {
    name: "etcd.env",
    source: include_str!("templates/etcd.env.j2"),
};
const UNIT: Template = Template {
    name: "etcd.service",
    source: include_str!("templates/etcd.service.j2"),
};

/// With the version behind it, a comment of the unit's template: flags alone do not tell it.
pub(super) const VERSION_COMMENT: &str = "# Its flags are those of etcd ";

/// What differs between members stands here, so that the unit is the same on
/// all of them.
#[derive(Serialize)]
struct Environment<'a> {
    name: &'a str,
    /// It stands in URLs alone: one of IPv6 has its brackets.
    address: String,
    cluster: &'a str,
}

#[derive(Serialize)]
struct Unit<'a> {
    version: String,
    user: &'a str,
    binary: &'a str,
    loopback: String,
    client_port: u16,
    peer_port: u16,
    token: &'a str,
    flags: &'a [String],
    state: &'a str,
}

/// The files of every member.
pub(super) fn render(
    input: &RenderInput<'_>,
    members: &[Member<'_>],
    rendering: &mut Rendering,
) -> Result<(), RenderError> {
    let Some(service) = input.setup.etcd.as_ref().filter(|_| !members.is_empty()) else {
        return Ok(());
    };
    if service.user.as_str() != "root" {
        rendering.note(RenderNote::EtcdUser(service.user.clone()));
    }
    // systemd replaces variables in arguments, but not in the command's path.
    if service.binary.as_str().contains('$') {
        return Err(RenderError::Inexpressible {
            file: UNIT.name,
            why: format!(
                "the command {} has a dollar sign",
                Quoted(service.binary.as_str())
            ),
        });
    }
    let cluster: Vec<_> = members.iter().map(|member| member.peer()).collect();
    let cluster = cluster.join(",");
    let flags = flags(input, service)?;
    for member in members {
        let place = RenderPlace::Host(member.index);
        let environment = Environment {
            name: member.host.name.as_str(),
            address: url_host(member.address),
            cluster: &cluster,
        };
        let text = ENVIRONMENT.fill(&environment)?;
        rendering.add(place, RenderedKind::EtcdEnvironment, text);
        let loopback: IpAddr = match member.address {
            IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        };
        let unit = Unit {
            version: service.version.to_string(),
            user: service.user.as_str(),
            binary: service.binary.as_str(),
            loopback: url_host(loopback),
            client_port: member.client_port,
            peer_port: PEER_PORT,
            token: service.token.as_str(),
            flags: &flags,
            state: service.state.word(),
        };
        rendering.add(place, RenderedKind::EtcdUnit, UNIT.fill(&unit)?);
    }
    Ok(())
}
