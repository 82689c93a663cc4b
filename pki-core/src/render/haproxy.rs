//! haproxy: one port in front of all API servers.

use serde::Serialize;

use super::control_plane::authority;
use super::template::Template;
use super::{RenderError, RenderInput, RenderPlace, RenderedKind, Rendering};

const CONFIGURATION: Template = Template {
    name: "haproxy.cfg",
    source: include_str!("templates/haproxy.cfg.j2"),
};

/// Where an API server of every version since 1.10 says that it is healthy, to
/// whoever asks.
pub(super) const HEALTH: &str = "/healthz";

#[derive(Serialize)]
struct Configuration<'a> {
    bind: String,
    path: &'a str,
    servers: &'a [Server<'a>],
}

#[derive(Serialize)]
struct Server<'a> {
    name: &'a str,
    address: String,
}

/// The same file for every host of the control plane.
pub(super) fn render(
    input: &RenderInput<'_>,
    port: u16,
    rendering: &mut Rendering,
) -> Result<(), RenderError> {
    let mut servers = Vec::new();
    let mut is_v6 = false;
    for (_, host) in input.control_plane() {
        is_v6 |= host.advertise_address.is_ipv6();
        servers.push(Server {
            name: host.name.as_str(),
            address: authority(host.advertise_address, host.bind_port),
        });
    }
    let configuration = Configuration {
        bind: format!("{}:{port}", if is_v6 { "[::]" } else { "0.0.0.0" }),
        path: HEALTH,
        servers: &servers,
    };
    let text = CONFIGURATION.fill(&configuration)?;
    for (index, _) in input.control_plane() {
        let place = RenderPlace::Host(index);
        rendering.add(place, RenderedKind::Haproxy, text.clone());
    }
    Ok(())
}
