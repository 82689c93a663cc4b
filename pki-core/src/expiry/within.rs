//! How soon is soon: `30d`, `12h`, `1y`, `1d12h`.

use std::fmt;
use std::str::FromStr;

use crate::Error;
use crate::cfssl::GoDuration;
use crate::time::Timestamp;

/// A length of time from now on, in whole seconds and not negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Within(i64);

const DAY: i64 = 86_400;
const HOUR: i64 = 3_600;

impl Within {
    /// So many days.
    #[must_use]
    pub fn days(days: u16) -> Self {
        Self(i64::from(days) * DAY)
    }

    /// The length in seconds.
    #[must_use]
    pub fn seconds(self) -> i64 {
        self.0
    }

    /// The moment when it is over; [`Timestamp::LATEST`] if there is none so late.
    #[must_use]
    pub fn after(self, now: Timestamp) -> Timestamp {
        now.plus(self.0).unwrap_or(Timestamp::LATEST)
    }
}

impl FromStr for Within {
    type Err = Error;

    /// Numbers with units one after the other: whole days (`d`), weeks (`w`) and
    /// years of 365 days (`y`), and what Go's durations have (`h`, `m`, `s`).
    fn from_str(text: &str) -> Result<Self, Error> {
        parse(text).map(Self).ok_or_else(|| Error::NotADuration {
            text: text.to_owned(),
        })
    }
}

fn parse(text: &str) -> Option<i64> {
    if text.is_empty() {
        return None;
    }
    let is_number = |c: char| c.is_ascii_digit() || c == '.';
    let (mut rest, mut total) = (text, 0_i64);
    while !rest.is_empty() {
        let (number, after) = split(rest, |c| !is_number(c));
        let (unit, next) = split(after, is_number);
        let days = match unit {
            "d" => Some(1),
            "w" => Some(7),
            "y" => Some(365),
            _ => None,
        };
        let seconds = match days {
            Some(days) => number.parse::<u32>().ok().map(i64::from)? * days * DAY,
            // A number without a unit, or a sign, is refused there.
            None if number.is_empty() => return None,
            None => rest
                .get(..number.len() + unit.len())?
                .parse::<GoDuration>()
                .ok()?
                .seconds(),
        };
        total = total.checked_add(seconds)?;
        rest = next;
    }
    Some(total)
}

fn split(text: &str, at: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(at).unwrap_or(text.len()))
}

impl fmt::Display for Within {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            seconds if seconds % DAY == 0 => write!(f, "{}d", seconds / DAY),
            seconds if seconds % HOUR == 0 => write!(f, "{}h", seconds / HOUR),
            seconds => write!(f, "{seconds}s"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_days_and_what_go_reads() {
        for (text, seconds) in [
            ("30d", 30 * DAY),
            ("12h", 12 * HOUR),
            ("1y", 365 * DAY),
            ("2w", 14 * DAY),
            ("1d12h", DAY + 12 * HOUR),
            ("1h30m10s", 5410),
            ("1.5h", 5400),
            ("0s", 0),
            ("0", 0),
        ] {
            assert_eq!(text.parse::<Within>(), Ok(Within(seconds)), "{text}");
        }
        for text in [
            "",
            "d",
            "30",
            "-30d",
            "+1d",
            "1.5d",
            "1 d",
            "30 days",
            "1M",
            "99999999999d",
            "1e3h",
            "\u{663}d",
            "1d-2h",
            "292277026597h",
        ] {
            assert!(text.parse::<Within>().is_err(), "{text}");
        }
    }

    #[test]
    fn ends_with_the_last_year() {
        let now = Timestamp::parse_rfc3339("2026-11-22T19:15:00Z").unwrap();
        let day = Within::days(1).after(now);
        assert_eq!(day.to_string(), "2026-11-23T19:15:00Z");
        assert_eq!(
            "9000y".parse::<Within>().unwrap().after(now),
            Timestamp::LATEST
        );
    }

    proptest::proptest! {
        #[test]
        fn what_is_shown_reads_back(seconds in 0..i64::from(u32::MAX)) {
            let within = Within(seconds);
            proptest::prop_assert_eq!(within.to_string().parse(), Ok(within));
        }

        #[test]
        fn reading_never_panics(text in "\\PC{0,12}|[0-9.dwyhms-]{0,30}") {
            if let Ok(within) = text.parse::<Within>() {
                proptest::prop_assert!(within.seconds() >= 0);
            }
        }

        #[test]
        fn parts_add_up(y in 0_i64..99, d in 0_i64..9999, h in 0_i64..9999, s in 0_i64..9999) {
            let text = format!("{y}y{d}d{h}h{s}s");
            let sum = (y * 365 + d) * DAY + h * HOUR + s;
            proptest::prop_assert_eq!(text.parse(), Ok(Within(sum)));
        }
    }
}
