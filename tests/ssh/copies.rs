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
    assert_eq!(first.status, 0, "{first:?} {}", hosts[0].log());
    assert!(first.changed());
    for (index, pki) in pki.iter().enumerate() {
        assert_eq!(first.status_of(index), "done", "{first:?}");
        assert_copied(made(), pki);
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
    for shell in ["bash", "tcsh", "fish", "zsh"] {
        // fish brings much along and is not insisted on.
        let is_there = crate::program::path_of(shell).is_some();
        if is_there || shell != "fish" && crate::program::installed(&[shell]) {
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

    // What is said to go back by does it, and no directory is another afterwards.
    let modes = || [&above, &pki, &pki.join("etcd")].map(|it| mode_of(it));
    let open = modes();
    let steps = replaced.document["next"].as_array().expect("steps");
    let mut back = steps
        .iter()
        .filter_map(|step| step.as_str()?.split_once("on the host: "));
    let (_, back) = back.next_back().expect("a way back");
    let went = std::process::Command::new("sh").args(["-c", back]).status();
    assert!(went.expect("sh").success(), "{back}");
    assert_eq!(modes(), open);
    let mut after = files(&above);
    after.retain(|name, _| !name.contains("kpki-backup-"));
    assert_eq!(after, before);
}

fn mode_of(path: &std::path::Path) -> u32 {
    let status = fs::metadata(path).expect("there");
    std::os::unix::fs::MetadataExt::mode(&status) & 0o7777
}

#[test]
fn of_two_runs_at_once_both_end_and_the_files_are_of_one() {
    let Some(lab) = Lab::new() else { return };
    let host = lab.host("m1");
    let (pki, above) = places(&host.path(""));
    let arguments = to(&[("m1", &pki)]);
    let others = [
        make(&["m1=10.0.0.11", "m2=10.0.0.12"]),
        make(&["m1=10.0.0.11", "m2=10.0.0.12"]),
    ];
    let sources = [made(), others[0].path(), others[1].path()];
    let runs: Vec<_> = sources
        .iter()
        .map(|source| {
            crate::setup::command(&lab, source, &arguments)
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
    // The CAs of the first are others to the second.
    assert_eq!(done, 1);
    assert!(!has_stage(&above), "{:?}", files(&above).keys());
    let is_of = |source: &&&std::path::Path| {
        let told = copy(&lab, source, &arguments);
        (told.status, told.changed()) == (0, false)
    };
    let sources: Vec<_> = sources.iter().filter(is_of).collect();
    assert_eq!(sources.len(), 1, "{sources:?}");
    assert_copied(sources[0], &pki);
}

#[test]
fn equal_runs_at_once_all_find_everything_there() {
    let Some(lab) = Lab::new() else { return };
    // All have looked before the first of them writes.
    let gate = lab.path("gate");
    fs::write(&gate, "").expect("write");
    let stubs = crate::lab::Stubs::new(&lab).before(
        "mkdir",
        &format!(
            "echo >>'{0}.count'; while [ -e '{0}' ]; do sleep 0.05; done",
            gate.display()
        ),
    );
    let host = lab.host_with_login("m1", &stubs.login());
    let (pki, above) = places(&host.path(""));
    let arguments = to(&[("m1", &pki)]);
    let runs: Vec<_> = (0..4)
        .map(|_| {
            crate::setup::command(&lab, made(), &arguments)
                .stdout(std::process::Stdio::piped())
                .stderr(std::process::Stdio::piped())
                .spawn()
                .expect("run")
        })
        .collect();
    let count = gate.with_extension("count");
    let at_the_gate = || fs::read_to_string(&count).map_or(0, |text| text.lines().count());
    crate::setup::wait_until("all have looked", || at_the_gate() >= 4);
    fs::remove_file(&gate).expect("remove");
    for run in runs {
        let output = run.wait_with_output().expect("ends");
        assert!(output.status.success(), "{output:?}");
    }
    assert_copied(made(), &pki);
    assert!(!has_stage(&above));
}

#[test]
fn nothing_is_said_to_be_replaced_where_nothing_was_written() {
    let Some(lab) = Lab::new() else { return };
    let host = lab.host("m1");
    let (pki, above) = places(&host.path(""));
    let arguments = to(&[("m1", &pki)]);
    assert_eq!(copy(&lab, made(), &arguments).status, 0);
    // A file with two names is not replaced, and so none is.
    fs::hard_link(pki.join("ca.key"), pki.join("second")).expect("link");
    let before = files(&above);
    let other = make(&["m1=10.0.0.11", "m2=10.0.0.12"]);
    let replace = [&arguments[..], &["--replace-ca".to_owned()]].concat();
    let told = copy(&lab, other.path(), &replace);
    assert_eq!((told.status, told.changed()), (2, false), "{told:?}");
    let conflicts = told.document["hosts"][0]["conflicts"].as_array();
    let conflicts = conflicts.expect("side by side");
    assert!(!conflicts.is_empty());
    assert!(
        conflicts.iter().all(|it| it["replaced"] == false),
        "{told:?}"
    );
    assert_eq!(files(&above), before);
}

#[test]
fn a_host_that_calls_itself_otherwise_gets_no_key() {
    let Some(lab) = Lab::new() else { return };
    let host = lab.host("m1");
    let itself = crate::setup::host_name();
    let pki = places(&host.path("")).0;
    let to = format!("m2=m1:{}", pki.display());
    let run = |more: &[&str]| {
        let words = ["--to", &to].into_iter().chain(more.iter().copied());
        let words: Vec<_> = words.map(str::to_owned).collect();
        copy(&lab, made(), &words)
    };
    for more in [&[][..], &["--dry-run"], &["--with-host-certs"]] {
        let told = run(more);
        assert_eq!((told.status, told.status_of(0)), (2, "refused"), "{told:?}");
        let hint = told.hint_of(0);
        assert!(
            hint.ends_with(&format!("--host-name m2={itself}")),
            "{hint}"
        );
        assert!(!pki.exists());
    }
    // What is typed is about that host alone.
    let told = run(&["--host-name", "m2=another"]);
    assert_eq!((told.status, told.status_of(0)), (2, "refused"), "{told:?}");
    let told = run(&["--host-name", &format!("m2={itself}")]);
    assert_eq!((told.status, told.changed()), (0, true), "{told:?}");
    assert_copied(made(), &pki);
}

#[test]
fn a_worker_gets_no_key_under_another_name() {
    let Some(lab) = Lab::new() else { return };
    let host = lab.host("alias");
    let itself = crate::setup::host_name();
    let pki = places(&host.path("")).0;
    let file = lab.path("hosts.yaml");
    let description = format!(
        "apiVersion: kpki.dev/v1alpha1\nkind: Hosts\nhosts:\n  - {{name: m1, address: 10.0.0.11}}\n  \
         - {{name: {itself}, address: 10.0.0.12, roles: [worker]}}\n"
    );
    fs::write(&file, description).expect("write");
    let described = ["-f".to_owned(), file.display().to_string()];
    let arguments = [&to(&[("alias", &pki)])[..], &described].concat();
    let told = copy(&lab, made(), &arguments);
    assert_eq!((told.status, told.status_of(0)), (2, "refused"), "{told:?}");
    let error = told.error_of(0);
    assert!(error.contains("no host of the control plane"), "{error}");
    // Nor does one of which the description knows nothing.
    let other = fs::read_to_string(&file).expect("written");
    fs::write(&file, other.replace(&itself, "elsewhere")).expect("write");
    let told = copy(&lab, made(), &arguments);
    assert_eq!((told.status, told.status_of(0)), (2, "refused"), "{told:?}");
    assert!(!pki.exists());
}

#[test]
fn a_key_of_somebody_else_is_made_again() {
    let Some(lab) = Lab::new() else { return };
    if !crate::lab::is_root() {
        crate::program::skip("only root can give files away");
        return;
    }
    let host = lab.host("m1");
    let pki = places(&host.path("")).0;
    let arguments = to(&[("m1", &pki)]);
    assert_eq!(copy(&lab, made(), &arguments).status, 0);
    for name in ["ca.key", "sa.key"] {
        std::os::unix::fs::chown(pki.join(name), Some(1234), Some(1234)).expect("root");
    }
    let owners = || {
        ["ca.key", "sa.key"].map(|name| {
            let status = fs::metadata(pki.join(name)).expect("there");
            std::os::unix::fs::MetadataExt::uid(&status)
        })
    };
    let told = copy(&lab, made(), &arguments);
    assert_eq!((told.status, told.changed()), (0, true), "{told:?}");
    assert_eq!(
        told.document["hosts"][0]["files"][1]["status"],
        "owner mended"
    );
    assert_eq!(owners(), [0, 0]);
    // New keys do not become somebody else's either.
    std::os::unix::fs::chown(pki.join("ca.key"), Some(1234), Some(1234)).expect("root");
    let other = make(&["m1=10.0.0.11", "m2=10.0.0.12"]);
    let replace = [&arguments[..], &["--replace-ca".to_owned()]].concat();
    assert_eq!(copy(&lab, other.path(), &replace).status, 0);
    assert_eq!(owners(), [0, 0]);
    assert_copied(other.path(), &pki);
}

#[test]
fn a_leaf_without_its_key_stops_its_host_alone() {
    let Some(lab) = Lab::new() else { return };
    let host = lab.host("m1");
    let other = lab.host("m2");
    let pki = [&host, &other].map(|host| places(&host.path("")).0);
    let arguments = to(&[("m1", &pki[0]), ("m2", &pki[1])]);
    let arguments = [&arguments[..], &["--with-host-certs".to_owned()]].concat();
    for (half, kept) in [("key", "crt"), ("crt", "key")] {
        let made = make(&["m1=10.0.0.11", "m2=10.0.0.12"]);
        let tree = made.path().join("m1/etc/kubernetes/pki");
        fs::remove_file(tree.join(format!("apiserver.{half}"))).expect("made");
        let replace = [&arguments[..], &["--replace-ca".to_owned()]].concat();
        let told = copy(&lab, made.path(), &replace);
        assert_eq!(told.status, 2, "{told:?}");
        assert_eq!(told.status_of(1), "done", "{told:?}");
        let error = told.error_of(0);
        let wanted = error.contains(&format!("apiserver.{kept}")) && error.contains("missing");
        assert!(wanted, "{error}");
        assert!(!pki[0].exists());
    }
}
