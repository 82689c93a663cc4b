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
use super::script::bare;
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
            silence: args.silence(),
            patience: args.patience(),
        }
    }
}

/// What runs over there.
const SCRIPT: &str = include_str!("session.sh");

/// A script that is shorter is read there by the shell itself, which spares a program.
const SHORT: usize = 4 << 10;

/// An answer without files in it is shorter.
const MOST: usize = 1 << 20;

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
        let sudo = if args.is_sudo() { "sudo -n " } else { "" };
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

/// All that is sent before the first question.
fn whole(library: &str) -> String {
    [library, &bare(SCRIPT)].concat()
}

/// The command that takes in the script. It is read by whatever shell somebody has there: csh,
/// fish and POSIX shells see the same in it. As a rule all of the script is there at once; the
/// rest of one that is not is read byte by byte, for after it comes what is not its own.
fn bootstrap(script: &str) -> String {
    let length = script.len();
    format!(
        "sh -c 'PATH=$PATH:/usr/bin:/bin:/usr/sbin:/sbin; LC_ALL=C; export PATH LC_ALL; \
         script=$(dd bs={length} count=1 2>/dev/null; echo .); script=${{script%.}}; \
         left=$(({length}-${{#script}})); if [ $left -gt 0 ]; then \
         script=$script$(dd ibs=1 obs=4096 count=$left 2>/dev/null); fi; eval \"$script\"'"
    )
}

#[cfg(test)]
#[path = "../../../tests/common/program.rs"]
pub(crate) mod program;
#[cfg(test)]
mod ssh_tests;

#[cfg(test)]
pub(crate) mod tests {
    use std::os::unix::process::CommandExt;

    use super::*;

    /// A conversation with a shell of this host.
    pub(crate) fn local(program: &str) -> Session {
        local_with("", program)
    }

    /// The same, with functions that all scripts can use.
    pub(crate) fn local_with(library: &str, program: &str) -> Session {
        let script = whole(library);
        let mut command = Command::new("/bin/sh");
        let shell = match program {
            "busybox" => "busybox sh",
            "zsh" => "zsh --emulate sh",
            other => other,
        };
        command.args(["-c", &bootstrap(&script).replacen("sh", shell, 1)]);
        // As sshd does, so that all of it can be killed at once.
        command.process_group(0);
        Session::over(&script, command, None, way()).expect(program)
    }

    fn way() -> Way {
        Way {
            by_hand: "ssh m1".into(),
            address: None,
            silence: Duration::from_secs(20),
            patience: Duration::from_secs(400),
        }
    }

    /// The shells that scripts are tried in. Those that are missing are told, and with CI=true
    /// they may not be.
    pub(crate) fn shells() -> impl Iterator<Item = &'static str> {
        let others = ["bash", "dash", "busybox", "mksh", "ksh", "yash", "zsh"];
        let others = others
            .into_iter()
            .filter(|shell| program::installed(&[shell]));
        std::iter::once("sh").chain(others)
    }

    fn lost(script: &str) -> Failure {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", script]);
        let mut way = way();
        way.silence = Duration::ZERO;
        match Session::over(&whole(""), command, None, way.clone()) {
            Ok(_) => panic!("{script} is a session"),
            Err(lost) => lost.into_failure(&way, None),
        }
    }

    #[test]
    fn scripts_run_in_every_shell() {
        for shell in shells() {
            let mut session = local(shell);
            let answer = session
                .run("echo one; echo two >&2; exit 3", b"")
                .expect(shell);
            assert_eq!(*answer.stdout, b"one\n", "{shell}");
            assert_eq!(answer.stderr, "two", "{shell}");
            assert_eq!(answer.status, 3, "{shell}");
            // What one leaves, another does not see.
            let input: Vec<u8> = (0..=255).cycle().take(70_000).collect();
            let answer = session.run("cat", &input).expect(shell);
            assert_eq!(*answer.stdout, input, "{shell}");
            let answer = session
                .run("dd bs=1 count=3 2>/dev/null", &input)
                .expect(shell);
            assert_eq!(*answer.stdout, input[..3], "{shell}");
            let answer = session.run("exit 7", &input).expect(shell);
            assert_eq!((answer.status, answer.stdout.len()), (7, 0), "{shell}");
            let answer = session
                .run("cat; umask; pwd >/dev/null; x=1", b"")
                .expect(shell);
            let umask = String::from_utf8_lossy(&answer.stdout).into_owned();
            assert_eq!(umask.trim_start_matches('0'), "77\n", "{shell}");
            let answer = session.run("echo $((", b"left").expect(shell);
            assert_ne!(answer.status, 0, "{shell}");
            let answer = session.run("echo \"[${x-}]\"", b"").expect(shell);
            assert_eq!(*answer.stdout, b"[]\n", "{shell}");
        }
    }

    #[test]
    fn a_script_that_comes_in_pieces_is_taken_as_a_whole() {
        let library = "one() { echo two; }\n".repeat(500);
        let script = whole(&library);
        let mut command = Command::new("/bin/sh");
        let pieces = format!("dd bs=700 2>/dev/null | {}", bootstrap(&script));
        command.args(["-c", &pieces]);
        let mut session = Session::over(&script, command, None, way()).expect("ready");
        let answer = session.run("one; cat", b"three").expect("answered");
        assert_eq!(*answer.stdout, b"two\nthree");
        // One that is longer than the shell would read itself.
        let long = format!("echo four\n#{}\ncat", "x".repeat(SHORT));
        let answer = session.run(&long, b"five").expect("answered");
        assert_eq!(*answer.stdout, b"four\nfive");
    }

    #[test]
    fn what_is_no_shell_is_told_as_it_speaks() {
        let told = lost("echo 'This account is closed.'; exit 0");
        assert!(
            told.message().contains("This account is closed."),
            "{told:?}"
        );
        let told = lost("head -c 300000 /dev/zero");
        assert!(told.message().contains("more than"), "{told:?}");
        let told = lost("exit 255");
        assert!(told.message().contains("ssh ended"), "{told:?}");
    }

    #[test]
    fn a_host_that_is_silent_is_given_up() {
        let told = lost("exec sleep 1000");
        assert!(told.message().contains("nothing was heard"), "{told:?}");
        let mut session = local("sh");
        session.way.silence = Duration::from_millis(50);
        let told = session.run("exec sleep 1000", b"").expect_err("silence");
        assert!(told.message().contains("nothing was heard"), "{told:?}");
        let told = session.run("true", b"").expect_err("lost");
        assert_eq!(told.message(), "the connection was lost before");
    }

    #[test]
    fn a_host_that_goes_on_for_ever_is_given_up_however_it_divides_its_time() {
        let mut session = local("sh");
        session.patience = Duration::from_secs(1);
        let begun = Instant::now();
        let mut runs = 0;
        let told = loop {
            match session.run("sleep 0.2; echo x", b"") {
                Ok(_) => runs += 1,
                Err(told) => break told,
            }
        };
        assert!(runs < 5, "{runs}");
        assert!(told.message().contains("talked to for 400 s"), "{told:?}");
        assert!(begun.elapsed() < Duration::from_secs(20));
    }

    #[test]
    fn an_answer_is_no_longer_than_was_asked() {
        let mut session = local("sh");
        let long = "dd if=/dev/zero bs=1024 count=300 2>/dev/null";
        let answer = session.run_for(400 << 10, long, b"").expect("short enough");
        assert_eq!(answer.stdout.len(), 300 << 10);
        let told = session.run_for(200 << 10, long, b"").expect_err("too long");
        assert!(told.message().contains("more than"), "{told:?}");
    }

    #[test]
    fn a_session_that_ends_in_the_middle_says_so() {
        for (script, size) in [("kill -9 $$", 0), ("kill -9 $$", 1 << 20)] {
            let mut session = local("sh");
            let told = session.run(script, &vec![0; size]).expect_err("ends");
            assert!(told.message().contains("connection"), "{told:?}");
        }
    }
}
