//! Settings of profiles that sign on another host, which has its own.

use pki_core::CfsslProfile;

use super::super::config::Config;
use super::super::log::Log;

/// Logs which profiles have such settings, once. cfssl says so each time that it looks at them.
pub(in crate::cfssl) fn warn(config: &Config, log: &Log) {
    let default = config.profile("").ok();
    if default.is_some_and(|profile| has_local_settings(&profile.settings)) {
        log.warning(&format!(
            "default profile points to a remote signer: {SKIPPED}"
        ));
    }
    for name in config.signing.profile_names() {
        let profile = config.signing.profile(name).ok();
        if profile.is_some_and(|profile| has_local_settings(&profile.settings)) {
            log.warning(&format!(
                "Profiles[{name}] points to a remote signer: {SKIPPED}"
            ));
        }
    }
}

const SKIPPED: &str = r#"The configuration value by "usages", "issuer_urls", "ocsp_url", "crl_url", "ca_constraint", "expiry", "backdate", "not_before", "not_after", "cert_store" and "ct_log_servers" are skipped"#;

/// The settings that cfssl looks for; a CRL's address alone is not among them.
fn has_local_settings(profile: &CfsslProfile) -> bool {
    profile.is_remote()
        && (!profile.usages.is_empty()
            || profile.issuer_urls.is_some()
            || profile.ocsp_url.is_some()
            || profile.expiry.is_some()
            || profile.backdate.is_some()
            || profile.ca_constraint.is_ca
            || profile.not_before.is_some()
            || profile.not_after.is_some()
            || profile.name_whitelist.is_some()
            || !profile.ct_log_servers.is_empty())
}
