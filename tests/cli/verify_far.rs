//! `kpki verify --ssh`: hosts that are checked where they are. The ssh of these
//! tests runs the command of ours on this machine; `tests/ssh` has real ones.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;

use crate::common::{Output, fixture, run};
use crate::golden::golden;
use crate::setup::{NOW, Place, assert_no_secrets};

/// Hosts that are called gone are not there; all that comes back is kept.
const SSH: &str = r#"#!/bin/sh
for word; do before=$last; last=$word; done
case $before in gone*) echo "ssh: connect to host $before port 22: Connection refused" >&2; exit 255 ;; esac
/bin/sh -c "$last" | tee -a "$KEPT"
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
    fs::create_dir(place.join("bin")).expect("a directory");
    fs::write(place.join("bin/ssh"), SSH).expect("written");
    let mode = fs::Permissions::from_mode(0o755);
    fs::set_permissions(place.join("bin/ssh"), mode).expect("changed");
    place
}

fn command(place: &Place, arguments: &[&str]) -> Command {
    let mut command = place.command(&["verify", "--now", NOW]);
    let bin = place.join("bin");
    command.env("PATH", format!("{}:/usr/bin:/bin", bin.display()));
    command.env("KEPT", place.join("kept")).args(arguments);
    command
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
    let mut document: Value = serde_json::from_str(&place.plain(&output.stdout)).expect("JSON");
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
    let (there, here) = (far(place, &["-o", "json"]), here(place, &["-o", "json"]));
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
    let kept = fs::read_to_string(place.join("kept")).expect("what was said");
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

/// kubeadm's own files have RSA keys.
#[test]
fn no_octet_of_a_key_comes_back() {
    let place = fleet();
    for folder in [
        "etc/kubernetes",
        "etc/kubernetes/pki",
        "etc/kubernetes/pki/etcd",
    ] {
        let from = fixture("kubeadm/sample").join(
            folder
                .strip_prefix("etc/kubernetes")
                .unwrap_or_default()
                .trim_start_matches('/'),
        );
        for entry in fs::read_dir(from).expect("a directory") {
            let entry = entry.expect("an entry");
            if entry.path().is_file() {
                let to = place.join("out/m1").join(folder).join(entry.file_name());
                fs::copy(entry.path(), to).expect("copied");
            }
        }
    }
    let kubernetes = place.join("out/m2/etc/kubernetes");
    let read = |name: &str| fs::read_to_string(kubernetes.join(name)).expect("read");
    let write = |name: &str, text: &str| fs::write(kubernetes.join(name), text).expect("written");
    let (key, conf) = (read("pki/ca.key"), read("admin.conf"));
    let body: String = key.lines().filter(|line| !line.starts_with('-')).collect();
    // Forms that nobody should write, and somebody did.
    write("pki/indented.key", &key.replace('\n', "\n  "));
    write("pki/one-line.key", &key.replace('\n', "\\n"));
    write(
        "pki/other-label.crt",
        &key.replace("EC PRIVATE KEY", "CERTIFICATE"),
    );
    write(
        "pki/narrow.crt",
        &format!(
            "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
            body.chars()
                .map(String::from)
                .collect::<Vec<_>>()
                .join("\n")
        ),
    );
    write("pki/bare.key", &body);
    write("pki/text.crt", &format!("{}{body}\n", read("pki/ca.crt")));
    write(
        "pki/unended.key",
        &key.replace("-----END EC PRIVATE KEY-----\n", &read("pki/ca.crt")),
    );
    write("pki/spaced.key", &key.replace('\n', " \t\r\n"));
    write(
        "scheduler.conf.block",
        &conf.replace("client-key-data: ", "client-key-data: |\n      "),
    );
    write(
        "scheduler.conf.flow",
        &format!("{{users: [{{user: {{client-key-data: {body}}}}}], current-context: a}}\n"),
    );
    write(
        "scheduler.conf.field",
        &conf.replace("client-key-data", "other-key-data"),
    );
    write(
        "scheduler.conf.ca",
        &conf.replace("client-key-data", "certificate-authority-data"),
    );
    write(
        "scheduler.conf.token",
        &conf.replace("client-key-data", "token"),
    );
    write(
        "scheduler.conf.json",
        &format!(
            "{{\n\"current-context\": \"a\",\n\"client-key-data\": \"{}\"\n}}\n",
            BASE64_STANDARD.encode(&key)
        ),
    );
    fs::create_dir(kubernetes.join("manifests")).expect("mkdir");
    write(
        "manifests/etcd.yaml",
        &format!(
            "kind: Pod\nspec:\n  containers:\n  - env:\n    - name: A\n      value: {}\n",
            &body[..100]
        ),
    );
    write(
        "manifests/flag.yaml",
        &format!(
            "kind: Pod\nspec:\n  containers:\n  - command: [x]\n    args:\n    - --token={body}\n"
        ),
    );
    write(
        "manifests/block.yaml",
        &format!("kind: Pod\nspec: |\n  {}\n", key.replace('\n', "\n  ")),
    );
    write(
        "scheduler.conf.comment",
        &conf.replace("name: kubernetes", &format!("name: kubernetes # {body}")),
    );
    write(
        "manifests/key.yaml",
        &format!("kind: Pod\nspec: {}\n", BASE64_STANDARD.encode(&key)),
    );
    let output = far(&place, &[]);
    assert!(output.stdout.contains("scheduler.conf"), "{output:?}");
    assert_no_keys(&place);
}

/// Nothing that was kept of what the hosts said has a secret number of a key in
/// it, whatever it is wrapped in.
#[track_caller]
fn assert_no_keys(place: &Place) {
    let mut secrets = BTreeSet::new();
    for (path, bytes) in place.contents() {
        let is_file = path.starts_with(place.join("out"));
        for whole in bytes
            .iter()
            .filter(|_| is_file)
            .flat_map(|bytes| unwrapped(bytes))
        {
            secrets.extend(secret_numbers(&whole));
        }
    }
    assert!(secrets.len() > 20, "{}", secrets.len());
    let kept = fs::read(place.join("kept")).expect("what was said");
    assert!(kept.len() > 10_000);
    for whole in unwrapped(&kept) {
        let windows: BTreeSet<&[u8]> = whole.windows(16).collect();
        let found = secrets.iter().find(|secret| windows.contains(&secret[..]));
        assert!(found.is_none(), "{found:?}");
    }
}

/// The bytes, and what every run of base64 in them stands for, and so on.
fn unwrapped(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut found = vec![bytes.to_vec()];
    let mut at = 0;
    while at < found.len() && found.len() < 10_000 {
        let whole = found[at].clone();
        at += 1;
        let is_base64 = |octet: &u8| octet.is_ascii_alphanumeric() || b"+/=".contains(octet);
        let lines = whole.split(|octet| !is_base64(octet));
        // A block of PEM is one text over its lines.
        let blocks = whole.split(|octet| *octet == b'-').map(|block| {
            let plain = block.iter().copied().filter(is_base64);
            plain.collect::<Vec<u8>>()
        });
        let runs: Vec<Vec<u8>> = lines.map(<[u8]>::to_vec).chain(blocks).collect();
        for run in runs.iter().filter(|run| run.len() >= 24) {
            for from in 0..4 {
                let part = &run[from..from + (run.len() - from) / 4 * 4];
                found.extend(BASE64_STANDARD.decode(part).ok());
            }
        }
    }
    found
}

/// The first octets of what only the owner of a key knows: RSA's private
/// exponent and primes, the scalar of an elliptic curve.
fn secret_numbers(der: &[u8]) -> Vec<[u8; 16]> {
    let mut found = Vec::new();
    let first = |bytes: &[u8]| bytes.first_chunk::<16>().copied();
    // ECPrivateKey: version 1 and an octet string of 32 (RFC 5915).
    for (at, window) in der.windows(5).enumerate() {
        if window == [2, 1, 1, 4, 32] {
            found.extend(first(&der[at + 5..]));
        }
    }
    // RSAPrivateKey of 2048 bits (RFC 8017): version 0, modulus, exponent, and the rest.
    for (at, window) in der.windows(7).enumerate() {
        let exponent = at + 3 + 4 + 257;
        let is_rsa = window == [2, 1, 0, 2, 0x82, 1, 1];
        if is_rsa && der.get(exponent..exponent + 5) == Some(&[2, 3, 1, 0, 1]) {
            let private = der.get(exponent + 5..).unwrap_or_default();
            // Past the length of the number, whatever form that has.
            found.extend(
                [6, 262, 300, 400, 500]
                    .iter()
                    .filter_map(|from| first(private.get(*from..)?)),
            );
        }
    }
    found
}
