//! What a signing server's answer says.

use pki_core::{Certificate, Quoted, SubjectPublicKeyInfo};
use serde::Deserialize;
use serde_json::Value;

use super::super::failure::CfsslFailure;
use super::address::Address;
use super::transport::{Answer, TransportError};

/// What every endpoint answers.
#[derive(Deserialize)]
struct Envelope {
    #[serde(default)]
    success: bool,
    #[serde(default)]
    result: Value,
    #[serde(default)]
    errors: Option<Vec<Fault>>,
}

#[derive(Deserialize)]
struct Fault {
    #[serde(default)]
    message: String,
}

/// What a server says of itself.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::cfssl) struct Info {
    pub(in crate::cfssl) certificate: String,
    pub(in crate::cfssl) usages: Vec<String>,
    pub(in crate::cfssl) expiry: String,
}

/// cfssl's number for what goes wrong below HTTP, and for statuses other than 200.
const HTTP: u16 = 7400;

/// Why a request got no answer, in cfssl's words.
pub(super) fn unanswered(
    address: &Address,
    endpoint: &str,
    error: &TransportError,
) -> CfsslFailure {
    let url = address.url(endpoint);
    let unsent = |why: &str| {
        let why = harmless(why);
        let text = format!("failed POST to {url}: Post \"{url}\": {why}");
        CfsslFailure::coded(HTTP, &text)
    };
    match error {
        TransportError::Unsent(why) => unsent(why),
        TransportError::Untrusted(why) => unsent(why).advise(format!(
            "name the CA of {address} with -tls-remote-ca, if it is to be trusted"
        )),
        TransportError::Unknown(why) => unsent(why).advise(format!(
            "{address} broke off: does it know -mutual-tls-client-cert and -mutual-tls-client-key?"
        )),
        TransportError::Unread(why) => CfsslFailure::coded(7300, &harmless(why)),
    }
}

/// The result of an answer, or why there is none.
pub(super) fn result(address: &Address, answer: &Answer) -> Result<Value, CfsslFailure> {
    let envelope = serde_json::from_slice::<Envelope>(&answer.body);
    if answer.status != 200 {
        let text = harmless(&String::from_utf8_lossy(&answer.body));
        let failure = CfsslFailure::coded(HTTP, &text);
        let said = envelope.ok().and_then(|envelope| first(&envelope));
        return Err(match (said, &answer.location) {
            (Some(said), _) => failure.advise(refusal(address, &said)),
            (None, Some(location)) => failure.advise(format!(
                "{address} sends elsewhere, to {}: if that is right, name it",
                Quoted(location)
            )),
            (None, None) => failure.advise(format!(
                "{address} answered with HTTP status {}: is it 'cfssl serve'?",
                answer.status
            )),
        });
    }
    let envelope = envelope.map_err(|error| {
        let failure = match error.is_eof() {
            true => CfsslFailure::coded(7200, "unexpected end of JSON input"),
            false => CfsslFailure::coded(7200, "API client JSON config error"),
        };
        failure.advise(format!(
            "{address} answered with something else than cfssl does (line {}, column {})",
            error.line(),
            error.column()
        ))
    })?;
    if envelope.success && !envelope.result.is_null() {
        return Ok(envelope.result);
    }
    Err(match first(&envelope) {
        Some(said) => CfsslFailure::coded(7500, &harmless(&said)).advise(refusal(address, &said)),
        None => CfsslFailure::coded(7500, "API client error: Server request failed"),
    })
}

fn first(envelope: &Envelope) -> Option<String> {
    let fault = envelope.errors.as_ref()?.first()?;
    Some(fault.message.clone())
}

/// What to do about a refusal of the server.
fn refusal(address: &Address, said: &str) -> String {
    let advice = match said {
        "authentication required" => {
            ": its profile has an 'auth_key'; give that key in 'auth_keys' of -config, and name it in 'auth_remote' of the profile"
        }
        "invalid token" => ": its key for this profile is not the one of 'auth_remote'",
        "no authentication provider" => {
            ": its profile has no 'auth_key'; name the server in 'remote' in place of 'auth_remote'"
        }
        _ => "",
    };
    format!("{address} refuses: {}{advice}", Quoted(said))
}

/// The certificates of a result: the one that was asked for, which must hold the key of the CSR,
/// and what may come with it. In PEM, written anew, so that nothing else gets in.
pub(super) fn certificate(
    result: &Value,
    key: &SubjectPublicKeyInfo,
) -> Result<String, CfsslFailure> {
    let text = result.get("certificate").and_then(Value::as_str);
    let text = text
        .filter(|text| !text.is_empty())
        .ok_or_else(|| CfsslFailure::coded(HTTP, "response doesn't contain certificate."))?;
    let chain = Certificate::bundle_from_pem(text.as_bytes()).map_err(|error| {
        CfsslFailure::coded(1003, "Failed to parse certificate")
            .advise(format!("the certificate that the server sent: {error}"))
    })?;
    let holds = chain
        .first()
        .and_then(|certificate| certificate.public_key().ok())
        .is_some_and(|held| held == key);
    match holds {
        true => Ok(chain.iter().map(Certificate::to_pem).collect()),
        false => Err(
            CfsslFailure::coded(2300, "Private key does not match public key").advise(
                "the server sent a certificate for another key than the request's: it is refused",
            ),
        ),
    }
}

/// The answer of `info`.
pub(super) fn info(result: &Value) -> Result<Info, CfsslFailure> {
    let malformed = || CfsslFailure::coded(HTTP, "response is formatted improperly");
    let members = result.as_object().ok_or_else(malformed)?;
    let text = |key: &str| match members.get(key) {
        None | Some(Value::Null) => Ok(""),
        Some(Value::String(text)) => Ok(text.as_str()),
        Some(_) => Err(malformed()),
    };
    let usages = match members.get("usages") {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(usages)) if usages.len() <= MOST_USAGES => usages
            .iter()
            .map(|usage| usage.as_str().and_then(word).ok_or_else(malformed))
            .collect::<Result<_, _>>()?,
        Some(_) => return Err(malformed()),
    };
    let certificate = text("certificate")?;
    let certificate = Certificate::from_pem(certificate.as_bytes()).map_err(|error| {
        CfsslFailure::coded(1003, "Failed to parse certificate")
            .advise(format!("the certificate that the server sent: {error}"))
    })?;
    Ok(Info {
        // Written anew, so that nothing else gets in.
        certificate: certificate.to_pem().trim_end().to_owned(),
        usages,
        expiry: word(text("expiry")?).ok_or_else(malformed)?,
    })
}

/// More usages than there are.
const MOST_USAGES: usize = 100;

/// A usage or a duration: no server has one that is long or is not in ASCII.
fn word(text: &str) -> Option<String> {
    const LONGEST: usize = 100;
    let known = |byte: u8| byte == b' ' || byte.is_ascii_graphic();
    (text.len() <= LONGEST && text.bytes().all(known)).then(|| text.to_owned())
}

/// A server's text for a terminal: not endless, and without what moves the cursor.
fn harmless(text: &str) -> String {
    const LONGEST: usize = 2000;
    let plain = |c: char| match c {
        '\n' | '\t' => c,
        c if c.is_control() => char::REPLACEMENT_CHARACTER,
        c => c,
    };
    text.chars().take(LONGEST).map(plain).collect()
}
