//! A way to a host that breaks: after some bytes it is cut, or nothing passes any more.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

/// What happens when so many bytes have passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    Never,
    /// Both ends see the connection closed after so many bytes to the host.
    CutOut(u64),
    /// The same, of the bytes that come from it.
    CutIn(u64),
    /// After so many bytes to the host nothing passes, and nobody is told.
    Stall(u64),
}

/// Listens, and passes connections on to a port of this host.
pub(crate) struct Proxy {
    pub(crate) port: u16,
    shared: Arc<Shared>,
}

struct Shared {
    target: u16,
    fault: Fault,
    out: AtomicU64,
    back: AtomicU64,
    is_over: AtomicBool,
}

impl Proxy {
    pub(crate) fn to(target: u16, fault: Fault) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("bound").port();
        let shared = Arc::new(Shared {
            target,
            fault,
            out: AtomicU64::new(0),
            back: AtomicU64::new(0),
            is_over: AtomicBool::new(false),
        });
        let serving = Arc::clone(&shared);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if serving.is_over.load(Ordering::Relaxed) {
                    return;
                }
                serve(client, &serving);
            }
        });
        Self { port, shared }
    }

    /// The bytes that went to the host, and those that came from it.
    pub(crate) fn passed(&self) -> (u64, u64) {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        (count(&self.shared.out), count(&self.shared.back))
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.shared.is_over.store(true, Ordering::Relaxed);
        // Wakes the listener, which looks.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

fn serve(client: TcpStream, shared: &Arc<Shared>) {
    let Ok(host) = TcpStream::connect(("127.0.0.1", shared.target)) else {
        return;
    };
    let (Ok(client_again), Ok(host_again)) = (client.try_clone(), host.try_clone()) else {
        return;
    };
    let out = Arc::clone(shared);
    thread::spawn(move || pass(&client, &host, &out.out, out.fault, true));
    let back = Arc::clone(shared);
    thread::spawn(move || pass(&host_again, &client_again, &back.back, back.fault, false));
}

fn pass(mut from: &TcpStream, mut to: &TcpStream, passed: &AtomicU64, fault: Fault, is_out: bool) {
    let mut buffer = [0; 4096];
    let mut is_stalled = false;
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        let before = passed.fetch_add(count as u64, Ordering::Relaxed);
        let most = match fault {
            Fault::CutOut(most) | Fault::Stall(most) if is_out => most,
            Fault::CutIn(most) if !is_out => most,
            _ => u64::MAX,
        };
        let left = usize::try_from(most.saturating_sub(before)).unwrap_or(usize::MAX);
        let is_last = count >= left;
        if !is_stalled && to.write_all(&buffer[..count.min(left)]).is_err() {
            break;
        }
        match (is_last, fault) {
            (true, Fault::Stall(_)) => is_stalled = true,
            (true, _) => break,
            (false, _) => {}
        }
    }
    // Whoever is at one end learns that the other is gone.
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}
