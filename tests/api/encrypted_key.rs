//! Private keys that OpenSSL encrypts.

use std::fs;
use std::path::Path;
use std::process::Command;

use pki_core::{Error, KeyAlgorithm, KeyPair, SigningKey};

use crate::common::program::installed;
use crate::common::run;

const PASSWORD: &str = "correct horse, battery";

/// What OpenSSL makes of the key in a file.
fn encrypted(file: &Path, arguments: &str) -> String {
    let mut command = Command::new("openssl");
    command.args(arguments.split(' '));
    command.args(["-provider", "legacy", "-provider", "default"]);
    command.args(["-passout", &format!("pass:{PASSWORD}"), "-in"]);
    let output = run(command.arg(file));
    assert!(output.status.success(), "{arguments}: {}", output.stderr);
    output.stdout
}

#[test]
fn every_cipher_of_openssl_is_opened() {
    if !installed(&["openssl"]) {
        return;
    }
    let directory = tempfile::tempdir().expect("a temporary directory");
    let file = directory.path().join("key.pem");
    let pkcs8 = [
        "-v2 aes-128-cbc -v2prf hmacWithSHA1",
        "-v2 aes-192-cbc -v2prf hmacWithSHA384",
        "-v2 aes-256-cbc -v2prf hmacWithSHA512 -iter 100000",
        "-v2 aes-256-cbc -v2prf hmacWithSHA256",
        "-v2 des3 -v2prf hmacWithSHA256",
        "-scrypt",
        "-scrypt -scrypt_N 1024 -scrypt_r 8 -scrypt_p 4",
    ];
    let legacy = ["-des", "-des3", "-aes128", "-aes192", "-aes256"];
    for (algorithm, program) in [
        (KeyAlgorithm::Rsa2048, Some("rsa -traditional")),
        (KeyAlgorithm::EcdsaP384, Some("ec")),
        (KeyAlgorithm::EcdsaP521, Some("ec")),
        (KeyAlgorithm::Ed25519, None),
    ] {
        let key = KeyPair::generate(algorithm).unwrap();
        fs::write(&file, key.to_pem().as_bytes()).expect("a temporary file");
        let pkcs8 = pkcs8.map(|how| format!("pkcs8 -topk8 {how}"));
        let legacy = legacy.map(|how| program.map(|program| format!("{program} {how}")));
        for how in pkcs8.into_iter().chain(legacy.into_iter().flatten()) {
            let text = encrypted(&file, &how);
            assert!(text.contains("ENCRYPTED"), "{how}");
            let read = KeyPair::from_encrypted_pem(text.as_bytes(), PASSWORD.as_bytes());
            let read = read.unwrap_or_else(|error| panic!("{algorithm}, {how}: {error}"));
            assert_eq!(read.public_key(), key.public_key(), "{algorithm}, {how}");
            let wrong = KeyPair::from_encrypted_pem(text.as_bytes(), b"incorrect");
            assert_eq!(wrong.unwrap_err(), Error::WrongPassword, "{how}");
        }
    }
}
