use super::*;
use crate::cfssl::{CfsslCertificateRequest, Reading, SigningConfig};

mod agreement;

/// What `cfssl` prints for a configuration.
fn configuration(text: &str) -> Option<String> {
    SigningConfig::refusal_of_cfssl(text.as_bytes()).map(|refusal| refusal.to_string())
}

fn profile(profile: &str) -> String {
    format!("{{\"signing\":{{\"profiles\":{{\"p\":{profile}}}}}}}")
}

fn default(profile: &str) -> String {
    format!("{{\"signing\":{{\"default\":{profile}}}}}")
}

#[test]
fn syntax_is_worded_as_by_go() {
    // Every line was printed by a cfssl built with Go 1.19.
    for (text, words) in [
        (&b""[..], "unexpected end of JSON input"),
        (b"{", "unexpected end of JSON input"),
        (b"\"ab", "unexpected end of JSON input"),
        (b"{\"a\"", "unexpected end of JSON input"),
        (
            b"tr",
            "invalid character ' ' in literal true (expecting 'u')",
        ),
        (
            b"nul",
            "invalid character ' ' in literal null (expecting 'l')",
        ),
        (
            b"False",
            "invalid character 'F' looking for beginning of value",
        ),
        (b"{\"a\" 1", "invalid character '1' after object key"),
        (b"[1 2", "invalid character '2' after array element"),
        (
            b"{\"a\":1 2",
            "invalid character '2' after object key:value pair",
        ),
        (
            b"{,",
            "invalid character ',' looking for beginning of object key string",
        ),
        (
            b"{\"CN\":\"x\",}",
            "invalid character '}' looking for beginning of object key string",
        ),
        (
            b"[1,]",
            "invalid character ']' looking for beginning of value",
        ),
        (
            b"{'a'",
            "invalid character '\\'' looking for beginning of object key string",
        ),
        (
            b"1.x",
            "invalid character 'x' after decimal point in numeric literal",
        ),
        (
            b"1ex",
            "invalid character 'x' in exponent of numeric literal",
        ),
        (b"-", "invalid character ' ' in numeric literal"),
        (b"\"\x01\"", "invalid character '\\x01' in string literal"),
        (b"\"\n\"", "invalid character '\\n' in string literal"),
        (b"\"\\x\"", "invalid character 'x' in string escape code"),
        (
            b"\"\\u12g4\"",
            "invalid character 'g' in \\u hexadecimal character escape",
        ),
        (
            "\u{e9}".as_bytes(),
            "invalid character '\u{c3}' looking for beginning of value",
        ),
        (
            b"\x7f",
            "invalid character '\\x7f' looking for beginning of value",
        ),
        (
            b"\x85",
            "invalid character '\\u0085' looking for beginning of value",
        ),
        (
            b"\\",
            "invalid character '\\\\' looking for beginning of value",
        ),
        (
            b"\xef\xbb\xbf{}",
            "invalid character '\u{ef}' looking for beginning of value",
        ),
        (
            b"// x\n{}",
            "invalid character '/' looking for beginning of value",
        ),
        (b"1 x", "invalid character 'x' after top-level value"),
        (b"0123", "invalid character '1' after top-level value"),
        (b"{} f", "invalid character 'f' after top-level value"),
    ] {
        assert_eq!(
            go_json_syntax_error(text).as_deref(),
            Some(words),
            "{text:?}"
        );
    }
    for text in [
        "0",
        "-0.5e+7",
        " {} \r\n\t",
        "[[],{\"a\":[true,false,null]}]",
    ] {
        assert_eq!(go_json_syntax_error(text.as_bytes()), None, "{text}");
    }
    let deep = go_json_syntax_error("[".repeat(20_000).as_bytes());
    assert_eq!(
        deep.as_deref(),
        Some("invalid character '[' exceeded max depth")
    );
}

#[test]
fn requests_are_refused_as_by_cfssl() {
    for (text, words) in [
        (
            r#"{"hosts":"a"}"#,
            "json: cannot unmarshal string into Go struct field CertificateRequest.hosts of type []string",
        ),
        (
            r#"{"hosts":["a",1]}"#,
            "json: cannot unmarshal number into CertificateRequest.hosts.1 of type string",
        ),
        (
            "[]",
            "json: cannot unmarshal array into Go value of type csr.CertificateRequest",
        ),
        (
            r#"{"key":{"size":2048.0}}"#,
            "json: cannot unmarshal number 2048.0 into Go struct field CertificateRequest.key.size of type int",
        ),
        (
            r#"{"KEY":{"size":"2048"}}"#,
            "json: cannot unmarshal string into Go struct field CertificateRequest.KEY.size of type int",
        ),
        (
            r#"{"key":{"size":99999999999999999999}}"#,
            "json: cannot unmarshal number 99999999999999999999 into Go struct field CertificateRequest.key.size of type int",
        ),
        (
            r#"{"key":"rsa"}"#,
            "json: cannot unmarshal string into Go struct field CertificateRequest.key of type csr.KeyRequest",
        ),
        (
            r#"{"names":{"C":"US"}}"#,
            "json: cannot unmarshal object into Go struct field CertificateRequest.names of type []csr.Name",
        ),
        (
            r#"{"names":[{"C":"US"},{"SerialNumber":1}]}"#,
            "json: cannot unmarshal number into Go struct field CertificateRequest.names.1.SerialNumber of type string",
        ),
        (
            r#"{"ca":{"pathlenzero":1},"hosts":""}"#,
            "json: cannot unmarshal number into Go struct field CertificateRequest.ca.pathlenzero of type bool",
        ),
        (
            r#"{"extensions":[{"Id":"1.2"}]}"#,
            "json: cannot unmarshal string into Go struct field CertificateRequest.extensions.0.Id of type asn1.ObjectIdentifier",
        ),
        (
            r#"{"extensions":[{"Value":"ab=c"}]}"#,
            "json: cannot unmarshal string into Go struct field CertificateRequest.extensions.0.Value of type []uint8: illegal base64 data at input byte 2",
        ),
        (
            r#"{"CN":"a"} f"#,
            "invalid character 'f' after top-level value",
        ),
    ] {
        let refusal = CfsslCertificateRequest::refusal_of_cfssl(text.as_bytes());
        assert_eq!(refusal.unwrap().to_string(), words, "{text}");
        let read = CfsslCertificateRequest::parse(text.as_bytes(), Reading::Lenient);
        assert!(read.is_err(), "{text}");
    }
    for text in [
        "null",
        "{}",
        r#"{"foo":1,"cn":"x","names":[null,{"OID":{"1.2.3":null}}],"hosts":[null],"key":null}"#,
        r#"{"ca":{"pathlen":-7,"expiry":"","backdate":""}}"#,
        r#"{"ca":{"pathlen":700}}"#,
        r#"{"names":[{"C":"US"}],"names":[{"O":"x"}]}"#,
        r#"{"key":{"algo":"rsa"},"key":null,"key":{"size":384}}"#,
    ] {
        let bytes = text.as_bytes();
        assert_eq!(
            CfsslCertificateRequest::refusal_of_cfssl(bytes),
            None,
            "{text}"
        );
        let read = CfsslCertificateRequest::parse(bytes, Reading::Lenient);
        assert!(read.is_ok(), "{text}: {read:?}");
    }
}

#[test]
fn authorities_and_keys_are_refused_as_by_cfssl() {
    let authority = |text: &str, name| {
        CfsslCertificateRequest::authority_refusal_of_cfssl(text.as_bytes(), name)
            .map(|refusal| refusal.to_string())
    };
    let missing = Some(r#"{"code":5300,"message":"missing subject information"}"#.to_owned());
    assert_eq!(
        authority(r#"{"CN":"x","ca":{"expiry":"10y"}}"#, None).as_deref(),
        Some(r#"time: unknown unit "y" in duration "10y""#)
    );
    assert_eq!(
        authority(r#"{"CN":"x","ca":{"expiry":"0"}}"#, None).as_deref(),
        Some(r#"{"code":5200,"message":"Invalid or unknown policy"}"#)
    );
    for text in [
        "{}",
        "null",
        r#"{"names":[{"O":"x"},{"E":"a@b"}]}"#,
        r#"{"names":[{"O":" "}]}"#,
    ] {
        assert_eq!(authority(text, None), missing, "{text}");
        assert_eq!(authority(text, Some("cn")), None, "{text}");
    }
    assert_eq!(authority(r#"{"names":[{"O":"x"}]}"#, None), None);
    for (key, words) in [
        (r#"{"algo":"rsa"}"#, Some("RSA key is too weak")),
        (
            r#"{"algo":"rsa","size":8193}"#,
            Some("RSA key size too large"),
        ),
        (r#"{"size":2048}"#, Some("invalid curve")),
        (r#"{"algo":"RSA","size":2048}"#, Some("invalid algorithm")),
        (r#"{"algo":"rsa","size":2049}"#, None),
        (r#"{"algo":"ed25519"}"#, None),
    ] {
        let text = format!("{{\"CN\":\"x\",\"key\":{key}}}");
        let read = CfsslCertificateRequest::parse(text.as_bytes(), Reading::Lenient).unwrap();
        let refusal = read.value.key().refusal_of_cfssl();
        let expected = words.map(|words| CfsslRefusal::coded(2400, words));
        assert_eq!(refusal, expected, "{key}");
    }
}

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
