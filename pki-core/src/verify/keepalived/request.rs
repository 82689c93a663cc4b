//! What a check asks: a URL with curl or wget, which should be that of the API
//! server of the same host.

use std::net::IpAddr;

use super::curl::Refusal;
use super::shell::{Field, ShellCommand};
use super::trust::{self, Trust};
use super::{at, reload};
use crate::cluster::{Host, parse_port};
use crate::document::nearest;
use crate::name::Quoted;
use crate::static_pod::Url;
use crate::verify::fix::Fix;
use crate::verify::load_balancer::{
    addresses, apiserver_certificate, apiserver_port, control_plane, endpoint, is_near,
    is_of_apiservers, own_address,
};
use crate::verify::tree::Tree;
use crate::verify::{Examined, Finding, Record, Rule, command, haproxy};

/// A command that asks a server.
pub(super) struct Request {
    /// Counted from nothing.
    pub(super) line: usize,
    /// Whether an HTTP error makes the command fail; `None` if it cannot be told.
    pub(super) fails_on_status: Option<bool>,
    /// Whether it shows who asks.
    shows_itself: bool,
    trusts: Trust,
    /// Why the program asks nobody, if it refuses its options.
    refusal: Option<Refusal>,
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
        let known: Vec<&str> = words.iter().filter_map(Field::known).collect();
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
            trusts: Trust::of(&known, is_whole),
            refusal: Refusal::of(&known).filter(|_| is_curl && is_whole),
            url: known
                .iter()
                .find(|it| it.contains("://"))
                .map(|it| (*it).to_owned()),
        })
    }
}

impl Request {
    /// Whether it asks for a page that tells whether an API server is well, and that
    /// says `ok` then.
    pub(super) fn asks_for_health(&self) -> bool {
        matches!(self.page(), Some("healthz" | "livez" | "readyz"))
    }

    /// Whether what it asks and how is known before it runs.
    pub(super) fn is_told(&self) -> bool {
        self.url.is_some() && self.fails_on_status.is_some()
    }

    /// What stands behind the server's name and port.
    fn page(&self) -> Option<&str> {
        let (_, rest) = self.url.as_deref()?.split_once("://")?;
        Some(rest.split_once('/')?.1)
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
    let is_unclear = |it: &&Request| !it.is_told();
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
        let refused = request.refusal.as_ref();
        let refused = refused.map(|refusal| refused_words(examined, path, refusal));
        match refused.or_else(|| complaint(examined, request, &url, virtual_ips)) {
            Some(complaint) => {
                wrong.get_or_insert((request.line, complaint));
            }
            None => is_own |= !url.address().is_some_and(|it| virtual_ips.contains(&it)),
        }
    }
    let only_virtual = || {
        let message = "asks for the virtual IP alone, which another host may have: it is blamed for that one's failure".to_owned();
        let line = requests.first().map_or(0, |it| it.line);
        (line, Complaint::new(message))
    };
    let Some((line, complaint)) = wrong.or_else(|| (!is_own).then(only_virtual)) else {
        return;
    };
    let asks = requests.iter().find(|it| it.line == line);
    let url = asks.and_then(|it| it.url.as_deref()).unwrap_or_default();
    let fix = complaint.fix.unwrap_or_else(|| ask(examined, path, url));
    let fix = fix.and(reload(examined));
    let finding = Finding::new(Rule::KeepalivedCheckUrl, path, complaint.message, fix);
    record.add(finding.at(at(first_line + line)));
}

/// What is wrong with a request, and its remedy where that is not another URL.
struct Complaint {
    message: String,
    fix: Option<Fix>,
}

impl Complaint {
    const fn new(message: String) -> Self {
        Self { message, fix: None }
    }
}

/// What is wrong with the options of curl.
fn refused_words(examined: &Examined<'_>, path: &str, refusal: &Refusal) -> Complaint {
    match refusal {
        Refusal::Unknown { told, meant } => {
            let command = instead(examined, path, told, meant);
            let fix = Fix::say(format!("write {meant}"));
            Complaint {
                message: format!(
                    "gives curl the option {}, which it does not know: it asks nobody, and the check always fails",
                    Quoted(told)
                ),
                fix: Some(command.into_iter().fold(fix, Fix::and_run)),
            }
        }
        Refusal::TakesUrl { option } => Complaint {
            message: format!(
                "gives curl the option {option}, which takes the URL for its value: it asks nobody, and the check always fails"
            ),
            fix: Some(Fix::say(format!(
                "write the value of {option} behind it, or take it away"
            ))),
        },
    }
}

/// To ask for the right page in the place of another.
fn ask(examined: &Examined<'_>, path: &str, url: &str) -> Fix {
    let port = expected_ports(examined).and_then(|ports| ports.first().copied());
    let port = port.map_or_else(|| "PORT".to_owned(), |port| port.to_string());
    let right = format!("https://localhost:{port}/healthz");
    let fix = Fix::say(format!("ask {right}"));
    let command = instead(examined, path, url, &right);
    command.into_iter().fold(fix, Fix::and_run)
}

/// The command that writes another text in the line that has it.
fn instead(examined: &Examined<'_>, path: &str, from: &str, to: &str) -> Option<String> {
    let file = examined.tree.get(path)?;
    let text = String::from_utf8_lossy(file.bytes()?);
    let line = text.lines().position(|line| line.contains(from))?;
    command::replace(examined.tree, path, line + 1, (from, to), file.mode & 0o755)
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
) -> Option<Complaint> {
    let asks = format!("asks {}", Quoted(&url.to_string()));
    let is_of_others = url.address().filter(|address| {
        !url.is_loopback() && !virtual_ips.contains(address) && is_of_another(examined, *address)
    });
    if let Some(other) = is_of_others {
        return Some(Complaint::new(format!(
            "{asks}, and {other} is not this host"
        )));
    }
    if !url.has_tls {
        // haproxy may answer for itself.
        let port = url.port.and_then(parse_port);
        let cfg = haproxy::read(examined.tree).unwrap_or_default();
        let mut binds = cfg.proxies.iter().flat_map(|proxy| &proxy.binds);
        if binds.any(|bind| Some(bind.port) == port) {
            return None;
        }
        return Some(Complaint::new(format!(
            "{asks}, and the API server answers over TLS alone"
        )));
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
        return Some(Complaint::new(format!(
            "{asks}, and {who} on {first}: the check always fails"
        )));
    }
    if url.is_loopback()
        && let Some(address) = elsewhere(examined, port)
    {
        let fix = format!("write bind 0.0.0.0:{port} in {}", haproxy::PATH);
        let fix = Fix::say(fix).and(haproxy::reload(examined));
        return Some(Complaint {
            message: format!(
                "{asks}, and haproxy here listens at {address} alone: the check always fails"
            ),
            fix: Some(fix),
        });
    }
    if let Some((distrust, fix)) = trust::distrust(examined, &request.trusts, url) {
        let message = format!("{asks}, and {distrust}: the check always fails");
        return Some(Complaint {
            message,
            fix: Some(fix),
        });
    }
    if url.address().is_none()
        && !url.is_loopback()
        && !url.host.contains('.')
        && nearest(url.host, ["localhost"]).is_some()
        && !is_named(examined, url.host)
    {
        return Some(Complaint::new(format!(
            "{asks}, and nothing here has the name {}: the check always fails",
            Quoted(url.host)
        )));
    }
    // Whoever shows no certificate is let in there alone.
    let page = request.page().unwrap_or_default();
    let page = page.split(['/', '?']).next().unwrap_or_default();
    let is_open = ["healthz", "livez", "readyz", "version"].contains(&page);
    let is_told = !request
        .url
        .as_deref()
        .unwrap_or_default()
        .contains(['$', '{']);
    let is_refused =
        !is_open && is_told && request.fails_on_status == Some(true) && !request.shows_itself;
    is_refused.then(|| {
        Complaint::new(format!("{asks}, which the API server answers with 403 to whoever shows no certificate: the check always fails"))
    })
}

/// Whether an address is another host's: a description gives it to one, or it is in the
/// network of this host's own, and not in its certificate. A host may have a second
/// network.
fn is_of_another(examined: &Examined<'_>, address: IpAddr) -> bool {
    let Some(own) = own_address(examined.tree, examined.expectation) else {
        return false;
    };
    let described = examined.expectation.addressed();
    let is_own = |(_, host): (_, &Host)| addresses(host).any(|it| it == address);
    if own == address || described.is_some_and(is_own) {
        return false;
    }
    let mut hosts = control_plane(examined).into_iter();
    let is_described = hosts.any(|host| addresses(host).any(|it| it == address));
    is_described || is_near(own, address) && !is_of_apiservers(examined, address)
}

/// The address of haproxy's at which alone a port of this host is answered, where that
/// is not every address.
fn elsewhere(examined: &Examined<'_>, port: u16) -> Option<IpAddr> {
    if apiserver_port(examined) == Some(port) {
        return None;
    }
    let cfg = haproxy::read(examined.tree)?;
    let binds = cfg.proxies.iter().flat_map(|proxy| &proxy.binds);
    let binds = binds.filter(|bind| bind.port == port);
    let addresses: Option<Vec<IpAddr>> = binds.map(|bind| bind.address).collect();
    let addresses = addresses?;
    let is_local = addresses.iter().any(IpAddr::is_loopback);
    addresses.first().copied().filter(|_| !is_local)
}

/// Whether the API server's certificate is of a host of this name.
fn is_named(examined: &Examined<'_>, host: &str) -> bool {
    let name = format!("DNS:{host}");
    apiserver_certificate(examined).is_some_and(|it| it.subject_alt_names().contains(&name))
}

fn has_haproxy(tree: &Tree) -> bool {
    tree.has(haproxy::PATH)
}
