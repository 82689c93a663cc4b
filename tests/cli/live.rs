//! `kpki verify --live`: its words.

use std::fs;
use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::os::unix::fs::symlink;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use serde_json::Value;

use crate::common::run;
use crate::golden::golden;
use crate::setup::{NOW, Place, assert_no_secrets};

/// A server that speaks no TLS, and how often somebody came.
fn plain_server() -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let address = listener.local_addr().expect("a bound socket");
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = calls.clone();
    thread::spawn(move || {
        for stream in listener.incoming() {
            counted.fetch_add(1, Ordering::SeqCst);
            let answer = b"HTTP/1.0 400 Bad Request\r\n\r\n";
            let _ = stream.and_then(|mut stream| stream.write_all(answer));
        }
    });
    (address, calls)
}

#[test]
fn what_a_server_shows_stands_in_the_same_report() {
    let place = Place::new();
    place.made("10.0.0.10");
    let (address, _) = plain_server();
    let port = address.port();
    let endpoint = format!("etcd=127.0.0.1:{port}");
    let arguments = [
        "verify",
        "--now",
        NOW,
        "k",
        "--live",
        "--endpoint",
        &endpoint,
    ];
    let output = run(&mut place.command(&arguments));
    assert_no_secrets(&output);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let shown = place
        .plain(&output.stdout)
        .replace(&format!("127.0.0.1:{port}"), "127.0.0.1:PORT");
    golden("verify-live.txt", &shown);

    let output = run(place.command(&arguments).args(["-o", "json"]));
    let report: Value = serde_json::from_str(&output.stdout).expect("one JSON document");
    let finding = &report["hosts"][0]["findings"][0];
    assert_eq!(finding["rule"], "live-not-tls");
    assert_eq!(finding["file"], format!("https://127.0.0.1:{port}"));
}

#[test]
fn without_a_server_to_ask_it_says_how_to_name_one() {
    let place = Place::new();
    place.made("10.0.0.10");
    let said = place.refused(&mut place.command(&["verify", "k", "--live"]));
    assert!(said.contains("--live has no server to ask"), "{said}");
    assert!(said.contains("add --endpoint 127.0.0.1:6443"), "{said}");
    for wrong in ["kubelet=10.0.0.1", "http://10.0.0.1", "10.0.0.1:0", ""] {
        let arguments = ["verify", "k", "--live", "--endpoint", wrong];
        place.refused(&mut place.command(&arguments));
    }
    // Who names a server wants it asked.
    let said = place.refused(&mut place.command(&["verify", "k", "--endpoint", "10.0.0.1"]));
    assert!(said.contains("--live"), "{said}");
    let many: Vec<String> = (0..513)
        .map(|last| format!("10.0.0.1:{}", 6000 + last))
        .collect();
    let mut command = place.command(&["verify", "k", "--live"]);
    for endpoint in many {
        command.args(["--endpoint", &endpoint]);
    }
    let said = place.refused(&mut command);
    assert!(
        said.contains("there are more than the 512 servers"),
        "{said}"
    );
}

/// Two hosts below `out`, with addresses where nothing listens.
const HOSTS: [(&str, &str); 2] = [("m0", "127.0.12.1"), ("m1", "127.0.12.2")];

fn two_hosts(place: &Place) -> [String; 2] {
    let host = |(name, address): (&str, &str)| format!("{name}={address}");
    let hosts = HOSTS.map(host);
    let arguments = ["--host", &hosts[0], "--host", &hosts[1], "--out", "out"];
    let output = run(&mut place.gen_command(&arguments));
    assert!(output.status.success(), "{output:?}");
    hosts
}

fn report_of(command: &mut std::process::Command) -> Value {
    let output = run(command.args(["-o", "json"]));
    match serde_json::from_str(&output.stdout) {
        Ok(report) => report,
        Err(error) => panic!("{error}: {output:?}"),
    }
}

/// `rule`s of what was found at an address.
fn rules_at(findings: &Value, address: SocketAddr) -> Vec<String> {
    let findings = findings.as_array().expect("a list").iter();
    let at = findings.filter(|finding| finding["file"] == format!("https://{address}"));
    at.map(|finding| finding["rule"].as_str().unwrap_or("").to_owned())
        .collect()
}

#[test]
fn a_server_that_hosts_share_is_asked_once() {
    let place = Place::new();
    let hosts = two_hosts(&place);
    let (shared, calls) = plain_server();
    let endpoint = shared.to_string();
    let mut command = place.command(&["verify", "--now", NOW, "out", "--live"]);
    command.args(["--host", &hosts[0], "--host", &hosts[1]]);
    command.args(["--control-plane-endpoint", &endpoint]);
    let report = report_of(&mut command);
    assert_eq!(calls.load(Ordering::SeqCst), 1);
    assert_eq!(rules_at(&report["between"], shared), ["live-not-tls"]);
    let between = report["between"].as_array().expect("a list");
    let found = between.iter().find(|found| found["rule"] == "live-not-tls");
    assert_eq!(
        found.expect("a finding")["hosts"],
        serde_json::json!(["m0", "m1"])
    );
    for host in report["hosts"].as_array().expect("a list") {
        assert_eq!(rules_at(&host["findings"], shared), [""; 0], "{host}");
    }
}

/// More trees than are in memory at a time.
#[test]
fn many_trees_of_one_server_ask_it_once() {
    let place = Place::new();
    two_hosts(&place);
    let (shared, calls) = plain_server();
    let endpoint = shared.to_string();
    let mut command = place.command(&["verify", "--now", NOW, "out", "--live"]);
    command.args(["--control-plane-endpoint", &endpoint]);
    let names: Vec<_> = (0..70).map(|number| format!("h{number}")).collect();
    for (number, name) in names.iter().enumerate() {
        symlink("m0", place.join("out").join(name)).expect("a link");
        command.arg(format!("--host={name}=127.0.13.{}", number + 1));
    }
    let report = report_of(&mut command);
    assert_eq!(calls.load(Ordering::SeqCst), 1);
    let between = report["between"].as_array().expect("a list");
    let found = between.iter().find(|found| found["rule"] == "live-not-tls");
    assert_eq!(found.expect("a finding")["hosts"], serde_json::json!(names));
}

#[test]
fn manifests_tell_where_the_servers_of_several_hosts_listen() {
    let place = Place::new();
    two_hosts(&place);
    // No connection to these is ever tried by the system: nothing waits.
    let addresses = ["224.0.0.1", "224.0.0.2"];
    for ((name, _), address) in HOSTS.iter().zip(addresses) {
        let manifests = place.join(&format!("out/{name}/etc/kubernetes/manifests"));
        fs::create_dir_all(&manifests).expect("a directory");
        let manifest = format!(
            "kind: Pod\nspec:\n  containers:\n  - command:\n    - kube-apiserver\n    - --advertise-address={address}\n    - --secure-port=6444\n"
        );
        fs::write(manifests.join("kube-apiserver.yaml"), manifest).expect("written");
    }
    let arguments = ["verify", "--now", NOW, "out/m0", "out/m1", "--live"];
    let report = report_of(&mut place.command(&arguments));
    let hosts = report["hosts"].as_array().expect("a list");
    assert_eq!(hosts.len(), addresses.len());
    for (host, address) in hosts.iter().zip(addresses) {
        let at = SocketAddr::new(address.parse().expect("an address"), 6444);
        assert_eq!(
            rules_at(&host["findings"], at),
            ["live-unreachable"],
            "{host}"
        );
    }
    // A tree that does not tell is not passed over.
    let manifests = place.join("out/m1/etc/kubernetes/manifests");
    fs::remove_dir_all(manifests).expect("removed");
    let report = report_of(&mut place.command(&arguments));
    let open = report["hosts"][1]["notChecked"].as_array().expect("a list");
    let of_servers = |one: &&Value| one["what"] == "what the running servers show";
    assert_eq!(open.iter().filter(of_servers).count(), 1, "{open:?}");
}
