//! Commands of the runbook that change files, carried out.

use std::fs;
use std::process::Command;

use crate::common::run;
use crate::setup::Place;

/// The runbook of one host of the control plane with these flags.
fn runbook(place: &Place, flags: &[&str]) -> String {
    let mut init = place.command(&["init", "--out", "cluster.yaml"]);
    let output = run(init.args(flags));
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let output = run(&mut place.command(&["render", "-f", "cluster.yaml", "--out", "out"]));
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    fs::read_to_string(place.join("out/RUNBOOK.md")).expect("rendered")
}

fn sh(place: &Place, command: &str) {
    let mut shell = Command::new("sh");
    shell.arg("-c").arg(command).current_dir(place.path());
    let output = run(&mut shell);
    assert_eq!(output.status.code(), Some(0), "{command}: {output:?}");
}

/// The command that begins like this, with the lines that continue it.
fn command<'a>(runbook: &'a str, start: &str) -> &'a str {
    let (_, after) = runbook
        .split_once(&format!("\n{start}"))
        .expect("such a command");
    let from = runbook.len() - after.len() - start.len();
    let mut end = from;
    for line in runbook[from..].split_inclusive('\n') {
        end += line.len();
        if !line.ends_with("\\\n") {
            break;
        }
    }
    &runbook[from..end]
}

/// What Calico's file has at the places that are changed.
const CALICO: &str = r#"          "ipam": {
              "type": "calico-ipam"
          },
            - name: CLUSTER_TYPE
              value: "k8s,bgp"
            # Auto-detect the BGP IP address.
            - name: IP
              value: "autodetect"
            - name: CALICO_IPV4POOL_IPIP
              value: "Always"
            # Disable IPv6 on Kubernetes.
            - name: FELIX_IPV6SUPPORT
              value: "false"
            - name: FELIX_HEALTHENABLED
              value: "true"
"#;

const ADDED: &str = r#"            - name: IP6
              value: "autodetect"
            - name: CALICO_IPV6POOL_NAT_OUTGOING
              value: "true"
"#;

#[test]
fn calico_is_told_of_ipv6() {
    let support = |added: &str| {
        format!("{added}            - name: FELIX_IPV6SUPPORT\n              value: \"true\"\n")
    };
    let off = "            - name: FELIX_IPV6SUPPORT\n              value: \"false\"\n";
    let types =
        |v4| format!(r#""type": "calico-ipam", "assign_ipv4": "{v4}", "assign_ipv6": "true""#);
    let both = CALICO
        .replace(r#""type": "calico-ipam""#, &types(true))
        .replace(off, &support(ADDED));
    let router = "            - name: CALICO_ROUTER_ID\n              value: \"hash\"\n";
    let alone = CALICO
        .replace(r#""type": "calico-ipam""#, &types(false))
        .replace(
            "name: IP\n              value: \"autodetect\"",
            "name: IP\n              value: \"none\"",
        )
        .replace(off, &support(&format!("{ADDED}{router}")));
    for (flags, expected) in [
        (
            &[
                "--host",
                "m0=10.0.0.10",
                "--pod-cidr",
                "10.244.0.0/16,fd00:10:244::/56",
            ][..],
            both,
        ),
        (
            &[
                "--host",
                "m0=fd00::10",
                "--service-cidr",
                "fd00:10:96::/112",
            ],
            alone,
        ),
    ] {
        let place = Place::new();
        let runbook = runbook(&place, flags);
        fs::write(place.join("calico.yaml"), CALICO).expect("written");
        sh(&place, command(&runbook, "sed -i "));
        let changed = fs::read_to_string(place.join("calico.yaml")).expect("there");
        assert_eq!(changed, expected);
    }
}

#[test]
fn a_token_takes_the_place_of_any_other() {
    let place = Place::new();
    let runbook = runbook(
        &place,
        &["--host", "m0=10.0.0.10", "--worker", "w0=10.0.0.20"],
    );
    let (_, after) = runbook
        .split_once("ssh root@10.0.0.20 \"")
        .expect("a command");
    let (sed, _) = after
        .split_once(" /etc/kubernetes/kubeadm-join.yaml &&")
        .expect("sed");
    let file = place.join("out/w0/etc/kubernetes/kubeadm-join.yaml");
    let before = fs::read_to_string(&file).expect("rendered");
    for token in ["abcdef.0123456789abcdef", "fedcba.fedcba9876543210"] {
        // What stands between double quotes goes through the shell here and the one there.
        let script =
            format!("token={token}; sh -c \"{sed} out/w0/etc/kubernetes/kubeadm-join.yaml\"");
        sh(&place, &script);
        let after = fs::read_to_string(&file).expect("rendered");
        assert_eq!(after, before.replace("TOKEN", token));
    }
}
