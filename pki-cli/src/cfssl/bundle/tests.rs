use pki_core::{
    Attribute, AttributeType, BasicConstraints, CertificateParams, DistinguishedName, Extension,
    GeneralName, Issuer, KeyAlgorithm, RelativeDistinguishedName, SerialNumber, SignatureAlgorithm,
    Timestamp, Validity,
};
use serde_json::Value;

use super::*;

const DAY: i64 = 86_400;

fn now() -> Timestamp {
    Timestamp::parse_rfc3339("2026-11-22T19:15:00Z").expect("a time")
}

fn params(name: &str, key: &KeyPair, days: i64, extensions: Vec<Extension>) -> CertificateParams {
    let ends = now().plus(days * DAY).expect("a time");
    let name = Attribute::new(AttributeType::CommonName, name.to_owned());
    CertificateParams {
        serial_number: SerialNumber::from_bytes(&[7]).expect("short"),
        signature_algorithm: SignatureAlgorithm::EcdsaSha256,
        validity: Validity::new(now(), ends).expect("forwards"),
        subject: DistinguishedName::new(vec![RelativeDistinguishedName::new(name, Vec::new())]),
        public_key: key.public_key().clone(),
        extensions,
    }
}

fn key() -> KeyPair {
    KeyPair::generate(KeyAlgorithm::EcdsaP256).expect("a key")
}

fn root() -> Issuer {
    let key = key();
    let authority = Extension::basic_constraints(BasicConstraints::CertificateAuthority {
        path_len_constraint: None,
    });
    let params = params("root", &key, 900, vec![authority]);
    Issuer::self_signed(&params, Box::new(key), now()).expect("a root")
}

/// Its key, and itself.
fn leaf(root: &Issuer, mut others: Vec<Extension>) -> (KeyPair, Certificate) {
    let key = key();
    let name = |text: &str| GeneralName::Dns(text.parse().expect("ASCII"));
    others.push(Extension::subject_alt_name(
        &[name("a.example"), name("leaf")],
        false,
    ));
    others.push(Extension::subject_key_identifier(&[0xab, 1]));
    let certificate = root.issue(&params("leaf", &key, 20, others));
    (key, certificate.expect("a leaf"))
}

fn printed(chain: &Chain<'_>, file: &[Certificate], key: Option<&KeyPair>) -> (String, Value) {
    let status = Status::of(chain, file, now());
    let key = key.map(KeyPair::to_pem);
    let output = json::output(chain, &status, key.as_ref());
    let text = String::from_utf8(output.bytes().to_vec()).expect("UTF-8");
    let value = serde_json::from_str(&text).expect("JSON");
    (text, value)
}

#[test]
fn prints_the_members_of_cfssl() {
    let root = root();
    let (key, leaf) = leaf(&root, Vec::new());
    let file = [leaf];
    let roots = [root.certificate().clone()];
    let chain = Chain::find(&file[0], &[], &roots, now()).expect("a chain");
    let (text, value) = printed(&chain, &file, Some(&key));
    let members: Vec<&String> = value.as_object().expect("an object").keys().collect();
    assert_eq!(
        members,
        [
            "bundle",
            "crl_support",
            "crt",
            "expires",
            "hostnames",
            "issuer",
            "key",
            "key_size",
            "key_type",
            "leaf_expires",
            "ocsp",
            "ocsp_support",
            "root",
            "signature",
            "status",
            "subject"
        ]
    );
    assert_eq!(value["bundle"], file[0].to_pem().trim_end());
    assert_eq!(value["root"], roots[0].to_pem().trim_end());
    assert_eq!(value["key"], key.to_pem().trim_end());
    for part in [
        r#""expires":"2026-12-12T19:15:00Z","hostnames":["leaf","a.example"],"issuer":"/CommonName=root","#,
        r#","key_size":256,"key_type":"256-bit ECDSA","leaf_expires":"2026-12-12T19:15:00Z","ocsp":null,"ocsp_support":false,"#,
        r#","signature":"ECDSAWithSHA256","status":{"rebundled":false,"expiring_SKIs":["AB01"],"untrusted_root_stores":[],"messages":["The bundle is expiring"#,
        r#"present."],"code":3},"subject":"/CommonName=leaf"}"#,
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
}

#[test]
fn force_takes_what_is_there() {
    let root = root();
    let (_, leaf) = leaf(&root, Vec::new());
    let mut file = [root.certificate().clone(), leaf];
    assert!(Chain::as_it_stands(&file).is_err());
    chain::put_in_order(&mut file);
    let chain = Chain::as_it_stands(&file).expect("a chain");
    let (_, value) = printed(&chain, &file, None);
    let both = file.each_ref().map(Certificate::to_pem).concat();
    assert_eq!(value["bundle"], both.trim_end());
    assert_eq!((&value["root"], &value["key"]), (&"".into(), &"".into()));
    assert_eq!(value["status"]["untrusted_root_stores"], Value::Null);
    assert_eq!(value["status"]["rebundled"], false);
    assert_eq!(value["expires"], "2026-12-12T19:15:00Z");
    assert!(Chain::as_it_stands(&[]).is_err());
}

#[test]
fn a_leaf_with_ocsp_comes_with_its_issuer() {
    let root = root();
    let ocsp = Extension::authority_info_access(&["http://ocsp".to_owned()], &[]).expect("ASCII");
    let (_, leaf) = leaf(&root, vec![ocsp]);
    let file = [leaf];
    let roots = [root.certificate().clone()];
    let chain = Chain::find(&file[0], &[], &roots, now()).expect("a chain");
    assert_eq!(chain.sent(), [&file[0], &roots[0]]);
    let (_, value) = printed(&chain, &file, None);
    assert_eq!(value["ocsp"][0], "http://ocsp");
    assert_eq!(value["status"]["rebundled"], true);
}

#[test]
fn refuses_with_the_numbers_of_cfssl() {
    let root = root();
    let (key, leaf) = leaf(&root, Vec::new());
    let roots = [root.certificate().clone()];
    let words = |roots: &[Certificate], at: i64| {
        let now = now().plus(at * DAY).expect("a time");
        let failure = Chain::find(&leaf, &[], roots, now).expect_err("refused");
        failure.words().to_owned()
    };
    assert!(words(&[], 0).contains("1220"));
    assert_eq!(
        words(&roots, 21),
        r#"{"code":1211,"message":"x509: certificate has expired or is not yet valid: current time 2026-12-13T19:15:00Z is after 2026-12-12T19:15:00Z"}"#
    );
    assert!(words(&roots, -1).contains("is before 2026-11-22T19:15:00Z"));
    let own = Chain::find(&roots[0], &[], &roots, now()).expect_err("refused");
    assert!(own.words().contains("1100"));
    assert!(check_key(&leaf, Some(&key)).is_ok());
    let other = self::key();
    let mismatch = check_key(&leaf, Some(&other)).expect_err("refused");
    assert!(mismatch.words().contains("2300"));
}
