//! `kpki cfssl` as the client of cfssl's own server, by http and by https.

mod https;
mod place;
mod server;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use tempfile::{TempDir, tempdir};

use self::place::{KEY, Place, openssl};
use self::server::Server;
use crate::common::program::installed;
use crate::common::{Output, kpki, run};

/// A port on which nobody listens.
fn nobody() -> String {
    format!("http://127.0.0.1:{}", server::free_port())
}

#[test]
fn signs_by_http() {
    if !installed(&["cfssl", "openssl"]) {
        return;
    }
    let place = Place::new();
    let server = Server::start(place.0.path(), &[]);
    let (url, authority) = (server.http(), server.authority());

    // Without a scheme, and with a profile that only the server has.
    let remote = ["gencert", "-remote", authority.as_str()];
    let arguments = [&remote[..], &["-profile", "open", "leaf.json"]].concat();
    place.generate(&arguments, "leaf");
    let text = place.verify("leaf.pem", "sslclient");
    assert!(
        text.contains("DNS:leaf.example, IP Address:10.0.0.1"),
        "{text}"
    );
    let public = |arguments: &[&str], file| openssl(arguments, &place.path(file));
    assert_eq!(
        public(&["pkey", "-pubout", "-in"], "leaf-key.pem"),
        public(&["x509", "-noout", "-pubkey", "-in"], "leaf.pem")
    );

    // -hostname and SUBJECT replace what the CSR says.
    place.json(
        "subject.json",
        &json!({"CN": "other", "names": [{"O": "o"}]}),
    );
    let sign = [
        "sign",
        "-remote",
        &url,
        "-hostname",
        "a.example,::1",
        "leaf.csr",
        "subject.json",
    ];
    place.generate(&sign, "signed");
    let text = place.verify("signed.pem", "sslserver");
    assert!(
        text.contains("DNS:a.example, IP Address:0:0:0:0:0:0:0:1"),
        "{text}"
    );
    assert!(text.contains("Subject: O = o, CN = other"), "{text}");

    // What strict mode would not print is not asked for.
    for warned in [["-hostname", "a, b"], ["-tls-remote-ca", "ca.pem"]] {
        let mut strict = kpki();
        strict.args(["cfssl", "gencert", "-remote", &nobody()]);
        strict.args(warned).arg("leaf.json");
        let strict = run(strict
            .current_dir(place.0.path())
            .env("KPKI_CFSSL_STRICT", "1"));
        assert!(
            strict.stderr.contains("refused before a server is asked"),
            "{}",
            strict.stderr
        );
    }

    // -initca is never remote.
    let made = place.prints(&["gencert", "-initca", "-remote", &nobody(), "ca.json"]);
    assert!(made["key"].is_string());
}

#[test]
fn authenticates() {
    if !installed(&["cfssl", "openssl"]) {
        return;
    }
    let place = Place::new();
    let server = Server::start(place.0.path(), &[]);
    let url = server.http();
    let authenticated = json!({"auth_remote": {"remote": "r", "auth_key": "k"}});
    fs::write(place.path("key"), format!("\n {KEY}\n")).expect("a file");
    let gencert = |config| {
        [
            "gencert",
            "-config",
            config,
            "-profile",
            "closed",
            "leaf.json",
        ]
    };

    // The key in the document, in a variable and in a file; the first server is dead.
    let servers = format!("{},{url}", nobody());
    let file = format!("file:{}", place.path("key").display());
    for key in [KEY, "env:KPKI_TEST_AUTH_KEY", &file] {
        place.client("client.json", authenticated.clone(), key, &servers);
        place.generate(&gencert("client.json"), "leaf");
        place.verify("leaf.pem", "sslclient");
    }
    // The flag names the server, and the profile the key.
    place.client("client.json", authenticated.clone(), KEY, &nobody());
    let flag = [
        "gencert",
        "-remote",
        &url,
        "-config",
        "client.json",
        "-profile",
        "closed",
    ];
    place.generate(&[&flag[..], &["leaf.json"]].concat(), "leaf");
    place.verify("leaf.pem", "sslclient");

    place.client("wrong.json", authenticated.clone(), "00", &url);
    let wrong = place.fails(&gencert("wrong.json"));
    assert!(wrong.contains(r#"{"code":7400,"#), "{wrong}");
    assert!(
        wrong.contains("invalid token") && wrong.contains("/authsign"),
        "{wrong}"
    );
    assert!(!wrong.contains(KEY));

    let missing = place.path("missing").display().to_string();
    for (key, words) in [
        ("env:KPKI_TEST_NOT_SET", "KPKI_TEST_NOT_SET"),
        (&format!("file:{missing}"), &missing),
    ] {
        place.client("unset.json", authenticated.clone(), key, &url);
        let unset = place.fails(&gencert("unset.json"));
        assert!(
            unset.contains("failed to create new standard auth provider"),
            "{unset}"
        );
        assert!(
            unset.contains(words) && !unset.contains("generating key"),
            "{unset}"
        );
    }

    place.client("open.json", json!({"remote": "r"}), KEY, &url);
    for arguments in [
        gencert("open.json"),
        [
            "gencert",
            "-remote",
            &url,
            "-profile",
            "closed",
            "leaf.json",
        ],
    ] {
        let refused = place.fails(&arguments);
        assert!(refused.contains("authentication required"), "{refused}");
        assert!(refused.contains("auth_remote"), "{refused}");
    }
}

#[test]
fn a_dead_server_is_named() {
    if !installed(&["cfssl"]) {
        return;
    }
    let place = Place::new();
    let dead = nobody();
    let refused = place.fails(&["gencert", "-remote", &dead, "leaf.json"]);
    let authority = dead.trim_start_matches("http://");
    let words = format!(
        r#"{{"code":7400,"message":"failed POST to {dead}/api/v1/cfssl/sign: Post \"{dead}/api/v1/cfssl/sign\": dial tcp {authority}: connect: connection refused"}}"#
    );
    assert_eq!(refused.lines().last(), Some(words.as_str()));
    let mut cfssl = Command::new("cfssl");
    cfssl.args(["gencert", "-remote", &dead, "leaf.json"]);
    let theirs = run(cfssl.current_dir(place.0.path()));
    assert_eq!(theirs.stderr.lines().last(), Some(words.as_str()));
}

#[test]
fn asks_for_information_as_cfssl_does() {
    if !installed(&["cfssl"]) {
        return;
    }
    let place = Place::new();
    let server = Server::start(place.0.path(), &[]);
    let url = server.http();
    place.client("client.json", json!({"remote": "r"}), KEY, &url);
    let ca = ["-ca", "ca.pem", "-ca-key", "ca-key.pem"];
    for arguments in [
        vec!["-remote", &url],
        vec!["-remote", &url, "-profile", "closed", "-label", "x"],
        vec!["-config", "client.json", "-profile", "closed"],
        [&["-config", "server.json", "-profile", "open"][..], &ca].concat(),
    ] {
        let arguments = [&["info"][..], &arguments].concat();
        let ours = place.cfssl(&arguments);
        let mut theirs = Command::new("cfssl");
        let theirs = run(theirs.args(&arguments).current_dir(place.0.path()));
        assert!(ours.status.success(), "{arguments:?}: {}", ours.stderr);
        assert_eq!(ours.stdout, theirs.stdout, "{arguments:?}");
        assert!(ours.stdout.starts_with(r#"{"certificate":"-----BEGIN"#));
    }
    for arguments in [&["info"][..], &["info", "x"]] {
        let mut theirs = Command::new("cfssl");
        let theirs = run(theirs.args(arguments));
        assert_eq!(place.fails(arguments), theirs.stderr, "{arguments:?}");
    }
}
