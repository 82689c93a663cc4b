//! Points in time and validity periods. Nothing here reads a clock.

mod moment;
mod span;

pub use moment::Moment;
pub use span::Span;

use std::fmt;

use ::time::{Date, Month, OffsetDateTime, PrimitiveDateTime, Time};

use crate::Error;

/// A second on the UTC time line, from year 0 to 9999 (the range of RFC 5280
/// section 4.1.2.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// `99991231235959Z`, which RFC 5280 section 4.1.2.5 gives to certificates
    /// that have no well-defined end.
    pub const LATEST: Self = Self(253_402_300_799);
    const EARLIEST: Self = Self(-62_167_219_200);

    /// From seconds since 1970-01-01T00:00:00Z.
    ///
    /// # Errors
    /// [`Error::TimeOutOfRange`] outside the years 0 to 9999.
    pub fn from_unix(seconds: i64) -> Result<Self, Error> {
        let time = Self(seconds);
        match (Self::EARLIEST..=Self::LATEST).contains(&time) {
            true => Ok(time),
            false => Err(Error::TimeOutOfRange { seconds }),
        }
    }

    /// Seconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn unix(self) -> i64 {
        self.0
    }

    /// The time `seconds` later (earlier if negative).
    ///
    /// # Errors
    /// [`Error::TimeOutOfRange`] if that is outside the years 0 to 9999.
    pub fn plus(self, seconds: i64) -> Result<Self, Error> {
        let sum = self
            .0
            .checked_add(seconds)
            .ok_or(Error::TimeOutOfRange { seconds })?;
        Self::from_unix(sum)
    }

    /// Seconds from `earlier` to this time.
    #[must_use]
    pub fn since(self, earlier: Self) -> i64 {
        self.0 - earlier.0
    }

    /// Parses `2026-11-22T19:15:00Z` (RFC 3339 in UTC, whole seconds).
    ///
    /// # Errors
    /// [`Error::NotATimestamp`] for any other form.
    pub fn parse_rfc3339(text: &str) -> Result<Self, Error> {
        let refuse = || Error::NotATimestamp {
            text: text.to_owned(),
        };
        let digits = |from: usize, to: usize| {
            let part = text
                .get(from..to)
                .filter(|p| p.bytes().all(|b| b.is_ascii_digit()));
            part.and_then(|p| p.parse::<u16>().ok()).ok_or_else(refuse)
        };
        let small = |from, to| digits(from, to).and_then(|n| u8::try_from(n).map_err(|_| refuse()));
        let bytes = text.as_bytes();
        let separators = [
            (4, b'-'),
            (7, b'-'),
            (10, b'T'),
            (13, b':'),
            (16, b':'),
            (19, b'Z'),
        ];
        if bytes.len() != 20 || separators.iter().any(|(at, byte)| bytes[*at] != *byte) {
            return Err(refuse());
        }
        let month = Month::try_from(small(5, 7)?).map_err(|_| refuse())?;
        let date = Date::from_calendar_date(i32::from(digits(0, 4)?), month, small(8, 10)?);
        let time = Time::from_hms(small(11, 13)?, small(14, 16)?, small(17, 19)?);
        let at = PrimitiveDateTime::new(date.map_err(|_| refuse())?, time.map_err(|_| refuse())?);
        Self::from_unix(at.assume_utc().unix_timestamp())
    }

    /// `20261122T191500Z`: sorts by time and is safe in a file name.
    #[must_use]
    pub fn compact(self) -> String {
        self.to_string().replace(['-', ':'], "")
    }

    pub(crate) fn to_offset_date_time(self) -> OffsetDateTime {
        // The range of this type lies inside that of `time`.
        OffsetDateTime::from_unix_timestamp(self.0).unwrap_or(OffsetDateTime::UNIX_EPOCH)
    }
}

impl fmt::Display for Timestamp {
    /// RFC 3339 in UTC: `2026-11-22T19:15:00Z`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let t = self.to_offset_date_time();
        let (hour, minute, second) = t.to_hms();
        let (year, month, day) = (t.year(), u8::from(t.month()), t.day());
        write!(
            f,
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z"
        )
    }
}

/// The period in which a certificate is valid; both ends belong to it
/// (RFC 5280 section 4.1.2.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validity {
    not_before: Timestamp,
    not_after: Timestamp,
}

impl Validity {
    /// A period that does not end before it starts.
    ///
    /// # Errors
    /// [`Error::EndsBeforeItStarts`].
    pub fn new(not_before: Timestamp, not_after: Timestamp) -> Result<Self, Error> {
        match not_before <= not_after {
            true => Ok(Self {
                not_before,
                not_after,
            }),
            false => Err(Error::EndsBeforeItStarts {
                not_before,
                not_after,
            }),
        }
    }

    /// The first second.
    #[must_use]
    pub fn not_before(self) -> Timestamp {
        self.not_before
    }

    /// The last second.
    #[must_use]
    pub fn not_after(self) -> Timestamp {
        self.not_after
    }

    /// Whether `time` lies in the period.
    #[must_use]
    pub fn contains(self, time: Timestamp) -> bool {
        (self.not_before..=self.not_after).contains(&time)
    }

    /// This period, ended by the end of `outer`; the flag tells whether it was.
    ///
    /// # Errors
    /// [`Error::EndsBeforeItStarts`] if nothing would be left.
    pub fn capped_by(self, outer: Self) -> Result<(Self, bool), Error> {
        let not_after = self.not_after.min(outer.not_after);
        Ok((
            Self::new(self.not_before, not_after)?,
            not_after < self.not_after,
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_and_reads_rfc3339() {
        let time = Timestamp::from_unix(1_795_374_900).unwrap();
        assert_eq!(time.to_string(), "2026-11-22T19:15:00Z");
        assert_eq!(time.compact(), "20261122T191500Z");
        assert_eq!(
            Timestamp::parse_rfc3339("2026-11-22T19:15:00Z").unwrap(),
            time
        );
        assert_eq!(Timestamp::LATEST.to_string(), "9999-12-31T23:59:59Z");
        for text in [
            "",
            "2026-13-01T00:00:00Z",
            "2026-11-22 19:15:00",
            "2026-11-22T19:15:00+01",
        ] {
            assert!(Timestamp::parse_rfc3339(text).is_err(), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn what_is_shown_reads_back(seconds in Timestamp::EARLIEST.0..=Timestamp::LATEST.0) {
            let time = Timestamp::from_unix(seconds).unwrap();
            proptest::prop_assert_eq!(Timestamp::parse_rfc3339(&time.to_string()).unwrap(), time);
        }

        #[test]
        fn arithmetic_never_panics(seconds: i64, more: i64) {
            if let Ok(time) = Timestamp::from_unix(seconds) {
                let _ = time.plus(more);
            }
            let _ = Timestamp::parse_rfc3339(&seconds.to_string());
        }
    }
}
