//! Private and public keys in PEM, also encrypted ones.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pki_core::{KeyPair, SigningKey, SubjectPublicKeyInfo};

fuzz_target!(|bytes: &[u8]| {
    let _ = KeyPair::from_encrypted_pem(bytes, b"password");
    let _ = SubjectPublicKeyInfo::from_der(bytes);
    if let Ok(pair) = KeyPair::from_pem(bytes) {
        let again = KeyPair::from_pem(pair.to_pem().as_bytes());
        assert_eq!(again.map(|pair| pair.public_key().clone()).ok(), Some(pair.public_key().clone()));
    }
});
