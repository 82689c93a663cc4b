//! `kpki verify --live`: its words.

use std::io::Write;
use std::net::{Ipv4Addr, TcpListener};
use std::thread;

use serde_json::Value;

use crate::common::run;
use crate::golden::golden;
use crate::setup::{NOW, Place, assert_no_secrets};

#[test]
fn what_a_server_shows_stands_in_the_same_report() {
    let place = Place::new();
    place.made("10.0.0.10");
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let port = listener.local_addr().expect("a bound socket").port();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let answer = b"HTTP/1.0 400 Bad Request\r\n\r\n";
            let _ = stream.and_then(|mut stream| stream.write_all(answer));
        }
    });
    let endpoint = format!("etcd=127.0.0.1:{port}");
    let arguments = [
        "verify",
        "--now",
        NOW,
        "k",
        "--live",
        "--endpoint",
        &endpoint,
    ];
    let output = run(&mut place.command(&arguments));
    assert_no_secrets(&output);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let shown = place
        .plain(&output.stdout)
        .replace(&format!("127.0.0.1:{port}"), "127.0.0.1:PORT");
    golden("verify-live.txt", &shown);

    let output = run(place.command(&arguments).args(["-o", "json"]));
    let report: Value = serde_json::from_str(&output.stdout).expect("one JSON document");
    let finding = &report["hosts"][0]["findings"][0];
    assert_eq!(finding["rule"], "live-not-tls");
    assert_eq!(finding["file"], format!("https://127.0.0.1:{port}"));
}

#[test]
fn without_a_server_to_ask_it_says_how_to_name_one() {
    let place = Place::new();
    place.made("10.0.0.10");
    let said = place.refused(&mut place.command(&["verify", "k", "--live"]));
    assert!(said.contains("--live has no server to ask"), "{said}");
    assert!(said.contains("add --endpoint 127.0.0.1:6443"), "{said}");
    for wrong in ["kubelet=10.0.0.1", "http://10.0.0.1", "10.0.0.1:0", ""] {
        let arguments = ["verify", "k", "--live", "--endpoint", wrong];
        place.refused(&mut place.command(&arguments));
    }
    // Who names a server wants it asked.
    let said = place.refused(&mut place.command(&["verify", "k", "--endpoint", "10.0.0.1"]));
    assert!(said.contains("--live"), "{said}");
    let many: Vec<String> = (0..129)
        .map(|last| format!("10.0.0.1:{}", 6000 + last))
        .collect();
    let mut command = place.command(&["verify", "k", "--live"]);
    for endpoint in many {
        command.args(["--endpoint", &endpoint]);
    }
    let said = place.refused(&mut command);
    assert!(said.contains("129 servers are more than the 128"), "{said}");
}
