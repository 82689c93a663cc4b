//! `kpki init` writes a cluster file that the other commands take, and `kpki
//! schema` says what may stand in it.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::Value;

use crate::common::{Output, fixture, run};
use crate::golden::golden;
use crate::setup::Place;

const MASTERS: [&str; 6] = [
    "--host",
    "m0=10.0.0.10",
    "--host",
    "m1=10.0.0.11",
    "--host",
    "m2=10.0.0.12",
];

fn init(place: &Place, arguments: &[&str]) -> Output {
    run(place.command(&["init"]).args(arguments))
}

fn masters(place: &Place, more: &[&str]) -> Output {
    init(place, &[&MASTERS, more].concat())
}

/// The text with a fixed password in the place of the random one, which is as
/// long as VRRP has room for.
#[track_caller]
fn without_password(text: &str) -> (String, String) {
    let (before, rest) = text.split_once("authPass: \"").expect("a password");
    let (password, after) = rest.split_once('"').expect("a quoted password");
    assert_eq!(password.len(), 8, "{password}");
    assert!(
        password.bytes().all(|b| b.is_ascii_alphanumeric()),
        "{password}"
    );
    (
        format!("{before}authPass: \"RANDOM\"{after}"),
        password.to_owned(),
    )
}

#[test]
fn three_masters_with_an_etcd_of_their_own() {
    let place = Place::new();
    let flags = [
        "--virtual-ip",
        "10.0.0.100/24",
        "--interface",
        "eth0",
        "--etcd",
        "external",
    ];
    let output = masters(&place, &flags);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let (text, password) = without_password(&output.stdout);
    golden("init-external.yaml", &text);
    let (_, other) = without_password(&masters(&place, &flags).stdout);
    assert_ne!(password, other);
    // The certificates follow: peers share a name, the virtual IP is everybody's.
    fs::write(place.join("cluster.yaml"), &output.stdout).expect("written");
    let made = run(&mut place.gen_command(&["-f", "cluster.yaml", "--out", "pki"]));
    assert_eq!(made.status.code(), Some(0), "{made:?}");
    let seen = run(&mut place.command(&["inspect", "pki/m1/etc/kubernetes/pki/etcd/peer.crt"]));
    assert!(seen.stdout.contains("CN=etcd-peer"), "{seen:?}");
    let seen = run(&mut place.command(&["inspect", "pki/m2/etc/kubernetes/pki/apiserver.crt"]));
    assert!(seen.stdout.contains("10.0.0.100"), "{seen:?}");
}

#[test]
fn the_guides_cluster() {
    let place = Place::new();
    let output = masters(
        &place,
        &[
            "--etcd-host",
            "e0=10.0.2.21",
            "--etcd-host",
            "e1=10.0.2.22",
            "--etcd-host",
            "e2=10.0.2.23",
            "--worker",
            "w0=10.0.0.20",
            "--virtual-ip",
            "10.0.0.100",
            "--interface",
            "eth1",
            "--load-balancer",
            "keepalived",
            "--router-id",
            "77",
            "--etcd",
            "external",
            "--etcd-peers",
            "own-ca",
            "--etcd-version",
            "3.3.10",
            "--kubernetes-version",
            "1.10.4",
            "--pod-network",
            "weave",
            "--pod-cidr",
            "10.32.0.0/16",
            "--name",
            "the 'guide'",
        ],
    );
    assert_eq!(
        output.stderr,
        "error: etcd.token: the name of the cluster, 'the 'guide'', cannot be the token of its etcd: which\n         one is it?\nhint: say --name NAME, of letters, digits and hyphens\n"
    );
    let output = masters(
        &place,
        &[
            "--etcd-host",
            "e0=10.0.2.21",
            "--etcd-host",
            "e1=10.0.2.22",
            "--etcd-host",
            "e2=10.0.2.23",
            "--worker",
            "w0=10.0.0.20",
            "--virtual-ip",
            "10.0.0.100",
            "--interface",
            "eth1",
            "--load-balancer",
            "keepalived",
            "--router-id",
            "77",
            "--etcd",
            "external",
            "--etcd-peers",
            "own-ca",
            "--etcd-version",
            "3.3.10",
            "--kubernetes-version",
            "1.10.4",
            "--pod-network",
            "weave",
            "--pod-cidr",
            "10.32.0.0/16",
            "--name",
            "guide",
        ],
    );
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    golden("init-guide.yaml", &without_password(&output.stdout).0);
    fs::write(place.join("cluster.yaml"), &output.stdout).expect("written");
    let made = run(&mut place.gen_command(&["-f", "cluster.yaml", "--out", "pki"]));
    assert_eq!(made.status.code(), Some(0), "{made:?}");
    assert!(place.join("pki/shared/etcd/peer-ca.key").exists());
    assert!(
        place
            .join("pki/e1/etc/kubernetes/pki/etcd/peer-ca.crt")
            .exists()
    );
    for host in ["e1", "m0"] {
        let key = format!("pki/{host}/etc/kubernetes/pki/etcd/peer-ca.key");
        assert!(!place.join(&key).exists(), "{key}");
    }
    for host in ["e0", "m0"] {
        let tree = format!("pki/{host}/etc/kubernetes");
        for described in [&["-f", "cluster.yaml", "--host", host][..], &[]] {
            let mut command = place.command(&["verify", &tree, "--now", crate::setup::NOW]);
            let output = run(command.args(described));
            assert_eq!(output.status.code(), Some(0), "{output:?}");
        }
    }
}

#[test]
fn what_is_not_known_is_asked_for() {
    let place = Place::new();
    let mut text = String::new();
    for flags in [
        &[][..],
        &["--virtual-ip", "10.0.0.100"],
        &["--virtual-ip", "10.0.0.11", "--interface", "eth0"],
        &["--control-plane-endpoint", "vip.k8s:6443"],
        &["--etcd-host", "e0=10.0.2.21"],
        &["--worker", "w0"],
        &["--worker", "w0=10.0.0.10"],
        &["--pod-cidr", "10.96.0.0/16"],
        &["--interface", "eth 0"],
        &["--load-balancer", "f5"],
        &["--etcd-peers", "own-ca"],
        &["-f", "cluster.yaml"],
        &["-o", "json"],
    ] {
        let output = masters(&place, flags);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        assert!(!output.stdout.contains("apiVersion"));
        text.push_str(&format!(
            "$ kpki init ... {}\n{}{}\n",
            flags.join(" "),
            output.stdout,
            output.stderr
        ));
    }
    golden("init-asked.txt", &text);
}

#[test]
fn a_file_is_never_overwritten() {
    let place = Place::new();
    let flags = [
        "--virtual-ip",
        "10.0.0.100",
        "--interface",
        "eth0",
        "--out",
        "cluster.yaml",
    ];
    let output = masters(&place, &flags);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let written = fs::read_to_string(place.join("cluster.yaml")).expect("a file");
    let (_, password) = without_password(&written);
    assert!(!output.stdout.contains(&password) && !output.stderr.contains(&password));
    golden("init.txt", &output.stdout);
    let mode = fs::metadata(place.join("cluster.yaml"))
        .expect("a file")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    let again = masters(&place, &flags);
    assert_eq!(again.status.code(), Some(2));
    assert_eq!(
        again.stderr,
        "error: 'cluster.yaml' is there already\nhint: choose another name, or move it away\n"
    );
    assert_eq!(
        fs::read_to_string(place.join("cluster.yaml")).expect("a file"),
        written
    );
    let json = init(
        &place,
        &["--host", "m0=10.0.0.10", "--out", "one.yaml", "-o", "json"],
    );
    let json: Value = serde_json::from_str(&json.stdout).expect("JSON");
    assert_eq!(json["schema"], "kpki.init/v1");
    assert_eq!(json["hosts"], serde_json::json!(["m0"]));
}

#[test]
fn the_published_schema_is_printed() {
    let place = Place::new();
    for (flags, name) in [
        (&[][..], "cluster-file"),
        (&["-o", "json"], "cluster-file"),
        (&["--kind", "hosts"], "hosts"),
        (&["--kind", "setup"], "setup"),
    ] {
        let output = run(place.command(&["schema"]).args(flags));
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        let path = fixture("cli").join(format!("../../docs/schema/{name}.schema.json"));
        assert_eq!(output.stdout, fs::read_to_string(path).expect("published"));
    }
}
