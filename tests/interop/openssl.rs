//! OpenSSL reads what kpki reads, and verifies what kpki issues.

use std::collections::BTreeMap;
use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use pki_core::{Certificate, ExtendedKeyUsage};
use tempfile::tempdir;

use crate::common::program::installed;
use crate::common::run;
use crate::render::{Rendered, hostile};
use crate::tree::{HOSTS, Tree, kubeconfig_field};

#[test]
fn rsa_2048() {
    check("RSA-2048");
}

#[test]
fn ecdsa_p256() {
    check("ECDSA-P256");
}

#[test]
fn ecdsa_p384() {
    check("ECDSA-P384");
}

fn check(algorithm: &str) {
    if !installed(&["openssl"]) {
        return;
    }
    let tree = Tree::generate(&["--key-algorithm", algorithm]);
    let scratch = tempdir().expect("a temporary directory");
    let pairs = pairs(&tree, scratch.path());
    let authorities: BTreeMap<Vec<u8>, PathBuf> = pairs
        .iter()
        .map(|pair| (read(&pair.certificate), &pair.certificate))
        .filter(|(certificate, _)| certificate.is_ca())
        .map(|(certificate, path)| (certificate.subject_der().to_vec(), path.clone()))
        .collect();
    assert_eq!(authorities.len(), 3, "kubernetes, front-proxy-ca, etcd-ca");
    for pair in &pairs {
        let certificate = read(&pair.certificate);
        agrees(&pair.certificate, &certificate);
        let authority = &authorities[certificate.issuer_der()];
        verifies(&pair.certificate, &certificate, authority);
        belong_together(pair);
    }
    service_account_keys_belong_together(&tree);
}

/// A certificate and its key, if that lies beside it.
struct Pair {
    certificate: PathBuf,
    key: Option<PathBuf>,
}

/// Every pair of the tree; those in kubeconfigs are written to `scratch`.
fn pairs(tree: &Tree, scratch: &Path) -> Vec<Pair> {
    let mut pairs = Vec::new();
    for file in tree.files() {
        let extension = file.extension().and_then(|extension| extension.to_str());
        match extension {
            Some("crt") => {
                let key = file.with_extension("key");
                pairs.push(Pair {
                    certificate: file,
                    key: key.exists().then_some(key),
                });
            }
            Some("conf") => {
                let number = pairs.len();
                let certificate = scratch.join(format!("{number}.crt"));
                let key = scratch.join(format!("{number}.key"));
                let field = |field| kubeconfig_field(&file, field);
                fs::write(&certificate, field("client-certificate-data")).expect("a copy");
                fs::write(&key, field("client-key-data")).expect("a copy");
                pairs.push(Pair {
                    certificate,
                    key: Some(key),
                });
            }
            Some("key" | "pub") => {}
            _ => panic!("{} is not of a tree", file.display()),
        }
    }
    // Per host: 3 CAs, 7 certificates, 3 kubeconfigs; 2 more on the first; and
    // the shared CAs.
    assert_eq!(pairs.len(), 13 * HOSTS.len() + 2 + 3);
    pairs
}

fn read(path: &Path) -> Certificate {
    let text = fs::read(path).expect("a certificate of the tree");
    match Certificate::from_pem(&text) {
        Ok(certificate) => certificate,
        Err(error) => panic!("{}: {error}", path.display()),
    }
}

/// OpenSSL's reading of subject, dates, purposes and names is kpki's.
fn agrees(path: &Path, certificate: &Certificate) {
    let text = openssl(
        &[
            "x509",
            "-noout",
            "-subject",
            "-startdate",
            "-enddate",
            "-dateopt",
            "iso_8601",
            "-nameopt",
            "sname,sep_comma_plus,utf8",
            "-ext",
            "subjectAltName,extendedKeyUsage",
            "-in",
        ],
        path,
    );
    let after = |start: &str| {
        let mut lines = text.lines();
        lines.find_map(|line| line.strip_prefix(start))
    };
    // An extension has its name on one line and its value on the next.
    let extension = |name: &str| {
        let mut lines = text.lines().skip_while(|line| !line.contains(name));
        let value = lines.nth(1).map(str::trim).unwrap_or_default();
        let entries = value.split(", ").filter(|entry| !entry.is_empty());
        entries.map(str::to_owned).collect::<Vec<_>>()
    };
    let (file, validity) = (path.display(), certificate.validity());
    assert_eq!(after("subject="), Some(certificate.subject()), "{file}");
    let date = |time: pki_core::Timestamp| time.to_string().replace('T', " ");
    let (start, end) = (date(validity.not_before()), date(validity.not_after()));
    assert_eq!(after("notBefore="), Some(start.as_str()), "{file}");
    assert_eq!(after("notAfter="), Some(end.as_str()), "{file}");

    let names: Vec<String> = extension("Subject Alternative Name")
        .iter()
        .map(|entry| match entry.strip_prefix("IP Address:") {
            Some(address) => format!("IP:{}", address.parse::<IpAddr>().expect("an address")),
            None => entry.clone(),
        })
        .collect();
    assert_eq!(names, certificate.subject_alt_names(), "{file}");
    let purposes: Vec<ExtendedKeyUsage> = extension("Extended Key Usage")
        .iter()
        .map(|purpose| match purpose.as_str() {
            "TLS Web Server Authentication" => ExtendedKeyUsage::ServerAuth,
            "TLS Web Client Authentication" => ExtendedKeyUsage::ClientAuth,
            other => panic!("{file}: {other}"),
        })
        .collect();
    let expected = certificate.extended_key_usage().unwrap_or_default();
    assert_eq!(purposes, expected, "{file}");
}

/// OpenSSL verifies the chain by the letter of RFC 5280, for each purpose of
/// the certificate and each of its names.
fn verifies(path: &Path, certificate: &Certificate, authority: &Path) {
    let verify = |arguments: &[&str]| {
        let mut command = Command::new("openssl");
        command.args(["verify", "-x509_strict", "-no-CApath", "-no-CAstore"]);
        command.arg("-CAfile").arg(authority).args(arguments);
        let output = run(command.arg(path));
        let all = format!("{}{}", output.stdout, output.stderr);
        (output.status.success(), format!("{command:?}: {all}"))
    };
    let accepts = |arguments: &[&str]| {
        let (accepted, text) = verify(arguments);
        assert!(accepted, "{text}");
    };
    accepts(&[]);
    if certificate.is_ca() {
        return;
    }
    for purpose in certificate.extended_key_usage().unwrap_or_default() {
        match purpose {
            ExtendedKeyUsage::ServerAuth => accepts(&["-purpose", "sslserver"]),
            ExtendedKeyUsage::ClientAuth => accepts(&["-purpose", "sslclient"]),
            other => panic!("{}: {other:?}", path.display()),
        }
    }
    for name in certificate.subject_alt_names() {
        match name.split_once(':') {
            Some(("DNS", name)) => accepts(&["-verify_hostname", name]),
            Some(("IP", address)) => accepts(&["-verify_ip", address]),
            other => panic!("{}: {other:?}", path.display()),
        }
    }
    if !certificate.subject_alt_names().is_empty() {
        let (accepted, text) = verify(&["-verify_ip", "127.0.10.99"]);
        assert!(!accepted, "an address that it does not have: {text}");
    }
}

fn belong_together(pair: &Pair) {
    if let Some(key) = &pair.key {
        openssl(&["pkey", "-check", "-noout", "-in"], key);
        let of_key = openssl(&["pkey", "-pubout", "-in"], key);
        let of_certificate = openssl(&["x509", "-noout", "-pubkey", "-in"], &pair.certificate);
        assert_eq!(of_key, of_certificate, "{}", key.display());
    }
}

fn service_account_keys_belong_together(tree: &Tree) {
    let mut directories = vec![tree.path().join("shared")];
    directories.extend(HOSTS.map(|(name, _)| tree.host(name).join("pki")));
    for directory in directories {
        let key = directory.join("sa.key");
        openssl(&["pkey", "-check", "-noout", "-in"], &key);
        let expected = openssl(&["pkey", "-pubout", "-in"], &key);
        let public = fs::read_to_string(directory.join("sa.pub")).expect("sa.pub");
        assert_eq!(public, expected, "{}", directory.display());
    }
}

/// Standard output of `openssl ARGUMENTS FILE`, which must succeed.
fn openssl(arguments: &[&str], file: &Path) -> String {
    let mut command = Command::new("openssl");
    let output = run(command.args(arguments).arg(file));
    assert!(output.status.success(), "{command:?}: {}", output.stderr);
    output.stdout
}

/// With a CA of their own for the members of etcd, each certificate has one of the two
/// CAs and not the other.
#[test]
fn members_with_their_own_ca() {
    if !installed(&["openssl"]) {
        return;
    }
    let cluster = hostile(Path::new("/usr/local/bin/etcd"));
    let rendered = Rendered::of(&cluster.replace("3.4.23", "3.4.23\n  peers: own-ca"));
    let pki = rendered.host("m0").join("etc/kubernetes/pki");
    let judged = |ca: &str, purpose: &str, certificate: &str| {
        let mut command = Command::new("openssl");
        command.args([
            "verify",
            "-x509_strict",
            "-no-CApath",
            "-no-CAstore",
            "-purpose",
            purpose,
        ]);
        command.arg("-CAfile").arg(pki.join(ca));
        run(command.arg(pki.join(certificate)))
    };
    let (clients, peers) = ("etcd/ca.crt", "etcd/peer-ca.crt");
    for (own, other, purpose, certificate) in [
        (peers, clients, "sslserver", "etcd/peer.crt"),
        (peers, clients, "sslclient", "etcd/peer.crt"),
        (clients, peers, "sslserver", "etcd/server.crt"),
        (clients, peers, "sslclient", "etcd/healthcheck-client.crt"),
        (clients, peers, "sslclient", "apiserver-etcd-client.crt"),
    ] {
        let right = judged(own, purpose, certificate);
        assert!(right.status.success(), "{certificate}: {right:?}");
        let wrong = judged(other, purpose, certificate);
        assert!(!wrong.status.success(), "{certificate}: {wrong:?}");
        assert!(
            wrong
                .stderr
                .contains("unable to get local issuer certificate"),
            "{certificate}: {wrong:?}"
        );
    }
    for ca in [clients, peers] {
        let alone = judged(ca, "any", ca);
        assert!(alone.status.success(), "{ca}: {alone:?}");
    }
}
