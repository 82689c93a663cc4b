//! `kpki verify --ssh`: masters that are checked where they are, over real sshds.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::common::{Output, kpki, run};
use crate::lab::{Host, Lab, is_root, make_program};
use crate::program;
use crate::setup::{install, made, make};

const HOSTS: [&str; 3] = ["m1", "m2", "m3"];

/// Where the tree of a host lies, as on a host of its own.
fn kubernetes(host: &Host) -> PathBuf {
    host.path("etc/kubernetes")
}

fn of_host(name: &str) -> PathBuf {
    made().join(name).join("etc/kubernetes")
}

/// Three masters as gen made them.
fn masters(lab: &Lab) -> [Host; 3] {
    HOSTS.map(|name| {
        let host = lab.host(name);
        install(&of_host(name), &kubernetes(&host));
        host
    })
}

fn verify(lab: &Lab, hosts: &[Host], more: &[&str]) -> Output {
    let mut command = kpki();
    command.env_remove("SSH_AUTH_SOCK").env("COLUMNS", "100");
    command.args(["verify", "--ssh-config"]).arg(lab.config());
    for host in hosts {
        command.arg("--ssh");
        command.arg(format!("{}:{}", host.name, kubernetes(host).display()));
    }
    let output = run(command.args(more));
    for text in [&output.stdout, &output.stderr] {
        assert!(!text.contains("PRIVATE KEY"), "{text}");
    }
    output
}

fn document(output: &Output) -> Value {
    let document = serde_json::from_str(&output.stdout);
    document.unwrap_or_else(|error| panic!("{error}: {output:?}"))
}

/// `rule file` of each finding of a list.
fn found(list: &Value) -> Vec<String> {
    let list = list.as_array().map(Vec::as_slice).unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let found = list
        .iter()
        .map(|finding| format!("{} {}", text(&finding["rule"]), text(&finding["file"])));
    found.collect()
}

#[test]
fn three_masters_in_place_and_what_is_wrong_between_them() {
    let Some(lab) = Lab::new() else { return };
    let hosts = masters(&lab);
    let good = verify(&lab, &hosts, &[]);
    assert_eq!(good.status.code(), Some(0), "{good:?}");
    assert!(
        good.stdout.contains("nothing is wrong on m1, m2 and m3\n"),
        "{}",
        good.stdout
    );

    // A pair of sa of its own, a CA of another cluster, a leaf of another host.
    let other = make(&["m2=10.0.0.12"]);
    let theirs = other.path().join("etc/kubernetes/pki");
    let theirs = match theirs.exists() {
        true => theirs,
        false => other.path().join("m2/etc/kubernetes/pki"),
    };
    let pki = |host: usize, name: &str| kubernetes(&hosts[host]).join("pki").join(name);
    for name in ["sa.key", "sa.pub"] {
        fs::copy(theirs.join(name), pki(1, name)).expect("copied");
    }
    for name in ["front-proxy-ca.crt", "front-proxy-ca.key"] {
        fs::copy(theirs.join(name), pki(1, name)).expect("copied");
    }
    for name in ["etcd/server.crt", "etcd/server.key"] {
        fs::copy(pki(0, name), pki(2, name)).expect("copied");
    }
    let broken = verify(&lab, &hosts, &["-o", "json"]);
    assert_eq!(broken.status.code(), Some(1), "{broken:?}");
    let told = document(&broken);
    assert_eq!(
        found(&told["between"]),
        [
            "front-proxy-ca-differs pki/front-proxy-ca.crt",
            "sa-key-differs pki/sa.key",
            "other-hosts-files pki/etcd/server.crt",
        ]
    );
    let commands = &told["between"][1]["commands"];
    let command = commands[0].as_str().expect("a command");
    assert!(command.starts_with("kpki copy --from "), "{command}");
    assert!(command.contains(" --to m2:/"), "{command}");
    let directory = told["hosts"][0]["directory"].as_str().expect("a URL");
    assert!(directory.starts_with("ssh://m1/"), "{directory}");
}

#[test]
fn login_shells_and_missing_programs_make_little_difference() {
    let Some(lab) = Lab::new() else { return };
    let original = "\"$SSH_ORIGINAL_COMMAND\"";
    let noisy = format!("echo 'Welcome!'; echo 'mind the step' >&2; exec sh -c {original}");
    let mut logins = vec![("noisy", noisy)];
    for shell in ["bash", "tcsh", "csh", "fish", "zsh"] {
        if program::path_of(shell).is_some() {
            logins.push((shell, format!("exec {shell} -c {original}")));
        }
    }
    // No stat and no base64, for which others stand in.
    let without = lab.path("stubs");
    fs::create_dir(&without).expect("mkdir");
    for (name, text) in [
        ("stat", "#!/bin/sh\nexit 1\n"),
        ("base64", "#!/bin/sh\nexit 127\n"),
    ] {
        fs::write(without.join(name), text).expect("write");
        make_program(&without.join(name));
    }
    let path = format!("PATH={}:$PATH", without.display());
    logins.push(("bare", format!("{path} exec sh -c {original}")));
    let hosts: Vec<_> = logins
        .iter()
        .map(|(name, login)| {
            let host = lab.host_with_login(name, login);
            install(&of_host("m1"), &kubernetes(&host));
            host
        })
        .collect();
    for host in hosts.chunks(1) {
        let output = verify(&lab, host, &[]);
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        assert!(output.stdout.contains("0 errors, 0 warnings"), "{output:?}");
    }
}

#[test]
fn without_openssl_keys_are_not_checked() {
    let Some(lab) = Lab::new() else { return };
    let without = lab.path("stubs");
    fs::create_dir(&without).expect("mkdir");
    fs::write(without.join("openssl"), "#!/bin/sh\nexit 127\n").expect("write");
    make_program(&without.join("openssl"));
    let login = format!(
        "PATH={}:$PATH exec sh -c \"$SSH_ORIGINAL_COMMAND\"",
        without.display()
    );
    let host = lab.host_with_login("m1", &login);
    install(&of_host("m1"), &kubernetes(&host));
    // Nobody sees that this is another key.
    let pki = kubernetes(&host).join("pki");
    fs::copy(pki.join("ca.key"), pki.join("apiserver.key")).expect("copied");
    let told = document(&verify(&lab, &[host], &["-o", "json"]));
    assert_eq!(found(&told["hosts"][0]["findings"]), [""; 0]);
    let gaps = told["hosts"][0]["notChecked"].as_array().expect("a list");
    let of_key = |name: &str| {
        gaps.iter().any(|gap| {
            gap["what"] == format!("'pki/{name}'")
                && gap["why"]
                    .as_str()
                    .is_some_and(|why| why.contains("no openssl"))
        })
    };
    for name in ["apiserver.key", "ca.key", "sa.key", "etcd/peer.key"] {
        assert!(of_key(name), "{name}: {gaps:#?}");
    }
    let of_kubeconfig = gaps
        .iter()
        .any(|gap| gap["what"] == "the client key of admin.conf");
    assert!(of_kubeconfig, "{gaps:#?}");
}

#[test]
fn what_the_user_there_may_not_read_is_told() {
    let Some(lab) = Lab::new() else { return };
    let host = match is_root() {
        true if !program::installed(&["setpriv"]) => return,
        // Nobody's files are root's.
        true => lab.host_with_login(
            "m1",
            "exec setpriv --reuid 65534 --regid 65534 --clear-groups sh -c \"$SSH_ORIGINAL_COMMAND\"",
        ),
        false => lab.host("m1"),
    };
    let top = kubernetes(&host);
    install(&of_host("m1"), &top);
    let close = |path: &Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("chmod");
    };
    let kubeconfigs = [
        "admin",
        "super-admin",
        "kubelet",
        "controller-manager",
        "scheduler",
    ];
    for name in kubeconfigs.map(|name| format!("{name}.conf")) {
        close(&top.join(name), 0o644);
    }
    for entry in fs::read_dir(top.join("pki"))
        .expect("a directory")
        .flatten()
    {
        if entry.path().is_file() {
            close(&entry.path(), 0o644);
        }
    }
    close(&top.join("pki/sa.key"), 0o000);
    close(&top.join("pki/etcd"), 0o000);
    symlink("/nowhere", top.join("pki/dangling.key")).expect("linked");
    let output = verify(&lab, &[host], &["-o", "json"]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let told = document(&output);
    let findings = found(&told["hosts"][0]["findings"]);
    for unreadable in ["unreadable pki/sa.key", "unreadable pki/etcd"] {
        assert!(findings.iter().any(|it| it == unreadable), "{findings:?}");
    }
    close(&top.join("pki/etcd"), 0o755);
}

#[test]
fn a_host_that_is_not_there_hides_no_other() {
    let Some(lab) = Lab::new() else { return };
    let hosts = masters(&lab);
    lab.describe("m9", 1);
    let output = verify(&lab, &hosts, &["--ssh", "m9", "-o", "json"]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let told = document(&output);
    assert_eq!(told["complete"], false);
    let gone = &told["hosts"][3];
    assert_eq!(gone["directory"], "ssh://m9/etc/kubernetes");
    assert_eq!(gone["notChecked"][0]["what"], "the whole tree");
    assert!(
        told["hosts"][0]["checked"]
            .as_u64()
            .is_some_and(|checked| checked > 300)
    );
}

#[test]
fn a_clock_that_is_wrong_is_told() {
    let Some(lab) = Lab::new() else { return };
    let without = lab.path("stubs");
    fs::create_dir(&without).expect("mkdir");
    let date = "#!/bin/sh\necho $(($(/bin/date -u +%s) - 7500))\n";
    fs::write(without.join("date"), date).expect("write");
    make_program(&without.join("date"));
    let login = format!(
        "PATH={}:$PATH exec sh -c \"$SSH_ORIGINAL_COMMAND\"",
        without.display()
    );
    let host = lab.host_with_login("m1", &login);
    install(&of_host("m1"), &kubernetes(&host));
    let told = document(&verify(&lab, &[host], &["-o", "json"]));
    let finding = &told["hosts"][0]["findings"][0];
    assert_eq!(finding["rule"], "host-clock");
    let message = "the clock of the host is 2h behind the one of this check";
    assert_eq!(finding["message"], message);
    assert_eq!(finding["severity"], "warning");
}
