//! haproxy before the API servers: whether it takes connections where clients look
//! for the control plane, passes them on as they are, and leaves out who is dead.

mod connection;
mod health;
mod refused;

use std::collections::BTreeSet;
use std::net::IpAddr;

use super::fix::Fix;
use super::load_balancer::{apiserver_port, control_plane, endpoint, moved_addresses, own_address};
use super::tree::Tree;
use super::{Examined, Finding, Place, Record, Rule, command, etcd_unit, place};
use crate::cluster::ControlPlaneEndpoint;
use crate::haproxy::{Bind, HaproxyCfg, Proxy, Server};
use crate::name::{Quoted, SubjectAltName};
use crate::severity::Severity;
use crate::static_pod::Component;

/// Its configuration on a host.
pub(super) const PATH: &str = "/etc/haproxy/haproxy.cfg";

/// What it says, if it could be read.
pub(super) fn read(tree: &Tree) -> Option<HaproxyCfg> {
    Some(HaproxyCfg::parse(tree.get(PATH)?.bytes()?))
}

pub(super) fn check(examined: &Examined<'_>, record: &mut Record) {
    let Some(cfg) = read(examined.tree) else {
        if let Some(file) = examined.tree.get(PATH) {
            record.not_checked(PATH, etcd_unit::why_not(&file.content), None);
        }
        return;
    };
    if refused::check(examined, &cfg, record) {
        return record.not_checked(format!("the rest of {PATH}"), "haproxy refuses it", None);
    }
    let backends: Vec<&Proxy> = cfg
        .proxies
        .iter()
        .filter(|it| is_of_apiservers(examined, &cfg, it))
        .collect();
    for backend in &backends {
        check_mode(examined, &cfg, backend, record);
        check_checks(examined, &cfg, backend, record);
        health::check(examined, backend, record);
        connection::check(examined, &cfg, backend, record);
        check_servers(examined, backend, record);
    }
    if !backends.is_empty() {
        check_port(examined, &cfg, &backends, record);
    }
}

/// Whether a backend has API servers of this cluster: hosts of the control plane at
/// the port of theirs, or at any on the way of clients, as these hosts run other
/// things too; where nothing tells them this host's own port or kubeadm's.
fn is_of_apiservers(examined: &Examined<'_>, cfg: &HaproxyCfg, proxy: &Proxy) -> bool {
    let hosts = control_plane(examined);
    let own = own_address(examined.tree, examined.expectation);
    let own_port = apiserver_port(examined).unwrap_or(6443);
    let port_of = |server: &Server| {
        let mut hosts = hosts.iter();
        let host = hosts.find(|host| server.is(host.name.as_str(), host.advertise_address));
        let is_here = own.is_some_and(|own| server.host.parse() == Ok(own));
        let here = is_here.then_some(own_port);
        host.map(|host| host.bind_port).or(here)
    };
    let endpoint = endpoint(examined).and_then(|(endpoint, _)| endpoint.port());
    proxy.servers.iter().any(|server| match port_of(server) {
        Some(port) => proxy.leads_to(&cfg.proxies, server, port, endpoint),
        None => hosts.is_empty() && server.port == Some(own_port),
    })
}

fn at(line: usize) -> Option<Place> {
    place::of_line(Some(line))
}

/// Whether its file is right now, and haproxy goes by it.
pub(super) fn reload(examined: &Examined<'_>) -> Fix {
    let file = command::path(examined.tree, PATH);
    Fix::run(format!("haproxy -c -f {file}")).and_run("systemctl reload haproxy")
}

fn finding(
    examined: &Examined<'_>,
    rule: Rule,
    line: usize,
    message: String,
    fix: impl Into<String>,
) -> Finding {
    finding_with(examined, rule, line, message, Fix::say(fix))
}

fn finding_with(
    examined: &Examined<'_>,
    rule: Rule,
    line: usize,
    message: String,
    fix: Fix,
) -> Finding {
    Finding::new(rule, PATH, message, fix.and(reload(examined))).at(at(line))
}

/// Says what to write, with the command where a program can put it in the place of
/// something else.
fn rewrite(examined: &Examined<'_>, line: usize, said: &str, texts: (&str, &str)) -> Fix {
    let tree = examined.tree;
    let mode = tree.get(PATH).map_or(0o644, |file| file.mode & 0o777);
    let command = command::replace(tree, PATH, line, texts, mode);
    command.into_iter().fold(Fix::say(said), Fix::and_run)
}

fn check_mode(examined: &Examined<'_>, cfg: &HaproxyCfg, backend: &Proxy, record: &mut Record) {
    let ways: Vec<&Proxy> = cfg.ways_to(backend).collect();
    // One that speaks TLS itself is another kind of load balancer.
    if ways
        .iter()
        .flat_map(|way| &way.binds)
        .any(|bind| bind.has_tls)
    {
        return;
    }
    record.checked += 1;
    let mut all = std::iter::once(backend).chain(ways);
    let Some(proxy) = all.find(|proxy| proxy.is_http()) else {
        return;
    };
    let line = proxy.mode.as_ref().map_or(proxy.line, |(_, line)| *line);
    let message = format!(
        "{} passes API servers on in mode http: clients speak TLS with them, which haproxy takes for broken HTTP",
        Quoted(&proxy.name)
    );
    let fix = "write mode tcp there, or in the frontend and the backend";
    record.add(finding(examined, Rule::HaproxyMode, line, message, fix));
}

fn check_checks(examined: &Examined<'_>, cfg: &HaproxyCfg, backend: &Proxy, record: &mut Record) {
    let name = Quoted(&backend.name);
    let unchecked: Vec<_> = backend
        .servers
        .iter()
        .filter(|it| !backend.checks(it))
        .collect();
    record.expect(unchecked.is_empty(), || {
        let names: Vec<_> = unchecked
            .iter()
            .map(|it| Quoted(&it.name).to_string())
            .collect();
        let line = unchecked.first().map_or(backend.line, |it| it.line);
        let message = format!(
            "the backend {name} does not check {}: connections go to a dead API server as well",
            names.join(", ")
        );
        let fix = "write default-server check inter 1s fall 2 rise 2 verify none in the backend";
        finding(examined, Rule::HaproxyCheck, line, message, fix)
    });
    let mut checked = backend.servers.iter().filter(|it| backend.checks(it));
    let Some(server) = checked.next() else { return };
    let by_tls = |server: &Server| health::is_by_tls(backend, server);
    check_authority(examined, cfg, backend, record);
    if let Some(line) = backend.http_check {
        record.expect(by_tls(server), || {
            let message = format!(
                "the backend {name} asks for a page without TLS: each API server answers with 400, and none is left"
            );
            let fix = "write http-check connect ssl and http-check send meth GET uri /healthz, and verify none in default-server";
            let found = finding(examined, Rule::HaproxyCheck, line, message, fix);
            found.with_severity(Severity::Error)
        });
    }
}

/// Whether a check over TLS knows by which CA: haproxy does not start otherwise.
fn check_authority(
    examined: &Examined<'_>,
    cfg: &HaproxyCfg,
    backend: &Proxy,
    record: &mut Record,
) {
    let verifies = |server: &Server| match backend.option_value(server, "verify") {
        Some(word) => word == "required",
        None => !cfg.verifies_nobody,
    };
    let lacks = |server: &&Server| {
        let is_checked = backend.checks(server) && health::is_by_tls(backend, server);
        is_checked && verifies(server) && !backend.has_option(server, "ca-file")
    };
    record.checked += 1;
    let Some(server) = backend.servers.iter().find(lacks) else {
        return;
    };
    let message = format!(
        "the servers of {} are checked over TLS and nothing says by which CA: haproxy does not start, 'verify is enabled by default but no CA file specified'",
        Quoted(&backend.name)
    );
    let fix = match backend.option_value(server, "verify") {
        Some(_) => {
            "write verify none in the place of verify required: clients check the certificates themselves; or add ca-file"
        }
        None => "write verify none in default-server: clients check the certificates themselves",
    };
    let found = finding(examined, Rule::HaproxyCheck, server.line, message, fix);
    record.add(found.with_severity(Severity::Error));
}

/// Whether each server of a backend is an API server, by a description of all hosts.
fn check_servers(examined: &Examined<'_>, backend: &Proxy, record: &mut Record) {
    let hosts = control_plane(examined);
    if hosts.is_empty() {
        return;
    }
    let name = Quoted(&backend.name);
    for server in &backend.servers {
        let mut same = hosts.iter();
        let host = same.find(|host| server.is(host.name.as_str(), host.advertise_address));
        let Some(host) = host else {
            // A name may be any host's.
            if server.host.parse::<IpAddr>().is_err() {
                continue;
            }
            record.checked += 1;
            let message = format!(
                "the backend {name} has the server {} at {}, which no host of the control plane is",
                Quoted(&server.name),
                server.host
            );
            let fix = "write the address of the host that is meant, or take the line away";
            record.add(finding(
                examined,
                Rule::HaproxyServer,
                server.line,
                message,
                fix,
            ));
            continue;
        };
        let Some(port) = server.port else { continue };
        record.expect(port == host.bind_port, || {
            let message = format!(
                "the backend {name} reaches {} at port {port}, and its API server listens on {}",
                host.name, host.bind_port
            );
            let fix = format!("write port {} in that line", host.bind_port);
            finding(examined, Rule::HaproxyServer, server.line, message, fix)
        });
    }
}

fn check_port(examined: &Examined<'_>, cfg: &HaproxyCfg, backends: &[&Proxy], record: &mut Record) {
    let ways = backends.iter().flat_map(|backend| cfg.ways_to(backend));
    let binds: Vec<_> = ways.flat_map(|way| &way.binds).collect();
    let Some(own) = apiserver_port(examined) else {
        return;
    };
    // Unless it is told an address the API server listens at all of them, which leaves
    // the port of none to anybody else. Before it runs nobody knows what it will be told.
    let runs = examined.manifests.of(Component::ApiServer).is_some();
    let here = own_address(examined.tree, examined.expectation);
    let flag = examined
        .manifests
        .flag(Component::ApiServer, "bind-address");
    let bound = flag.and_then(|told| told.flag.value.parse::<IpAddr>().ok());
    let bound = bound.filter(|it| !it.is_unspecified());
    let clash = binds.iter().find(|bind| {
        let is_apart = bind.address.is_some_and(|address| match bound {
            Some(bound) => bound != address,
            None => !runs && here.is_some_and(|here| here != address),
        });
        bind.port == own && !is_apart
    });
    if let Some(bind) = clash.filter(|_| examined.role.is_control_plane()) {
        let at = match (bind.address, bound) {
            (Some(address), None) if Some(address) != here => {
                format!(" at {address}, as the API server of this host does at every address")
            }
            _ => ", as the API server of this host does".to_owned(),
        };
        let message = format!("haproxy listens on {own}{at}: only one of the two can start");
        let fix = "let haproxy listen on another port, such as 8443, and make that the port of controlPlaneEndpoint";
        record.checked += 1;
        record.add(finding(
            examined,
            Rule::HaproxyPort,
            bind.line,
            message,
            fix,
        ));
        return;
    }
    let Some((endpoint, source)) = endpoint(examined) else {
        return;
    };
    // Clients may reach the API servers themselves.
    let Some(port) = endpoint.port().filter(|port| *port != own) else {
        return;
    };
    let has_it = binds.iter().any(|bind| bind.port == port);
    if has_it {
        return check_address(examined, &binds, &endpoint, port, record);
    }
    record.expect(has_it, || {
        let told: BTreeSet<u16> = binds.iter().map(|bind| bind.port).collect();
        let told: Vec<_> = told.iter().map(ToString::to_string).collect();
        let listens = match told.as_slice() {
            [] => "haproxy listens on no port for the API servers".to_owned(),
            told => format!("haproxy listens on {}", told.join(" and ")),
        };
        let first = backends.first().map_or(1, |backend| backend.line);
        let line = binds.first().map_or(first, |bind| bind.line);
        let message = format!(
            "{listens}, and clients connect to {endpoint} ({source}): nobody answers there"
        );
        finding(
            examined,
            Rule::HaproxyPort,
            line,
            message,
            format!("write bind :{port}"),
        )
    });
}

/// Whether a bind with the right port takes the connections of others.
fn check_address(
    examined: &Examined<'_>,
    binds: &[&Bind],
    endpoint: &ControlPlaneEndpoint,
    port: u16,
    record: &mut Record,
) {
    record.checked += 1;
    let shared = match endpoint.host() {
        SubjectAltName::Ip(address) => Some(*address),
        _ => None,
    };
    let binds = || binds.iter().filter(|bind| bind.port == port);
    let moved = moved_addresses(examined.tree);
    // What connects to an address of this host may be somebody who passes it on.
    let is_passed_on = shared.is_none_or(|it| !moved.contains(&it));
    let takes = |bind: &&&Bind| match bind.address {
        None => true,
        Some(address) if address.is_loopback() => Some(address) == shared,
        Some(address) => is_passed_on || Some(address) == shared,
    };
    let Some(bind) = binds().find(takes) else {
        let first = binds().find_map(|bind| Some((bind.address?, bind.line)));
        let (address, line) = first.map_or((String::new(), 1), |it| (it.0.to_string(), it.1));
        let message = format!(
            "haproxy listens on {port} at {address} alone, and clients connect to {endpoint}: 'connection refused'"
        );
        let said = format!("write bind 0.0.0.0:{port}, or bind :::{port} v4v6");
        let (old, new) = (format!("{address}:{port}"), format!("0.0.0.0:{port}"));
        let fix = rewrite(examined, line, &said, (&old, &new));
        record.add(finding_with(
            examined,
            Rule::HaproxyPort,
            line,
            message,
            fix,
        ));
        return;
    };
    if let Some(address) = bind.address.filter(|it| moved.contains(it)) {
        let what = format!("whether haproxy can listen at {address} while another host has it");
        let why = "that needs net.ipv4.ip_nonlocal_bind=1, which is not looked at: bind 0.0.0.0 does without";
        record.not_checked(what, why, None);
    }
}
