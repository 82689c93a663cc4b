//! What keeps haproxy from starting at all: words that it does not know, and names
//! that are nobody's or two's.

use std::collections::BTreeMap;

use super::{finding_with, rewrite};
use crate::document::nearest;
use crate::haproxy::{Expected, HaproxyCfg, Proxy, Server, ServerFault, ServerLine, admits};
use crate::name::Quoted;
use crate::verify::fix::Fix;
use crate::verify::{Examined, Record, Rule};

/// Keywords of sections with connections that are mistyped without anybody's noticing.
const KEYWORDS: [&str; 16] = [
    "bind",
    "server",
    "default-server",
    "default_backend",
    "use_backend",
    "mode",
    "option",
    "http-check",
    "balance",
    "timeout",
    "retries",
    "maxconn",
    "backend",
    "frontend",
    "listen",
    "defaults",
];
/// Others that look like them.
const OTHERS: [&str; 12] = [
    "id",
    "uid",
    "gid",
    "log",
    "no",
    "tcp-check",
    "http-reuse",
    "use-server",
    "maxsslconn",
    "clitimeout",
    "contimeout",
    "srvtimeout",
];
const MODES: [&str; 5] = ["tcp", "http", "health", "log", "spop"];

/// Second words of lines that begin so, all that there are: of what looks like one of
/// them and is none haproxy says that it does not know it.
const SECOND_WORDS: [(&str, &[&str]); 4] = [
    (
        "timeout",
        &[
            "check",
            "client",
            "client-fin",
            "client-hs",
            "connect",
            "http-keep-alive",
            "http-request",
            "queue",
            "server",
            "server-fin",
            "tarpit",
            "tunnel",
        ],
    ),
    (
        "balance",
        &[
            "roundrobin",
            "static-rr",
            "leastconn",
            "first",
            "source",
            "uri",
            "url_param",
            "random",
            "rdp-cookie",
            "hash",
            "hdr",
            "log-hash",
            "sticky",
        ],
    ),
    (
        "http-check",
        &[
            "comment",
            "connect",
            "disable-on-404",
            "expect",
            "send",
            "send-state",
            "set-var",
            "set-var-fmt",
            "unset-var",
        ],
    ),
    // Slips of these alone are looked for: there are too many others.
    (
        "option",
        &[
            "httpchk",
            "tcp-check",
            "ssl-hello-chk",
            "tcplog",
            "redispatch",
        ],
    ),
];
/// Options that look like them.
const OTHER_OPTIONS: [&str; 14] = [
    "httplog",
    "httpslog",
    "httpclose",
    "smtpchk",
    "ldap-check",
    "mysql-check",
    "pgsql-check",
    "redis-check",
    "spop-check",
    "external-check",
    "http-no-delay",
    "tcpka",
    "http-tunnel",
    "http-use-htx",
];

/// What `http-check expect` looks at.
const EXPECTED: [&str; 11] = [
    "status",
    "rstatus",
    "string",
    "rstring",
    "string-lf",
    "hdr",
    "fhdr",
    "comment",
    "min-recv",
    "on-success",
    "on-error",
];

/// Options that cannot be taken back, among those that somebody would.
const FIRM_OPTIONS: [&str; 12] = [
    "httpchk",
    "tcp-check",
    "ssl-hello-chk",
    "smtpchk",
    "ldap-check",
    "mysql-check",
    "pgsql-check",
    "redis-check",
    "external-check",
    "httplog",
    "httpslog",
    "tcplog",
];

/// A line, what is wrong with it, and what to write: in the place of what, if that is
/// in the line.
struct Refusal {
    line: usize,
    message: String,
    fix: String,
    texts: Option<(String, String)>,
}

impl Refusal {
    fn new(line: usize, message: String, fix: impl Into<String>) -> Self {
        let fix = fix.into();
        Self {
            line,
            message,
            fix,
            texts: None,
        }
    }

    fn with(self, from: &str, to: &str) -> Self {
        Self {
            texts: Some((from.to_owned(), to.to_owned())),
            ..self
        }
    }
}

pub(super) fn check(examined: &Examined<'_>, cfg: &HaproxyCfg, record: &mut Record) -> bool {
    record.checked += 1;
    let found = keyword(cfg)
        .or_else(|| second_word(cfg))
        .or_else(|| negated(cfg))
        .or_else(|| cfg.server_lines.iter().find_map(in_server))
        .or_else(|| backend(cfg))
        .or_else(|| proxy(cfg))
        .or_else(|| cfg.proxies.iter().find_map(in_proxy));
    let Some(Refusal {
        line,
        message,
        fix,
        texts,
    }) = found
    else {
        return false;
    };
    let message = format!("{message}: haproxy does not start");
    let fix = match &texts {
        Some((from, to)) => rewrite(examined, line, &fix, (from, to)),
        None => Fix::say(fix),
    };
    let rule = Rule::HaproxyRefused;
    record.add(finding_with(examined, rule, line, message, fix));
    true
}

fn keyword(cfg: &HaproxyCfg) -> Option<Refusal> {
    cfg.keywords.iter().find_map(|(word, line)| {
        let is_known = KEYWORDS.contains(&word.as_str()) || OTHERS.contains(&word.as_str());
        let near = nearest(word, KEYWORDS).filter(|_| !is_known && word.len() > 3)?;
        let message = format!("has the keyword {}, which there is not", Quoted(word));
        Some(Refusal::new(*line, message, format!("write {near} there")).with(word, near))
    })
}

fn second_word(cfg: &HaproxyCfg) -> Option<Refusal> {
    cfg.settings.iter().find_map(|([first, word], line)| {
        let mut lists = SECOND_WORDS.iter();
        let (_, known) = lists.find(|(name, _)| name == first)?;
        let word = word.split('(').next().unwrap_or(word);
        if known.contains(&word) || OTHER_OPTIONS.contains(&word) {
            return None;
        }
        let near = nearest(word, known.iter().copied()).filter(|_| word.len() > 3)?;
        let message = format!("has {first} {}, which there is not", Quoted(word));
        Some(Refusal::new(*line, message, format!("write {near} there")).with(word, near))
    })
}

fn negated(cfg: &HaproxyCfg) -> Option<Refusal> {
    let mut negated = cfg.negated.iter();
    let (option, line) = negated.find(|(option, _)| FIRM_OPTIONS.contains(&option.as_str()))?;
    let message = format!("takes option {option} back, which there is no way to do");
    let fix = format!("take the line away, and write option {option} only where it is wanted");
    Some(Refusal::new(*line, message, fix))
}

fn in_server(told: &ServerLine) -> Option<Refusal> {
    let (message, word, near) = match told.fault()? {
        ServerFault::Unknown { word, near } => {
            let message = format!(
                "gives servers the option {}, which there is not",
                Quoted(&word)
            );
            (message, word, near)
        }
        ServerFault::Verify { word, near } => {
            let message = format!(
                "has verify {}, which is neither none nor required",
                Quoted(&word)
            );
            (message, word, near)
        }
    };
    let fix = format!("write {near} there");
    Some(Refusal::new(told.line, message, fix).with(&word, near))
}

fn backend(cfg: &HaproxyCfg) -> Option<Refusal> {
    let backends = || cfg.proxies.iter().filter(|it| it.is_backend);
    let mut uses = cfg.proxies.iter().flat_map(|proxy| &proxy.uses);
    uses.find_map(|(name, line)| {
        let is_there = backends().any(|it| it.name == *name);
        // One may be worked out.
        if is_there || name.contains(['%', '$', '"']) {
            return None;
        }
        let message = format!(
            "passes on to the backend {}, which there is not",
            Quoted(name)
        );
        let near = nearest(name, backends().map(|it| it.name.as_str()));
        Some(match near {
            Some(near) => {
                Refusal::new(*line, message, format!("write {near} there")).with(name, near)
            }
            None => Refusal::new(*line, message, "write the name of a backend there"),
        })
    })
}

fn proxy(cfg: &HaproxyCfg) -> Option<Refusal> {
    let mut lines = BTreeMap::new();
    cfg.proxies.iter().find_map(|proxy| {
        // A listen section is of both kinds.
        let sides = [
            (proxy.is_frontend, "frontend"),
            (proxy.is_backend, "backend"),
        ];
        let taken = sides.into_iter().filter(|(has_it, _)| *has_it);
        let before: Vec<usize> = taken
            .filter_map(|(_, side)| lines.insert((side, proxy.name.as_str()), proxy.line))
            .collect();
        let before = before.first()?;
        let message = format!(
            "has {} a second time, beside that of line {before}",
            Quoted(&proxy.name)
        );
        Some(Refusal::new(proxy.line, message, "give it another name"))
    })
}

fn in_proxy(proxy: &Proxy) -> Option<Refusal> {
    let mut lines = BTreeMap::new();
    let mut servers = proxy.servers.iter();
    let twin = servers.find_map(|server| {
        let before = lines.insert(server.name.as_str(), server.line)?;
        let message = format!(
            "calls a server of {} {}, as that of line {before}",
            Quoted(&proxy.name),
            Quoted(&server.name)
        );
        let fix = "give each server the name of its own host";
        Some(Refusal::new(server.line, message, fix))
    });
    let bind = || {
        let (text, line) = proxy.bad_binds.first()?;
        let message = format!("binds {}, which has no port that there is", Quoted(text));
        Some(Refusal::new(*line, message, "write bind 0.0.0.0:PORT"))
    };
    let mode = || {
        let (mode, line) = proxy.mode.as_ref()?;
        let is_known = MODES.contains(&mode.as_str()) || mode.contains(['$', '"']);
        let message = format!("has the mode {}, which there is not", Quoted(mode));
        (!is_known && mode != "withheld")
            .then(|| Refusal::new(*line, message, "write mode tcp").with(mode, "tcp"))
    };
    let status = || {
        let (Some(told), Some(line)) = proxy.health.status()? else {
            return None;
        };
        let is_known = admits(told, 200).is_some() || told.contains(['$', '"', '%']);
        let message = format!("expects the status {}, which is no number", Quoted(told));
        (!is_known && told != "withheld").then(|| {
            let texts = [told, "200"].map(|it| format!("status {it}"));
            Refusal::new(line, message, "write 200 there").with(&texts[0], &texts[1])
        })
    };
    let expected = || {
        let (Expected::Other(word), line) = proxy.health.expected()? else {
            return None;
        };
        let is_known = EXPECTED.contains(&word.as_str());
        let near = nearest(word, EXPECTED).filter(|_| !is_known && word.len() > 3)?;
        let message = format!("expects {}, which there is not", Quoted(word));
        Some(Refusal::new(line, message, format!("write {near} there")).with(word, near))
    };
    twin.or_else(bind)
        .or_else(mode)
        .or_else(status)
        .or_else(expected)
        .or_else(|| no_port(proxy))
}

/// A server that is checked, and nothing says where.
fn no_port(proxy: &Proxy) -> Option<Refusal> {
    let says_it = |server: &Server| {
        server.has_port || proxy.connects_by_port || proxy.has_option(server, "port")
    };
    // Sockets that are files, and what is put in, have none.
    let is_plain = |server: &Server| !server.host.contains(['/', '@', '$', '"', '%']);
    let mut servers = proxy.servers.iter();
    let server = servers.find(|it| proxy.checks(it) && !says_it(it) && is_plain(it))?;
    let message = format!(
        "checks the server {} at {}, which has no port",
        Quoted(&server.name),
        Quoted(&server.host)
    );
    let mut ports: Vec<u16> = proxy.servers.iter().filter_map(|it| it.port).collect();
    ports.dedup();
    Some(match ports[..] {
        [only] => {
            let right = format!("{}:{only}", server.host);
            Refusal::new(server.line, message, format!("write {right}")).with(&server.host, &right)
        }
        _ => Refusal::new(server.line, message, "write its port behind the address"),
    })
}
