//! Whatever is issued verifies, for what was asked and for nothing else, and
//! reads back as it was asked for.

use pki_core::{
    BasicConstraints, Certificate, ExtendedKeyUsage, KeyUsage, SubjectAltName, Timestamp,
};
use proptest::prelude::*;

use crate::common::program::installed;
use crate::judges::{dialled, openssl, webpki, webpki_name};
use crate::wanted::{Made, Wanted, wanted};

/// A failure prints its smallest case, which becomes a test of its own.
fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(cases(96))]

    #[test]
    fn webpki_agrees(wanted in wanted()) {
        let made = wanted.make();
        let authority = made.issuer.certificate();
        let (first, last) = (wanted.validity.not_before(), wanted.validity.not_after());
        let verify = |purpose: &_, time| webpki(&made.certificate, authority, purpose, time);
        for purpose in [ExtendedKeyUsage::ServerAuth, ExtendedKeyUsage::ClientAuth] {
            for time in [first, last] {
                let verdict = verify(&purpose, time);
                match wanted.purposes.contains(&purpose) {
                    true => prop_assert_eq!(verdict, Ok(())),
                    false => prop_assert!(verdict.is_err(), "no certificate for {:?}", purpose),
                }
            }
        }
        let purpose = &wanted.purposes[0];
        if first.unix() > 0 {
            prop_assert!(verify(purpose, first.plus(-1).unwrap()).is_err());
        }
        if last < Timestamp::LATEST {
            prop_assert!(verify(purpose, last.plus(1).unwrap()).is_err());
        }
        for name in &wanted.names {
            prop_assert_eq!(webpki_name(&made.certificate, &dialled(name)), Ok(()));
        }
        for name in ["not-asked-for.example", "192.0.2.255", "2001:db8::255"] {
            prop_assert!(webpki_name(&made.certificate, name).is_err());
        }
    }

    #[test]
    fn another_ca_of_the_same_name_is_not_the_issuer(wanted in wanted()) {
        let made = wanted.make();
        let other = wanted.authority();
        // RSA has one key for all.
        prop_assume!(other.key().public_key() != made.issuer.key().public_key());
        let time = wanted.validity.not_before();
        let verdict = webpki(&made.certificate, other.certificate(), &wanted.purposes[0], time);
        prop_assert!(verdict.is_err());
    }

    #[test]
    fn reads_back_as_it_was_asked_for(wanted in wanted()) {
        let made = wanted.make();
        let text = made.certificate.to_pem();
        let read = Certificate::from_pem(text.as_bytes()).unwrap();
        prop_assert!(read == made.certificate);
        as_asked(&wanted, &made, &read)?;
    }
}

proptest! {
    #![proptest_config(cases(16))]

    #[test]
    fn openssl_agrees(wanted in wanted()) {
        if !installed(&["openssl"]) {
            return Ok(());
        }
        let made = wanted.make();
        let authority = made.issuer.certificate();
        let verify = |purpose: &_, time, name: Option<&str>| {
            openssl(&made.certificate, authority, purpose, time, name)
        };
        let (first, last) = (wanted.validity.not_before(), wanted.validity.not_after());
        // In the last second a certificate is valid by RFC 5280, and has expired
        // in OpenSSL.
        prop_assume!(first < last);
        let last = last.plus(-1).unwrap();
        for purpose in &wanted.purposes {
            for time in [first, last] {
                let output = verify(purpose, time, None);
                prop_assert!(output.status.success(), "{} {}", output.stdout, output.stderr);
            }
        }
        let purpose = &wanted.purposes[0];
        for name in &wanted.names {
            let output = verify(purpose, first, Some(&dialled(name)));
            prop_assert!(output.status.success(), "{} {}", output.stdout, output.stderr);
        }
        let output = verify(purpose, first, Some("192.0.2.255"));
        prop_assert!(!output.status.success(), "an address that was not asked for");
    }
}

fn as_asked(wanted: &Wanted, made: &Made, read: &Certificate) -> Result<(), TestCaseError> {
    let authority = made.issuer.certificate();
    prop_assert_eq!(read.version(), 3);
    prop_assert_eq!(read.validity(), wanted.validity);
    prop_assert_eq!(authority.validity(), wanted.authority_validity);
    prop_assert_eq!(read.subject_der(), made.request.subject.to_der());
    prop_assert_eq!(read.common_name(), made.request.subject.common_name());
    prop_assert_eq!(read.issuer_der(), authority.subject_der());
    prop_assert_eq!(read.public_key().unwrap(), &made.request.public_key);
    let written = read.serial_number();
    let zeros = written.iter().take_while(|octet| **octet == 0).count();
    prop_assert_eq!(&written[zeros..], made.serial_number.as_bytes());

    // DNS names first, then addresses: the order of Go.
    let mut names: Vec<&SubjectAltName> = wanted.names.iter().collect();
    names.sort_by_key(|name| matches!(name, SubjectAltName::Ip(_)));
    let names: Vec<String> = names
        .into_iter()
        .map(|name| match name {
            SubjectAltName::Dns(name) => format!("DNS:{}", name.as_str()),
            SubjectAltName::Ip(address) => format!("IP:{address}"),
            other => panic!("not asked for: {other:?}"),
        })
        .collect();
    prop_assert_eq!(read.subject_alt_names(), names);
    prop_assert_eq!(read.extended_key_usage(), Some(&wanted.purposes[..]));
    let usage = KeyUsage::DIGITAL_SIGNATURE.and(KeyUsage::KEY_ENCIPHERMENT);
    prop_assert_eq!(read.key_usage(), Some(usage));
    // kubeadm before 1.21 left basicConstraints out of its leaves.
    let constraints = read.basic_constraints();
    prop_assert!(matches!(
        constraints,
        None | Some(BasicConstraints::EndEntity)
    ));
    prop_assert_eq!(
        read.authority_key_identifier(),
        authority.subject_key_identifier()
    );
    prop_assert!(read.authority_key_identifier().is_some());
    prop_assert!(read.unknown_critical_extensions().is_empty());
    prop_assert!(read.is_signed_by(made.issuer.key().public_key()));
    Ok(())
}
