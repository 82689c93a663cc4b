//! Many servers at once: the slowest decides how long it takes.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use pki_core::{LiveEndpoint, Served};

use super::client::ClientCertificates;
use super::handshake;
use super::limits::Limits;

/// Servers that are asked at the same time.
const AT_ONCE: usize = 32;

/// Asks all of them; the answers come in their order.
pub(super) fn ask(
    endpoints: &[LiveEndpoint],
    clients: &ClientCertificates,
    limits: Limits,
) -> Vec<Served> {
    let next = AtomicUsize::new(0);
    let answers = Mutex::new(Vec::with_capacity(endpoints.len()));
    let work = || {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(endpoint) = endpoints.get(index) else {
                return;
            };
            let served = handshake::ask(endpoint, &clients.get(endpoint.server), limits);
            let mut answers = answers.lock().unwrap_or_else(PoisonError::into_inner);
            answers.push((index, served));
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..endpoints.len().min(AT_ONCE) {
            scope.spawn(work);
        }
    });
    let mut answers = answers.into_inner().unwrap_or_else(PoisonError::into_inner);
    answers.sort_by_key(|(index, _)| *index);
    answers.into_iter().map(|(_, served)| served).collect()
}
