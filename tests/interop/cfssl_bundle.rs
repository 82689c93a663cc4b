//! Bundles that the real cfssl and kpki make of the same files.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Map, Value, json};
use tempfile::{TempDir, tempdir};

use crate::common::program::installed;
use crate::common::{Output, kpki, run};

const CONFIG: &str = r#"{"signing": {
    "default": {"expiry": "8760h", "usages": ["signing", "server auth", "client auth"]},
    "profiles": {
        "ca": {"expiry": "43800h", "usages": ["cert sign", "crl sign"],
            "ca_constraint": {"is_ca": true, "max_path_len": 0, "max_path_len_zero": true}},
        "urls": {"expiry": "8760h", "usages": ["server auth"],
            "ocsp_url": "http://ocsp.example", "crl_url": "http://crl.example"},
        "client": {"expiry": "8760h", "usages": ["client auth"]},
        "code": {"expiry": "8760h", "usages": ["code signing"]},
        "soon": {"expiry": "240h", "usages": ["server auth"]},
        "old": {"expiry": "1h", "usages": ["server auth"],
            "not_before": "2020-01-01T00:00:00Z", "not_after": "2021-01-01T00:00:00Z"},
        "future": {"expiry": "1h", "usages": ["server auth"],
            "not_before": "2090-01-01T00:00:00Z", "not_after": "2091-01-01T00:00:00Z"}
    }
}}"#;

/// Certificates of cfssl: a root, a CA below it, and leaves of both.
struct Files(TempDir);

impl Files {
    fn new() -> Self {
        let files = Self(tempdir().expect("a temporary directory"));
        files.write("config.json", CONFIG);
        files.write("empty.pem", "");
        let subject = |name: &str, algo: &str, size: u32| {
            json!({
                "CN": name, "key": {"algo": algo, "size": size},
                "hosts": ["a.example", "b.example", name, "10.0.0.1"],
                "names": [
                    {"C": "DE", "ST": "Berlin", "L": "B", "O": "Org <&>", "OU": "u/x"},
                    {"O": "two, \"three\""}
                ],
            })
        };
        for (name, algo, size) in [
            ("root", "ecdsa", 256),
            ("between", "rsa", 2048),
            ("leaf", "ecdsa", 384),
            ("rsa-leaf", "rsa", 2048),
        ] {
            let mut request = subject(name, algo, size);
            if matches!(name, "root" | "between") {
                request["hosts"] = json!([]);
            }
            files.write(&format!("{name}.json"), &request.to_string());
        }
        files.made("root", &["-initca", "root.json"]);
        files.made("other", &["-initca", "root.json"]);
        files.issue("root", "ca", "between.json", "between");
        files.issue("root", "default", "leaf.json", "direct");
        files.issue("root", "urls", "leaf.json", "direct-urls");
        files.issue("between", "default", "rsa-leaf.json", "rsa");
        for profile in ["default", "urls", "client", "code", "soon", "old", "future"] {
            files.issue("between", profile, "leaf.json", profile);
        }
        files.joined("chain", &["default", "between"]);
        files.joined("reversed", &["between", "default"]);
        files.joined("full", &["default", "between", "root"]);
        files.joined("wrong", &["default", "root"]);
        files.joined("roots", &["other", "root"]);
        files
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path().join(name), text).expect("written");
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path().join(name)).expect("a file")
    }

    fn joined(&self, name: &str, parts: &[&str]) {
        let parts = parts.iter().map(|part| self.read(&format!("{part}.pem")));
        let text: String = parts.collect();
        self.write(&format!("{name}.pem"), &text);
    }

    fn issue(&self, ca: &str, profile: &str, request: &str, name: &str) {
        let (ca, key) = (format!("{ca}.pem"), format!("{ca}-key.pem"));
        self.made(
            name,
            &[
                "-ca",
                &ca,
                "-ca-key",
                &key,
                "-config",
                "config.json",
                "-profile",
                profile,
                request,
            ],
        );
    }

    fn made(&self, name: &str, words: &[&str]) {
        let mut cfssl = Command::new("cfssl");
        let output = run(cfssl.arg("gencert").args(words).current_dir(self.path()));
        assert!(output.status.success(), "{name}: {}", output.stderr);
        let members: Map<String, Value> = serde_json::from_str(&output.stdout).expect("JSON");
        for (member, suffix) in [("cert", ".pem"), ("key", "-key.pem")] {
            let text = members[member].as_str().expect("PEM");
            self.write(&format!("{name}{suffix}"), text);
        }
    }

    fn bundle(&self, program: &mut Command, words: &str) -> Output {
        let words = words.split_whitespace();
        run(program
            .arg("bundle")
            .args(words)
            .env("TZ", "UTC")
            .current_dir(self.path()))
    }

    fn kpki(&self, words: &str) -> Output {
        self.bundle(kpki().arg("cfssl"), words)
    }
}

#[test]
fn bundles_are_those_of_cfssl() {
    if !installed(&["cfssl", "openssl"]) {
        return;
    }
    let files = Files::new();
    const CAS: &str = "-ca-bundle root.pem -int-bundle between.pem";
    for words in [
        "-ca-bundle root.pem -cert direct.pem",
        "-ca-bundle root.pem -cert direct-urls.pem",
        "-ca-bundle root.pem -cert chain.pem",
        "-ca-bundle root.pem -cert between.pem",
        "-ca-bundle root.pem -int-bundle empty.pem -cert direct.pem",
        "-ca-bundle roots.pem -int-bundle between.pem -cert default.pem",
        "CAS -cert direct.pem",
        "CAS -cert default.pem",
        "CAS -cert default.pem -flavor optimal",
        "CAS -cert default.pem -flavor nonsense",
        "CAS -cert default.pem -key default-key.pem",
        "CAS -cert rsa.pem -key rsa-key.pem",
        "CAS -cert urls.pem",
        "CAS -cert soon.pem",
        "CAS -cert reversed.pem",
        "CAS -cert full.pem",
        "CAS -cert wrong.pem",
        "CAS -cert default.pem -metadata nope.json",
        "CAS -cert default.pem -domain x.example",
        "CAS -cert default.pem extra words",
        "-flavor force -cert default.pem",
        "-flavor force -cert chain.pem",
        "-flavor force -cert chain.pem -key default-key.pem",
        "-flavor force -cert full.pem",
        "-flavor force -cert reversed.pem",
        "-flavor force -cert old.pem",
        "-flavor force -cert rsa.pem",
        "-flavor force -cert root.pem",
    ] {
        let words = words.replace("CAS", CAS);
        let ours = same(&files, &words, true);
        let bundle: Map<String, Value> = serde_json::from_str(&ours).expect("JSON");
        if !words.contains("old.pem") {
            openssl_verifies(&bundle);
        }
    }
}

#[test]
fn refusals_are_those_of_cfssl() {
    if !installed(&["cfssl"]) {
        return;
    }
    let files = Files::new();
    const CAS: &str = "-ca-bundle root.pem -int-bundle between.pem";
    for words in [
        "",
        "-cert default.pem",
        "-int-bundle between.pem -cert default.pem",
        "-ca-bundle root.pem -cert default.pem",
        "-ca-bundle other.pem -int-bundle between.pem -cert default.pem",
        "-ca-bundle empty.pem -cert default.pem",
        "-ca-bundle nope.pem -cert default.pem",
        "-ca-bundle config.json -cert default.pem",
        "-ca-bundle root-key.pem -cert default.pem",
        "-ca-bundle root.pem -int-bundle nope.pem -cert default.pem",
        "-ca-bundle root.pem -int-bundle config.json -cert default.pem",
        "CAS -cert nope.pem",
        "CAS -cert config.json",
        "CAS -cert empty.pem",
        "CAS -cert default-key.pem",
        "CAS -cert default.pem -key nope.pem",
        "CAS -cert default.pem -key config.json",
        "CAS -cert default.pem -key rsa-key.pem",
        "CAS -cert default.pem -key direct-key.pem",
        "CAS -cert root.pem",
        "CAS -cert other.pem",
        "CAS -cert old.pem",
        "CAS -cert future.pem",
        "CAS -cert code.pem",
        "-flavor force -cert wrong.pem",
        "-flavor force -cert nope.pem",
    ] {
        assert_eq!(same(&files, &words.replace("CAS", CAS), false), "");
    }
}

#[test]
fn kpki_goes_further_than_old_cfssl() {
    if !installed(&["cfssl", "openssl"]) {
        return;
    }
    let files = Files::new();
    const CAS: &str = "-ca-bundle root.pem -int-bundle between.pem";
    // cfssl after 1.2 takes clients' certificates.
    let client = files.kpki(&format!("{CAS} -cert client.pem"));
    assert!(client.status.success(), "{}", client.stderr);
    openssl_verifies(&serde_json::from_str(&client.stdout).expect("JSON"));
    // cfssl panics.
    let key = files.kpki(&format!("{CAS} -cert default.pem -key empty.pem"));
    assert_eq!(key.status.code(), Some(1));
    assert!(key.stderr.contains("\"code\":2002"), "{}", key.stderr);
    // cfssl makes the directory.
    let directory = files.kpki(&format!("{CAS} -cert default.pem -int-dir stash"));
    assert!(directory.status.success());
    assert!(directory.stderr.contains("[WARNING] -int-dir"));
    assert!(!files.path().join("stash").exists());
    let domain = files.kpki("-domain kubernetes.example");
    assert_eq!(domain.status.code(), Some(1));
    assert!(domain.stderr.contains("openssl s_client -connect"));
    // Strict: what cfssl passes over is an error.
    let mut strict = kpki();
    strict.arg("cfssl").env("KPKI_CFSSL_STRICT", "1");
    let strict = files.bundle(&mut strict, "-flavor force -cert old.pem");
    assert_eq!(
        (strict.status.code(), strict.stdout.as_str()),
        (Some(1), "")
    );
    assert!(strict.stderr.contains("is valid from 2020-"));
    // Into files, as cfssljson of 1.2 did.
    let words = format!("{CAS} -cert default.pem -key default-key.pem");
    files.write("bundle.json", &files.kpki(&words).stdout);
    let split = run(kpki()
        .args(["cfssljson", "-bare", "-f", "bundle.json", "out"])
        .current_dir(files.path()));
    assert!(split.status.success(), "{}", split.stderr);
    let chain = files.read("chain.pem");
    assert_eq!(files.read("out-bundle.pem"), chain.trim_end());
    let key = files.read("default-key.pem");
    assert_eq!(files.read("out-key.pem"), key.trim_end());
}

/// Runs both and compares; what kpki printed.
fn same(files: &Files, words: &str, succeeds: bool) -> String {
    let theirs = files.bundle(&mut Command::new("cfssl"), words);
    let ours = files.kpki(words);
    let stderr = format!("{words}\n{}", ours.stderr);
    assert_eq!(
        theirs.status.success(),
        succeeds,
        "{words}\n{}",
        theirs.stderr
    );
    assert_eq!(ours.status.code(), theirs.status.code(), "{stderr}");
    match succeeds {
        true => assert_eq!(
            comparable(&ours.stdout),
            comparable(&theirs.stdout),
            "{words}"
        ),
        false => assert_eq!((&*ours.stdout, &*theirs.stdout), ("", ""), "{words}"),
    }
    // kpki's advice stands below cfssl's lines.
    let (ours_lines, theirs_lines) = (timeless(&ours.stderr), timeless(&theirs.stderr));
    let (first, advice) = ours_lines.split_at(theirs_lines.len().min(ours_lines.len()));
    assert_eq!(first, theirs_lines, "{words}");
    for line in advice {
        assert!(line.starts_with("[WARNING] "), "{stderr}");
    }
    ours.stdout
}

/// The members in their order, without what cfssl 1.2 does not print, and in one order what it
/// prints in any.
fn comparable(stdout: &str) -> String {
    assert!(!stdout.ends_with('\n'));
    let mut members: Map<String, Value> = serde_json::from_str(stdout).expect("JSON");
    members.shift_remove("leaf_expires");
    let names = members["hostnames"].as_array_mut().expect("a list");
    names.sort_by_key(Value::to_string);
    serde_json::to_string_pretty(&members).expect("JSON")
}

/// The lines without their times.
fn timeless(stderr: &str) -> Vec<String> {
    let line = |line: &str| {
        let line = match line.split_once(" [") {
            Some((time, rest)) if time.len() == 19 => format!("[{rest}"),
            _ => line.to_owned(),
        };
        match line.split_once("current time ") {
            Some((before, after)) => format!("{before}{}", after.get(20..).unwrap_or_default()),
            None => line,
        }
    };
    stderr.lines().map(line).collect()
}

/// The leaf by the rest of the bundle and the root, if one was found.
fn openssl_verifies(bundle: &Map<String, Value>) {
    let text = |member: &str| bundle[member].as_str().expect("PEM").to_owned();
    let root = text("root");
    if root.is_empty() {
        return;
    }
    let folder = tempdir().expect("a temporary directory");
    let file = |name: &str, text: String| {
        let path = folder.path().join(name);
        fs::write(&path, text + "\n").expect("written");
        path
    };
    let mut openssl = Command::new("openssl");
    openssl.args(["verify", "-x509_strict", "-CAfile"]);
    openssl.arg(file("root.pem", root));
    openssl
        .arg("-untrusted")
        .arg(file("chain.pem", text("bundle")));
    let output = run(openssl.arg(file("leaf.pem", text("crt"))));
    assert!(output.status.success(), "{}", output.stderr);
}
