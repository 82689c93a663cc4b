//! A host that stops in the middle, and goes on later.

use std::fs;
use std::net::TcpListener;
use std::process::{Command, Stdio};

use crate::lab::{Host, Lab, Stubs};
use crate::setup::{assert_copied, command, copy, files, has_stage, made, places, to, wait_until};

/// Sends a signal to those who are logged in there.
fn signal(host: &Host, signal: &str) {
    for process in host.processes() {
        let _ = Command::new("kill")
            .args([signal, &process.to_string()])
            .output();
    }
}

#[test]
fn a_host_that_stops_is_given_up_and_nobody_writes_beside_it() {
    let Some(lab) = Lab::new() else { return };
    // The sshd of the login stops as soon as there is a stage with a file in it.
    let stubs = Stubs::new(&lab).before("chmod", "kill -STOP $SSHD");
    let login = format!("SSHD=$PPID {}", stubs.login());
    let stopping = lab.host_with_login("stopping", &login);
    let going = lab.host("going");
    let (pki, above) = places(&stopping.path(""));
    let (pki_of_other, _) = places(&going.path(""));
    fs::create_dir_all(pki.join("etcd")).expect("mkdir");
    let arguments = to(&[("stopping", &pki), ("going", &pki_of_other)]);
    // More than any pipe holds: it stops before all of it has come.
    let told = copy(
        &lab,
        made(),
        &[arguments, vec!["--timeout".into(), "8".into()]].concat(),
    );
    // It was sent, and nobody said what became of it.
    assert_eq!((told.status, told.status_of(0)), (2, "unknown"), "{told:?}");
    assert_eq!(told.error_of(0), "nothing was heard for 8 s");
    assert_eq!(told.status_of(1), "done", "{told:?}");
    assert_copied(made(), &pki_of_other);

    signal(&stopping, "-CONT");
    wait_until("the host clears up", || !has_stage(&above));
    if !files(&above).is_empty() {
        // All that was needed had come already.
        assert_copied(made(), &pki);
    }
    let told = copy(&lab, made(), &to(&[("going", &pki)]));
    assert_eq!(told.status, 0, "{told:?}");
    assert_copied(made(), &pki);
}

#[test]
fn beside_a_copy_that_is_alive_nobody_writes() {
    let Some(lab) = Lab::new() else { return };
    let host = lab.host("there");
    let (pki, above) = places(&host.path(""));
    let stage = above.join(".kpki-copy");
    fs::create_dir_all(&stage).expect("mkdir");
    fs::write(stage.join("pid"), format!("{}\n", std::process::id())).expect("write");
    let told = copy(&lab, made(), &to(&[("there", &pki)]));
    assert_eq!((told.status, told.status_of(0)), (2, "failed"), "{told:?}");
    let error = told.error_of(0);
    assert!(error.contains("another kpki writes there"), "{error}");
    assert!(
        error.contains(&format!("process {}", std::process::id())),
        "{error}"
    );
    assert_eq!(files(&above).keys().collect::<Vec<_>>(), [".kpki-copy/pid"]);
    // One that is dead: its number is nobody's.
    fs::write(stage.join("pid"), format!("{} 1\n", std::process::id())).expect("write");
    let told = copy(&lab, made(), &to(&[("there", &pki)]));
    assert_eq!(told.status, 0, "{told:?}");
    assert!(!has_stage(&above));
    assert_copied(made(), &pki);
}

#[test]
fn a_run_that_is_killed_takes_its_ssh_with_it() {
    let Some(lab) = Lab::new() else { return };
    let gate = lab.path("gate");
    let scratch = lab.path("scratch");
    fs::create_dir(&scratch).expect("mkdir");
    fs::write(&gate, "").expect("write");
    let login = Stubs::new(&lab).waiting("chmod", &gate).login();
    let host = lab.host_with_login("waiting", &login);
    let (pki, above) = places(&host.path(""));
    fs::create_dir_all(pki.join("etcd")).expect("mkdir");
    let mut run = command(&lab, made(), &to(&[("waiting", &pki)]))
        .env("TMPDIR", &scratch)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("run");
    wait_until("a file is staged", || above.join(".kpki-copy/new").exists());
    // ssh has its file open, which has no name any more.
    assert!(files(&scratch).is_empty());
    run.kill().expect("running");
    run.wait().expect("ends");
    fs::remove_file(&gate).expect("remove");
    wait_until("the login ends", || host.processes().is_empty());
    assert!(!has_stage(&above));
    if !files(&above).is_empty() {
        assert_copied(made(), &pki);
    }
}

#[test]
fn what_a_run_leaves_that_is_killed_while_it_connects_goes_with_the_next() {
    let Some(lab) = Lab::new() else { return };
    let scratch = lab.path("scratch");
    fs::create_dir(&scratch).expect("mkdir");
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    lab.describe("silent", silent.local_addr().expect("bound").port());
    let host = lab.host("there");
    let (pki, _) = places(&host.path(""));
    let run = |name| {
        let mut run = command(&lab, made(), &to(&[(name, &pki)]));
        run.env("TMPDIR", &scratch);
        run.stdout(Stdio::null()).stderr(Stdio::null());
        run.spawn().expect("run")
    };
    let mut killed = run("silent");
    wait_until("ssh has a file", || !files(&scratch).is_empty());
    killed.kill().expect("running");
    killed.wait().expect("ends");
    assert_eq!(files(&scratch).len(), 1);
    assert!(run("there").wait().expect("ends").success());
    assert!(files(&scratch).is_empty());
}
