//! Certificates, keys and kubeconfigs: wrong if the other side refuses them, or
//! if they belong to something else.

use super::super::role::usual_row;
use super::super::uses::Use;
use super::search::{Fault, Search};
use super::usual::entry;
use crate::catalog::{Authority, CatalogEntry, FileRole};
use crate::extension::ExtendedKeyUsage;
use crate::key::SubjectPublicKeyInfo;
use crate::static_pod::Component;

impl Search<'_> {
    /// A certificate that the other side refuses.
    pub(super) fn of_leaf(&self, of: &Use, named: &str) -> Option<Fault> {
        self.better(of, named, |path| self.fits(of, path))
            .or_else(|| self.beside_another_key(of, named))
    }

    /// `None` if it cannot be told who signed it.
    fn fits(&self, of: &Use, path: &str) -> Option<bool> {
        let chain = self.certificates(path);
        let (Some(leaf), Some(entry)) = (chain.first(), entry(of.row)) else {
            return Some(false);
        };
        let Some(authority) = entry.issuer().map(CatalogEntry::of_authority) else {
            return Some(false);
        };
        // The gateway alone, which nobody needs, is a client with etcd's own.
        let purposes = match of.row {
            "etcd/server" => &[ExtendedKeyUsage::ServerAuth],
            _ => entry.extended_key_usage(),
        };
        let allowed = leaf.extended_key_usage();
        let may = |purpose: &ExtendedKeyUsage| {
            allowed.is_none_or(|it| it.contains(purpose) || it.contains(&ExtendedKeyUsage::Any))
        };
        let name = leaf.common_name().unwrap_or_default();
        let is_user = match of.row {
            "apiserver-kubelet-client" => {
                let groups = entry.organizations_of_all_versions().iter().flatten();
                let mut groups =
                    groups.filter(|it| leaf.organizations().iter().any(|own| own == *it));
                groups.next().is_some() || name == "kube-apiserver-kubelet-client"
            }
            "front-proxy-client" => {
                let allowed = self.manifests.of(Component::ApiServer);
                let allowed = allowed.map(|(_, pod)| pod.flags.list("requestheader-allowed-names"));
                allowed.is_none_or(|it| it.is_empty() || it.contains(&name))
            }
            _ => true,
        };
        if !is_user || !purposes.iter().all(may) {
            return Some(false);
        }
        let authorities = self.authorities_of(of, authority);
        let mut verdict = Some(false);
        for other in &authorities {
            match self.signed(other, (path, chain)) {
                Some(true) => return Some(true),
                // Nobody looked at a signature that may be good.
                None => verdict = None,
                Some(false) => {}
            }
        }
        verdict
    }

    /// The CAs that may have signed a certificate: of members with one of their own
    /// that one alone, and it signs nothing else.
    fn authorities_of(&self, of: &Use, authority: &CatalogEntry) -> Vec<String> {
        let mut found = self.candidates(authority.base_name, FileRole::Certificate);
        let own = found.iter().find(|path| {
            let row = usual_row(path).map(|(row, _)| row);
            row == Some(CatalogEntry::of_authority(Authority::EtcdPeers))
        });
        if let Some(own) = own.cloned() {
            found.retain(|path| (*path == own) == (of.row == "etcd/peer"));
        }
        found
    }

    pub(super) fn key(&self, path: &str) -> Option<SubjectPublicKeyInfo> {
        Some(self.tree.get(path)?.key_half()?.public.clone())
    }

    /// A key of another certificate than the one that is named beside it.
    pub(super) fn of_key(&self, of: &Use, named: &str) -> Option<Fault> {
        let others: Vec<SubjectPublicKeyInfo> = match of.row {
            "sa" => {
                let files = self.candidates("sa", FileRole::PublicKey).into_iter();
                files.flat_map(|path| self.public_keys(&path)).collect()
            }
            row => {
                let files = self.candidates(row, FileRole::Certificate).into_iter();
                let first = files.take(1).flat_map(|path| self.certified(&path));
                first.collect()
            }
        };
        let fits = |path: &str| Some(self.key(path).is_some_and(|key| others.contains(&key)));
        self.better(of, named, fits)
    }

    /// The public keys of a file that the API server checks tokens with.
    fn public_keys(&self, path: &str) -> Vec<SubjectPublicKeyInfo> {
        let bytes = self.bytes(path).unwrap_or_default();
        let public = SubjectPublicKeyInfo::from_pem(bytes).ok();
        public
            .into_iter()
            .chain(self.key(path))
            .chain(self.certified(path))
            .collect()
    }

    /// The keys of a file's certificates.
    fn certified(&self, path: &str) -> Vec<SubjectPublicKeyInfo> {
        let certificates = self.certificates(path);
        let keys = certificates.iter().filter_map(|it| it.public_key().ok());
        keys.cloned().collect()
    }

    /// A key that no token was signed with.
    pub(super) fn of_public_key(&self, of: &Use, named: &str) -> Option<Fault> {
        // Tokens of an older key may be checked with one of several.
        let (_, pod) = self.manifests.of(of.component)?;
        if pod.flags.list(of.flag).len() > 1 {
            return None;
        }
        let signing = self.candidates("sa", FileRole::PrivateKey).into_iter();
        let signing: Vec<_> = signing.filter_map(|path| self.key(&path)).collect();
        let fits = |path: &str| {
            let keys = self.public_keys(path);
            Some(keys.iter().any(|key| signing.contains(key)))
        };
        self.better(of, named, fits)
    }

    /// A kubeconfig of another user who is no administrator either.
    pub(super) fn of_kubeconfig(&self, of: &Use, named: &str) -> Option<Fault> {
        const ADMINISTRATORS: [&str; 2] = ["system:masters", "kubeadm:cluster-admins"];
        let (owner, _) = usual_row(named)?;
        let is_kubeconfig = self.tree.get(named)?.kubeconfig().is_some();
        // Whose token or certificate elsewhere it has, nobody knows but of the
        // kubelet's.
        if is_kubeconfig && self.client(named).is_none() && owner.base_name != "kubelet.conf" {
            return None;
        }
        let user = format!("system:kube-{}", of.row.trim_end_matches(".conf"));
        let fits = |path: &str| {
            Some(self.client(path).is_some_and(|client| {
                let mut groups = client.organizations().iter();
                client.common_name() == Some(&user)
                    || groups.any(|group| ADMINISTRATORS.contains(&group.as_str()))
            }))
        };
        self.better(of, named, fits)
    }
}
