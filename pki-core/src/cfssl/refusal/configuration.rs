//! The checks of a configuration after its JSON was decoded, in cfssl's order.

use super::CfsslRefusal;
use crate::cfssl::auth_key::{self, CfsslAuthKey};
use crate::cfssl::entry::Entry;
use crate::cfssl::fields::Fields;
use crate::cfssl::go_duration::GoDuration;
use crate::cfssl::name_whitelist::NameWhitelist;
use crate::cfssl::reader::Reader;
use crate::cfssl::schema::GoType;
use crate::cfssl::signing_config::{SIGNING, TOP};
use crate::cfssl::usage::CfsslUsage;
use crate::cfssl::{Reading, json, profile};
use crate::document::DocumentError;

/// What cfssl says instead of loading these bytes.
pub(in crate::cfssl) fn configuration(bytes: &[u8]) -> Option<CfsslRefusal> {
    if let Some(error) = super::json(bytes, GoType::Struct(&TOP), "") {
        let message = format!("failed to unmarshal configuration: {error}");
        return Some(CfsslRefusal::policy(message));
    }
    let node = json::parse(bytes, Reading::Lenient).ok()?;
    match load(&mut Reader::new(Reading::Lenient), &Entry::root(&node)) {
        Err(Stop::Refused(refusal)) => Some(refusal),
        Err(Stop::Unreadable) | Ok(()) => None,
    }
}

enum Stop {
    Refused(CfsslRefusal),
    /// Only kpki's reading refuses this, and says so itself.
    Unreadable,
}

impl From<DocumentError> for Stop {
    fn from(_: DocumentError) -> Self {
        Self::Unreadable
    }
}

fn refused<T>(message: impl Into<String>) -> Result<T, Stop> {
    Err(Stop::Refused(CfsslRefusal::policy(message)))
}

fn load(reader: &mut Reader, root: &Entry<'_>) -> Result<(), Stop> {
    let absent = || Stop::Refused(CfsslRefusal::bare("No \"signing\" field present"));
    if root.is_null() {
        // cfssl itself ends in a nil dereference.
        return Err(absent());
    }
    let top = reader.fields(root, &TOP)?;
    let signing = top.get("signing").ok_or_else(absent)?;
    let signing = reader.fields(signing, &SIGNING)?;
    let default = match signing.get("default") {
        Some(default) => Some(populated(reader, &top, default)?),
        None => None,
    };
    let mut profiles = Vec::new();
    if let Some(named) = signing.get("profiles") {
        for (_, profile) in reader.entries(named)? {
            if profile.is_null() {
                return refused("can't parse nil profile");
            }
            profiles.push(populated(reader, &top, &profile)?);
        }
    }
    let default_is_valid = default.is_none_or(|(fields, expiry)| {
        is_signer_valid(&fields, || expiry.is_some_and(|d| d != GoDuration::ZERO))
    });
    let are_valid = profiles.iter().all(|(fields, _)| {
        is_signer_valid(fields, || {
            let usages = fields.get("usages").map(Entry::elements);
            let known = |usage: &Entry<'_>| {
                let name = usage.text().unwrap_or_default();
                CfsslUsage::from_name(&name).is_some()
            };
            usages.is_some_and(|usages| usages.is_ok_and(|usages| usages.iter().any(known)))
        })
    });
    match default_is_valid && are_valid {
        true => Ok(()),
        false => refused("invalid configuration"),
    }
}

type Populated<'a> = (Fields<'a>, Option<GoDuration>);

/// Looks at everything in one profile that is more than a word.
fn populated<'a>(
    reader: &mut Reader,
    top: &Fields<'a>,
    entry: &Entry<'a>,
) -> Result<Populated<'a>, Stop> {
    let fields = reader.fields(entry, &profile::SCHEMA)?;
    let remote = fields.placed("remote")?.map(|remote| remote.text);
    let (auth_remote, auth_remote_key) = auth_remote(reader, &fields)?;
    let mut expiry = None;
    match (&remote, &auth_remote) {
        (None, None) => expiry = Some(local(reader, &fields)?),
        (Some(_), Some(_)) => return refused("Invalid or unknown policy"),
        (Some(name), None) | (None, Some(name)) => find_remote(reader, top, name)?,
    }
    let keys = [
        ("auth_key", fields.placed("auth_key")?.map(|key| key.text)),
        (
            "prev_auth_key",
            fields.placed("prev_auth_key")?.map(|key| key.text),
        ),
        ("auth_remote's auth_key", auth_remote_key),
    ];
    for (place, name) in keys {
        if let Some(name) = name {
            find_key(reader, top, place, &name)?;
        }
    }
    if let Some(expression) = fields.placed("name_whitelist")?
        && NameWhitelist::new(&expression.text).is_err()
    {
        return refused("failed to compile name whitelist section");
    }
    Ok((fields, expiry))
}

/// The remote and the key of `auth_remote`, empty ones left out.
fn auth_remote(
    reader: &mut Reader,
    fields: &Fields<'_>,
) -> Result<(Option<String>, Option<String>), Stop> {
    let Some(entry) = fields.get("auth_remote") else {
        return Ok((None, None));
    };
    let fields = reader.fields(entry, &profile::AUTH_REMOTE)?;
    let text = |key| -> Result<_, Stop> { Ok(fields.placed(key)?.map(|placed| placed.text)) };
    Ok((text("remote")?, text("auth_key")?))
}

fn local(reader: &mut Reader, fields: &Fields<'_>) -> Result<GoDuration, Stop> {
    let duration = |text: &str| {
        text.parse::<GoDuration>()
            .or_else(|error| refused(error.go_text()))
    };
    let Some(expiry) = fields.placed("expiry")? else {
        return refused("empty expiry string");
    };
    let expiry = duration(&expiry.text)?;
    if let Some(backdate) = fields.placed("backdate")? {
        duration(&backdate.text)?;
    }
    for policy in fields
        .get("policies")
        .map(Entry::elements)
        .transpose()?
        .unwrap_or_default()
    {
        qualifiers(reader, &policy)?;
    }
    Ok(expiry)
}

fn qualifiers(reader: &mut Reader, policy: &Entry<'_>) -> Result<(), Stop> {
    use crate::cfssl::policy::{POLICY, QUALIFIER};
    if policy.is_null() {
        return Ok(());
    }
    let policy = reader.fields(policy, &POLICY)?;
    let listed = policy.get("Qualifiers").map(Entry::elements).transpose()?;
    for qualifier in listed.unwrap_or_default() {
        if qualifier.is_null() {
            continue;
        }
        let kind = reader.fields(&qualifier, &QUALIFIER)?.placed("Type")?;
        match kind.as_ref().map(|kind| kind.text.as_str()) {
            None | Some("id-qt-unotice" | "id-qt-cps") => {}
            Some(_) => return refused("invalid policy qualifier type"),
        }
    }
    Ok(())
}

fn find_remote(reader: &mut Reader, top: &Fields<'_>, name: &str) -> Result<(), Stop> {
    let remotes = top.get("remotes").map(|remotes| reader.entries(remotes));
    let remotes = remotes.transpose()?.unwrap_or_default();
    let found = remotes.iter().find(|(known, _)| known.text == name);
    match found.map(|(_, entry)| entry.text()) {
        Some(Ok(address)) if !address.is_empty() => Ok(()),
        _ => refused("failed to find remote in remotes section"),
    }
}

fn find_key(reader: &mut Reader, top: &Fields<'_>, place: &str, name: &str) -> Result<(), Stop> {
    let keys = top.get("auth_keys").map(|keys| reader.entries(keys));
    let keys = keys.transpose()?.unwrap_or_default();
    let Some((_, entry)) = keys.into_iter().find(|(known, _)| known.text == name) else {
        return refused(format!("failed to find {place} in auth_keys section"));
    };
    let key = match entry.is_null() {
        true => CfsslAuthKey::default(),
        false => CfsslAuthKey::of(&reader.fields(&entry, &auth_key::SCHEMA)?)?,
    };
    key.check().map_err(Stop::Refused)
}

fn is_signer_valid(fields: &Fields<'_>, is_local_valid: impl Fn() -> bool) -> bool {
    let mut reader = Reader::new(Reading::Lenient);
    let is_remote = fields.placed("remote").is_ok_and(|remote| remote.is_some());
    match auth_remote(&mut reader, fields) {
        Ok((None, Some(_)) | (Some(_), None)) => false,
        Ok((Some(_), Some(_))) => true,
        _ => is_remote || is_local_valid(),
    }
}
