//! The log lines of cfssl: `2026/11/22 19:15:00 [INFO] text` on stderr, in local time.

mod zone;

use std::cell::OnceCell;

use jiff::tz::TimeZone;
use pki_core::Timestamp;

use crate::env::Env;
use crate::output;

/// How grave a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    Info,
    Warning,
    Error,
}

impl Level {
    fn name(self) -> &'static str {
        match self {
            Self::Info => "INFO",
            Self::Warning => "WARNING",
            Self::Error => "ERROR",
        }
    }

    /// What `-loglevel` counts from 0, DEBUG, to 5, FATAL.
    fn number(self) -> i64 {
        match self {
            Self::Info => 1,
            Self::Warning => 2,
            Self::Error => 3,
        }
    }
}

/// Writes the lines that are grave enough for `-loglevel`.
#[derive(Debug)]
pub(crate) struct Log {
    lowest: i64,
    now: Timestamp,
    zone: Option<String>,
    /// The time zone is read for the first line only.
    stamp: OnceCell<String>,
}

impl Log {
    pub(crate) fn new(env: &Env, lowest: i64) -> Self {
        Self {
            lowest,
            now: env.now,
            zone: env.time_zone(),
            stamp: OnceCell::new(),
        }
    }

    pub(crate) fn info(&self, text: &str) {
        self.line(Level::Info, text);
    }

    pub(crate) fn warning(&self, text: &str) {
        self.line(Level::Warning, text);
    }

    /// A text of the program's own that has several lines.
    pub(crate) fn warning_of_lines(&self, text: &'static str) {
        self.print(Level::Warning, text);
    }

    pub(crate) fn error(&self, text: &str) {
        self.line(Level::Error, text);
    }

    /// Whether a line of this level is written.
    pub(crate) fn shows(&self, level: Level) -> bool {
        level.number() >= self.lowest
    }

    /// One line, whatever the text: what comes from a document cannot look like a line of its own.
    fn line(&self, level: Level, text: &str) {
        self.print(level, &text.replace('\n', r"\n"));
    }

    fn print(&self, level: Level, text: &str) {
        if self.shows(level) {
            let stamp = self
                .stamp
                .get_or_init(|| stamp(self.now, &zone::read(self.zone.as_deref())));
            output::bare(&format!("{stamp} [{}] {text}\n", level.name()));
        }
    }
}

/// The time as Go's `log` package writes it.
fn stamp(now: Timestamp, zone: &TimeZone) -> String {
    let local = jiff::Timestamp::from_second(now.unix())
        .unwrap_or_default()
        .to_zoned(zone.clone());
    format!(
        "{:04}/{:02}/{:02} {:02}:{:02}:{:02}",
        local.year(),
        local.month(),
        local.day(),
        local.hour(),
        local.minute(),
        local.second()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_local_time() {
        let now = Timestamp::parse_rfc3339("2026-11-22T19:15:07Z").expect("a time");
        assert_eq!(stamp(now, &TimeZone::UTC), "2026/11/22 19:15:07");
        let east = TimeZone::posix("XYZ-5:30").expect("a zone");
        assert_eq!(stamp(now, &east), "2026/11/23 00:45:07");
        assert_eq!(stamp(Timestamp::LATEST, &TimeZone::UTC).len(), 19);
    }

    #[test]
    fn shows_what_is_grave_enough() {
        let log = |lowest| Log::new(&Env::without_clock(), lowest);
        assert!(log(1).shows(Level::Info) && log(-7).shows(Level::Info));
        assert!(!log(2).shows(Level::Info) && log(2).shows(Level::Warning));
        assert!(!log(5).shows(Level::Error));
    }
}
