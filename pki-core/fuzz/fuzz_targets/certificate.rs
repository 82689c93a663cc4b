//! Certificates, DER and PEM: whatever is read must be told without a panic,
//! and writes back to the same octets.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pki_core::Certificate;

fuzz_target!(|bytes: &[u8]| {
    let _ = Certificate::bundle_from_pem(bytes);
    if let Ok(certificate) = Certificate::from_der(bytes) {
        assert_eq!(certificate.to_der(), bytes);
        if let Ok(key) = certificate.public_key() {
            let _ = certificate.is_signed_by(key);
        }
        let again = Certificate::from_pem(certificate.to_pem().as_bytes());
        assert_eq!(again.as_ref(), Ok(&certificate));
    }
});
