//! How far away a time is.

use pki_core::{Span, Timestamp};

/// `in 312 days`, `3 days ago`.
pub(crate) fn distance(at: Timestamp, now: Timestamp) -> String {
    let seconds = at.since(now);
    match seconds {
        0 => "now".to_owned(),
        1.. => format!("in {}", Span::new(seconds).in_words()),
        _ => format!("{} ago", Span::new(seconds).in_words()),
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
