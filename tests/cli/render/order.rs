//! The order of what a change asks for, and that all of it is said and written.

use std::fs;

use serde_json::Value;

use super::changes::{in_order, made, replace};
use super::hosts::again;
use super::render;
use crate::common::run;
use crate::setup::Place;

/// A cluster of these flags of `kpki init`, generated and rendered.
fn cluster(flags: &[&str]) -> Place {
    let place = Place::new();
    described(&place, flags);
    let first = ["-f", "cluster.yaml", "--out", "out", "--render"];
    assert_eq!(run(&mut place.gen_command(&first)).status.code(), Some(0));
    place
}

fn described(place: &Place, flags: &[&str]) {
    let _ = fs::remove_file(place.join("cluster.yaml"));
    let mut init = place.command(&["init", "--interface", "eth0", "--out", "cluster.yaml"]);
    let output = run(init.args(flags));
    assert_eq!(output.status.code(), Some(0), "{output:?}");
}

/// The commands in CHANGES.md.
fn commands(changes: &str) -> Vec<&str> {
    let mut is_command = false;
    let lines = changes.lines().map(str::trim_start);
    let commands = lines.filter(|line| {
        let is_fence = line.starts_with("```");
        is_command ^= is_fence;
        is_command && !is_fence
    });
    commands.collect()
}

#[test]
fn what_is_written_is_printed_and_foreseen() {
    let place = made(&["--virtual-ip", "10.0.0.100"]);
    replace(&place, "10.0.0.12", "10.0.0.22");
    let next = |more: &[&str]| -> String {
        let output = render(&place, &[&["-o", "json"], more].concat());
        let report: Value = serde_json::from_str(&output.stdout).expect("JSON");
        let next = report["next"].as_array().expect("a list");
        let next: Vec<_> = next.iter().filter_map(Value::as_str).collect();
        next.join("\n")
    };
    let foreseen = next(&["--dry-run"]);
    let printed = next(&[]);
    let changes = fs::read_to_string(place.join("out/CHANGES.md")).expect("written");
    let commands = commands(&changes);
    let (made, others) = commands.split_first().expect("commands");
    assert_eq!(*made, "kpki gen -f ../cluster.yaml --out . --reissue");
    assert!(others.len() > 5, "{changes}");
    for command in others {
        for said in [&foreseen, &printed] {
            assert!(said.contains(command), "{command}: {said}");
        }
    }
    in_order(
        &foreseen,
        &[
            "run it again without --dry-run",
            "what follows would be asked for",
            "m2 has another address",
        ],
    );
    in_order(&printed, &["CHANGES.md as well", "m2 has another address"]);
    assert!(!printed.contains("of m2: kubeadm reads"), "{printed}");
    // kpki gen says it as well.
    let place = made_again();
    let dry = [
        "-f",
        "cluster.yaml",
        "--out",
        "out",
        "--render",
        "--reissue",
        "--dry-run",
    ];
    let output = run(&mut place.gen_command(&dry));
    in_order(
        &output.stdout,
        &["asked for then", "kpki copy --from .", "systemctl reload"],
    );
    assert!(!place.join("out/CHANGES.md").exists());
}

fn made_again() -> Place {
    let place = made(&["--virtual-ip", "10.0.0.100"]);
    replace(&place, "10.0.0.100", "10.0.0.200");
    place
}

#[test]
fn a_cluster_knows_its_shared_address_before_hosts_join() {
    let place = cluster(&["--host", "m0=10.0.0.10"]);
    let hosts = ["m0=10.0.0.10", "m1=10.0.0.11", "m2=10.0.0.12"];
    let hosts = hosts.into_iter().flat_map(|host| ["--host", host]);
    let flags: Vec<_> = hosts.chain(["--virtual-ip", "10.0.0.100"]).collect();
    described(&place, &flags);
    let changes = again(&place);
    in_order(
        &changes,
        &[
            "1. bring etc/keepalived/keepalived.conf",
            "2. bring each tree to its host (m0)",
            "3. restart what uses the replaced files",
            "4. have the cluster know https://10.0.0.100:6443",
            "get cm cluster-info",
            "rollout restart daemonset kube-proxy",
            "5. have the cluster keep what is new",
            "kubeadm init phase upload-config kubeadm --config /etc/kubernetes/kubeadm-config.yaml",
            "6. bring m1 its files",
            "rm -f /etc/kubernetes/kubelet.conf",
            "m1 joins the cluster",
            "m2 joins the cluster",
        ],
    );
    // Those that join have no kubelet.conf yet.
    assert!(!changes.contains("#server: "), "{changes}");
}

#[test]
fn every_host_has_its_command() {
    let hosts: Vec<_> = (0..6).map(|n| format!("m{n}=10.0.0.1{n}")).collect();
    let members: Vec<_> = (0..3).map(|n| format!("e{n}=10.0.0.3{n}")).collect();
    let mut flags = vec!["--virtual-ip", "10.0.0.100", "--etcd", "external"];
    flags.extend(hosts.iter().flat_map(|host| ["--host", host.as_str()]));
    flags.extend(
        members
            .iter()
            .flat_map(|host| ["--etcd-host", host.as_str()]),
    );
    let place = cluster(&flags);
    replace(&place, "10.0.0.100", "10.0.0.200");
    let only = [
        "-f",
        "cluster.yaml",
        "--out",
        "out",
        "--only",
        "etcd/peer,apiserver",
        "--reissue",
    ];
    let output = run(&mut place.gen_command(&[&only[..], &["--render"]].concat()));
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let changes = fs::read_to_string(place.join("out/CHANGES.md")).expect("written");
    for n in 0..6 {
        assert!(
            changes.contains(&format!(" --to m{n}=root@10.0.0.1{n}")),
            "{changes}"
        );
    }
    for n in 0..3 {
        let tar = format!(
            "tar -C e{n} -cf - etc/kubernetes/pki | ssh root@10.0.0.3{n} 'tar -C / --no-same-owner --no-overwrite-dir -xpf -'"
        );
        assert!(changes.contains(&tar), "{tar}: {changes}");
    }
    assert_eq!(
        changes.matches("kpki copy --from . ").count(),
        2,
        "{changes}"
    );
}

#[test]
fn replaced_certificates_alone_are_a_change() {
    let hosts = ["--host", "m0=10.0.0.10", "--host", "m1=10.0.0.11"];
    let balancer = [
        "--load-balancer",
        "external",
        "--control-plane-endpoint",
        "lb.example.com",
    ];
    let place = cluster(&[&hosts[..], &balancer].concat());
    let only = [
        "-f",
        "cluster.yaml",
        "--out",
        "out",
        "--only",
        "apiserver",
        "--reissue",
    ];
    let output = run(&mut place.gen_command(&[&only[..], &["--render"]].concat()));
    in_order(&output.stdout, &["on hosts that run do what follows"]);
    let changes = fs::read_to_string(place.join("out/CHANGES.md")).expect("written");
    in_order(
        &changes,
        &[
            "bring each tree to its host (m0, m1)",
            "ssh root@10.0.0.10 'crictl stop",
            "https://10.0.0.10:6443 get --raw /healthz",
            "ssh root@10.0.0.11 'crictl stop",
        ],
    );
}

#[test]
fn haproxy_ends_when_nobody_knows_its_port() {
    let place = made(&[
        "--virtual-ip",
        "10.0.0.100",
        "--control-plane-endpoint",
        "10.0.0.100:8443",
    ]);
    replace(&place, "10.0.0.100:8443", "10.0.0.100:6443");
    in_order(
        &again(&place),
        &[
            "bring etc/keepalived/check\\_apiserver.sh",
            "have the cluster know https://10.0.0.100:6443",
            "when nobody asks it any more end what ran",
            "systemctl disable --now haproxy",
        ],
    );
}

#[test]
fn the_same_steps_again_are_another_change() {
    let place = made(&["--virtual-ip", "10.0.0.100"]);
    let file = place.join("out/CHANGES.md");
    let password = |new: &str| {
        let path = place.join("cluster.yaml");
        let text = fs::read_to_string(&path).expect("there");
        let lines = text
            .lines()
            .map(|line| match line.trim_start().starts_with("authPass:") {
                true => format!("  authPass: {new}\n"),
                false => format!("{line}\n"),
            });
        fs::write(&path, lines.collect::<String>()).expect("ours");
    };
    for (count, new) in [(1, "aaaaaaaa"), (2, "bbbbbbbb")] {
        password(new);
        let changes = again(&place);
        assert_eq!(changes.matches("\n## ").count(), count, "{changes}");
    }
    // Somebody else's is no list of ours.
    fs::write(&file, "# Changes of mine\n").expect("ours");
    let quiet = render(&place, &[]);
    assert!(!quiet.stdout.contains("CHANGES.md"), "{quiet:?}");
    password("cccccccc");
    let message = place.refused(
        place
            .command(&["render", "-f", "cluster.yaml", "--out", "out"])
            .args(["--now", crate::setup::NOW]),
    );
    assert!(message.contains("it is not kpki's"), "{message}");
    assert_eq!(
        fs::read_to_string(&file).expect("there"),
        "# Changes of mine\n"
    );
}
