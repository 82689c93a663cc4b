//! `kpki cfssl` as the client of cfssl's own server, by http and by https.

mod server;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use tempfile::{TempDir, tempdir};

use self::server::Server;
use crate::common::program::installed;
use crate::common::{Output, kpki, run};

/// Of the profile `closed`.
const KEY: &str = "0123456789abcdef0123456789ABCDEF";

/// A directory with a CA, a request, and the configuration of a server.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        let place = Self(tempdir().expect("a temporary directory"));
        place.json(
            "ca.json",
            &json!({"CN": "ca", "key": {"algo": "ecdsa", "size": 256}}),
        );
        place.json(
            "leaf.json",
            &json!({"CN": "leaf", "hosts": ["leaf.example", "10.0.0.1"]}),
        );
        let profile = |usage| json!({"expiry": "24h", "usages": ["signing", usage]});
        let mut closed = profile("client auth");
        closed["auth_key"] = "k".into();
        place.json(
            "server.json",
            &json!({
                "signing": {
                    "default": profile("server auth"),
                    "profiles": {"open": profile("client auth"), "closed": closed},
                },
                "auth_keys": {"k": {"type": "standard", "key": KEY}},
            }),
        );
        place.generate(&["gencert", "-initca", "ca.json"], "ca");
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn json(&self, name: &str, document: &Value) {
        fs::write(self.path(name), document.to_string()).expect("a file");
    }

    fn cfssl(&self, arguments: &[&str]) -> Output {
        let mut command = kpki();
        command
            .arg("cfssl")
            .args(arguments)
            .current_dir(self.0.path());
        // A proxy is not to be asked.
        command.env("HTTP_PROXY", "http://127.0.0.1:1");
        command.env("HTTPS_PROXY", "http://127.0.0.1:1");
        command.env("ALL_PROXY", "http://127.0.0.1:1");
        command.env("KPKI_TEST_AUTH_KEY", KEY);
        run(&mut command)
    }

    /// What a command prints, which must succeed.
    fn prints(&self, arguments: &[&str]) -> Value {
        let output = self.cfssl(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", output.stderr);
        serde_json::from_str(&output.stdout).expect("JSON")
    }

    /// What a command writes to standard error, which must fail.
    fn fails(&self, arguments: &[&str]) -> String {
        let output = self.cfssl(arguments);
        assert_eq!(
            output.status.code(),
            Some(1),
            "{arguments:?}: {}",
            output.stderr
        );
        assert_eq!(output.stdout, "", "{arguments:?}");
        output.stderr
    }

    /// Writes what a command prints to `NAME.pem` and `NAME-key.pem`.
    fn generate(&self, arguments: &[&str], name: &str) -> Value {
        let printed = self.prints(arguments);
        for (key, suffix) in [("cert", ".pem"), ("key", "-key.pem"), ("csr", ".csr")] {
            if let Some(text) = printed[key].as_str() {
                fs::write(self.path(&format!("{name}{suffix}")), text).expect("a file");
            }
        }
        printed
    }

    /// That a certificate comes from the CA and has this purpose; and what OpenSSL says of it.
    fn verify(&self, certificate: &str, purpose: &str) -> String {
        let certificate = self.path(certificate);
        let ca = self.path("ca.pem");
        let mut command = Command::new("openssl");
        command.args(["verify", "-x509_strict", "-no-CApath", "-no-CAstore"]);
        command.args(["-purpose", purpose, "-CAfile"]).arg(ca);
        let output = run(command.arg(&certificate));
        assert!(output.status.success(), "{command:?}: {}", output.stderr);
        openssl(&["x509", "-noout", "-text", "-in"], &certificate)
    }

    /// The configuration of a client whose profiles have these settings. cfssl 1.2 refuses one that
    /// signs on two hosts, and a default that is left out signs here.
    fn client(&self, name: &str, profile: Value, key: &str, remotes: &str) {
        self.json(
            name,
            &json!({
                "signing": {"default": profile.clone(), "profiles": {"closed": profile}},
                "auth_keys": {"k": {"type": "standard", "key": key}},
                "remotes": {"r": remotes},
            }),
        );
    }
}

/// Standard output of `openssl ARGUMENTS FILE`, which must succeed.
fn openssl(arguments: &[&str], file: &Path) -> String {
    let mut command = Command::new("openssl");
    let output = run(command.args(arguments).arg(file));
    assert!(output.status.success(), "{command:?}: {}", output.stderr);
    output.stdout
}

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

#[test]
fn signs_by_https() {
    if !installed(&["cfssl", "openssl"]) {
        return;
    }
    let place = Place::new();
    place.json(
        "tls.json",
        &json!({"CN": "server", "hosts": ["localhost", "127.0.0.1"]}),
    );
    place.json(
        "named.json",
        &json!({"CN": "server", "hosts": ["elsewhere.example"]}),
    );
    place.json("other.json", &json!({"CN": "other"}));
    let by_ca = [
        "gencert",
        "-ca",
        "ca.pem",
        "-ca-key",
        "ca-key.pem",
        "-config",
        "server.json",
    ];
    let issue = |request, name, profile: &[&str]| {
        place.generate(&[&by_ca[..], profile, &[request]].concat(), name);
    };
    issue("tls.json", "tls", &[]);
    issue("named.json", "named", &[]);
    issue("leaf.json", "client", &["-profile", "open"]);
    place.generate(&["gencert", "-initca", "other.json"], "other");
    place.generate(&["gencert", "-initca", "other.json"], "stranger");

    let tls = ["-tls-cert", "tls.pem", "-tls-key", "tls-key.pem"];
    let server = Server::start(place.0.path(), &tls);
    let gencert = |url: &str, flags: &[&str]| -> Vec<String> {
        let arguments = [&["gencert", "-remote", url][..], flags, &["leaf.json"]].concat();
        arguments.into_iter().map(str::to_owned).collect()
    };
    let signs = |url: &str, flags: &[&str]| {
        let arguments = gencert(url, flags);
        let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
        place.generate(&arguments, "leaf");
        place.verify("leaf.pem", "sslserver");
    };
    let refuses = |url: &str, flags: &[&str], words: &str| {
        let arguments = gencert(url, flags);
        let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
        let refused = place.fails(&arguments);
        assert!(refused.contains(words), "{words}: {refused}");
    };
    let trusting = ["-tls-remote-ca", "ca.pem"];
    signs(&server.https("localhost"), &trusting);
    signs(&server.https("127.0.0.1"), &trusting);
    let unknown = "x509: certificate signed by unknown authority";
    refuses(
        &server.https("localhost"),
        &["-tls-remote-ca", "other.pem"],
        unknown,
    );
    refuses(&server.https("localhost"), &[], "x509: ");
    refuses(
        &server.https("localhost"),
        &["-tls-remote-ca", "leaf.json"],
        "failed to load cert pool",
    );
    // However many others stand before it.
    let read = |name| fs::read_to_string(place.path(name)).expect("a file");
    let many = read("other.pem").repeat(150) + &read("ca.pem");
    fs::write(place.path("many.pem"), many).expect("a file");
    signs(&server.https("localhost"), &["-tls-remote-ca", "many.pem"]);
    // What https refuses is not sent by http.
    refuses(
        &format!("{},{}", server.https("localhost"), nobody()),
        &["-tls-remote-ca", "other.pem"],
        "write https:// before each of them",
    );
    let plain = server.http();
    refuses(
        &plain,
        &trusting,
        r#"{"code":7400,"message":"Client sent an HTTP request to an HTTPS"#,
    );
    refuses(&plain, &trusting, "-tls-remote-ca has no effect by http");

    let named = ["-tls-cert", "named.pem", "-tls-key", "named-key.pem"];
    let elsewhere = Server::start(place.0.path(), &named);
    refuses(
        &elsewhere.https("127.0.0.1"),
        &trusting,
        "certificate is not valid for 127.0.0.1",
    );
    refuses(
        &elsewhere.https("localhost"),
        &trusting,
        "certificate is not valid for localhost",
    );

    // A server that asks for a certificate of the client's.
    let mutual = Server::start(
        place.0.path(),
        &[&tls[..], &["-mutual-tls-ca", "ca.pem"]].concat(),
    );
    let showing = |certificate: &'static str, key: &'static str| {
        let flags = [
            "-mutual-tls-client-cert",
            certificate,
            "-mutual-tls-client-key",
            key,
        ];
        [&trusting[..], &flags].concat()
    };
    let url = mutual.https("localhost");
    signs(&url, &showing("client.pem", "client-key.pem"));
    // Its alert may come too late to be read.
    let unknown = "broke off: does it know -mutual-tls-client-cert";
    refuses(&url, &trusting, unknown);
    refuses(&url, &showing("stranger.pem", "stranger-key.pem"), unknown);
    refuses(
        &url,
        &showing("client.pem", "tls-key.pem"),
        "tls: private key does not match public key",
    );
    let half = [&trusting[..], &["-mutual-tls-client-cert", "client.pem"]].concat();
    refuses(&url, &half, "belong together");
}
