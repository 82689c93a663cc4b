//! Points in time.

use pki_core::Timestamp;
use serde::Serialize;

use super::super::super::distance::distance;
use super::super::page::Row;

/// A time, and how far away it is.
#[derive(Serialize)]
pub(super) struct Moment {
    time: String,
    pub(super) seconds: i64,
    #[serde(skip)]
    distance: String,
}

impl Moment {
    pub(super) fn new(time: Timestamp, now: Timestamp) -> Self {
        Self {
            time: time.to_string(),
            seconds: time.since(now),
            distance: distance(time, now),
        }
    }

    pub(super) fn row(&self, label: &'static str) -> Row {
        Row::new(label, format!("{}, {}", self.time, self.distance))
    }

    pub(super) fn alarm(&self, label: &'static str, what: &str) -> Row {
        Row::alarm(label, format!("{}, {what} {}", self.time, self.distance))
    }
}
