//! The servers of haproxy's backends, and nothing else of its configuration.

use std::net::IpAddr;

/// A backend, or a `listen` section, which is one as well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Backend {
    pub(crate) name: String,
    pub(crate) line: usize,
    pub(crate) servers: Vec<Server>,
}

/// `server NAME ADDRESS:PORT`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Server {
    pub(crate) name: String,
    /// A name or an address, without brackets.
    pub(crate) host: String,
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
const MOST_BACKENDS: usize = 100;
const MOST_SERVERS: usize = 1000;

/// Every backend with its servers.
pub(crate) fn backends(bytes: &[u8]) -> Vec<Backend> {
    let text = String::from_utf8_lossy(bytes);
    let mut backends: Vec<Backend> = Vec::new();
    let mut is_inside = false;
    for (index, line) in text.lines().enumerate() {
        let line = line.split('#').next().unwrap_or_default();
        let mut words = line.split_whitespace();
        let Some(first) = words.next() else { continue };
        if SECTIONS.contains(&first) {
            is_inside = matches!(first, "backend" | "listen") && backends.len() < MOST_BACKENDS;
            if is_inside {
                backends.push(Backend {
                    name: words.next().unwrap_or_default().to_owned(),
                    line: index + 1,
                    servers: Vec::new(),
                });
            }
        } else if first == "server"
            && is_inside
            && let (Some(name), Some(address)) = (words.next(), words.next())
            && let Some(backend) = backends.last_mut()
            && backend.servers.len() < MOST_SERVERS
        {
            backend.servers.push(Server {
                name: name.to_owned(),
                host: host(address).to_owned(),
            });
        }
    }
    backends
}

/// The host of `ADDRESS:PORT`, `[V6]:PORT` or `ipv4@ADDRESS:PORT`.
fn host(address: &str) -> &str {
    let address = address.split_once('@').map_or(address, |(_, rest)| rest);
    if address.parse::<IpAddr>().is_ok() {
        return address;
    }
    let host = address.rsplit_once(':').map_or(address, |(host, _)| host);
    host.trim_start_matches('[').trim_end_matches(']')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn servers_of_backends_are_read() {
        let text = b"global\n  server no 1.2.3.4:1\nbackend apiservers # c\n  balance roundrobin\n  \
            server m0 10.0.0.10:6443 check\n  server m1 [fd00::1]:6443\n  # server m2 10.0.0.12:6443\n\
            listen stats\n  bind :1\nfrontend f\n  server no 10.0.0.9:1\nbackend n\n  server x ipv4@m3.internal:1\n";
        let found = backends(text);
        let found: Vec<_> = found
            .iter()
            .map(|it| {
                let hosts: Vec<_> = it.servers.iter().map(|it| it.host.as_str()).collect();
                (it.name.as_str(), it.line, hosts)
            })
            .collect();
        assert_eq!(
            found,
            [
                ("apiservers", 3, vec!["10.0.0.10", "fd00::1"]),
                ("stats", 8, vec![]),
                ("n", 12, vec!["m3.internal"]),
            ]
        );
        assert_eq!(host("fd00::1"), "fd00::1");
        assert_eq!(host("m1"), "m1");
    }

    proptest! {
        #[test]
        fn reading_never_panics(bytes: Vec<u8>, text in "(backend |server |m0 |\\[|\\]|:|@|\n| |#){0,40}") {
            let _ = backends(&bytes);
            let _ = backends(text.as_bytes());
        }
    }
}
