//! What `kpki verify` prints about a copy that was interrupted is a command that ends it.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::common::{kpki, run};
use crate::lab::{Lab, Stubs};
use crate::setup::{command, host_name, install, made, make, told};

/// A machine of another name than its host in the cluster, which gets another CA and new kubeconfigs,
/// and dies when the first file is in its place.
#[test]
fn the_command_that_is_printed_ends_an_interrupted_copy() {
    let Some(lab) = Lab::new() else { return };
    let gate = lab.path("gate");
    let dying = format!(
        "if [ -e '{0}' ]; then rm '{0}'; for last; do :; done; /bin/mv -f \"$2\" \"$last\"; kill -KILL $PPID; exit 1; fi",
        gate.display()
    );
    let login = Stubs::new(&lab).before("mv", &dying).login();
    let host = lab.host_with_login("vm", &login);
    let other = make(&["m1=10.0.0.11", "m2=10.0.0.12", "m3=10.0.0.13"]);
    let tree = host.path("etc/kubernetes");
    install(&made().join("m1/etc/kubernetes"), &tree);

    fs::write(&gate, "").expect("write");
    let to = format!("m1=vm:{}", tree.join("pki").display());
    let itself = format!("m1={}", host_name());
    let flags = ["--with-host-certs", "--replace-ca", "--replace-kubeconfigs"];
    let words = [&["--to", &to, "--host-name", &itself][..], &flags].concat();
    let words: Vec<_> = words.into_iter().map(str::to_owned).collect();
    let killed = told(&run(&mut command(&lab, other.path(), &words)));
    assert_eq!(
        (killed.status, killed.status_of(0)),
        (2, "unknown"),
        "{killed:?}"
    );
    assert!(!gate.exists() && tree.join(".kpki-copy").exists());

    let mut verify = kpki();
    verify.env_remove("SSH_AUTH_SOCK");
    verify
        .args(["verify", "-o", "json", "--ssh-config"])
        .arg(lab.config());
    verify.arg("--ssh").arg(format!("vm:{}", tree.display()));
    let output = run(&mut verify);
    let report: Value = serde_json::from_str(&output.stdout).expect("one document");
    let found = report["hosts"][0]["findings"].as_array().expect("a list");
    let is_it = |it: &&Value| it["rule"] == "interrupted-run";
    let finding = found.iter().find(is_it).expect("told");
    let printed = finding["commands"][0].as_str().expect("a command");
    for flag in flags
        .into_iter()
        .chain(["--to m1=vm:", &format!("--host-name {itself}")])
    {
        assert!(printed.contains(flag), "{flag}: {printed}");
    }

    let program = kpki().get_program().to_owned();
    let path = Path::new(&program)
        .parent()
        .expect("a directory")
        .display()
        .to_string();
    let from = format!("--from {}", other.path().display());
    let script = format!(
        "PATH={path}:$PATH {} -o json",
        printed.replace("--from FROM", &from)
    );
    let mut shell = Command::new("sh");
    shell.env_remove("SSH_AUTH_SOCK").args(["-c", &script]);
    let ended = told(&run(&mut shell));
    assert_eq!((ended.status, ended.changed()), (0, true), "{ended:?}");
    let note = ended.document["hosts"][0]["notes"].to_string();
    assert!(note.contains("taken back now"), "{note}");
    for name in [
        "pki/ca.key",
        "pki/etcd/ca.crt",
        "admin.conf",
        "kubelet.conf",
    ] {
        let source = fs::read(other.path().join("m1/etc/kubernetes").join(name)).expect("made");
        assert!(
            fs::read(tree.join(name)).expect("copied") == source,
            "{name}"
        );
    }
    // Nothing of it is left, and the backup has what was there before.
    assert!(!tree.join(".kpki-copy").exists());
    let backups = fs::read_dir(&tree).expect("a directory").flatten();
    let backups: Vec<_> = backups
        .filter(|it| it.file_name().to_string_lossy().starts_with("kpki-backup-"))
        .collect();
    let [backup] = &backups[..] else {
        panic!("{backups:?}");
    };
    let old = made().join("m1/etc/kubernetes/pki/ca.key");
    let kept = fs::read(backup.path().join("pki/ca.key")).expect("kept");
    assert!(kept == fs::read(old).expect("made"));
}
