//! Times as Go's `time.RFC3339` reads them: any zone, fractions cut off, an
//! hour of one digit as well.

use super::go_duration::quoted;
use crate::time::Timestamp;

/// A text that Go's `time.Parse` refuses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TimeError {
    text: String,
    problem: String,
}

impl TimeError {
    /// The words of Go 1.20 and later.
    pub(super) fn go_text(&self) -> String {
        format!("parsing time {}{}", quoted(&self.text), self.problem)
    }
}

/// `2026-11-22T20:15:00.5+01:00` is 2026-11-22T19:15:00Z.
pub(super) fn parse(text: &str) -> Result<Timestamp, TimeError> {
    read(text).map_err(|problem| TimeError {
        text: text.to_owned(),
        problem,
    })
}

fn read(text: &str) -> Result<Timestamp, String> {
    let mut rest = text;
    let year = year(&mut rest)?;
    literal(&mut rest, "-")?;
    let month = number(&mut rest, "01", true)?;
    in_range(month, 1..=12, "month")?;
    literal(&mut rest, "-")?;
    let day = number(&mut rest, "02", true)?;
    literal(&mut rest, "T")?;
    let hour = number(&mut rest, "15", false)?;
    in_range(hour, 0..=23, "hour")?;
    literal(&mut rest, ":")?;
    let minute = number(&mut rest, "04", true)?;
    in_range(minute, 0..=59, "minute")?;
    literal(&mut rest, ":")?;
    let second = number(&mut rest, "05", true)?;
    in_range(second, 0..=59, "second")?;
    if let Some(fraction) = rest.strip_prefix(['.', ',']) {
        let after = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
        if after.len() < fraction.len() {
            rest = after;
        }
    }
    let east = zone(&mut rest)?;
    if !rest.is_empty() {
        return Err(format!(": extra text: {}", quoted(rest)));
    }
    let local = format!("{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z");
    Timestamp::parse_rfc3339(&local)
        .and_then(|local| local.plus(-east))
        .map_err(|_| ": day out of range".to_owned())
}

fn cannot(rest: &str, element: &str) -> String {
    let layout = "\"2006-01-02T15:04:05Z07:00\"";
    format!(
        " as {layout}: cannot parse {} as {}",
        quoted(rest),
        quoted(element)
    )
}

fn literal(rest: &mut &str, wanted: &str) -> Result<(), String> {
    *rest = rest
        .strip_prefix(wanted)
        .ok_or_else(|| cannot(rest, wanted))?;
    Ok(())
}

fn year<'a>(rest: &mut &'a str) -> Result<&'a str, String> {
    let split = rest.split_at_checked(4);
    let (year, after) = split
        .filter(|(year, _)| year.bytes().all(|b| b.is_ascii_digit()))
        .ok_or_else(|| cannot(rest, "2006"))?;
    *rest = after;
    Ok(year)
}

/// Two digits, or one where Go is lax.
fn number(rest: &mut &str, element: &str, two: bool) -> Result<u32, String> {
    let digits = rest.bytes().take(2).take_while(u8::is_ascii_digit).count();
    let enough = digits == 2 || (digits == 1 && !two);
    let (number, after) = rest
        .split_at_checked(digits)
        .filter(|_| enough)
        .ok_or_else(|| cannot(rest, element))?;
    let number = number.parse().map_err(|_| cannot(rest, element))?;
    *rest = after;
    Ok(number)
}

fn in_range(
    number: u32,
    range: std::ops::RangeInclusive<u32>,
    element: &str,
) -> Result<(), String> {
    match range.contains(&number) {
        true => Ok(()),
        false => Err(format!(": {element} out of range")),
    }
}

/// Seconds east of UTC.
fn zone(rest: &mut &str) -> Result<i64, String> {
    if let Some(after) = rest.strip_prefix('Z') {
        *rest = after;
        return Ok(0);
    }
    let bad = || cannot(rest, "Z07:00");
    let (zone, after) = rest.split_at_checked(6).ok_or_else(bad)?;
    let (mut hour, mut minute) = zone
        .get(1..)
        .and_then(|zone| zone.split_once(':'))
        .filter(|(hour, minute)| hour.len() == 2 && minute.len() == 2)
        .ok_or_else(bad)?;
    let hours = number(&mut hour, "", true).map_err(|_| bad())?;
    let minutes = number(&mut minute, "", true).map_err(|_| bad())?;
    let sign = match zone.as_bytes().first() {
        Some(b'+') => 1,
        Some(b'-') => -1,
        _ => return Err(bad()),
    };
    // Go lets 24 hours and 60 minutes pass.
    in_range(hours, 0..=24, "time zone offset hour")?;
    in_range(minutes, 0..=60, "time zone offset minute")?;
    *rest = after;
    Ok(sign * (i64::from(hours) * 3600 + i64::from(minutes) * 60))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_zones_and_fractions() {
        for text in [
            "2026-01-02T12:00:00Z",
            "2026-01-02T12:00:00.999Z",
            "2026-01-02T13:30:00+01:30",
            "2026-01-02T07:00:00-05:00",
            "2026-01-02T07:00:00,5-05:00",
            "2026-01-02T7:00:00-05:00",
        ] {
            let shown = parse(text).map(|time| time.to_string());
            assert_eq!(shown.as_deref(), Ok("2026-01-02T12:00:00Z"), "{text}");
        }
    }

    #[test]
    fn refuses_in_gos_words() {
        let layout = "\"2006-01-02T15:04:05Z07:00\"";
        for (text, rest, element) in [
            ("", "", "2006"),
            ("abc", "abc", "2006"),
            ("2026-01-02", "", "T"),
            ("2026-1-02", "1-02", "01"),
            ("2026-01-02T12:00:00", "", "Z07:00"),
            ("2026-01-02T12:00:00.Z", ".Z", "Z07:00"),
            ("2026-01-02T12:00:00+1:00", "+1:00", "Z07:00"),
        ] {
            assert_eq!(
                parse(text).unwrap_err().go_text(),
                format!(
                    "parsing time \"{text}\" as {layout}: cannot parse \"{rest}\" as \"{element}\""
                )
            );
        }
        for (text, problem) in [
            ("2026-13-02T12:00:00Z", ": month out of range"),
            ("2026-02-30T12:00:00Z", ": day out of range"),
            (
                "2026-02-20T12:00:00+25:00",
                ": time zone offset hour out of range",
            ),
            ("2026-02-20T12:00:00Zx", ": extra text: \"x\""),
        ] {
            let expected = format!("parsing time \"{text}\"{problem}");
            assert_eq!(parse(text).unwrap_err().go_text(), expected);
        }
    }

    proptest::proptest! {
        #[test]
        fn never_panics(text in "\\PC{0,30}|[0-9T:Z+.-]{19,26}") {
            let _ = parse(&text).map_err(|error| error.go_text());
        }
    }
}
