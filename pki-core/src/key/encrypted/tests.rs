//! Keys for tests only, encrypted by OpenSSL 3.0: one P-256 key in every form,
//! its password is `s3cret`.

use proptest::prelude::*;

use super::*;
use crate::key::{KeyAlgorithm, KeyPair, SigningKey};
use crate::pem_text;

const PLAIN: &str = "-----BEGIN EC PRIVATE KEY-----
MHcCAQEEIFXD0AYgafIJo4v3P873G3GiMxMv0OqoPtJwziuZe0YooAoGCCqGSM49
AwEHoUQDQgAEne7MfNBAtiwSTu9icYfKvmhrfSgR60Q6CJnZ28MlF7vqb/nHbo9x
qReyfXjgtT/7DWlglm8S2pYF2brgMVQrcw==
-----END EC PRIVATE KEY-----
";
const LEGACY_DES: &str = "-----BEGIN EC PRIVATE KEY-----
Proc-Type: 4,ENCRYPTED
DEK-Info: DES-CBC,A8297FB450DA0AC6

R+eqHYUXXGOJ6jAaovkGOa9XeSANJ7/BjcUvDC40WA8DtClRoin8u6h0Xx4yerRc
f7GZ5xUiEEMD0KWQTLGSux0aH0N/1XlvwcsDMwxGTKIXhdsgx9Z422il3+l4lpk5
Q7lyqjz1d9Mw+RAXe3AGqJ/1lu/8GitOqF2Hgvp0198=
-----END EC PRIVATE KEY-----
";
const LEGACY_TRIPLE_DES: &str = "-----BEGIN EC PRIVATE KEY-----
Proc-Type: 4,ENCRYPTED
DEK-Info: DES-EDE3-CBC,6ECEFFE57274765C

RGc7S7Yy16H8tGKiRiu6X3Yv15ejIxP5oOqQOw/inuCzk7T1T4eHL3ltI/66NzK+
lwhNKNDaCCMlkqWWgL+vDOwGm5uYfBuylFjh/vSoSdEjm09VCpM/OOU8WwkA96i9
/XkMhOQavy7akXRYLMGyL+Mg5do2fUXQ1GBL7kHbIeU=
-----END EC PRIVATE KEY-----
";
const LEGACY_AES_128: &str = "-----BEGIN EC PRIVATE KEY-----
Proc-Type: 4,ENCRYPTED
DEK-Info: AES-128-CBC,C53F0F3D41774395A4DE1653722076A0

WN3DplMPXQm18XXUPCQySnvJ/57xlUmCuoG+Q+i1NU5R34B1z+j3KQ0RKBjj6rri
yK+VXOp/cGBiNA/Twh9vHE98u769Ehz8A+gtPLx8I6QpM70Wnu4lSLDAcovoWnyF
dwBJXxGry98YqyaS+i8sp2UDBUEJeqTQ5zRyNfTB97Q=
-----END EC PRIVATE KEY-----
";
const LEGACY_AES_192: &str = "-----BEGIN EC PRIVATE KEY-----
Proc-Type: 4,ENCRYPTED
DEK-Info: AES-192-CBC,F4B14F4AC582110F181C1AE2DF5FE872

bfAWHiCfxzC2huSoYRdjpjR+I/owXHcDc1T9zQyXdwyvYHxj5LNVZclsZXs8rKu1
0vBmE0nQM6gd3zDCpw3A0hBkWNF2Gmet7OQHGCqY94QWyNgWGQaffdHXjm7DeEs7
Z+UYNDEKRnNWAwmAdGmAi+cBGo3AkDWb1dBjhLX4+Cc=
-----END EC PRIVATE KEY-----
";
const LEGACY_AES_256: &str = "-----BEGIN EC PRIVATE KEY-----
Proc-Type: 4,ENCRYPTED
DEK-Info: AES-256-CBC,6DB6C77E3440DF40B5CCE0E4D0DB29E1

tnC5bGbtGYbQdG5oQ5s77k0wU+bFhouw4uUBTwnWvT/79BdHlv8XVWPXW1PIDsF2
r1mRsVkt0a02nzRR0eotFllmliELqYSE1faoChSfVhz4OZIh2W+sAcRijNw/B1r4
02aQP8ucDwtzQNAFeH0gwU683/XtGV00f5meR5wqzxs=
-----END EC PRIVATE KEY-----
";
const PBKDF2_SHA256: &str = "-----BEGIN ENCRYPTED PRIVATE KEY-----
MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAhnhx0wUEVW/gICCAAw
DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEPdTTJIHQnMXV7n0NoiuXfwEgZDY
6lEZ0sV6hJpD4YqB7NtZUMhtrmHePK2Yj/zT1CXe/WE0oRax35L/oInkQPT/WBdM
acPE6UG8WQFNon0H3Txe8NSotBk5z/NiwvglmUXpqDXuP7X8IsI5ZR6CVM+ydbsd
hgNTWqC8VSt7BZZUexx5jgFSqzzT7aMpT1r4fvvj7ww6soqUYkZtgH1ieL79sgk=
-----END ENCRYPTED PRIVATE KEY-----
";
const PBKDF2_SHA1: &str = "-----BEGIN ENCRYPTED PRIVATE KEY-----
MIHVMEAGCSqGSIb3DQEFDTAzMBsGCSqGSIb3DQEFDDAOBAgCIwEpbml6UwICCAAw
FAYIKoZIhvcNAwcECLfjbH6I2MUfBIGQLuPKY1c+4EaqYiQR83DKsU8CDOfGFrR8
kSvUIrsDeGXMF/I+YizqneIvnXKXZIcKcNC+XLXljsTCSp3Rc+x81N9s5C1G2u0J
5tte+zUwNRXJNxZGNvo4mDpDOqtygPJXkWm290UqYIv2J+H+qLi21RFU61NcPgkN
dZi6fBbpUSsucu5yGrgaFea+k6IU3mUr
-----END ENCRYPTED PRIVATE KEY-----
";
const SCRYPT: &str = "-----BEGIN ENCRYPTED PRIVATE KEY-----
MIHkME8GCSqGSIb3DQEFDTBCMCEGCSsGAQQB2kcECzAUBAhqztfWPvacoAICQAAC
AQgCAQEwHQYJYIZIAWUDBAECBBBYLm3EgoibpM0sq1hZy1UvBIGQ0SNFqlkklO8D
j1qlHp5ARx+xqBBXwRukHqHY6n2GxuC/oIHOHbGjOvnZicw3Ji+AGWyytgZzSc7F
Mb/XXwYKPHzoEPHnHnOrpbXVMy0uv4k22yqdAIpxkrLsg1cMsjKNMowPz2Xo0Ykg
tt35d5g+NCqdP5ZlzgJQ3qb/C2jF1wDL9Oxgohhxuh2n2yKIvrbj
-----END ENCRYPTED PRIVATE KEY-----
";
const PKCS12: &str = "-----BEGIN ENCRYPTED PRIVATE KEY-----
MIGxMBwGCiqGSIb3DQEMAQMwDgQIQEyPiDKJ16oCAggABIGQs+6ItGM/TefhX+iF
RdxRla/POJf4ay5jFtdFTydx3qWB5TYRo0l9T32mCtBLA9BWoBAdYP3Gbnyjxw0S
IxYmoGqUdPMiymLaWCSpM9+2MikT2bXoAdrGzOPr5/CF0tKX41EBkXFRhM+Vh6NG
mYkRZd8dXH3qNgG1aDmJ+pGQ7x6Gb8vVWN5hqZGfmhsEODjB
-----END ENCRYPTED PRIVATE KEY-----
";

const READ: [&str; 8] = [
    LEGACY_DES,
    LEGACY_TRIPLE_DES,
    LEGACY_AES_128,
    LEGACY_AES_192,
    LEGACY_AES_256,
    PBKDF2_SHA256,
    PBKDF2_SHA1,
    SCRYPT,
];

fn open(text: &str, password: &str) -> Result<KeyPair, Error> {
    KeyPair::from_encrypted_pem(text.as_bytes(), password.as_bytes())
}

/// Why the right password does not open it.
fn error(text: &str) -> Error {
    open(text, "s3cret").unwrap_err()
}

fn is_malformed(text: &str) -> bool {
    error(text) == malformed()
}

#[test]
fn every_form_is_opened_by_its_password_alone() {
    let plain = open(PLAIN, "").unwrap();
    for text in READ {
        let key = open(text, "s3cret").unwrap();
        assert_eq!(key.public_key(), plain.public_key(), "{text}");
        for wrong in ["", "s3cre", "S3cret", "s3cret "] {
            let wrong = open(text, wrong).unwrap_err();
            assert_eq!(wrong, Error::WrongPassword, "{text}");
        }
        let without = KeyPair::from_pem(text.as_bytes()).unwrap_err();
        assert_eq!(without, Error::EncryptedPrivateKey);
        let crlf = text.replace('\n', "\r\n");
        assert!(open(&crlf, "s3cret").is_ok(), "{text}");
    }
}

#[test]
fn padding_that_is_right_by_chance_is_no_key() {
    let wrong = (0..2000).map(|n| open(LEGACY_AES_256, &n.to_string()));
    for result in wrong {
        assert_eq!(result.unwrap_err(), Error::WrongPassword);
    }
}

#[test]
fn what_is_not_a_key_is_no_wrong_password() {
    let contents = pem_text::first_private_key(PLAIN.as_bytes())
        .unwrap()
        .contents;
    let scheme = |plain: &[u8]| {
        let parameters = Parameters::generate_pbkdf2_sha256_aes256cbc(1000, &[7; 8], [9; 16]);
        let scheme = pkcs5::EncryptionScheme::Pbes2(parameters.unwrap());
        let encrypted = scheme.encrypt("s3cret", plain).unwrap();
        encrypted_pem(&der::Encode::to_der(&scheme).unwrap(), &encrypted)
    };
    assert!(open(&scheme(&contents), "s3cret").is_ok());
    assert!(matches!(
        error(&scheme(&asn1::sequence(&[&[5, 0]]))),
        Error::UnknownPrivateKey { .. }
    ));
}

#[test]
fn other_algorithms_are_named() {
    let unknown = |algorithm: &str| Error::UnknownEncryption {
        algorithm: algorithm.to_owned(),
    };
    assert_eq!(error(PKCS12), unknown("1.2.840.113549.1.12.1.3"));
    let camellia = LEGACY_AES_256.replace("AES-256-CBC", "CAMELLIA-256-CBC");
    assert_eq!(error(&camellia), unknown("CAMELLIA-256-CBC"));
    // pbeWithMD5AndDES-CBC
    let old = asn1::sequence(&[
        &asn1::object_identifier(ObjectIdentifier::new_unwrap("1.2.840.113549.1.5.3")),
        &asn1::sequence(&[&asn1::tlv(asn1::OCTET_STRING, &[7; 8]), &[2, 2, 8, 0]]),
    ]);
    let old = encrypted_pem(&old, &[0; 16]);
    assert_eq!(error(&old), unknown("1.2.840.113549.1.5.3"));
    let kdf = derived("1.2.3.4", &asn1::sequence(&[]));
    assert_eq!(error(&kdf), unknown("1.2.3.4"));
}

#[test]
fn malformed_encryption_is_not_a_wrong_password() {
    let legacy = |from: &str, to: &str| {
        assert!(LEGACY_AES_256.contains(from));
        is_malformed(&LEGACY_AES_256.replace(from, to))
    };
    assert!(legacy("AES-256-CBC,", "AES-256-CBC;"));
    assert!(legacy("AES-256-CBC,", "AES-256-CBC,00"));
    assert!(legacy("AES-256-CBC,", "AES-256-CBC,+"));
    assert!(legacy("AES-256", "DES"));
    assert!(legacy("DEK-Info", "Dek-Other"));
    let cut = pem_text::first_private_key(LEGACY_AES_256.as_bytes()).unwrap();
    for length in [0, 1, cut.contents.len() - 1] {
        let mut block = pem_text::first_private_key(LEGACY_AES_256.as_bytes()).unwrap();
        block.contents.truncate(length);
        assert_eq!(decrypt(block, b"s3cret").unwrap_err(), malformed());
    }
    assert!(is_malformed(&pem_text::encode(ENCRYPTED_PKCS8, &[0x30, 0])));
    assert!(is_malformed(&encrypted_pem(&[0x30, 0], &[0; 16])));
}

#[test]
fn a_file_cannot_ask_for_any_cost() {
    let iterations = |count: &[u8]| {
        let salt = asn1::tlv(asn1::OCTET_STRING, &[7; 8]);
        let parameters = asn1::sequence(&[&salt, &asn1::unsigned(count)]);
        error(&derived("1.2.840.113549.1.5.12", &parameters))
    };
    assert_eq!(iterations(&[0]), malformed());
    assert_eq!(iterations(&[1]), Error::WrongPassword);
    // 10000001
    let costly = iterations(&[0x98, 0x96, 0x81]);
    assert!(matches!(costly, Error::CostlyEncryption { .. }));
    assert_eq!(iterations(&[0xff; 5]), malformed());
    let scrypt = |n: &[u8], r: &[u8], p: &[u8]| {
        let salt = asn1::tlv(asn1::OCTET_STRING, &[7; 8]);
        let [n, r, p] = [n, r, p].map(asn1::unsigned);
        let parameters = asn1::sequence(&[&salt, &n, &r, &p]);
        error(&derived("1.3.6.1.4.1.11591.4.11", &parameters))
    };
    assert_eq!(scrypt(&[2], &[1], &[1]), Error::WrongPassword);
    for (n, r, p) in [(0, 1, 1), (1, 1, 1), (3, 1, 1), (2, 0, 1), (2, 1, 0)] {
        assert_eq!(scrypt(&[n], &[r], &[p]), malformed());
    }
    let most: &[u8] = &[0xff, 0xff];
    for (n, r, p) in [
        (&[0x10, 0, 1][..], &[8][..], &[1][..]),
        (&[0x20, 0, 0], &[8], &[1]),
        (&[0x10, 0, 0], &[8], &[2]),
        (&[2], most, most),
        (&[0x80, 0, 0, 0, 0, 0, 0, 0], &[1], &[1]),
    ] {
        let refused = scrypt(n, r, p);
        match n {
            [_, _, 1] => assert_eq!(refused, malformed()),
            _ => assert!(matches!(refused, Error::CostlyEncryption { .. })),
        }
    }
}

/// An ENCRYPTED PRIVATE KEY block.
fn encrypted_pem(algorithm: &[u8], encrypted: &[u8]) -> String {
    let encrypted = asn1::tlv(asn1::OCTET_STRING, encrypted);
    pem_text::encode(ENCRYPTED_PKCS8, &asn1::sequence(&[algorithm, &encrypted]))
}

/// One that is derived so, and encrypted with AES-256.
fn derived(kdf: &str, parameters: &[u8]) -> String {
    let oid = |text| asn1::object_identifier(ObjectIdentifier::new_unwrap(text));
    let kdf = asn1::sequence(&[&oid(kdf), parameters]);
    let iv = asn1::tlv(asn1::OCTET_STRING, &[9; 16]);
    let cipher = asn1::sequence(&[&oid("2.16.840.1.101.3.4.1.42"), &iv]);
    let parameters = asn1::sequence(&[&kdf, &cipher]);
    encrypted_pem(
        &asn1::sequence(&[&oid("1.2.840.113549.1.5.13"), &parameters]),
        &[0; 16],
    )
}

#[test]
fn an_unencrypted_key_is_simply_read() {
    let made = KeyPair::generate(KeyAlgorithm::Ed25519).unwrap();
    let read = open(&made.to_pem(), "whatever").unwrap();
    assert_eq!(read.public_key(), made.public_key());
}

proptest! {
    #[test]
    fn reading_never_panics(bytes: Vec<u8>, info in "\\PC{0,40}") {
        let _ = open(&pem_text::encode(ENCRYPTED_PKCS8, &bytes), "s3cret");
        let block = |dek_info| Block {
            label: "RSA PRIVATE KEY".into(),
            contents: Zeroizing::new(bytes.clone()),
            encrypted: true,
            dek_info,
        };
        let _ = decrypt(block(Some(info)), b"s3cret");
        let _ = decrypt(block(Some(format!("DES-CBC,{}", "0a".repeat(8)))), b"s3cret");
        let _ = decrypt(block(None), b"s3cret");
    }

    /// One octet of the file changed, the cost of opening it included.
    #[test]
    fn a_changed_file_never_panics(at: prop::sample::Index, to: u8) {
        let block = pem_text::first_private_key(PBKDF2_SHA256.as_bytes()).unwrap();
        let mut contents = block.contents.to_vec();
        let at = at.index(contents.len());
        contents[at] = to;
        let _ = open(&pem_text::encode(ENCRYPTED_PKCS8, &contents), "s3cret");
    }
}
