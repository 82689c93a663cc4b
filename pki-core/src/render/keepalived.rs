//! keepalived: the virtual IP, and the question that decides who has it.

use std::net::IpAddr;

use serde::Serialize;

use super::haproxy::HEALTH;
use super::template::Template;
use super::{RenderError, RenderInput, RenderPlace, RenderedKind, Rendering};
use crate::setup::{Keepalived, VirtualIp};

const CONFIGURATION: Template = Template {
    name: "keepalived.conf",
    source: include_str!("templates/keepalived.conf.j2"),
};
const CHECK: Template = Template {
    name: "check_apiserver.sh",
    source: include_str!("templates/check_apiserver.sh.j2"),
};

#[derive(Serialize)]
struct Configuration<'a> {
    name: &'a str,
    state: &'a str,
    interface: &'a str,
    router_id: u8,
    priority: u8,
    weight: i16,
    unicast: bool,
    address: String,
    peers: Vec<String>,
    auth_pass: Option<&'a str>,
    virtual_ip: String,
}

#[derive(Serialize)]
struct Check<'a> {
    port: u16,
    path: &'a str,
}

/// One of IPv6 as a single host's, whatever bits were given: keepalived has connections
/// begin at an address with others, and no peer of etcd takes them from there, since a
/// member's certificate is of its own addresses.
fn written(virtual_ip: VirtualIp) -> String {
    match virtual_ip.address() {
        IpAddr::V4(_) => virtual_ip.to_string(),
        IpAddr::V6(address) => address.to_string(),
    }
}

/// The files of every host that may have the virtual IP; with haproxy on its
/// port the check goes through it, for that is what clients do.
pub(super) fn render(
    input: &RenderInput<'_>,
    keepalived: &Keepalived,
    haproxy: Option<u16>,
    rendering: &mut Rendering,
) -> Result<(), RenderError> {
    let hosts = &input.cluster.hosts;
    for member in &keepalived.members {
        let Some(host) = hosts.get(member.host) else {
            continue;
        };
        let others = keepalived.members.iter().map(|other| other.host);
        let peers = others
            .filter(|other| *other != member.host)
            .filter_map(|other| hosts.get(other))
            .map(|other| other.advertise_address.to_string())
            .collect();
        let place = RenderPlace::Host(member.host);
        let configuration = Configuration {
            name: host.name.as_str(),
            state: member.state.word(),
            interface: member.interface.as_str(),
            router_id: keepalived.router_id.number(),
            priority: member.priority.number(),
            weight: keepalived.weight,
            unicast: keepalived.unicast,
            address: host.advertise_address.to_string(),
            peers,
            auth_pass: keepalived.auth_pass.as_ref().map(|pass| pass.secret()),
            virtual_ip: written(keepalived.virtual_ip),
        };
        let text = CONFIGURATION.fill(&configuration)?;
        match keepalived.auth_pass {
            Some(_) => rendering.add_secret(place, RenderedKind::Keepalived, text),
            None => rendering.add(place, RenderedKind::Keepalived, text),
        }
        let check = Check {
            port: haproxy.unwrap_or(host.bind_port),
            path: HEALTH,
        };
        rendering.add(place, RenderedKind::ApiServerCheck, CHECK.fill(&check)?);
    }
    Ok(())
}
