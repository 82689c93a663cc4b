//! One signing profile.

use super::fields::{Entry, Fields, Placed, Reader};
use super::go_duration::GoDuration;
use super::json::{Suggesting, Value};
use super::lint::LintRule;
use super::name_whitelist::NameWhitelist;
use super::policy::{self, CfsslPolicy};
use super::refusal::{self, CfsslRefusal};
use super::usage::CfsslUsage;
use super::{nearest_short, rfc3339};
use crate::document::DocumentError;
use crate::extension::{ExtendedKeyUsage, KeyUsage};
use crate::name::Quoted;
use crate::time::Timestamp;

mod schema;

pub(super) use schema::{AUTH_REMOTE, SCHEMA};
use schema::{CA_CONSTRAINT, HARMFUL, IGNORED, LOCAL};

/// A profile as its document has it, nothing inherited yet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CfsslProfile {
    /// The known usages in order.
    pub usages: Vec<CfsslUsage>,
    /// The lifetime; only a profile that signs remotely has none.
    pub expiry: Option<GoDuration>,
    /// Whether it makes CAs.
    pub ca_constraint: CfsslCaConstraint,
    /// How far before now a certificate starts; without it, five minutes.
    pub backdate: Option<GoDuration>,
    /// When a certificate starts, instead of now.
    pub not_before: Option<Timestamp>,
    /// When a certificate ends, instead of after `expiry`.
    pub not_after: Option<Timestamp>,
    /// The OCSP responder.
    pub ocsp_url: Option<String>,
    /// Where the CRL is.
    pub crl_url: Option<String>,
    /// Where the issuer's certificate is; an empty list inherits nothing.
    pub issuer_urls: Option<Vec<String>>,
    /// Whether a responder's certificate need not be checked (RFC 6960 section 4.2.2.2.1).
    pub ocsp_no_check: bool,
    /// The certificate policies.
    pub policies: Vec<CfsslPolicy>,
    /// What the common name, the DNS names, e-mail addresses and URIs must match.
    pub name_whitelist: Option<NameWhitelist>,
    /// Whether extensions of the CSR reach the certificate.
    pub copy_extensions: bool,
    /// Object identifiers that API requests may add.
    pub allowed_extensions: Vec<String>,
    /// The name of the key that clients of a server authenticate with.
    pub auth_key: Option<String>,
    /// The name of the key before that.
    pub prev_auth_key: Option<String>,
    /// The server that signs, with authentication.
    pub auth_remote: Option<CfsslAuthRemote>,
    /// The name of the server that signs.
    pub remote: Option<String>,
    /// Certificate transparency logs.
    pub ct_log_servers: Vec<String>,
}

/// The `ca_constraint` of a profile.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CfsslCaConstraint {
    /// Whether certificates are a CA's.
    pub is_ca: bool,
    /// How many CAs may follow; 0 means any number, unless the next is set, and
    /// so does -1. cfssl signs with no number below.
    pub max_path_len: i64,
    /// Whether `max_path_len` 0 means none.
    pub max_path_len_zero: bool,
}

/// The `auth_remote` of a profile: names of a remote and of an authentication key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CfsslAuthRemote {
    /// The remote.
    pub remote: String,
    /// The key.
    pub auth_key: String,
}

impl CfsslProfile {
    /// cfssl's profile for a configuration without `default`, or for none.
    #[must_use]
    pub fn built_in() -> Self {
        let names = ["signing", "key encipherment", "server auth", "client auth"];
        Self {
            usages: names
                .into_iter()
                .filter_map(CfsslUsage::from_name)
                .collect(),
            expiry: Some(GoDuration::from_hours(8760)),
            ..Self::default()
        }
    }

    /// The key usages together.
    #[must_use]
    pub fn key_usage(&self) -> KeyUsage {
        let usages = self.usages.iter().filter_map(|usage| usage.key_usage());
        usages.fold(KeyUsage::default(), KeyUsage::and)
    }

    /// The extended key usages in order.
    #[must_use]
    pub fn extended_key_usages(&self) -> Vec<ExtendedKeyUsage> {
        let usages = self.usages.iter();
        usages
            .filter_map(|usage| usage.extended_key_usage())
            .collect()
    }

    /// Whether certificates are a CA's.
    #[must_use]
    pub fn is_ca(&self) -> bool {
        self.ca_constraint.is_ca
    }

    /// How many CAs may follow one of this profile; without it, any number.
    /// More than 255 are 255, and see [`Self::signing_refusal_of_cfssl`] for
    /// numbers below -1.
    #[must_use]
    pub fn path_len_constraint(&self) -> Option<u8> {
        let constraint = self.ca_constraint;
        match constraint.max_path_len {
            _ if !constraint.is_ca => None,
            0 => constraint.max_path_len_zero.then_some(0),
            ..0 => None,
            length => Some(u8::try_from(length).unwrap_or(u8::MAX)),
        }
    }

    /// What cfssl prints when it signs with this profile, where it reads the
    /// profile without a word and then fails.
    #[must_use]
    pub fn signing_refusal_of_cfssl(&self) -> Option<CfsslRefusal> {
        let length = self.ca_constraint.max_path_len;
        self.is_ca().then(|| refusal::path_length(length)).flatten()
    }

    /// Whether another host signs.
    #[must_use]
    pub fn is_remote(&self) -> bool {
        self.remote.is_some() || self.auth_remote.is_some()
    }
}

/// Whether a profile is `signing.default`, which may lack usages as long as
/// nobody asks for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Default,
    Named,
}

pub(super) fn read(
    reader: &mut Reader,
    entry: &Entry<'_>,
    role: Role,
) -> Result<CfsslProfile, DocumentError> {
    let fields = reader.fields(entry, &SCHEMA)?;
    for key in IGNORED {
        if let Some(ignored) = fields.get(key) {
            let remark = ignored.refuse(format!("{} has no effect", Quoted(key)));
            reader.warn(LintRule::NoEffect, remark);
        }
    }
    for (key, why) in HARMFUL {
        if let Some(entry) = fields.get(key).filter(|e| *e.value() != NO_TEXT) {
            reader.settle(LintRule::HarmfulField, Err::<(), _>(entry.refuse(why)))?;
        }
    }
    reader.settle(LintRule::LintLevel, linting(&fields))?;
    let text = |key| -> Result<_, DocumentError> { Ok(fields.placed(key)?.map(|p| p.text)) };
    let mut profile = CfsslProfile {
        ocsp_url: text("ocsp_url")?,
        crl_url: text("crl_url")?,
        issuer_urls: match fields.get("issuer_urls") {
            Some(_) => Some(fields.texts(reader, "issuer_urls")?),
            None => None,
        },
        ocsp_no_check: fields.boolean("ocsp_no_check")?,
        name_whitelist: reader
            .settle(LintRule::NameWhitelist, name_whitelist(&fields))?
            .flatten(),
        copy_extensions: fields.boolean("copy_extensions")?,
        allowed_extensions: fields.texts(reader, "allowed_extensions")?,
        auth_key: text("auth_key")?,
        prev_auth_key: text("prev_auth_key")?,
        remote: text("remote")?,
        ct_log_servers: fields.texts(reader, "ct_log_servers")?,
        not_before: reader
            .settle(LintRule::Time, time(&fields, "not_before"))?
            .flatten(),
        not_after: reader
            .settle(LintRule::Time, time(&fields, "not_after"))?
            .flatten(),
        ..CfsslProfile::default()
    };
    if let Some(constraint) = fields.get("ca_constraint") {
        profile.ca_constraint = ca_constraint(reader, constraint)?;
    }
    if let Some(remote) = fields.get("auth_remote") {
        let remote = auth_remote(reader, remote);
        profile.auth_remote = reader.settle(LintRule::Remote, remote)?.flatten();
    }
    if profile.auth_remote.is_some() && profile.remote.is_some() {
        let error = entry.refuse("'remote' and 'auth_remote': only one host can sign");
        reader.settle(LintRule::Remote, Err::<(), _>(error))?;
    }
    if profile.is_remote() && !reader.is_strict() {
        // cfssl reads nothing else of a profile that signs elsewhere.
        if LOCAL.iter().any(|key| fields.get(key).is_some()) {
            let keys = LOCAL.join(", ");
            let remark = format!("another host signs with this profile, and has no use for {keys}");
            reader.warn(LintRule::RemoteWithSettings, entry.refuse(remark));
        }
        return Ok(profile);
    }
    profile.backdate = reader
        .settle(LintRule::Duration, backdate(&fields))?
        .flatten();
    if let Some(policies) = fields.get("policies") {
        let read = policy::read(reader, policies);
        let policies = reader.settle(LintRule::WrongValue, read)?;
        profile.policies = policies.unwrap_or_default();
    }
    if let (Some(start), Some(end), Some(at)) = (
        profile.not_before,
        profile.not_after,
        fields.get("not_after"),
    ) && end <= start
    {
        let error = at.refuse(format!(
            "the end ({end}) is not after 'not_before' ({start})"
        ));
        reader.settle(LintRule::Time, Err::<(), _>(error))?;
    }
    let expiry = expiry(reader, &fields, role, profile.is_remote());
    profile.expiry = reader.settle(LintRule::Duration, expiry)?.flatten();
    let usages = usages(reader, &fields, role);
    let usages = reader.settle(LintRule::NoUsages, usages)?;
    profile.usages = usages.unwrap_or_default();
    Ok(profile)
}

fn expiry(
    reader: &mut Reader,
    fields: &Fields<'_>,
    role: Role,
    is_remote: bool,
) -> Result<Option<GoDuration>, DocumentError> {
    match fields.get("expiry") {
        Some(expiry) => {
            let lifetime = lifetime(reader, expiry)?;
            if lifetime == GoDuration::ZERO && role == Role::Default && !is_remote {
                return Err(
                    expiry.refuse("the default profile has nothing to inherit a lifetime from")
                );
            }
            Ok(Some(lifetime))
        }
        None if is_remote => Ok(None),
        None => {
            let error = fields
                .whole
                .refuse("no 'expiry': cfssl takes none from the default");
            Err(error.suggesting("\"expiry\": \"8760h\""))
        }
    }
}

const NO_TEXT: Value = Value::String(String::new());

/// cfssl's own field beside `backdate` counts nanoseconds, and the key rules.
fn backdate(fields: &Fields<'_>) -> Result<Option<GoDuration>, DocumentError> {
    let by_accident = || -> Result<_, DocumentError> {
        let nanoseconds = fields.get("Backdate").map(Entry::integer).transpose()?;
        Ok(nanoseconds.map(GoDuration::from_nanoseconds))
    };
    let backdate = match fields.duration("backdate")? {
        Some(backdate) => Some(backdate),
        None => by_accident()?,
    };
    Ok(backdate.filter(|d| *d != GoDuration::ZERO))
}

fn name_whitelist(fields: &Fields<'_>) -> Result<Option<NameWhitelist>, DocumentError> {
    let Some(placed) = fields.placed("name_whitelist")? else {
        return Ok(None);
    };
    NameWhitelist::new(&placed.text)
        .map(Some)
        .map_err(|why| placed.refuse(format!("this regular expression is none: {why}")))
}

/// kpki has no linting: 0, which zlint documents for none, and zlint's own
/// name for it are all that can be meant.
fn linting(fields: &Fields<'_>) -> Result<(), DocumentError> {
    let Some(entry) = fields.get("lint_error_level") else {
        return Ok(());
    };
    match entry.value() {
        Value::Number(level) if level == "0" => Ok(()),
        Value::String(level) if level == "reserved" => Ok(()),
        _ => {
            let error = entry.refuse("certificates are not linted here, and cfssl fails to");
            Err(error.suggesting("leave the key out"))
        }
    }
}

/// A lifetime: more than nothing.
pub(super) fn lifetime(
    reader: &mut Reader,
    entry: &Entry<'_>,
) -> Result<GoDuration, DocumentError> {
    let duration = entry.duration()?;
    if duration.seconds() < 1 {
        let text = entry.text()?;
        let why = match duration.nanoseconds() {
            ..0 => "cfssl would issue a certificate that ends before it starts",
            0 => "a lifetime cannot be nothing, and what cfssl makes of it differs by place",
            _ => "a lifetime cannot be shorter than a second",
        };
        let error = entry.refuse(format!("{}: {why}", Quoted(&text)));
        let error = error.suggesting("8760h");
        if duration < GoDuration::ZERO {
            return Err(error);
        }
        reader.ignore(LintRule::Duration, error)?;
    }
    Ok(duration)
}

fn usages(
    reader: &mut Reader,
    fields: &Fields<'_>,
    role: Role,
) -> Result<Vec<CfsslUsage>, DocumentError> {
    let Some(entry) = fields.get("usages") else {
        return match role {
            Role::Default => Ok(Vec::new()),
            Role::Named => {
                let error = fields
                    .whole
                    .refuse("no 'usages': cfssl takes none from the default");
                Err(error.suggesting(EXAMPLE))
            }
        };
    };
    let mut usages = Vec::new();
    let mut first_unknown: Option<DocumentError> = None;
    for word in entry.texts(reader)? {
        match CfsslUsage::from_name(&word.text) {
            Some(usage) if reader.is_strict() && usages.contains(&usage) => {
                let remark = format!("the usage {} stands here twice", Quoted(&word.text));
                reader.warn(LintRule::UsageTwice, word.refuse(remark));
            }
            Some(usage) => usages.push(usage),
            None => {
                let error = unknown_usage(&word);
                first_unknown.get_or_insert_with(|| error.clone());
                if !reader.is_full() {
                    reader.ignore(LintRule::UsageUnknown, error)?;
                }
            }
        }
    }
    if usages.is_empty() {
        match role {
            // cfssl fails only once such a default is used.
            Role::Default => {
                let error = entry.refuse("no usage that cfssl knows");
                reader.ignore(LintRule::NoUsages, error.suggesting(EXAMPLE))?;
            }
            Role::Named => {
                let empty = || {
                    entry
                        .refuse("no usage that cfssl knows")
                        .suggesting(EXAMPLE)
                };
                return Err(first_unknown.unwrap_or_else(empty));
            }
        }
    }
    Ok(usages)
}

const EXAMPLE: &str = r#""usages": ["signing", "key encipherment", "server auth", "client auth"]"#;

fn unknown_usage(word: &Placed) -> DocumentError {
    let text = word.text.as_str();
    let parts: Vec<_> = text.split([',', ';']).map(str::trim).collect();
    if parts.len() > 1
        && parts
            .iter()
            .all(|part| CfsslUsage::from_name(part).is_some())
    {
        let error = word.refuse(format!("{} is a list in one string", Quoted(text)));
        let quoted: Vec<_> = parts.iter().map(|part| format!("\"{part}\"")).collect();
        return error.suggesting(&quoted.join(", "));
    }
    // OpenSSL's and Go's spellings, by the names of RFC 5280.
    let camel = match text
        .to_ascii_lowercase()
        .replace([' ', '-', '_'], "")
        .as_str()
    {
        "serverauth" | "tlswebserverauthentication" => Some("server auth"),
        "clientauth" | "tlswebclientauthentication" => Some("client auth"),
        "digitalsignature" => Some("digital signature"),
        "keycertsign" | "certsign" => Some("cert sign"),
        "keyencipherment" => Some("key encipherment"),
        _ => None,
    };
    let near = camel.or_else(|| nearest_short(text, CfsslUsage::names()));
    let known: Vec<_> = CfsslUsage::names()
        .filter(|name| !name.contains("committ"))
        .collect();
    let error = word.refuse(format!(
        "unknown usage {}: the usages are {}",
        Quoted(text),
        known.join(", ")
    ));
    match near {
        Some(near) => error.suggesting(near),
        None => error,
    }
}

fn time(fields: &Fields<'_>, key: &str) -> Result<Option<Timestamp>, DocumentError> {
    let Some(placed) = fields.get(key).map(Entry::placed).transpose()? else {
        return Ok(None);
    };
    let refuse = || {
        let message = format!(
            "{} is not a time of RFC 3339 with a zone",
            Quoted(&placed.text)
        );
        placed.refuse(message).suggesting("2026-11-22T19:15:00Z")
    };
    let time = rfc3339::parse(&placed.text).map_err(|_| refuse())?;
    // Go cannot tell its first second from none.
    Ok(Some(time).filter(|time| time.unix() != -62_135_596_800))
}

fn ca_constraint(
    reader: &mut Reader,
    entry: &Entry<'_>,
) -> Result<CfsslCaConstraint, DocumentError> {
    let fields = reader.fields(entry, &CA_CONSTRAINT)?;
    let length = fields.get("max_path_len");
    let constraint = CfsslCaConstraint {
        is_ca: fields.boolean("is_ca")?,
        max_path_len: length.map_or(Ok(0), Entry::integer)?,
        max_path_len_zero: fields.boolean("max_path_len_zero")?,
    };
    let Some(length) = length else {
        return Ok(constraint);
    };
    match (constraint.max_path_len, constraint.max_path_len_zero) {
        _ if !constraint.is_ca => {
            let remark = length.refuse("without \"is_ca\": true a path length has no effect");
            reader.warn(LintRule::PathLength, remark);
        }
        (i64::MIN..=-2 | 256.., _) => {
            let error = length.refuse("a path length is a number from 0 to 255, or -1 for none");
            reader.ignore(
                LintRule::PathLength,
                error.suggesting("\"max_path_len\": 1"),
            )?;
        }
        (0, false) => {
            let error = length.refuse(
                "cfssl reads 0 as no limit at all: only \"max_path_len_zero\": true makes it 0",
            );
            reader.ignore(
                LintRule::PathLength,
                error.suggesting("add \"max_path_len_zero\": true, or leave the 0 out"),
            )?;
        }
        (1.., true) => {
            let error = length.refuse("a path length, and \"max_path_len_zero\": true as well");
            reader.ignore(
                LintRule::PathLength,
                error.suggesting("keep one of the two"),
            )?;
        }
        _ => {}
    }
    Ok(constraint)
}

fn auth_remote(
    reader: &mut Reader,
    entry: &Entry<'_>,
) -> Result<Option<CfsslAuthRemote>, DocumentError> {
    let fields = reader.fields(entry, &AUTH_REMOTE)?;
    match (fields.placed("remote")?, fields.placed("auth_key")?) {
        (None, None) => Ok(None),
        (Some(remote), Some(auth_key)) => Ok(Some(CfsslAuthRemote {
            remote: remote.text,
            auth_key: auth_key.text,
        })),
        _ => Err(entry.refuse("an authenticated remote needs both 'remote' and 'auth_key'")),
    }
}
