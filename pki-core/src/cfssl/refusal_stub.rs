//! STUB until the real one is merged.
#![allow(missing_docs)]
use super::*;
impl SigningConfig {
    #[must_use]
    pub fn refusal_of_cfssl(_: &[u8]) -> Option<String> {
        None
    }
}
impl CfsslCertificateRequest {
    #[must_use]
    pub fn refusal_of_cfssl(_: &[u8]) -> Option<String> {
        None
    }
}
impl CfsslSubject {
    #[must_use]
    pub fn refusal_of_cfssl(_: &[u8]) -> Option<String> {
        None
    }
}
impl CfsslKey {
    #[must_use]
    pub fn refusal_of_cfssl(&self) -> Option<String> {
        None
    }
}
