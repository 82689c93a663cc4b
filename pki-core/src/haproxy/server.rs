//! A server of a backend.

use std::net::IpAddr;

use crate::cluster::parse_port;

/// `server NAME ADDRESS:PORT OPTION…`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Server {
    pub(crate) name: String,
    /// A name or an address, without brackets.
    pub(crate) host: String,
    /// `None` where a connection keeps its own.
    pub(crate) port: Option<u16>,
    /// Whether a port is said, whatever that is.
    pub(crate) has_port: bool,
    pub(super) options: Vec<String>,
    pub(crate) line: usize,
}

/// More than a server has.
const MOST_OPTIONS: usize = 100;

impl Server {
    pub(super) fn new(name: &str, address: &str, options: &[&str], line: usize) -> Self {
        let (host, port) = split(address);
        let options = options.iter().take(MOST_OPTIONS);
        Self {
            name: name.to_owned(),
            host: host.to_owned(),
            port: port.and_then(parse_port),
            has_port: port.is_some(),
            options: options.map(|it| (*it).to_owned()).collect(),
            line,
        }
    }

    /// Whether it is a host of this name or address.
    pub(crate) fn is(&self, name: &str, address: IpAddr) -> bool {
        self.host == name || self.host.parse() == Ok(address)
    }
}

/// The host and the port of `ADDRESS:PORT`, `[V6]:PORT` or `ipv4@ADDRESS:PORT`.
fn split(address: &str) -> (&str, Option<&str>) {
    let address = address.split_once('@').map_or(address, |(_, rest)| rest);
    if address.parse::<IpAddr>().is_ok() {
        return (address, None);
    }
    let (host, port) = match address.rsplit_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (address, None),
    };
    (host.trim_start_matches('[').trim_end_matches(']'), port)
}
