//! The options of servers, as far as haproxy knows them at all.

use crate::document::nearest;

/// What `server` or `default-server` says in a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ServerLine {
    options: Vec<String>,
    pub(crate) line: usize,
}

/// What haproxy refuses in such a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ServerFault {
    /// An option that there is not, and the one that is meant.
    Unknown { word: String, near: &'static str },
    /// `verify` has something else than one of its words.
    Verify { word: String, near: &'static str },
}

/// More than a server has.
const MOST_OPTIONS: usize = 100;

const VERIFY: [&str; 2] = ["none", "required"];

/// Options that stand alone.
const FLAGS: [&str; 47] = [
    "allow-0rtt",
    "backup",
    "check",
    "no-check",
    "check-send-proxy",
    "no-check-send-proxy",
    "check-ssl",
    "no-check-ssl",
    "check-via-socks4",
    "check-reuse-pool",
    "no-check-reuse-pool",
    "agent-check",
    "no-agent-check",
    "disabled",
    "enabled",
    "force-sslv3",
    "force-tlsv10",
    "force-tlsv11",
    "force-tlsv12",
    "force-tlsv13",
    "no-sslv3",
    "no-tlsv10",
    "no-tlsv11",
    "no-tlsv12",
    "no-tlsv13",
    "no-tls-tickets",
    "no-ssl-reuse",
    "ssl-reuse",
    "send-proxy",
    "no-send-proxy",
    "send-proxy-v2",
    "no-send-proxy-v2",
    "send-proxy-v2-ssl",
    "no-send-proxy-v2-ssl",
    "send-proxy-v2-ssl-cn",
    "no-send-proxy-v2-ssl-cn",
    "ssl",
    "no-ssl",
    "tfo",
    "no-tfo",
    "ktls",
    "non-stick",
    "stick",
    "tls-tickets",
    "no-backup",
    "renegotiate",
    "strict-maxconn",
];

/// Options that a word follows.
const VALUES: [&str; 75] = [
    "addr",
    "agent-addr",
    "agent-inter",
    "agent-port",
    "agent-send",
    "alpn",
    "ca-file",
    "cc",
    "check-alpn",
    "check-pool-conn-name",
    "check-proto",
    "check-sni",
    "ciphers",
    "ciphersuites",
    "client-sigalgs",
    "cookie",
    "crl-file",
    "crt",
    "curves",
    "downinter",
    "ech",
    "error-limit",
    "fall",
    "fastinter",
    "guid",
    "hash-key",
    "id",
    "idle-ping",
    "init-addr",
    "init-state",
    "inter",
    "interface",
    "log-bufsize",
    "log-proto",
    "max-reuse",
    "maxconn",
    "maxqueue",
    "minconn",
    "namespace",
    "npn",
    "observe",
    "on-error",
    "on-marked-down",
    "on-marked-up",
    "pool-conn-name",
    "pool-low-conn",
    "pool-max-conn",
    "pool-purge-delay",
    "port",
    "proto",
    "proxy-v2-options",
    "redir",
    "resolve-net",
    "resolve-opts",
    "resolve-prefer",
    "resolvers",
    "rise",
    "set-proxy-v2-tlv-fmt",
    "shard",
    "sigalgs",
    "slowstart",
    "sni",
    "sni-auto",
    "socks4",
    "source",
    "ssl-max-ver",
    "ssl-min-ver",
    "tcp-md5sig",
    "tcp-ut",
    "track",
    "usesrc",
    "verify",
    "verifyhost",
    "weight",
    "ws",
];

impl ServerLine {
    pub(super) fn parse(words: &[&str], line: usize) -> Option<Self> {
        let (["server", _, _, options @ ..] | ["default-server", options @ ..]) = words else {
            return None;
        };
        let options = options.iter().take(MOST_OPTIONS);
        Some(Self {
            options: options.map(|it| (*it).to_owned()).collect(),
            line,
        })
    }

    /// The first fault of it, as far as words are told apart by blanks.
    pub(crate) fn fault(&self) -> Option<ServerFault> {
        let is_joined = |it: &&String| it.contains(['"', '\'', '\\', '(', '{', '$']);
        let mut words = self.options.iter().take_while(|it| !is_joined(it));
        while let Some(word) = words.next() {
            let text = word.as_str();
            if FLAGS.contains(&text) {
                continue;
            }
            // Of another host some words stay there.
            if VALUES.contains(&text) || text == "withheld" {
                let value = words.next();
                if let Some(value) = value.filter(|_| text == "verify") {
                    let is_known = VERIFY.contains(&value.as_str()) || value == "withheld";
                    if !is_known {
                        return Some(ServerFault::Verify {
                            word: value.clone(),
                            near: nearest(value, VERIFY).unwrap_or("none"),
                        });
                    }
                }
                continue;
            }
            // Whatever else it is may have come with a later haproxy.
            let near = nearest(text, FLAGS.into_iter().chain(VALUES)).filter(|_| text.len() > 2);
            if let Some(near) = near {
                let word = word.clone();
                return Some(ServerFault::Unknown { word, near });
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Option<(String, &'static str)> {
        let words: Vec<&str> = text.split_whitespace().collect();
        match ServerLine::parse(&words, 1)?.fault()? {
            ServerFault::Unknown { word, near } | ServerFault::Verify { word, near } => {
                Some((word, near))
            }
        }
    }

    /// haproxy -c says the same of each.
    #[test]
    fn slips_are_found() {
        for (text, word, near) in [
            ("default-server check fal 2", "fal", "fall"),
            ("server a 10.0.0.1:6443 intr 1s", "intr", "inter"),
            ("server a 10.0.0.1:6443 chekc", "chekc", "check"),
            ("server a 10.0.0.1:6443 Check", "Check", "check"),
            ("server a 10.0.0.1:6443 check verify nnoe", "nnoe", "none"),
            (
                "server a 10.0.0.1:6443 verify require",
                "require",
                "required",
            ),
            ("server a 10.0.0.1:6443 wieght 10 check", "wieght", "weight"),
        ] {
            assert_eq!(found(text), Some((word.to_owned(), near)), "{text}");
        }
        for text in [
            "default-server inter 10s downinter 5s rise 2 fall 2 slowstart 60s maxconn 250 maxqueue 256 weight 100",
            "server a 10.0.0.1:6443 cookie chekc check on-marked-down shutdown-sessions",
            "server a 10.0.0.1:6443 check sni str(\"a b\") fal",
            "server a 10.0.0.1:6443 source 10.0.0.2 usesrc clientip interface eth0 check",
            "server a 10.0.0.1:6443 withheld fal check",
            "server fal chekc",
            "server a 10.0.0.1:6443 verify",
            "option chekc",
        ] {
            assert_eq!(found(text), None, "{text}");
        }
    }
}
