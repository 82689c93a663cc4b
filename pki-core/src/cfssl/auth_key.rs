//! The keys with which clients of a signing server authenticate.

use std::fmt;

use zeroize::Zeroizing;

use super::entry::Entry;
use super::fields::Fields;
use super::lint::LintRule;
use super::reader::Reader;
use super::refusal::CfsslRefusal;
use super::schema::{GoType, Schema};
use crate::document::DocumentError;
use crate::name::Quoted;

/// An authentication key, never shown.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct CfsslAuthKey {
    kind: String,
    key: Zeroizing<String>,
}

/// Where an authentication key is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum CfsslAuthKeySource<'a> {
    /// In the document, in hexadecimal digits.
    Literal(&'a str),
    /// In this environment variable; cfssl takes a missing one for an empty key.
    Environment(&'a str),
    /// In this file, blanks around it.
    File(&'a str),
}

pub(super) const SCHEMA: Schema = Schema {
    go_name: "config.AuthKey",
    keys: &[("type", GoType::Text), ("key", GoType::Text)],
    accidents: &[],
    explain: |_| None,
};

impl CfsslAuthKey {
    /// Where the key is.
    ///
    /// # Errors
    /// cfssl's own for a prefix that it does not know.
    pub fn source(&self) -> Result<CfsslAuthKeySource<'_>, CfsslRefusal> {
        match self.key.split_once(':') {
            None => Ok(CfsslAuthKeySource::Literal(&self.key)),
            Some(("env", variable)) => Ok(CfsslAuthKeySource::Environment(variable)),
            Some(("file", path)) => Ok(CfsslAuthKeySource::File(path)),
            Some(_) => Err(Self::unusable()),
        }
    }

    /// The octets of a key that was found at its [`Self::source`].
    ///
    /// # Errors
    /// cfssl's own for a text that is not hexadecimal.
    pub fn octets(hexadecimal: &str) -> Result<Zeroizing<Vec<u8>>, CfsslRefusal> {
        let digits = hexadecimal.as_bytes();
        let mut octets = Zeroizing::new(Vec::with_capacity(digits.len() / 2));
        let value = |digit: &u8| char::from(*digit).to_digit(16);
        for pair in digits.chunks(2) {
            let [high, low] = pair else {
                return Err(Self::unusable());
            };
            let octet = value(high)
                .zip(value(low))
                .and_then(|(high, low)| u8::try_from(high * 16 + low).ok());
            octets.push(octet.ok_or_else(Self::unusable)?);
        }
        Ok(octets)
    }

    /// What cfssl says when a profile names this key, as far as the document
    /// alone can tell.
    pub(super) fn check(&self) -> Result<(), CfsslRefusal> {
        if self.kind != "standard" {
            return Err(CfsslRefusal::coded(5200, "unknown authentication type"));
        }
        match self.source()? {
            CfsslAuthKeySource::Literal(digits) => Self::octets(digits).map(|_| ()),
            _ => Ok(()),
        }
    }

    fn unusable() -> CfsslRefusal {
        CfsslRefusal::coded(5200, "failed to create new standard auth provider")
    }

    /// As Go decodes it: what is not there is empty.
    pub(super) fn of(fields: &Fields<'_>) -> Result<Self, DocumentError> {
        Ok(Self {
            kind: fields.text("type")?.unwrap_or_default(),
            key: Zeroizing::new(fields.text("key")?.unwrap_or_default()),
        })
    }

    pub(super) fn read(reader: &mut Reader, entry: &Entry<'_>) -> Result<Self, DocumentError> {
        if entry.is_null() {
            let error = entry.refuse("the value is null");
            reader.ignore(LintRule::AuthKey, error.suggesting("leave it out"))?;
            return Ok(Self::default());
        }
        let fields = reader.fields(entry, &SCHEMA)?;
        let read = Self::of(&fields)?;
        if read.kind != "standard" {
            let error = match fields.get("type") {
                None => entry.refuse("no 'type' of an authentication key"),
                Some(kind) => kind.refuse(format!(
                    "unknown type {} of an authentication key",
                    Quoted(&read.kind)
                )),
            };
            reader.ignore(LintRule::AuthKey, error.suggesting("standard"))?;
        }
        let Some(key) = fields.get("key") else {
            reader.ignore(LintRule::AuthKey, entry.refuse("no 'key'"))?;
            return Ok(read);
        };
        match read.source() {
            Ok(CfsslAuthKeySource::Literal(digits))
                if digits.is_empty() || Self::octets(digits).is_err() =>
            {
                let error = key.refuse("the key is not hexadecimal (its value is not shown)");
                reader.ignore(LintRule::AuthKey, error)?;
            }
            Ok(CfsslAuthKeySource::Literal(_)) => {}
            // Whoever reads as cfssl does looks there.
            Ok(_) if !reader.is_strict() && !reader.is_linting() => {}
            Ok(_) => reader.ignore(
                LintRule::AuthKeyElsewhere,
                key.refuse("the key is kept elsewhere, and only the file itself is read"),
            )?,
            Err(_) => reader.ignore(
                LintRule::AuthKey,
                key.refuse("the key is neither hexadecimal nor elsewhere"),
            )?,
        }
        Ok(read)
    }
}

impl fmt::Debug for CfsslAuthKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CfsslAuthKey([elided])")
    }
}

impl fmt::Debug for CfsslAuthKeySource<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Literal(_) => f.write_str("Literal([elided])"),
            Self::Environment(variable) => write!(f, "Environment({variable:?})"),
            Self::File(path) => write!(f, "File({path:?})"),
        }
    }
}
