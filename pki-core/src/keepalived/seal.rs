//! Passwords of hosts that are looked at from afar: what stands for one tells it from
//! others and from nothing else.

use std::fmt;

use zeroize::{Zeroize, Zeroizing};

use super::AuthPass;
use crate::error::Error;
use crate::key::backend::sha256;
use crate::{RandomSource, hexadecimal};

/// A key of one run, by which passwords of VRRP are told apart that stay on their
/// hosts. Eight characters can be tried out, so that a digest without it would tell
/// the password; with it that can be done by nobody but this run and the host.
#[derive(Clone)]
pub struct PasswordSeal(Zeroizing<String>);

impl PasswordSeal {
    /// As many hexadecimal digits of a digest stand for a password as count of one.
    const SHOWN: usize = AuthPass::COUNTS / 2;

    /// A new key.
    ///
    /// # Errors
    /// [`Error::Randomness`] if the source has none.
    pub fn generate(random: &mut impl RandomSource) -> Result<Self, Error> {
        let mut key = Zeroizing::new([0; 32]);
        random.fill(&mut *key)?;
        Ok(Self(Zeroizing::new(hexadecimal::lower(&*key))))
    }

    /// The key in hexadecimal digits, for a host that makes the same digests.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.0
    }

    /// What stands for the part of a password that counts: the begin of the SHA-256 of
    /// the key's digits and that part.
    pub(super) fn of(&self, password: &str) -> String {
        let counts = password.len().min(AuthPass::COUNTS);
        let mut whole = Zeroizing::new(self.0.as_bytes().to_vec());
        whole.extend_from_slice(password.as_bytes().get(..counts).unwrap_or_default());
        let mut digest = sha256(&whole);
        let shown = hexadecimal::lower(digest.get(..Self::SHOWN).unwrap_or_default());
        digest.zeroize();
        shown
    }
}

impl fmt::Debug for PasswordSeal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[elided]")
    }
}
