//! What haproxy does with the connections of clients: they speak TLS with the API
//! servers, which ask for their certificates, so that it passes them on as they are.

use super::{finding, finding_with, rewrite};
use crate::haproxy::{HaproxyCfg, Proxy, Server};
use crate::name::Quoted;
use crate::severity::Severity;
use crate::verify::{Examined, Record, Rule};

pub(super) fn check(
    examined: &Examined<'_>,
    cfg: &HaproxyCfg,
    backend: &Proxy,
    record: &mut Record,
) {
    check_tls(examined, cfg, backend, record);
    check_proxy_protocol(examined, backend, record);
    check_disabled(examined, backend, record);
    check_timeouts(examined, cfg, backend, record);
}

fn check_tls(examined: &Examined<'_>, cfg: &HaproxyCfg, backend: &Proxy, record: &mut Record) {
    let mut binds = cfg.ways_to(backend).flat_map(|way| &way.binds);
    let ends = binds.find(|bind| bind.has_tls);
    let speaks = |it: &&Server| backend.has_option(it, "ssl");
    let begins = backend.servers.iter().find(speaks);
    let name = Quoted(&backend.name);
    let (line, severity, message, fix) = match (ends, begins) {
        (None, None) => return record.checked += 1,
        (None, Some(server)) => (
            server.line,
            Severity::Error,
            format!(
                "haproxy speaks TLS with {} itself, and passes on the TLS of clients inside of it: the API server hears no HTTP",
                Quoted(&server.name)
            ),
            "take ssl away there: for the check alone it is check-ssl, or http-check connect ssl",
        ),
        (Some(bind), None) => (
            bind.line,
            Severity::Error,
            format!(
                "haproxy ends the TLS of clients and goes on to {name} without: 'Client sent an HTTP request to an HTTPS server'"
            ),
            "take ssl and crt away from bind, and write mode tcp: clients speak TLS with the API server itself",
        ),
        (Some(bind), Some(_)) => (
            bind.line,
            Severity::Warning,
            format!(
                "haproxy ends the TLS of clients and begins its own with {name}: their certificates do not reach the API server, which takes kubelets and admin.conf for system:anonymous"
            ),
            "take ssl and crt away from bind and ssl from the servers, and write mode tcp: clients speak TLS with the API server itself",
        ),
    };
    let found = finding(examined, Rule::HaproxyConnection, line, message, fix);
    record.fail(found.with_severity(severity));
}

fn check_proxy_protocol(examined: &Examined<'_>, backend: &Proxy, record: &mut Record) {
    const WORDS: [&str; 4] = [
        "send-proxy",
        "send-proxy-v2",
        "send-proxy-v2-ssl",
        "send-proxy-v2-ssl-cn",
    ];
    let sends = |server: &Server| {
        let mut words = WORDS.into_iter();
        words.find(|word| backend.has_option(server, word))
    };
    let found = backend
        .servers
        .iter()
        .find_map(|server| Some((server, sends(server)?)));
    record.checked += 1;
    if let Some((server, word)) = found {
        let message = format!(
            "haproxy tells {} by {word} who connects, before the TLS: the API server takes it for broken TLS and closes the connection",
            Quoted(&server.name)
        );
        let fix = format!("take {word} away: an API server does not know the PROXY protocol");
        let rule = Rule::HaproxyConnection;
        record.add(finding(examined, rule, server.line, message, fix));
    }
}

fn check_disabled(examined: &Examined<'_>, backend: &Proxy, record: &mut Record) {
    let is_disabled = |server: &&Server| backend.has_option(server, "disabled");
    let disabled: Vec<&Server> = backend.servers.iter().filter(is_disabled).collect();
    record.checked += 1;
    let Some(first) = disabled.first() else {
        return;
    };
    let names: Vec<_> = disabled
        .iter()
        .map(|it| Quoted(&it.name).to_string())
        .collect();
    let (severity, what) = match disabled.len() == backend.servers.len() {
        true => (Severity::Error, "no server is left"),
        false => (Severity::Warning, "no connection goes there"),
    };
    let message = format!(
        "the backend {} has {} disabled: {what}",
        Quoted(&backend.name),
        names.join(" and ")
    );
    let fix = "take disabled away when the host is to be used again";
    let found = finding(examined, Rule::HaproxyConnection, first.line, message, fix);
    record.fail(found.with_severity(severity));
}

/// Milliseconds of `2s`, `500ms`, `500`.
fn milliseconds(text: &str) -> Option<u64> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_lowercase());
    let number: u64 = digits.parse().ok()?;
    let factor = match text.get(digits.len()..)? {
        "us" => return Some(number / 1000),
        "" | "ms" => 1,
        "s" => 1000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return None,
    };
    number.checked_mul(factor)
}

fn check_timeouts(examined: &Examined<'_>, cfg: &HaproxyCfg, backend: &Proxy, record: &mut Record) {
    /// Milliseconds: what a network needs, and clients' own signs of life, which
    /// come every 30 seconds, with what guides have.
    const LEAST: [(&str, u64); 4] = [
        ("connect", 100),
        ("check", 100),
        ("client", 15_000),
        ("server", 15_000),
    ];
    record.checked += 1;
    let all = std::iter::once(backend).chain(cfg.ways_to(backend));
    let told: Vec<_> = all.flat_map(|proxy| &proxy.timeouts).collect();
    // It counts in the place of both once a connection is there.
    let has_tunnel = told.iter().any(|(what, ..)| what == "tunnel");
    let counts = |what: &str| !has_tunnel || !matches!(what, "client" | "server");
    let mut short = told.iter().filter_map(|(what, value, line)| {
        let (_, least) = LEAST.into_iter().find(|(word, _)| word == what)?;
        let is_short = counts(what) && milliseconds(value)? < least;
        is_short.then_some((what, value, line))
    });
    let Some((what, value, line)) = short.next() else {
        return;
    };
    let (does, long) = match what.as_str() {
        "client" | "server" => (
            "watches, kubectl logs -f and kubectl exec end after so much silence",
            "4h",
        ),
        _ => ("no API server answers as fast", "2s"),
    };
    let said = format!("write timeout {what} {long}");
    let fix = rewrite(examined, *line, &said, (value, long));
    let unit = match value.chars().all(|c| c.is_ascii_digit()) {
        true => ", which are milliseconds",
        false => "",
    };
    let message = format!("timeout {what} is {}{unit}: {does}", Quoted(value));
    let found = finding_with(examined, Rule::HaproxyConnection, *line, message, fix);
    record.fail(found.with_severity(Severity::Warning));
}
