//! What a handshake with a server showed.

use super::endpoint::LiveEndpoint;

/// A server as a client saw it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Served {
    /// The server.
    pub endpoint: LiveEndpoint,
    /// The certificates that it showed, in DER and in its order. None if the
    /// handshake did not come so far.
    pub chain: Vec<Vec<u8>>,
    /// Whether it asked for a client certificate.
    pub asks_for_client: bool,
    /// The path in the tree of the certificate that it was shown, or why it was
    /// shown none.
    pub client: Result<String, String>,
    /// How it ended.
    pub end: HandshakeEnd,
}

/// How a handshake ended.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum HandshakeEnd {
    /// It was complete, and the server had nothing against it.
    Complete,
    /// The server sent this alert (RFC 8446 section 6.2). In TLS 1.3 one about
    /// the client's certificate comes after the handshake.
    Alert(u8),
    /// The server closed the connection.
    Closed,
    /// The time was up.
    Silent {
        /// How long the server was given.
        seconds: u64,
    },
    /// What came was no TLS: its first bytes.
    NotTls(Vec<u8>),
    /// What came looks like records of TLS, and nothing of TLS is in them.
    Garbled,
    /// More came than a handshake has: this many bytes.
    TooLong(usize),
    /// There was no connection, and why.
    Unreachable(String),
    /// The server broke the rules of TLS, or can do nothing that this client
    /// can.
    Broken(String),
}
