//! How far away a time is.

use pki_core::Timestamp;

/// `in 312 days`, `3 days ago`.
pub(crate) fn distance(at: Timestamp, now: Timestamp) -> String {
    let seconds = at.since(now);
    match seconds {
        0 => "now".to_owned(),
        1.. => format!("in {}", span(seconds.unsigned_abs())),
        _ => format!("{} ago", span(seconds.unsigned_abs())),
    }
}

/// In the largest unit of which there are two at least.
fn span(seconds: u64) -> String {
    const UNITS: [(u64, &str); 3] = [(86_400, "days"), (3600, "hours"), (60, "minutes")];
    let unit = UNITS.into_iter().find(|(length, _)| seconds >= 2 * length);
    match unit {
        Some((length, name)) => format!("{} {name}", seconds / length),
        None if seconds == 1 => "1 second".to_owned(),
        None => format!("{seconds} seconds"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_both_directions() {
        let now = Timestamp::parse_rfc3339("2026-11-22T19:15:00Z").expect("a time");
        for (seconds, expected) in [
            (0, "now"),
            (1, "in 1 second"),
            (119, "in 119 seconds"),
            (-120, "2 minutes ago"),
            (2 * 3600, "in 2 hours"),
            (-86_400, "24 hours ago"),
            (312 * 86_400 + 5, "in 312 days"),
            (-3 * 86_400, "3 days ago"),
        ] {
            let at = now.plus(seconds).expect("near");
            assert_eq!(distance(at, now), expected);
        }
    }
}
