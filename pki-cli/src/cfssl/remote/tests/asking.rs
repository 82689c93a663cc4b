//! Who is asked, in which order, and what is sent.

use std::net::TcpListener;

use super::*;

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
        hosts: &pki_core::cfssl::split_cfssl_hostname("a.b,10.0.0.1")
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
