//! cfssl's opinion, the lenient reading and the strict one: each refuses what
//! the one before refuses.

use proptest::prelude::*;

use super::{default, profile};
use crate::cfssl::{CfsslCertificateRequest, Reading, SigningConfig, json};

/// Documents whose keys and values are those of cfssl, in any place.
fn document() -> impl Strategy<Value = String> {
    let key = proptest::sample::select(vec![
        "signing",
        "default",
        "profiles",
        "p",
        "expiry",
        "usages",
        "backdate",
        "remote",
        "remotes",
        "auth_keys",
        "auth_key",
        "auth_remote",
        "type",
        "key",
        "policies",
        "ID",
        "Qualifiers",
        "not_before",
        "not_after",
        "ca_constraint",
        "is_ca",
        "max_path_len",
        "name_whitelist",
        "Expiry",
        "SerialNumber",
        "cert_store",
        "CSRWhitelist",
        "Subject",
        "ocsp",
        "Interval",
        "ExtensionWhitelist",
        "Backdate",
        "SIGNING",
        "CN",
        "names",
        "hosts",
        "algo",
        "size",
        "ca",
        "pathlen",
        "OID",
        "O",
        "lint_error_level",
        "issuer_urls",
        "extensions",
        "Id",
        "Value",
        "zzz",
    ]);
    let leaf = proptest::sample::select(vec![
        "null",
        "true",
        "0",
        "-2",
        "2048",
        "1.5",
        "\"\"",
        "\"1h\"",
        "\"0\"",
        "\"-1h\"",
        "\"1y\"",
        "\"any\"",
        "\"p\"",
        "\"standard\"",
        "\"00\"",
        "\"1.2.3\"",
        "\"id-qt-cps\"",
        "\"ecdsa\"",
        "\"2026-01-02T00:00:00Z\"",
        "\"(\"",
        "[\"any\"]",
        "[null]",
        "{}",
        "[]",
    ]);
    let leaf = leaf.prop_map(str::to_owned);
    leaf.prop_recursive(5, 40, 5, move |inner| {
        let members = proptest::collection::vec((key.clone(), inner.clone()), 0..5);
        let object = members.prop_map(|members| {
            let members = members
                .iter()
                .map(|(key, value)| format!("\"{key}\":{value}"));
            format!("{{{}}}", members.collect::<Vec<_>>().join(","))
        });
        let list = proptest::collection::vec(inner, 0..3);
        prop_oneof![4 => object, 1 => list.prop_map(|list| format!("[{}]", list.join(",")))]
    })
}

/// A configuration or request that is nearly right.
fn likely() -> impl Strategy<Value = String> {
    (document(), 0..5_usize).prop_map(|(inner, place)| match place {
        0 => inner,
        1 => default(&inner),
        2 => profile(&inner),
        3 => format!("{{\"signing\":{{}},\"auth_keys\":{{\"p\":{inner}}},\"remotes\":{inner}}}"),
        _ => format!("{{\"key\":{inner},\"ca\":{inner},\"names\":[{inner}]}}"),
    })
}

fn consistent(bytes: &[u8]) -> Result<(), TestCaseError> {
    let refusal = SigningConfig::refusal_of_cfssl(bytes);
    let lenient = SigningConfig::parse(bytes, Reading::Lenient);
    let strict = SigningConfig::parse(bytes, Reading::Strict);
    prop_assert!(
        refusal.is_none() || lenient.is_err(),
        "{refusal:?} but read"
    );
    prop_assert!(lenient.is_ok() || strict.is_err(), "{lenient:?}");
    let refusal = CfsslCertificateRequest::refusal_of_cfssl(bytes);
    let lenient = CfsslCertificateRequest::parse(bytes, Reading::Lenient);
    let strict = CfsslCertificateRequest::parse(bytes, Reading::Strict);
    prop_assert!(
        refusal.is_none() || lenient.is_err(),
        "{refusal:?} but read"
    );
    prop_assert!(lenient.is_ok() || strict.is_err(), "{lenient:?}");
    let _ = CfsslCertificateRequest::authority_refusal_of_cfssl(bytes, None);
    let _ = crate::cfssl::CfsslSubject::refusal_of_cfssl(bytes);
    Ok(())
}

proptest! {
    #[test]
    fn our_opinions_agree(text in likely()) {
        consistent(text.as_bytes())?;
    }

    #[test]
    fn our_opinions_agree_on_anything(bytes: Vec<u8>) {
        consistent(&bytes)?;
    }

    #[test]
    fn syntax_agrees_with_the_parser(text in r#"[\[\]{}:,"\\ntruefals0-9.eE+ /é\x01-]{0,14}"#) {
        let go = crate::cfssl::go_json_syntax_error(text.as_bytes());
        let ours = json::parse(text.as_bytes(), Reading::Lenient);
        prop_assert_eq!(go.is_none(), ours.is_ok(), "{:?} {:?}", go, ours);
    }
}
