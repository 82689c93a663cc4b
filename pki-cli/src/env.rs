//! What the process gets from the world: clock, random numbers, terminal, environment.

use std::io::IsTerminal;
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use pki_core::{Moment, RandomSource, Timestamp};
use zeroize::Zeroizing;

use crate::failure::Failure;

/// Clock, random numbers and terminal.
pub(crate) struct Env {
    /// The time of this run: one for all of it.
    pub(crate) now: Timestamp,
    /// Whether somebody said what time to take for the present.
    pub(crate) now_is_given: bool,
    /// Columns of the terminal that stdout is; `None` for a pipe or file.
    pub(crate) columns: Option<usize>,
    /// Whether stderr is a terminal, so that progress may be shown.
    pub(crate) progress: bool,
    pub(crate) random: OsRandom,
    /// Whether what cfssl would pass over in silence is an error: `KPKI_CFSSL_STRICT`.
    pub(crate) cfssl_strict: bool,
}

impl Env {
    /// `now` replaces the clock.
    pub(crate) fn read(now: Option<Moment>) -> Result<Self, Failure> {
        let now_is_given = now.is_some();
        let now = match now {
            Some(Moment::At(now)) => now,
            Some(moment) => moment.seen_from(clock()?)?,
            None => clock()?,
        };
        Ok(Self {
            now,
            now_is_given,
            ..Self::without_clock()
        })
    }

    /// For messages only.
    pub(crate) fn without_clock() -> Self {
        Self {
            now: Timestamp::LATEST,
            now_is_given: false,
            columns: columns(),
            progress: std::io::stderr().is_terminal(),
            random: OsRandom,
            cfssl_strict: std::env::var_os("KPKI_CFSSL_STRICT")
                .is_some_and(|value| !value.is_empty() && value != "0"),
        }
    }

    /// Where this program is.
    pub(crate) fn program(&self) -> Result<PathBuf, Failure> {
        std::env::current_exe()
            .map_err(|error| Failure::new(format!("the path of kpki is unknown: {error}")))
    }

    /// What this host calls itself (`uname -n`).
    pub(crate) fn host_name(&self) -> Option<String> {
        let name = rustix::system::uname();
        let name = name.nodename().to_str().ok()?;
        (!name.is_empty()).then(|| name.to_owned())
    }

    /// The time zone that `TZ` names; `None` if it is not set, which means the system's.
    pub(crate) fn time_zone(&self) -> Option<String> {
        let name = std::env::var_os("TZ")?;
        Some(name.to_string_lossy().into_owned())
    }

    /// A variable that the user names: it may hold a key. Empty if it is not set, as cfssl has it.
    pub(crate) fn variable(&self, name: &str) -> Zeroizing<Vec<u8>> {
        let value = std::env::var_os(name).unwrap_or_default();
        Zeroizing::new(value.into_encoded_bytes())
    }
}

/// Certificates made with an impossible clock are born expired or never valid:
/// better to say so now. kubeadm's PKI began in 2018.
pub(crate) fn clock() -> Result<Timestamp, Failure> {
    const YEAR_2018: i64 = 1_514_764_800;
    const YEAR_2100: i64 = 4_102_444_800;
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let seconds = i64::try_from(since.as_secs()).unwrap_or(i64::MAX);
    match Timestamp::from_unix(seconds) {
        Ok(now) if (YEAR_2018..YEAR_2100).contains(&seconds) => Ok(now),
        Ok(now) => Err(
            Failure::new(format!("the clock of this machine says {now}"))
                .hint("set it first, for instance with 'timedatectl set-ntp true'"),
        ),
        Err(_) => Err(Failure::new("the clock of this machine is out of range")
            .hint("set it first, for instance with 'timedatectl set-ntp true'")),
    }
}

fn columns() -> Option<usize> {
    let stdout = std::io::stdout();
    if !stdout.is_terminal() {
        return None;
    }
    let told = std::env::var("COLUMNS").ok();
    let size = rustix::termios::tcgetwinsize(&stdout).ok();
    columns_of(told.as_deref(), size.map(|size| size.ws_col))
}

/// What somebody said of a terminal counts more than what it says itself (POSIX.1-2024,
/// 8.3).
fn columns_of(told: Option<&str>, own: Option<u16>) -> Option<usize> {
    let told = told.and_then(|told| told.trim().parse().ok());
    let own = own.map(usize::from);
    [told, own]
        .into_iter()
        .flatten()
        .find(|columns| *columns > 0)
}

/// The operating system's generator.
pub(crate) struct OsRandom;

impl RandomSource for OsRandom {
    fn fill(&mut self, buffer: &mut [u8]) -> Result<(), pki_core::Error> {
        getrandom::fill(buffer).map_err(|_| pki_core::Error::Randomness)
    }
}

#[cfg(test)]
mod tests {
    use super::columns_of;

    #[test]
    fn a_terminal_is_as_wide_as_somebody_said() {
        for (told, own, columns) in [
            (Some("60"), Some(200), Some(60)),
            (Some("60"), None, Some(60)),
            (Some("0"), Some(80), Some(80)),
            (Some("wide"), Some(80), Some(80)),
            (None, Some(80), Some(80)),
            (None, Some(0), None),
            (None, None, None),
        ] {
            assert_eq!(columns_of(told, own), columns, "{told:?} {own:?}");
        }
    }
}
