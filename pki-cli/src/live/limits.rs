//! How long a server may take and how much it may send, whatever it does.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// For everything with one server, from its name to the end.
    pub(super) deadline: Duration,
    /// To refuse a client after the handshake.
    pub(super) refusal: Duration,
    /// To refuse it for reasons of its own when it has gone on: etcd looks at
    /// addresses and revocation lists behind the handshake.
    pub(super) second_thoughts: Duration,
    /// How much it may send. The certificates of a handshake are 64 KiB at most.
    pub(super) bytes: usize,
}

impl Limits {
    pub(super) const USUAL: Self = Self {
        deadline: Duration::from_secs(5),
        refusal: Duration::from_secs(1),
        second_thoughts: Duration::from_millis(250),
        bytes: 1 << 20,
    };
}

/// A connection that ends in time and counts what comes.
pub(super) struct Bounded<'a> {
    stream: &'a TcpStream,
    until: Instant,
    bytes_left: usize,
    first: Vec<u8>,
}

/// As much as tells what it is.
const FIRST: usize = 64;

impl<'a> Bounded<'a> {
    pub(super) fn new(stream: &'a TcpStream, until: Instant, bytes: usize) -> Self {
        Self {
            stream,
            until,
            bytes_left: bytes,
            first: Vec::new(),
        }
    }

    /// The time until which it may be read; never later than before.
    pub(super) fn end_by(&mut self, until: Instant) {
        self.until = self.until.min(until);
    }

    pub(super) fn is_exhausted(&self) -> bool {
        self.bytes_left == 0
    }

    /// What came first.
    pub(super) fn first(&self) -> &[u8] {
        &self.first
    }

    /// What is left of the time: a timeout of zero would mean none.
    fn left(&self) -> io::Result<Duration> {
        match self.until.saturating_duration_since(Instant::now()) {
            Duration::ZERO => Err(io::ErrorKind::TimedOut.into()),
            left => Ok(left),
        }
    }
}

impl Read for Bounded<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.set_read_timeout(Some(self.left()?))?;
        let most = buffer.len().min(self.bytes_left);
        let count = self.stream.read(&mut buffer[..most])?;
        self.bytes_left -= count;
        let more = FIRST.saturating_sub(self.first.len()).min(count);
        self.first.extend_from_slice(&buffer[..more]);
        Ok(count)
    }
}

impl Write for Bounded<'_> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.stream.set_write_timeout(Some(self.left()?))?;
        self.stream.write(buffer)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Whether an error of a socket is that its time was up.
pub(super) fn is_timeout(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut
    )
}
