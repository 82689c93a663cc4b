//! Files of other kinds, which are only named.

use super::*;

/// What it is instead, of the whole file or of its first thing.
fn mistaken(bytes: &[u8]) -> String {
    match Specimen::recognize(bytes) {
        Err(mistaken) => mistaken.what,
        Ok(specimen) => match specimen.items.first().map(|item| &item.content) {
            Some(Err(mistaken)) => mistaken.what.clone(),
            other => panic!("{other:?}"),
        },
    }
}

#[test]
fn everything_else_is_named() {
    let text = String::from_utf8(CA.to_vec()).expect("text");
    let der = der_of(CA);
    let inner: String = text.lines().filter(|line| !line.contains("---")).collect();
    let wrong_label = text.replace("CERTIFICATE", "X509 CRL");
    let cut_der = &der[..der.len() - 10];
    let long_der = [&der[..], b"x"].concat();
    let utf16: Vec<u8> = [0xff, 0xfe]
        .into_iter()
        .chain(text.encode_utf16().flat_map(u16::to_le_bytes))
        .collect();
    let json = format!("{{\"cert\": {}}}", serde_json::Value::from(text.clone()));
    let cases: Vec<(&[u8], &str)> = vec![
        (b"", "empty"),
        (b" \n", "nothing but white space"),
        (&[0; 9], "nothing but 9 zero bytes"),
        (b"<!DOCTYPE html>\n<html>", "an HTML page"),
        (b"<?xml", "XML"),
        (json.as_bytes(), "the JSON that cfssl prints"),
        (b"{\"CN\": \"x\", \"key\": {}}", "a document for cfssl"),
        (b"{\"a\": 1}", "JSON of no kind"),
        (b"[1]", "JSON of no kind"),
        (inner.as_bytes(), "base64 of a certificate without"),
        (&utf16, "text in UTF-16"),
        (
            wrong_label.as_bytes(),
            "a certificate in a PEM block that says 'X509 CRL'",
        ),
        (cut_der, "DER that is cut off"),
        (&long_der, "DER with 1 bytes behind its end"),
        (b"\xfe\xed\xfe\xed....", "a Java keystore"),
        (b"PK\x03\x04", "a zip archive"),
        (b"hello", "text of no kind"),
        (b"\xff\x01", "2 bytes of no kind"),
        (b"ssh-rsa AAAA", "a public key of SSH"),
        (
            b"Certificate:\n    Data:",
            "what 'openssl x509 -text' prints",
        ),
        (
            b"apiVersion: v1\nkind: Secret\ndata: {}",
            "a Secret of Kubernetes",
        ),
        (b"apiVersion: v1\nkind: Pod", "YAML of the kind Pod"),
        (
            b"kind: Config\nusers:\n- user: {}",
            "a kubeconfig that is broken: a name is missing",
        ),
        (
            b"kind: Config\nusers:\n- [",
            "a kubeconfig whose YAML is broken",
        ),
        (
            b"0\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02",
            "PKCS#7",
        ),
        (
            b"0\x80\x02\x01\x03\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01",
            "PKCS#12",
        ),
        (b"0\x05\x02\x01\x03\x30\x00", "PKCS#12"),
        (
            b"-----BEGIN FOO-----\nAAAA\n-----END FOO-----\n",
            "a PEM block 'FOO'",
        ),
        (
            b"-----BEGIN CERTIFICATE-----\nA*A\n-----END CERTIFICATE-----\n",
            "a PEM block 'CERTIFICATE' whose base64",
        ),
        (
            b"AAA\n-----END CERTIFICATE-----\n",
            "PEM whose beginning is cut off",
        ),
        (
            b"----BEGIN CERTIFICATE----\nAAAA\n----END CERTIFICATE----\n",
            "PEM with a damaged BEGIN line",
        ),
    ];
    for (bytes, expected) in cases {
        let what = mistaken(bytes);
        assert!(what.starts_with(expected), "{what}, not {expected}");
    }
    let large = vec![b' '; LONGEST + 1];
    assert!(mistaken(&large).starts_with("longer than 1 MiB"));
    let twice = BASE64_STANDARD.encode(CA);
    assert!(mistaken(twice.as_bytes()).starts_with("base64 of PEM"));
}

#[test]
fn no_broken_certificate_is_called_another_kind() {
    let mut der = der_of(CA);
    // The version of the certificate.
    let at = der.windows(5).position(|part| part == [0xa0, 3, 2, 1, 2]);
    der[at.expect("a version") + 1] = 0x7f;
    assert!(!mistaken(&der).is_empty());
}
