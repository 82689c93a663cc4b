//! One request to a signing server and its answer, which may be anything: both the time and the
//! size of it have bounds.

use std::io;
use std::time::{Duration, Instant};

use rustls::CertificateError;
use ureq::tls::TlsConfig;
use ureq::{Agent, Error, Timeout};

use super::address::Address;
use crate::store::errno_text;

/// How long servers may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    /// To take the connection, TLS included.
    pub(super) connect: Duration,
    /// For everything.
    pub(super) total: Duration,
    /// For everything with all servers of a list.
    pub(super) list: Duration,
}

impl Patience {
    /// A signature takes a second at most; a server with a hardware module may take some.
    pub(super) const USUAL: Self = Self {
        connect: Duration::from_secs(10),
        total: Duration::from_secs(30),
        list: Duration::from_secs(60),
    };
}

/// A certificate with its chain has a few KiB.
const LONGEST_ANSWER: u64 = 1 << 20;
const LONGEST_HEADER: usize = 1 << 16;

/// Sends requests. Neither redirects nor the proxies of the environment are followed: the answer
/// is the answer of the server that the user named. cfssl follows redirects, but no proxies.
pub(super) struct Transport {
    agent: Agent,
    patience: Patience,
}

/// What a server answered.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Vec<u8>,
    /// Where a redirect leads.
    pub(super) location: Option<String>,
}

/// Why there is no answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum TransportError {
    /// The request did not reach a server that answers.
    Unsent(String),
    /// The server's certificate is from an unknown CA.
    Untrusted(String),
    /// A server that speaks TLS broke off, as it does with clients that it does not know. Its
    /// alert may come too late to be read.
    Unknown(String),
    /// The answer broke off or is too long.
    Unread(String),
}

impl Transport {
    /// `tls` may be left out if no server is asked by https.
    pub(super) fn new(tls: Option<TlsConfig>, patience: Patience) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(None)
            .timeout_connect(Some(patience.connect))
            .max_response_header_size(LONGEST_HEADER)
            .max_idle_connections(0)
            .user_agent(concat!("kpki/", env!("CARGO_PKG_VERSION")));
        let config = match tls {
            Some(tls) => config.tls_config(tls),
            None => config,
        };
        Self {
            agent: config.build().new_agent(),
            patience,
        }
    }

    /// Whether a list whose first server was asked at `start` has had its time.
    pub(super) fn is_over(&self, start: Instant) -> bool {
        start.elapsed() >= self.patience.list
    }

    /// Sends a JSON document. `start` is when the first server of the list was asked.
    pub(super) fn post(
        &self,
        address: &Address,
        endpoint: &str,
        json: &[u8],
        start: Instant,
    ) -> Result<Answer, TransportError> {
        let unsent = |error| {
            let why = words(address, &error);
            match tls_error(&error) {
                Some(rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer)) => {
                    TransportError::Untrusted(why)
                }
                _ if address.is_https() && broke_off(&error) => TransportError::Unknown(why),
                _ => TransportError::Unsent(why),
            }
        };
        let left = self.patience.list.saturating_sub(start.elapsed());
        let patience = self.patience.total.min(left);
        let request = self.agent.post(address.url(endpoint)).config();
        let request = request.timeout_global(Some(patience)).build();
        let request = request.header("content-type", "application/json");
        let request = request.header("connection", "close");
        let mut response = request.send(json).map_err(unsent)?;
        let location = response.headers().get("location");
        let location = location.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
        let body = response.body_mut().with_config().limit(LONGEST_ANSWER);
        let body = body
            .read_to_vec()
            .map_err(|error| TransportError::Unread(words(address, &error)))?;
        Ok(Answer {
            status: response.status().as_u16(),
            body,
            location,
        })
    }
}

/// The error of rustls in an error of ureq.
fn tls_error(error: &Error) -> Option<&rustls::Error> {
    match error {
        Error::Rustls(error) => Some(error),
        Error::Io(error) => error.get_ref()?.downcast_ref(),
        _ => None,
    }
}

/// Whether the other end ended the connection.
fn broke_off(error: &Error) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
    let ends = [
        BrokenPipe,
        ConnectionAborted,
        ConnectionReset,
        UnexpectedEof,
    ];
    match (tls_error(error), error) {
        (Some(error), _) => matches!(error, rustls::Error::AlertReceived(_)),
        (None, Error::Io(error)) => ends.contains(&error.kind()),
        _ => false,
    }
}

/// In Go's words where it has some.
fn words(address: &Address, error: &Error) -> String {
    let authority = address.authority();
    if let Some(error) = tls_error(error) {
        return tls_words(authority, error);
    }
    match error {
        Error::Io(error) => io_words(authority, error),
        Error::HostNotFound => not_found(authority),
        Error::ConnectionFailed => format!("dial tcp {authority}: no connection"),
        Error::Timeout(Timeout::Resolve | Timeout::Connect) => {
            format!("dial tcp {authority}: i/o timeout")
        }
        Error::Timeout(_) => "the answer takes too long".into(),
        Error::BodyExceedsLimit(_) => "the answer is longer than 1 MiB".into(),
        Error::LargeResponseHeader(..) => "the header of the answer is longer than 64 KiB".into(),
        Error::Protocol(_) | Error::Http(_) => format!("malformed HTTP response: {error}"),
        error => error.to_string(),
    }
}

fn io_words(authority: &str, error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => "unexpected EOF".into(),
        io::ErrorKind::ConnectionRefused
        | io::ErrorKind::HostUnreachable
        | io::ErrorKind::NetworkUnreachable => {
            format!("dial tcp {authority}: connect: {}", errno_text(error))
        }
        _ => {
            // The standard library has no kind for what its resolver says.
            let text = errno_text(error);
            match text.strip_prefix("failed to lookup address information: ") {
                Some("Name or service not known") => not_found(authority),
                Some(why) => format!("dial tcp: lookup {authority}: {why}"),
                None => text,
            }
        }
    }
}

fn not_found(authority: &str) -> String {
    format!("dial tcp: lookup {authority}: no such host")
}

fn tls_words(authority: &str, error: &rustls::Error) -> String {
    use CertificateError as Wrong;
    use rustls::{AlertDescription, Error as Tls, InvalidMessage};
    let refused = |why: String| format!("tls: failed to verify certificate: x509: {why}");
    match error {
        Tls::InvalidCertificate(wrong) => refused(match wrong {
            Wrong::UnknownIssuer => "certificate signed by unknown authority".into(),
            Wrong::NotValidForName | Wrong::NotValidForNameContext { .. } => {
                format!("certificate is not valid for {authority}")
            }
            Wrong::Expired
            | Wrong::ExpiredContext { .. }
            | Wrong::NotValidYet
            | Wrong::NotValidYetContext { .. } => {
                "certificate has expired or is not yet valid".into()
            }
            other => other.to_string(),
        }),
        Tls::AlertReceived(alert) => {
            let alert = match alert {
                AlertDescription::CertificateRequired => "certificate required".into(),
                AlertDescription::BadCertificate => "bad certificate".into(),
                AlertDescription::UnknownCA => "unknown certificate authority".into(),
                other => format!("{other:?}"),
            };
            format!("remote error: tls: {alert}")
        }
        Tls::InvalidMessage(InvalidMessage::InvalidContentType) => {
            "http: server gave HTTP response to HTTPS client".into()
        }
        other => format!("tls: {other}"),
    }
}
