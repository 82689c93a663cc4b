//! OpenSSL reads what is made here, and verifies it.

use std::path::Path;
use std::process::Command;

use serde_json::{Map, Value};

use crate::common::run;

/// Reads every file of these descriptions and verifies its signature; `ca` is
/// the file of the CA's certificate. Each private key must be its certificate's.
pub(crate) fn judge(folder: &Path, files: &Map<String, Value>, ca: &str) {
    for (name, file) in files {
        match file["describe"]["kind"].as_str() {
            Some("certificate") => {
                verify(folder, ca, name);
                let key = key_of(name).into_iter().find(|key| files.contains_key(key));
                if let Some(key) = key {
                    let of_key = openssl(folder, &["pkey", "-pubout", "-in", &key]);
                    let of_certificate =
                        openssl(folder, &["x509", "-noout", "-pubkey", "-in", name]);
                    assert_eq!(of_key, of_certificate, "{name} and {key}");
                }
            }
            Some("csr") => {
                openssl(folder, &["req", "-noout", "-verify", "-in", name]);
            }
            Some("private key") => {
                openssl(folder, &["pkey", "-check", "-noout", "-in", name]);
            }
            Some("crl") => {
                let read = [
                    "crl", "-inform", "DER", "-noout", "-CAfile", ca, "-in", name,
                ];
                openssl(folder, &read);
            }
            _ => {}
        }
    }
}

/// The chain of a certificate under a CA, by the letter of RFC 5280.
pub(crate) fn verify(folder: &Path, ca: &str, certificate: &str) {
    let strict = [
        "verify",
        "-x509_strict",
        "-no-CApath",
        "-no-CAstore",
        "-CAfile",
        ca,
    ];
    openssl(folder, &[&strict, &[certificate][..]].concat());
}

/// The serial number of a certificate in hexadecimal, without leading zeros.
pub(crate) fn serial(folder: &Path, certificate: &str) -> String {
    let line = openssl(folder, &["x509", "-noout", "-serial", "-in", certificate]);
    let digits = line.trim().trim_start_matches("serial=").to_lowercase();
    digits.trim_start_matches('0').to_owned()
}

/// What the key of a certificate may be called, by the name of its file.
fn key_of(certificate: &str) -> Vec<String> {
    let Some((stem, _)) = certificate.rsplit_once('.') else {
        return Vec::new();
    };
    vec![format!("{stem}-key.pem"), format!("{stem}.key.insecure")]
}

/// Standard output of `openssl ARGUMENTS`, which must succeed.
fn openssl(folder: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new("openssl");
    let output = run(command.args(arguments).current_dir(folder));
    let said = (&output.stdout, &output.stderr);
    assert!(output.status.success(), "{command:?}: {said:?}");
    output.stdout
}
