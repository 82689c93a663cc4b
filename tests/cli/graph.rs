//! `kpki graph`: pictures of descriptions, of good trees and of broken ones.

use std::fs;

use serde_json::Value;

use crate::common::{Output, run};
use crate::golden::golden;
use crate::setup::{NOW, Place, assert_no_secrets};

const THREE: [&str; 8] = [
    "--host",
    "m0=10.0.0.10",
    "--host",
    "m1=10.0.0.11",
    "--host",
    "m2=10.0.0.12",
    "--control-plane-endpoint",
    "10.0.0.100:6443",
];

/// An etcd of its own, and a worker.
const EXTERNAL: &str = "\
apiVersion: kubeadm.k8s.io/v1beta3
kind: ClusterConfiguration
kubernetesVersion: v1.30.0
clusterName: prod
controlPlaneEndpoint: vip.example.com:6443
etcd:
  external:
    endpoints: [https://10.0.0.20:2379]
    caFile: /etc/kubernetes/pki/etcd/ca.crt
    certFile: /etc/kubernetes/pki/apiserver-etcd-client.crt
    keyFile: /etc/kubernetes/pki/apiserver-etcd-client.key
---
apiVersion: kpki.dev/v1alpha1
kind: Hosts
hosts:
- {name: master-0, address: 10.0.0.10}
- {name: etcd-0, address: 10.0.0.20, roles: [etcd]}
- {name: worker-0, address: 10.0.0.30, roles: [worker]}
";

fn graph(place: &Place, arguments: &[&str]) -> Output {
    let mut command = place.command(&["graph", "--now", NOW]);
    let output = run(command.args(arguments));
    assert_no_secrets(&output);
    output
}

/// What must be drawn, on stdout.
#[track_caller]
fn drawn(place: &Place, arguments: &[&str]) -> String {
    let output = graph(place, arguments);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(output.stderr, "");
    output.stdout
}

/// A place with the trees of three hosts.
fn fleet() -> Place {
    let place = Place::new();
    let output = run(place.gen_command(&THREE).args(["--out", "out"]));
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    place
}

#[test]
fn of_a_description() {
    let place = Place::new();
    fs::write(place.join("cluster.yaml"), EXTERNAL).expect("written");
    let of_file = ["-f", "cluster.yaml"];
    golden("graph-external.svg", &drawn(&place, &of_file));
    let with = |format| drawn(&place, &[&of_file[..], &["--format", format]].concat());
    golden("graph-external.dot", &with("dot"));
    golden("graph-external.mmd", &with("mermaid"));
    let json = drawn(&place, &[&of_file[..], &["-o", "json"]].concat());
    golden("graph-external.json", &json);
    golden("graph-stacked.svg", &drawn(&place, &THREE));
}

#[test]
fn of_trees() {
    let place = fleet();
    let directories = ["out/m0", "out/m1", "out/m2"];
    let json = drawn(&place, &[&directories[..], &["-o", "json"]].concat());
    let found: Value = serde_json::from_str(&json).expect("one JSON document");
    assert_eq!(found["schema"], "kpki.graph/v1");
    assert_eq!(found["now"], NOW);
    let names = found["authorities"].as_array().expect("a list").iter();
    let names: Vec<_> = names.map(|it| &it["name"]).collect();
    assert_eq!(names, ["ca", "front-proxy-ca", "etcd/ca", "sa"]);
    let apiserver = &found["hosts"][1]["certificates"][0];
    assert_eq!(apiserver["name"], "apiserver");
    assert_eq!(apiserver["state"], "found");
    assert_eq!(apiserver["authority"], 0);
    assert_eq!(apiserver["notAfter"], "2027-11-22T19:15:00Z");
    assert_eq!(apiserver["standing"], "valid");
    assert_eq!(found["authorities"][0]["holders"][2]["hasKey"], true);

    // The same of what is described as well, by the hosts' names.
    let described = [&["out"], &THREE[..], &["-o", "json"]].concat();
    let described: Value = serde_json::from_str(&drawn(&place, &described)).expect("JSON");
    let names = described["hosts"].as_array().expect("a list").iter();
    let names: Vec<_> = names.map(|host| &host["name"]).collect();
    assert_eq!(names, ["m0", "m1", "m2", "shared"]);
    assert_eq!(described["endpoint"], "10.0.0.100:6443");
    assert_eq!(described["hosts"][0]["address"], "10.0.0.10");
}

#[test]
fn of_broken_trees() {
    let place = fleet();
    let host = |name: &str| place.join(&format!("out/{name}/etc/kubernetes"));
    fs::remove_file(host("m1").join("pki/etcd/peer.crt")).expect("removed");
    fs::write(host("m2").join("pki/apiserver.crt"), "nonsense").expect("written");
    let other = fleet();
    for name in ["pki/ca.crt", "pki/ca.key"] {
        let from = other.join("out/m2/etc/kubernetes").join(name);
        fs::copy(from, host("m2").join(name)).expect("copied");
    }
    let output = graph(&place, &["out/m0", "out/m1", "out/m2", "out/m9"]);
    // m9 is not there, and the picture says so.
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let picture = output.stdout;
    for text in [
        ">ca (1 of 2)</text>",
        ">ca (2 of 2)</text>",
        ">missing</text>",
        ">unreadable</text>",
        ">not looked at</text>",
        "there is no directory &#39;out/m9&#39;",
        "kg-card-e",
    ] {
        assert!(picture.contains(text), "{text}: {picture}");
    }
    let only = place.refused(&mut place.command(&["graph", "out/m9"]));
    assert!(only.contains("there is no directory 'out/m9'"), "{only}");
}

#[test]
fn into_a_file() {
    let place = Place::new();
    let planned = |out: &str, more: &[&str]| {
        let arguments = [&THREE[..], &["--out", out], more].concat();
        let output = graph(&place, &arguments);
        (place.plain(&output.stdout), place.plain(&output.stderr))
    };
    let made = planned("a.svg", &[]);
    let created = "created DIR/a.svg: 3 hosts, 32 certificates\n".to_owned();
    assert_eq!(made, (created, String::new()));
    let picture = fs::read_to_string(place.join("a.svg")).expect("a picture");
    assert_eq!(picture, drawn(&place, &THREE));
    let (again, _) = planned("a.svg", &[]);
    assert_eq!(again, "replaced DIR/a.svg: 3 hosts, 32 certificates\n");
    for (name, begin) in [
        ("a.dot", "// made by kpki graph\ndigraph pki {"),
        ("a.mmd", "%% made"),
    ] {
        planned(name, &[]);
        let text = fs::read_to_string(place.join(name)).expect("a picture");
        assert!(text.starts_with(begin), "{text}");
        let (again, _) = planned(name, &[]);
        assert!(again.starts_with("replaced "), "{again}");
    }
    let (json, _) = planned("a.svg", &["-o", "json"]);
    let json: Value = serde_json::from_str(&json).expect("one JSON document");
    assert_eq!(json["file"]["action"], "replaced");

    // What others made stays.
    fs::write(place.join("b.svg"), "<svg/>").expect("written");
    let said = planned("b.svg", &[]);
    let refused =
        "error: 'b.svg' is there, and kpki did not draw it\nhint: give another name, or --force\n";
    assert_eq!(said, (String::new(), refused.to_owned()));
    let kept = fs::read_to_string(place.join("b.svg")).expect("a file");
    assert_eq!(kept, "<svg/>");
    let (forced, _) = planned("b.svg", &["--force"]);
    assert!(forced.starts_with("replaced "), "{forced}");
}

#[test]
fn what_cannot_be_drawn() {
    let place = Place::new();
    for (arguments, expected) in [
        (
            &["--out", "a.png"][..],
            "error: the ending of 'a.png' does not tell the format\nhint: end it in .svg, .dot or .mmd, or give --format\n",
        ),
        (
            &["--out", "no/a.svg", "--host", "m0=10.0.0.1"],
            "error: cannot open 'no': no such file or directory\n",
        ),
    ] {
        let mut command = place.command(&["graph"]);
        let said = place.refused(command.args(arguments));
        assert!(
            said.starts_with(expected.lines().next().expect("a line")),
            "{said}"
        );
    }
}
