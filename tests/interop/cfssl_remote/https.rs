//! By https: whose certificate is trusted, and whose is shown.

use super::*;

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
