//! The key of an `auth_remote`: in the configuration itself, in a variable or in a file.

use pki_core::Quoted;
use pki_core::cfssl::{CfsslAuthKey, CfsslAuthKeySource, CfsslAuthSecret};
use zeroize::Zeroizing;

use super::super::config::Config;
use super::super::failure::CfsslFailure;
use super::super::{Run, material};

/// The key of this name.
pub(super) fn find(
    config: &Config,
    name: &str,
    run: &Run<'_>,
) -> Result<CfsslAuthSecret, CfsslFailure> {
    let known = config.signing.auth_keys().find(|(known, _)| *known == name);
    let (_, key) = known.ok_or_else(|| {
        CfsslFailure::coded(
            5200,
            "failed to find auth_remote's auth_key in auth_keys section",
        )
        .not_loaded()
    })?;
    read(key, name, run)
}

fn read(key: &CfsslAuthKey, name: &str, run: &Run<'_>) -> Result<CfsslAuthSecret, CfsslFailure> {
    let unusable = |why: String| {
        CfsslFailure::coded(5200, "failed to create new standard auth provider")
            .not_loaded()
            .advise(format!("the authentication key {}: {why}", Quoted(name)))
    };
    let source = key
        .source()
        .map_err(|_| unusable("it is neither hexadecimal nor env:VARIABLE nor file:FILE".into()))?;
    let (octets, place) = match source {
        CfsslAuthKeySource::Literal(digits) => (
            Zeroizing::new(digits.as_bytes().to_vec()),
            "its value".to_owned(),
        ),
        CfsslAuthKeySource::Environment(variable) => (
            run.env.variable(variable),
            format!("the variable {}", Quoted(variable)),
        ),
        CfsslAuthKeySource::File(path) => (
            material::document(path).map_err(unusable)?,
            format!("the file {}", Quoted(path)),
        ),
    };
    let text = std::str::from_utf8(&octets).unwrap_or("?");
    let text = match source {
        CfsslAuthKeySource::File(_) => text.trim(),
        _ => text,
    };
    let octets = CfsslAuthKey::octets(text)
        .map_err(|_| unusable(format!("{place} is not hexadecimal (it is not shown)")))?;
    // cfssl would go on with an empty key, which everyone has.
    CfsslAuthSecret::new(octets).ok_or_else(|| unusable(format!("{place} is empty or not set")))
}
