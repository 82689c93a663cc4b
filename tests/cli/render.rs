//! `kpki render`: the files of whole clusters, and what is said of them.

mod changes;
mod commands;
mod etcd;
mod hosts;
mod order;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::common::{Output, fixture, run};
use crate::golden::golden;
use crate::setup::{NOW, Place, assert_no_secrets};

/// The clusters of `fixtures/render`, each with the tree that belongs to it.
const CLUSTERS: [&str; 3] = ["guide", "kube-vip", "newest"];

/// A place with a cluster file and a CA.
fn place(cluster: &str) -> Place {
    let place = Place::new();
    let file = fixture("render").join(cluster).join("cluster.yaml");
    fs::copy(file, place.join("cluster.yaml")).expect("copied");
    // There is a password in one of them.
    let mode = fs::Permissions::from_mode(0o600);
    fs::set_permissions(place.join("cluster.yaml"), mode).expect("ours");
    fs::create_dir_all(place.join("out/shared")).expect("made");
    let ca = fixture("kubeadm/sample/pki/ca.crt");
    fs::copy(ca, place.join("out/shared/ca.crt")).expect("copied");
    place
}

fn render(place: &Place, more: &[&str]) -> Output {
    let arguments = ["render", "-f", "cluster.yaml", "--out", "out", "--now", NOW];
    run(place.command(&arguments).args(more))
}

/// Every file below a directory, by its path in it.
fn files(directory: &Path) -> Vec<(String, PathBuf)> {
    let mut found = Vec::new();
    let mut folders = vec![directory.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten() {
            let path = entry.expect("our own directory").path();
            match path.is_dir() {
                true => folders.push(path),
                false => {
                    let below = path.strip_prefix(directory).expect("below it");
                    found.push((below.to_str().expect("UTF-8").to_owned(), path));
                }
            }
        }
    }
    found.sort();
    found
}

#[test]
fn trees_of_whole_clusters() {
    for cluster in CLUSTERS {
        let place = place(cluster);
        let output = render(&place, &[]);
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        golden(
            &format!("render-{cluster}.txt"),
            &place.plain(&output.stdout),
        );
        assert_no_secrets(&output);
        assert!(!output.stdout.contains("4be37dc3"), "{}", output.stdout);
        let kept = fixture("render").join(cluster).join("tree");
        let made = place.join("out");
        if std::env::var_os("KPKI_BLESS").is_some() {
            let _ = fs::remove_dir_all(&kept);
        }
        for (name, path) in files(&made) {
            if name == "shared/ca.crt" {
                continue;
            }
            let text = fs::read_to_string(&path).expect("a text");
            let mode = fs::metadata(&path).expect("there").permissions().mode() & 0o777;
            let expected_mode = match name.rsplit('/').next() {
                Some("check_apiserver.sh") => 0o755,
                Some("keepalived.conf") if cluster == "guide" => 0o600,
                _ => 0o644,
            };
            assert_eq!(mode, expected_mode, "{name}");
            let target = kept.join(&name);
            if std::env::var_os("KPKI_BLESS").is_some() {
                fs::create_dir_all(target.parent().expect("a parent")).expect("made");
                fs::write(&target, &text).expect("fixtures can be written");
            }
            let expected = fs::read_to_string(&target).unwrap_or_default();
            assert_eq!(
                text, expected,
                "{cluster}: {name}; KPKI_BLESS=1 takes what is made now"
            );
        }
        let names = |directory: &Path| -> Vec<String> {
            let files = files(directory).into_iter().map(|(name, _)| name);
            files.filter(|name| name != "shared/ca.crt").collect()
        };
        assert_eq!(names(&made), names(&kept), "{cluster}");
    }
}

#[test]
fn what_is_there_is_kept_or_replaced() {
    let place = place("guide");
    let dry = render(&place, &["--dry-run", "-o", "json"]);
    let report: Value = serde_json::from_str(&dry.stdout).expect("JSON");
    assert_eq!(report["schema"], "kpki.render/v1");
    assert_eq!(report["dryRun"], true);
    assert!(!place.join("out/master-0").exists());
    golden("render.json", &place.plain(&dry.stdout));
    assert_eq!(render(&place, &[]).status.code(), Some(0));
    let before = place.contents();
    let again = render(&place, &[]);
    assert!(again.stdout.contains("17 kept: nothing to do"), "{again:?}");
    assert_eq!(place.contents(), before);
    let unit = place.join("out/master-1/etc/systemd/system/etcd.service");
    fs::write(&unit, "mine").expect("written");
    let changed = render(&place, &[]);
    golden("render-replaced.txt", &place.plain(&changed.stdout));
    assert_ne!(fs::read(&unit).expect("there"), b"mine");
    let backup = place.join("out/kpki-backup-20261122T191500Z/master-1/etc/systemd/system");
    assert_eq!(
        fs::read(backup.join("etcd.service")).expect("kept"),
        b"mine"
    );
}

#[test]
fn questions_leave_nothing_behind() {
    let place = Place::new();
    for (text, message) in [
        (
            "apiVersion: kpki.dev/v1alpha1\nkind: Hosts\nhosts:\n\
             - {name: a, address: 10.0.0.1}\n- {name: b, address: 10.0.0.2}\n",
            "hint: write ",
        ),
        (
            "apiVersion: kubeadm.k8s.io/v1beta2\nkind: ClusterConfiguration\n\
             kubernetesVersion: v1.36.0\nimageRepository: r\n---\n\
             apiVersion: kpki.dev/v1alpha1\nkind: Hosts\nhosts:\n- {name: a, address: 10.0.0.1}\n",
            "error: the file is of kubeadm.k8s.io/v1beta2, and kubeadm.k8s.io/v1beta4 has another \
             place for imageRepository hint: ",
        ),
    ] {
        fs::write(place.join("cluster.yaml"), text).expect("written");
        for command in ["render", "gen --render"] {
            let words: Vec<_> = command.split(' ').collect();
            let arguments = ["-f", "cluster.yaml", "--out", "out", "--now", NOW];
            let output = run(place.command(&words).args(arguments));
            assert_eq!(output.status.code(), Some(2), "{output:?}");
            // A long message is broken for the terminal.
            let words: Vec<_> = output.stderr.split_whitespace().collect();
            assert!(words.join(" ").contains(message), "{output:?}");
            assert!(output.stderr.contains("hint: "), "{output:?}");
            assert!(!place.join("out").exists());
        }
    }
}

#[test]
fn what_is_in_the_way_stays() {
    let place = place("guide");
    fs::create_dir_all(place.join("out/RUNBOOK.md")).expect("made");
    let output = render(&place, &[]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(!place.join("out/master-0").exists());
    fs::remove_dir(place.join("out/RUNBOOK.md")).expect("removed");
    let elsewhere = place.join("elsewhere");
    fs::write(&elsewhere, "mine").expect("written");
    std::os::unix::fs::symlink(&elsewhere, place.join("out/RUNBOOK.md")).expect("a link");
    let output = render(&place, &[]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(
        output.stderr.contains("it is a symbolic link"),
        "{output:?}"
    );
    assert_eq!(fs::read(&elsewhere).expect("there"), b"mine");
}

#[test]
fn with_gen_in_one_step() {
    let place = Place::new();
    let file = fixture("render/newest/cluster.yaml");
    fs::copy(file, place.join("cluster.yaml")).expect("copied");
    let arguments = ["-f", "cluster.yaml", "--out", "out", "--render"];
    let output = run(&mut place.gen_command(&[&arguments[..], &["-o", "json"]].concat()));
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let report: Value = serde_json::from_str(&output.stdout).expect("JSON");
    assert_eq!(report["rendered"]["schema"], "kpki.render/v1");
    let hash = run(&mut place.command(&["hash", "-q", "out"]));
    let join = place.join("out/worker-0/etc/kubernetes/kubeadm-join.yaml");
    let join = fs::read_to_string(join).expect("rendered");
    assert!(join.contains(hash.stdout.trim()), "{join}");
    let before = place.contents();
    let again = run(&mut place.gen_command(&arguments));
    assert_eq!(again.status.code(), Some(0), "{again:?}");
    assert!(again.stdout.contains("14 kept: nothing to do"), "{again:?}");
    assert_eq!(place.contents(), before);
    // Rendered alone it finds the same.
    let alone =
        run(&mut place.command(&["render", "-f", "cluster.yaml", "--out", "out", "--now", NOW]));
    assert!(alone.stdout.contains("14 kept: nothing to do"), "{alone:?}");
}
