//! Why there is no conversation: what ssh, sudo and login shells say, and what
//! to type next. Nothing here ever advises to check less, and no advice has a word
//! in it that was said over there.

use std::io;

use super::known_hosts::HostKeys;
use super::own_words::OwnWords;
use super::session::Way;
use crate::failure::Failure;
use crate::output::harmless;
use crate::store::errno_text;

/// A conversation that did not begin, or broke off.
#[derive(Debug)]
pub(super) enum Lost {
    /// There is no ssh here.
    NotStarted(io::Error),
    /// There is no file for ssh's own words.
    NoLog(io::Error),
    Silent,
    /// It was never silent for long, but there is no end of it.
    Slow,
    TooMuch,
    Failed(io::Error),
    /// ssh ended, or what it ran.
    Ended {
        status: Option<i32>,
        /// ssh itself.
        own: OwnWords,
        /// On standard error: what runs over there, or a jump host or `ProxyCommand` on the way.
        said: String,
        /// On standard output, before our script had begun.
        printed: String,
        was_ready: bool,
    },
}

/// What is the matter, as far as the words tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trouble {
    HostKeyChanged,
    HostKeyRevoked,
    HostKeyUnknown,
    /// The jump host, or what `ProxyCommand` runs.
    Proxy,
    LoginRefused,
    TooManyKeys,
    NoSuchName,
    Unreachable,
    TimedOut,
    NothingInCommon,
    BadConfiguration,
    SudoPassword,
    SudoRefused,
    NoSudo,
    NoShell,
    Closed,
    Other,
}

/// The words, in the order in which they decide: the first that is there.
const WORDS: [(&str, Trouble); 32] = [
    ("HOST IDENTIFICATION HAS CHANGED", Trouble::HostKeyChanged),
    (
        "has changed and you have requested strict",
        Trouble::HostKeyChanged,
    ),
    ("REVOKED HOST KEY", Trouble::HostKeyRevoked),
    ("host key is known for", Trouble::HostKeyUnknown),
    ("Host key verification failed", Trouble::HostKeyUnknown),
    // A connection that another program made has no address.
    ("UNKNOWN port 65535", Trouble::Proxy),
    ("Too many authentication failures", Trouble::TooManyKeys),
    ("Permission denied (", Trouble::LoginRefused),
    ("Could not resolve hostname", Trouble::NoSuchName),
    ("Bad configuration option", Trouble::BadConfiguration),
    ("bad configuration options", Trouble::BadConfiguration),
    ("Can't open user config file", Trouble::BadConfiguration),
    ("Bad owner or permissions on", Trouble::BadConfiguration),
    ("Unable to negotiate with", Trouble::NothingInCommon),
    ("timed out", Trouble::TimedOut),
    ("not responding", Trouble::TimedOut),
    ("Connection refused", Trouble::Unreachable),
    ("No route to host", Trouble::Unreachable),
    ("Network is unreachable", Trouble::Unreachable),
    ("a password is required", Trouble::SudoPassword),
    ("a terminal is required", Trouble::SudoPassword),
    ("must have a tty", Trouble::SudoPassword),
    ("not in the sudoers file", Trouble::SudoRefused),
    ("is not allowed to", Trouble::SudoRefused),
    ("sudo: command not found", Trouble::NoSudo),
    ("sudo: not found", Trouble::NoSudo),
    // Of env, which has quotes of two kinds.
    ("sudo': No such file", Trouble::NoSudo),
    ("sudo\u{2019}: No such file", Trouble::NoSudo),
    ("closed by remote host", Trouble::Closed),
    ("Connection closed by", Trouble::Closed),
    ("Connection reset by", Trouble::Closed),
    ("Broken pipe", Trouble::Closed),
];

/// Whose words decide.
enum Who {
    /// sudo, or whatever else runs over there.
    Host,
    Ssh,
    /// Those that ssh cannot have been made to repeat.
    SshOfHostKey,
}

impl Trouble {
    fn who(self) -> Who {
        match self {
            Self::SudoPassword | Self::SudoRefused | Self::NoSudo => Who::Host,
            Self::HostKeyChanged | Self::HostKeyRevoked | Self::HostKeyUnknown => Who::SshOfHostKey,
            _ => Who::Ssh,
        }
    }
}

impl Lost {
    pub(super) fn trouble(&self) -> Trouble {
        let Self::Ended {
            status, own, said, ..
        } = self
        else {
            return Trouble::Other;
        };
        // ssh itself ends with 255; so may a program over there, which can say anything.
        let is_ssh = *status == Some(255);
        let fits = |(words, trouble): &&(&str, Trouble)| match trouble.who() {
            Who::Host => !is_ssh && said.contains(words),
            Who::Ssh => is_ssh && own.as_str().contains(words),
            Who::SshOfHostKey => is_ssh && own.of_host_key().any(|line| line.contains(words)),
        };
        match WORDS.iter().find(fits) {
            Some((_, trouble)) => *trouble,
            None if matches!(status, Some(126 | 127)) => Trouble::NoShell,
            None => Trouble::Other,
        }
    }

    /// The words for people, without the name of the host.
    pub(super) fn into_failure(self, way: &Way, keys: Option<HostKeys>) -> Failure {
        let failure = self.failure(way, keys);
        match way.address {
            Some(address) => {
                let told = Failure::new(format!(
                    "nothing here knows its name, so its address {address} was tried: {}",
                    failure.message()
                ));
                match failure.advice() {
                    Some(hint) => told.hint(hint),
                    None => told,
                }
            }
            None => failure,
        }
    }

    fn failure(self, way: &Way, keys: Option<HostKeys>) -> Failure {
        let by_hand = &way.by_hand;
        let trouble = self.trouble();
        match self {
            Self::NotStarted(e) if e.kind() == io::ErrorKind::NotFound => {
                Failure::new("ssh is not installed here")
                    .hint("install the client, for instance with: apt-get install openssh-client")
            }
            Self::NotStarted(e) => Failure::new(format!("cannot run ssh: {}", errno_text(&e))),
            Self::NoLog(e) => Failure::new(format!(
                "there is no place for what ssh says: {}",
                errno_text(&e)
            ))
            .hint("free some space in the directory for temporary files, or set TMPDIR"),
            Self::Failed(e) => Failure::new(format!("cannot talk to ssh: {}", errno_text(&e))),
            Self::Silent => {
                let seconds = way.silence.as_secs();
                Failure::new(format!("nothing was heard for {seconds} s")).hint(format!(
                    "look whether it answers: {by_hand} true; a slow host needs a longer --timeout"
                ))
            }
            Self::Slow => {
                let seconds = way.patience.as_secs();
                Failure::new(format!(
                    "it was talked to for {seconds} s, and there is no end of it"
                ))
                .hint(format!(
                    "look how fast it answers: {by_hand} true; a slow host needs a longer --timeout"
                ))
            }
            Self::TooMuch => {
                Failure::new("it sends more than any answer has, or what is no answer")
                    .hint(format!("look at what it prints: {by_hand} true | head"))
            }
            Self::Ended {
                status,
                own,
                said,
                printed,
                was_ready,
            } => {
                let told = Told {
                    status,
                    line: line_of(&own, &said, trouble),
                    printed: last_line(&printed),
                    was_ready,
                    way,
                    keys,
                };
                told.failure(trouble)
            }
        }
    }
}

struct Told<'a> {
    status: Option<i32>,
    /// The line that says most.
    line: Option<String>,
    printed: Option<String>,
    was_ready: bool,
    way: &'a Way,
    keys: Option<HostKeys>,
}

impl Told<'_> {
    fn failure(self, trouble: Trouble) -> Failure {
        let (by_hand, config) = (&self.way.by_hand, &self.way.config);
        // ssh shows the fingerprint only where it asks, whatever its configuration says.
        let asking = by_hand.replacen("ssh", "ssh -o StrictHostKeyChecking=ask", 1);
        let line = self.line.clone().unwrap_or_default();
        match trouble {
            Trouble::HostKeyChanged => match self.keys {
                Some(keys) => keys.failure(&asking),
                None => Failure::new(format!("its host key is not the one that is known: {line}"))
                    .hint(format!("see both, and ask who runs the host: {by_hand}")),
            },
            Trouble::HostKeyRevoked => {
                Failure::new("its host key is marked as revoked in known_hosts")
                    .hint("do not connect; ask who runs the host for its new key")
            }
            Trouble::HostKeyUnknown => {
                Failure::new(format!("its host key is not known here: {line}")).hint(format!(
                    "log in once: {asking}; it shows a fingerprint and asks: say yes if it is the \
                     one that this prints on the host's own console: ssh-keygen -lf \
                     /etc/ssh/ssh_host_ed25519_key.pub"
                ))
            }
            Trouble::Proxy => Failure::new(format!(
                "its jump host, or what ProxyCommand runs, does not connect us: {line}"
            ))
            .hint(format!(
                "nobody can be asked for a password or about a host key here: mend it until this \
                 asks nothing: {by_hand} true"
            )),
            Trouble::LoginRefused => Failure::new(format!("it lets nobody in by our keys: {line}"))
                .hint(format!(
                    "nobody can be asked for a password here: name the user (USER@HOST), load the \
                     key (ssh-add), or install it (ssh-copy-id), until this needs no password: \
                     {by_hand} true"
                )),
            Trouble::TooManyKeys => Failure::new(format!("it was offered too many keys: {line}"))
                .hint(format!(
                    "name the key in {config}: IdentityFile, and IdentitiesOnly yes"
                )),
            Trouble::NoSuchName => Failure::new(format!("its name has no address: {line}"))
                .hint(format!(
                    "write USER@ADDRESS, or describe it in {config}: Host, HostName; of a \
                     directory of this host verify wants no --ssh, and copy one that begins \
                     with './' or '/'"
                )),
            Trouble::Unreachable => Failure::new(format!("it cannot be reached: {line}")).hint(format!(
                "look at address, port and firewall, and whether sshd runs there: {by_hand} true"
            )),
            Trouble::TimedOut => Failure::new(format!("it does not answer: {line}"))
                .hint(format!("look at address, port and firewall: {by_hand} true")),
            Trouble::NothingInCommon => {
                Failure::new(format!("its ssh and ours have no algorithm in common: {line}"))
                    .hint(format!("bring its sshd up to date, or see: {by_hand} true"))
            }
            Trouble::BadConfiguration => {
                Failure::new(format!("ssh does not take its configuration: {line}"))
                    .hint(format!("mend it until this works: {by_hand} true"))
            }
            Trouble::SudoPassword => Failure::new(format!("sudo would ask there: {line}")).hint(
                "log in as root, or allow it without a password and terminal, in sudoers: \
                 USER ALL=(root) NOPASSWD: ALL, and Defaults:USER !requiretty, !log_input, !log_output",
            ),
            Trouble::SudoRefused => Failure::new(format!("sudo refuses there: {line}"))
                .hint("log in as root, or add the user to sudoers"),
            Trouble::NoSudo => {
                Failure::new("there is no sudo there").hint("log in as root, without --sudo")
            }
            Trouble::NoShell => Failure::new(format!("there is no POSIX shell: {line}"))
                .hint(format!("look at the account's shell: {by_hand} 'command -v sh'")),
            Trouble::Closed => Failure::new(format!("the connection was closed: {line}")).hint(
                "run the command again; if it stays so, look at sshd's log there",
            ),
            Trouble::Other => self.other(),
        }
    }

    /// Nothing that is known: its own words.
    fn other(self) -> Failure {
        let by_hand = &self.way.by_hand;
        if self.was_ready {
            let line = self.line.map(|line| format!(": {line}"));
            return Failure::new(format!(
                "the connection was lost{}",
                line.unwrap_or_default()
            ))
            .hint("run the command again");
        }
        let status = match self.status {
            Some(status) => format!("status {status}"),
            None => "a signal".to_owned(),
        };
        // A shell may greet on one stream and complain on the other.
        let said: Vec<_> = [&self.printed, &self.line].into_iter().flatten().collect();
        let said = said.iter().map(|line| format!("'{line}'"));
        let said = said.collect::<Vec<_>>().join(" and ");
        let message = match (self.status, said.as_str()) {
            (Some(255) | None, "") => format!("ssh ended with {status} and without a word"),
            (Some(255) | None, said) => format!("ssh ended with {status}: it says {said}"),
            (_, "") => format!("its login runs no command of ours and ends with {status}"),
            (_, said) => format!("its login runs no command of ours: it says {said}"),
        };
        Failure::new(message).hint(format!(
            "give the account a shell, or use another one; this must print ok: {by_hand} echo ok"
        ))
    }
}

/// The line with the words that decided; else the last of ssh, or of whoever else spoke.
fn line_of(own: &OwnWords, said: &str, trouble: Trouble) -> Option<String> {
    // ssh knows no more than that the program on the way ended.
    if trouble == Trouble::Proxy {
        return last_line(said).or_else(|| last_line(own.as_str()));
    }
    let found = WORDS.iter().filter(|(_, of)| *of == trouble);
    let found = found
        .filter_map(|(words, of)| {
            let is_it = |line: &&str| line.contains(words);
            match of.who() {
                Who::Host => said.lines().find(is_it),
                Who::Ssh => own.as_str().lines().find(is_it),
                Who::SshOfHostKey => own.of_host_key().find(is_it),
            }
        })
        .next();
    match found {
        Some(line) => Some(harmless(line.trim())),
        None => last_line(own.as_str()).or_else(|| last_line(said)),
    }
}

fn last_line(said: &str) -> Option<String> {
    let mut lines = said.lines().map(str::trim).rev();
    lines.find(|line| !line.is_empty()).map(harmless)
}
