//! `kpki inspect` reads certificates, requests and revocation lists as OpenSSL does.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::common::program::installed;
use crate::common::{fixture, kpki, run};
use crate::tree::Tree;

#[test]
fn certificates() {
    if !installed(&["openssl"]) {
        return;
    }
    let tree = Tree::generate(&["--key-algorithm", "ECDSA-P256"]);
    let mut files: Vec<PathBuf> = tree.files();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "crt"));
    for name in ["pki/ca", "pki/apiserver", "pki/etcd/server", "pki/etcd/ca"] {
        files.push(fixture(&format!("kubeadm/sample/{name}.crt")));
    }
    for name in ["inspect/ed25519.crt", "inspect/p256.crt"] {
        files.push(fixture(name));
    }
    for file in &files {
        certificate_agrees(file);
    }
}

fn certificate_agrees(file: &Path) {
    let ours = inspected(file);
    let name = file.display();
    let said = |option: &[&str]| {
        let names = ["-nameopt", "sname,sep_comma_plus,utf8"];
        let dates = ["-dateopt", "iso_8601"];
        let arguments = [&["x509", "-noout"], &names[..], &dates, option].concat();
        let text = openssl(&arguments, file);
        let value = text.trim_end().split_once('=').map(|(_, value)| value);
        value.unwrap_or_default().to_owned()
    };
    assert_eq!(ours["subject"], said(&["-subject"]), "{name}");
    assert_eq!(ours["issuer"], said(&["-issuer"]), "{name}");
    assert_eq!(ours["serial"], said(&["-serial"]), "{name}");
    let time = |time: &Value| time["time"].as_str().expect("a time").replace('T', " ");
    assert_eq!(time(&ours["notBefore"]), said(&["-startdate"]), "{name}");
    assert_eq!(time(&ours["notAfter"]), said(&["-enddate"]), "{name}");
    let fingerprint = said(&["-fingerprint", "-sha256"]).replace(':', "");
    assert_eq!(ours["sha256"], fingerprint.to_ascii_lowercase(), "{name}");

    let text = openssl(&["x509", "-noout", "-text"], file);
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let algorithm = lines
        .iter()
        .find_map(|line| line.strip_prefix("Signature Algorithm: "));
    assert_eq!(ours["signatureAlgorithm"].as_str(), algorithm, "{name}");
    // An extension has its name on one line and its value on the next.
    let extension = |title: &str| {
        let at = lines.iter().position(|line| line.starts_with(title))?;
        lines.get(at + 1).copied()
    };
    let subject_key = extension("X509v3 Subject Key Identifier");
    assert_eq!(ours["subjectKeyIdentifier"].as_str(), subject_key, "{name}");
    let authority_key = extension("X509v3 Authority Key Identifier");
    assert_eq!(
        ours["authorityKeyIdentifier"].as_str(),
        authority_key,
        "{name}"
    );
    let constraints = extension("X509v3 Basic Constraints");
    let shown = match (ours["isCa"].as_bool(), ours["pathLength"].as_u64()) {
        (None, _) => None,
        (Some(false), _) => Some("CA:FALSE".to_owned()),
        (Some(true), None) => Some("CA:TRUE".to_owned()),
        (Some(true), Some(length)) => Some(format!("CA:TRUE, pathlen:{length}")),
    };
    assert_eq!(shown.as_deref(), constraints, "{name}");
    let words = |key: &str, title: &str, known: &[(&str, &str)]| {
        let theirs = extension(title).map(|value| {
            let entries = value.split(", ").map(|entry| {
                let found = known.iter().find(|(theirs, _)| *theirs == entry);
                found.map_or(entry, |(_, ours)| *ours).to_owned()
            });
            entries.collect::<Vec<_>>()
        });
        let ours = ours[key].as_array().map(|list| {
            let entries = list.iter().map(|entry| entry.as_str().expect("a text"));
            entries.map(str::to_owned).collect::<Vec<_>>()
        });
        assert_eq!(
            ours.unwrap_or_default(),
            theirs.unwrap_or_default(),
            "{name}: {key}"
        );
    };
    words("keyUsage", "X509v3 Key Usage", &USAGES);
    words("extendedKeyUsage", "X509v3 Extended Key Usage", &PURPOSES);

    let names = ours["subjectAltNames"].as_array().expect("a list");
    let theirs = extension("X509v3 Subject Alternative Name").unwrap_or_default();
    let theirs = theirs.split(", ").filter(|entry| !entry.is_empty());
    // OpenSSL writes IPv6 addresses in full.
    let theirs: Vec<String> = theirs
        .map(|entry| match entry.strip_prefix("IP Address:") {
            Some(address) => format!("IP:{}", address.parse::<IpAddr>().expect("an address")),
            None => entry.to_owned(),
        })
        .collect();
    assert_eq!(*names, theirs, "{name}");

    let key = openssl(&["x509", "-noout", "-pubkey"], file);
    let der = pem::parse(key).expect("PEM").into_contents();
    let hash = ring::digest::digest(&ring::digest::SHA256, &der);
    let hash: String = hash.as_ref().iter().map(|o| format!("{o:02x}")).collect();
    assert_eq!(ours["publicKey"]["sha256"], hash, "{name}");
}

const USAGES: [(&str, &str); 4] = [
    ("Digital Signature", "digitalSignature"),
    ("Key Encipherment", "keyEncipherment"),
    ("Certificate Sign", "keyCertSign"),
    ("CRL Sign", "cRLSign"),
];

const PURPOSES: [(&str, &str); 3] = [
    ("TLS Web Server Authentication", "serverAuth"),
    ("TLS Web Client Authentication", "clientAuth"),
    ("Code Signing", "codeSigning"),
];

#[test]
fn a_request_and_a_list() {
    if !installed(&["openssl"]) {
        return;
    }
    let file = fixture("inspect/p256.csr");
    let ours = inspected(&file);
    let names = ["-nameopt", "sname,sep_comma_plus,utf8"];
    let subject = openssl(
        &[&["req", "-noout", "-subject"], &names[..]].concat(),
        &file,
    );
    let subject = subject.trim_end().strip_prefix("subject=");
    assert_eq!(ours["subject"].as_str(), subject);
    openssl(&["req", "-noout", "-verify"], &file);
    assert_eq!(ours["signatureVerified"], true);

    let file = fixture("inspect/list.crl");
    let ours = inspected(&file);
    let text = openssl(&["crl", "-noout", "-text", "-crlnumber"], &file);
    assert!(text.contains("crlNumber=0x07\n"), "{text}");
    assert_eq!(ours["number"], "07");
    for entry in ours["firstRevoked"].as_array().expect("a list") {
        let line = format!(
            "Serial Number: {}\n",
            entry["serial"].as_str().expect("a text")
        );
        assert!(text.contains(&line), "{line}: {text}");
    }
}

/// The one thing in a file.
fn inspected(file: &Path) -> Value {
    let output = run(kpki().args(["inspect", "-o", "json"]).arg(file));
    assert!(output.status.success(), "{output:?}");
    let mut report: Value = serde_json::from_str(&output.stdout).expect("one JSON document");
    report["files"][0]["items"][0].take()
}

/// Standard output of `openssl ARGUMENTS -in FILE`, which must succeed.
fn openssl(arguments: &[&str], file: &Path) -> String {
    let mut command = Command::new("openssl");
    let output = run(command.args(arguments).arg("-in").arg(file));
    assert!(output.status.success(), "{command:?}: {}", output.stderr);
    output.stdout
}
