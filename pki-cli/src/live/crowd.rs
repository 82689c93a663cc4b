//! Many servers at once: the slowest decides how long it takes.

use pki_core::{LiveEndpoint, Served};

use super::client::{ClientCertificate, Shown};
use super::handshake;
use super::limits::Limits;
use crate::parallel;

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
        self.is_to(&other.endpoint) && self.client == other.client
    }

    fn is_to(&self, other: &LiveEndpoint) -> bool {
        let LiveEndpoint {
            server, host, port, ..
        } = &self.endpoint;
        (server, host, port) == (&other.server, &other.host, &other.port)
    }
}

/// What a server showed, for whoever asks it again. No key is kept.
pub(super) struct Answer {
    shown: Result<Shown, String>,
    served: Served,
}

impl Answer {
    pub(super) fn new(call: &Call, served: Served) -> Self {
        Self {
            shown: call.client.as_ref().map(Shown::of).map_err(Clone::clone),
            served,
        }
    }

    /// The answer to this call, if it is.
    pub(super) fn to(&self, call: &Call) -> Option<Served> {
        let is_shown = match (&self.shown, &call.client) {
            (Ok(shown), Ok(client)) => shown.is_of(client),
            (Err(one), Err(other)) => one == other,
            _ => false,
        };
        (call.is_to(&self.served.endpoint) && is_shown).then(|| Served {
            endpoint: call.endpoint.clone(),
            ..self.served.clone()
        })
    }
}

/// Asks all of them, and says so of each; the answers come in their order.
pub(super) fn ask(calls: &[Call], limits: Limits, answered: &(dyn Fn() + Sync)) -> Vec<Served> {
    parallel::each(calls, AT_ONCE, |call| {
        let served = handshake::ask(&call.endpoint, &call.client, limits);
        answered();
        served
    })
}
