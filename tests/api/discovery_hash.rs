//! `--discovery-token-ca-cert-hash` of `kubeadm join`.

use std::fmt::Write;

use pki_core::Certificate;

use crate::common::fixture_json;

#[test]
fn is_the_hash_that_kubeadm_prints() {
    let cases = fixture_json("kubeadm/discovery-hash.json");
    let cases = cases.as_array().expect("a list of cases");
    assert_eq!(cases.len(), 3);
    for case in cases {
        let text = case["ca_crt"].as_str().expect("a certificate");
        let certificate = Certificate::from_pem(text.as_bytes()).expect("kubeadm's certificate");
        let key = certificate.public_key().expect("a known kind of key");
        let mut hash = "sha256:".to_owned();
        for octet in key.sha256() {
            write!(hash, "{octet:02x}").expect("writing to a string");
        }
        assert_eq!(
            hash, case["discovery_token_ca_cert_hash"],
            "{}",
            case["case"]
        );
    }
}
