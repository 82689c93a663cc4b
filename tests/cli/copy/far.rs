//! Hosts as somebody meets them whose login or network is not as it should be. The ssh
//! of these tests runs what comes on this machine.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::Value;

use super::fleet;
use crate::common::program::installed;
use crate::common::{Output, run};
use crate::setup::{NOW, Place, assert_no_secrets};

/// Hosts that are called gone refuse the connection; on the others somebody logs in
/// who is not root.
const SSH: &str = r#"#!/bin/sh
for word; do
  if [ "$last" = -E ]; then log=$word; fi
  case $word in -G) exit 255 ;; gone*) gone=$word ;; esac
  last=$word
done
if [ "$gone" ]; then
  echo "ssh: connect to host $gone port 22: Connection refused" >>"$log"
  exit 255
fi
if [ "$(id -u)" = 0 ]; then
  exec setpriv --reuid 65534 --regid 65534 --clear-groups /bin/sh -c "$last"
fi
exec /bin/sh -c "$last"
"#;

fn place() -> Place {
    let place = fleet("pki", &[]);
    // Whoever logs in has to get there.
    mode(&place, "", 0o755);
    place
}

fn mode(place: &Place, path: &str, mode: u32) {
    let mode = fs::Permissions::from_mode(mode);
    fs::set_permissions(place.join(path), mode).expect("changed");
}

fn kpki(place: &Place, arguments: &[&str]) -> Output {
    let mut command = place.command_with_ssh(SSH, arguments);
    let output = run(command.args(["--now", NOW]));
    assert_no_secrets(&output);
    output
}

#[test]
fn keys_that_the_login_cannot_read_ask_for_sudo() {
    if !installed(&["setpriv"]) {
        return;
    }
    let place = place();
    let tree = place.join("there/etc/kubernetes");
    fs::create_dir_all(tree.join("pki")).expect("our own directory");
    for name in ["ca.crt", "ca.key"] {
        let from = place.join("pki/shared").join(name);
        fs::copy(from, tree.join("pki").join(name)).expect("made before");
    }
    mode(&place, "there/etc/kubernetes/pki/ca.key", 0);
    let to = format!("w1:{}", tree.join("pki").display());
    let output = kpki(&place, &["copy", "--from", "pki", "--to", &to]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let said = &output.stdout;
    assert!(said.contains("Permission denied"), "{said}");
    assert!(said.contains("add --sudo"), "{said}");
    assert!(!said.contains("move it away"), "{said}");

    let tree = format!("w1:{}", tree.display());
    let output = kpki(&place, &["verify", "--ssh", &tree]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let said = &output.stdout;
    assert!(said.contains("--sudo"), "{said}");
    // There need not be any kpki there.
    assert!(!said.contains("sudo kpki"), "{said}");
}

#[test]
fn hosts_that_fail_alike_are_told_together() {
    let place = place();
    let hosts: Vec<_> = (1..=40).map(|number| format!("gone{number}")).collect();
    let mut arguments = vec!["copy", "--from", "pki"];
    for host in &hosts {
        arguments.extend(["--to", host]);
    }
    let output = kpki(&place, &arguments);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let said = &output.stdout;
    assert_eq!(said.matches("Connection refused").count(), 1, "{said}");
    assert!(said.contains("40 hosts failed"), "{said}");
    for host in &hosts {
        assert!(said.contains(host), "{host}: {said}");
    }
    // Each of them for a program.
    let output = kpki(&place, &[&arguments[..], &["-o", "json"]].concat());
    assert_eq!(output.stdout.matches("Connection refused").count(), 40);
}

#[test]
fn what_a_run_would_fail_with_is_said_without_one() {
    if !installed(&["setpriv"]) {
        return;
    }
    let place = place();
    for directory in ["closed/pki", "other/things"] {
        fs::create_dir_all(place.join(directory)).expect("our own directory");
    }
    mode(&place, "closed", 0o555);
    mode(&place, "closed/pki", 0o555);
    // It need not be mended: no file goes there.
    for directory in ["other/etcd", "data/etcd/member"] {
        fs::create_dir_all(place.join(directory)).expect("our own directory");
    }
    mode(&place, "other/etcd", 0o777);
    mode(&place, "data/etcd", 0o777);
    for (directory, words) in [
        ("closed/pki", "permission denied"),
        ("closed/new/pki", "permission denied"),
        ("other", "has something else in it than certificates"),
        ("data", "has something else in it than certificates"),
    ] {
        let to = format!("w1:{}", place.join(directory).display());
        // The ssh of these tests is made by the first run.
        kpki(&place, &["copy", "--help"]);
        let before = place.contents();
        let [shown, run] = [&["--dry-run"][..], &[]].map(|more| {
            let words = ["copy", "--from", "pki", "--to", &to, "-o", "json"];
            let output = kpki(&place, &[&words[..], more].concat());
            assert_eq!(output.status.code(), Some(2), "{output:?}");
            let report: Value = serde_json::from_str(&output.stdout).expect("one document");
            report["hosts"][0]["error"].clone()
        });
        assert!(
            place.contents() == before,
            "{directory}: something was written"
        );
        assert_eq!(shown, run, "{directory}");
        assert!(
            run["message"].to_string().contains(words),
            "{directory}: {run}"
        );
    }
}

/// As on the first master, with the description of the cluster.
#[test]
fn the_host_that_is_the_source_is_left_out() {
    let place = place();
    let certificates = place.join("pki/m0/etc/kubernetes/pki");
    let description = |more: &str| {
        let cluster = format!(
            "apiVersion: kubeadm.k8s.io/v1beta3\nkind: ClusterConfiguration\ncertificatesDir: {}\n---\n\
             apiVersion: kpki.dev/v1alpha1\nkind: Hosts\nhosts:\n  - {{name: m0, address: 10.0.0.10}}\n{more}",
            certificates.display()
        );
        fs::write(place.join("cluster.yaml"), cluster).expect("ours");
    };
    let from = certificates.to_str().expect("text");
    let copy = ["copy", "--from", from, "-f", "cluster.yaml", "-o", "json"];
    description("  - {name: gone1, address: 10.0.0.11}\n");
    let report: Value = serde_json::from_str(&kpki(&place, &copy).stdout).expect("one document");
    let hosts = report["hosts"].as_array().expect("a list").iter();
    let names: Vec<_> = hosts.map(|host| host["name"].as_str()).collect();
    assert_eq!(names, [Some("gone1")], "{report:#}");
    let notes = report["notes"].to_string();
    assert!(notes.contains("m0 is this host, and the source"), "{notes}");
    // Nobody is left.
    description("");
    let output = kpki(&place, &copy);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(
        output.stdout.contains("nothing says where the files go"),
        "{output:?}"
    );
}
