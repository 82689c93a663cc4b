//! Which of several certificates signed another. Names prove nothing, so that
//! of many CAs of one name each would have to be tried: how many are is bounded.

use crate::certificate::Certificate;

/// How many signatures may still be checked.
#[derive(Debug)]
pub(super) struct Tries(usize);

impl Tries {
    pub(super) const fn new(most: usize) -> Self {
        Self(most)
    }

    /// Enough for one leaf, a CA that was renewed a few times above a few
    /// intermediates, if so many are left.
    pub(super) fn of_a_path(left: usize) -> Self {
        const MOST: usize = 20;
        Self(left.min(MOST))
    }

    /// None where some signatures that may be good were not looked at.
    pub(super) const fn left(&self) -> usize {
        self.0
    }

    fn take(&mut self) -> bool {
        let is_left = self.0 > 0;
        self.0 = self.0.saturating_sub(1);
        is_left
    }
}

/// The first that signed a certificate; those whose subjectKeyIdentifier is its
/// authorityKeyIdentifier are tried before those of the right name alone
/// (RFC 5280 section 4.2.1.1).
pub(super) fn signer_among<'a>(
    candidates: impl Iterator<Item = &'a Certificate>,
    certificate: &Certificate,
    tries: &mut Tries,
) -> Option<&'a Certificate> {
    let identifier = certificate.authority_key_identifier();
    let is_meant =
        |found: &&Certificate| identifier.is_some() && found.subject_key_identifier() == identifier;
    let named = candidates.filter(|found| found.subject_der() == certificate.issuer_der());
    let (meant, others): (Vec<_>, Vec<_>) = named.partition(is_meant);
    signer_by_key(meant.into_iter().chain(others), certificate, tries)
}

/// The first whose key signed a certificate, whatever name that has for its
/// issuer.
pub(super) fn signer_by_key<'a>(
    candidates: impl Iterator<Item = &'a Certificate>,
    certificate: &Certificate,
    tries: &mut Tries,
) -> Option<&'a Certificate> {
    let mut candidates = candidates;
    candidates.find(|found| {
        let key = found.public_key();
        key.is_ok_and(|key| tries.take() && certificate.is_signed_by(key))
    })
}
