//! How long something takes, for people.

/// A length of time in either direction, told as one number and its unit; what
/// is left over is cut off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span(u64);

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;
const YEAR: u64 = 365 * DAY;

impl Span {
    /// Of so many seconds, before or after.
    #[must_use]
    pub fn new(seconds: i64) -> Self {
        Self(seconds.unsigned_abs())
    }

    /// For a sentence: `10 days`, `1 day`, `5h`, `12min`, `3s`.
    #[must_use]
    pub fn in_short(self) -> String {
        self.text(
            &[
                (DAY, DAY, " day", " days"),
                (HOUR, HOUR, "h", "h"),
                (MINUTE, MINUTE, "min", "min"),
            ],
            ["s", "s"],
        )
    }

    /// In whole words and the largest unit of which there are two at least:
    /// `10 days`, `24 hours`, `119 seconds`.
    #[must_use]
    pub fn in_words(self) -> String {
        self.text(
            &[
                (2 * DAY, DAY, "", " days"),
                (2 * HOUR, HOUR, "", " hours"),
                (2 * MINUTE, MINUTE, "", " minutes"),
            ],
            [" second", " seconds"],
        )
    }

    /// As kubeadm's tables have it: `9y`, `364d`, `23h`, `59m`, `3s`.
    #[must_use]
    pub fn as_kubeadm(self) -> String {
        self.text(
            &[
                (YEAR, YEAR, "y", "y"),
                (DAY, DAY, "d", "d"),
                (HOUR, HOUR, "h", "h"),
                (MINUTE, MINUTE, "m", "m"),
            ],
            ["s", "s"],
        )
    }

    /// `units` are the larger ones: from how many seconds on each is used, its
    /// own seconds, and what one and several of it are called.
    fn text(self, units: &[(u64, u64, &str, &str)], [second, seconds]: [&str; 2]) -> String {
        let unit = units.iter().find(|(from, ..)| self.0 >= *from);
        let (count, one, several) = match unit {
            Some((_, length, one, several)) => (self.0 / length, *one, *several),
            None => (self.0, second, seconds),
        };
        match count {
            1 => format!("1{one}"),
            _ => format!("{count}{several}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_has_its_units() {
        const DAY: i64 = 86_400;
        for (seconds, short, words, kubeadms) in [
            (0, "0s", "0 seconds", "0s"),
            (1, "1s", "1 second", "1s"),
            (59, "59s", "59 seconds", "59s"),
            (119, "1min", "119 seconds", "1m"),
            (-120, "2min", "2 minutes", "2m"),
            (3599, "59min", "59 minutes", "59m"),
            (3600, "1h", "60 minutes", "1h"),
            (DAY - 1, "23h", "23 hours", "23h"),
            (-DAY, "1 day", "24 hours", "1d"),
            (2 * DAY, "2 days", "2 days", "2d"),
            (365 * DAY - 1, "364 days", "364 days", "364d"),
            (365 * DAY, "365 days", "365 days", "1y"),
            (3650 * DAY - 1, "3649 days", "3649 days", "9y"),
        ] {
            let span = Span::new(seconds);
            assert_eq!(span.in_short(), short);
            assert_eq!(span.in_words(), words);
            assert_eq!(span.as_kubeadm(), kubeadms);
        }
        assert!(Span::new(i64::MIN).in_short().ends_with(" days"));
    }
}
