//! Certificate revocation lists, read and verified by OpenSSL.

use std::fs;
use std::process::Command;

use pki_core::{
    CertificateRequest, DistinguishedName, Issuer, KeyAlgorithm, KeyPair, KubernetesVersion,
    Profile, RevocationList, SerialNumber, SignatureAlgorithm, SigningKey, Timestamp, Validity,
};

use crate::common::program::installed;
use crate::common::run;

#[test]
fn openssl_verifies_ours() {
    if !installed(&["openssl"]) {
        return;
    }
    let directory = tempfile::tempdir().expect("a temporary directory");
    let [authority, list] = ["ca", "crl"].map(|name| directory.path().join(name));
    let serial = |octets: &[u8]| SerialNumber::from_bytes(octets).unwrap();
    let now = Timestamp::parse_rfc3339("2026-11-22T19:15:00Z").unwrap();
    let week = Validity::new(now, now.plus(7 * 86_400).unwrap()).unwrap();
    for algorithm in [
        KeyAlgorithm::Rsa2048,
        KeyAlgorithm::EcdsaP256,
        KeyAlgorithm::EcdsaP521,
        KeyAlgorithm::Ed25519,
    ] {
        let key = KeyPair::generate(algorithm).unwrap();
        let request = CertificateRequest {
            subject: DistinguishedName::kubernetes(None, "etcd-ca"),
            subject_alt_names: Vec::new(),
            public_key: key.public_key().clone(),
        };

        let params = Profile::certificate_authority(KubernetesVersion::NEWEST)
            .params(&request, None, week, serial(&[1]))
            .unwrap();
        let issuer = Issuer::self_signed(&params, Box::new(key), now).unwrap();
        fs::write(&authority, issuer.certificate().to_pem()).expect("a temporary file");
        let how = SignatureAlgorithm::kubeadm(issuer.key().public_key().kind());
        for (serials, shown) in [
            (vec![serial(&[0x04, 0xd2])], "Serial Number: 04D2"),
            (vec![], "No Revoked Certificates."),
        ] {
            let made = RevocationList::new(&serials, week, issuer.certificate(), issuer.key(), how);
            fs::write(&list, made.unwrap().to_pem()).expect("a temporary file");
            let mut command = Command::new("openssl");
            command.args(["crl", "-noout", "-text", "-CAfile"]);
            let output = run(command.arg(&authority).arg("-in").arg(&list));
            assert!(output.stderr.contains("verify OK"), "{}", output.stderr);
            for line in [
                shown,
                "Version 2 (0x1)",
                "Issuer: CN = etcd-ca",
                "Last Update: Nov 22 19:15:00 2026 GMT",
                "Next Update: Nov 29 19:15:00 2026 GMT",
                "X509v3 Authority Key Identifier",
            ] {
                assert!(
                    output.stdout.contains(line),
                    "{algorithm}: {}",
                    output.stdout
                );
            }
        }
    }
}
