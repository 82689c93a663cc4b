//! cfssl's names for signature algorithms, and those that OpenSSL prints.

/// cfssl's name for a dotted object identifier.
pub(super) fn signature_name(oid: &str) -> &'static str {
    row(oid).map_or("Unknown Signature", |(_, name, _)| name)
}

/// OpenSSL's name, which nearly always is that of the standard.
pub(crate) fn standard_name(oid: &str) -> Option<&'static str> {
    row(oid).map(|(_, _, name)| *name)
}

fn row(oid: &str) -> Option<&'static (&'static str, &'static str, &'static str)> {
    NAMES.iter().find(|(known, _, _)| *known == oid)
}

const NAMES: [(&str, &str, &str); 13] = [
    ("1.2.840.113549.1.1.2", "MD2WithRSA", "md2WithRSAEncryption"),
    ("1.2.840.113549.1.1.4", "MD5WithRSA", "md5WithRSAEncryption"),
    (
        "1.2.840.113549.1.1.5",
        "SHA1WithRSA",
        "sha1WithRSAEncryption",
    ),
    (
        "1.2.840.113549.1.1.11",
        "SHA256WithRSA",
        "sha256WithRSAEncryption",
    ),
    (
        "1.2.840.113549.1.1.12",
        "SHA384WithRSA",
        "sha384WithRSAEncryption",
    ),
    (
        "1.2.840.113549.1.1.13",
        "SHA512WithRSA",
        "sha512WithRSAEncryption",
    ),
    ("1.2.840.10040.4.3", "DSAWithSHA1", "dsaWithSHA1"),
    ("2.16.840.1.101.3.4.3.2", "DSAWithSHA256", "dsa_with_SHA256"),
    ("1.2.840.10045.4.1", "ECDSAWithSHA1", "ecdsa-with-SHA1"),
    (
        "1.2.840.10045.4.3.2",
        "ECDSAWithSHA256",
        "ecdsa-with-SHA256",
    ),
    (
        "1.2.840.10045.4.3.3",
        "ECDSAWithSHA384",
        "ecdsa-with-SHA384",
    ),
    (
        "1.2.840.10045.4.3.4",
        "ECDSAWithSHA512",
        "ecdsa-with-SHA512",
    ),
    ("1.3.101.112", "Ed25519", "ED25519"),
];
