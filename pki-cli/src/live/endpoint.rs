//! Endpoints as they are typed.

use std::str::FromStr;

use pki_core::{ControlPlaneEndpoint, Expectation, LiveEndpoint, LiveServer};

/// `etcd=10.0.0.11:2379`, with or without what listens there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NamedEndpoint {
    server: LiveServer,
    at: ControlPlaneEndpoint,
}

impl NamedEndpoint {
    pub(super) fn to_endpoint(&self, expectation: &Expectation) -> LiveEndpoint {
        LiveEndpoint::named(self.server, &self.at, expectation)
    }
}

impl FromStr for NamedEndpoint {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (server, rest) = match text.split_once('=') {
            Some((name, rest)) => (Some(server(name)?), rest),
            None => (None, text),
        };
        if rest.starts_with("http://") {
            return Err("http is not asked: its server shows no certificate".to_owned());
        }
        let rest = rest.strip_prefix("https://").unwrap_or(rest);
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let at: ControlPlaneEndpoint = rest
            .parse()
            .map_err(|error: pki_core::Error| error.to_string())?;
        Ok(Self {
            server: server.unwrap_or_else(|| usual_server(at.port())),
            at,
        })
    }
}

fn server(name: &str) -> Result<LiveServer, String> {
    let known = LiveServer::ALL.into_iter().find(|one| one.id() == name);
    known.ok_or_else(|| {
        let names = LiveServer::ALL.map(LiveServer::id).join(", ");
        format!("before '=' stands what listens there: {names}")
    })
}

/// What listens on a port as a rule: etcd has its own two.
fn usual_server(port: Option<u16>) -> LiveServer {
    let of_port = |server: &LiveServer| Some(server.default_port()) == port;
    let known = LiveServer::ALL.into_iter().find(of_port);
    known.unwrap_or(LiveServer::Apiserver)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_tells_what_listens() {
        let read = |text: &str| {
            let named: NamedEndpoint = text.parse()?;
            let endpoint = named.to_endpoint(&Expectation::default());
            Ok::<_, String>(format!("{} {endpoint}", endpoint.server.id()))
        };
        for (text, expected) in [
            ("10.0.0.11", "apiserver https://10.0.0.11:6443"),
            ("vip.internal:443", "apiserver https://vip.internal:443"),
            ("10.0.0.11:2379", "etcd https://10.0.0.11:2379"),
            (
                "https://[fd00::1]:2380/",
                "etcd-peer https://[fd00::1]:2380",
            ),
            ("etcd=10.0.0.11", "etcd https://10.0.0.11:2379"),
            ("etcd-peer=fd00::1", "etcd-peer https://[fd00::1]:2380"),
            ("apiserver=m0:2379", "apiserver https://m0:2379"),
        ] {
            assert_eq!(read(text).as_deref(), Ok(expected), "{text}");
        }
        for text in [
            "",
            "=",
            "kubelet=m0",
            "http://m0",
            "m0:0",
            "m0:99999",
            "m0/path",
            "a b",
            "etcd=etcd=m0",
            "user@m0",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
