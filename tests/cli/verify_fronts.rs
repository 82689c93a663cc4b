//! `kpki verify` of what stands in front of the API servers, as `kpki gen --render`
//! writes it and somebody changes it by hand.

use std::fs;

use serde_json::Value;

use crate::common::run;
use crate::golden::golden;
use crate::setup::{NOW, Place};

const KEEPALIVED: &str = "etc/keepalived/keepalived.conf";
const SCRIPT: &str = "etc/keepalived/check_apiserver.sh";
const HAPROXY: &str = "etc/haproxy/haproxy.cfg";
const KUBE_VIP: &str = "etc/kubernetes/manifests/kube-vip.yaml";

/// A cluster of three hosts with this in front of it.
fn rendered(load_balancer: &str, unicast: bool) -> Place {
    let place = Place::new();
    let flags = [
        "init",
        "--host=m0=10.0.0.10",
        "--host=m1=10.0.0.11",
        "--host=m2=10.0.0.12",
        "--virtual-ip=10.0.0.100",
        "--interface=eth0",
        "--pod-network=cilium",
        "--out=c.yaml",
        "--load-balancer",
        load_balancer,
    ];
    let made = run(&mut place.command(&flags));
    assert_eq!(made.status.code(), Some(0), "{made:?}");
    if unicast {
        let text = fs::read_to_string(place.join("c.yaml")).expect("made");
        let text = text.replace("  # unicast:", "  unicast: true");
        fs::write(place.join("c.yaml"), text).expect("written");
    }
    let made = run(&mut place.gen_command(&["-f", "c.yaml", "--out", "pki", "--render"]));
    assert_eq!(made.status.code(), Some(0), "{made:?}");
    place
}

/// `host rule` of every finding that is no note, and `rule` of those between hosts.
fn found(place: &Place, arguments: &[&str]) -> Vec<String> {
    let mut command = place.command(&["verify", "--now", NOW, "-o", "json"]);
    let output = run(command.args(arguments));
    let report: Value = serde_json::from_str(&output.stdout).expect("one JSON document");
    let hosts = report["hosts"].as_array().into_iter().flatten();
    let own = hosts.flat_map(|host| {
        let findings = host["findings"].as_array().into_iter().flatten();
        findings.map(|it| format!("{} {}", host["host"].as_str().unwrap_or("?"), shown(it)))
    });
    let between = report["between"].as_array().into_iter().flatten();
    own.chain(between.map(shown)).collect()
}

fn shown(finding: &Value) -> String {
    let text = |field: &str| finding[field].as_str().unwrap_or("?").to_owned();
    format!("{} {}", text("severity"), text("rule"))
}

const DESCRIBED: &[&str] = &["-f", "c.yaml", "pki"];
const ALONE: &[&str] = &["pki/m0", "pki/m1", "pki/m2"];

/// A change of one file of one host, and what is found with a description and
/// without.
type Change = (
    &'static str,
    &'static str,
    &'static str,
    &'static [&'static str],
    &'static [&'static str],
);

fn check(load_balancer: &str, unicast: bool, changes: &[Change]) {
    let place = rendered(load_balancer, unicast);
    assert_eq!(found(&place, DESCRIBED), [""; 0], "{load_balancer}");
    assert_eq!(found(&place, ALONE), [""; 0], "{load_balancer}");
    for (file, from, to, described, alone) in changes {
        let path = place.join(&format!("pki/{file}"));
        let text = fs::read_to_string(&path).expect("rendered");
        assert!(text.contains(from), "{from}");
        fs::write(&path, text.replace(from, to)).expect("written");
        assert_eq!(
            found(&place, DESCRIBED),
            *described,
            "{file}: {from} to {to}"
        );
        assert_eq!(found(&place, ALONE), *alone, "{file}: {from} to {to}");
        fs::write(&path, text).expect("written");
    }
}

fn same(
    file: &'static str,
    from: &'static str,
    to: &'static str,
    wanted: &'static [&'static str],
) -> Change {
    (file, from, to, wanted, wanted)
}

#[test]
fn keepalived_that_was_changed_by_hand() {
    const M1: &str = "m1/etc/keepalived/keepalived.conf";
    const CHECK: &str = "m1/etc/keepalived/check_apiserver.sh";
    assert!(M1.ends_with(KEEPALIVED) && CHECK.ends_with(SCRIPT));
    let changes = [
        same(
            M1,
            "        check_apiserver\n",
            "",
            &["m1 error keepalived-no-check"],
        ),
        same(
            M1,
            "    virtual_ipaddress {",
            "    }\n    virtual_ipaddress {",
            &["m1 error keepalived-braces"],
        ),
        same(
            M1,
            "auth_type PASS",
            "auth_type AH",
            &["error keepalived-differs"],
        ),
        same(
            M1,
            "global_defs {",
            "global_defs {\n    vrrp_version 3",
            &["error keepalived-differs"],
        ),
        same(
            M1,
            "script_user root",
            "script_user nobodyx",
            &["m1 error keepalived-no-check"],
        ),
        // Of 300 keepalived makes 100, and of that nothing else is said.
        same(
            M1,
            "priority 140",
            "priority 300",
            &["m1 warning keepalived-value"],
        ),
        same(
            CHECK,
            "exit 1",
            "exit 0",
            &["m1 error keepalived-check-status"],
        ),
        same(
            M1,
            "interface eth0",
            "interface eth0 eth1",
            &["m1 warning keepalived-value"],
        ),
        (
            M1,
            "interface eth0",
            "interface eth1",
            &["m1 warning load-balancer-differs"],
            &[],
        ),
        same(
            M1,
            "advert_int 1",
            "advert_int 2",
            &["error keepalived-differs"],
        ),
        same(
            M1,
            "    }\n    virtual_ipaddress",
            "        auth_pass another\n    }\n    virtual_ipaddress",
            &["error keepalived-differs"],
        ),
        same(
            M1,
            "10.0.0.100",
            "10.0.0.101",
            &["error keepalived-differs"],
        ),
        same(
            CHECK,
            " --fail",
            "",
            &["m1 warning keepalived-check-status"],
        ),
        same(CHECK, "6443", "8443", &["m1 error keepalived-check-url"]),
        same(
            CHECK,
            "localhost",
            "10.0.0.10",
            &["m1 error keepalived-check-url"],
        ),
    ];
    check("keepalived", false, &changes);
}

#[test]
fn lists_of_peers_that_were_changed_by_hand() {
    const M0: &str = "m0/etc/keepalived/keepalived.conf";
    let changes = [
        (
            M0,
            "        10.0.0.12\n",
            "",
            &["m0 error keepalived-unicast"] as &[_],
            &["error keepalived-unicast"] as &[_],
        ),
        same(
            M0,
            "        10.0.0.12\n",
            "        10.0.0.12\n        10.0.0.10\n",
            &["m0 warning keepalived-unicast-peer"],
        ),
        // Another host's address here is no fault of that host.
        same(
            M0,
            "unicast_src_ip 10.0.0.10",
            "unicast_src_ip 10.0.0.11",
            &["m0 error keepalived-unicast"],
        ),
    ];
    check("keepalived", true, &changes);
}

#[test]
fn haproxy_that_was_changed_by_hand() {
    const M1: &str = "m1/etc/haproxy/haproxy.cfg";
    assert!(M1.ends_with(HAPROXY));
    let changes = [
        same(M1, ":8443", ":9443", &["m1 error haproxy-port"]),
        same(M1, "mode tcp", "mode http", &["m1 error haproxy-mode"]),
        same(
            M1,
            "0.0.0.0:8443",
            "127.0.0.1:8443",
            &["m1 error haproxy-port"],
        ),
        same(
            M1,
            "0.0.0.0:8443",
            "10.0.0.100:8443",
            &["m1 error keepalived-check-url"],
        ),
        same(M1, "uri /healthz", "uri /", &["m1 error haproxy-check"]),
        same(
            M1,
            "10.0.0.12:6443",
            "10.0.0.12:6443 send-proxy",
            &["m1 error haproxy-connection"],
        ),
        same(
            M1,
            "default_backend apiservers",
            "default_backend apisevers",
            &["m1 error haproxy-refused"],
        ),
        same(
            M1,
            "default-server check",
            "default-server",
            &["m1 warning haproxy-check"],
        ),
        same(
            M1,
            "    http-check connect ssl\n",
            "",
            &["m1 error haproxy-check"],
        ),
        (
            M1,
            "10.0.0.12:6443",
            "10.0.0.12:6444",
            &["m1 error haproxy-server"],
            &["error haproxy-server"],
        ),
        (
            M1,
            "10.0.0.12:6443",
            "10.0.0.13:6443",
            &["m1 error haproxy-server", "warning haproxy-server-missing"],
            &["warning haproxy-server-missing"],
        ),
    ];
    check("keepalived+haproxy", false, &changes);
}

#[test]
fn kube_vip_that_was_changed_by_hand() {
    const M1: &str = "m1/etc/kubernetes/manifests/kube-vip.yaml";
    assert!(M1.ends_with(KUBE_VIP));
    let changes = [
        same(M1, "10.0.0.100", "10.0.0.101", &["error kube-vip-differs"]),
        same(M1, "cp_enable", "cp_enabled", &["m1 error kube-vip-off"]),
        same(
            M1,
            "hostNetwork: true",
            "hostNetwork: false",
            &["m1 error kube-vip-pod"],
        ),
        same(
            M1,
            "  containers:",
            "   containers:",
            &["m1 error manifest-malformed"],
        ),
        same(
            M1,
            "vip_interface",
            "interface",
            &["m1 note kube-vip-interface"],
        ),
        same(
            M1,
            "path: /etc/kubernetes/admin",
            "path: /etc/kubernetes/super-admin",
            &["m1 error kube-vip-kubeconfig"],
        ),
        (
            "m0/etc/kubernetes/manifests/kube-vip.yaml",
            "path: /etc/kubernetes/super-admin",
            "path: /etc/kubernetes/admin",
            &["m0 error kube-vip-kubeconfig"],
            &["m0 error kube-vip-kubeconfig"],
        ),
    ];
    check("kube-vip", false, &changes);
}

/// What a person reads, where a file is gone and where the blocks are wrong.
#[test]
fn what_is_wrong_is_told_with_its_lines() {
    let place = rendered("keepalived", false);
    fs::remove_file(place.join("pki/m1").join(KEEPALIVED)).expect("rendered");
    let path = place.join("pki/m2").join(KEEPALIVED);
    let text = fs::read_to_string(&path).expect("rendered");
    let (before, _) = text.split_once("    track_script").expect("a block");
    fs::write(&path, before).expect("written");
    let mut command = place.command(&["verify", "--now", NOW, "-f", "c.yaml", "pki"]);
    let output = run(&mut command);
    assert_eq!(output.status.code(), Some(1));
    golden("verify-fronts.txt", &place.plain(&output.stdout));
}
