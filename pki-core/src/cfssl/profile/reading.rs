//! A profile read from its object.

use super::ca_constraint::ca_constraint;
use super::schema::{AUTH_REMOTE, HARMFUL, IGNORED, LOCAL, SCHEMA};
use super::times::{backdate, expiry, time};
use super::usages::usages;
use super::{CfsslAuthRemote, CfsslProfile};
use crate::cfssl::entry::Entry;
use crate::cfssl::fields::Fields;
use crate::cfssl::json::Value;
use crate::cfssl::lint::LintRule;
use crate::cfssl::name_whitelist::NameWhitelist;
use crate::cfssl::policy;
use crate::cfssl::reader::Reader;
use crate::document::DocumentError;
use crate::name::Quoted;

/// Whether a profile is `signing.default`, which may lack usages as long as
/// nobody asks for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cfssl) enum Role {
    Default,
    Named,
}

pub(in crate::cfssl) fn read(
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

const NO_TEXT: Value = Value::String(String::new());

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
