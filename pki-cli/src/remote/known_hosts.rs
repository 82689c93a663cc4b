//! The two keys of a host that shows another than before.

use std::process::Command;
use std::time::Duration;

use pki_core::shell;

use super::pipes::{Bounds, Broken, Pipes};
use super::trouble::{Lost, Trouble};
use crate::failure::Failure;
use crate::output::harmless;

/// The key that a host shows, and the one that is known of it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct HostKeys {
    shown: String,
    known: Option<String>,
    /// The host as `known_hosts` has it: `[10.0.0.11]:2222`.
    host: String,
    /// `known_hosts`, and the line in it.
    place: Option<(String, String)>,
}

/// What ssh says of a host key that has changed, and what ssh-keygen says of
/// the known one; `None` if ssh says nothing of the kind.
pub(super) fn shown_and_known(lost: &Lost) -> Option<HostKeys> {
    let Lost::Ended { said, .. } = lost else {
        return None;
    };
    if lost.trouble() != Trouble::HostKeyChanged {
        return None;
    }
    let mut keys = parse(said)?;
    if let Some((file, line)) = &keys.place {
        keys.known = known(&keys.host, file, line);
    }
    Some(keys)
}

/// ssh has said the same for twenty years:
/// ```text
/// The fingerprint for the ED25519 key sent by the remote host is
/// SHA256:TtjhFs5vxhuBWIrDfWcMZLMJbU3DyWVw95xZJVSrlw4.
/// Offending ED25519 key in /root/.ssh/known_hosts:3
/// Host key for [10.0.0.11]:2222 has changed and you have requested strict checking.
/// ```
fn parse(said: &str) -> Option<HostKeys> {
    let mut lines = said.lines().map(str::trim);
    let shown = lines
        .clone()
        .find(|line| line.starts_with("SHA256:") || line.starts_with("MD5:"))?;
    let host = lines.clone().find_map(|line| {
        let host = line.split_once("ey for ")?.1;
        Some(host.split_once(" has changed")?.0)
    })?;
    let place = lines.find_map(|line| {
        let place = line.strip_prefix("Offending ")?.split_once(" key in ")?.1;
        let (file, line) = place.rsplit_once(':')?;
        Some((file.to_owned(), line.to_owned()))
    });
    Some(HostKeys {
        shown: shown.trim_end_matches('.').to_owned(),
        known: None,
        host: host.to_owned(),
        place,
    })
}

/// The fingerprint in the line of the file that ssh means.
fn known(host: &str, file: &str, line: &str) -> Option<String> {
    const BOUNDS: Bounds = Bounds {
        silence: Duration::from_secs(5),
        bytes: 64 << 10,
    };
    let mut command = Command::new("ssh-keygen");
    command.args(["-l", "-F", host, "-f", file]);
    let mut pipes = Pipes::start(&mut command).ok()?;
    let Err(Broken::Ended(came)) = pipes.exchange(&[], BOUNDS, |_| false) else {
        return None;
    };
    let text = String::from_utf8_lossy(&came).into_owned();
    let found = format!("found: line {line}");
    let mut lines = text.lines();
    lines.find(|text| text.trim_end().ends_with(&found))?;
    let mut words = lines.next()?.split_whitespace();
    words
        .find(|word| word.starts_with("SHA256:"))
        .map(str::to_owned)
}

impl HostKeys {
    pub(super) fn failure(self) -> Failure {
        let known = match (&self.known, &self.place) {
            (Some(known), Some((file, line))) => format!("{known} ({file}:{line})"),
            (None, Some((file, line))) => format!("another one ({file}:{line})"),
            _ => "another one".to_owned(),
        };
        let message = format!(
            "its host key has changed: it shows {}, known is {known}; either the host was \
             installed anew, or this is not the host",
            self.shown
        );
        let file = self.place.map(|(file, _)| {
            let file = shell::path(file.as_bytes());
            format!(" -f {file}")
        });
        let hint = format!(
            "look on the host itself (ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub); only if \
             the new key is its own: ssh-keygen -R {}{}, and log in once by hand",
            shell::word(self.host.as_bytes()),
            file.unwrap_or_default()
        );
        Failure::new(harmless(&message)).hint(harmless(&hint))
    }
}
