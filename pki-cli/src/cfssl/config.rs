//! The signing configuration of a call, `-config`, and the profile that it chooses.

use pki_core::cfssl::{CfsslKind, EffectiveProfile, Reading, SigningConfig, cfssl_kind};

use super::document::accepted;
use super::failure::CfsslFailure;
use super::flags::{Flag, Flags};
use super::material;
use super::warnings::Warnings;

/// A configuration that cfssl would load.
pub(crate) struct Config {
    file: String,
    pub(crate) signing: SigningConfig,
}

impl Config {
    /// Reads what `-config` names, before anything else happens.
    pub(super) fn load(
        flags: &Flags,
        warnings: &mut Warnings,
    ) -> Result<Option<Self>, CfsslFailure> {
        let file = flags.text(Flag::Config);
        if file.is_empty() {
            return Ok(None);
        }
        let bytes = material::document(file).map_err(|error| {
            CfsslFailure::coded(5200, "could not read configuration file")
                .not_loaded()
                .advise(error)
        })?;
        let read = accepted(
            file,
            SigningConfig::parse(&bytes, Reading::Lenient),
            SigningConfig::refusal_of_cfssl(&bytes),
            "kpki refuses it",
        );
        let read = read.map_err(|failure| {
            let failure = failure.not_loaded();
            match cfssl_kind(&bytes) {
                CfsslKind::CertificateRequest => failure.advise(format!(
                    "{file} is a certificate request: give it as the last word, without -config"
                )),
                _ => failure,
            }
        })?;
        warnings.warn_in(file, &read.warnings);
        Ok(Some(Self {
            file: file.to_owned(),
            signing: read.value,
        }))
    }

    /// The profile of this name, or the default for none. A name that is not there is an error,
    /// though cfssl takes the default without a word.
    pub(crate) fn profile(&self, name: &str) -> Result<EffectiveProfile, CfsslFailure> {
        let default = self.signing.default_profile();
        let chosen = match name {
            "" => default.clone(),
            name => self.signing.profile(name),
        };
        chosen.map_err(|error| {
            let words = match default {
                Ok(_) => CfsslFailure::coded(5400, "Unknown policy profile"),
                Err(_) => CfsslFailure::coded(5100, "Invalid policy: no key usage available"),
            };
            let words = words.advise_in(&self.file, &error);
            match (name, self.signing.profile_names().next()) {
                ("", Some(first)) => words.advise(format!("name a profile: -profile {first}")),
                _ => words,
            }
        })
    }
}
