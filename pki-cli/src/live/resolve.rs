//! From an endpoint to a connection, in time.

use std::io;
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use pki_core::{HandshakeEnd, LiveEndpoint, SubjectAltName};

use super::limits::is_timeout;
use crate::store::errno_text;

/// Connects to the first address that answers.
pub(super) fn connect(
    endpoint: &LiveEndpoint,
    until: Instant,
    deadline: Duration,
) -> Result<TcpStream, HandshakeEnd> {
    let mut last = "its name has no address".to_owned();
    let addresses = addresses(endpoint, until).map_err(HandshakeEnd::Unreachable)?;
    for (index, address) in addresses.iter().enumerate() {
        let left = until.saturating_duration_since(Instant::now());
        // An address that does not answer leaves time for the others.
        let others = u32::try_from(addresses.len() - index).unwrap_or(u32::MAX);
        let patience = left / others;
        if patience.is_zero() {
            break;
        }
        match TcpStream::connect_timeout(address, patience) {
            Ok(stream) => {
                // The messages of a handshake are small and waited for; where
                // the system refuses, they only take longer.
                let _ = stream.set_nodelay(true);
                return Ok(stream);
            }
            Err(error) if is_timeout(&error) => {
                last = format!("nothing answers within {} s", deadline.as_secs());
            }
            Err(error) => last = errno_text(&error),
        }
    }
    Err(HandshakeEnd::Unreachable(last))
}

/// More addresses than this are not tried.
const MOST: usize = 4;

fn addresses(endpoint: &LiveEndpoint, until: Instant) -> Result<Vec<SocketAddr>, String> {
    let port = endpoint.port;
    let name = match &endpoint.host {
        SubjectAltName::Ip(address) => return Ok(vec![SocketAddr::new(*address, port)]),
        SubjectAltName::Dns(name) => name.as_str().to_owned(),
        // No endpoint is made of another kind.
        _ => return Ok(Vec::new()),
    };
    // The system's resolver knows no deadline: whoever is too slow is left
    // alone, and ends with the process.
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let found = (name.as_str(), port).to_socket_addrs();
        let found = found.map(|addresses| addresses.take(MOST).collect::<Vec<_>>());
        // Nobody may be waiting any more.
        let _ = sender.send(found);
    });
    let left = until.saturating_duration_since(Instant::now());
    match receiver.recv_timeout(left) {
        Ok(Ok(addresses)) => Ok(addresses),
        Ok(Err(error)) => Err(unresolved(&error)),
        Err(_) => Err("its name is not resolved in time".to_owned()),
    }
}

fn unresolved(error: &io::Error) -> String {
    // The standard library has no kind for what its resolver says.
    let text = errno_text(error);
    let why = text.strip_prefix("failed to lookup address information: ");
    format!("its name is not resolved: {}", why.unwrap_or(&text))
}
