//! What the strict reading refuses, and the lenient one tells or refuses too.

use super::*;

#[test]
fn strict_refuses_documents_that_are_none() {
    for (text, error) in [
        ("", "1:1: the document is empty → -"),
        ("{}", "1:1: no 'signing' in the configuration → -"),
        ("null", "1:1: no 'signing' in the configuration → -"),
        ("[]", "1:1: expected an object, found a list → -"),
        (
            "{\"signing\": null}",
            "1:2: signing: the value is null → leave the key out",
        ),
        (
            "{\"SIGNING\": {}}",
            "1:2: SIGNING: unknown key 'SIGNING' → signing",
        ),
        (
            "{\"signing\": {}, \"zzz\": 1}",
            "1:17: zzz: unknown key 'zzz' → -",
        ),
        (
            "{\"CN\": \"etcd\"}",
            "1:2: CN: unknown key 'CN': this is a certificate request, not a signing configuration → give it as the request",
        ),
        (
            "{\"signing\": {}, \"signing\": {}}",
            "1:17: signing: the key 'signing' stands here twice → keep one of the two",
        ),
        (
            "{\"signing\":{\"server\":{}}}",
            "1:13: signing.server: unknown key 'server': a profile stands inside 'profiles' → profiles",
        ),
        (
            "{\"signing\":{\"profiles\":{\"p\":null}}}",
            "1:29: signing.profiles.p: expected an object, found null → -",
        ),
    ] {
        assert_eq!(shown(&strict(text).unwrap_err()), error, "{text}");
    }
}

#[test]
fn strict_refuses_what_makes_a_wrong_profile() {
    for (profile, error) in [
        (
            r#"{"expiry":"1y"}"#,
            "2:11: signing.default.expiry: '1y' has the unknown unit 'y': the units are ns, us, ms, s, m and h → 8760h",
        ),
        (
            r#"{"expiry":"8760"}"#,
            "2:11: signing.default.expiry: '8760' has no unit → 8760h",
        ),
        (
            r#"{"expiry":"2562048h"}"#,
            "2:11: signing.default.expiry: '2562048h' is too long: 2562047h is the limit → 2562047h",
        ),
        (
            r#"{"expiry":8760}"#,
            "2:11: signing.default.expiry: expected a string, found a number → put it in double quotes",
        ),
        (
            r#"{"expiry":"-1h"}"#,
            "2:11: signing.default.expiry: '-1h': cfssl would issue a certificate that ends before it starts → 8760h",
        ),
        (
            r#"{"expiry":"0"}"#,
            "2:11: signing.default.expiry: '0': a lifetime cannot be nothing, and what cfssl makes of it differs by place → 8760h",
        ),
        (
            r#"{"expiry":"1ns"}"#,
            "2:11: signing.default.expiry: '1ns': a lifetime cannot be shorter than a second → 8760h",
        ),
        (
            r#"{}"#,
            "2:1: signing.default: no 'expiry': cfssl takes none from the default → \"expiry\": \"8760h\"",
        ),
        (
            r#"{"expiry":"1h","expiry":"3h"}"#,
            "2:16: signing.default.expiry: the key 'expiry' stands here twice → keep one of the two",
        ),
        (
            r#"{"expiry":"1h","usage":["signing"]}"#,
            "2:16: signing.default.usage: unknown key 'usage' → usages",
        ),
        (
            r#"{"expiry":"1h","usages":"signing"}"#,
            "2:25: signing.default.usages: expected a list, found a string → put it in square brackets",
        ),
        (
            r#"{"expiry":"1h","usages":["server auth, signing"]}"#,
            "2:26: signing.default.usages[0]: 'server auth, signing' is a list in one string → \"server auth\", \"signing\"",
        ),
        (
            r#"{"expiry":"1h","is_ca":true}"#,
            "2:16: signing.default.is_ca: unknown key 'is_ca': since cfssl 1.3 this stands in 'ca_constraint', and here it makes no CA → \"ca_constraint\": {\"is_ca\": true}",
        ),
        (
            r#"{"expiry":"1h","ca_constraint":{"is_ca":true,"max_path_len":0}}"#,
            "2:61: signing.default.ca_constraint.max_path_len: cfssl reads 0 as no limit at all: only \"max_path_len_zero\": true makes it 0 → add \"max_path_len_zero\": true, or leave the 0 out",
        ),
        (
            r#"{"expiry":"1h","not_before":"2026-01-02T00:00:00Z","not_after":"2026-01-01T00:00:00Z"}"#,
            "2:64: signing.default.not_after: the end (2026-01-01T00:00:00Z) is not after 'not_before' (2026-01-02T00:00:00Z) → -",
        ),
        (
            r#"{"expiry":"1h","auth_key":"k"}"#,
            "2:1: signing.default: what 'auth_key' names is not in 'auth_keys' → -",
        ),
    ] {
        let error_found = strict(&default(profile)).unwrap_err();
        assert_eq!(shown(&error_found), error, "{profile}");
    }
}

#[test]
fn unknown_usages_are_refused_with_the_right_one() {
    for (word, suggestion) in [
        ("server-auth", "server auth"),
        ("serverAuth", "server auth"),
        ("Server Auth", "server auth"),
        ("client auth ", "client auth"),
        ("keyCertSign", "cert sign"),
        ("digitalSignature", "digital signature"),
    ] {
        let profile = format!("{{\"expiry\":\"1h\",\"usages\":[\"signing\",\n\"{word}\"]}}");
        let error = strict(&default(&profile)).unwrap_err();
        assert_eq!(error.position.map(|p| (p.line, p.column)), Some((3, 1)));
        assert_eq!(error.path, "signing.default.usages[1]");
        assert!(
            error
                .message
                .contains("the usages are signing, digital signature, ")
        );
        assert_eq!(error.suggestion.as_deref(), Some(suggestion), "{word}");
    }
    for usages in ["", "\"usages\":[],", "\"usages\":[\"zzzzzzzz\"],"] {
        let text =
            format!("{{\"signing\":{{\"profiles\":{{\"p\":{{{usages}\"expiry\":\"1h\"}}}}}}}}");
        assert!(strict(&text).is_err(), "{usages}");
        assert!(lenient(&text).is_err(), "{usages}");
    }
}

#[test]
fn lenient_ignores_and_tells() {
    let text = r#"{"SIGNING":{"Default":{"EXPIRY":"2h","Usages":["signing","Server Auth"],"foo":1,"crl_url":null},"zzz":{}},"yyy":[]}"#;
    let read = lenient(text).unwrap();
    assert!(read.value.profile("no such profile").is_err());
    let profile = read.value.default_profile().unwrap();
    assert_eq!(
        (profile.name, profile.expiry.to_string()),
        (None, "2h0m0s".into())
    );
    let ignored: Vec<_> = read.warnings.iter().map(|w| w.path.as_str()).collect();
    assert_eq!(
        ignored,
        [
            "yyy",
            "signing.zzz",
            "signing.default.foo",
            "signing.default.crl_url",
            "signing.default.usages[1]",
        ]
    );
    // Objects that stand twice are merged, the last scalar counts.
    let twice = r#"{"signing":{"default":{"expiry":"1h","expiry":"3h","usages":["signing"]}},"signing":{"profiles":{"p":{"expiry":"5h","usages":["server auth"]}}}}"#;
    let config = lenient(twice).unwrap().value;
    assert_eq!(
        config.default_profile().unwrap().expiry.to_string(),
        "3h0m0s"
    );
    assert_eq!(config.profile("p").unwrap().expiry.to_string(), "5h0m0s");
    assert!(lenient(&default(r#"{"expiry":"1h","usages":[]}"#)).is_ok());
    assert!(lenient(&default(r#"{"expiry":"-1h"}"#)).is_err());
    assert!(lenient(&default(r#"{"expiry":"0h"}"#)).is_err());
}

#[test]
fn path_lengths_beyond_an_octet_are_told() {
    let profile = |length: &str| {
        let text = default(&format!(
            r#"{{"expiry":"1h","usages":["any"],"ca_constraint":{{"is_ca":true,"max_path_len":{length}}}}}"#
        ));
        assert_eq!(
            strict(&text).is_err(),
            lenient(&text).unwrap().warnings.len() == 1
        );
        lenient(&text)
            .unwrap()
            .value
            .default_profile()
            .unwrap()
            .settings
    };
    for (length, constraint) in [
        ("-1", None),
        ("1", Some(1)),
        ("256", Some(255)),
        ("-2", None),
    ] {
        let settings = profile(length);
        assert_eq!(settings.path_len_constraint(), constraint, "{length}");
        let refusal = settings.signing_refusal_of_cfssl();
        assert_eq!(refusal.is_some(), length == "-2", "{length}");
    }
}
