//! The configuration of haproxy, as far as it decides which API servers a
//! connection reaches and when one of them is left out.

mod health_check;
mod server;
mod server_line;

use std::net::IpAddr;

pub(crate) use health_check::{Expected, HealthCheck, admits};
pub(crate) use server::Server;
pub(crate) use server_line::{ServerFault, ServerLine};

use crate::cluster::parse_port;

/// What a `haproxy.cfg` says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct HaproxyCfg {
    pub(crate) proxies: Vec<Proxy>,
    /// Whether `ssl-server-verify none` is said for all servers.
    pub(crate) verifies_nobody: bool,
    /// The first words of the lines of its proxies.
    pub(crate) keywords: Vec<(String, usize)>,
    /// The first two words of the lines of its proxies and of `defaults`.
    pub(crate) settings: Vec<([String; 2], usize)>,
    /// Options that `no` or `default` stands before.
    pub(crate) negated: Vec<(String, usize)>,
    /// What `server` and `default-server` say of servers.
    pub(crate) server_lines: Vec<ServerLine>,
}

/// A frontend, a backend, or a `listen` section, which is both.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Proxy {
    pub(crate) name: String,
    pub(crate) line: usize,
    /// Whether it takes connections itself: a frontend, or `listen`.
    pub(crate) is_frontend: bool,
    /// Whether it has servers of its own: a backend, or `listen`.
    pub(crate) is_backend: bool,
    /// The word of `mode` with its line, that of `defaults` if it has none.
    pub(crate) mode: Option<(String, usize)>,
    pub(crate) binds: Vec<Bind>,
    /// What `bind` has that is no address with a port.
    pub(crate) bad_binds: Vec<(String, usize)>,
    /// The backends that it passes connections on to, with their lines.
    pub(crate) uses: Vec<(String, usize)>,
    pub(crate) servers: Vec<Server>,
    /// `option httpchk`: a check asks for a page.
    pub(crate) http_check: Option<usize>,
    /// Whether `http-check connect` says `ssl`.
    pub(crate) connects_by_tls: bool,
    /// Whether a check says by itself which port it goes to.
    pub(crate) connects_by_port: bool,
    pub(crate) health: HealthCheck,
    /// What `timeout` says of what, with its line.
    pub(crate) timeouts: Vec<(String, String, usize)>,
    /// The options of `default-server`.
    pub(crate) server_options: Vec<String>,
}

/// `bind ADDRESS:PORT`, one of several that a line may have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Bind {
    /// `None` for every address.
    pub(crate) address: Option<IpAddr>,
    pub(crate) port: u16,
    /// Whether haproxy itself speaks TLS there.
    pub(crate) has_tls: bool,
    pub(crate) line: usize,
}

const SECTIONS: [&str; 12] = [
    "global",
    "defaults",
    "frontend",
    "backend",
    "listen",
    "peers",
    "resolvers",
    "mailers",
    "userlist",
    "cache",
    "program",
    "ring",
];

/// More than a load balancer of API servers has.
const MOST_PROXIES: usize = 100;
const MOST_SERVERS: usize = 1000;

impl HaproxyCfg {
    /// Reads what it knows and passes over the rest.
    pub(crate) fn parse(bytes: &[u8]) -> Self {
        let text = String::from_utf8_lossy(bytes);
        let mut cfg = Self::default();
        let mut section = "";
        // What the last section `defaults` says.
        let mut defaults = Proxy::default();
        for (index, written) in text.lines().enumerate() {
            let written = written.split('#').next().unwrap_or_default();
            let words: Vec<&str> = written.split_whitespace().collect();
            let Some(first) = words.first() else { continue };
            let line = index + 1;
            if let Some(known) = SECTIONS.iter().find(|it| *it == first) {
                section = known;
                match section {
                    "defaults" => defaults = Proxy::default(),
                    "frontend" | "backend" | "listen" if cfg.proxies.len() < MOST_PROXIES => {
                        cfg.proxies.push(Proxy {
                            name: words.get(1).copied().unwrap_or_default().to_owned(),
                            line,
                            is_frontend: section != "backend",
                            is_backend: section != "frontend",
                            ..defaults.clone()
                        });
                    }
                    "frontend" | "backend" | "listen" => section = "",
                    _ => {}
                }
                continue;
            }
            if matches!(section, "defaults" | "frontend" | "backend" | "listen")
                && cfg.settings.len() < MOST_SERVERS
            {
                if let [first, second, ..] = words[..] {
                    let words = [first, second].map(str::to_owned);
                    cfg.settings.push((words, line));
                }
                if let ["no" | "default", "option", option, ..] = words[..] {
                    cfg.negated.push((option.to_owned(), line));
                }
                cfg.server_lines.extend(ServerLine::parse(&words, line));
            }
            match section {
                "global" => cfg.verifies_nobody |= words == ["ssl-server-verify", "none"],
                "defaults" => defaults.add(&words, line),
                "frontend" | "backend" | "listen" => {
                    if let Some(proxy) = cfg.proxies.last_mut() {
                        proxy.add(&words, line);
                    }
                    if cfg.keywords.len() < MOST_SERVERS {
                        cfg.keywords.push(((*first).to_owned(), line));
                    }
                }
                _ => {}
            }
        }
        cfg
    }

    /// The sections through which a connection reaches a proxy: itself, and those
    /// that use it.
    pub(crate) fn ways_to<'a>(&'a self, proxy: &'a Proxy) -> impl Iterator<Item = &'a Proxy> {
        proxy.ways(&self.proxies)
    }
}

impl Proxy {
    /// The same among the sections of its file.
    pub(crate) fn ways<'a>(&'a self, proxies: &'a [Self]) -> impl Iterator<Item = &'a Self> {
        let uses = |it: &&Self| it.uses.iter().any(|(name, _)| *name == self.name);
        let itself = Some(self).filter(|it| !it.binds.is_empty());
        itself.into_iter().chain(proxies.iter().filter(uses))
    }

    /// Whether a server of it, a host whose API server has a port, is meant as that: by
    /// the port, or as it stands where clients look for the control plane.
    pub(crate) fn leads_to(
        &self,
        proxies: &[Self],
        server: &Server,
        port: u16,
        endpoint: Option<u16>,
    ) -> bool {
        let mut binds = self.ways(proxies).flat_map(|way| &way.binds);
        match server.port {
            Some(told) if told == port => true,
            // It keeps the one that a connection came to.
            None if !server.has_port => {
                binds.any(|it| [Some(port), endpoint].contains(&Some(it.port)))
            }
            _ => endpoint.is_some() && binds.any(|it| Some(it.port) == endpoint),
        }
    }

    fn add(&mut self, words: &[&str], line: usize) {
        match words {
            ["mode", mode, ..] => self.mode = Some(((*mode).to_owned(), line)),
            ["bind", addresses, options @ ..] => {
                let binds = addresses
                    .split(',')
                    .filter_map(|it| Bind::parse(it, options, line));
                let free = MOST_PROXIES.saturating_sub(self.binds.len());
                self.binds.extend(binds.take(free));
                let bad = addresses.split(',').filter(|it| Bind::is_bad(it));
                let free = MOST_PROXIES.saturating_sub(self.bad_binds.len());
                let bad = bad.take(free).map(|it| (it.to_owned(), line));
                self.bad_binds.extend(bad);
            }
            ["default_backend" | "use_backend", name, ..] if self.uses.len() < MOST_PROXIES => {
                self.uses.push(((*name).to_owned(), line));
            }
            ["option", "httpchk", request @ ..] => {
                self.http_check = Some(line);
                self.health
                    .ask(request.get(1).or_else(|| request.first()), line);
            }
            ["option", "tcp-check" | "ssl-hello-chk", ..] => self.http_check = None,
            [way @ ("http-check" | "tcp-check"), "connect", options @ ..] => {
                self.connects_by_tls |= *way == "http-check" && options.contains(&"ssl");
                self.connects_by_port |= options.contains(&"port");
            }
            ["http-check", "send", options @ ..] => {
                let uri = options.iter().position(|it| *it == "uri");
                self.health
                    .ask(uri.and_then(|at| options.get(at + 1)), line);
            }
            ["http-check", "expect", options @ ..] => self.health.expect(options, line),
            ["timeout", what, value, ..] if self.timeouts.len() < MOST_PROXIES => {
                self.timeouts.retain(|(before, ..)| before != what);
                self.timeouts
                    .push(((*what).to_owned(), (*value).to_owned(), line));
            }
            ["default-server", options @ ..] => {
                let options = options.iter().map(|it| (*it).to_owned());
                self.server_options.extend(options.take(MOST_SERVERS));
                self.server_options.truncate(MOST_SERVERS);
            }
            ["server", name, address, options @ ..] if self.servers.len() < MOST_SERVERS => {
                self.servers.push(Server::new(name, address, options, line));
            }
            _ => {}
        }
    }

    /// Whether it takes connections apart as HTTP.
    pub(crate) fn is_http(&self) -> bool {
        self.mode.as_ref().is_some_and(|(mode, _)| mode == "http")
    }

    /// Whether a server of it has an option, its own or that of all.
    pub(crate) fn has_option(&self, server: &Server, option: &str) -> bool {
        let mut options = self.server_options.iter().chain(&server.options);
        options.any(|it| it == option)
    }

    /// What stands behind an option of a server, its own before that of all.
    pub(crate) fn option_value<'a>(&'a self, server: &'a Server, option: &str) -> Option<&'a str> {
        let mut lists = [&server.options, &self.server_options].into_iter();
        lists.find_map(|options| {
            let at = options.iter().rposition(|it| it == option)?;
            options.get(at + 1).map(String::as_str)
        })
    }

    /// Whether it notices that a server is dead.
    pub(crate) fn checks(&self, server: &Server) -> bool {
        let words = self.server_options.iter().chain(&server.options);
        let mut words = words.filter(|it| *it == "check" || *it == "no-check");
        words.next_back().is_some_and(|last| last == "check")
    }
}

impl Bind {
    /// Whether it has no port, or one that is none.
    fn is_bad(text: &str) -> bool {
        // Sockets that are files or handed over, and what is put in.
        if text.contains(['/', '@', '$', '"', '%']) {
            return false;
        }
        match text.rsplit_once(':') {
            None => true,
            Some((_, port)) => {
                let is_number = !port.is_empty() && port.chars().all(|c| c.is_ascii_digit());
                is_number && parse_port(port).is_none()
            }
        }
    }

    /// `:8443`, `*:8443`, `10.0.0.10:8443`, `[::]:8443`, `ipv4@:8443`.
    fn parse(text: &str, options: &[&str], line: usize) -> Option<Self> {
        let text = text.split_once('@').map_or(text, |(_, rest)| rest);
        let (host, port) = text.rsplit_once(':')?;
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let address: Option<IpAddr> = host.parse().ok();
        Some(Self {
            address: address.filter(|it| !it.is_unspecified()),
            port: parse_port(port)?,
            has_tls: options.contains(&"ssl"),
            line,
        })
    }
}

#[cfg(test)]
mod tests;
