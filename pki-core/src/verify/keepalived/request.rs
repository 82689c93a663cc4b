//! What a check asks: a URL with curl or wget, which should be that of the API
//! server of the same host.

use std::net::IpAddr;

use super::shell::{ShellCommand, Word};
use super::{at, reload};
use crate::cluster::parse_port;
use crate::name::Quoted;
use crate::static_pod::Url;
use crate::verify::fix::Fix;
use crate::verify::load_balancer::{apiserver_port, endpoint, own_address};
use crate::verify::tree::Tree;
use crate::verify::{Examined, Finding, Record, Rule, haproxy};

/// A command that asks a server.
pub(super) struct Request {
    /// Counted from nothing.
    pub(super) line: usize,
    /// Whether an HTTP error makes the command fail; `None` if it cannot be told.
    pub(super) fails_on_status: Option<bool>,
    /// Whether it shows who asks.
    shows_itself: bool,
    /// What it asks for; `None` if it cannot be told.
    url: Option<String>,
}

impl Request {
    pub(super) fn of(command: &ShellCommand) -> Option<Self> {
        let (words, is_curl) = match (command.is("curl"), command.is("wget")) {
            (true, _) => (command.behind("curl"), true),
            (_, true) => (command.behind("wget"), false),
            _ => return None,
        };
        let known: Vec<&str> = words.iter().filter_map(Word::known).collect();
        let is_whole = known.len() == words.len();
        let fails = match is_curl {
            true => known.iter().any(|word| fails_on_status(word)),
            // wget ends with 8 where the server answers with an error.
            false => true,
        };
        let shows = |word: &&str| {
            ["-E", "--cert", "-H", "--header", "--certificate"].contains(word)
                || word.starts_with("--cert=")
                || word.starts_with("--header=")
        };
        Some(Self {
            line: command.line,
            fails_on_status: (fails || is_whole).then_some(fails),
            shows_itself: known.iter().any(shows),
            url: known
                .iter()
                .find(|it| it.contains("://"))
                .map(|it| (*it).to_owned()),
        })
    }
}

/// Whether an option makes curl end with an error where the server answers with one.
fn fails_on_status(word: &str) -> bool {
    /// Those that take a value, which may be what follows in the word.
    const WITH_VALUE: &str = "AbcCdDeEFhHKmoPQrtTuUwxXyYz";
    if let Some(long) = word.strip_prefix("--") {
        return matches!(long, "fail" | "fail-with-body");
    }
    let letters = word.strip_prefix('-').unwrap_or_default();
    let mut letters = letters.chars().take_while(|c| !WITH_VALUE.contains(*c));
    letters.any(|c| c == 'f')
}

/// Whether what is asked is this host's API server; what cannot be told is listed.
pub(super) fn check(
    examined: &Examined<'_>,
    (path, first_line): (&str, usize),
    requests: &[Request],
    virtual_ips: &[IpAddr],
    record: &mut Record,
) {
    let check = match path == super::PATH {
        true => format!("the check in line {first_line} of {path}"),
        false => path.to_owned(),
    };
    let what = format!("whether {check} fails when the API server does");
    if requests.is_empty() {
        return record.not_checked(what, "it asks with neither curl nor wget", None);
    }
    let is_unclear = |it: &&Request| it.url.is_none() || it.fails_on_status.is_none();
    if let Some(unclear) = requests.iter().find(is_unclear) {
        let line = first_line + unclear.line;
        let why = format!("what it asks in line {line} is known only when it runs");
        record.not_checked(what, &why, None);
    }
    let mut is_own = false;
    let mut wrong = None;
    for request in requests {
        let Some(url) = request.url.as_deref().and_then(Url::parse) else {
            is_own = true;
            continue;
        };
        record.checked += 1;
        match complaint(examined, request, &url, virtual_ips) {
            Some(complaint) => {
                wrong.get_or_insert((request.line, complaint));
            }
            None => is_own |= !url.address().is_some_and(|it| virtual_ips.contains(&it)),
        }
    }
    let only_virtual = || {
        let message = "asks for the virtual IP alone, which another host may have: it is blamed for that one's failure".to_owned();
        (requests.first().map_or(0, |it| it.line), message)
    };
    let Some((line, message)) = wrong.or_else(|| (!is_own).then(only_virtual)) else {
        return;
    };
    let port = expected_ports(examined).and_then(|ports| ports.first().copied());
    let port = port.map_or_else(|| "PORT".to_owned(), |port| port.to_string());
    let fix = Fix::say(format!("ask https://localhost:{port}/healthz")).and(reload(examined));
    let finding = Finding::new(Rule::KeepalivedCheckUrl, path, message, fix);
    record.add(finding.at(at(first_line + line)));
}

/// The ports that a check may ask: the API server's, and haproxy's in front of it,
/// through which kpki renders it.
fn expected_ports(examined: &Examined<'_>) -> Option<Vec<u16>> {
    let mut ports = vec![apiserver_port(examined)?];
    let shared = endpoint(examined).and_then(|(endpoint, _)| endpoint.port());
    ports.extend(shared);
    if has_haproxy(examined.tree) {
        let cfg = haproxy::read(examined.tree)?;
        let binds = cfg.proxies.iter().flat_map(|proxy| &proxy.binds);
        ports.extend(binds.map(|bind| bind.port));
        // The endpoint's is said first.
        ports.rotate_left(usize::from(shared.is_some()));
    }
    Some(ports)
}

fn complaint(
    examined: &Examined<'_>,
    request: &Request,
    url: &Url<'_>,
    virtual_ips: &[IpAddr],
) -> Option<String> {
    let asks = format!("asks {}", Quoted(&url.to_string()));
    let own = own_address(examined.tree, examined.expectation);
    let is_of_others = url.address().filter(|address| {
        !url.is_loopback()
            && !virtual_ips.contains(address)
            && own.is_some_and(|own| own != *address)
    });
    if let Some(other) = is_of_others {
        return Some(format!("{asks}, and {other} is not this host"));
    }
    if !url.has_tls {
        // haproxy may answer for itself.
        let port = url.port.and_then(parse_port);
        let cfg = haproxy::read(examined.tree).unwrap_or_default();
        let mut binds = cfg.proxies.iter().flat_map(|proxy| &proxy.binds);
        if binds.any(|bind| Some(bind.port) == port) {
            return None;
        }
        return Some(format!("{asks}, and the API server answers over TLS alone"));
    }
    let port = match url.port {
        Some(port) => parse_port(port)?,
        None => 443,
    };
    if let Some(ports) = expected_ports(examined)
        && let Some(first) = ports.first()
        && !ports.contains(&port)
    {
        let who = match has_haproxy(examined.tree) {
            true => "haproxy here listens",
            false => "the API server here listens",
        };
        return Some(format!(
            "{asks}, and {who} on {first}: the check always fails"
        ));
    }
    let text = request.url.as_deref().unwrap_or_default();
    let page = text
        .split_once("://")
        .and_then(|(_, rest)| Some(rest.split_once('/')?.1));
    let is_top = page.is_none_or(str::is_empty);
    let is_refused = is_top && request.fails_on_status == Some(true) && !request.shows_itself;
    is_refused.then(|| {
        format!("{asks}, which the API server answers with 403 to whoever shows no certificate: the check always fails")
    })
}

fn has_haproxy(tree: &Tree) -> bool {
    tree.has(haproxy::PATH)
}
