//! Private and public keys in PEM.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pki_core::{KeyPair, SigningKey, SubjectPublicKeyInfo};

fuzz_target!(|bytes: &[u8]| {
    let _ = SubjectPublicKeyInfo::from_der(bytes);
    if let Ok(pair) = KeyPair::from_pem(bytes) {
        let again = KeyPair::from_pem(pair.to_pem().as_bytes());
        assert_eq!(again.map(|pair| pair.public_key().clone()).ok(), Some(pair.public_key().clone()));
    }
});
