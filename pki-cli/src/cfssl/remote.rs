//! Signing on another host: `cfssl serve`, or what speaks like it.
//!
//! A server is named by `-remote`, or by `remote` or `auth_remote` of the profile; the flag wins.
//! What is named may be a list with commas, whose servers are asked in order.

mod address;
mod answer;
mod request;
mod secret;
mod transport;
mod trust;

use std::time::Instant;

use pki_core::cfssl::{CfsslAuthSecret, CfsslProfile};
use serde_json::Value;

use self::address::Address;
pub(super) use self::answer::Info;
use self::request::Wishes;
use self::transport::{Patience, Transport};
use super::Run;
use super::config::Config;
use super::failure::CfsslFailure;
use super::flags::Flag;
use super::log::Log;
use super::signer::Asked;

/// The servers of a call, ready to be asked.
pub(super) struct Remote {
    servers: Vec<Address>,
    transport: Transport,
    /// What authenticates requests to sign.
    secret: Option<CfsslAuthSecret>,
}

impl Remote {
    /// The servers that the flags and the configuration name, if they name any.
    pub(super) fn choose(run: &mut Run<'_>) -> Result<Option<Self>, CfsslFailure> {
        let Some((named, secret)) = Self::named(run)? else {
            return Ok(None);
        };
        Self::new(&named, secret, run).map(Some)
    }

    fn named(run: &Run<'_>) -> Result<Option<(String, Option<CfsslAuthSecret>)>, CfsslFailure> {
        let flag = run.flags.text(Flag::Remote);
        let profile = profile(run)?;
        let named = match (flag, &run.config, &profile) {
            ("", Some(config), Some(profile)) if profile.is_remote() => {
                Some(remote_of(config, profile)?)
            }
            ("", ..) => None,
            (flag, ..) => Some(flag),
        };
        let Some(named) = named else {
            return Ok(None);
        };
        let secret = match (&run.config, profile.and_then(|p| p.auth_remote)) {
            (Some(config), Some(remote)) => Some(secret::find(config, &remote.auth_key, run)?),
            _ => None,
        };
        Ok(Some((named.to_owned(), secret)))
    }

    /// The servers of `-remote` alone, to ask what needs no authentication.
    pub(super) fn named_by_flag(run: &mut Run<'_>) -> Result<Option<Self>, CfsslFailure> {
        let flag = run.flags.text(Flag::Remote).to_owned();
        match flag.as_str() {
            "" => Ok(None),
            flag => Self::new(flag, None, run).map(Some),
        }
    }

    fn new(
        named: &str,
        secret: Option<CfsslAuthSecret>,
        run: &mut Run<'_>,
    ) -> Result<Self, CfsslFailure> {
        let servers =
            Address::list(named).map_err(|error| unconnected().advise(error.to_string()))?;
        let tls = match servers.iter().any(Address::is_https) {
            true => Some(trust::configure(run)?),
            false => {
                warn_unused(run);
                None
            }
        };
        Ok(Self {
            servers,
            transport: Transport::new(tls, Patience::USUAL),
            secret,
        })
    }

    /// The certificate, in PEM.
    pub(super) fn sign(
        &self,
        asked: &Asked<'_>,
        run: &mut Run<'_>,
    ) -> Result<String, CfsslFailure> {
        let body = request::sign(asked, wishes(run))?;
        let read = |result: &Value| answer::certificate(result, asked.csr.public_key());
        match &self.secret {
            None => self.ask("sign", &body, read, run),
            Some(secret) => {
                let body = request::authenticated(&body, secret, run.env.now);
                self.ask("authsign", &body, read, run)
            }
        }
    }

    /// What the server says of itself; this needs no authentication.
    pub(super) fn info(&self, run: &mut Run<'_>) -> Result<Info, CfsslFailure> {
        let body = request::info(wishes(run));
        self.ask("info", &body, answer::info, run)
    }

    /// The answer of the first server that gives a good one. Where warnings are errors nobody is
    /// asked after the first of them: there would be a certificate that nobody gets.
    fn ask<T>(
        &self,
        endpoint: &str,
        body: &[u8],
        read: impl Fn(&Value) -> Result<T, CfsslFailure>,
        run: &mut Run<'_>,
    ) -> Result<T, CfsslFailure> {
        let strict = run.env.cfssl_strict;
        if strict && run.warnings.any() {
            return Err(CfsslFailure::new(
                "refused before a server is asked, because KPKI_CFSSL_STRICT makes errors of warnings",
            ));
        }
        let start = Instant::now();
        let mut failures: Vec<(&Address, CfsslFailure)> = Vec::new();
        let mut unasked = None;
        for server in &self.servers {
            let why = match failures.is_empty() {
                true => None,
                false if strict => Some("KPKI_CFSSL_STRICT makes an error of the failure before"),
                false if self.transport.is_over(start) => Some("those before took too long"),
                false => None,
            };
            if let Some(why) = why {
                unasked = Some(format!("{server} is not asked: {why}"));
                break;
            }
            let result = self.result(server, endpoint, body, start, &run.log);
            match result.and_then(|result| read(&result)) {
                Ok(value) => {
                    for (server, failure) in failures {
                        let words = failure.words();
                        run.warnings
                            .warn(format!("{server} gave no answer of use: {words}"));
                    }
                    return Ok(value);
                }
                Err(failure) => failures.push((server, failure)),
            }
        }
        // A list of addresses is never empty.
        let (_, last) = failures.pop().ok_or_else(unconnected)?;
        let last = match unasked {
            Some(unasked) => last.advise(unasked),
            None => last,
        };
        let earlier = failures.iter();
        Err(earlier.fold(last, |last, (server, failure)| {
            last.advise(format!("before it, {server}: {}", failure.words()))
        }))
    }

    fn result(
        &self,
        server: &Address,
        endpoint: &str,
        body: &[u8],
        start: Instant,
        log: &Log,
    ) -> Result<Value, CfsslFailure> {
        let answer = self.transport.post(server, endpoint, body, start);
        let answer = answer.map_err(|error| answer::unanswered(server, endpoint, &error))?;
        if answer.status != 200 {
            log.error(&format!("http error with {}", server.url(endpoint)));
        }
        answer::result(server, &answer)
    }
}

/// Flags for https, and no server that is asked so: not what the user thinks.
fn warn_unused(run: &mut Run<'_>) {
    for (flag, name) in [
        (Flag::TlsRemoteCa, "-tls-remote-ca"),
        (Flag::MutualTlsClientCert, "-mutual-tls-client-cert"),
        (Flag::MutualTlsClientKey, "-mutual-tls-client-key"),
    ] {
        if !run.flags.text(flag).is_empty() {
            run.warnings.warn(format!(
                "{name} has no effect by http: write https://HOST:PORT"
            ));
        }
    }
}

fn unconnected() -> CfsslFailure {
    CfsslFailure::coded(5300, "failed to connect to remote")
}

/// The profile of the call, if there is a configuration. With `-remote` it need not have one of
/// this name: the server has. Then the default's key is the one to use, as with cfssl.
fn profile(run: &Run<'_>) -> Result<Option<CfsslProfile>, CfsslFailure> {
    let Some(config) = &run.config else {
        return Ok(None);
    };
    match config.profile(run.flags.text(Flag::Profile)) {
        Ok(profile) => Ok(Some(profile.settings)),
        Err(failure) if run.flags.text(Flag::Remote).is_empty() => Err(failure),
        Err(_) => Ok(config.profile("").ok().map(|profile| profile.settings)),
    }
}

/// What `remotes` says of the server of a profile.
fn remote_of<'a>(config: &'a Config, profile: &CfsslProfile) -> Result<&'a str, CfsslFailure> {
    let authenticated = profile.auth_remote.as_ref().map(|remote| &remote.remote);
    let name = authenticated.or(profile.remote.as_ref());
    let mut remotes = config.signing.remotes();
    let found = remotes
        .find_map(|(known, named)| (Some(known) == name.map(String::as_str)).then_some(named));
    found.ok_or_else(|| {
        CfsslFailure::coded(5200, "failed to find remote in remotes section").not_loaded()
    })
}

fn wishes<'a>(run: &'a Run<'_>) -> Wishes<'a> {
    Wishes {
        profile: run.flags.text(Flag::Profile),
        label: run.flags.text(Flag::Label),
        crl_url: run.flags.text(Flag::Crl),
    }
}

#[cfg(test)]
mod tests;
