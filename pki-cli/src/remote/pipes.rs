//! A running program that is talked to over its standard streams: by one
//! thread, and nothing is waited for without an end.

use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use rustix::io::Errno;
use zeroize::Zeroizing;

/// A program and its streams. It is killed when this is dropped.
pub(super) struct Pipes {
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: ChildStdout,
    stderr: Option<ChildStderr>,
    /// The end of what it wrote to its standard error.
    said: Vec<u8>,
}

/// How long and how much.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    /// Without a byte in any direction.
    pub(super) silence: Duration,
    /// From now on, however much moves.
    pub(super) whole: Duration,
    pub(super) bytes: usize,
}

/// An answer that did not come to its end.
#[derive(Debug)]
pub(super) struct Cut {
    pub(super) why: Broken,
    /// What came before.
    pub(super) came: Zeroizing<Vec<u8>>,
}

/// Why an answer did not come to its end.
#[derive(Debug)]
pub(super) enum Broken {
    /// Nothing moved for too long.
    Silent,
    /// Something moved, but all of it took too long.
    Slow,
    TooMuch,
    /// It closed its output.
    Ended,
    Failed(io::Error),
}

/// As much as messages are made of.
const MOST_SAID: usize = 16 << 10;

impl Pipes {
    pub(super) fn start(command: &mut Command) -> io::Result<Self> {
        // Ctrl-C at the terminal is a matter of ours: what runs on the host is finished.
        let mut child = command
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let streams = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (stdin, Some(stdout), stderr) = streams else {
            return Err(ErrorKind::BrokenPipe.into());
        };
        let pipes = Self {
            child,
            stdin,
            stdout,
            stderr,
            said: Vec::new(),
        };
        do_not_block(&pipes.stdout)?;
        pipes.stdin.as_ref().map_or(Ok(()), do_not_block)?;
        pipes.stderr.as_ref().map_or(Ok(()), do_not_block)?;
        Ok(pipes)
    }

    /// Sends these parts, and reads until `is_whole` is content with what came.
    pub(super) fn exchange(
        &mut self,
        parts: &[&[u8]],
        bounds: Bounds,
        is_whole: impl FnMut(&[u8]) -> bool,
    ) -> Result<Zeroizing<Vec<u8>>, Cut> {
        let mut came = Growing::up_to(bounds.bytes);
        let done = self.exchange_into(&mut came, parts, bounds, is_whole);
        let came = came.bytes;
        match done {
            Ok(()) => Ok(came),
            Err(why) => Err(Cut { why, came }),
        }
    }

    fn exchange_into(
        &mut self,
        came: &mut Growing,
        parts: &[&[u8]],
        bounds: Bounds,
        mut is_whole: impl FnMut(&[u8]) -> bool,
    ) -> Result<(), Broken> {
        let mut left = parts.iter().copied().filter(|part| !part.is_empty());
        let mut sending: &[u8] = left.next().unwrap_or_default();
        let end = Instant::now() + bounds.whole;
        let mut until = Instant::now() + bounds.silence;
        let mut whole = false;
        while !(whole && sending.is_empty()) {
            if !self.wait(!sending.is_empty(), until.min(end))? {
                let is_over = Instant::now() >= end && end < until;
                return Err(if is_over {
                    Broken::Slow
                } else {
                    Broken::Silent
                });
            }
            let mut moved = self.listen();
            if let Some(sent) = self.send(sending)? {
                moved |= sent > 0;
                sending = sending.get(sent..).unwrap_or_default();
                if sending.is_empty() {
                    sending = left.next().unwrap_or_default();
                }
            }
            match came.read_from(&mut self.stdout) {
                Ok(0) => return Err(Broken::Ended),
                Ok(_) if came.bytes.len() > bounds.bytes => return Err(Broken::TooMuch),
                Ok(_) => {
                    moved = true;
                    whole = is_whole(&came.bytes);
                }
                Err(e) if is_not_yet(&e) => {}
                Err(e) => return Err(Broken::Failed(e)),
            }
            if moved {
                until = Instant::now() + bounds.silence;
            }
        }
        Ok(())
    }

    /// Waits until something can be read or written; `false` if it was too late.
    fn wait(&self, is_sending: bool, until: Instant) -> Result<bool, Broken> {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(false);
        }
        let mut streams = vec![PollFd::from_borrowed_fd(self.stdout.as_fd(), PollFlags::IN)];
        if let Some(stderr) = &self.stderr {
            streams.push(PollFd::from_borrowed_fd(stderr.as_fd(), PollFlags::IN));
        }
        if let Some(stdin) = self.stdin.as_ref().filter(|_| is_sending) {
            streams.push(PollFd::from_borrowed_fd(stdin.as_fd(), PollFlags::OUT));
        }
        let timeout = Timespec::try_from(left).ok();
        match poll(&mut streams, timeout.as_ref()) {
            Ok(ready) => Ok(ready > 0),
            Err(Errno::INTR) => Ok(true),
            Err(e) => Err(Broken::Failed(e.into())),
        }
    }

    /// What could be sent; `None` if there was nothing, or nobody reads any more. Then the end of
    /// the output says more than this does.
    fn send(&mut self, bytes: &[u8]) -> Result<Option<usize>, Broken> {
        let Some(stdin) = self.stdin.as_mut().filter(|_| !bytes.is_empty()) else {
            return Ok(None);
        };
        match stdin.write(bytes) {
            Ok(count) => Ok(Some(count)),
            Err(e) if is_not_yet(&e) => Ok(None),
            Err(e) if e.kind() == ErrorKind::BrokenPipe => {
                self.stdin = None;
                Ok(None)
            }
            Err(e) => Err(Broken::Failed(e)),
        }
    }

    /// Takes in what is on its standard error. Whether something was.
    fn listen(&mut self) -> bool {
        let mut buffer = [0; 4096];
        let Some(stderr) = &mut self.stderr else {
            return false;
        };
        match stderr.read(&mut buffer) {
            Ok(0) => self.stderr = None,
            Ok(count) => {
                self.said.extend_from_slice(&buffer[..count]);
                let surplus = self.said.len().saturating_sub(MOST_SAID);
                self.said.drain(..surplus);
                return true;
            }
            Err(e) if is_not_yet(&e) => {}
            Err(_) => self.stderr = None,
        }
        false
    }

    /// How it ended and what it said, for a program that has closed its output. One that
    /// does not end soon is killed, for then it has nothing to add.
    pub(super) fn end(&mut self) -> (Option<ExitStatus>, String) {
        const SOON: Duration = Duration::from_secs(2);
        const A_MOMENT: Duration = Duration::from_millis(10);
        self.stdin = None;
        let until = Instant::now() + SOON;
        let status = loop {
            self.listen_a_while();
            match self.child.try_wait() {
                Ok(None) if Instant::now() < until => std::thread::sleep(A_MOMENT),
                Ok(status) => break status,
                Err(_) => break None,
            }
        };
        // It has ended already, or ends by this.
        let _ = self.child.kill();
        // Others may hold the stream open: what is there now is all that is waited for.
        self.listen_a_while();
        (status, String::from_utf8_lossy(&self.said).into_owned())
    }

    /// Takes in what is there, if it ends.
    fn listen_a_while(&mut self) {
        for _ in 0..64 {
            if !self.listen() {
                return;
            }
        }
    }
}

impl Drop for Pipes {
    fn drop(&mut self) {
        // It has ended already, or ends by this.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn do_not_block(stream: &impl AsFd) -> io::Result<()> {
    let flags = fcntl_getfl(stream)?;
    Ok(fcntl_setfl(stream, flags | OFlags::NONBLOCK)?)
}

fn is_not_yet(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted)
}

/// Bytes that may be of a key: nothing of them stays behind where they grow.
struct Growing {
    bytes: Zeroizing<Vec<u8>>,
    most: usize,
}

impl Growing {
    /// At least as much room as is read at once.
    const ROOM: usize = 32 << 10;

    fn up_to(most: usize) -> Self {
        Self {
            bytes: Zeroizing::default(),
            most,
        }
    }

    fn read_from(&mut self, stream: &mut impl Read) -> io::Result<usize> {
        let length = self.bytes.len();
        if self.bytes.capacity() - length < Self::ROOM {
            // Twice as much, but not much more than there may be.
            let room = (2 * length).min(self.most.max(length)) + Self::ROOM;
            let mut larger = Zeroizing::new(Vec::with_capacity(room));
            larger.extend_from_slice(&self.bytes);
            self.bytes = larger;
        }
        self.bytes.resize(length + Self::ROOM, 0);
        let read = stream.read(&mut self.bytes[length..]);
        let count = *read.as_ref().unwrap_or(&0);
        self.bytes.truncate(length + count);
        read
    }
}
