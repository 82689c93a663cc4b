//! Conversations with the shells of this host.

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
        config: "~/.ssh/config".into(),
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
fn that_there_is_no_sudo_is_said_in_our_language_whatever_the_account_speaks() {
    let way = SUDO.replace("sudo", "kpki-no-sudo");
    let mut command = Command::new("/bin/sh");
    command.args(["-c", &format!("exec {way} sh")]);
    // That one has other quotation marks.
    let output = command.env("LC_ALL", "C.UTF-8").output().expect("run");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(127), "{said}");
    assert!(said.contains("'kpki-no-sudo': No such file"), "{said}");
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
