//! Where output goes, and who reads it.

use std::fs::OpenOptions;
use std::process::Stdio;

use crate::common::run;
use crate::setup::{NOW, Place};

const ONE: [&str; 6] = ["--host", "m0", "--ip", "10.0.0.10", "--cert-dir", "k/pki"];

#[test]
fn a_reader_that_has_gone_is_no_failure() {
    let place = Place::new();
    for arguments in [&["gen", "--help"][..], &["man"], &["completion", "bash"]] {
        // The pipe has no reader any more when the program starts.
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let mut command = place.command(arguments);
        let child = command
            .stdout(writer)
            .stderr(Stdio::piped())
            .spawn()
            .expect("kpki starts");
        drop(command);
        let output = child.wait_with_output().expect("our child");
        assert_eq!(output.status.code(), Some(0), "{arguments:?}");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{arguments:?}");
    }
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let status = place
        .gen_command(&ONE)
        .stdout(writer)
        .status()
        .expect("kpki starts");
    assert_eq!(status.code(), Some(0));
    assert!(place.join("k/admin.conf").exists());
}

#[test]
fn a_closed_stdout_is_no_failure() {
    let place = Place::new();
    let mut shell = std::process::Command::new("sh");
    shell.current_dir(place.path()).args([
        "-c",
        "exec \"$0\" \"$@\" >&- 2>&-",
        env!("CARGO_BIN_EXE_kpki"),
    ]);
    shell
        .args(["gen", "--key-algorithm", "ECDSA-P256"])
        .args(ONE);
    let output = run(&mut shell);
    assert_eq!(output.status.code(), Some(0));
    // Nothing that was meant for the closed streams went into a file of the tree.
    let files = place.contents().into_values().flatten();
    for bytes in files {
        assert!(!String::from_utf8_lossy(&bytes).contains("STATUS"));
    }
}

#[test]
fn a_report_that_is_lost_is_told_from_files_that_are() {
    let Ok(full) = OpenOptions::new().write(true).open("/dev/full") else {
        return;
    };
    let place = Place::new();
    let mut command = place.gen_command(&ONE);
    let child = command
        .stdout(full)
        .stderr(Stdio::piped())
        .spawn()
        .expect("kpki starts");
    let output = child.wait_with_output().expect("our child");
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        "error: the result cannot be printed: no space left on device\n\
         hint: all files are in place: only this report is lost\n"
    );
    assert!(place.join("k/admin.conf").exists());
}

#[test]
fn no_colour_where_none_is_wanted() {
    let place = Place::new();
    for (name, value) in [
        ("NO_COLOR", "1"),
        ("TERM", "dumb"),
        ("TERM", "xterm-256color"),
    ] {
        for arguments in [&["gen"][..], &["gen", "--help"], &["bogus"]] {
            let output = run(place.command(arguments).env(name, value));
            assert!(
                !output.stdout.contains('\u{1b}'),
                "{name}: {}",
                output.stdout
            );
            assert!(
                !output.stderr.contains('\u{1b}'),
                "{name}: {}",
                output.stderr
            );
        }
    }
    // Who asks for colour gets it, even in a pipe, and NO_COLOR wins over that.
    let coloured = run(place.command(&["gen"]).env("CLICOLOR_FORCE", "1"));
    assert!(
        coloured.stderr.starts_with("\u{1b}["),
        "{:?}",
        coloured.stderr
    );
    let plain = run(place
        .command(&["gen"])
        .env("CLICOLOR_FORCE", "1")
        .env("NO_COLOR", "1"));
    assert!(!plain.stderr.contains('\u{1b}'), "{:?}", plain.stderr);
}

/// A job of a build server has no terminal, whatever its variables say.
#[test]
fn a_report_is_the_same_in_a_build() {
    let place = Place::new();
    place.made("10.0.0.10");
    let report = |variables: &[(&str, &str)]| {
        let mut command = place.command(&["verify", "k", "k/pki", "--now", NOW]);
        let output = run(command.envs(variables.iter().copied()));
        (output.stdout, output.stderr)
    };
    let plain = report(&[]);
    assert!(
        !plain.0.contains('\u{1b}') && plain.1.is_empty(),
        "{plain:?}"
    );
    for variables in [
        &[("CI", "true")][..],
        &[("CI", "true"), ("TERM", "xterm-256color")],
        &[("NO_COLOR", "1")],
        &[("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")],
    ] {
        assert_eq!(report(variables), plain, "{variables:?}");
    }
    let coloured = report(&[("CLICOLOR_FORCE", "1")]).0;
    assert!(coloured.contains("\u{1b}["), "{coloured}");
    assert_eq!(anstream::adapter::strip_str(&coloured).to_string(), plain.0);
}

#[test]
fn a_configuration_from_stdin() {
    let place = Place::new();
    std::fs::write(
        place.join("in"),
        "apiVersion: kubeadm.k8s.io/v1beta3\nkind: InitConfiguration\nnodeRegistration:\n  name: m0\n\
         localAPIEndpoint:\n  advertiseAddress: 10.0.0.10\n",
    )
    .expect("written");
    let stdin = std::fs::File::open(place.join("in")).expect("just written");
    let mut command = place.gen_command(&["-f", "-", "--out", "out", "--dry-run"]);
    let output = run(command.stdin(stdin));
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(
        output.stdout.contains("m0 (10.0.0.10) in "),
        "{}",
        output.stdout
    );
}
