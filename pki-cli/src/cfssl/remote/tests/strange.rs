//! Answers that are none: too long, too slow, or of no sense.

use std::net::TcpListener;

use super::*;

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
