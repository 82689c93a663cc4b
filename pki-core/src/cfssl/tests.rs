//! What the tests of the signer share: a request, a key, a time and random
//! numbers that are none.

use super::{CfsslCertificateRequest, Reading};
use crate::Error;
use crate::key::{KeyAlgorithm, KeyPair};
use crate::time::Timestamp;

pub(super) fn now() -> Timestamp {
    Timestamp::parse_rfc3339("2026-11-22T19:15:40Z").unwrap()
}

pub(super) fn random(buffer: &mut [u8]) -> Result<(), Error> {
    buffer.fill(0x55);
    Ok(())
}

pub(super) fn request(json: &str) -> CfsslCertificateRequest {
    let read = CfsslCertificateRequest::parse(json.as_bytes(), Reading::Lenient);
    read.unwrap().value
}

pub(super) fn key() -> KeyPair {
    KeyPair::generate(KeyAlgorithm::EcdsaP256).unwrap()
}
