//! A handshake with one server, and what it says about it afterwards.

use std::io;
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Instant;

use pki_core::{HandshakeEnd, LiveEndpoint, Served, SubjectAltName};
use rustls::pki_types::ServerName;
use rustls::{CertificateError, ClientConnection, Error, ProtocolVersion};

use super::client::ClientCertificate;
use super::limits::{Bounded, Limits, is_timeout};
use super::recorder::Recorder;
use super::resolve;
use crate::output::harmless;
use crate::store::errno_text;

/// Asks one server; this takes no longer than the limits say.
pub(super) fn ask(
    endpoint: &LiveEndpoint,
    client: &Result<ClientCertificate, String>,
    limits: Limits,
) -> Served {
    let until = Instant::now() + limits.deadline;
    let key = client.as_ref().ok().map(|client| client.key.clone());
    let recorder = Recorder::new(key);
    let end = match resolve::connect(endpoint, until, limits.deadline) {
        Ok(stream) => talk(endpoint, &stream, &recorder, until, limits),
        Err(end) => end,
    };
    let record = recorder.record();
    let client = match client {
        Ok(client) if record.asks_for_client && !record.is_shown => Err(format!(
            "it takes no signature that the key of {} can make",
            client.path
        )),
        Ok(client) => Ok(client.path.clone()),
        Err(why) => Err(why.clone()),
    };
    Served {
        endpoint: endpoint.clone(),
        chain: record.chain,
        asks_for_client: record.asks_for_client,
        client,
        end,
    }
}

fn talk(
    endpoint: &LiveEndpoint,
    stream: &TcpStream,
    recorder: &Arc<Recorder>,
    until: Instant,
    limits: Limits,
) -> HandshakeEnd {
    let connection = server_name(&endpoint.host).and_then(|name| {
        let config = recorder.config().map_err(|error| error.to_string())?;
        ClientConnection::new(Arc::new(config), name).map_err(|error| error.to_string())
    });
    let mut connection = match connection {
        Ok(connection) => connection,
        Err(why) => return HandshakeEnd::Broken(why),
    };
    let mut conversation = Conversation {
        connection: &mut connection,
        stream: Bounded::new(stream, until, limits.bytes),
        limits,
    };
    let end = conversation.handshake();
    let end = match end {
        // Only who was shown a certificate can refuse it.
        Ok(()) if recorder.record().is_shown => conversation.afterwards(),
        Ok(()) => Ok(()),
        Err(end) => Err(end),
    };
    conversation.part();
    end.err().unwrap_or(HandshakeEnd::Complete)
}

/// An address is asked for without a name (RFC 6066 section 3).
fn server_name(host: &SubjectAltName) -> Result<ServerName<'static>, String> {
    match host {
        SubjectAltName::Ip(address) => Ok(ServerName::from(*address)),
        other => {
            let text = other.to_string();
            let name = text.strip_prefix("DNS:").unwrap_or(&text).to_owned();
            ServerName::try_from(name).map_err(|error| error.to_string())
        }
    }
}

/// What a server said when it said something.
enum Heard {
    More,
    /// It closes the connection as TLS does.
    Parting,
}

struct Conversation<'a> {
    connection: &'a mut ClientConnection,
    stream: Bounded<'a>,
    limits: Limits,
}

impl Conversation<'_> {
    fn handshake(&mut self) -> Result<(), HandshakeEnd> {
        loop {
            self.send()?;
            if !self.connection.is_handshaking() {
                return Ok(());
            }
            self.receive()?;
        }
    }

    /// In TLS 1.3 a server refuses a client behind the handshake. One that has
    /// nothing against it sends a ticket, or nothing.
    fn afterwards(&mut self) -> Result<(), HandshakeEnd> {
        let patience = match self.connection.protocol_version() {
            Some(ProtocolVersion::TLSv1_2) => self.limits.second_thoughts,
            _ => self.limits.refusal,
        };
        self.stream.end_by(Instant::now() + patience);
        loop {
            match self.receive() {
                Ok(Heard::Parting) => return Err(HandshakeEnd::Closed),
                Ok(Heard::More) => {
                    let soon = Instant::now() + self.limits.second_thoughts;
                    self.stream.end_by(soon);
                }
                Err(HandshakeEnd::Silent { .. }) => return Ok(()),
                Err(end) => return Err(end),
            }
        }
    }

    /// As TLS ends; the server may be gone.
    fn part(&mut self) {
        self.connection.send_close_notify();
        let _ = self.send();
    }

    fn send(&mut self) -> Result<(), HandshakeEnd> {
        while self.connection.wants_write() {
            if let Err(error) = self.connection.write_tls(&mut self.stream) {
                return Err(self.last_word(&error));
            }
        }
        Ok(())
    }

    /// Who closes the connection while something is written may have said why:
    /// that lies here still.
    fn last_word(&mut self, error: &io::Error) -> HandshakeEnd {
        let closed = self.broken_off(error);
        if closed == HandshakeEnd::Closed {
            loop {
                match self.receive() {
                    Ok(Heard::More) => {}
                    Ok(Heard::Parting) => break,
                    Err(end) => return end,
                }
            }
        }
        closed
    }

    fn receive(&mut self) -> Result<Heard, HandshakeEnd> {
        match self.connection.read_tls(&mut self.stream) {
            Ok(0) if self.stream.is_exhausted() => {
                return Err(HandshakeEnd::TooLong(self.limits.bytes));
            }
            Ok(0) => return Err(self.without_tls().unwrap_or(HandshakeEnd::Closed)),
            Ok(_) => {}
            Err(error) => return Err(self.broken_off(&error)),
        }
        let state = self.connection.process_new_packets();
        let state = state.map_err(|error| self.refused(error))?;
        if state.peer_has_closed() {
            return Ok(Heard::Parting);
        }
        // What a server sends of its own accord is not looked at.
        let sunk = io::copy(&mut self.connection.reader(), &mut io::sink());
        match sunk {
            Err(error) if !is_timeout(&error) => Err(self.broken_off(&error)),
            _ => Ok(Heard::More),
        }
    }

    /// What came, if that is the beginning of no record of TLS (RFC 8446
    /// section 5.1).
    fn without_tls(&self) -> Option<HandshakeEnd> {
        const RECORDS: std::ops::RangeInclusive<u8> = 20..=23;
        let first = self.stream.first();
        let kind = first.first()?;
        (!RECORDS.contains(kind)).then(|| HandshakeEnd::NotTls(first.to_vec()))
    }

    fn broken_off(&self, error: &io::Error) -> HandshakeEnd {
        use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset};
        if let Some(end) = self.without_tls() {
            return end;
        }
        match error.kind() {
            _ if is_timeout(error) => HandshakeEnd::Silent {
                seconds: self.limits.deadline.as_secs(),
            },
            BrokenPipe | ConnectionAborted | ConnectionReset => HandshakeEnd::Closed,
            _ => HandshakeEnd::Broken(errno_text(error)),
        }
    }

    fn refused(&self, error: Error) -> HandshakeEnd {
        match error {
            Error::AlertReceived(alert) => HandshakeEnd::Alert(alert.into()),
            other => self.without_tls().unwrap_or_else(|| broken(other)),
        }
    }
}

/// Why TLS cannot go on, in the words of somebody who runs servers.
fn broken(error: Error) -> HandshakeEnd {
    let why = match error {
        Error::InvalidMessage(_)
        | Error::InappropriateMessage { .. }
        | Error::InappropriateHandshakeMessage { .. }
        | Error::PeerSentOversizedRecord => return HandshakeEnd::Garbled,
        Error::PeerIncompatible(_) => {
            "it has no version, cipher suite or key exchange in common with this client"
        }
        Error::InvalidCertificate(CertificateError::BadSignature) => {
            "its signature does not belong to the certificate that it shows: it has another key"
        }
        Error::DecryptError => "what it sends cannot be decrypted",
        Error::PeerMisbehaved(_) => "it breaks the rules of TLS",
        // It quotes what the server sent.
        other => return HandshakeEnd::Broken(harmless(&other.to_string())),
    };
    HandshakeEnd::Broken(why.to_owned())
}

#[cfg(test)]
mod tests;
