//! `kpki hash`: the pin of the cluster's CA, and the lines for hosts that join.

use std::fs;

use serde_json::Value;

use crate::common::{Output, fixture, fixture_json, run};
use crate::golden::golden;
use crate::setup::{NOW, Place, assert_no_secrets};

fn hash(place: &Place, arguments: &[&str]) -> Output {
    let mut command = place.command(&["hash"]);
    if !arguments.contains(&"--now") {
        command.args(["--now", NOW]);
    }
    let output = run(command.args(arguments));
    assert_no_secrets(&output);
    output
}

/// What is printed, with the hashes numbered as they come.
fn numbered(text: &str) -> String {
    let mut known: Vec<&str> = Vec::new();
    let mut out = String::new();
    for (index, part) in text.split("sha256:").enumerate() {
        if index == 0 {
            out.push_str(part);
            continue;
        }
        let (hash, rest) = part.split_at(64);
        assert!(hash.chars().all(|c| c.is_ascii_hexdigit()), "{text}");
        let number = known.iter().position(|it| *it == hash);
        let number = number.unwrap_or_else(|| {
            known.push(hash);
            known.len() - 1
        });
        out.push_str(&format!("sha256:HASH-{number}{rest}"));
    }
    out
}

#[test]
fn of_kubeadms_own_ca() {
    let place = Place::new();
    let cases = fixture_json("kubeadm/discovery-hash.json");
    for case in cases.as_array().expect("a list of cases") {
        let text = case["ca_crt"].as_str().expect("a certificate");
        fs::write(place.join("ca.crt"), text).expect("written");
        let expected = case["discovery_token_ca_cert_hash"]
            .as_str()
            .expect("a hash");
        for place_of in ["ca.crt", "."] {
            let output = hash(&place, &["-q", place_of]);
            assert_eq!(output.stdout, format!("{expected}\n"), "{output:?}");
            assert_eq!(output.status.code(), Some(0));
        }
    }
    let sample = fixture("kubeadm").join("sample");
    let sample = sample.to_str().expect("UTF-8");
    let output = hash(&place, &[sample]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    golden("hash.txt", &output.stdout);
}

#[test]
fn of_what_gen_made() {
    let place = Place::new();
    let hosts = ["--host", "m0=10.0.0.10", "--host", "m1=10.0.0.11"];
    let endpoint = [
        "--control-plane-endpoint",
        "vip.k8s.internal:6443",
        "--out",
        "out",
    ];
    let output = run(place.gen_command(&hosts).args(endpoint));
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let whole = hash(&place, &["out"]);
    assert_eq!(whole.status.code(), Some(0), "{whole:?}");
    let mut text = whole.stdout.clone();
    for below in [
        "out/m1",
        "out/m1/etc/kubernetes",
        "out/m1/etc/kubernetes/pki",
    ] {
        assert_eq!(hash(&place, &[below]).stdout, whole.stdout, "{below}");
    }
    let shared = hash(&place, &["out/shared"]);
    let first = |text: &str| text.lines().next().map(str::to_owned);
    assert_eq!(first(&shared.stdout), first(&whole.stdout));
    text.push_str(&format!("\n$ kpki hash out/shared\n{}", shared.stdout));
    golden("hash-gen.txt", &numbered(&text));
    let json = hash(&place, &["out", "-o", "json"]);
    let document: Value = serde_json::from_str(&json.stdout).expect("JSON");
    assert_eq!(document["schema"], "kpki.hash/v1");
    assert_eq!(document["endpoint"]["address"], "vip.k8s.internal:6443");
    assert_eq!(document["endpoint"]["file"], "admin.conf");
    assert_eq!(document["hashes"][0]["subject"], "CN=kubernetes");
    let worker = document["join"]["worker"].as_str().expect("a line");
    assert!(whole.stdout.contains(&format!("  {worker}\n")), "{worker}");
}

#[test]
fn a_bundle_and_what_is_wrong_with_it() {
    let place = Place::new();
    place.made("10.0.0.10");
    let ca = place.join("k/pki/ca.crt");
    let own = fs::read_to_string(&ca).expect("a CA");
    let other = fs::read_to_string(place.join("k/pki/etcd/ca.crt")).expect("a CA");
    let broken = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
    fs::write(&ca, format!("{own}{other}")).expect("written");
    let output = hash(&place, &["k", "--now", "2060-01-01"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let mut text = format!("{}{}", output.stdout, output.stderr);
    let said = place.refused(&mut place.command(&["hash", "-q", "k"]));
    assert!(
        said.starts_with("error: 'DIR/k/pki/ca.crt' has 2 CAs, and --quiet prints one hash\n"),
        "{said}"
    );
    fs::write(&ca, format!("{own}{broken}")).expect("written");
    let output = hash(&place, &["k"]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    text.push_str(&format!(
        "\n$ a broken one\n{}{}",
        output.stdout, output.stderr
    ));
    golden("hash-bundle.txt", &numbered(&place.plain(&text)));
}

#[test]
fn trees_of_two_clusters_have_no_hash() {
    let place = Place::new();
    let host = ["--host", "m0=10.0.0.10", "--out", "out"];
    let output = run(&mut place.gen_command(&host));
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    place.made("10.0.0.11");
    let ca = fs::read(place.join("k/pki/ca.crt")).expect("a CA");
    fs::write(place.join("out/m0/etc/kubernetes/pki/ca.crt"), ca).expect("written");
    let said = place.refused(&mut place.command(&["hash", "out"]));
    let said: Vec<_> = said.split_whitespace().collect();
    assert_eq!(
        said.join(" "),
        "error: 'DIR/out/shared/ca.crt' and 'DIR/out/m0/etc/kubernetes/pki/ca.crt' have other CAs hint: give the directory of the one that is meant; 'kpki verify' compares them"
    );
}

#[test]
fn where_there_is_no_ca() {
    let place = Place::new();
    fs::create_dir(place.join("empty")).expect("a directory");
    let said = place.refused(&mut place.command(&["hash", "empty"]));
    assert_eq!(
        said,
        "error: there is no ca.crt of a cluster in 'empty'\nhint: give the directory that holds ca.crt, the one above it, or the file itself\n"
    );
    fs::write(place.join("empty/ca.crt"), "nothing").expect("written");
    let said = place.refused(&mut place.command(&["hash", "empty"]));
    assert!(said.starts_with("error: 'DIR/empty/ca.crt': "), "{said}");
    place.made("10.0.0.10");
    for (file, hint) in [
        (
            "k/pki/sa.pub",
            "it is a public key, and the hash is of the one in the certificate of the cluster's CA: give ca.crt, or the directory that it is in",
        ),
        (
            "k/admin.conf",
            "give the certificate of the cluster's CA, ca.crt, or the directory that it is in",
        ),
    ] {
        let said = place.refused(&mut place.command(&["hash", file]));
        let said: Vec<_> = said.split_whitespace().collect();
        let said = said.join(" ");
        assert!(said.starts_with(&format!("error: '{file}': ")), "{said}");
        assert!(said.ends_with(&format!(" hint: {hint}")), "{said}");
    }
    // etcd's CA is not the cluster's.
    let said = place.refused(&mut place.command(&["hash", "k/pki/etcd"]));
    assert!(
        said.starts_with("error: there is no ca.crt of a cluster"),
        "{said}"
    );
}

#[test]
fn another_ca_than_the_clusters_is_refused() {
    let place = Place::new();
    place.made("10.0.0.10");
    for (given, whose) in [
        ("k/pki/etcd/ca.crt", "of etcd"),
        ("k/pki/front-proxy-ca.crt", "of the front proxy"),
    ] {
        let said = place.refused(&mut place.command(&["hash", "--now", NOW, given]));
        let wanted = format!("is the CA {whose}, which kubeadm join does not ask for");
        assert!(said.contains(&wanted), "{said}");
    }
}
