//! The two keys of a host that shows another than before. What is printed of them, and what is
//! typed next, is from ssh, ssh-keygen and their configuration here; nothing is from over there.

use std::process::Command;

use pki_core::shell;

use super::own_words::OwnWords;
use super::resolved::{KnownBy, output_of};
use crate::failure::Failure;
use crate::output::harmless;

/// The key that a host shows, and the one that is known of it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct HostKeys {
    /// `SHA256:…`
    shown: String,
    known: Option<Known>,
}

/// An entry of `known_hosts`.
#[derive(Debug, PartialEq, Eq)]
struct Known {
    /// The host as `known_hosts` has it.
    name: String,
    file: String,
    line: u32,
    /// `SHA256:…`, if ssh-keygen finds it.
    fingerprint: Option<String>,
}

impl HostKeys {
    /// What ssh says of a host key that has changed, and ssh-keygen of the known one; `None` if
    /// ssh says nothing of the kind. `resolve` is `ssh -G` to the same host.
    pub(super) fn ask(own: &OwnWords, resolve: &mut Command) -> Option<Self> {
        let (shown, place) = parse(own)?;
        let known = place.and_then(|(file, line)| {
            let by = KnownBy::ask(resolve)?;
            let file = by.has_file(&file).then_some(file)?;
            let fingerprint = fingerprint(&by.name, &file, line);
            Some(Known {
                name: by.name,
                file,
                line,
                fingerprint,
            })
        });
        Some(Self { shown, known })
    }

    pub(super) fn failure(self, asking: &str) -> Failure {
        let known = match &self.known {
            Some(of) => {
                let fingerprint = of.fingerprint.as_deref().unwrap_or("another one");
                format!("{fingerprint} ({}:{})", of.file, of.line)
            }
            None => "another one".to_owned(),
        };
        let message = format!(
            "its host key has changed: it shows {}, known is {known}; either the host was \
             installed anew, or this is not the host",
            self.shown
        );
        let next = match &self.known {
            Some(of) => format!(
                "ssh-keygen -R {} -f {}, and log in once: {asking}",
                shell::word(of.name.as_bytes()),
                shell::path(of.file.as_bytes())
            ),
            None => format!("remove the old one, which this names: {asking}"),
        };
        let hint = format!(
            "look on the host itself (ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub); only if \
             the new key is its own: {next}"
        );
        Failure::new(harmless(&message)).hint(harmless(&hint))
    }
}

/// ssh has said the same for twenty years:
/// ```text
/// The fingerprint for the ED25519 key sent by the remote host is
/// SHA256:TtjhFs5vxhuBWIrDfWcMZLMJbU3DyWVw95xZJVSrlw4.
/// Offending ED25519 key in /root/.ssh/known_hosts:3
/// Host key for [10.0.0.11]:2222 has changed and you have requested strict checking.
/// ```
fn parse(own: &OwnWords) -> Option<(String, Option<(String, u32)>)> {
    let mut lines = own.of_host_key();
    lines.find(|line| line.starts_with("The fingerprint for the "))?;
    let shown = lines.next()?.trim_end_matches('.');
    let place = lines.find_map(|line| {
        let place = line.strip_prefix("Offending ")?.split_once(" key in ")?.1;
        let (file, line) = place.rsplit_once(':')?;
        Some((file.to_owned(), line.parse().ok()?))
    });
    is_fingerprint(shown).then(|| (shown.to_owned(), place))
}

/// The fingerprint in that line of the file.
fn fingerprint(host: &str, file: &str, line: u32) -> Option<String> {
    let mut command = Command::new("ssh-keygen");
    let text = output_of(command.args(["-l", "-F", host, "-f", file]))?;
    let found = format!("found: line {line}");
    let mut lines = text.lines();
    lines.find(|text| text.trim_end().ends_with(&found))?;
    let mut words = lines.next()?.split_whitespace();
    words.find(|word| is_fingerprint(word)).map(str::to_owned)
}

/// A SHA-256 in base64, without its padding.
fn is_fingerprint(word: &str) -> bool {
    let is_base64 = |c: char| c.is_ascii_alphanumeric() || c == '+' || c == '/';
    word.strip_prefix("SHA256:")
        .is_some_and(|digest| digest.len() == 43 && digest.chars().all(is_base64))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHANGED: &str = "@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\r\n\
        The fingerprint for the ED25519 key sent by the remote host is\n\
        SHA256:NOJPPobm4bNTpu3DBpU42dS11cE/QUTRqRzrY7nnN6A.\r\n\
        Offending ED25519 key in /root/known_hosts:3\r\n\
        Host key for m1 has changed and you have requested strict checking.\n";

    #[test]
    fn both_keys_are_where_ssh_says() {
        let (shown, place) = parse(&CHANGED.into()).expect("changed");
        assert_eq!(shown, "SHA256:NOJPPobm4bNTpu3DBpU42dS11cE/QUTRqRzrY7nnN6A");
        assert_eq!(place, Some(("/root/known_hosts".into(), 3)));
        assert_eq!(parse(&"Host key verification failed.".into()), None);
        assert_eq!(
            parse(&CHANGED.replace("SHA256:N", "SHA256:\u{1b}").as_str().into()),
            None
        );
    }

    #[test]
    fn the_reason_for_which_a_host_hangs_up_is_not_what_ssh_says() {
        let reason = format!("Received disconnect from 10.0.0.1 port 22:2: bye\n{CHANGED}");
        assert_eq!(parse(&reason.as_str().into()), None);
        // What ssh said before that counts.
        let both = format!("{CHANGED}{}", reason.replace("known_hosts:3", "other:1"));
        let place = parse(&both.as_str().into()).and_then(|(_, place)| place);
        assert_eq!(place, Some(("/root/known_hosts".into(), 3)));
    }
}
