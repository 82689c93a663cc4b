//! Copies that succeed, and what the next run makes of them.

use std::fs;

use crate::lab::Lab;
use crate::setup::{assert_copied, copy, files, has_stage, made, make, places, to};

#[test]
fn three_masters_get_the_shared_files_and_a_second_run_changes_nothing() {
    let Some(lab) = Lab::new() else { return };
    let hosts = ["m1", "m2", "m3"].map(|name| lab.host(name));
    let pki = hosts.each_ref().map(|host| places(&host.path("")).0);
    let targets: Vec<_> = hosts
        .iter()
        .zip(&pki)
        .map(|(host, pki)| (host.name.as_str(), pki.as_path()))
        .collect();
    let arguments = to(&targets);

    let dry = copy(
        &lab,
        made(),
        &[arguments.clone(), vec!["--dry-run".into()]].concat(),
    );
    assert_eq!(dry.status, 0, "{dry:?}");
    assert_eq!(dry.status_of(0), "planned");
    assert!(pki.iter().all(|pki| !pki.exists()), "nothing is made");

    let first = copy(&lab, made(), &arguments);
    assert_eq!(first.status, 0, "{first:?}");
    assert!(first.changed());
    for index in 0..3 {
        assert_eq!(first.status_of(index), "done", "{first:?}");
        assert_copied(made(), &pki[index]);
    }
    let second = copy(&lab, made(), &arguments);
    assert_eq!((second.status, second.changed()), (0, false), "{second:?}");

    // One that was spoilt is mended, and the others are left alone.
    fs::remove_file(pki[1].join("sa.key")).expect("remove");
    fs::remove_file(pki[1].join("ca.crt")).expect("remove");
    let third = copy(&lab, made(), &arguments);
    assert_eq!((third.status, third.changed()), (0, true), "{third:?}");
    let changed = [0, 1, 2].map(|index| third.document["hosts"][index]["changed"] == true);
    assert_eq!(changed, [false, true, false]);
    assert_copied(made(), &pki[1]);
}

#[test]
fn login_shells_and_greetings_make_no_difference() {
    let Some(lab) = Lab::new() else { return };
    let original = "\"$SSH_ORIGINAL_COMMAND\"";
    let mut logins = vec![(
        "noisy",
        format!("echo 'Welcome!'; echo 'mind the step' >&2; exec sh -c {original}"),
    )];
    for shell in ["bash", "tcsh", "csh", "fish", "zsh"] {
        if crate::program::path_of(shell).is_some() {
            logins.push((shell, format!("exec {shell} -c {original}")));
        }
    }
    // Programs that are not there, and one that lies.
    let without = lab.path("stubs");
    fs::create_dir(&without).expect("mkdir");
    for (program, text) in [
        ("sha256sum", "#!/bin/sh\nexit 127\n"),
        ("shasum", "#!/bin/sh\necho 0000\n"),
        ("openssl", "#!/bin/sh\nexit 127\n"),
        ("sha256", "#!/bin/sh\n"),
        ("stat", "#!/bin/sh\nexit 1\n"),
    ] {
        let path = without.join(program);
        fs::write(&path, text).expect("write");
        crate::lab::make_program(&path);
    }
    logins.push((
        "bare",
        format!("PATH={}:$PATH exec sh -c {original}", without.display()),
    ));
    let banner = lab.path("banner.txt");
    fs::write(&banner, "Authorized use only.\n".repeat(100)).expect("write");
    let mut hosts: Vec<_> = logins
        .iter()
        .map(|(name, login)| lab.host_with_login(name, login))
        .collect();
    hosts.push(lab.host_with("banner", &format!("Banner {}\n", banner.display())));
    let pki: Vec<_> = hosts.iter().map(|host| places(&host.path("")).0).collect();
    let targets: Vec<_> = hosts
        .iter()
        .zip(&pki)
        .map(|(host, pki)| (host.name.as_str(), pki.as_path()))
        .collect();
    for changed in [true, false] {
        let told = copy(&lab, made(), &to(&targets));
        assert_eq!((told.status, told.changed()), (0, changed), "{told:?}");
        for pki in &pki {
            assert_copied(made(), pki);
        }
    }
}

#[test]
fn another_ca_stops_a_host_and_is_kept_where_it_is_replaced() {
    let Some(lab) = Lab::new() else { return };
    let host = lab.host("m1");
    let (pki, above) = places(&host.path(""));
    let arguments = to(&[("m1", &pki)]);
    assert_eq!(copy(&lab, made(), &arguments).status, 0);
    let before = files(&above);
    let other = make(&["m1=10.0.0.11", "m2=10.0.0.12"]);
    let refused = copy(&lab, other.path(), &arguments);
    assert_eq!(
        (refused.status, refused.status_of(0)),
        (2, "refused"),
        "{refused:?}"
    );
    assert_eq!(files(&above), before);
    let replaced = copy(
        &lab,
        other.path(),
        &[arguments, vec!["--replace-ca".into()]].concat(),
    );
    assert_eq!(
        (replaced.status, replaced.changed()),
        (0, true),
        "{replaced:?}"
    );
    assert_copied(other.path(), &pki);
    let backup = replaced.document["hosts"][0]["backup"]
        .as_str()
        .expect("kept");
    let kept = files(backup.as_ref());
    assert_eq!(kept.len(), before.len());
    for (name, (_, bytes)) in kept {
        assert_eq!(
            before.get(&name).map(|(_, bytes)| bytes),
            Some(&bytes),
            "{name}"
        );
    }
    assert!(!has_stage(&above));
}

#[test]
fn of_two_runs_at_once_both_end_and_the_files_are_of_one() {
    let Some(lab) = Lab::new() else { return };
    let host = lab.host("m1");
    let (pki, above) = places(&host.path(""));
    let arguments = to(&[("m1", &pki)]);
    let runs: Vec<_> = (0..3)
        .map(|_| {
            crate::setup::command(&lab, made(), &arguments)
                .stdout(std::process::Stdio::piped())
                .stderr(std::process::Stdio::piped())
                .spawn()
                .expect("run")
        })
        .collect();
    let mut done = 0;
    for run in runs {
        let output = run.wait_with_output().expect("ends");
        done += usize::from(output.status.success());
    }
    assert!(done > 0);
    assert!(!has_stage(&above), "{:?}", files(&above).keys());
    let told = copy(&lab, made(), &arguments);
    assert_eq!((told.status, told.changed()), (0, false), "{told:?}");
    assert_copied(made(), &pki);
}
