//! The `ca` of a certificate request.

use crate::cfssl::fields::{Entry, Reader, Schema};
use crate::cfssl::go_duration::GoDuration;
use crate::cfssl::json::Suggesting;
use crate::cfssl::profile::lifetime;
use crate::document::DocumentError;

/// What a CA's own certificate is to be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CfsslCa {
    /// The lifetime; without it, five years.
    pub expiry: Option<GoDuration>,
    /// How many CAs may follow; 0 means any number, unless the next is set.
    pub path_len: u8,
    /// Whether `path_len` 0 means none.
    pub path_len_zero: bool,
    /// How far before now the certificate starts; without it, five minutes.
    pub backdate: Option<GoDuration>,
}

const SCHEMA: Schema = Schema {
    keys: &["expiry", "pathlen", "pathlenzero", "backdate"],
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

    /// How many CAs may follow; without it, any number.
    #[must_use]
    pub fn path_len_constraint(&self) -> Option<u8> {
        (self.path_len > 0 || self.path_len_zero).then_some(self.path_len)
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
        if let Some(expiry) = fields.get("expiry") {
            ca.expiry = Some(lifetime(reader, expiry)?).filter(|d| *d != GoDuration::ZERO);
        }
        if let Some(entry) = fields.get("pathlen") {
            let range = || entry.refuse("a path length is a number from 0 to 255");
            ca.path_len = u8::try_from(entry.integer()?).map_err(|_| range())?;
            if ca.path_len == 0 && !zero {
                let error = entry.refuse(
                    "cfssl writes no path length for 0, so any number of CAs may follow: only \"pathlenzero\": true makes it 0",
                );
                reader.ignore(
                    error.suggesting("add \"pathlenzero\": true, or leave \"pathlen\" out"),
                )?;
            }
            if ca.path_len > 0 && zero {
                let error = entry
                    .refuse("a path length, and \"pathlenzero\": true, which cfssl ignores then");
                reader.ignore(error.suggesting("keep one of the two"))?;
            }
        }
        Ok(ca)
    }
}
