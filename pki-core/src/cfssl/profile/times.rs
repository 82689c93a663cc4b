//! The times of a profile: how long its certificates are valid, and from when
//! to when.

use super::Role;
use crate::cfssl::entry::Entry;
use crate::cfssl::fields::Fields;
use crate::cfssl::go_duration::GoDuration;
use crate::cfssl::lint::LintRule;
use crate::cfssl::reader::Reader;
use crate::cfssl::rfc3339;
use crate::document::DocumentError;
use crate::name::Quoted;
use crate::time::Timestamp;

pub(super) fn expiry(
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

/// A lifetime: more than nothing.
pub(in crate::cfssl) fn lifetime(
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

/// cfssl's own field beside `backdate` counts nanoseconds, and the key rules.
pub(super) fn backdate(fields: &Fields<'_>) -> Result<Option<GoDuration>, DocumentError> {
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

pub(super) fn time(fields: &Fields<'_>, key: &str) -> Result<Option<Timestamp>, DocumentError> {
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
