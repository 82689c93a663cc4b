//! Servers that answer what no server should.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use pki_core::{
    CertificateRequest, CertificateSigningRequest, DistinguishedName, Issuer, KeyAlgorithm,
    KeyPair, KubernetesVersion, Profile, SerialNumber, SignatureAlgorithm, SigningKey, Timestamp,
    Validity,
};
use proptest::prelude::*;

use super::super::flags::FlagSet;
use super::super::{Flags, Warnings};
use super::*;
use crate::env::{Env, OsRandom};

/// A server for one connection each of these, in order; each gets the stream after its request.
fn serve(script: impl FnOnce(&mut TcpStream, Vec<u8>) + Send + 'static) -> Address {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a connection");
        let request = read_request(&mut stream);
        script(&mut stream, request);
    });
    address.parse().expect("an address")
}

/// Header and body of a request.
fn read_request(stream: &mut TcpStream) -> Vec<u8> {
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&request).into_owned();
        if let Some((header, body)) = text.split_once("\r\n\r\n") {
            let header = header.to_ascii_lowercase();
            let (_, length) = header.split_once("content-length: ").expect("a length");
            let length = length.lines().next().expect("a line");
            if body.len() >= length.parse().expect("a number") {
                return request;
            }
        }
        match stream.read(&mut buffer).expect("a request") {
            0 => return request,
            count => request.extend_from_slice(&buffer[..count]),
        }
    }
}

/// A server that answers one request with this.
fn answering(answer: impl Into<Vec<u8>>) -> Address {
    let answer = answer.into();
    serve(move |stream, _| {
        // The client may have heard enough.
        let _ = stream.write_all(&answer);
    })
}

fn http(status: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\n\r\n{body}")
}

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
fn asks_the_next_server_and_names_all_that_failed() {
    let (csr, certificate) = pair();
    // A port on which nobody listens any more.
    let dead = || -> Address {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        address.parse().expect("an address")
    };
    let servers = vec![dead(), answering("garbage"), answering(good(&certificate))];
    assert_eq!(
        sign_within(servers, &csr, LONG).as_deref(),
        Ok(certificate.as_str())
    );
    let first = dead();
    let last = dead();
    let failure = sign_within(vec![first.clone(), last.clone()], &csr, LONG);
    let failure = failure.expect_err("nobody");
    let url = last.url("sign");
    let authority = last.authority();
    assert_eq!(
        failure.words(),
        format!(
            r#"{{"code":7400,"message":"failed POST to {url}: Post \"{url}\": dial tcp {authority}: connect: connection refused"}}"#
        )
    );
    assert!(format!("{failure:?}").contains(&first.url("sign")));
}

#[test]
fn nobody_is_asked_after_a_warning_that_is_an_error() {
    let (csr, certificate) = pair();
    let asked = Asked {
        csr: &csr,
        hosts: &[],
        subject: None,
        subject_document: None,
    };
    let never = || serve(|_, _| panic!("a server was asked"));
    let refused = with_run(true, |run| {
        run.warnings.warn("x");
        remote(vec![never()], LONG).sign(&asked, run)
    });
    let refused = refused.expect_err("a warning");
    assert!(refused.words().starts_with("refused before a server"));
    let unused = with_run(true, |run| {
        run.flags
            .set("tls-remote-ca", "ca.pem")
            .expect("a flag of cfssl");
        let remote = Remote::new(&never().to_string(), None, run)?;
        remote.sign(&asked, run)
    });
    let unused = unused.expect_err("a flag without effect");
    assert!(unused.words().starts_with("refused before a server"));
    let second = never();
    let servers = vec![answering("garbage"), second.clone()];
    let failed = with_run(true, |run| remote(servers, LONG).sign(&asked, run));
    let failed = failed.expect_err("a server without an answer of use");
    assert!(failed.words().contains("malformed"), "{failed:?}");
    assert!(
        failed.advice()[0].starts_with(&format!("{second} is not asked: KPKI_CFSSL_STRICT")),
        "{failed:?}"
    );
    for strict in [false, true] {
        let servers = match strict {
            false => vec![answering("garbage"), answering(good(&certificate))],
            true => vec![answering(good(&certificate))],
        };
        with_run(strict, |run| {
            let signed = remote(servers, LONG).sign(&asked, run);
            assert_eq!(signed.as_deref(), Ok(certificate.as_str()));
            assert_eq!(run.warnings.any(), !strict);
        });
    }
}

#[test]
fn sends_what_cfssl_sends() {
    let (csr, certificate) = pair();
    let (sender, receiver) = std::sync::mpsc::channel();
    let answer = good(&certificate);
    let address = serve(move |stream, request| {
        sender.send(request).expect("sent");
        let _ = stream.write_all(answer.as_bytes());
    });
    sign_within(vec![address.clone()], &csr, LONG).expect("signed");
    let request = String::from_utf8(receiver.recv().expect("a request")).expect("UTF-8");
    let (header, body) = request.split_once("\r\n\r\n").expect("a header");
    assert!(header.starts_with("POST /api/v1/cfssl/sign HTTP/1.1\r\n"));
    let header = header.to_ascii_lowercase();
    assert!(header.contains("\r\ncontent-type: application/json"));
    assert!(header.contains(&format!("\r\nhost: {}", address.authority())));
    let pem = serde_json::to_string(&csr.to_pem()).expect("JSON");
    assert_eq!(
        body,
        format!(
            r#"{{"hosts":null,"certificate_request":{pem},"profile":"","crl_override":"","label":""}}"#
        )
    );
}

#[test]
fn sends_names_a_subject_and_a_token() {
    let (csr, _) = pair();
    let asked = Asked {
        csr: &csr,
        hosts: &pki_core::split_cfssl_hostname("a.b,10.0.0.1")
            .expect("hosts")
            .value,
        subject: None,
        subject_document: Some(br#" {"CN": "y"} "#),
    };
    let wishes = Wishes {
        profile: "p",
        label: "l",
        crl_url: "http://c",
    };
    let body = request::sign(&asked, wishes).expect("a body");
    let sent: Value = serde_json::from_slice(&body).expect("JSON");
    assert_eq!(sent["hosts"], serde_json::json!(["a.b", "10.0.0.1"]));
    assert_eq!(sent["subject"], serde_json::json!({"CN": "y"}));
    assert_eq!(sent["profile"], "p");
    assert_eq!(sent["label"], "l");
    assert_eq!(sent["crl_override"], "http://c");
    for broken in [&b"{"[..], b"", b"{} {}", b"\xff", b"{\"CN\": }"] {
        let asked = Asked {
            subject_document: Some(broken),
            ..asked
        };
        let failure = request::sign(&asked, wishes).expect_err("no JSON");
        assert_eq!(failure.words(), "the subject cannot be sent to a server");
    }
    let secret = CfsslAuthSecret::new(vec![1, 2].into()).expect("octets");
    // The HMAC-SHA-256 of "x" with the key 0102.
    assert_eq!(
        String::from_utf8(request::authenticated(b"x", &secret, now())).expect("UTF-8"),
        r#"{"timestamp":1795374900,"token":"1TiXRpQmSjlUhYJCGJzAqnNGqAG532ZTNVo0X83MtGk=","request":"eA=="}"#
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

#[test]
fn refuses_in_the_words_of_cfssl() {
    let envelope = r#"{"success":false,"result":null,"errors":[{"code":400,"message":"invalid token"}],"messages":[]}"#;
    let json = serde_json::to_string(envelope).expect("JSON");
    assert_eq!(
        refusal(http("400 Bad Request", envelope)),
        format!(r#"{{"code":7400,"message":{json}}}"#)
    );
    assert_eq!(
        refusal(http("200 OK", envelope)),
        r#"{"code":7500,"message":"invalid token"}"#
    );
    assert_eq!(
        refusal(http("200 OK", r#"{"success":true,"result":null}"#)),
        r#"{"code":7500,"message":"API client error: Server request failed"}"#
    );
    assert_eq!(
        refusal(http("200 OK", "{")),
        r#"{"code":7200,"message":"unexpected end of JSON input"}"#
    );
    for without in [
        r#""x""#,
        "[]",
        "{}",
        r#"{"certificate":1}"#,
        r#"{"certificate":""}"#,
    ] {
        let body = format!(r#"{{"success":true,"result":{without}}}"#);
        assert_eq!(
            refusal(http("200 OK", &body)),
            r#"{"code":7400,"message":"response doesn't contain certificate."}"#
        );
    }
}

#[test]
fn follows_nobody() {
    let elsewhere = serve(|_, _| panic!("a redirect was followed"));
    let location = elsewhere.url("sign");
    let (csr, _) = pair();
    for status in [
        "301 Moved",
        "302 Found",
        "303 See",
        "307 Temporary",
        "308 Permanent",
    ] {
        let answer =
            format!("HTTP/1.1 {status}\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n");
        let failure = sign_within(vec![answering(answer)], &csr, LONG).expect_err("refused");
        assert_eq!(failure.words(), r#"{"code":7400,"message":""}"#, "{status}");
        assert!(format!("{failure:?}").contains(&location), "{failure:?}");
    }
}

#[test]
fn no_answer_is_too_long_or_too_strange() {
    let garbage: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    let deep = "[".repeat(100_000);
    let endless_chunks = {
        let chunk = format!("10000\r\n{}\r\n", " ".repeat(0x10000));
        format!(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{}",
            chunk.repeat(20)
        )
    };
    let many_headers = format!("HTTP/1.1 200 OK\r\n{}\r\n", "A: b\r\n".repeat(50_000));
    let long_header = format!("HTTP/1.1 200 OK\r\nA: {}\r\n\r\n", "b".repeat(200_000));
    for (answer, words) in [
        (b"".to_vec(), "7400"),
        (garbage, "7400"),
        (b"HTTP/1.1 200 OK\r\n".to_vec(), "7400"),
        (many_headers.into_bytes(), "7400"),
        (long_header.into_bytes(), "7400"),
        (
            http("200 OK", &" ".repeat(2 << 20)).into_bytes(),
            "longer than 1 MiB",
        ),
        (endless_chunks.into_bytes(), "longer than 1 MiB"),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{".to_vec(),
            "7300",
        ),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n{}".to_vec(),
            "7400",
        ),
        (http("200 OK", &deep).into_bytes(), "7200"),
        (http("200 OK", "hello").into_bytes(), "7200"),
        (http("200 OK", "{}{}").into_bytes(), "7200"),
        (http("204 No Content", "").into_bytes(), "7400"),
        (
            good("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----").into_bytes(),
            "1003",
        ),
        (good("none").into_bytes(), "1003"),
    ] {
        let shown = String::from_utf8_lossy(&answer[..answer.len().min(60)]).into_owned();
        let refused = refusal(answer);
        assert!(refused.contains(words), "{shown}: {refused}");
        assert!(refused.len() < 5000);
    }
}

#[test]
fn texts_of_a_server_move_no_cursor() {
    let (csr, _) = pair();
    let hostile = "\u{1b}[2J\u{9b}2J\u{7f}\r";
    let envelope = serde_json::json!({"success": false, "errors": [{"message": hostile}]});
    for answer in [
        http("200 OK", &envelope.to_string()),
        http("400 Bad", &envelope.to_string()),
        http("400 Bad", hostile),
        format!("HTTP/1.1 307 x\r\nLocation: {hostile}\r\nContent-Length: 0\r\n\r\n"),
    ] {
        let failure = sign_within(vec![answering(answer)], &csr, LONG).expect_err("refused");
        for text in failure
            .advice()
            .iter()
            .map(String::as_str)
            .chain([failure.words()])
        {
            assert!(!text.contains(char::is_control), "{text:?}");
        }
    }
}

#[test]
fn silence_and_slowness_end() {
    const SHORT: Duration = Duration::from_millis(300);
    let start = Instant::now();
    let silent = serve(|_, _| std::thread::sleep(Duration::from_secs(8)));
    let dripping = |header: &'static [u8]| {
        serve(move |stream, _| {
            let _ = stream.write_all(header);
            while stream.write_all(b" ").is_ok() {
                std::thread::sleep(Duration::from_millis(20));
            }
        })
    };
    for server in [
        silent,
        dripping(b"HTTP/1.1 200 OK\r\nA:"),
        dripping(b"HTTP/1.1 200 OK\r\n\r\n"),
    ] {
        let refused = refusal_within(server, SHORT);
        assert!(refused.contains("takes too long"), "{refused}");
    }
    // One that does not even take the connection.
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    let refused = refusal_within(address.parse().expect("an address"), SHORT);
    assert!(refused.contains("takes too long"), "{refused}");
    assert!(start.elapsed() < Duration::from_secs(5), "{start:?}");
}

#[test]
fn a_list_has_a_bound_of_its_own() {
    const SHORT: Duration = Duration::from_millis(300);
    let (csr, _) = pair();
    let start = Instant::now();
    // The system takes the connections; nobody answers.
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address: Address = listener
        .local_addr()
        .expect("an address")
        .to_string()
        .parse()
        .expect("an address");
    let failure = sign_within(vec![address; 16], &csr, SHORT).expect_err("nobody answers");
    assert!(start.elapsed() < 8 * SHORT, "{:?}", start.elapsed());
    assert!(
        failure.advice()[0].ends_with("is not asked: those before took too long"),
        "{failure:?}"
    );
}

proptest! {
    #[test]
    fn no_answer_makes_it_panic(body in "\\PC{0,60}|\\{\"success\":true,\"result\":\\{\"(certificate|usages|expiry)\":\\PC{0,20}\\}\\}") {
        let address: Address = "ca".parse().expect("an address");
        let answer = transport::Answer { status: 200, body: body.into_bytes(), location: None };
        if let Ok(result) = answer::result(&address, &answer) {
            let (csr, _) = pair();
            prop_assert!(answer::certificate(&result, csr.public_key()).is_err());
            prop_assert!(answer::info(&result).is_err());
        }
    }
}
