//! The signing configuration: `ca-config.json`, in some guides `config.json`.

use super::auth_key::{self, CfsslAuthKey};
use super::entry::{Entry, Placed};
use super::json;
use super::lint::LintRule;
use super::profile::{self, CfsslProfile, Role};
use super::reader::Reader;
use super::refusal::{self, CfsslRefusal};
use super::schema::{GoType, Schema};
use super::{GoDuration, Read, Reading, nearest_short};
use crate::document::DocumentError;
use crate::name::Quoted;

/// A signing configuration of cfssl.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SigningConfig {
    pub(super) default: Option<(Placed, CfsslProfile)>,
    pub(super) profiles: Vec<(Placed, CfsslProfile)>,
    auth_keys: Vec<(String, CfsslAuthKey)>,
    remotes: Vec<(String, String)>,
}

/// A profile with what it inherits, ready to sign with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EffectiveProfile {
    /// Its name; `None` is `signing.default`, or the built-in profile.
    pub name: Option<String>,
    /// The lifetime; nothing for a profile that signs on another host.
    pub expiry: GoDuration,
    /// All settings, `crl_url`, `ocsp_url` and `issuer_urls` inherited. Whether
    /// another host signs is for the caller to see ([`CfsslProfile::is_remote`]).
    pub settings: CfsslProfile,
}

pub(super) const TOP: Schema = Schema {
    go_name: "config.Config",
    keys: &[
        ("signing", GoType::Pointer(&GoType::Struct(&SIGNING))),
        ("auth_keys", GoType::Map(&GoType::Struct(&auth_key::SCHEMA))),
        ("remotes", GoType::Map(&GoType::Text)),
        ("ocsp", GoType::Pointer(&GoType::Struct(&OCSP))),
    ],
    accidents: &[],
    explain: |key| match key {
        "profiles" | "default" => Some((
            "profiles stand inside 'signing'",
            "\"signing\": {\"default\": …, \"profiles\": …}",
        )),
        "CN" | "hosts" | "key" | "names" => Some((
            "this is a certificate request, not a signing configuration",
            "give it as the request",
        )),
        _ => None,
    },
};

pub(super) const SIGNING: Schema = Schema {
    go_name: "config.Signing",
    keys: &[("default", PROFILE), ("profiles", GoType::Map(&PROFILE))],
    accidents: &[],
    explain: |key| match key {
        "server" | "client" | "peer" | "kubernetes" | "etcd" => {
            Some(("a profile stands inside 'profiles'", "profiles"))
        }
        "auth_keys" | "remotes" => Some(("this stands beside 'signing'", "move it up")),
        _ => None,
    },
};

const PROFILE: GoType = GoType::Pointer(&GoType::Struct(&profile::SCHEMA));

/// Read by cfssl's OCSP responder alone; its fields have no other names.
const OCSP: Schema = Schema {
    go_name: "config.Config",
    keys: &[
        ("CACertFile", GoType::Text),
        ("ResponderCertFile", GoType::Text),
        ("KeyFile", GoType::Text),
        ("Interval", GoType::DURATION),
    ],
    accidents: &[],
    explain: |_| None,
};

impl SigningConfig {
    /// Reads a configuration.
    ///
    /// # Errors
    /// [`DocumentError`] for what is not JSON, has a value of the wrong type
    /// or could never sign; in the strict reading also for all that cfssl
    /// would ignore.
    pub fn parse(bytes: &[u8], reading: Reading) -> Result<Read<Self>, DocumentError> {
        let node = json::parse(bytes, reading)?;
        let mut reader = Reader::new(reading);
        let value = read(&mut reader, &Entry::root(&node))?;
        // cfssl decodes into a pointer to a pointer, which has no name.
        refusal::fits(&node, GoType::Struct(&TOP), "")?;
        Ok(Read {
            value,
            warnings: reader.into_warnings(),
        })
    }

    /// What cfssl 1.6 prints instead of reading this configuration, after
    /// `Failed to load config file: `, if it refuses it. A document beyond the
    /// limits of kpki's own parser gives none: see [`Self::parse`]. Keys that
    /// stand in the environment or in files are not looked at: see
    /// [`CfsslAuthKey::source`].
    #[must_use]
    pub fn refusal_of_cfssl(bytes: &[u8]) -> Option<CfsslRefusal> {
        refusal::configuration(bytes)
    }

    /// The names of the profiles in order.
    pub fn profile_names(&self) -> impl Iterator<Item = &str> {
        self.profiles.iter().map(|(name, _)| name.text.as_str())
    }

    /// The profile of this name with what it inherits. A name that is not
    /// there is an error, for which cfssl takes the default without a word.
    ///
    /// # Errors
    /// [`DocumentError`] if there is no such profile or it cannot sign.
    pub fn profile(&self, name: &str) -> Result<EffectiveProfile, DocumentError> {
        match self.profiles.iter().find(|(known, _)| known.text == name) {
            Some((place, profile)) => self.effective(Some(name), place, profile),
            None => Err(self.unknown_profile(name)),
        }
    }

    /// The profile for a request that names none: `signing.default`, or cfssl's own.
    ///
    /// # Errors
    /// [`DocumentError`] if it has no usages, as in most guides, and signs here.
    pub fn default_profile(&self) -> Result<EffectiveProfile, DocumentError> {
        match &self.default {
            Some((place, profile)) => self.effective(None, place, profile),
            None => Ok(EffectiveProfile::built_in()),
        }
    }

    /// The authentication keys by name, in order.
    pub fn auth_keys(&self) -> impl Iterator<Item = (&str, &CfsslAuthKey)> {
        self.auth_keys
            .iter()
            .map(|(name, key)| (name.as_str(), key))
    }

    /// The remote signers by name, in order.
    pub fn remotes(&self) -> impl Iterator<Item = (&str, &str)> {
        let remotes = self.remotes.iter();
        remotes.map(|(name, address)| (name.as_str(), address.as_str()))
    }

    fn effective(
        &self,
        name: Option<&str>,
        place: &Placed,
        profile: &CfsslProfile,
    ) -> Result<EffectiveProfile, DocumentError> {
        let mut settings = profile.clone();
        if profile.is_remote() {
            // The other host knows what a certificate is to be.
            return Ok(EffectiveProfile {
                name: name.map(str::to_owned),
                expiry: GoDuration::ZERO,
                settings,
            });
        }
        if settings.usages.is_empty() {
            let error = place.refuse("no key usage available: this profile has no 'usages'");
            return Err(match self.profile_list() {
                list if list.is_empty() => error,
                list => error.suggesting(&format!("name one of the profiles {list}")),
            });
        }
        let built_in = CfsslProfile::built_in();
        let default = self
            .default
            .as_ref()
            .map_or(&built_in, |(_, profile)| profile);
        // cfssl's fillProfile: these four and nothing else.
        if settings
            .expiry
            .is_none_or(|expiry| expiry == GoDuration::ZERO)
        {
            settings.expiry = default.expiry;
        }
        settings.crl_url = settings.crl_url.or_else(|| default.crl_url.clone());
        settings.ocsp_url = settings.ocsp_url.or_else(|| default.ocsp_url.clone());
        settings.issuer_urls = settings.issuer_urls.or_else(|| default.issuer_urls.clone());
        let without = || place.refuse("no 'expiry', and none to inherit");
        Ok(EffectiveProfile {
            name: name.map(str::to_owned),
            expiry: settings.expiry.ok_or_else(without)?,
            settings,
        })
    }

    fn unknown_profile(&self, name: &str) -> DocumentError {
        let list = match self.profile_list() {
            list if list.is_empty() => "the configuration has none".to_owned(),
            list => format!("the profiles are {list}"),
        };
        DocumentError {
            position: None,
            path: "signing.profiles".into(),
            message: format!("unknown profile {}: {list}", Quoted(name)),
            suggestion: match nearest_short(name, self.profile_names()) {
                None if name == "default" => Some("name no profile to use the default".into()),
                near => near.map(str::to_owned),
            },
        }
    }

    fn profile_list(&self) -> String {
        const MOST: usize = 20;
        let names: Vec<_> = self.profile_names().take(MOST).collect();
        let more = if self.profiles.len() > MOST {
            ", …"
        } else {
            ""
        };
        let quoted: Vec<_> = names.iter().map(|name| Quoted(name).to_string()).collect();
        quoted.join(", ") + more
    }
}

impl EffectiveProfile {
    /// The profile of cfssl without a configuration: server and client, a year.
    #[must_use]
    pub fn built_in() -> Self {
        let settings = CfsslProfile::built_in();
        Self {
            name: None,
            // The built-in profile has one; a zero would be refused later on.
            expiry: settings.expiry.unwrap_or_default(),
            settings,
        }
    }
}

pub(super) fn read(reader: &mut Reader, root: &Entry<'_>) -> Result<SigningConfig, DocumentError> {
    let without = || root.refuse("no 'signing' in the configuration");
    if root.is_null() {
        return Err(without());
    }
    let top = reader.fields(root, &TOP)?;
    if let Some(ocsp) = top.get("ocsp") {
        let remark = ocsp.refuse("'ocsp' has no effect on signing");
        reader.warn(LintRule::NoEffect, remark);
    }
    let signing = top.get("signing").ok_or_else(without)?;
    let signing = reader.fields(signing, &SIGNING)?;
    let auth_keys = auth_keys(reader, top.get("auth_keys"));
    let auth_keys = reader.settle(LintRule::WrongValue, auth_keys)?;
    let remotes = remotes(reader, top.get("remotes"));
    let remotes = reader.settle(LintRule::WrongValue, remotes)?;
    let mut config = SigningConfig {
        default: None,
        profiles: Vec::new(),
        auth_keys: auth_keys.unwrap_or_default(),
        remotes: remotes.unwrap_or_default(),
    };
    if let Some(default) = signing.get("default") {
        let profile = profile::read(reader, default, Role::Default);
        let profile = reader.settle(LintRule::WrongValue, profile)?;
        config.default = profile.map(|profile| (place(default), profile));
    }
    if let Some(profiles) = signing.get("profiles") {
        for (name, entry) in reader.entries(profiles)? {
            let profile = profile::read(reader, &entry, Role::Named);
            let profile = reader.settle(LintRule::WrongValue, profile)?;
            config
                .profiles
                .extend(profile.map(|profile| (name, profile)));
        }
    }
    for (place, profile) in config.default.iter().chain(&config.profiles) {
        reader.settle(LintRule::Reference, references(&config, place, profile))?;
    }
    Ok(config)
}

fn place(entry: &Entry<'_>) -> Placed {
    let DocumentError { position, path, .. } = entry.refuse("");
    Placed {
        text: "default".into(),
        position,
        path,
    }
}

/// Every key and remote that a profile names must be there.
fn references(
    config: &SigningConfig,
    place: &Placed,
    profile: &CfsslProfile,
) -> Result<(), DocumentError> {
    let remote = profile.auth_remote.as_ref();
    let keys = [
        ("auth_key", profile.auth_key.as_deref()),
        ("prev_auth_key", profile.prev_auth_key.as_deref()),
        ("auth_remote.auth_key", remote.map(|r| r.auth_key.as_str())),
    ];
    let remotes = [
        ("remote", profile.remote.as_deref()),
        ("auth_remote.remote", remote.map(|r| r.remote.as_str())),
    ];
    let missing = |message: String, near: Option<&str>| {
        let error = place.refuse(message);
        match near {
            Some(near) => error.suggesting(near),
            None => error,
        }
    };
    for (field, name) in keys {
        let known = || config.auth_keys().map(|(name, _)| name);
        let Some(name) = name else {
            continue;
        };
        match config.auth_keys().find(|(known, _)| *known == name) {
            None => {
                let near = nearest_short(name, known());
                // Never the name: it may be the key itself, written in the wrong place.
                let message = format!("what '{field}' names is not in 'auth_keys'");
                return Err(missing(message, near));
            }
            Some((_, key)) => key.check().map_err(|refusal| {
                let what = refusal.message;
                place.refuse(format!("the key {} of '{field}': {what}", Quoted(name)))
            })?,
        }
    }
    for (field, name) in remotes {
        let known = || config.remotes().map(|(name, _)| name);
        if let Some(name) = name
            && !config
                .remotes()
                .any(|(known, address)| known == name && !address.is_empty())
        {
            let message = format!("{} of '{field}' is not in 'remotes'", Quoted(name));
            return Err(missing(message, nearest_short(name, known())));
        }
    }
    Ok(())
}

fn auth_keys(
    reader: &mut Reader,
    entry: Option<&Entry<'_>>,
) -> Result<Vec<(String, CfsslAuthKey)>, DocumentError> {
    let entries = entry.map_or(Ok(Vec::new()), |entry| reader.entries(entry))?;
    entries
        .into_iter()
        .map(|(name, entry)| Ok((name.text, CfsslAuthKey::read(reader, &entry)?)))
        .collect()
}

fn remotes(
    reader: &mut Reader,
    entry: Option<&Entry<'_>>,
) -> Result<Vec<(String, String)>, DocumentError> {
    let entries = entry.map_or(Ok(Vec::new()), |entry| reader.entries(entry))?;
    entries
        .into_iter()
        .map(|(name, entry)| Ok((name.text, entry.text_or_null(reader)?.text)))
        .collect()
}

#[cfg(test)]
mod tests;
