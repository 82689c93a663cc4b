//! Certificate signing requests, between kpki and OpenSSL.

use std::fs;
use std::process::Command;

use pki_core::{
    BasicConstraints, CertificateSigningRequest, DistinguishedName, Error, Extension, KeyAlgorithm,
    KeyKind, KeyPair, SignatureAlgorithm, SigningKey, SubjectAltName,
};

use crate::common::program::installed;
use crate::common::run;

#[test]
fn openssl_reads_ours() {
    if !installed(&["openssl"]) {
        return;
    }
    let directory = tempfile::tempdir().expect("a temporary directory");
    let file = directory.path().join("request.pem");
    let subject = DistinguishedName::kubernetes(Some("system:nodes"), "system:node:n1");
    let names =
        ["n1.example", "192.0.2.1"].map(|name| SubjectAltName::parse(name).unwrap().value.into());
    let wanted = [
        Extension::subject_alt_name(&names, false),
        Extension::basic_constraints(BasicConstraints::EndEntity),
    ];
    for algorithm in [
        KeyAlgorithm::Rsa2048,
        KeyAlgorithm::EcdsaP256,
        KeyAlgorithm::EcdsaP384,
        KeyAlgorithm::EcdsaP521,
        KeyAlgorithm::Ed25519,
    ] {
        let key = KeyPair::generate(algorithm).unwrap();
        let how = SignatureAlgorithm::cfssl(key.public_key().kind());
        for (extensions, shown) in [
            (&wanted[..], "DNS:n1.example, IP Address:192.0.2.1"),
            (&[], "(none)"),
        ] {
            let request = CertificateSigningRequest::new(&subject, extensions, &key, how).unwrap();
            fs::write(&file, request.to_pem()).expect("a temporary file");
            let mut command = Command::new("openssl");
            command.args(["req", "-verify", "-noout", "-text", "-in"]);
            let output = run(command.arg(&file));
            assert!(output.status.success(), "{algorithm}: {}", output.stderr);
            assert!(output.stderr.contains("verify OK"), "{}", output.stderr);
            let subject = "Subject: O = system:nodes, CN = system:node:n1";
            for line in [subject, "Version: 1 (0x0)", shown] {
                assert!(
                    output.stdout.contains(line),
                    "{algorithm}: {}",
                    output.stdout
                );
            }
        }
    }
}

#[test]
fn we_read_openssls() {
    if !installed(&["openssl"]) {
        return;
    }
    let request = |arguments: &[&str]| {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let mut command = Command::new("openssl");
        command.args(["req", "-new", "-nodes", "-text", "-keyout"]);
        command.arg(directory.path().join("key.pem"));
        command.args([
            "-subj",
            "/DC=com/DC=example/O=aa+O=bbb/CN=x",
            "-multivalue-rdn",
        ]);
        let output = run(command.args(arguments));
        assert!(output.status.success(), "{}", output.stderr);
        CertificateSigningRequest::from_pem(output.stdout.as_bytes())
    };
    let names = "subjectAltName=DNS:a.example,IP:192.0.2.1,email:a@b.example";
    let constraints = "basicConstraints=critical,CA:TRUE,pathlen:1";
    let curve = |name| ["-newkey", "ec", "-pkeyopt", name];
    let extensions = ["-addext", names, "-addext", constraints];
    let both = |key: &[&'static str]| [key, &extensions[..]].concat();
    for (arguments, kind) in [
        (both(&["-newkey", "rsa:2048"]), KeyKind::Rsa { bits: 2048 }),
        (both(&curve("ec_paramgen_curve:P-256")), KeyKind::P256),
        // SHA-256 by default: the key has its type from itself.
        (both(&curve("ec_paramgen_curve:P-384")), KeyKind::P384),
        (both(&curve("ec_paramgen_curve:P-521")), KeyKind::P521),
        (both(&["-newkey", "ed25519"]), KeyKind::Ed25519),
    ] {
        let read = request(&arguments).unwrap();
        assert_eq!(read.public_key().kind(), kind);
        assert_eq!(read.subject(), "DC=com,DC=example,O=aa+O=bbb,CN=x");
        assert_eq!(
            read.basic_constraints(),
            Some(BasicConstraints::CertificateAuthority {
                path_len_constraint: Some(1)
            })
        );
        let [names, constraints] = read.extensions() else {
            panic!("{:?}", read.extensions());
        };
        assert_eq!(names.oid(), "2.5.29.17");
        assert!(!names.is_critical());
        assert!(constraints.is_critical());
    }
    let plain = request(&["-newkey", "rsa:2048", "-sha512", "-newhdr"]).unwrap();
    assert!(plain.extensions().is_empty());
    let weak = request(&["-newkey", "rsa:1024"]);
    assert!(matches!(weak, Err(Error::UnknownPublicKey { .. })));
    let old = request(&["-newkey", "rsa:2048", "-sha1"]);
    assert!(matches!(old, Err(Error::UnknownSignatureAlgorithm { .. })));
}
