//! Nothing secret comes back from another host.

use std::collections::BTreeSet;
use std::fs;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use super::{far, fleet, kept};
use crate::common::fixture;
use crate::setup::Place;

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
pub(super) fn assert_no_keys(place: &Place) {
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
    let kept = kept(place);
    assert!(kept.len() > 10_000);
    for whole in unwrapped(kept.as_bytes()) {
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
