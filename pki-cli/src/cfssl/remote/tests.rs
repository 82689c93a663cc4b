//! Servers that answer what no server should.

mod asking;
mod server;
mod strange;

use std::io::Write;
use std::time::{Duration, Instant};

use pki_core::{
    CertificateRequest, CertificateSigningRequest, DistinguishedName, Issuer, KeyAlgorithm,
    KeyPair, KubernetesVersion, Profile, SerialNumber, SignatureAlgorithm, SigningKey, Timestamp,
    Validity,
};
use proptest::prelude::*;

use self::server::{answering, http, serve};
use super::super::flags::FlagSet;
use super::super::{Flags, Warnings};
use super::*;
use crate::env::{Env, OsRandom};

fn good(certificate: &str) -> String {
    let result = serde_json::json!({"success": true, "result": {"certificate": certificate}});
    http("200 OK", &result.to_string())
}

/// A CSR and a certificate for its key.
fn pair() -> (CertificateSigningRequest, String) {
    let now = now();
    let key = KeyPair::generate(KeyAlgorithm::EcdsaP256).expect("a key");
    let subject = DistinguishedName::kubernetes(None, "x");
    let csr = CertificateSigningRequest::new(&subject, &[], &key, SignatureAlgorithm::EcdsaSha256);
    let csr = csr.expect("a CSR");
    let request = CertificateRequest {
        subject,
        subject_alt_names: Vec::new(),
        public_key: key.public_key().clone(),
    };
    let validity = Validity::new(now, now.plus(86_400).expect("a time")).expect("a validity");
    let serial = SerialNumber::random_63_bits(&mut OsRandom).expect("a number");
    let params = Profile::certificate_authority(KubernetesVersion::NEWEST)
        .params(&request, None, validity, serial)
        .expect("parameters");
    let issuer = Issuer::self_signed(&params, Box::new(key), now).expect("a CA");
    (csr, issuer.certificate().to_pem())
}

fn now() -> Timestamp {
    Timestamp::parse_rfc3339("2026-11-22T19:15:00Z").expect("a time")
}

/// Generous, but for the tests that wait for its end.
const LONG: Duration = Duration::from_secs(20);

fn remote(servers: Vec<Address>, total: Duration) -> Remote {
    let patience = Patience {
        connect: total,
        total,
        list: 2 * total,
    };
    Remote {
        servers,
        transport: Transport::new(None, patience),
        secret: None,
    }
}

fn sign_within(
    servers: Vec<Address>,
    csr: &CertificateSigningRequest,
    total: Duration,
) -> Result<String, CfsslFailure> {
    let asked = Asked {
        csr,
        hosts: &[],
        subject: None,
        subject_document: None,
    };
    with_run(false, |run| remote(servers, total).sign(&asked, run))
}

/// What a call without flags does, in whose log nothing is shown.
fn with_run<T>(strict: bool, call: impl FnOnce(&mut Run<'_>) -> T) -> T {
    let mut env = Env {
        now: now(),
        cfssl_strict: strict,
        ..Env::without_clock()
    };
    let log = Log::new(&env, 5);
    call(&mut Run {
        env: &mut env,
        flags: Flags::new(),
        arguments: &[],
        log,
        warnings: Warnings::default(),
        config: None,
    })
}

fn refusal_within(address: Address, total: Duration) -> String {
    let (csr, _) = pair();
    let refused = sign_within(vec![address], &csr, total);
    refused.expect_err("a refusal").words().to_owned()
}

fn refusal(answer: impl Into<Vec<u8>>) -> String {
    refusal_within(answering(answer), LONG)
}

#[test]
fn takes_a_certificate_for_the_key_and_no_other() {
    let (csr, certificate) = pair();
    let padded = format!("hello\u{1b}[2J\n{certificate}\n\n");
    let signed = sign_within(vec![answering(good(&padded))], &csr, LONG);
    assert_eq!(signed.expect("signed"), certificate, "written anew");
    let chain = format!("{certificate}{}", pair().1);
    let signed = sign_within(vec![answering(good(&chain))], &csr, LONG);
    assert_eq!(signed.expect("signed"), chain);
    assert_eq!(
        refusal(good(&certificate.repeat(101))),
        r#"{"code":1003,"message":"Failed to parse certificate"}"#
    );
    assert_eq!(
        refusal(good(&certificate)),
        r#"{"code":2300,"message":"Private key does not match public key"}"#
    );
}

#[test]
fn information_is_a_certificate_and_short_words() {
    let (_, certificate) = pair();
    let (_, other) = pair();
    let more = format!("hello\u{1b}[2J\n{certificate}\n{other}bye");
    let result = |usages: Value, expiry: &str| serde_json::json!({"certificate": more, "usages": usages, "expiry": expiry});
    let good = answer::info(&result(
        serde_json::json!(["s/mime", "client auth"]),
        "8760h",
    ));
    assert_eq!(
        good,
        Ok(Info {
            certificate: certificate.trim_end().into(),
            usages: vec!["s/mime".into(), "client auth".into()],
            expiry: "8760h".into(),
        })
    );
    let long = "x".repeat(101);
    for (usages, expiry) in [
        (serde_json::json!(vec!["any"; 101]), ""),
        (serde_json::json!([long]), ""),
        (serde_json::json!(["\u{202e}"]), ""),
        (serde_json::json!(["a\nb"]), ""),
        (serde_json::json!([1]), ""),
        (serde_json::json!("any"), ""),
        (Value::Null, long.as_str()),
        (Value::Null, "\u{9b}2J"),
    ] {
        let refused = answer::info(&result(usages, expiry)).expect_err("refused");
        assert_eq!(
            refused.words(),
            r#"{"code":7400,"message":"response is formatted improperly"}"#
        );
    }
}
