//! Signing configurations, strictly and leniently read.

mod refused;

use super::*;
use crate::cfssl::CfsslAuthKeySource;
use crate::extension::{ExtendedKeyUsage, KeyUsage};

/// The configuration of kubeadm's guide to high availability.
const KUBEADM_HA: &str = r#"{
  "signing": {
    "default": {
      "expiry": "43800h"
    },
    "profiles": {
      "server": {
        "expiry": "43800h",
        "usages": ["signing", "key encipherment", "server auth", "client auth"]
      },
      "client": {
        "expiry": "43800h",
        "usages": ["signing", "key encipherment", "client auth"]
      },
      "peer": {
        "expiry": "43800h",
        "usages": ["signing", "key encipherment", "server auth", "client auth"]
      }
    }
  }
}"#;

fn strict(text: &str) -> Result<Read<SigningConfig>, DocumentError> {
    SigningConfig::parse(text.as_bytes(), Reading::Strict)
}

fn lenient(text: &str) -> Result<Read<SigningConfig>, DocumentError> {
    SigningConfig::parse(text.as_bytes(), Reading::Lenient)
}

/// A configuration whose default profile is on line 2 from column 1 on.
fn default(profile: &str) -> String {
    format!("{{\"signing\":{{\"default\":\n{profile}\n}}}}")
}

/// `message → suggestion`
fn shown(error: &DocumentError) -> String {
    let suggestion = error.suggestion.as_deref().unwrap_or("-");
    format!("{error} → {suggestion}")
}

#[test]
fn reads_the_guides() {
    let read = strict(KUBEADM_HA).unwrap();
    assert!(read.warnings.is_empty());
    let config = read.value;
    assert!(config.profile_names().eq(["server", "client", "peer"]));
    let client = config.profile("client").unwrap();
    assert_eq!(client.expiry.seconds(), 43800 * 3600);
    let leaf = KeyUsage::DIGITAL_SIGNATURE.and(KeyUsage::KEY_ENCIPHERMENT);
    assert_eq!(client.settings.key_usage(), leaf);
    assert_eq!(
        client.settings.extended_key_usages(),
        [ExtendedKeyUsage::ClientAuth]
    );
    assert!(!client.settings.is_ca());
    // The default of the guide has no usages: an error only for who uses it.
    assert_eq!(
        shown(&config.default_profile().unwrap_err()),
        "3:16: signing.default: no key usage available: this profile has no 'usages' → name one of the profiles 'server', 'client', 'peer'"
    );
    assert_eq!(
        shown(&config.profile("sevrer").unwrap_err()),
        "signing.profiles: unknown profile 'sevrer': the profiles are 'server', 'client', 'peer' → server"
    );
    let crlf = KUBEADM_HA.replace('\n', "\r\n");
    assert_eq!(strict(&crlf).unwrap().value, config);
}

#[test]
fn reads_intermediates_policies_and_times() {
    let text = default(
        r#"{"usages":["digital signature","cert sign","crl sign","signing"],"expiry":"1h30m",
        "ca_constraint":{"is_ca":true,"max_path_len":0,"max_path_len_zero":true},
        "backdate":"1h","not_before":"2026-01-02T13:00:00.5+01:00","not_after":"2027-01-01T00:00:00Z",
        "policies":[{"ID":"1.2.3.4.5","Qualifiers":[{"Type":"id-qt-cps","Value":"http://cps/"}]},{"ID":"2.23.140.1.2.1"}],
        "ocsp_no_check":true,"issuer_urls":["http://i/1"]}"#,
    );
    let profile = strict(&text).unwrap().value.default_profile().unwrap();
    let settings = profile.settings;
    assert_eq!(profile.expiry.to_string(), "1h30m0s");
    assert_eq!(
        (settings.is_ca(), settings.path_len_constraint()),
        (true, Some(0))
    );
    assert_eq!(
        settings.not_before.unwrap().to_string(),
        "2026-01-02T12:00:00Z"
    );
    assert_eq!(settings.policies.len(), 2);
    assert!(settings.key_usage().contains(KeyUsage::KEY_CERT_SIGN));
    assert!(settings.ocsp_no_check && settings.backdate.is_some());
}

#[test]
fn without_default_takes_the_built_in_profile() {
    let text = r#"{"signing":{"profiles":{"p":{"expiry":"1h","usages":["any"]}}}}"#;
    let config = strict(text).unwrap().value;
    assert_eq!(
        config.default_profile().unwrap(),
        EffectiveProfile::built_in()
    );
    assert_eq!(EffectiveProfile::built_in().expiry.to_string(), "8760h0m0s");
    assert_eq!(
        strict(r#"{"signing":{}}"#)
            .unwrap()
            .value
            .profile_names()
            .count(),
        0
    );
}

#[test]
fn inherits_four_settings_and_no_more() {
    let text = r#"{"signing":{
      "default":{"expiry":"9h","usages":["any"],"crl_url":"http://c","ocsp_url":"http://o","issuer_urls":["http://i"],"ocsp_no_check":true,"backdate":"1h"},
      "profiles":{
        "zero":{"expiry":"0","usages":["signing"]},
        "own":{"expiry":"1h","usages":["signing"],"issuer_urls":[],"crl_url":""}}}}"#;
    let config = lenient(text).unwrap().value;
    let zero = config.profile("zero").unwrap();
    assert_eq!(zero.expiry.to_string(), "9h0m0s");
    assert_eq!(zero.settings.issuer_urls, Some(vec!["http://i".into()]));
    assert!(!zero.settings.ocsp_no_check && zero.settings.backdate.is_none());
    let own = config.profile("own").unwrap();
    assert_eq!(own.settings.issuer_urls, Some(vec![]));
    assert_eq!(own.settings.crl_url.as_deref(), Some("http://c"));
    assert!(strict(text).is_err());
}

#[test]
fn remote_profiles_and_keys_are_read_but_not_shown() {
    let text = r#"{"signing":{"default":{"auth_remote":{"remote":"r","auth_key":"k"}}},
        "auth_keys":{"k":{"type":"standard","key":"0123456789abcdef"}},"remotes":{"r":"ca:8888"}}"#;
    let config = strict(text).unwrap().value;
    assert!(!format!("{config:?}").contains("0123456789"));
    let (name, key) = config.auth_keys().next().unwrap();
    assert_eq!(name, "k");
    assert_eq!(
        key.source(),
        Ok(CfsslAuthKeySource::Literal("0123456789abcdef"))
    );
    assert!(config.remotes().eq([("r", "ca:8888")]));
    // The key in the place of its name.
    for field in ["auth_key", "prev_auth_key"] {
        let text = format!(
            r#"{{"signing":{{"default":{{"expiry":"1h","usages":["signing"],"{field}":"0123456789abcdef"}}}}}}"#
        );
        for error in [strict(&text).unwrap_err(), lenient(&text).unwrap_err()] {
            assert!(!format!("{error:?}").contains("0123456789"), "{error}");
        }
    }
    let remote = config.default_profile().unwrap();
    assert!(remote.settings.is_remote() && remote.expiry == GoDuration::ZERO);
    for key in ["env:KEY", "file:/k", "secret", "abc", ""] {
        let text = text.replace("0123456789abcdef", key);
        let error = strict(&text).unwrap_err();
        assert_eq!(error.path, "auth_keys.k.key");
        assert!(key.is_empty() || !error.message.contains(key), "{error}");
        // cfssl takes an empty key, and finds others elsewhere.
        let taken = key.is_empty() || key.contains(':');
        assert_eq!(lenient(&text).is_ok(), taken, "{key}");
    }
    let file = CfsslAuthKeySource::File("/k");
    assert_eq!(key_of("file:/k").source(), Ok(file));
    assert!(key_of("vault:k").source().is_err());
    assert_eq!(CfsslAuthKey::octets("00fF").unwrap().as_slice(), [0, 255]);
    assert!(CfsslAuthKey::octets("0").is_err() && CfsslAuthKey::octets("\u{e9}").is_err());
}

#[test]
fn names_that_a_whitelist_must_match_are_compiled() {
    let text = default(r#"{"expiry":"1h","usages":["any"],"name_whitelist":"^m\\d$"}"#);
    let settings = strict(&text)
        .unwrap()
        .value
        .default_profile()
        .unwrap()
        .settings;
    let whitelist = settings.name_whitelist.unwrap();
    assert!(whitelist.matches("m1") && !whitelist.matches("m12"));
    let wrong = text.replace('^', "(");
    assert_eq!(
        shown(&strict(&wrong).unwrap_err()),
        "2:50: signing.default.name_whitelist: this regular expression is none: its syntax is wrong → -"
    );
    assert!(lenient(&wrong).is_err());
}

fn key_of(text: &str) -> CfsslAuthKey {
    let text = format!(r#"{{"signing":{{}},"auth_keys":{{"k":{{"key":"{text}"}}}}}}"#);
    let config = lenient(&text).unwrap().value;
    let (_, key) = config.auth_keys().next().unwrap();
    key.clone()
}

#[test]
fn a_number_for_a_key_is_not_shown() {
    let text = r#"{"signing":{},"auth_keys":{"k":{"type":"standard","key":12345678}}}"#;
    assert!(!shown(&strict(text).unwrap_err()).contains("12345678"));
}

#[test]
fn full_documents_of_nonsense_end_soon() {
    let words = "\"x\",".repeat(200_000) + "\"any\"";
    let usages = default(&format!(r#"{{"expiry":"1h","usages":[{words}]}}"#));
    assert_eq!(lenient(&usages).unwrap().warnings.len(), 100);
    let keys = "\"x\":1,".repeat(160_000);
    let keys = default(&format!(r#"{{{keys}"expiry":"1h"}}"#));
    assert_eq!(lenient(&keys).unwrap().warnings.len(), 100);
    let lists = r#""issuer_urls":[],"#.repeat(20_000);
    let urls = "\"\",".repeat(200_000) + "\"\"";
    let lists = default(&format!(
        r#"{{{lists}"issuer_urls":[{urls}],"expiry":"1h"}}"#
    ));
    assert!(lenient(&lists).is_ok());
}

proptest::proptest! {
    #[test]
    fn never_panics(bytes: Vec<u8>) {
        let _ = SigningConfig::parse(&bytes, Reading::Strict);
        let _ = SigningConfig::parse(&bytes, Reading::Lenient);
        let _ = crate::cfssl::cfssl_kind(&bytes);
    }

    #[test]
    fn mutations_never_panic(at in 0..KUBEADM_HA.len(), skip in 0..40_usize, insert in "\\PC{0,6}|[\"{}\\[\\],:0-9nul-]{0,6}") {
        let end = (at + skip).min(KUBEADM_HA.len());
        let text = format!("{}{insert}{}", &KUBEADM_HA[..at], &KUBEADM_HA[end..]);
        for reading in [Reading::Strict, Reading::Lenient] {
            if let Ok(read) = SigningConfig::parse(text.as_bytes(), reading) {
                let _ = (read.value.profile("server"), read.value.default_profile());
            }
        }
        // Whatever cannot be read leniently cannot be read strictly.
        if SigningConfig::parse(text.as_bytes(), Reading::Lenient).is_err() {
            proptest::prop_assert!(strict(&text).is_err());
        }
    }
}
