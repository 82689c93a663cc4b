use proptest::prelude::*;

use super::*;
use crate::issuer::tests::Broken;
use crate::*;

const THIS_UPDATE: &str = "2026-11-22T14:08:04Z";

fn at(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).unwrap()
}

fn week() -> Validity {
    let start = at(THIS_UPDATE);
    Validity::new(start, start.plus(7 * 86_400).unwrap()).unwrap()
}

fn ca(algorithm: KeyAlgorithm, extensions: &[Extension]) -> (Certificate, KeyPair) {
    let key = KeyPair::generate(algorithm).unwrap();
    let subject = DistinguishedName::kubernetes(Some("k8s"), "etcd-ca");
    let params = CertificateParams {
        serial_number: SerialNumber::from_bytes(&[1]).unwrap(),
        signature_algorithm: SignatureAlgorithm::cfssl(key.public_key().kind()),
        validity: week(),
        public_key: key.public_key().clone(),
        extensions: extensions.to_vec(),
        subject: subject.clone(),
    };
    let der = encode::encode(&params, &subject.to_der(), &key).unwrap();
    (Certificate::from_der(&der).unwrap(), key)
}

fn serials() -> Vec<SerialNumber> {
    let serials: [&[u8]; 4] = [&[0x04, 0xd2], &[0], &[0x80], &[0x7f; 20]];
    serials
        .map(|serial| SerialNumber::from_bytes(serial).unwrap())
        .into()
}

fn made() -> RevocationList {
    let identifier = Extension::subject_key_identifier(&[7; 20]);
    let (certificate, key) = ca(KeyAlgorithm::EcdsaP256, &[identifier]);
    let algorithm = SignatureAlgorithm::EcdsaSha256;
    RevocationList::new(&serials(), week(), &certificate, &key, algorithm).unwrap()
}

#[test]
fn every_algorithm_revokes_and_is_verified() {
    for algorithm in KeyAlgorithm::ALL {
        if matches!(algorithm, KeyAlgorithm::Rsa3072 | KeyAlgorithm::Rsa4096) {
            continue; // slow to make, and no other code than 2048
        }
        let identifier = Extension::subject_key_identifier(&[7; 20]);
        let (certificate, key) = ca(algorithm, &[identifier]);
        let how = SignatureAlgorithm::kubeadm(key.public_key().kind());
        let list = RevocationList::new(&serials(), week(), &certificate, &key, how).unwrap();
        let read = RevocationList::from_pem(list.to_pem().as_bytes()).unwrap();
        assert_eq!(read.to_der(), list.to_der());
        assert_eq!(read.version(), 2);
        assert_eq!(read.issuer_der(), certificate.subject_der());
        assert_eq!(read.issuer(), "O=k8s,CN=etcd-ca");
        assert_eq!(read.this_update(), week().not_before());
        assert_eq!(read.next_update(), Some(week().not_after()));
        assert_eq!(
            read.extensions(),
            [Extension::authority_key_identifier(&[7; 20])]
        );
        let shown: Vec<_> = read
            .revoked()
            .iter()
            .map(RevokedCertificate::serial_number)
            .collect();
        assert_eq!(shown, [&[0x04, 0xd2][..], &[0], &[0, 0x80], &[0x7f; 20]]);
        for entry in read.revoked() {
            assert_eq!(entry.revocation_date(), at(THIS_UPDATE));
        }
        assert!(read.is_signed_by(key.public_key()));
        assert!(!read.is_signed_by(KeyPair::generate(algorithm).unwrap().public_key()));
        assert_eq!(
            format!("{read:?}"),
            "RevocationList(4 from O=k8s,CN=etcd-ca)"
        );
    }
}

#[test]
fn what_is_empty_is_left_out() {
    let (certificate, key) = ca(KeyAlgorithm::Ed25519, &[Extension::ocsp_no_check()]);
    let period = Validity::new(at("2049-12-31T23:59:59Z"), at("2050-01-01T00:00:00Z")).unwrap();
    let list = RevocationList::new(&[], period, &certificate, &key, SignatureAlgorithm::Ed25519);
    let list = list.unwrap();
    assert!(list.revoked().is_empty());
    assert!(list.extensions().is_empty());
    assert_eq!(list.next_update(), Some(at("2050-01-01T00:00:00Z")));
    let signed = asn1::sequence(&[
        &[2, 1, 1],
        &SignatureAlgorithm::Ed25519.to_der(),
        certificate.subject_der(),
        &asn1::tlv(0x17, b"491231235959Z"),
        &asn1::tlv(0x18, b"20500101000000Z"),
    ]);
    let parts = asn1::children(asn1::SEQUENCE, list.to_der()).unwrap();
    assert_eq!(parts[0], signed);
}

#[test]
fn only_the_cas_own_key_signs() {
    let (certificate, key) = ca(KeyAlgorithm::EcdsaP256, &[Extension::ocsp_no_check()]);
    let other = KeyPair::generate(KeyAlgorithm::EcdsaP256).unwrap();
    let new = |key: &dyn SigningKey, algorithm| {
        RevocationList::new(&serials(), week(), &certificate, key, algorithm).unwrap_err()
    };
    let algorithm = SignatureAlgorithm::EcdsaSha256;
    assert!(matches!(new(&other, algorithm), Error::KeyMismatch { .. }));
    assert_eq!(new(&key, SignatureAlgorithm::RsaSha256), Error::Signing);
    assert!(matches!(
        new(&Broken(key), algorithm),
        Error::Judgement { .. }
    ));
}

#[test]
fn lists_of_others_are_read() {
    let sha256 = SignatureAlgorithm::RsaSha256.to_der();
    let time = asn1::tlv(0x17, b"261122140804Z");
    let name = DistinguishedName::kubernetes(None, "x").to_der();
    let read = |parts: &[&[u8]]| {
        let list = asn1::sequence(parts);
        RevocationList::from_der(&asn1::sequence(&[&list, &sha256, &[3, 2, 0, 1]]))
    };
    // Version 1 without a next update, and a reason in an entry.
    let reason = asn1::sequence(&[&[2, 1, 5], &time, &[0x30, 0]]);
    let list = read(&[&sha256, &name, &time, &asn1::sequence(&[&reason])]).unwrap();
    assert_eq!(list.version(), 1);
    assert_eq!(list.next_update(), None);
    assert_eq!(list.revoked()[0].serial_number(), [5]);
    assert_eq!(list.signature_algorithm(), "1.2.840.113549.1.1.11");

    let why = |result| match result {
        Err(Error::RevocationList { why }) => why,
        other => panic!("{other:?}"),
    };
    let version_3 = read(&[&[2, 1, 2], &sha256, &name, &time]);
    assert_eq!(why(version_3), "it is not of version 1 or 2");
    let sha512 = SignatureAlgorithm::RsaSha512.to_der();
    let differ = read(&[&sha512, &name, &time]);
    assert_eq!(why(differ), "its two signature algorithms differ");
    let not_a_list = "it is not a certificate revocation list in DER";
    for rest in [
        &[][..],
        &[5, 0],
        &[0x17, 1, 0x30],
        &[0x30, 2, 5, 0],
        &[0x30, 5, 0x30, 3, 2, 1, 1],
        &[0xa0, 2, 5, 0],
        &[0xa0, 2, 0x30, 0, 0xa0, 2, 0x30, 0],
    ] {
        let whole = [&*time, rest].concat();
        let wrong = match rest {
            [] => read(&[&sha256, &name]),
            _ => read(&[&sha256, &name, &whole]),
        };
        assert_eq!(why(wrong), not_a_list, "{rest:?}");
    }
    // A serial number that is not in its shortest form.
    let long = asn1::sequence(&[&[2, 2, 0, 1], &time]);
    let long = read(&[&sha256, &name, &time, &asn1::sequence(&[&long])]);
    assert_eq!(why(long), not_a_list);
    let trailing = [made().to_der(), &[0]].concat();
    assert_eq!(why(RevocationList::from_der(&trailing)), not_a_list);
    let endless = vec![0x30; (1 << 24) + 1];
    assert_eq!(
        why(RevocationList::from_der(&endless)),
        "it is longer than 16 MiB"
    );
}

proptest! {
    #[test]
    fn reading_never_panics(bytes: Vec<u8>) {
        let _ = RevocationList::from_der(&bytes);
        let _ = RevocationList::from_pem(&bytes);
    }

    #[test]
    fn a_changed_list_never_panics(at: prop::sample::Index, to: u8, cut: bool) {
        let mut der = made().to_der().to_vec();
        let at = at.index(der.len());
        match cut {
            true => der.truncate(at),
            false => der[at] = to,
        }
        let _ = RevocationList::from_der(&der);
    }
}
