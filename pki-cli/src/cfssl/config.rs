//! The signing configuration of a call, `-config`, and the profile that it chooses.

use pki_core::{CfsslKind, EffectiveProfile, Reading, SigningConfig, cfssl_kind};

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
            not_loaded(r#"{"code":5200,"message":"could not read configuration file"}"#)
                .advise(error)
        })?;
        let read = SigningConfig::parse(&bytes, Reading::Lenient);
        if let Some(refusal) = SigningConfig::refusal_of_cfssl(&bytes) {
            let failure = not_loaded(&refusal.to_string());
            return Err(match read {
                _ if cfssl_kind(&bytes) == CfsslKind::CertificateRequest => {
                    failure.advise(format!(
                        "{file} is a certificate request: give it as the last word, without -config"
                    ))
                }
                Ok(_) => failure,
                Err(error) => failure.advise_in(file, &error),
            });
        }
        let read = read.map_err(|error| not_loaded("kpki refuses it").advise_in(file, &error))?;
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
            words.advise_in(&self.file, &error)
        })
    }
}

pub(super) fn not_loaded(why: &str) -> CfsslFailure {
    CfsslFailure::new(format!("Failed to load config file: {why}")).unended()
}
