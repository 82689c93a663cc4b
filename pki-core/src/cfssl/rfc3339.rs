//! Times as Go's `time.RFC3339` reads them: any zone, fractions cut off.

use crate::time::Timestamp;

/// `2026-11-22T20:15:00.5+01:00` is 2026-11-22T19:15:00Z.
pub(super) fn parse(text: &str) -> Option<Timestamp> {
    let (date, rest) = text.split_at_checked(19)?;
    let rest = match rest.strip_prefix('.') {
        None => rest,
        Some(fraction) => {
            let rest = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
            (rest.len() < fraction.len()).then_some(rest)?
        }
    };
    let local = Timestamp::parse_rfc3339(&format!("{date}Z")).ok()?;
    if rest == "Z" {
        return Some(local);
    }
    let east = match rest.get(..1)? {
        "+" => 1,
        "-" => -1,
        _ => return None,
    };
    let (hours, minutes) = rest.get(1..)?.split_once(':')?;
    let number = |text: &str, limit: i64| {
        let digits = text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit());
        let number = digits.then(|| text.parse::<i64>().ok())??;
        (number < limit).then_some(number)
    };
    let offset = number(hours, 24)? * 3600 + number(minutes, 60)? * 60;
    local.plus(-east * offset).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_zones_and_fractions() {
        let shown = |text: &str| parse(text).map(|time| time.to_string());
        let noon = Some("2026-01-02T12:00:00Z".to_owned());
        assert_eq!(shown("2026-01-02T12:00:00Z"), noon);
        assert_eq!(shown("2026-01-02T12:00:00.999Z"), noon);
        assert_eq!(shown("2026-01-02T13:30:00+01:30"), noon);
        assert_eq!(shown("2026-01-02T07:00:00-05:00"), noon);
        for text in [
            "",
            "2026-01-02",
            "2026-01-02T12:00:00",
            "2026-01-02T12:00:00.Z",
            "2026-01-02T12:00:00+1:00",
            "2026-01-02T12:00:00+24:00",
            "2026-01-02T12:00:00ü01:00",
        ] {
            assert_eq!(shown(text), None, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn never_panics(text in "\\PC{0,30}|[0-9T:Z+.-]{19,26}") {
            let _ = parse(&text);
        }
    }
}
