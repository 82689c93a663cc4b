//! Where a key is while it is copied: in no list of processes, no environment,
//! and no file that others can open.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::process::Stdio;

use crate::lab::{Lab, Stubs};
use crate::setup::{assert_copied, command, files, has_stage, made, places, to, wait_until};

#[test]
fn a_key_on_its_way_is_seen_by_nobody() {
    let Some(lab) = Lab::new() else { return };
    // The host waits with a key in the stage, as long as there is a gate.
    let gate = lab.path("gate");
    fs::write(&gate, "").expect("write");
    let stubs = Stubs::new(&lab).waiting("chmod", &gate);
    let login = stubs.waiting("chown", &gate).login();
    let host = lab.host_with_login("waiting", &login);
    let (pki, above) = places(&host.path(""));
    fs::create_dir_all(pki.join("etcd")).expect("mkdir");
    let mut run = command(&lab, made(), &to(&[("waiting", &pki)]))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("run");
    let stage = above.join(".kpki-copy");
    wait_until("a file is staged", || stage.join("new").exists());

    let secrets = secrets();
    assert!(!secrets.is_empty());
    let mut processes = 0;
    for process in fs::read_dir("/proc").expect("/proc").flatten() {
        for what in ["cmdline", "environ"] {
            let bytes = fs::read(process.path().join(what)).unwrap_or_default();
            let text = String::from_utf8_lossy(&bytes);
            processes += usize::from(text.contains("waiting"));
            for secret in &secrets {
                assert!(!text.contains(secret), "{what} of {:?}", process.path());
            }
        }
    }
    assert!(processes > 0, "kpki and ssh were among them");
    assert_eq!(fs::metadata(&stage).expect("there").mode() & 0o7777, 0o700);
    for (name, (mode, _)) in files(&stage) {
        assert_eq!(mode, 0o600, "{name}");
    }
    assert!(files(&pki).is_empty());
    fs::remove_file(&gate).expect("remove");
    assert!(run.wait().expect("ends").success());
    assert!(!has_stage(&above));
    assert_copied(made(), &pki);
}

/// A line of each private key of the source.
fn secrets() -> Vec<String> {
    let mut secrets = Vec::new();
    for (name, (_, bytes)) in files(&made().join("shared")) {
        let text = String::from_utf8(bytes).expect("PEM");
        if name.ends_with(".key") {
            secrets.extend(text.lines().nth(2).map(str::to_owned));
        }
    }
    secrets
}
