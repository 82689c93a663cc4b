//! CAs: wrong if they signed nothing of what they should verify.

use super::super::role::usual_row;
use super::super::uses::Use;
use super::search::{Chain, Fault, Search};
use super::usual::{entry, is_authority, usual, word};
use crate::catalog::{CATALOG, EntryKind, FileRole};
use crate::certificate::Certificate;
use crate::static_pod::Component;

impl Search<'_> {
    /// A CA that verifies nothing of what it is named for.
    pub(super) fn of_authority(&self, of: &Use, named: &str) -> Option<Fault> {
        let owner = usual_row(named);
        if of.verifies.is_empty() {
            return self.of_signing(of, named);
        }
        // The API server may show others by the name that it is asked for.
        let others = self.manifests.has(Component::ApiServer, "tls-sni-cert-key");
        if of.verifies == ["apiserver"] && others {
            return None;
        }
        // What lies at a usual place may be left over; a file of another name is
        // judged by what is in use.
        let rows = of.verifies.iter();
        let rows = rows.filter(|row| owner.is_some() || self.is_in_use(row));
        let mut verified: Vec<_> = rows.filter_map(|row| self.row(row)).collect();
        let is_certain = !verified.is_empty();
        if !is_certain && of.row == "etcd/ca" && owner.is_some() {
            // etcd's servers run elsewhere, or nothing of its clients is here.
            let etcds = ["etcd/server", "etcd/peer", "apiserver-etcd-client"];
            verified = etcds.iter().filter_map(|row| self.row(row)).collect();
        }
        let may_have_signed =
            |(path, chain): &(String, Chain<'_>)| self.signed(named, (path, chain)) != Some(false);
        if verified.iter().any(may_have_signed) {
            return None;
        }
        // Where it signed others of its kind, the certificate is wrong, or another
        // CA is meant for it.
        let authority = entry(of.row).map(|it| it.kind);
        let signs_anything = CATALOG
            .iter()
            .filter(|it| it.issuer().map(EntryKind::Authority) == authority)
            .filter_map(|it| self.row(it.base_name))
            .any(|found| may_have_signed(&found));
        if owner.is_none() && signs_anything {
            return None;
        }
        let (path, chain) = verified.first()?;
        let rows = [Some(of.row), of.of_peers()].into_iter().flatten();
        let candidates = rows.flat_map(|row| self.candidates(row, FileRole::Certificate));
        let mut candidates = candidates.filter(|path| path != named);
        let right = candidates.find(|other| self.signed(other, (path, chain)) == Some(true));
        let what = match owner {
            Some((owner, _)) if is_authority(owner) => format!(", which {}, and", owner.purpose),
            Some((owner, role)) => format!(", the {} that {}, and", word(role), owner.purpose),
            None => ", which".to_owned(),
        };
        if let Some(right) = right {
            return Some(Fault {
                words: format!("{named}{what} did not sign {path}; {right} did"),
                wanted: right,
                is_certain,
            });
        }
        let usual = entry(of.row).map(|it| usual(it, FileRole::Certificate));
        let wanted = usual.unwrap_or_default().into_iter().next()?;
        let is_missing = owner.is_some() && self.tree.lacks(&wanted);
        (is_missing && !signs_anything).then(|| Fault {
            words: format!("{named}{what} did not sign {path}"),
            wanted,
            is_certain,
        })
    }

    /// The CA that signs for kubelets, which the API server does not know.
    fn of_signing(&self, of: &Use, named: &str) -> Option<Fault> {
        let (owner, _) = usual_row(named)?;
        let known = self
            .manifests
            .flag(Component::ApiServer, "client-ca-file")?;
        let known = self.manifests.path_of(&known.flag.value)?;
        let keys = self.certificates(&known);
        let is_known = |found: &[Certificate]| {
            let key = found.first().and_then(|first| first.public_key().ok());
            key.is_some() && keys.iter().any(|it| it.public_key().ok() == key)
        };
        if is_known(self.certificates(named)) {
            return None;
        }
        let mut candidates = self.candidates(of.row, of.role).into_iter();
        let right = candidates.find(|path| path != named && is_known(self.certificates(path)))?;
        let words = format!(
            "{named}, which {}, and is not among the CAs of --client-ca-file, {known}",
            owner.purpose
        );
        Some(Fault {
            words,
            wanted: right,
            is_certain: true,
        })
    }
}
