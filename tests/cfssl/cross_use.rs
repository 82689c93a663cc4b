//! A CA of one program signs with the other, both ways and with every kind of
//! key that both know.

use std::fs;

use serde_json::{Value, json};

use crate::common::program::installed;
use crate::openssl;
use crate::place::{Place, Tools};

const CONFIG: &str = r#"{"signing": {"default": {"expiry": "24h", "usages":
    ["signing", "key encipherment", "server auth", "client auth"]}}}"#;

const SIGN: &str = "cfssl gencert -ca ca.pem -ca-key ca-key.pem -config config.json leaf.json |
    cfssljson -bare leaf &&
    cfssl sign -ca ca.pem -ca-key ca-key.pem -config config.json other.csr |
    cfssljson -bare signed";

#[test]
fn rsa_2048() {
    check(&json!({"algo": "rsa", "size": 2048}));
}

#[test]
fn ecdsa_256() {
    check(&json!({"algo": "ecdsa", "size": 256}));
}

#[test]
fn ecdsa_384() {
    check(&json!({"algo": "ecdsa", "size": 384}));
}

#[test]
fn ecdsa_521() {
    check(&json!({"algo": "ecdsa", "size": 521}));
}

fn check(key: &Value) {
    let Some(real) = Tools::real().filter(|_| installed(&["openssl"])) else {
        return;
    };
    let ours = Tools::under_test();
    one_way(&real, &ours, key);
    one_way(&ours, &real, key);
}

/// The CA and a request of `maker` in the hands of `signer`.
fn one_way(maker: &Tools, signer: &Tools, key: &Value) {
    let names = json!([{"C": "US", "O": "one", "OU": "a"}, {"O": "two"}]);
    let ca = json!({"CN": "an authority", "names": names, "key": key});
    let leaf = json!({"CN": "a_leaf", "hosts": ["a.example", "192.0.2.7", "::1"], "key": key});
    let made = Place::new(maker);
    made.write("ca.json", ca.to_string());
    made.write("other.json", leaf.to_string());
    succeed(
        &made,
        "cfssl gencert -initca ca.json | cfssljson -bare ca &&
            cfssl genkey other.json | cfssljson -bare other",
    );

    let signed = Place::new(signer);
    for file in ["ca.pem", "ca-key.pem", "other.csr"] {
        fs::copy(made.path().join(file), signed.path().join(file)).expect("a file just made");
    }
    signed.write("config.json", CONFIG);
    signed.write("leaf.json", leaf.to_string());
    succeed(&signed, SIGN);
    for certificate in ["ca.pem", "leaf.pem", "signed.pem"] {
        openssl::verify(&signed.path(), "ca.pem", certificate);
    }
    // The signed request kept its key.
    fs::copy(
        made.path().join("other-key.pem"),
        signed.path().join("signed-key.pem"),
    )
    .expect("a file just made");
    let issuer = crate::describe::first_block(&signed.read("ca.pem"));
    let files = crate::outcome::files(&signed.path(), &Default::default(), issuer.as_deref());
    openssl::judge(&signed.path(), &files, "ca.pem");
    for leaf in ["leaf.pem", "signed.pem"] {
        let description = &files[leaf]["describe"];
        assert_eq!(description["issuer_equals_ca_subject_der"], true, "{leaf}");
        let extensions = description["extensions"].as_array().expect("a list");
        let key_id = extensions
            .iter()
            .find(|one| one["ext"] == "authorityKeyIdentifier");
        assert_eq!(
            key_id.expect("it has one")["value"]["equals_issuer_ski"],
            true,
            "{leaf}"
        );
    }
}

fn succeed(place: &Place, script: &str) {
    let output = place.run(&format!("set -eo pipefail; {script}"), &[]);
    assert!(output.status.success(), "{script}: {}", output.stderr);
}
