use proptest::prelude::*;

use super::*;
use crate::key::{KeyAlgorithm, KeyKind, KeyPair};
use crate::{SubjectAltName, asn1, oid};

fn key() -> KeyPair {
    KeyPair::generate(KeyAlgorithm::EcdsaP256).unwrap()
}

fn subject() -> DistinguishedName {
    DistinguishedName::kubernetes(Some("system:nodes"), "system:node:n1")
}

fn wanted() -> Vec<Extension> {
    let names =
        ["n1.k8s.internal", "10.0.0.11"].map(|n| SubjectAltName::parse(n).unwrap().value.into());
    let path_len_constraint = Some(0);
    vec![
        Extension::subject_alt_name(&names, true),
        Extension::basic_constraints(BasicConstraints::CertificateAuthority {
            path_len_constraint,
        }),
        Extension::from_parts("1.3.6.1.4.1.44363.44", false, vec![asn1::NULL, 0]).unwrap(),
    ]
}

/// A signed request around any certificationRequestInfo.
fn around(information: &[u8], key: &KeyPair) -> Result<CertificateSigningRequest, Error> {
    let algorithm = SignatureAlgorithm::cfssl(key.public_key().kind());
    let der = encode::signed(information, key, algorithm).unwrap();
    CertificateSigningRequest::from_der(&der)
}

/// A request with these octets for its attributes.
fn with_attributes(attributes: &[u8]) -> Result<CertificateSigningRequest, Error> {
    let key = key();
    let (version, subject) = (asn1::unsigned(&[0]), subject().to_der());
    let parts = [&*version, &*subject, key.public_key().to_der(), attributes];
    around(&asn1::sequence(&parts), &key)
}

/// One extensionRequest attribute with these values.
fn attribute(values: Vec<Vec<u8>>) -> Vec<u8> {
    let kind = asn1::object_identifier(oid::EXTENSION_REQUEST);
    asn1::sequence(&[&kind, &asn1::set_of(values)])
}

fn why(result: Result<CertificateSigningRequest, Error>) -> &'static str {
    match result {
        Err(Error::Request { why }) => why,
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_algorithm_asks_and_is_verified() {
    for algorithm in [
        KeyAlgorithm::Rsa2048,
        KeyAlgorithm::EcdsaP256,
        KeyAlgorithm::EcdsaP384,
        KeyAlgorithm::EcdsaP521,
        KeyAlgorithm::Ed25519,
    ] {
        let key = KeyPair::generate(algorithm).unwrap();
        let how = SignatureAlgorithm::cfssl(key.public_key().kind());
        let made = CertificateSigningRequest::new(&subject(), &wanted(), &key, how).unwrap();
        let read = CertificateSigningRequest::from_pem(made.to_pem().as_bytes()).unwrap();
        assert_eq!(read, made, "{algorithm}");
        assert_eq!(read.subject(), "O=system:nodes,CN=system:node:n1");
        assert_eq!(read.subject_der(), subject().to_der());
        assert_eq!(read.subject_name(), Some(subject()));
        assert_eq!(read.public_key(), key.public_key());
        assert_eq!(read.extensions(), wanted());
        assert_eq!(
            read.basic_constraints(),
            Some(BasicConstraints::CertificateAuthority {
                path_len_constraint: Some(0)
            })
        );
    }
}

#[test]
fn without_extensions_the_attributes_are_empty_and_present() {
    let key = key();
    let request = CertificateSigningRequest::new(
        &DistinguishedName::default(),
        &[],
        &key,
        SignatureAlgorithm::EcdsaSha256,
    );
    let request = request.unwrap();
    let information = asn1::sequence(&[
        &[2, 1, 0],
        &[0x30, 0],
        key.public_key().to_der(),
        &[0xa0, 0],
    ]);
    assert!(
        request.to_der()[2..].starts_with(&information)
            || request.to_der()[3..].starts_with(&information)
    );
    assert!(request.extensions().is_empty());
    assert_eq!(request.basic_constraints(), None);
}

#[test]
fn the_other_label_and_text_before_the_block_are_read() {
    let request =
        CertificateSigningRequest::new(&subject(), &[], &key(), SignatureAlgorithm::EcdsaSha256);
    let text = request.unwrap().to_pem();
    let text = format!("Certificate Request:\n    Data:\n{text}")
        .replace("CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST");
    assert!(CertificateSigningRequest::from_pem(text.as_bytes()).is_ok());
    let other = text.replace("NEW CERTIFICATE REQUEST", "CERTIFICATE");
    assert!(matches!(
        CertificateSigningRequest::from_pem(other.as_bytes()),
        Err(Error::Pem { .. })
    ));
}

#[test]
fn only_the_owner_of_the_key_may_ask() {
    let (key, thief) = (key(), key());
    let how = SignatureAlgorithm::EcdsaSha256;
    let request = CertificateSigningRequest::new(&subject(), &wanted(), &key, how).unwrap();
    let parts = asn1::children(asn1::SEQUENCE, request.to_der()).unwrap();
    let stolen = around(parts[0], &thief);
    assert_eq!(stolen.unwrap_err(), Error::RequestSignature);
    let mut changed = request.to_der().to_vec();
    let at = changed.windows(2).position(|two| two == b"n1").unwrap();
    changed[at + 1] = b'2';
    let changed = CertificateSigningRequest::from_der(&changed);
    assert_eq!(changed.unwrap_err(), Error::RequestSignature);
    assert_eq!(
        CertificateSigningRequest::new(&subject(), &[], &key, SignatureAlgorithm::RsaSha256),
        Err(Error::Signing)
    );
}

#[test]
fn an_unknown_algorithm_is_not_a_wrong_signature() {
    let request =
        CertificateSigningRequest::new(&subject(), &[], &key(), SignatureAlgorithm::EcdsaSha256);
    let request = request.unwrap();
    let parts = asn1::children(asn1::SEQUENCE, request.to_der()).unwrap();
    let with = |algorithm: &[u8]| {
        let der = asn1::sequence(&[parts[0], algorithm, parts[2]]);
        CertificateSigningRequest::from_der(&der)
    };
    // ecdsa-with-SHA1
    let sha1 = [0x30, 9, 6, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 1];
    assert_eq!(
        with(&sha1).unwrap_err(),
        Error::UnknownSignatureAlgorithm {
            oid: "1.2.840.10045.4.1".into(),
            key: KeyKind::P256,
        }
    );
    let rsa = SignatureAlgorithm::RsaSha256.to_der();
    assert!(matches!(
        with(&rsa),
        Err(Error::UnknownSignatureAlgorithm { .. })
    ));
    // Another hash of the same key: known, and not what was signed.
    let sha384 = SignatureAlgorithm::EcdsaSha384.to_der();
    assert_eq!(with(&sha384).unwrap_err(), Error::RequestSignature);
    let parameters = asn1::sequence(&[&[6, 1, 0x2a], &[4, 0]]);
    assert_eq!(why(with(&parameters)), "its signature is malformed");
}

#[test]
fn what_is_malformed_is_named() {
    let extension = |critical: &[u8]| {
        let id = asn1::object_identifier(oid::OCSP_NO_CHECK);
        asn1::sequence(&[&id, critical, &asn1::tlv(asn1::OCTET_STRING, &[5, 0])])
    };
    let one = || asn1::sequence(&[&extension(&[])]);
    let asked = |extensions: &[&[u8]]| {
        with_attributes(&asn1::tlv(
            0xa0,
            &attribute(vec![asn1::sequence(extensions)]),
        ))
    };
    assert_eq!(asked(&[&extension(&[])]).unwrap().extensions().len(), 1);
    assert!(asked(&[&extension(&[1, 1, 0xff])]).unwrap().extensions()[0].is_critical());
    let malformed = "the extensions it asks for are malformed";
    for wrong in [&[1, 1, 0][..], &[1, 1, 1], &[5, 0]] {
        assert_eq!(why(asked(&[&extension(wrong)])), malformed);
    }
    let twice = asked(&[&extension(&[]), &extension(&[1, 1, 0xff])]);
    assert_eq!(why(twice), "it asks for the same extension twice");
    let constraints = |value: &[u8]| {
        let id = asn1::object_identifier(oid::BASIC_CONSTRAINTS);
        let extension = asn1::sequence(&[&id, &asn1::tlv(asn1::OCTET_STRING, value)]);
        asked(&[&extension])
    };
    let end_entity = constraints(&[0x30, 0]).unwrap();
    assert_eq!(
        end_entity.basic_constraints(),
        Some(BasicConstraints::EndEntity)
    );
    for value in [
        &[][..],
        &[0x30, 3, 1, 1, 1],
        &[0x30, 0, 0],
        &[0x30, 3, 2, 1, 0xff],
    ] {
        assert_eq!(
            why(constraints(value)),
            "its basicConstraints are malformed"
        );
    }
    let many = vec![extension(&[]); 101].concat();
    assert_eq!(why(asked(&[&many])), "it asks for more than 100 extensions");

    let more_than_once = "it asks for extensions more than once";
    let two = [attribute(vec![one()]), attribute(vec![one()])].concat();
    assert_eq!(why(with_attributes(&asn1::tlv(0xa0, &two))), more_than_once);
    let two_values = attribute(vec![one(), one()]);
    assert_eq!(
        why(with_attributes(&asn1::tlv(0xa0, &two_values))),
        more_than_once
    );
    let no_value = asn1::tlv(0xa0, &attribute(vec![]));
    assert_eq!(why(with_attributes(&no_value)), more_than_once);
    let many = vec![attribute(vec![one()]); 101].concat();
    let many = with_attributes(&asn1::tlv(0xa0, &many));
    assert_eq!(why(many), "it has more than 100 attributes");
    for wrong in [
        &[0xa1, 0][..],
        &[0x31, 0],
        &[0xa0, 2, 5, 0],
        &[0xa0, 3, 0x30, 1, 5],
    ] {
        assert_eq!(why(with_attributes(wrong)), "its attributes are malformed");
    }
    // A challenge password is nobody's business here.
    let password = asn1::sequence(&[
        &[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 7],
        &asn1::set_of(vec![asn1::tlv(0x0c, b"secret")]),
    ]);
    let both = [password, attribute(vec![one()])].concat();
    let both = with_attributes(&asn1::tlv(0xa0, &both)).unwrap();
    assert_eq!(both.extensions().len(), 1);
}

#[test]
fn other_forms_and_weak_keys_are_refused() {
    let request =
        CertificateSigningRequest::new(&subject(), &[], &key(), SignatureAlgorithm::EcdsaSha256);
    let der = request.unwrap().to_der().to_vec();
    let read = CertificateSigningRequest::from_der;
    let not_der = "it is not a PKCS#10 request in DER";
    assert_eq!(why(read(&[&*der, &[0]].concat())), not_der);
    assert_eq!(why(read(&der[..der.len() - 1])), not_der);
    assert_eq!(why(read(&[])), not_der);
    assert_eq!(
        why(read(&vec![0x30; (1 << 20) + 1])),
        "it is longer than 1 MiB"
    );
    let key = key();
    let information = |version: &[u8], subject: &[u8], public_key: &[u8]| {
        let parts = [version, subject, public_key, &[0xa0, 0]];
        around(&asn1::sequence(&parts), &key)
    };
    let public_key = key.public_key().to_der();
    let version_2 = information(&[2, 1, 1], &[0x30, 0], public_key);
    assert_eq!(why(version_2), "it is not of version 1");
    for subject in [&[5, 0][..], &[0x30, 2, 5, 0]] {
        let wrong = information(&[2, 1, 0], subject, public_key);
        assert_eq!(why(wrong), "its subject is malformed");
    }
    let unknown = information(&[2, 1, 0], &[0x30, 0], &[0x30, 0]);
    assert!(matches!(unknown, Err(Error::UnknownPublicKey { .. })));
    // RSA with 1024 bits.
    let modulus = asn1::unsigned(&[0xff; 128]);
    let rsa = asn1::sequence(&[&modulus, &asn1::unsigned(&[1, 0, 1])]);
    let algorithm = asn1::sequence(&[&asn1::object_identifier(oid::RSA_ENCRYPTION), &[5, 0]]);
    let weak = asn1::sequence(&[&algorithm, &asn1::bit_string(&rsa)]);
    let weak = information(&[2, 1, 0], &[0x30, 0], &weak);
    assert!(matches!(weak, Err(Error::UnknownPublicKey { .. })));
    let without_attributes = asn1::sequence(&[&[2, 1, 0], &[0x30, 0], public_key]);
    assert_eq!(why(around(&without_attributes, &key)), not_der);
}

proptest! {
    #[test]
    fn reading_never_panics(bytes: Vec<u8>) {
        let _ = CertificateSigningRequest::from_der(&bytes);
        let _ = CertificateSigningRequest::from_pem(&bytes);
        let _ = requested_by(&bytes);
    }

    /// A change anywhere is noticed: by the form, or by the signature.
    #[test]
    fn a_changed_request_is_refused(at: prop::sample::Index, to: u8, cut: bool) {
        let how = SignatureAlgorithm::EcdsaSha256;
        let request = CertificateSigningRequest::new(&subject(), &wanted(), &key(), how).unwrap();
        let mut der = request.to_der().to_vec();
        let at = at.index(der.len());
        prop_assume!(cut || der[at] != to);
        match cut {
            true => der.truncate(at),
            false => der[at] = to,
        }
        prop_assert!(CertificateSigningRequest::from_der(&der).is_err());
    }
}

/// Attributes that are signed whatever they are: the reader behind the
/// signature must stand them, too.
fn requested_by(attributes: &[u8]) -> Result<CertificateSigningRequest, Error> {
    with_attributes(&asn1::tlv(0xa0, &attribute(vec![attributes.to_vec()])))
}
