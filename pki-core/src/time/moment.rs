//! A point in time as people write it: a date, a time, or how far off it is.

use std::str::FromStr;

use ::time::{Date, Month, OffsetDateTime};

use super::Timestamp;
use crate::Error;

/// A point in time, or how far it is from the present.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Moment {
    /// This one.
    At(Timestamp),
    /// So many months of the calendar and seconds later; earlier if negative.
    Off {
        /// Months: a day that the month has not is its last one.
        months: i32,
        /// Seconds, added after the months.
        seconds: i64,
    },
}

impl Moment {
    /// The point in time, seen from `now`.
    ///
    /// # Errors
    /// [`Error::TimeOutOfRange`] outside the years 0 to 9999.
    pub fn seen_from(self, now: Timestamp) -> Result<Timestamp, Error> {
        match self {
            Self::At(time) => Ok(time),
            Self::Off { months, seconds } => later(now, months)?.plus(seconds),
        }
    }
}

impl FromStr for Moment {
    type Err = Error;

    /// `2027-03-01T12:00:00Z`, also with `+01:00`, a fraction or a space in the
    /// middle (RFC 3339); `2027-03-01` and `2027-03` for the begin of the day
    /// and the month, in UTC; `+90d`, `+6mo`, `+1y6mo`, `-12h` for a distance.
    fn from_str(text: &str) -> Result<Self, Error> {
        let off = |text| distance(text).map(|(months, seconds)| Self::Off { months, seconds });
        let found = match text.split_at_checked(1) {
            Some(("+", rest)) => off(rest),
            Some(("-", rest)) => distance(rest).map(|(months, seconds)| Self::Off {
                months: -months,
                seconds: -seconds,
            }),
            _ => whole(text).map(Self::At),
        };
        found.ok_or_else(|| Error::NotAMoment {
            text: text.to_owned(),
            is_a_distance: off(text).is_some(),
        })
    }
}

/// A date or a time of RFC 3339 section 5.6; a date alone is its first second.
fn whole(text: &str) -> Option<Timestamp> {
    let begin = |text: String| Timestamp::parse_rfc3339(&text).ok();
    match text.len() {
        7 => return begin(format!("{text}-01T00:00:00Z")),
        10 => return begin(format!("{text}T00:00:00Z")),
        _ => {}
    }
    let (local, rest) = text.split_at_checked(19)?;
    let (date, time) = local.split_at_checked(10)?;
    let time = time.strip_prefix(['T', 't', ' '])?;
    let local = begin(format!("{date}T{time}Z"))?;
    let zone = match rest.strip_prefix('.') {
        Some(fraction) => {
            let zone = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
            (zone.len() < fraction.len()).then_some(zone)?
        }
        None => rest,
    };
    local.plus(-east(zone)?).ok()
}

/// Seconds east of UTC: `Z`, `+01:00`.
fn east(zone: &str) -> Option<i64> {
    if matches!(zone, "Z" | "z") {
        return Some(0);
    }
    let (sign, rest) = zone.split_at_checked(1)?;
    let (hours, minutes) = rest.split_once(':')?;
    let number = |digits: &str, below: i64| -> Option<i64> {
        let is_number = digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
        let number = digits.parse().ok().filter(|number| *number < below);
        number.filter(|_| is_number)
    };
    let seconds = number(hours, 24)? * 3600 + number(minutes, 60)? * 60;
    match sign {
        "+" => Some(seconds),
        "-" => Some(-seconds),
        _ => None,
    }
}

/// Months and seconds of `90d`, `6mo`, `1y6mo`, `36h`.
fn distance(text: &str) -> Option<(i32, i64)> {
    const UNITS: [(&str, i32, i64); 7] = [
        ("y", 12, 0),
        ("mo", 1, 0),
        ("w", 0, 7 * 86_400),
        ("d", 0, 86_400),
        ("h", 0, 3_600),
        // Not m, which many would take for months.
        ("min", 0, 60),
        ("s", 0, 1),
    ];
    // 9999 years of anything.
    const MOST: i64 = 9_999 * 366 * 86_400;
    let (mut rest, mut months, mut seconds) = (text, 0_i64, 0_i64);
    if text.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let (number, after) = rest.split_at(digits);
        let letters = after
            .find(|c: char| c.is_ascii_digit())
            .unwrap_or(after.len());
        let (unit, next) = after.split_at(letters);
        let (_, in_months, in_seconds) = UNITS.iter().find(|(name, ..)| *name == unit)?;
        let number: i64 = number.parse().ok().filter(|number| *number <= MOST)?;
        months = months.checked_add(number.checked_mul(i64::from(*in_months))?)?;
        seconds = seconds.checked_add(number.checked_mul(*in_seconds)?)?;
        rest = next;
    }
    let fits = |count: &i64| *count <= 12 * 9_999;
    let months = Some(months)
        .filter(fits)
        .and_then(|months| i32::try_from(months).ok())?;
    (seconds <= MOST).then_some((months, seconds))
}

/// The same day and time, so many months later.
fn later(now: Timestamp, months: i32) -> Result<Timestamp, Error> {
    let out_of_range = || Error::TimeOutOfRange {
        seconds: i64::from(months).saturating_mul(2_629_746),
    };
    let at: OffsetDateTime = now.to_offset_date_time();
    let count = at.year() * 12 + i32::from(u8::from(at.month())) - 1 + months;
    let year = count.div_euclid(12);
    let month = u8::try_from(count.rem_euclid(12) + 1).ok();
    let month = month
        .and_then(|month| Month::try_from(month).ok())
        .ok_or_else(out_of_range)?;
    let day = at.day().min(month.length(year));
    let date = Date::from_calendar_date(year, month, day).map_err(|_| out_of_range())?;
    Timestamp::from_unix(at.replace_date(date).unix_timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(text: &str) -> String {
        let now = Timestamp::parse_rfc3339("2026-11-30T19:15:00Z").unwrap();
        match text
            .parse::<Moment>()
            .and_then(|moment| moment.seen_from(now))
        {
            Ok(time) => time.to_string(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn dates_times_and_distances() {
        for (text, time) in [
            ("2027-03-01T12:00:00Z", "2027-03-01T12:00:00Z"),
            ("2027-03-01 12:00:00z", "2027-03-01T12:00:00Z"),
            ("2027-03-01T00:30:00+01:00", "2027-02-28T23:30:00Z"),
            ("2027-03-01T00:30:00.123-05:30", "2027-03-01T06:00:00Z"),
            ("2027-03-01", "2027-03-01T00:00:00Z"),
            ("2027-03", "2027-03-01T00:00:00Z"),
            ("+90d", "2027-02-28T19:15:00Z"),
            ("+3mo", "2027-02-28T19:15:00Z"),
            ("+6mo", "2027-05-30T19:15:00Z"),
            ("+1y1mo", "2027-12-30T19:15:00Z"),
            ("+2w12h30min5s", "2026-12-15T07:45:05Z"),
            ("-12h", "2026-11-30T07:15:00Z"),
            ("-9mo", "2026-02-28T19:15:00Z"),
            ("+0s", "2026-11-30T19:15:00Z"),
        ] {
            assert_eq!(seen(text), time, "{text}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "+",
            "-",
            "d",
            "+d",
            "+1",
            "+1x",
            "+6m",
            "+1.5d",
            "+-1d",
            "+1d-2h",
            "now",
            "2027",
            "2027-13",
            "2027-02-30",
            "2027-3-1",
            "2027-03-01T12:00:00",
            "2027-03-01T12:00Z",
            "2027-03-01T12:00:00.Z",
            "2027-03-01T12:00:00+1:00",
            "2027-03-01T12:00:00+24:00",
            "+99999999999999999999d",
            "ünïcödé",
            "2027-03-01T12:00:0é",
        ] {
            assert!(text.parse::<Moment>().is_err(), "{text}");
        }
        assert!(seen("90d").ends_with("; write +90d"), "{}", seen("90d"));
        assert!(
            seen("+9999y").contains("outside the years"),
            "{}",
            seen("+9999y")
        );
    }

    proptest::proptest! {
        #[test]
        fn reading_never_panics(text in "\\PC{0,30}|[+-][0-9]{0,12}(y|mo|w|d|h|min|s){0,3}[0-9]{0,20}(d|mo)?") {
            if let Ok(moment) = text.parse::<Moment>() {
                for now in [Timestamp::EARLIEST, Timestamp::LATEST] {
                    let _ = moment.seen_from(now);
                }
            }
        }
    }
}
