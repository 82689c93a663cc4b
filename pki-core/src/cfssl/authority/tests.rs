use super::*;
use crate::cfssl::tests::{key, now, random, request};
use crate::cfssl::{CfsslSignRequest, EffectiveProfile, GoDuration, Reading, SigningConfig};
use crate::issuer::Issuer;

/// The profile `p` with these settings.
fn profile(settings: &str) -> EffectiveProfile {
    let text = format!(
        r#"{{"signing":{{"default":{{"expiry":"17h"}},"profiles":{{"p":{{{settings}}}}}}},"remotes":{{"s":"ca.example:8888"}}}}"#
    );
    let config = SigningConfig::parse(text.as_bytes(), Reading::Lenient).unwrap();
    config.value.profile("p").unwrap()
}

fn self_signed_by(profile: Option<&EffectiveProfile>) -> Result<CfsslSigned, CfsslSignError> {
    request(r#"{"CN":"x"}"#).self_signed(&[], &key(), profile, now(), &mut random)
}

/// When it ends, in hours from now.
fn hours(signed: &CfsslSigned) -> i64 {
    signed.certificate.validity().not_after().since(now()) / 3600
}

#[test]
fn what_signs_itself_lives_as_long_as_its_profile_or_three_months() {
    assert_eq!(hours(&self_signed_by(None).unwrap()), 2190);
    let mut five = profile(r#""usages":["signing"],"expiry":"5h""#);
    assert_eq!(hours(&self_signed_by(Some(&five)).unwrap()), 5);
    five.expiry = GoDuration::ZERO;
    assert_eq!(hours(&self_signed_by(Some(&five)).unwrap()), 2190);
}

#[test]
fn nothing_signs_itself_without_usages() {
    let remote = profile(r#""remote":"s""#);
    let mut none = profile(r#""usages":["signing"],"expiry":"5h""#);
    none.settings.usages.clear();
    for profile in [remote, none] {
        let error = self_signed_by(Some(&profile)).unwrap_err();
        assert_eq!(error, CfsslSignError::NoUsages);
        assert_eq!(error.code(), Some(5100));
    }
}

#[test]
fn an_intermediate_renewed_is_a_root_and_a_warning_says_so() {
    let (root_key, own) = (key(), key());
    let root = request(r#"{"CN":"root"}"#).authority(&[], &root_key, true, now(), &mut random);
    let root = Issuer::regardless_of_dates(root.unwrap().certificate, Box::new(root_key)).unwrap();
    let authority = profile(
        r#""usages":["cert sign","crl sign"],"expiry":"5h","ca_constraint":{"is_ca":true},
        "crl_url":"http://root.example/crl","issuer_urls":["http://root.example/ca"],
        "policies":[{"ID":"1.2.3"}]"#,
    );
    let csr = request(r#"{"CN":"inter"}"#).csr(&[], &own).unwrap();
    let asked = CfsslSignRequest {
        csr: &csr,
        hosts: &[],
        subject: None,
        crl_url: None,
    };
    let old = authority.sign(&root, &asked, now(), &mut random).unwrap();
    let old = old.certificate;
    let renewed = cfssl_renewed_authority(&old, &own, now(), &mut random).unwrap();
    assert!(renewed.certificate.is_self_issued());
    assert_eq!(renewed.warnings.len(), 1);
    assert!(
        renewed.warnings[0].contains("signed by CN=root,"),
        "{:?}",
        renewed.warnings
    );
    let has = |certificate: &Certificate, oid| {
        let extensions = certificate.extensions().unwrap();
        extensions.iter().any(|extension| extension.oid == oid)
    };
    for oid in [oid::AUTHORITY_INFO_ACCESS, oid::CRL_DISTRIBUTION_POINTS] {
        assert!(has(&old, oid) && !has(&renewed.certificate, oid), "{oid}");
    }
    assert!(has(&renewed.certificate, oid::CERTIFICATE_POLICIES));
}
