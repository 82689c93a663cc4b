//! Hosts behind another one: ssh goes there by an ssh of its own.

use std::fs;
use std::process::{Command, Stdio};

use crate::lab::Lab;
use crate::program;
use crate::setup::{assert_copied, command, copy, made, places, to};

#[test]
fn a_host_behind_another_gets_its_files_and_its_own_key_is_checked() {
    let Some(lab) = Lab::new() else { return };
    let jump = lab.host("jump");
    let host = lab.host("there");
    lab.describe_behind("behind", host.port, "jump");
    let (pki, above) = places(&host.path(""));
    let known = fs::read_to_string(lab.path("known_hosts")).expect("written");
    let line_of = |port: u16| {
        let of_port = format!("[127.0.0.1]:{port} ");
        let line = known.lines().find(|line| line.starts_with(&of_port));
        format!("{}\n", line.expect("known"))
    };

    // The key of the jump host is known, that of the host is not.
    lab.know_only(&line_of(jump.port));
    let told = copy(&lab, made(), &to(&[("behind", &pki)]));
    assert_eq!(told.status, 2, "{told:?}");
    assert!(
        told.error_of(0)
            .starts_with("its host key is not known here"),
        "{told:?}"
    );

    // The other way round: nobody is asked.
    lab.know_only(&line_of(host.port));
    let told = copy(&lab, made(), &to(&[("behind", &pki)]));
    assert_eq!(told.status, 2, "{told:?}");
    assert_eq!(
        told.error_of(0),
        "its jump host, or what ProxyCommand runs, does not connect us: \
         Host key verification failed.",
        "{told:?}"
    );
    assert!(told.hint_of(0).contains("asks nothing"), "{told:?}");
    assert!(!above.exists());

    lab.know_only(&known);
    let told = copy(&lab, made(), &to(&[("behind", &pki)]));
    assert_eq!((told.status, told.changed()), (0, true), "{told:?}");
    assert_copied(made(), &pki);
}

/// With a terminal ssh would ask whether to go on, and wait for an answer.
#[test]
fn a_jump_host_that_is_not_known_asks_nobody_on_the_terminal() {
    let Some(lab) = Lab::new() else { return };
    if !program::installed(&["script"]) {
        return;
    }
    let _jump = lab.host("jump");
    let host = lab.host("there");
    lab.describe_behind("behind", host.port, "jump");
    let (pki, above) = places(&host.path(""));
    lab.know_only("");
    let kpki = command(&lab, made(), &to(&[("behind", &pki)]));
    let words = std::iter::once(kpki.get_program()).chain(kpki.get_args());
    let words: Vec<_> = words.map(|word| format!("'{}'", word.display())).collect();
    let mut script = Command::new("script");
    script.env_remove("SSH_AUTH_SOCK");
    script.args(["-qec", &words.join(" "), "/dev/null"]);
    // Whoever is asked reads this, and says yes to nothing.
    let output = script.stdin(Stdio::null()).output().expect("script");
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("Host key verification failed"), "{said}");
    assert!(!said.contains("Are you sure"), "{said}");
    assert!(!said.contains("authenticity"), "{said}");
    assert!(!above.exists());
    let known = fs::read_to_string(lab.path("known_hosts")).expect("there");
    assert_eq!(known, "");
}
