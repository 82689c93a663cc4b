//! Requests that cfssl refuses.

use super::*;

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
