//! The token with which a client of a signing server shows that it has the key.

use std::fmt;

use zeroize::Zeroizing;

use crate::key::backend::hmac_sha256;

/// The octets of an authentication key, at least one: cfssl signs with none if
/// the variable that holds the key is not set, and anyone could do that.
#[derive(Clone, PartialEq, Eq)]
pub struct CfsslAuthSecret(Zeroizing<Vec<u8>>);

impl CfsslAuthSecret {
    /// The secret of these octets; `None` if there are none.
    #[must_use]
    pub fn new(octets: Zeroizing<Vec<u8>>) -> Option<Self> {
        (!octets.is_empty()).then_some(Self(octets))
    }

    /// The token of a request as it is sent: its HMAC-SHA-256 (RFC 2104). It
    /// holds no time, so that whoever reads request and token can send both again.
    #[must_use]
    pub fn token(&self, request: &[u8]) -> [u8; 32] {
        hmac_sha256(&self.0, request)
    }
}

impl fmt::Debug for CfsslAuthSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CfsslAuthSecret([elided])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_the_hmac_of_rfc_4231() {
        // Test case 2 of section 4.3.
        let secret = CfsslAuthSecret::new(Zeroizing::new(b"Jefe".to_vec())).expect("octets");
        let token = secret.token(b"what do ya want for nothing?");
        assert_eq!(
            crate::hexadecimal::lower(&token),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
        assert_eq!(format!("{secret:?}"), "CfsslAuthSecret([elided])");
    }

    #[test]
    fn nothing_is_no_secret() {
        assert_eq!(CfsslAuthSecret::new(Zeroizing::new(Vec::new())), None);
    }
}
