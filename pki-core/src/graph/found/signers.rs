//! Who signed a certificate, by signature, whichever host has the CA.

use super::{FoundHost, KeyOf};
use crate::certificate::Certificate;

/// The CAs that may have signed something.
pub(super) struct Signers<'a>(Vec<(usize, usize, &'a Certificate)>);

impl<'a> Signers<'a> {
    /// Each once for every host that has it, with the place of its authority.
    pub(super) fn of(hosts: &'a [FoundHost], keys: &[KeyOf]) -> Self {
        let mut signers = Vec::new();
        for (index, host) in hosts.iter().enumerate() {
            for (row, found) in host.rows() {
                let key = found.certificate.public_key().ok().map(|key| key.sha256());
                let place = keys
                    .iter()
                    .position(|(entry, known)| row.entry == Some(*entry) && key == Some(*known));
                if let Some(place) = place {
                    signers.push((index, place, &found.certificate));
                }
            }
        }
        Self(signers)
    }

    /// Who signed a certificate of this host: most likely one of its own CAs.
    pub(super) fn of_leaf(&self, host: usize, leaf: &Certificate) -> Option<usize> {
        let named = |it: &&(usize, usize, &Certificate)| it.2.subject_der() == leaf.issuer_der();
        let own = self.0.iter().filter(|it| it.0 == host).filter(named);
        let others = self.0.iter().filter(|it| it.0 != host).filter(named);
        let mut tried = Vec::new();
        for (_, place, authority) in own.chain(others) {
            if tried.contains(place) {
                continue;
            }
            tried.push(*place);
            let key = authority.public_key();
            if key.is_ok_and(|key| leaf.is_signed_by(key)) {
                return Some(*place);
            }
        }
        None
    }
}
