//! Signing requests: reading one, and what its names say.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pki_core::{CertificateSigningRequest, GeneralName};

fuzz_target!(|bytes: &[u8]| {
    let _ = CertificateSigningRequest::from_pem(bytes);
    if let Ok(request) = CertificateSigningRequest::from_der(bytes) {
        let _ = request.subject_name();
        for extension in request.extensions() {
            let _ = GeneralName::read_extension(extension.value());
        }
    }
    let _ = GeneralName::read_extension(bytes);
});
