//! A directory with a CA, a request, and the configuration of a server; and
//! what the three programs make of it.

use super::*;

/// Of the profile `closed`.
pub(super) const KEY: &str = "0123456789abcdef0123456789ABCDEF";

/// A directory with a CA, a request, and the configuration of a server.
pub(super) struct Place(pub(super) TempDir);

impl Place {
    pub(super) fn new() -> Self {
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

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(super) fn json(&self, name: &str, document: &Value) {
        fs::write(self.path(name), document.to_string()).expect("a file");
    }

    pub(super) fn cfssl(&self, arguments: &[&str]) -> Output {
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
    pub(super) fn prints(&self, arguments: &[&str]) -> Value {
        let output = self.cfssl(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", output.stderr);
        serde_json::from_str(&output.stdout).expect("JSON")
    }

    /// What a command writes to standard error, which must fail.
    pub(super) fn fails(&self, arguments: &[&str]) -> String {
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
    pub(super) fn generate(&self, arguments: &[&str], name: &str) -> Value {
        let printed = self.prints(arguments);
        for (key, suffix) in [("cert", ".pem"), ("key", "-key.pem"), ("csr", ".csr")] {
            if let Some(text) = printed[key].as_str() {
                fs::write(self.path(&format!("{name}{suffix}")), text).expect("a file");
            }
        }
        printed
    }

    /// That a certificate comes from the CA and has this purpose; and what OpenSSL says of it.
    pub(super) fn verify(&self, certificate: &str, purpose: &str) -> String {
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
    pub(super) fn client(&self, name: &str, profile: Value, key: &str, remotes: &str) {
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
pub(super) fn openssl(arguments: &[&str], file: &Path) -> String {
    let mut command = Command::new("openssl");
    let output = run(command.args(arguments).arg(file));
    assert!(output.status.success(), "{command:?}: {}", output.stderr);
    output.stdout
}
