//! cfssl's documents in both readings.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pki_core::{CfsslCertificateRequest, Reading, SigningConfig, cfssl_kind};

fuzz_target!(|bytes: &[u8]| {
    let _ = cfssl_kind(bytes);
    for reading in [Reading::Strict, Reading::Lenient] {
        if let Ok(read) = SigningConfig::parse(bytes, reading) {
            let names: Vec<_> = read.value.profile_names().collect();
            names.into_iter().for_each(|name| drop(read.value.profile(name)));
        }
        if let Ok(read) = CfsslCertificateRequest::parse(bytes, reading) {
            let _ = read.value.server_hosts();
            let _ = read.value.key().algorithm();
        }
    }
});
