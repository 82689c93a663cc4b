//! Rules about a signing configuration as a whole.

use std::collections::HashSet;

use super::spot::Spot;
use super::together::Together;
use super::{Findings, LintRule, add, profile};
use crate::cfssl::{CfsslAuthKeySource, SigningConfig};
use crate::name::Quoted;

pub(super) fn check(
    config: &SigningConfig,
    root: &Spot<'_>,
    together: &Together,
    findings: &mut Findings,
) {
    default_profile(config, root, findings);
    auth_keys(config, root, findings);
    let signing = root.key("signing");
    let is_of_etcd = config.profile_names().any(profile::is_of_etcd);
    let default = config.default.as_ref().map(|(_, settings)| settings);
    let inherited = default.and_then(|settings| settings.expiry);
    let mut check = |name, settings, spot| {
        let view = profile::View {
            name,
            settings,
            inherited,
            spot,
            is_of_etcd,
            authority: together.authority,
        };
        profile::check(&view, findings);
    };
    if let Some(settings) = default {
        check(None, settings, signing.key("default"));
    }
    let profiles = signing.key("profiles");
    let mut spots = profiles.members();
    for (place, settings) in &config.profiles {
        let name = place.text.as_str();
        let spot = spots.remove(name).unwrap_or_else(|| profiles.clone());
        check(Some(name), settings, spot);
    }
}

/// What becomes of a request that names no profile, or one that is not there.
fn default_profile(config: &SigningConfig, root: &Spot<'_>, findings: &mut Findings) {
    let signing = root.key("signing");
    let spot = signing.key("default");
    let usages = spot.key("usages");
    let mut names = config.profile_names().take(20).peekable();
    match &config.default {
        None if names.peek().is_some() => {
            let error = signing.refuse(
                "without 'default', a request that names none of the profiles gets cfssl's own: server and client, for a year",
            );
            let error = error.suggesting("\"default\": {\"expiry\": \"8760h\"}");
            add(findings, LintRule::DefaultFallback, error);
        }
        Some((_, settings)) if settings.is_remote() => {}
        Some((_, settings)) if !settings.usages.is_empty() && names.peek().is_some() => {
            let error = usages.refuse(
                "the default has usages, so a request for a profile that is not there is signed by it",
            );
            let error = error.suggesting("leave 'usages' of the default out");
            add(findings, LintRule::DefaultFallback, error);
        }
        Some((_, settings)) if settings.usages.is_empty() && usages.is_missing() => {
            match names.peek() {
                Some(_) => {
                    let quoted: Vec<_> = names.map(|name| Quoted(name).to_string()).collect();
                    let error = spot.refuse("the default has no usages, so it signs nothing");
                    let error =
                        error.suggesting(&format!("always give -profile: {}", quoted.join(", ")));
                    add(findings, LintRule::DefaultWithoutUsages, error);
                }
                None => {
                    let error = spot.refuse("the default has no usages, and there are no profiles");
                    let example = "\"usages\": [\"signing\", \"key encipherment\", \"server auth\", \"client auth\"]";
                    add(findings, LintRule::NothingSigns, error.suggesting(example));
                }
            }
        }
        _ => {}
    }
}

/// The key of cfssl's documentation, in any case.
const PUBLISHED: &str = "0123456789ABCDEF0123456789ABCDEF";
/// 128 bits, in hexadecimal digits.
const SHORTEST: usize = 32;

/// Nothing here may repeat a key.
fn auth_keys(config: &SigningConfig, root: &Spot<'_>, findings: &mut Findings) {
    let all = root.key("auth_keys");
    let mut spots = all.members();
    let profiles = config.default.iter().chain(&config.profiles);
    let used: HashSet<_> = profiles
        .flat_map(|(_, profile)| {
            let remote = profile.auth_remote.as_ref().map(|r| r.auth_key.as_str());
            let own = [&profile.auth_key, &profile.prev_auth_key].map(Option::as_deref);
            own.into_iter().chain([remote]).flatten()
        })
        .collect();
    for (name, key) in config.auth_keys() {
        let spot = spots.remove(name).unwrap_or_else(|| all.clone());
        if !used.contains(name) {
            let error = spot.refuse(format!("no profile names the key {}", Quoted(name)));
            let advice = "name it in 'auth_key' of a profile, or leave it out";
            add(findings, LintRule::AuthKeyUnused, error.suggesting(advice));
        }
        let Ok(CfsslAuthKeySource::Literal(digits)) = key.source() else {
            continue;
        };
        let spot = spot.key("key");
        if digits.eq_ignore_ascii_case(PUBLISHED) {
            let error = spot.refuse("this key is public (its value is not shown)");
            let advice = "take a key of your own: openssl rand -hex 32";
            add(
                findings,
                LintRule::AuthKeyPublished,
                error.suggesting(advice),
            );
        } else if !digits.is_empty() && digits.len() < SHORTEST {
            let octets = digits.len() / 2;
            let error = spot.refuse(format!(
                "the key has {octets} octets, and 16 are the least (its value is not shown)"
            ));
            let advice = "take a longer one: openssl rand -hex 32";
            add(findings, LintRule::AuthKeyShort, error.suggesting(advice));
        }
    }
}
