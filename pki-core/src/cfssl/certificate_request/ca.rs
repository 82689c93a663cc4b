//! The `ca` of a certificate request.

use crate::cfssl::entry::Entry;
use crate::cfssl::go_duration::GoDuration;
use crate::cfssl::lint::LintRule;
use crate::cfssl::profile::lifetime;
use crate::cfssl::reader::Reader;
use crate::cfssl::refusal::{self, CfsslRefusal};
use crate::cfssl::schema::{GoType, Schema};
use crate::document::DocumentError;

/// What a CA's own certificate is to be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CfsslCa {
    /// The lifetime; without it, five years.
    pub expiry: Option<GoDuration>,
    /// How many CAs may follow; 0 means any number, unless the next is set, and
    /// so does -1. cfssl signs with no number below.
    pub path_len: i64,
    /// Whether `path_len` 0 means none.
    pub path_len_zero: bool,
    /// How far before now the certificate starts; without it, five minutes.
    pub backdate: Option<GoDuration>,
}

pub(in crate::cfssl) const SCHEMA: Schema = Schema {
    go_name: "csr.CAConfig",
    keys: &[
        ("expiry", GoType::Text),
        ("pathlen", GoType::Int),
        ("pathlenzero", GoType::Bool),
        ("backdate", GoType::Text),
    ],
    accidents: &[],
    explain: |key| match key {
        "expire" | "expires" | "expiration" | "validity" => {
            Some(("cfssl ignores it, and the CA gets five years", "expiry"))
        }
        "is_ca" => Some(("'ca' alone asks for a CA", "leave it out")),
        "max_path_len" => Some(("in a request it has another name", "pathlen")),
        "max_path_len_zero" => Some(("in a request it has another name", "pathlenzero")),
        _ => None,
    },
};

impl CfsslCa {
    /// The lifetime of a CA that names none: five years.
    pub const DEFAULT_EXPIRY: GoDuration = GoDuration::from_hours(43800);

    /// What cfssl prints when it signs with this, where it reads it without a
    /// word and then fails.
    #[must_use]
    pub fn signing_refusal_of_cfssl(&self) -> Option<CfsslRefusal> {
        refusal::path_length(self.path_len)
    }

    /// How many CAs may follow; without it, any number. More than 255 are 255,
    /// and see [`Self::signing_refusal_of_cfssl`] for numbers below -1.
    #[must_use]
    pub fn path_len_constraint(&self) -> Option<u8> {
        match self.path_len {
            0 => self.path_len_zero.then_some(0),
            ..0 => None,
            length => Some(u8::try_from(length).unwrap_or(u8::MAX)),
        }
    }

    pub(super) fn read(reader: &mut Reader, entry: &Entry<'_>) -> Result<Self, DocumentError> {
        let fields = reader.fields(entry, &SCHEMA)?;
        let zero = fields.boolean("pathlenzero")?;
        let mut ca = Self {
            path_len_zero: zero,
            backdate: fields
                .duration("backdate")?
                .filter(|d| *d != GoDuration::ZERO),
            ..Self::default()
        };
        let given = fields.placed("expiry")?.is_some();
        if let Some(expiry) = fields.get("expiry").filter(|_| given) {
            ca.expiry = Some(lifetime(reader, expiry)?).filter(|d| *d != GoDuration::ZERO);
        }
        if let Some(entry) = fields.get("pathlen") {
            ca.path_len = entry.integer()?;
            if !(0..=255).contains(&ca.path_len) {
                let error = entry.refuse("a path length is a number from 0 to 255");
                reader.ignore(
                    LintRule::PathLength,
                    error.suggesting("leave \"pathlen\" out"),
                )?;
            }
            if ca.path_len == 0 && !zero {
                let error = entry.refuse(
                    "cfssl writes no path length for 0, so any number of CAs may follow: only \"pathlenzero\": true makes it 0",
                );
                reader.ignore(
                    LintRule::PathLength,
                    error.suggesting("add \"pathlenzero\": true, or leave \"pathlen\" out"),
                )?;
            }
            if ca.path_len > 0 && zero {
                let error = entry
                    .refuse("a path length, and \"pathlenzero\": true, which cfssl ignores then");
                reader.ignore(
                    LintRule::PathLength,
                    error.suggesting("keep one of the two"),
                )?;
            }
        }
        Ok(ca)
    }
}
