//! Rendering again after the description changed.

use std::fs;

use serde_json::Value;

use super::render;
use crate::common::run;
use crate::golden::golden;
use crate::setup::{NOW, Place};

/// Three masters, with these flags of `kpki init`, generated and rendered.
pub(super) fn made(flags: &[&str]) -> Place {
    let place = Place::new();
    let masters = ["m0=10.0.0.10", "m1=10.0.0.11", "m2=10.0.0.12"];
    let masters = masters.into_iter().flat_map(|host| ["--host", host]);
    let mut init = place.command(&["init", "--interface", "eth0", "--out", "cluster.yaml"]);
    let output = run(init.args(masters).args(flags));
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let output = run(&mut place.gen_command(&["-f", "cluster.yaml", "--out", "out", "--render"]));
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    place
}

pub(super) fn replace(place: &Place, from: &str, to: &str) {
    let path = place.join("cluster.yaml");
    let text = fs::read_to_string(&path).expect("written by us");
    assert!(text.contains(from), "{text}");
    fs::write(path, text.replace(from, to)).expect("ours");
}

/// The words of a report, each of these after the one before.
pub(super) fn in_order(stdout: &str, wanted: &[&str]) {
    let words: Vec<_> = stdout.split_whitespace().collect();
    let text = words.join(" ");
    let mut rest = text.as_str();
    for part in wanted {
        let found = rest.split_once(part);
        (_, rest) = found.unwrap_or_else(|| panic!("{part:?} is not there, or too early: {text}"));
    }
}

#[test]
fn what_does_not_fit_any_more_is_named() {
    let place = made(&["--virtual-ip", "10.0.0.100", "--load-balancer", "kube-vip"]);
    let json = |more: &[&str]| -> Value {
        let output = render(&place, &[&["-o", "json"], more].concat());
        serde_json::from_str(&output.stdout).expect("JSON")
    };
    for nothing in ["certificates", "services", "leftovers"] {
        assert_eq!(json(&[])[nothing], serde_json::json!([]), "{nothing}");
    }
    replace(&place, "10.0.0.100", "10.0.0.200");
    replace(&place, "type: kube-vip", "type: keepalived");
    fs::create_dir_all(place.join("out/m9/etc/kubernetes/pki")).expect("made");
    fs::create_dir_all(place.join("out/notes/of/mine")).expect("made");
    let before = json(&["--dry-run"]);
    let output = render(&place, &[]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    golden("render-changed.txt", &place.plain(&output.stdout));
    let after = json(&[]);
    for same in ["certificates", "leftovers"] {
        assert_eq!(before[same], after[same], "{same}");
    }
    assert!(
        place
            .join("out/m1/etc/kubernetes/manifests/kube-vip.yaml")
            .exists()
    );
    // The command that is named mends it.
    let gen_again = ["-f", "cluster.yaml", "--out", "out", "--reissue"];
    let output = run(&mut place.gen_command(&gen_again));
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(json(&[])["certificates"], serde_json::json!([]));
}

#[test]
fn a_new_host_and_another_ca_of_peers() {
    let flags = ["--virtual-ip", "10.0.0.100", "--etcd", "external"];
    let place = made(&flags);
    replace(&place, "peers: common-name", "peers: own-ca");
    replace(
        &place,
        "  - name: m2\n",
        "  - name: m3\n    address: 10.0.0.13\n    roles: [control-plane]\n  - name: m2\n",
    );
    let output = render(&place, &["--dry-run"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let lines: Vec<_> = output.stdout.split_whitespace().collect();
    let text = lines.join(" ");
    for expected in [
        "note: shared does not fit the description: etcd/peer-ca.crt (it is missing)",
        "note: m3: it has no certificates yet",
        "next: kpki gen -f cluster.yaml --out out --reissue, for the certificates",
    ] {
        assert!(text.contains(expected), "{expected}: {text}");
    }
    let again = render(&place, &[]);
    let lines: Vec<_> = again.stdout.split_whitespace().collect();
    let text = lines.join(" ");
    // No member trusts both CAs.
    for expected in [
        "another CA of the peers is an outage of etcd",
        "Stop etcd on all of m0, m1, m2: ssh root@10.0.0.10 'systemctl stop etcd'",
        "systemctl daemon-reload && systemctl start --no-block etcd",
    ] {
        assert!(text.contains(expected), "{expected}: {text}");
    }
    assert!(!text.contains("one host after the other"), "{text}");
}

#[test]
fn a_new_member_is_added_and_another_daemon_ends() {
    let place = made(&["--virtual-ip", "10.0.0.100", "--etcd", "external"]);
    replace(
        &place,
        "  - name: m2\n",
        "  - name: m3\n    address: 10.0.0.13\n    roles: [control-plane, etcd]\n  - name: m2\n",
    );
    replace(
        &place,
        "https://10.0.0.12:2379",
        "https://10.0.0.12:2379, https://10.0.0.13:2379",
    );
    replace(&place, "# type: keepalived | ", "type: kube-vip # ");
    let output = render(&place, &[]);
    in_order(
        &output.stdout,
        &[
            "end what ran by files of an earlier rendering, if it runs on m0, m1, m2: ssh root@10.0.0.10 'systemctl disable --now keepalived'",
            "bring etc/kubernetes/manifests/kube-vip.yaml to m0, m1, m2, where it takes effect at once",
            "sed s/super-admin.conf/admin.conf/ m0/etc/kubernetes/manifests/kube-vip.yaml | ssh root@10.0.0.10 ",
            "write 'etcd: {state: existing}'",
            " member add m3 --peer-urls=https://10.0.0.13:2380",
            "systemctl enable --now etcd",
            "get --raw /healthz",
            "kubeadm init phase upload-config kubeadm",
            "m3 joins the cluster",
        ],
    );
}

#[test]
fn what_is_to_be_done_stays_until_it_is_removed() {
    let place = made(&["--virtual-ip", "10.0.0.100"]);
    let file = place.join("out/CHANGES.md");
    let both = [
        "-f",
        "cluster.yaml",
        "--out",
        "out",
        "--render",
        "--reissue",
    ];
    let again = || run(&mut place.gen_command(&both));
    assert!(again().stdout.contains("kept: nothing to do"));
    assert!(!file.exists());
    replace(&place, "10.0.0.100", "10.0.0.200");
    let steps = [
        "kpki copy --from . --with-host-certs --replace-kubeconfigs --to m0=root@10.0.0.10 ",
        "tar -C m0 -cf - etc/keepalived/keepalived.conf | ssh root@10.0.0.10 'tar -C / ",
        " && systemctl reload keepalived'",
        "restart what uses the replaced files: kube-apiserver",
        "ssh root@10.0.0.10 'crictl stop $(crictl ps -q --name kube-apiserver)' ssh root@10.0.0.10 'sleep 30; until kubectl ",
        "have the cluster know https://10.0.0.200:6443, too",
    ];
    in_order(&again().stdout, &steps);
    let first = fs::read_to_string(&file).expect("written");
    in_order(
        &first,
        &[
            "remove this file when all is done",
            "## 2026-11-22T19:15:00Z",
            "1. ",
        ],
    );
    in_order(&first, &steps);
    for unchanged in [again(), render(&place, &[])] {
        let pending = "CHANGES.md has what is still to be done";
        in_order(&unchanged.stdout, &["nothing to do", "next:", pending]);
        assert_eq!(fs::read_to_string(&file).expect("there"), first);
    }
    // kpki gen alone says it too.
    let only = [
        "-f",
        "cluster.yaml",
        "--out",
        "out",
        "--only",
        "apiserver",
        "--reissue",
    ];
    in_order(
        &run(&mut place.gen_command(&only)).stdout,
        &[
            "CHANGES.md has what",
            "bring each tree to its host (m0, m1, m2), but where that file brings them",
        ],
    );
    replace(&place, "10.0.0.200", "10.0.0.201");
    again();
    let second = fs::read_to_string(&file).expect("there");
    assert!(
        second.starts_with(&first) && second.len() > first.len(),
        "{second}"
    );
    fs::remove_file(&file).expect("ours");
    assert!(!again().stdout.contains("CHANGES.md"));
    assert!(!file.exists());
    fs::create_dir(&file).expect("ours");
    replace(&place, "10.0.0.201", "10.0.0.202");
    let message = place.refused(&mut place.gen_command(&both));
    assert!(
        message.contains("CHANGES.md': it is a directory"),
        "{message}"
    );
}

#[test]
fn only_what_reads_a_replaced_file_is_restarted() {
    let place = made(&["--virtual-ip", "10.0.0.100", "--etcd", "external"]);
    let reissued = |row: &str| {
        let only = [
            "-f",
            "cluster.yaml",
            "--out",
            "out",
            "--reissue",
            "--only",
            row,
        ];
        let output = run(&mut place.gen_command(&only));
        assert!(output.stdout.contains(" replaced, "), "{output:?}");
        let mut lines = output.stdout.lines();
        lines.find_map(|line| {
            let said = line.split_once("replaced files: ")?.1;
            Some(said.split([',', ':']).next()?.to_owned())
        })
    };
    assert_eq!(reissued("admin.conf"), None);
    assert_eq!(reissued("etcd/peer"), None);
    assert_eq!(reissued("kubelet.conf").as_deref(), Some("kubelet"));
    let client = reissued("apiserver-etcd-client");
    assert_eq!(client.as_deref(), Some("kube-apiserver"));
}

#[test]
fn super_admin_is_for_the_first_init_alone() {
    let version = ["--kubernetes-version", "1.28.4"];
    let balancer = ["--virtual-ip", "10.0.0.100", "--load-balancer", "kube-vip"];
    let place = made(&[&version[..], &balancer].concat());
    replace(&place, "1.28.4", "1.30.2");
    let newer = render(&place, &[]);
    in_order(
        &newer.stdout,
        &[
            "nothing for etc/kubernetes/manifests/kube-vip.yaml of m0: super-admin.conf is for the first 'kubeadm init'",
        ],
    );
    assert!(!newer.stdout.contains("takes effect at once"), "{newer:?}");
    replace(&place, "10.0.0.100", "10.0.0.101");
    in_order(
        &render(&place, &[]).stdout,
        &[
            "takes effect at once",
            "sed s/super-admin.conf/admin.conf/ m0/etc/kubernetes/manifests/kube-vip.yaml | ssh root@10.0.0.10 ",
            "tar -C m1 -cf - etc/kubernetes/manifests/kube-vip.yaml | ssh root@10.0.0.11 ",
        ],
    );
}

#[test]
fn what_cannot_be_installed_is_refused_and_what_is_missing_is_named() {
    let place = Place::new();
    let flags = ["--host", "m0=10.0.0.10", "--out", "out"];
    let elsewhere = ["--cert-dir", "/srv/k8s/pki"];
    for command in ["render", "gen"] {
        let more = (command == "gen").then_some("--render");
        let refused = place.refused(
            place
                .command(&[command])
                .args(flags)
                .args(elsewhere)
                .args(more),
        );
        assert!(refused.contains("certificatesDir is"), "{refused}");
        assert!(!place.join("out").exists());
    }
    let output = run(place.command(&["render"]).args(flags));
    let lines: Vec<_> = output.stdout.split_whitespace().collect();
    assert!(
        lines
            .join(" ")
            .contains("next: kpki gen --out out --render with the same flags"),
        "{output:?}"
    );
}

#[test]
fn a_password_is_for_its_owner() {
    let place = made(&["--virtual-ip", "10.0.0.100"]);
    let quiet = render(&place, &[]);
    assert!(!quiet.stdout.contains("chmod"), "{quiet:?}");
    let mut open = fs::metadata(place.join("cluster.yaml"))
        .expect("there")
        .permissions();
    std::os::unix::fs::PermissionsExt::set_mode(&mut open, 0o644);
    fs::set_permissions(place.join("cluster.yaml"), open).expect("ours");
    let said = render(&place, &[]);
    let lines: Vec<_> = said.stdout.split_whitespace().collect();
    assert!(
        lines.join(" ").contains(
            "note: cluster.yaml has a password, authPass, and others than its owner may read it: chmod 600 cluster.yaml"
        ),
        "{said:?}"
    );
}

#[test]
fn an_old_stacked_etcd_is_refused_and_its_certificates_are_not() {
    let place = Place::new();
    let hosts = ["--host", "m0=10.0.0.10", "--host", "m1=10.0.0.11"];
    let flags = [
        &hosts[..],
        &[
            "--control-plane-endpoint",
            "10.0.0.100",
            "--kubernetes-version",
            "1.12",
        ],
    ]
    .concat();
    let message = place.refused(place.command(&["init"]).args(&flags));
    let words: Vec<_> = message.split_whitespace().collect();
    let words = words.join(" ");
    assert!(
        words.starts_with("error: etcd.external: kubeadm of Kubernetes v1.12 joins no members"),
        "{words}"
    );
    assert!(
        words.contains("hint: say --etcd external, or --kubernetes-version 1.13 or later"),
        "{words}"
    );
    let out = ["--out", "out", "--render"];
    let message = place.refused(place.gen_command(&flags).args(out));
    assert!(message.contains("--etcd external"), "{message}");
    let made = run(place.gen_command(&flags).args(&out[..2]));
    assert_eq!(made.status.code(), Some(0), "{made:?}");
}

#[test]
fn names_that_other_files_have_are_taken() {
    let place = Place::new();
    for name in ["shared", "kpki-backup-1", "runbook.md", "changes.md"] {
        let host = format!("{name}=10.0.0.10");
        let message = place.refused(&mut place.gen_command(&["--host", &host, "--out", "out"]));
        let words: Vec<_> = message.split_whitespace().collect();
        assert!(
            words
                .join(" ")
                .contains("RUNBOOK.md, CHANGES.md and kpki-backup-* are taken"),
            "{message}"
        );
        let render = ["render", "--host", &host, "--out", "out", "--now", NOW];
        place.refused(&mut place.command(&render));
    }
}
