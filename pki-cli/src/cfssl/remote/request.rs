//! What is sent to a signing server.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use pki_core::cfssl::CfsslAuthSecret;
use pki_core::{GeneralName, Timestamp};
use serde::Serialize;
use serde_json::value::RawValue;

use super::super::failure::CfsslFailure;
use super::super::signer::Asked;

/// A request to sign, as cfssl writes it.
#[derive(Serialize)]
struct SignRequest<'a> {
    /// What replaces the names of the CSR; null for none.
    hosts: Option<Vec<String>>,
    certificate_request: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<Box<RawValue>>,
    profile: &'a str,
    crl_override: &'a str,
    label: &'a str,
}

/// A request with the token that authenticates it.
#[derive(Serialize)]
struct Authenticated {
    timestamp: i64,
    token: String,
    request: String,
}

#[derive(Serialize)]
struct InfoRequest<'a> {
    label: &'a str,
    profile: &'a str,
}

/// What the flags say to the server.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wishes<'a> {
    pub(super) profile: &'a str,
    pub(super) label: &'a str,
    /// `-crl`.
    pub(super) crl_url: &'a str,
}

/// The body of `sign`.
pub(super) fn sign(asked: &Asked<'_>, wishes: Wishes<'_>) -> Result<Vec<u8>, CfsslFailure> {
    // As it was read: the server has the same rules for it. Without it the certificate would have
    // another subject than the one that was asked for.
    let subject = asked.subject_document.map(String::from_utf8_lossy);
    let subject = subject.map(|subject| serde_json::from_str(&subject));
    let subject = subject.transpose().map_err(|error: serde_json::Error| {
        CfsslFailure::new("the subject cannot be sent to a server").advise(format!(
            "line {}, column {} of it is no JSON",
            error.line(),
            error.column()
        ))
    })?;
    Ok(json(&SignRequest {
        hosts: (!asked.hosts.is_empty()).then(|| asked.hosts.iter().map(text).collect()),
        certificate_request: asked.csr.to_pem(),
        subject,
        profile: wishes.profile,
        crl_override: wishes.crl_url,
        label: wishes.label,
    }))
}

/// The body of `authsign` for a body of `sign`. The server checks the token alone.
pub(super) fn authenticated(request: &[u8], secret: &CfsslAuthSecret, now: Timestamp) -> Vec<u8> {
    json(&Authenticated {
        timestamp: now.unix(),
        token: BASE64.encode(secret.token(request)),
        request: BASE64.encode(request),
    })
}

/// The body of `info`.
pub(super) fn info(wishes: Wishes<'_>) -> Vec<u8> {
    json(&InfoRequest {
        label: wishes.label,
        profile: wishes.profile,
    })
}

fn json(document: &impl Serialize) -> Vec<u8> {
    // Structs of texts and numbers can always be written.
    serde_json::to_vec(document).unwrap_or_default()
}

/// A name as a host of a request: the server tells by the text what it is.
fn text(name: &GeneralName) -> String {
    match name {
        GeneralName::Dns(text) | GeneralName::Email(text) | GeneralName::Uri(text) => {
            text.as_str().to_owned()
        }
        GeneralName::Ip(address) => address.to_string(),
    }
}
