//! Revocation lists.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pki_core::RevocationList;

fuzz_target!(|bytes: &[u8]| {
    let _ = RevocationList::from_pem(bytes);
    let _ = RevocationList::from_der(bytes);
});
