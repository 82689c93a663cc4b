//! Both encoders must write the same octets wherever both can write at all.

use proptest::prelude::*;

use super::{rcgen, x509_cert};
use crate::*;

fn name() -> impl Strategy<Value = DistinguishedName> {
    let kinds = proptest::sample::subsequence(
        vec![
            AttributeType::Country,
            AttributeType::Province,
            AttributeType::Locality,
            AttributeType::Organization,
            AttributeType::OrganizationalUnit,
            AttributeType::CommonName,
            AttributeType::SerialNumber,
            AttributeType::Other("1.2.840.113549.1.9.2".into()),
        ],
        0..=8,
    )
    .prop_shuffle();
    let values = proptest::collection::vec("[ ->@-~]{1,20}|\\PC{1,10}", 8);
    (kinds, values).prop_map(|(kinds, values)| {
        let relative =
            |(kind, value)| RelativeDistinguishedName::new(Attribute::new(kind, value), Vec::new());
        DistinguishedName::new(kinds.into_iter().zip(values).map(relative).collect())
    })
}

fn params() -> impl Strategy<Value = CertificateParams> {
    let serial = proptest::array::uniform20(any::<u8>());
    let times = (0i64..253_402_300_799, 0i64..253_402_300_799);
    (
        serial,
        times,
        name(),
        any::<[u8; 4]>(),
        any::<bool>(),
        0..4usize,
    )
        .prop_map(
            |(mut serial, (one, other), subject, address, critical, count)| {
                serial[0] &= 0x7f;
                let names = [GeneralName::Ip(std::net::IpAddr::from(address))];
                let extensions = [
                    Extension::key_usage(KeyUsage::DIGITAL_SIGNATURE),
                    Extension::extended_key_usage(&[ExtendedKeyUsage::ClientAuth]).unwrap(),
                    Extension::basic_constraints(BasicConstraints::EndEntity),
                    Extension::subject_alt_name(&names, critical),
                ];
                CertificateParams {
                    serial_number: SerialNumber::from_bytes(&serial).unwrap(),
                    signature_algorithm: SignatureAlgorithm::Ed25519,
                    validity: Validity::new(
                        Timestamp::from_unix(one.min(other)).unwrap(),
                        Timestamp::from_unix(one.max(other)).unwrap(),
                    )
                    .unwrap(),
                    subject,
                    public_key: KeyPair::generate(KeyAlgorithm::EcdsaP256)
                        .unwrap()
                        .public_key()
                        .clone(),
                    extensions: extensions[..count].to_vec(),
                }
            },
        )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    /// Ed25519 signs the same octets in the same way, so that whole
    /// certificates can be compared.
    #[test]
    fn both_encoders_agree(mut params in params(), issuer in name()) {
        // Without extensions x509-cert writes version 1.
        if params.extensions.is_empty() {
            params.extensions.push(Extension::ocsp_no_check());
        }
        let key = KeyPair::generate(KeyAlgorithm::Ed25519).unwrap();
        prop_assume!(super::rcgen_is_exact(&params.subject, &[]));
        prop_assume!(super::rcgen_is_exact(&issuer, &issuer.to_der()));
        let one = rcgen::encode(&params, &issuer, &key).unwrap();
        let other = x509_cert::encode(&params, &issuer.to_der(), &key).unwrap();
        prop_assert_eq!(&one, &other);
        let read = Certificate::from_der(&one).unwrap();
        prop_assert_eq!(read.issuer_der(), issuer.to_der());
        prop_assert_eq!(read.validity(), params.validity);
        prop_assert!(read.is_signed_by(key.public_key()));
    }
}

#[test]
fn a_question_mark_is_written_by_the_second_encoder() {
    let name = DistinguishedName::kubernetes(None, "why?");
    assert!(!super::rcgen_is_exact(&name, &[]));
}

#[test]
fn names_that_rcgen_would_shorten_go_to_the_second_encoder() {
    let o = |value: &str| Attribute::new(AttributeType::Organization, value.into());
    let dc = |value: &str| {
        RelativeDistinguishedName::new(
            Attribute::new(AttributeType::DomainComponent, value.into()),
            vec![],
        )
    };
    let multi_valued = RelativeDistinguishedName::new(o("aa"), vec![o("zz")]);
    let repeated = DistinguishedName::new(vec![dc("internal"), dc("k8s"), multi_valued]);
    let key = KeyPair::generate(KeyAlgorithm::Ed25519).unwrap();
    let year = Timestamp::from_unix(1_800_000_000).unwrap();
    let params = CertificateParams {
        serial_number: SerialNumber::zero(),
        signature_algorithm: SignatureAlgorithm::Ed25519,
        validity: Validity::new(year, year.plus(86_400).unwrap()).unwrap(),
        subject: repeated.clone(),
        public_key: key.public_key().clone(),
        extensions: vec![Extension::basic_constraints(BasicConstraints::EndEntity)],
    };
    let der = super::encode(&params, &repeated.to_der(), &key).unwrap();
    let read = Certificate::from_der(&der).unwrap();
    assert_eq!(read.subject_der(), repeated.to_der());
    assert_eq!(read.issuer_der(), repeated.to_der());
    assert_eq!(read.subject(), "DC=internal,DC=k8s,O=aa+O=zz");
    assert!(!super::rcgen_is_exact(&repeated, &[]));
}
