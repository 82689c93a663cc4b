//! cfssl's documents in both readings.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pki_core::{
    CfsslCertificateRequest, CfsslSubject, Reading, SigningConfig, cfssl_kind, go_json_syntax_error,
};

fuzz_target!(|bytes: &[u8]| {
    let _ = cfssl_kind(bytes);
    let _ = go_json_syntax_error(bytes);
    let _ = SigningConfig::refusal_of_cfssl(bytes);
    let _ = CfsslCertificateRequest::authority_refusal_of_cfssl(bytes, None);
    let _ = CfsslSubject::refusal_of_cfssl(bytes);
    for reading in [Reading::Strict, Reading::Lenient] {
        if let Ok(read) = SigningConfig::parse(bytes, reading) {
            let names: Vec<_> = read.value.profile_names().collect();
            names.into_iter().for_each(|name| drop(read.value.profile(name)));
        }
        let _ = CfsslSubject::parse(bytes, reading);
        if let Ok(read) = CfsslCertificateRequest::parse(bytes, reading) {
            let _ = read.value.server_hosts();
            let _ = read.value.general_names();
            let _ = read.value.key().algorithm();
        }
    }
});
