//! Many servers at once: the slowest decides how long it takes.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use pki_core::{LiveEndpoint, Served};

use super::client::ClientCertificate;
use super::handshake;
use super::limits::Limits;

/// Servers that are asked at the same time.
const AT_ONCE: usize = 32;

/// A server, and what it is shown.
#[derive(Clone)]
pub(super) struct Call {
    pub(super) endpoint: LiveEndpoint,
    pub(super) client: Result<ClientCertificate, String>,
}

impl Call {
    /// Whether the answer to one is the answer to the other, whoever asks.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        let place = |call: &Self| {
            let LiveEndpoint { server, port, .. } = call.endpoint;
            (server, port)
        };
        place(self) == place(other)
            && self.endpoint.host == other.endpoint.host
            && self.client == other.client
    }
}

/// Asks all of them, and says so of each; the answers come in their order.
pub(super) fn ask(calls: &[Call], limits: Limits, answered: &(dyn Fn() + Sync)) -> Vec<Served> {
    let next = AtomicUsize::new(0);
    let answers = Mutex::new(Vec::with_capacity(calls.len()));
    let work = || {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(call) = calls.get(index) else {
                return;
            };
            let served = handshake::ask(&call.endpoint, &call.client, limits);
            answered();
            let mut answers = answers.lock().unwrap_or_else(PoisonError::into_inner);
            answers.push((index, served));
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..calls.len().min(AT_ONCE) {
            scope.spawn(work);
        }
    });
    let mut answers = answers.into_inner().unwrap_or_else(PoisonError::into_inner);
    answers.sort_by_key(|(index, _)| *index);
    answers.into_iter().map(|(_, served)| served).collect()
}
