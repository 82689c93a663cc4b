//! One conversation with another host: one process of ssh, and a POSIX shell behind it.

use std::io;
use std::net::IpAddr;
use std::process::Command;
use std::time::Duration;

use pki_core::RandomSource;

use super::framing::{Answer, Nonce};
use super::known_hosts::shown_and_known;
use super::pipes::{Bounds, Broken, Pipes};
use super::ssh_args::SshArgs;
use super::target::RemoteHost;
use super::trouble::{Lost, Trouble};
use crate::env::OsRandom;
use crate::failure::Failure;

/// A shell on another host that runs what it is told. Its process ends with this.
pub(crate) struct Session {
    pipes: Pipes,
    nonce: Nonce,
    way: Way,
    /// Once lost it is not made again.
    is_lost: bool,
}

/// How the host was reached, for messages.
#[derive(Debug, Clone)]
pub(super) struct Way {
    /// What somebody types to see for themselves.
    pub(super) by_hand: String,
    pub(super) is_sudo: bool,
    pub(super) silence: Duration,
}

/// What runs over there.
const SCRIPT: &str = include_str!("session.sh");

/// More than this is no answer to anything that is asked here: forty files of the largest size.
const MOST: usize = 40 << 20;

/// A greeting is shorter.
const MOST_GREETING: usize = 256 << 10;

impl Session {
    /// Connects, and stops at whatever a person would have to be asked about.
    pub(crate) fn open(host: &RemoteHost, args: &SshArgs) -> Result<Self, Failure> {
        let way = Way::new(host, args);
        let opened = match (Self::connect(host, None, args, &way), host.address()) {
            // Nothing knows the name, but the description of the cluster does.
            (Err(lost), Some(address)) if lost.trouble() == Trouble::NoSuchName => {
                Self::connect(host, Some(address), args, &way)
            }
            (opened, _) => opened,
        };
        opened.map_err(|lost| {
            let keys = shown_and_known(&lost);
            lost.into_failure(&way, keys)
        })
    }

    fn connect(
        host: &RemoteHost,
        address: Option<IpAddr>,
        args: &SshArgs,
        way: &Way,
    ) -> Result<Self, Lost> {
        let sudo = if way.is_sudo { "sudo -n " } else { "" };
        let command = args.command(host, address, &format!("exec {sudo}{}", bootstrap()));
        Self::over(command, way.clone())
    }

    /// A conversation with whatever runs [`bootstrap`].
    fn over(mut command: Command, way: Way) -> Result<Self, Lost> {
        let mut random = [0; 16];
        let filled = OsRandom.fill(&mut random);
        filled.map_err(|_| Lost::NotStarted(io::Error::other("no random numbers")))?;
        let nonce = Nonce::new(random);
        let pipes = Pipes::start(&mut command).map_err(Lost::NotStarted)?;
        let mut session = Self {
            pipes,
            nonce,
            way,
            is_lost: false,
        };
        let nonce = session.nonce.clone();
        let bounds = Bounds {
            // ssh itself gives up a little earlier, and says at what.
            silence: session.way.silence + Duration::from_secs(3),
            bytes: MOST_GREETING,
        };
        let parts = [SCRIPT.as_bytes(), nonce.first_line().as_bytes()].map(<[u8]>::to_vec);
        let parts = parts.each_ref().map(Vec::as_slice);
        let is_ready = |came: &[u8]| nonce.is_ready(came);
        match session.pipes.exchange(&parts, bounds, is_ready) {
            Ok(_) => Ok(session),
            Err(broken) => Err(session.lost(broken, false)),
        }
    }

    /// Runs a script in a shell of its own, in which `nonce` is set and standard input is
    /// `input`. Neither is in a list of processes. A script that fails is an answer.
    pub(crate) fn run(&mut self, script: &str, input: &[u8]) -> Result<Answer, Failure> {
        if self.is_lost {
            return Err(Failure::new("the connection was lost before"));
        }
        let header = format!("{} {}\n", script.len(), input.len());
        let parts = [header.as_bytes(), script.as_bytes(), input];
        let bounds = Bounds {
            silence: self.way.silence,
            bytes: MOST,
        };
        let nonce = self.nonce.clone();
        let is_answer = |came: &[u8]| nonce.is_answer(came);
        let came = self.pipes.exchange(&parts, bounds, is_answer);
        match came.map(|came| nonce.answer(came)) {
            Ok(Some(answer)) => Ok(answer),
            Ok(None) => Err(self.give_up(Broken::TooMuch)),
            Err(broken) => Err(self.give_up(broken)),
        }
    }

    /// A word that is in no file and in no greeting, and known over there as `nonce`.
    pub(crate) fn nonce(&self) -> &str {
        self.nonce.as_str()
    }

    fn give_up(&mut self, broken: Broken) -> Failure {
        self.is_lost = true;
        let lost = self.lost(broken, true);
        lost.into_failure(&self.way, None)
    }

    fn lost(&mut self, broken: Broken, was_ready: bool) -> Lost {
        match broken {
            Broken::Silent => Lost::Silent,
            Broken::TooMuch => Lost::TooMuch,
            Broken::Failed(e) => Lost::Failed(e),
            Broken::Ended(came) => {
                let (status, said) = self.pipes.end();
                // What it wrote to its output may be of a key, once it runs our scripts.
                let printed = match was_ready {
                    true => String::new(),
                    false => String::from_utf8_lossy(&came).into_owned(),
                };
                Lost::Ended {
                    status: status.and_then(|status| status.code()),
                    said,
                    printed,
                    was_ready,
                }
            }
        }
    }
}

/// The command that takes in the script. It is read by whatever shell somebody has there: csh,
/// fish and POSIX shells see the same in it.
fn bootstrap() -> String {
    let length = SCRIPT.len();
    format!(
        "sh -c 'PATH=$PATH:/usr/bin:/bin:/usr/sbin:/sbin; export PATH; \
         eval \"$(dd ibs=1 obs=4096 count={length} 2>/dev/null)\"'"
    )
}

impl Way {
    fn new(host: &RemoteHost, args: &SshArgs) -> Self {
        Self {
            by_hand: args.by_hand(host),
            is_sudo: args.is_sudo(),
            silence: args.silence(),
        }
    }
}

#[cfg(test)]
mod ssh_tests;

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A conversation with a shell of this host.
    pub(crate) fn local(program: &str) -> Session {
        let mut command = Command::new("/bin/sh");
        let shell = match program {
            "busybox" => "busybox sh",
            "zsh" => "zsh --emulate sh",
            other => other,
        };
        command.args(["-c", &bootstrap().replacen("sh", shell, 1)]);
        Session::over(command, way()).expect(program)
    }

    fn way() -> Way {
        Way {
            by_hand: "ssh m1".into(),
            is_sudo: false,
            silence: Duration::from_secs(20),
        }
    }

    /// The shells of this machine.
    pub(crate) fn shells() -> impl Iterator<Item = &'static str> {
        let is_there = |shell: &&str| {
            let found = Command::new("/bin/sh")
                .args(["-c", "command -v \"$0\"", shell])
                .output();
            found.is_ok_and(|output| output.status.success())
        };
        [
            "sh", "dash", "bash", "busybox", "mksh", "ksh", "yash", "zsh",
        ]
        .into_iter()
        .filter(is_there)
    }

    fn lost(script: &str) -> Failure {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", script]);
        let mut way = way();
        way.silence = Duration::ZERO;
        match Session::over(command, way.clone()) {
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
    fn a_session_that_ends_in_the_middle_says_so() {
        for (script, size) in [("kill -9 $$", 0), ("kill -9 $$", 1 << 20)] {
            let mut session = local("sh");
            let told = session.run(script, &vec![0; size]).expect_err("ends");
            assert!(told.message().contains("connection"), "{told:?}");
        }
    }
}
