//! A certificate that would do, beside the key of another one: one slip in one
//! line, and the component does not start.

use super::super::role::usual_row;
use super::super::uses::{PAIRS, Use};
use super::search::{Fault, Search};
use super::usual::described;

impl Search<'_> {
    /// The certificate of another row, where the flag for the key names that of the
    /// right one. Both of another row are a choice.
    pub(super) fn beside_another_key(&self, of: &Use, named: &str) -> Option<Fault> {
        let (owner, role) = usual_row(named)?;
        let mut pairs = PAIRS.iter();
        let pair = pairs.find(|it| it.component == of.component && it.certificate == of.flag)?;
        let told = self.manifests.flag(pair.component, pair.key)?;
        let key = self.key(&self.manifests.path_of(&told.flag.value)?)?;
        let is_its = |path: &str| {
            let certificates = self.certificates(path);
            let leaf = certificates.first();
            leaf.is_some_and(|leaf| leaf.public_key().ok() == Some(&key))
        };
        if is_its(named) {
            return None;
        }
        let mut candidates = self.candidates(of.row, of.role).into_iter();
        let right = candidates.find(|path| path != named && is_its(path))?;
        Some(Fault {
            words: format!("{named}, {}", described(owner, role)),
            wanted: right,
            is_certain: true,
        })
    }
}
