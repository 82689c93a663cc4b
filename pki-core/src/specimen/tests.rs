//! Files of every kind, recognized by their content.

mod foreign;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use proptest::prelude::*;

use super::*;
use crate::certificate::SerialNumber;
use crate::csr::CertificateSigningRequest;
use crate::key::{KeyAlgorithm, KeyPair, PrivateKeyForm, SignatureAlgorithm, SigningKey};
use crate::name::DistinguishedName;
use crate::pem_text;
use crate::time::{Timestamp, Validity};

const CA: &[u8] = include_bytes!("../../../fixtures/kubeadm/sample/pki/ca.crt");
const CA_KEY: &[u8] = include_bytes!("../../../fixtures/kubeadm/sample/pki/ca.key");
const SERVER: &[u8] = include_bytes!("../../../fixtures/kubeadm/sample/pki/apiserver.crt");
const ETCD_CA: &[u8] = include_bytes!("../../../fixtures/kubeadm/sample/pki/etcd/ca.crt");
const SA_PUB: &[u8] = include_bytes!("../../../fixtures/kubeadm/sample/pki/sa.pub");
const ADMIN: &[u8] = include_bytes!("../../../fixtures/kubeadm/sample/admin.conf");
const KUBELET: &[u8] = include_bytes!("../../../fixtures/kubeadm/sample/kubelet.conf");

fn recognized(bytes: &[u8]) -> Specimen {
    match Specimen::recognize(bytes) {
        Ok(specimen) => specimen,
        Err(mistaken) => panic!("{mistaken}"),
    }
}

fn contents(specimen: &Specimen) -> Vec<&Content> {
    let contents = specimen.items.iter().map(|item| item.content.as_ref());
    contents.collect::<Result<_, _>>().expect("all can be read")
}

fn der_of(pem: &[u8]) -> Vec<u8> {
    pem_text::blocks(pem).expect("PEM")[0].contents.to_vec()
}

#[test]
fn blocks_have_numbers_and_lines() {
    let text = [b"words\n", CA, b"\n", CA_KEY, SA_PUB].concat();
    let specimen = recognized(&text);
    let places = specimen.items.iter().map(|item| match &item.place {
        ItemPlace::Block {
            number,
            line,
            label,
        } => (*number, *line, label.as_str()),
        other => panic!("{other:?}"),
    });
    let lines = |text: &[u8]| text.iter().filter(|byte| **byte == b'\n').count();
    let second = 3 + lines(CA);
    let expected = [
        (1, 2, "CERTIFICATE"),
        (2, second, "RSA PRIVATE KEY"),
        (3, second + lines(CA_KEY), "PUBLIC KEY"),
    ];
    assert_eq!(places.collect::<Vec<_>>(), expected);
    assert!(matches!(
        contents(&specimen)[..],
        [
            Content::Certificate(_),
            Content::PrivateKey(_),
            Content::PublicKey(_)
        ]
    ));
}

#[test]
fn der_is_told_apart_by_its_shape() {
    for pem in [CA, CA_KEY, SA_PUB] {
        let by_pem = recognized(pem);
        let by_der = recognized(&der_of(pem));
        assert!(matches!(by_der.form, SpecimenForm::Der));
        assert_eq!(by_der.items[0].place, ItemPlace::Whole);
        assert_eq!(
            contents(&by_pem)[0].public_key(),
            contents(&by_der)[0].public_key()
        );
    }
    for algorithm in [KeyAlgorithm::EcdsaP256, KeyAlgorithm::Ed25519] {
        let key = KeyPair::generate(algorithm).expect("a key");
        for der in [
            der_of(key.to_pem().as_bytes()),
            key.public_key().to_der().to_vec(),
        ] {
            let specimen = recognized(&der);
            assert_eq!(contents(&specimen)[0].public_key(), Some(key.public_key()));
        }
    }
}

#[test]
fn a_request_is_shown_whoever_signed_it() {
    let key = KeyPair::generate(KeyAlgorithm::EcdsaP256).expect("a key");
    let subject = DistinguishedName::kubernetes(None, "x");
    let algorithm = SignatureAlgorithm::EcdsaSha256;
    let request = CertificateSigningRequest::new(&subject, &[], &key, algorithm).expect("made");
    let mut der = request.to_der().to_vec();
    let verified = |der: &[u8]| match contents(&recognized(der))[0] {
        Content::Request(request) => {
            assert_eq!(request.subject(), "CN=x");
            request.signature().map_err(Clone::clone)
        }
        other => panic!("{other:?}"),
    };
    assert_eq!(verified(&der), Ok(()));
    // The name is signed.
    let at = der
        .windows(1)
        .position(|byte| byte == b"x")
        .expect("the name");
    der[at] = b'y';
    let specimen = recognized(&der);
    let Content::Request(request) = contents(&specimen)[0] else {
        panic!("{specimen:?}");
    };
    assert_eq!(request.subject(), "CN=y");
    assert_eq!(request.signature(), Err(&Error::RequestSignature));
    assert!(CertificateSigningRequest::from_der(&der).is_err());
}

#[test]
fn a_list_has_its_number() {
    let key = KeyPair::from_pem(CA_KEY).expect("a key");
    let authority = Certificate::from_pem(CA).expect("a CA");
    let now = Timestamp::parse_rfc3339("2026-11-22T19:15:00Z").expect("a time");
    let period = Validity::new(now, now.plus(60).expect("near")).expect("a period");
    let serial = SerialNumber::from_bytes(&[7]).expect("short");
    let list = RevocationList::new(
        &[serial],
        period,
        &authority,
        &key,
        SignatureAlgorithm::RsaSha256,
    )
    .expect("a list");
    assert_eq!(list.number(), None);
    let specimens = [recognized(list.to_pem().as_bytes()), recognized(CA)];
    let all = [contents(&specimens[0])[0], contents(&specimens[1])[0]];
    let (relations, complete) = relate(&all);
    assert_eq!(relations[0].signed_by, [1]);
    assert!(complete);
}

#[test]
fn a_kubeconfig_has_its_certificates_and_key() {
    let specimen = recognized(ADMIN);
    let SpecimenForm::Kubeconfig(config) = &specimen.form else {
        panic!("{specimen:?}");
    };
    assert_eq!(config.users[0].name, "kubernetes-admin");
    let all = contents(&specimen);
    assert!(matches!(
        all[..],
        [
            Content::Certificate(_),
            Content::Certificate(_),
            Content::PrivateKey(_)
        ]
    ));
    let (relations, _) = relate(&all);
    assert_eq!(relations[0].self_signed, SelfSigned::Yes);
    assert_eq!(relations[1].signed_by, [0]);
    assert_eq!(relations[1].same_key, [2]);
    assert_eq!(relations[2].same_key, [1]);
    assert_eq!(
        specimen.items[2].place.to_string(),
        "user kubernetes-admin, client-key-data"
    );

    let text = String::from_utf8(ADMIN.to_vec()).expect("text");
    let start = text.find("client-certificate-data: ").expect("there");
    let broken = text[..start].to_owned() + "client-certificate-data: '!'\n";
    let specimen = recognized(broken.as_bytes());
    assert_eq!(specimen.items.len(), 2);
    assert!(specimen.items[1].content.is_err());
    assert!(matches!(
        recognized(KUBELET).form,
        SpecimenForm::Kubeconfig(_)
    ));
}

#[test]
fn relations_go_by_key_and_name() {
    let specimens = [CA, SERVER, ETCD_CA, CA_KEY].map(recognized);
    let all: Vec<&Content> = specimens.iter().flat_map(contents).collect();
    let (relations, _) = relate(&all);
    assert_eq!(relations[0].same_key, [3]);
    assert_eq!(relations[1].signed_by, [0]);
    assert!(relations[1].not_signed_by.is_empty());
    assert_eq!(relations[3].same_key, [0]);
    assert_eq!(relations[2].signed_by, [0_usize; 0]);

    // Another CA of the same name.
    let key = KeyPair::generate(KeyAlgorithm::Rsa2048).expect("a key");
    let now = Timestamp::parse_rfc3339("2026-11-22T19:15:00Z").expect("a time");
    let params = crate::certificate::CertificateParams {
        serial_number: SerialNumber::zero(),
        signature_algorithm: SignatureAlgorithm::RsaSha256,
        validity: Validity::new(now, now.plus(60).expect("near")).expect("a period"),
        subject: DistinguishedName::kubernetes(None, "kubernetes"),
        public_key: key.public_key().clone(),
        extensions: Vec::new(),
    };
    let other = Certificate::self_signed(&params, &key).expect("made");
    let other = Content::Certificate(Box::new(other));
    let (relations, _) = relate(&[&other, all[1]]);
    assert_eq!(relations[1].not_signed_by, [0]);
    assert!(relations[1].signed_by.is_empty());
}

#[test]
fn many_namesakes_end() {
    let specimen = recognized(CA);
    let one = contents(&specimen)[0];
    let (relations, complete) = relate(&[one; 200]);
    assert!(complete);
    assert_eq!(relations.len(), 200);
    assert!(relations.iter().all(|r| r.same_key.len() == 20));
    let server = recognized(SERVER);
    let pair = [contents(&server)[0], one];
    let (relations, complete) = relations::relate_within(&pair, 0);
    assert!(!complete && relations[0].signed_by.is_empty());
    let (relations, complete) = relations::relate_within(&pair, 1);
    assert!(complete && relations[0].signed_by == [1]);
}

#[test]
fn a_broken_block_does_not_hide_the_others() {
    let text = String::from_utf8(CA.to_vec()).expect("text");
    let cut = text.replace("-----END CERTIFICATE-----\n", "");
    let specimen = recognized(format!("{cut}{text}").as_bytes());
    let [first, second] = &specimen.items[..] else {
        panic!("{specimen:?}");
    };
    let mistaken = first.content.as_ref().expect_err("cut off");
    assert!(mistaken.what.contains("cut off"), "{mistaken}");
    assert!(second.content.is_ok());
    let repeated = recognized(&CA.repeat(103));
    assert_eq!((repeated.items.len(), repeated.more), (100, 3));
}

#[test]
fn forms_and_encryption_of_keys() {
    let form = |text: &[u8]| match contents(&recognized(text))[0] {
        Content::PrivateKey(key) => (
            key.form(),
            key.encryption().map(str::to_owned),
            key.is_checked(),
        ),
        other => panic!("{other:?}"),
    };
    assert_eq!(form(CA_KEY), (PrivateKeyForm::Pkcs1, None, true));
    let key = KeyPair::generate(KeyAlgorithm::EcdsaP256).expect("a key");
    let pem = key.to_pem();
    assert_eq!(form(pem.as_bytes()), (PrivateKeyForm::Sec1, None, true));
    let old = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAAAA\n-----END RSA PRIVATE KEY-----\n";
    let encryption = Some("RFC 1421, AES-128-CBC".to_owned());
    assert_eq!(
        form(old.as_bytes()),
        (PrivateKeyForm::Pkcs1, encryption, false)
    );
}

proptest! {
    #[test]
    fn never_panics(bytes: Vec<u8>, text in "(-----BEGIN |CERTIFICATE|-----|\\n|-----END |PRIVATE KEY|users:|kind: Config|- name: a|\\{|\\}|<|AAAA| ){0,30}") {
        let _ = Specimen::recognize(&bytes);
        let _ = Specimen::recognize(text.as_bytes());
    }

    #[test]
    fn damage_never_panics_and_shows_no_key(at: usize, by: u8, cut: usize, which in 0..5_usize) {
        let original = [CA, CA_KEY, ADMIN, &der_of(CA_KEY), &der_of(SERVER)][which].to_vec();
        let mut bytes = original.clone();
        let length = bytes.len();
        bytes[at % length] ^= by;
        bytes.truncate(length - cut % 3 * (cut % length) / 3);
        let shown = match Specimen::recognize(&bytes) {
            Ok(specimen) => {
                let all: Vec<&Content> = specimen.items.iter().filter_map(|i| i.content.as_ref().ok()).collect();
                let _ = relate(&all);
                format!("{specimen:?}")
            }
            Err(mistaken) => format!("{mistaken:?}"),
        };
        // Any 24 characters of the key in base64 would be a part of it.
        let key = String::from_utf8_lossy(CA_KEY);
        for line in key.lines().filter(|line| !line.contains("---")) {
            for start in (0..line.len().saturating_sub(24)).step_by(8) {
                prop_assert!(!shown.contains(&line[start..start + 24]));
            }
        }
    }
}
