//! Configurations that cfssl refuses, and those that it reads.

use super::*;

#[test]
fn configurations_are_refused_as_by_cfssl() {
    let unmarshal = "failed to unmarshal configuration: ";
    let local = r#"{"expiry":"1h","usages":["any"]"#;
    for (text, words) in [
        (
            String::new(),
            format!("{unmarshal}unexpected end of JSON input"),
        ),
        (
            "{\"signing\":{}} x".into(),
            format!("{unmarshal}invalid character 'x' after top-level value"),
        ),
        (
            "[]".into(),
            format!("{unmarshal}json: cannot unmarshal array into Go value of type config.Config"),
        ),
        (
            default(r#"{"usages":"signing"}"#),
            format!(
                "{unmarshal}json: cannot unmarshal string into Go struct field .signing.default.usages of type []string"
            ),
        ),
        (
            default(r#"{"expiry":8760}"#),
            format!(
                "{unmarshal}json: cannot unmarshal number into Go struct field .signing.default.expiry of type string"
            ),
        ),
        (
            default(r#"{"Expiry":"1h"}"#),
            format!(
                "{unmarshal}json: cannot unmarshal string into Go struct field .signing.default.Expiry of type time.Duration"
            ),
        ),
        (
            profile("7"),
            format!(
                "{unmarshal}json: cannot unmarshal number into Go struct field .signing.profiles.p of type config.SigningProfile"
            ),
        ),
        (
            "{\"signing\":{\"profiles\":[]}}".into(),
            format!(
                "{unmarshal}json: cannot unmarshal array into Go struct field .signing.profiles of type map[string]*config.SigningProfile"
            ),
        ),
        (
            default(r#"{"Provider":{}}"#),
            format!(
                "{unmarshal}json: cannot unmarshal object into Go struct field .signing.default.Provider of type auth.Provider"
            ),
        ),
        (
            default(r#"{"lint_error_level":3}"#),
            format!("{unmarshal}bad LintStatus JSON value: 3"),
        ),
        (
            default(r#"{"policies":[{"ID":"x"}]}"#),
            format!("{unmarshal}Invalid OID"),
        ),
        (
            default(r#"{"policies":[{"ID":null}]}"#),
            format!("{unmarshal}OID JSON string not wrapped in quotes.null"),
        ),
        (
            default(r#"{"allowed_extensions":["1.x"]}"#),
            format!(r#"{unmarshal}strconv.Atoi: parsing "x": invalid syntax"#),
        ),
        (
            default(r#"{"not_before":"x"}"#),
            format!(
                r#"{unmarshal}parsing time "x" as "2006-01-02T15:04:05Z07:00": cannot parse "x" as "2006""#
            ),
        ),
        (profile("null"), "can't parse nil profile".into()),
        (default("{}"), "empty expiry string".into()),
        (default(r#"{"expiry":null}"#), "empty expiry string".into()),
        (
            profile(r#"{"usages":["any"]}"#),
            "empty expiry string".into(),
        ),
        (
            default(r#"{"expiry":"1y"}"#),
            r#"time: unknown unit "y" in duration "1y""#.into(),
        ),
        (
            default(r#"{"expiry":"8760"}"#),
            r#"time: missing unit in duration "8760""#.into(),
        ),
        (
            default(r#"{"expiry":"2562048h"}"#),
            r#"time: invalid duration "2562048h""#.into(),
        ),
        (
            profile(&format!("{local},\"backdate\":\"1d\"}}")),
            r#"time: unknown unit "d" in duration "1d""#.into(),
        ),
        (default(r#"{"expiry":"0"}"#), "invalid configuration".into()),
        (
            profile(r#"{"expiry":"1h"}"#),
            "invalid configuration".into(),
        ),
        (
            profile(r#"{"expiry":"1h","usages":[]}"#),
            "invalid configuration".into(),
        ),
        (
            profile(r#"{"expiry":"1h","usages":["server auth, signing"]}"#),
            "invalid configuration".into(),
        ),
        (
            profile(&format!(
                "{local},\"policies\":[{{\"ID\":\"1.2\",\"Qualifiers\":[{{\"Type\":\"x\"}}]}}]}}"
            )),
            "invalid policy qualifier type".into(),
        ),
        (
            profile(&format!("{local},\"name_whitelist\":\"(\"}}")),
            "failed to compile name whitelist section".into(),
        ),
        (
            profile(&format!("{local},\"auth_key\":\"k\"}}")),
            "failed to find auth_key in auth_keys section".into(),
        ),
        (
            profile(&format!("{local},\"prev_auth_key\":\"k\"}}")),
            "failed to find prev_auth_key in auth_keys section".into(),
        ),
        (
            profile(r#"{"remote":"r"}"#),
            "failed to find remote in remotes section".into(),
        ),
        (
            profile(r#"{"auth_remote":{"remote":"r"}}"#),
            "failed to find remote in remotes section".into(),
        ),
        (
            profile(&format!("{local},\"auth_remote\":{{\"auth_key\":\"k\"}}}}")),
            "failed to find auth_remote's auth_key in auth_keys section".into(),
        ),
        (
            profile(r#"{"remote":"r","auth_remote":{"remote":"r"}}"#),
            "Invalid or unknown policy".into(),
        ),
    ] {
        let expected = CfsslRefusal::coded(5200, words).to_string();
        assert_eq!(
            configuration(&text).as_deref(),
            Some(expected.as_str()),
            "{text}"
        );
        let read = SigningConfig::parse(text.as_bytes(), Reading::Lenient);
        assert!(read.is_err(), "{text}");
    }
    for text in [
        "{}",
        "null",
        r#"{"signing":null}"#,
        r#"{"signing":{},"signing":null}"#,
    ] {
        let words = "No \"signing\" field present";
        assert_eq!(configuration(text).as_deref(), Some(words), "{text}");
    }
    assert_eq!(
        configuration(&default(r#"{"expiry":"1y"}"#)).as_deref(),
        Some(r#"{"code":5200,"message":"time: unknown unit \"y\" in duration \"1y\""}"#)
    );
    assert_eq!(
        CfsslRefusal::coded(1, "<&>\u{2028}\u{1}\t\u{7f}").to_string(),
        "{\"code\":1,\"message\":\"\\u003c\\u0026\\u003e\\u2028\\u0001\\t\u{7f}\"}"
    );
}

#[test]
fn keys_of_profiles_are_refused_as_by_cfssl() {
    let config = |key: &str| {
        format!(
            r#"{{"signing":{{"default":{{"expiry":"1h","auth_key":"k"}}}},"auth_keys":{{"k":{key}}}}}"#
        )
    };
    let coded = |words: &str| Some(CfsslRefusal::coded(5200, words).to_string());
    let kind = "unknown authentication type";
    let key = "failed to create new standard auth provider";
    for (text, words) in [
        ("null", Some(kind)),
        ("{}", Some(kind)),
        (r#"{"type":"other","key":"00"}"#, Some(kind)),
        (r#"{"type":"standard","key":"0"}"#, Some(key)),
        (r#"{"type":"standard","key":"xx"}"#, Some(key)),
        (r#"{"type":"standard","key":"vault:00"}"#, Some(key)),
        (r#"{"type":"standard"}"#, None),
        (r#"{"type":"standard","key":"00Ff"}"#, None),
        (r#"{"type":"standard","key":"env:X"}"#, None),
        (r#"{"type":"standard","key":"file:/x:y"}"#, None),
    ] {
        let text = config(text);
        assert_eq!(configuration(&text), words.and_then(coded), "{text}");
        let read = SigningConfig::parse(text.as_bytes(), Reading::Lenient);
        assert_eq!(read.is_err(), words.is_some(), "{text}");
    }
}

#[test]
fn what_cfssl_accepts_is_read() {
    let local = r#"{"expiry":"1h","usages":["any"]"#;
    for text in [
        r#"{"signing":{}}"#.to_owned(),
        r#"{"SIGNING":{"profiles":null,"default":null,"zzz":1},"ocsp":{"Interval":7},"auth_keys":{"k":null,"l":{}},"remotes":{"r":null}}"#.into(),
        default(r#"{"expiry":"1h"}"#),
        default(r#"{"expiry":"1h","usages":["nothing"]}"#),
        profile(r#"{"expiry":"0","usages":["any","x",null]}"#),
        profile(&format!("{local},\"lint_error_level\":0}}")),
        profile(&format!("{local},\"ca_constraint\":{{\"is_ca\":true,\"max_path_len\":-1}}}}")),
        profile(&format!("{local},\"ca_constraint\":{{\"is_ca\":true,\"max_path_len\":-2}}}}")),
        profile(&format!("{local},\"ca_constraint\":{{\"is_ca\":true,\"max_path_len\":256}}}}")),
        profile(&format!("{local},\"Backdate\":3600000000000,\"Expiry\":1,\"Provider\":null,\"ClientProvidesSerialNumbers\":true}}")),
        profile(&format!("{local},\"is_ca\":true,\"backdate\":\"\",\"not_before\":null,\"crl_url\":null}}")),
        r#"{"signing":{"profiles":{"p":{"remote":"r","expiry":"1y","usages":[]}}},"remotes":{"r":"h:1"}}"#.into(),
        r#"{"signing":{"profiles":{"p":null},"profiles":{"p":{"expiry":"1h","usages":["any"]}}}}"#.into(),
    ] {
        assert_eq!(configuration(&text), None, "{text}");
        let read = SigningConfig::parse(text.as_bytes(), Reading::Lenient);
        assert!(read.is_ok(), "{text}: {read:?}");
    }
    // cfssl reads these, and does something that nobody can want.
    for text in [
        default(r#"{"expiry":"-1h"}"#),
        profile(&format!("{local},\"RemoteServer\":\"h:1\"}}")),
        profile(&format!("{local},\"CSRWhitelist\":{{}}}}")),
        profile(&format!("{local},\"NameWhitelist\":\"x\"}}")),
        profile(&format!("{local},\"lint_error_level\":\"warn\"}}")),
        profile(&format!(
            "{local},\"not_before\":\"2026-01-02T00:00:00Z\",\"not_after\":\"2026-01-01T00:00:00Z\"}}"
        )),
    ] {
        assert_eq!(configuration(&text), None, "{text}");
        let read = SigningConfig::parse(text.as_bytes(), Reading::Lenient);
        assert!(read.is_err(), "{text}");
    }
    let text = profile(&format!("{local},\"Backdate\":3600000000000}}"));
    let read = SigningConfig::parse(text.as_bytes(), Reading::Lenient).unwrap();
    let settings = read.value.profile("p").unwrap().settings;
    assert_eq!(settings.backdate.map(|d| d.seconds()), Some(3600));
}
