use proptest::prelude::*;

use super::*;
use crate::cfssl::tests::{key, now, random, request};
use crate::cfssl::{Reading, SigningConfig, split_cfssl_hostname};

fn csr(json: &str) -> CertificateSigningRequest {
    let request = request(json);
    let hosts = request.general_names().unwrap().value;
    request.csr(&hosts, &key()).unwrap()
}

/// A CA of this request.
fn issuer(json: &str) -> Issuer {
    let (request, key) = (request(json), key());
    let made = request.authority(&[], &key, true, now(), &mut random);
    Issuer::regardless_of_dates(made.unwrap().certificate, Box::new(key)).unwrap()
}

/// The default profile with these settings and an hour.
fn profile(settings: &str) -> EffectiveProfile {
    let text = format!(
        r#"{{"signing":{{"default":{{"expiry":"1h","usages":["signing","server auth","client auth"]{settings}}}}}}}"#
    );
    let config = SigningConfig::parse(text.as_bytes(), Reading::Lenient).unwrap();
    config.value.default_profile().unwrap()
}

fn sign(
    profile: &EffectiveProfile,
    issuer: &Issuer,
    csr: &CertificateSigningRequest,
) -> Result<CfsslSigned, CfsslSignError> {
    let request = CfsslSignRequest {
        csr,
        hosts: &[],
        subject: None,
        crl_url: None,
    };
    profile.sign(issuer, &request, now(), &mut random)
}

const CA: &str = r#"{"CN":"ca"}"#;

#[test]
fn the_start_is_the_nearest_minute_less_five() {
    let signed = sign(&profile(""), &issuer(CA), &csr(r#"{"CN":"x"}"#)).unwrap();
    let validity = signed.certificate.validity();
    assert_eq!(validity.not_before().to_string(), "2026-11-22T19:11:00Z");
    assert_eq!(validity.not_after().to_string(), "2026-11-22T20:11:00Z");
    let nearest = |seconds: i64| {
        let moment = Moment::nearest_minute(Timestamp::from_unix(seconds).unwrap());
        moment.timestamp().unwrap().unix()
    };
    assert_eq!([nearest(29), nearest(30), nearest(-31)], [0, 60, -60]);
}

#[test]
fn fractions_are_cut_off_at_the_end() {
    let fractions = profile(r#","backdate":"0.5s","not_after":null"#);
    let signed = sign(&fractions, &issuer(CA), &csr(r#"{"CN":"x"}"#)).unwrap();
    let validity = signed.certificate.validity();
    assert_eq!(validity.not_before().to_string(), "2026-11-22T19:15:59Z");
    assert_eq!(validity.not_after().to_string(), "2026-11-22T20:15:59Z");
}

#[test]
fn a_ca_is_made_only_where_both_sides_allow_it() {
    let asks = csr(r#"{"CN":"x","ca":{"pathlen":1}}"#);
    let plain = csr(r#"{"CN":"x"}"#);
    let makes_cas = profile(r#","ca_constraint":{"is_ca":true}"#);
    let refused = |profile: &EffectiveProfile, ca: &str, csr: &CertificateSigningRequest| {
        sign(profile, &issuer(ca), csr).map(|_| ()).unwrap_err()
    };
    assert_eq!(
        refused(&profile(""), CA, &asks),
        CfsslSignError::CaNotAllowed
    );
    let one_left = r#"{"CN":"ca","ca":{"pathlen":1}}"#;
    assert_eq!(
        refused(&makes_cas, one_left, &asks),
        CfsslSignError::PathLengthExtended
    );
    let none_left = r#"{"CN":"ca","ca":{"pathlenzero":true}}"#;
    for csr in [&asks, &plain] {
        assert_eq!(
            refused(&makes_cas, none_left, csr),
            CfsslSignError::PathLengthUsedUp
        );
    }
    assert!(sign(&profile(""), &issuer(none_left), &plain).is_ok());
    let made = sign(&makes_cas, &issuer(one_left), &plain).unwrap();
    assert!(made.certificate.is_ca());
    assert!(made.warnings.iter().any(|w| w.contains("'cert sign'")));
}

#[test]
fn a_csr_does_not_decide_on_usages() {
    let copying = profile(r#","copy_extensions":true"#);
    // keyUsage keyCertSign
    let overrides =
        csr(r#"{"CN":"x","extensions":[{"Id":[2,5,29,15],"Critical":true,"Value":"AwICBA=="}]}"#);
    let refused = sign(&copying, &issuer(CA), &overrides).unwrap_err();
    assert_eq!(
        refused,
        CfsslSignError::Extension {
            oid: "2.5.29.15".into()
        }
    );
    // Without copy_extensions it has no effect.
    let signed = sign(&profile(""), &issuer(CA), &overrides).unwrap();
    let usage = signed.certificate.key_usage().unwrap();
    assert!(!usage.contains(KeyUsage::KEY_CERT_SIGN));
    // What the profile says anyway may stand in the CSR.
    let same =
        csr(r#"{"CN":"x","extensions":[{"Id":[2,5,29,15],"Critical":true,"Value":"AwIHgA=="}]}"#);
    assert!(sign(&copying, &issuer(CA), &same).is_ok());
    let private = csr(r#"{"CN":"x","extensions":[{"Id":[1,2,3,4,5],"Value":"BQA="}]}"#);
    let extensions = sign(&copying, &issuer(CA), &private)
        .unwrap()
        .certificate
        .extensions();
    assert_eq!(extensions.unwrap().last().unwrap().oid(), "1.2.3.4.5");
}

#[test]
fn nobody_exempts_himself_from_revocation() {
    let copying = profile(r#","copy_extensions":true"#);
    // ocsp-nocheck, nsCertType, freshestCRL
    for id in ["1,3,6,1,5,5,7,48,1,5", "2,16,840,1,113730,1,1", "2,5,29,46"] {
        let asks = format!(r#"{{"CN":"x","extensions":[{{"Id":[{id}],"Value":"BQA="}}]}}"#);
        let refused = sign(&copying, &issuer(CA), &csr(&asks)).unwrap_err();
        let oid = id.replace(',', ".");
        assert_eq!(refused, CfsslSignError::Extension { oid });
    }
    let cut_off = csr(r#"{"CN":"x","extensions":[{"Id":[1,2,3],"Value":"MAU="}]}"#);
    assert!(matches!(
        sign(&copying, &issuer(CA), &cut_off),
        Err(CfsslSignError::MalformedExtension { .. })
    ));
}

#[test]
fn the_wish_to_delegate_is_granted_in_its_own_form() {
    // delegationUsage, critical and with a value that it does not have.
    let asks = csr(
        r#"{"CN":"x","extensions":[{"Id":[1,3,6,1,4,1,44363,44],"Critical":true,"Value":"MAMBAf8="}]}"#,
    );
    let signed = sign(&profile(""), &issuer(CA), &asks).unwrap();
    let extensions = signed.certificate.extensions().unwrap();
    assert_eq!(extensions.last(), Some(&Extension::delegation_usage()));
}

#[test]
fn a_url_is_ascii() {
    let urls = profile(r#","crl_url":"http://\u00e9/ca.crl""#);
    let refused = sign(&urls, &issuer(CA), &csr(r#"{"CN":"x"}"#)).unwrap_err();
    assert!(matches!(
        refused,
        CfsslSignError::Core(Error::StringType { .. })
    ));
}

#[test]
fn a_certificate_names_somebody() {
    let nobody = csr("{}");
    assert_eq!(
        sign(&profile(""), &issuer(CA), &nobody).unwrap_err(),
        CfsslSignError::NobodyNamed
    );
    let named = split_cfssl_hostname("m1, 10.0.0.11").unwrap().value;
    let request = CfsslSignRequest {
        csr: &nobody,
        hosts: &named,
        subject: None,
        crl_url: Some("http://c/ca.crl"),
    };
    let signed = profile("")
        .sign(&issuer(CA), &request, now(), &mut random)
        .unwrap();
    assert_eq!(
        signed.certificate.subject_alt_names(),
        ["DNS:m1", "IP:10.0.0.11"]
    );
    let algorithm = crate::SignatureAlgorithm::EcdsaSha256;
    let subject = DistinguishedName::kubernetes(None, "a\0b");
    let nul = CertificateSigningRequest::new(&subject, &[], &key(), algorithm).unwrap();
    assert!(matches!(
        sign(&profile(""), &issuer(CA), &nul),
        Err(CfsslSignError::Nul { .. })
    ));
}

#[test]
fn what_surprises_is_said() {
    let warnings = |profile: &EffectiveProfile, ca: &str, json: &str| {
        sign(profile, &issuer(ca), &csr(json))
            .unwrap()
            .warnings
            .join("\n")
    };
    let short = r#"{"CN":"ca","ca":{"expiry":"30m"}}"#;
    assert!(warnings(&profile(""), short, r#"{"CN":"x"}"#).contains("after its CA"));
    let over = r#"{"CN":"ca","ca":{"expiry":"1m"}}"#;
    assert!(warnings(&profile(""), over, r#"{"CN":"x"}"#).contains("nothing that it signs"));
    assert!(warnings(&profile(""), CA, r#"{"CN":"ca"}"#).contains("name of its CA"));
    assert!(
        warnings(
            &profile(r#","not_after":"2026-11-22T19:14:00Z""#),
            CA,
            r#"{"CN":"x"}"#
        )
        .contains("ended already")
    );
    assert_eq!(warnings(&profile(""), CA, r#"{"CN":"x"}"#), "");
}

#[test]
fn renewal_keeps_the_subject_and_everything_else_that_counts() {
    let (old_key, other) = (key(), key());
    let json = r#"{"CN":"ca","names":[{"O":"o","E":"ops@k8s.internal"}],"crl_url":"http://c/ca.crl","ca":{"expiry":"10h","pathlen":2}}"#;
    let old = request(json)
        .authority(&[], &old_key, true, now(), &mut random)
        .unwrap()
        .certificate;
    let later = now().plus(3600).unwrap();
    let renewed =
        crate::cfssl::cfssl_renewed_authority(&old, &old_key, later, &mut random).unwrap();
    assert!(renewed.warnings.is_empty(), "{:?}", renewed.warnings);
    let renewed = renewed.certificate;
    assert_eq!(renewed.subject_der(), old.subject_der());
    assert_eq!(renewed.basic_constraints(), old.basic_constraints());
    let oids = |c: &Certificate| -> Vec<_> {
        c.extensions().unwrap().iter().map(Extension::oid).collect()
    };
    assert_eq!(oids(&renewed), oids(&old));
    assert_eq!(
        renewed
            .validity()
            .not_before()
            .since(old.validity().not_before()),
        3600
    );
    let error = crate::cfssl::cfssl_renewed_authority(&old, &other, later, &mut random);
    assert!(matches!(
        error,
        Err(CfsslSignError::Core(Error::KeyMismatch { .. }))
    ));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    /// Whatever a CSR says: a certificate, or an error.
    #[test]
    fn never_panics(cn in "\\PC{0,20}", host in "\\PC{0,20}", o in "\\PC{0,10}") {
        let json = serde_json::json!({"CN": cn, "hosts": [host], "names": [{"O": o}]}).to_string();
        let request = request(&json);
        if let Ok(hosts) = request.general_names() {
            let csr = request.csr(&hosts.value, &key()).unwrap();
            let _ = sign(&profile(""), &issuer(CA), &csr);
        }
    }
}
