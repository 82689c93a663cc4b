//! Certificate revocation lists.

use pki_core::{RevocationList, Timestamp};
use serde::Serialize;

use super::super::page::Row;
use super::moment::Moment;
use super::serial::serial;
use super::signature_name;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct ListFacts {
    version: u32,
    issuer: String,
    number: Option<String>,
    this_update: Moment,
    next_update: Option<Moment>,
    signature_algorithm: String,
    revoked: usize,
    /// The first of them.
    first_revoked: Vec<Revoked>,
}

#[derive(Serialize)]
struct Revoked {
    serial: String,
    date: String,
}

/// As many revoked serial numbers are listed.
const MOST_REVOKED: usize = 20;

impl ListFacts {
    pub(super) fn new(list: &RevocationList, now: Timestamp) -> Self {
        let first = list.revoked().iter().take(MOST_REVOKED);
        Self {
            version: list.version(),
            issuer: list.issuer().to_owned(),
            number: list.number().map(serial),
            this_update: Moment::new(list.this_update(), now),
            next_update: list.next_update().map(|at| Moment::new(at, now)),
            signature_algorithm: signature_name(list.signature_algorithm()),
            revoked: list.revoked().len(),
            first_revoked: first
                .map(|entry| Revoked {
                    serial: serial(entry.serial_number()),
                    date: entry.revocation_date().to_string(),
                })
                .collect(),
        }
    }

    pub(super) fn rows(&self) -> Vec<Row> {
        let mut rows = vec![Row::new("issuer", self.issuer.as_str())];
        if let Some(number) = &self.number {
            rows.push(Row::new("number", number.as_str()));
        }
        rows.push(self.this_update.row("made"));
        rows.push(match &self.next_update {
            Some(next) if next.seconds < 0 => next.alarm("next", "expired"),
            Some(next) => next.row("next"),
            None => Row::new("next", "not said"),
        });
        rows.push(Row::new("signature", self.signature_algorithm.as_str()));
        rows.push(match self.revoked {
            1 => Row::new("revoked", "1 certificate"),
            count => Row::new("revoked", format!("{count} certificates")),
        });
        let list = self.first_revoked.iter();
        rows.extend(list.map(|one| Row::new("", format!("{} at {}", one.serial, one.date))));
        if self.revoked > self.first_revoked.len() {
            let more = self.revoked - self.first_revoked.len();
            rows.push(Row::new("", format!("and {more} more")));
        }
        rows
    }
}
