//! One conversation with another host: one process of ssh, and a POSIX shell behind it.

use std::io;
use std::net::IpAddr;
use std::process::Command;
use std::time::{Duration, Instant};

use pki_core::RandomSource;
use zeroize::Zeroizing;

use super::framing::{Answer, Nonce};
use super::known_hosts::HostKeys;
use super::own_words::OwnWords;
use super::pipes::{Bounds, Broken, Cut, Pipes};
use super::script::{bootstrap, whole};
use super::ssh_args::SshArgs;
use super::target::RemoteHost;
use super::trouble::{Lost, Trouble};
use crate::env::OsRandom;
use crate::failure::Failure;
use crate::store::Scratch;

/// A shell on another host that runs what it is told. Its process ends with this.
pub(crate) struct Session {
    pipes: Pipes,
    nonce: Nonce,
    way: Way,
    /// What is left of the time for this host.
    patience: Duration,
    /// What ssh itself says.
    log: Option<Scratch>,
    /// Once lost it is not made again.
    is_lost: bool,
}

/// How the host was reached, for messages.
#[derive(Debug, Clone)]
pub(super) struct Way {
    /// What somebody types to see for themselves.
    pub(super) by_hand: String,
    /// Where nothing knew the name: the address that was tried in its place.
    pub(super) address: Option<IpAddr>,
    /// What ssh reads about it.
    pub(super) config: String,
    /// How long it may be silent.
    pub(super) silence: Duration,
    /// How long it is talked to at all.
    pub(super) patience: Duration,
}

/// A conversation that broke off.
#[derive(Debug)]
pub(crate) struct Unanswered {
    pub(crate) failure: Failure,
    /// What the script had written by then, or a part of it.
    pub(crate) came: Zeroizing<Vec<u8>>,
}

impl From<Unanswered> for Failure {
    fn from(unanswered: Unanswered) -> Self {
        unanswered.failure
    }
}

impl Way {
    fn to(host: &RemoteHost, address: Option<IpAddr>, args: &SshArgs) -> Self {
        Self {
            by_hand: args.by_hand(host, address),
            address,
            config: args.config(),
            silence: args.silence(),
            patience: args.patience(),
        }
    }
}

/// A script that is shorter is read there by the shell itself, which spares a program.
const SHORT: usize = 4 << 10;

/// An answer without files in it is shorter.
const MOST: usize = 1 << 20;

/// What our shell is run by to be root's. The first env speaks the language of the account, the
/// second one and sudo that of our messages.
const SUDO: &str = "env LC_ALL=C env sudo -n ";

/// A greeting is shorter.
const MOST_GREETING: usize = 256 << 10;

impl Session {
    /// Connects, and stops at whatever a person would have to be asked about.
    pub(crate) fn open(host: &RemoteHost, args: &SshArgs) -> Result<Self, Failure> {
        Self::open_with("", host, args)
    }

    /// The same, with functions that all scripts can use.
    pub(crate) fn open_with(
        library: &str,
        host: &RemoteHost,
        args: &SshArgs,
    ) -> Result<Self, Failure> {
        let mut way = Way::to(host, None, args);
        let mut opened = Self::connect(library, host, &way, args);
        if let Err(lost) = &opened
            && lost.trouble() == Trouble::NoSuchName
            && host.address().is_some()
        {
            // Nothing knows the name, but the description of the cluster does.
            way = Way::to(host, host.address(), args);
            opened = Self::connect(library, host, &way, args);
        }
        opened.map_err(|lost| {
            let keys = match &lost {
                Lost::Ended { own, .. } if lost.trouble() == Trouble::HostKeyChanged => {
                    HostKeys::ask(own, &mut args.resolve(host, way.address))
                }
                _ => None,
            };
            lost.into_failure(&way, keys)
        })
    }

    fn connect(library: &str, host: &RemoteHost, way: &Way, args: &SshArgs) -> Result<Self, Lost> {
        let log = Scratch::new().map_err(Lost::NoLog)?;
        let sudo = match args.is_sudo() {
            true => SUDO,
            false => "",
        };
        let script = whole(library);
        let shell = format!("exec {sudo}{}", bootstrap(&script));
        let command = args.command(host, way.address, log.path(), &shell);
        Self::over(&script, command, Some(log), way.clone())
    }

    /// A conversation with whatever runs the [`bootstrap`] of this script.
    fn over(
        script: &str,
        mut command: Command,
        log: Option<Scratch>,
        way: Way,
    ) -> Result<Self, Lost> {
        let mut random = [0; 16];
        let filled = OsRandom.fill(&mut random);
        filled.map_err(|_| Lost::NotStarted(io::Error::other("no random numbers")))?;
        let nonce = Nonce::new(random);
        let pipes = Pipes::start(&mut command).map_err(Lost::NotStarted)?;
        let mut session = Self {
            pipes,
            nonce,
            patience: way.patience,
            way,
            log,
            is_lost: false,
        };
        let nonce = session.nonce.clone();
        // ssh itself gives up a little earlier, and says at what.
        let silence = session.way.silence + Duration::from_secs(3);
        let parts = [script.as_bytes(), nonce.first_line().as_bytes()].map(<[u8]>::to_vec);
        let parts = parts.each_ref().map(Vec::as_slice);
        let is_ready = |came: &[u8]| nonce.is_ready(came);
        match session.exchange(&parts, silence, MOST_GREETING, is_ready) {
            Ok(_) => {
                if let Some(log) = &mut session.log {
                    log.forget_name();
                }
                Ok(session)
            }
            Err(cut) => Err(session.lost(cut, false)),
        }
    }

    /// Runs a script in a shell of its own, in which `nonce` is set and standard input is
    /// `input`. Neither is in a list of processes. A script that fails is an answer.
    pub(crate) fn run(&mut self, script: &str, input: &[u8]) -> Result<Answer, Failure> {
        self.run_for(MOST, script, input)
    }

    /// The same for an answer of so many bytes at most, as one that has files in it.
    pub(crate) fn run_for(
        &mut self,
        most: usize,
        script: &str,
        input: &[u8],
    ) -> Result<Answer, Failure> {
        Ok(self.try_for(most, script, input)?)
    }

    /// As `run`, for a script that says what it does: that is told as well if no answer came.
    pub(crate) fn try_run(&mut self, script: &str, input: &[u8]) -> Result<Answer, Unanswered> {
        self.try_for(MOST, script, input)
    }

    fn try_for(&mut self, most: usize, script: &str, input: &[u8]) -> Result<Answer, Unanswered> {
        if self.is_lost {
            return Err(Unanswered {
                failure: Failure::new("the connection was lost before"),
                came: Zeroizing::default(),
            });
        }
        let (length, end) = match script.len() < SHORT {
            true => (0, format!("\n{}", self.nonce.first_line())),
            false => (script.len(), String::new()),
        };
        let header = format!("{length} {}\n", input.len());
        let parts = [header.as_bytes(), script.as_bytes(), end.as_bytes(), input];
        let nonce = self.nonce.clone();
        let is_answer = |came: &[u8]| nonce.is_answer(came);
        let came = self.exchange(&parts, self.way.silence, most, is_answer);
        match came.map(|came| nonce.answer(came)) {
            Ok(Some(answer)) => Ok(answer),
            Ok(None) => Err(self.give_up(Cut {
                why: Broken::TooMuch,
                came: Zeroizing::default(),
            })),
            Err(cut) => Err(self.give_up(cut)),
        }
    }

    /// Takes the time that it needs from what is left for this host.
    fn exchange(
        &mut self,
        parts: &[&[u8]],
        silence: Duration,
        bytes: usize,
        is_whole: impl FnMut(&[u8]) -> bool,
    ) -> Result<Zeroizing<Vec<u8>>, Cut> {
        let bounds = Bounds {
            silence,
            whole: self.patience,
            bytes,
        };
        let begun = Instant::now();
        let came = self.pipes.exchange(parts, bounds, is_whole);
        self.patience = self.patience.saturating_sub(begun.elapsed());
        came
    }

    /// A word that is in no file and in no greeting, and known over there as `nonce`.
    pub(crate) fn nonce(&self) -> &str {
        self.nonce.as_str()
    }

    /// How long nothing may be heard.
    pub(crate) fn silence(&self) -> Duration {
        self.way.silence
    }

    fn give_up(&mut self, cut: Cut) -> Unanswered {
        self.is_lost = true;
        let came = cut.came.clone();
        let lost = self.lost(cut, true);
        Unanswered {
            failure: lost.into_failure(&self.way, None),
            came,
        }
    }

    fn lost(&mut self, cut: Cut, was_ready: bool) -> Lost {
        match cut.why {
            Broken::Silent => Lost::Silent,
            Broken::Slow => Lost::Slow,
            Broken::TooMuch => Lost::TooMuch,
            Broken::Failed(e) => Lost::Failed(e),
            Broken::Ended => {
                let (status, said) = self.pipes.end();
                let own = self.log.as_mut().map(OwnWords::read);
                // What it wrote to its output may be of a key, once it runs our scripts.
                let printed = match was_ready {
                    true => String::new(),
                    false => String::from_utf8_lossy(&cut.came).into_owned(),
                };
                Lost::Ended {
                    status: status.and_then(|status| status.code()),
                    own: own.unwrap_or_default(),
                    said,
                    printed,
                    was_ready,
                }
            }
        }
    }
}

#[cfg(test)]
#[path = "../../../tests/common/program.rs"]
pub(crate) mod program;
#[cfg(test)]
mod ssh_tests;

#[cfg(test)]
pub(crate) mod tests;
