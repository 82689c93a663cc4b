//! Where a key is while it is copied: in no list of processes, no environment,
//! and no file that others can open.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::process::Stdio;

use crate::lab::Lab;
use crate::proxy::{Fault, Proxy};
use crate::setup::{command, files, has_stage, made, places, to, wait_until};

#[test]
fn a_key_on_its_way_is_seen_by_nobody() {
    let Some(lab) = Lab::new() else { return };
    let host = lab.host("m1");
    let key = fs::read_to_string(host.path("host_key.pub")).expect("a key");
    let slow = |name: &str, fault| {
        let proxy = Proxy::to(host.port, fault);
        lab.know(&format!("[127.0.0.1]:{}", proxy.port), &key);
        lab.describe(name, proxy.port);
        proxy
    };
    let whole = slow("whole", Fault::Never);
    let (pki, _) = places(&host.path("whole"));
    let told = crate::setup::copy(&lab, made(), &to(&[("whole", &pki)]));
    assert_eq!(told.status, 0, "{told:?}");
    let (out, _) = whole.passed();

    // It stops while files are on their way: everything is there to be looked at.
    let (pki, above) = places(&host.path("stopped"));
    let mut stopped = None;
    for part in [70, 75, 80, 65, 85, 60] {
        let proxy = slow(&format!("stopped-{part}"), Fault::Stall(out * part / 100));
        let run = command(&lab, made(), &to(&[(&format!("stopped-{part}"), &pki)]))
            .args(["--timeout", "4"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("run");
        let mut run = run;
        wait_until("a stage or the end", || {
            above.join(".kpki-copy/0").exists() || run_has_ended(run.id())
        });
        if above.join(".kpki-copy/0").exists() {
            stopped = Some((proxy, run));
            break;
        }
        run.wait().expect("ends");
    }
    let (proxy, mut run) = stopped.expect("one of them stops in the middle");

    let secrets = secrets();
    assert!(!secrets.is_empty());
    for process in fs::read_dir("/proc").expect("/proc").flatten() {
        for what in ["cmdline", "environ"] {
            let bytes = fs::read(process.path().join(what)).unwrap_or_default();
            let text = String::from_utf8_lossy(&bytes);
            for secret in &secrets {
                assert!(!text.contains(secret), "{what} of {:?}", process.path());
            }
        }
    }
    let stage = above.join(".kpki-copy");
    assert_eq!(fs::metadata(&stage).expect("there").mode() & 0o7777, 0o700);
    for (name, (mode, _)) in files(&stage) {
        assert_eq!(mode & 0o077 & !0o044, 0, "{name}");
    }
    run.wait().expect("ends");
    drop(proxy);
    wait_until("the host clears up", || !has_stage(&above));
    assert!(files(&above).is_empty());
}

fn run_has_ended(process: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    stat.is_empty()
        || stat
            .rsplit(')')
            .next()
            .is_some_and(|rest| rest.starts_with(" Z"))
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
