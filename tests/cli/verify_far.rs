//! `kpki verify --ssh`: hosts that are checked where they are. The ssh of these
//! tests runs the command of ours on this machine; `tests/ssh` has real ones.

mod pictures;
mod secrets;
mod services;

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::common::{Output, run};
use crate::golden::golden;
use crate::setup::{NOW, Place, assert_no_secrets};
use secrets::assert_no_keys;

/// Hosts that are called gone are not there, which is said in the log that -E names; all that comes
/// back is kept, each journey's in a file of its own, as they are under way at the same time.
const SSH: &str = r#"#!/bin/sh
for word; do if [ "$last" = -E ]; then log=$word; fi; before=$last; last=$word; done
case $before in gone*) echo "ssh: connect to host $before port 22: Connection refused" >>"$log"; exit 255 ;; esac
/bin/sh -c "$last" | tee -a "$KEPT/$$"
"#;

const HOSTS: [&str; 3] = ["m0", "m1", "m2"];

fn fleet() -> Place {
    let place = Place::new();
    let hosts = [
        "--host",
        "m0=10.0.0.10",
        "--host",
        "m1=10.0.0.11",
        "--host",
        "m2=10.0.0.12",
    ];
    let more = [
        "--control-plane-endpoint",
        "vip.k8s.internal:6443",
        "--out",
        "out",
    ];
    let output = run(place.gen_command(&hosts).args(more));
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    place
}

fn command(place: &Place, arguments: &[&str]) -> Command {
    let mut command = place.command_with_ssh(SSH, &["verify", "--now", NOW]);
    keep(place, &mut command).args(arguments);
    command
}

/// Has what comes back over [`SSH`] kept.
fn keep<'command>(place: &Place, command: &'command mut Command) -> &'command mut Command {
    let directory = place.join("kept");
    fs::create_dir_all(&directory).expect("a directory");
    command.env("KEPT", directory)
}

/// All that came back over [`SSH`], a journey after the other.
fn kept(place: &Place) -> String {
    let journeys = fs::read_dir(place.join("kept")).expect("what came back");
    journeys
        .map(|journey| fs::read_to_string(journey.expect("a file").path()).expect("text"))
        .collect()
}

fn targets(place: &Place, hosts: &[&str]) -> Vec<String> {
    let target = |host: &&str| {
        let directory = place.join(&format!("out/{host}/etc/kubernetes"));
        [
            "--ssh".to_owned(),
            format!("{host}:{}", directory.display()),
        ]
    };
    hosts.iter().flat_map(target).collect()
}

fn far(place: &Place, more: &[&str]) -> Output {
    let targets = targets(place, &HOSTS);
    let output = run(command(place, more).args(targets));
    assert_no_secrets(&output);
    output
}

fn here(place: &Place, more: &[&str]) -> Output {
    let directories = HOSTS.map(|host| place.join(&format!("out/{host}/etc/kubernetes")));
    run(command(place, more).args(directories))
}

/// What both say the same: between hosts, files are brought in other ways, and
/// the clocks of hosts are checks more.
fn facts(place: &Place, output: &Output) -> Value {
    let text = HOSTS
        .iter()
        .fold(place.plain(&output.stdout), |text, host| {
            text.replace(&format!(" --to {host}:"), " --to ")
        })
        .replace("from here, ", "");
    let mut document: Value = serde_json::from_str(&text).expect("JSON");
    let gone = |object: &mut Value, names: &[&str]| {
        let object = object.as_object_mut().expect("an object");
        names.iter().for_each(|name| drop(object.remove(*name)));
    };
    gone(&mut document["sums"], &["checked"]);
    let list = |document: &mut Value, name: &str, names: &[&str]| {
        let list = document[name].as_array_mut().expect("a list");
        list.iter_mut().for_each(|object| gone(object, names));
    };
    list(&mut document, "hosts", &["directory", "checked"]);
    list(&mut document, "between", &["fix", "commands"]);
    document
}

#[track_caller]
fn same(place: &Place) {
    same_with(place, &[]);
}

/// The same where the cluster file says what is wanted.
#[track_caller]
fn same_as_described(place: &Place) {
    same_with(place, &["-f", "cluster.yaml"]);
}

#[track_caller]
fn same_with(place: &Place, more: &[&str]) {
    let arguments = [&["-o", "json"], more].concat();
    let (there, here) = (far(place, &arguments), here(place, &arguments));
    let [found, expected] = [&there, &here].map(|output| facts(place, output));
    assert!(found == expected, "{found:#}\n{expected:#}");
    assert_eq!(there.status.code(), here.status.code());
    assert_eq!(there.stderr, "");
}

/// What is printed, with the fingerprints of keys masked.
fn masked(place: &Place, output: &Output) -> String {
    let plain = place.plain(&output.stdout);
    let is_hash = |word: &str| word.len() == 19 && word.ends_with("...");
    let words = plain.split_inclusive([' ', '\n', ',', ';']);
    let shown = words.map(|word| {
        let bare = word.trim_end_matches([' ', '\n', ',', ';']);
        match is_hash(bare) {
            true => word.replace(bare, "HASH"),
            false => word.to_owned(),
        }
    });
    shown.collect()
}

#[test]
fn three_masters_in_place() {
    let place = fleet();
    same(&place);
    // The tree, and nothing that needs a second journey.
    let kept = kept(&place);
    let journeys = kept.lines().filter(|line| line.starts_with("clock "));
    assert_eq!(journeys.count(), 3);
    golden(
        "verify-far-good.txt",
        &place.plain(&far(&place, &[]).stdout),
    );
    // The description of the cluster, and a tree that lies here.
    let cluster = ["--host", "m0=10.0.0.10", "--host", "m1=10.0.0.11"];
    let targets = targets(&place, &["m0"]);
    let mut command = command(&place, &cluster);
    let output = run(command.args(targets).args(["-o", "json", "out/m1"]));
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let document: Value = serde_json::from_str(&output.stdout).expect("JSON");
    let hosts = document["hosts"].as_array().expect("a list");
    let names: Vec<_> = hosts.iter().map(|host| &host["host"]).collect();
    assert_eq!(names, ["m1", "m0"]);
    let directory = hosts[1]["directory"].as_str().expect("a URL");
    assert_eq!(place.plain(directory), "ssh://m0DIR/out/m0/etc/kubernetes");
}

/// Where they lie is told as here, and how they are taken away as from here.
#[test]
fn what_kpki_left_there_is_told() {
    let place = fleet();
    let at = |path: &str| place.join(&format!("out/m1/etc/kubernetes/{path}"));
    for directory in [".kpki-copy/new", ".kpki-stage", "pki/kpki-backup-1"] {
        fs::create_dir_all(at(directory)).expect("our own directory");
    }
    for file in [
        ".kpki-copy/new/ca.key",
        ".kpki-stage/0",
        "pki/kpki-backup-1/ca.key",
    ] {
        fs::copy(at("pki/ca.key"), at(file)).expect("copied");
    }
    let told = place.plain(&far(&place, &[]).stdout);
    // Every machine of these tests is this one, whatever it calls itself.
    let itself = run(Command::new("uname").arg("-n")).stdout;
    let called = format!("--host-name m1={}\n", itself.trim());
    golden(
        "verify-far-remains.txt",
        &told.replace(&called, "--host-name m1=HERE\n"),
    );
}

#[test]
fn what_is_wrong_is_the_same_from_afar() {
    let place = fleet();
    let at = |path: &str| place.join(&format!("out/{path}"));
    let openssl = |arguments: &[&str], file: &Path| {
        let output = Command::new("openssl").args(arguments).output();
        let output = output.expect("openssl");
        assert!(output.status.success(), "{arguments:?}");
        fs::write(file, output.stdout).expect("written");
    };
    // Another pair of sa, a leaf of another host, a CA of another cluster.
    let sa = at("m1/etc/kubernetes/pki/sa.key");
    let public = at("m1/etc/kubernetes/pki/sa.pub");
    let text = |path: &Path| path.to_str().expect("UTF-8").to_owned();
    openssl(&["genrsa", "2048"], &sa);
    openssl(&["pkey", "-in", &text(&sa), "-pubout"], &public);
    for end in ["crt", "key"] {
        let [from, to] =
            ["m0", "m2"].map(|host| at(&format!("{host}/etc/kubernetes/pki/apiserver.{end}")));
        fs::copy(from, to).expect("copied");
    }
    same(&place);
    golden("verify-far-broken.txt", &masked(&place, &far(&place, &[])));
    golden(
        "verify-far-broken.md",
        &masked(&place, &far(&place, &["-o", "markdown"])),
    );
    let other = fleet();
    for end in ["ca.crt", "ca.key"] {
        let of_host = format!("m1/etc/kubernetes/pki/{end}");
        fs::copy(other.join(&format!("out/{of_host}")), at(&of_host)).expect("copied");
    }
    // Keys that do not fit, and files of every other kind.
    let pki = |name: &str| at(&format!("m0/etc/kubernetes/pki/{name}"));
    fs::copy(pki("etcd/peer.key"), pki("etcd/server.key")).expect("copied");
    let read = |name: &str| fs::read_to_string(pki(name)).expect("read");
    let both = format!(
        "{}{}",
        read("front-proxy-client.key"),
        read("front-proxy-client.crt")
    );
    fs::write(pki("front-proxy-client.crt"), both).expect("written");
    for (name, arguments) in [
        (
            "apiserver-kubelet-client.key",
            &["pkey", "-outform", "DER"][..],
        ),
        (
            "apiserver-etcd-client.key",
            &["ec", "-aes128", "-passout", "pass:x"],
        ),
        ("etcd/healthcheck-client.crt", &["x509", "-outform", "DER"]),
    ] {
        let file = text(&pki(name));
        openssl(&[arguments, &["-in", &file]].concat(), &pki(name));
    }
    fs::write(pki("etcd/ca.crt"), "").expect("written");
    let cut = read("apiserver.key");
    fs::write(pki("apiserver.key"), &cut[..cut.len() / 2]).expect("written");
    fs::copy(pki("ca.key"), pki("ca.key.old")).expect("copied");
    fs::copy(
        at("m0/etc/kubernetes/admin.conf"),
        at("m0/etc/kubernetes/admin.conf.bak"),
    )
    .expect("copied");
    same(&place);
    assert_no_keys(&place);
}

#[test]
fn a_host_that_is_not_reached_hides_no_other() {
    let place = fleet();
    let mut command = command(&place, &["--ssh", "gone"]);
    let output = run(command.args(targets(&place, &["m0", "m1"])));
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    golden("verify-far-gone.txt", &place.plain(&output.stdout));
    let mut nowhere = self::command(&place, &["--ssh", "m0:/no/where"]);
    let output = run(nowhere.args(["--ssh", "m1:/no/where"]));
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(
        output.stdout.contains("there is no directory '/no/where'"),
        "{}",
        output.stdout
    );
}

#[test]
fn which_hosts_are_meant() {
    let place = fleet();
    let said = |arguments: &[&str]| place.refused(&mut command(&place, arguments));
    assert!(said(&["--hosts"]).starts_with("error: --hosts says not which hosts\n"));
    assert!(said(&["--ssh", "m0", "--ssh", "m0"]).starts_with("error: --ssh gives m0 twice\n"));
    assert!(said(&["--ssh", "./m0"]).contains("a directory of this host"));
    // Both are asked, and neither has anything in its own directory.
    let cluster = [
        "--host",
        "gone0=10.0.0.10",
        "--host",
        "gone1=10.0.0.11",
        "--hosts",
    ];
    let output = run(command(&place, &cluster).args(["-o", "json"]));
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let document: Value = serde_json::from_str(&output.stdout).expect("JSON");
    let hosts = document["hosts"].as_array().expect("a list");
    let places: Vec<_> = hosts
        .iter()
        .map(|host| [&host["host"], &host["directory"]])
        .collect();
    assert_eq!(
        places,
        [
            ["gone0", "ssh://gone0/etc/kubernetes"],
            ["gone1", "ssh://gone1/etc/kubernetes"]
        ]
    );
}

/// What is passed on of manifests is what is checked of them.
#[test]
fn manifests_say_the_same_from_afar() {
    let place = fleet();
    let pki = "/etc/kubernetes/pki";
    for (number, host) in HOSTS.iter().enumerate() {
        let ip = format!("10.0.0.1{number}");
        let kubernetes = place.join(&format!("out/{host}/etc/kubernetes"));
        fs::create_dir(kubernetes.join("manifests")).expect("mkdir");
        let write = |name: &str, flags: &[String]| {
            let flags: String = flags
                .iter()
                .map(|flag| format!("    - --{flag}\n"))
                .collect();
            let text = format!(
                "apiVersion: v1\nkind: Pod\nmetadata:\n  annotations:\n    a.io/b: {ip}:6443\n  creationTimestamp: null\n  name: {name}\nspec:\n  containers:\n  - command:\n    - {name}\n{flags}    image: registry.k8s.io/{name}:v1.31.0\n    livenessProbe:\n      httpGet:\n        host: {ip}\n    name: {name}\n    resources: {{}}\n  volumes:\n  - hostPath:\n      path: {pki}\nstatus: {{}}\n"
            );
            fs::write(kubernetes.join(format!("manifests/{name}.yaml")), text).expect("written");
        };
        let of = |flags: &[(&str, &str)]| -> Vec<String> {
            let flags = flags.iter();
            flags
                .map(|(flag, file)| format!("{flag}={pki}/{file}"))
                .collect()
        };
        let mut flags = of(&[
            ("client-ca-file", "ca.crt"),
            ("etcd-cafile", "etcd/ca.crt"),
            ("etcd-certfile", "apiserver-etcd-client.crt"),
            ("etcd-keyfile", "apiserver-etcd-client.key"),
            ("kubelet-client-certificate", "apiserver-kubelet-client.crt"),
            ("kubelet-client-key", "apiserver-kubelet-client.key"),
            ("proxy-client-cert-file", "front-proxy-client.crt"),
            ("proxy-client-key-file", "front-proxy-client.key"),
            ("requestheader-client-ca-file", "front-proxy-ca.crt"),
            ("service-account-key-file", "sa.pub"),
            ("service-account-signing-key-file", "sa.key"),
            ("tls-cert-file", "apiserver.crt"),
            // Another one than it should be.
            ("tls-private-key-file", "etcd/server.key"),
        ]);
        flags.push(format!("advertise-address={ip}"));
        flags.push("allow-privileged=true".to_owned());
        flags.push("authorization-mode=Node,RBAC".to_owned());
        flags.push("etcd-servers=https://127.0.0.1:2379".to_owned());
        flags.push("requestheader-allowed-names=front-proxy-client".to_owned());
        flags.push("requestheader-extra-headers-prefix=X-Remote-Extra-".to_owned());
        flags.push("service-account-issuer=https://kubernetes.default.svc".to_owned());
        flags.push("service-cluster-ip-range=10.96.0.0/12".to_owned());
        write("kube-apiserver", &flags);
        let mut flags = of(&[
            ("cert-file", "etcd/server.crt"),
            ("key-file", "etcd/server.key"),
            ("peer-cert-file", "etcd/peer.crt"),
            ("peer-key-file", "etcd/peer.key"),
            ("trusted-ca-file", "etcd/ca.crt"),
            ("peer-trusted-ca-file", "etcd/ca.crt"),
        ]);
        flags.push("client-cert-auth=true".to_owned());
        // Nobody is asked for a certificate.
        flags.push("peer-client-cert-auth=false".to_owned());
        flags.push(format!("name={host}"));
        flags.push(format!("initial-cluster={host}=https://{ip}:2380"));
        flags.push(format!("initial-advertise-peer-urls=https://{ip}:2380"));
        flags.push("advertise-client-urls=https://10.9.9.9:2379".to_owned());
        flags.push(format!(
            "listen-client-urls=https://127.0.0.1:2379,https://{ip}:2379"
        ));
        flags.push(format!("listen-peer-urls=https://{ip}:2380"));
        flags.push("data-dir=/var/lib/etcd".to_owned());
        write("etcd", &flags);
        let mut flags = of(&[
            ("client-ca-file", "ca.crt"),
            ("cluster-signing-cert-file", "ca.crt"),
            ("cluster-signing-key-file", "ca.key"),
            ("requestheader-client-ca-file", "front-proxy-ca.crt"),
            ("root-ca-file", "front-proxy-ca.crt"),
            ("service-account-private-key-file", "sa.key"),
        ]);
        flags.push("kubeconfig=/etc/kubernetes/controller-manager.conf".to_owned());
        flags.push("authentication-kubeconfig=/etc/kubernetes/none.conf".to_owned());
        write("kube-controller-manager", &flags);
        write(
            "kube-scheduler",
            &["kubeconfig=/etc/kubernetes/scheduler.conf".to_owned()],
        );
    }
    same(&place);
    let said = far(&place, &[]).stdout;
    for flag in ["tls-private-key-file", "root-ca-file", "10.9.9.9"] {
        assert!(said.contains(flag), "{flag}: {said}");
    }
}
