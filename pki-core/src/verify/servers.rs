//! The servers of the kubeconfigs that share one, and which of them is right
//! where they do not agree: one that the API server's certificate names.

use std::net::IpAddr;

use super::derived;
use super::manifests::Manifests;
use super::server::{covers, subject_alt_name};
use super::tree::Tree;
use crate::certificate::Certificate;
use crate::static_pod::Url;

/// Those that connect to the shared address, or to their own host.
pub(super) const SHARING: [&str; 3] = ["kubelet.conf", "admin.conf", "super-admin.conf"];

/// Which server each of them has.
pub(super) struct Servers {
    all: Vec<Server>,
}

struct Server {
    path: &'static str,
    url: String,
    is_named: bool,
    is_own: bool,
}

impl Servers {
    /// `certificate` is what the API server shows: it is asked if it was made for one, for
    /// that of another server has names that nobody connects to here, and lacks the shared
    /// one. `own` is the address of the host, if it is known.
    pub(super) fn read(
        tree: &Tree,
        manifests: &Manifests,
        certificate: Option<&Certificate>,
        own: Option<IpAddr>,
    ) -> Self {
        let certificate = certificate.filter(|it| derived::is_api_servers(it));
        let names = certificate.map(|it| it.subject_alt_names());
        let names = names.unwrap_or_default();
        let mut owns = Vec::from_iter(own);
        if owns.is_empty() {
            owns = derived::etcd_addresses(tree, manifests);
            owns.extend(derived::component_addresses(tree));
        }
        let all = SHARING.into_iter().filter_map(|path| {
            let kubeconfig = derived::kubeconfig(tree, path)?;
            // Whose server need not have the name of its address.
            if kubeconfig.tls_server_name.is_some() || kubeconfig.skips_verification {
                return None;
            }
            let url = kubeconfig.server.as_deref()?;
            let name = subject_alt_name(url)?;
            let parsed = Url::parse(url);
            Some(Server {
                path,
                is_named: names.iter().any(|san| covers(san, &name)),
                is_own: parsed.is_some_and(|it| {
                    let address = it.address();
                    it.is_loopback() || address.is_some_and(|address| owns.contains(&address))
                }),
                url: url.trim_end_matches('/').to_owned(),
            })
        });
        Self { all: all.collect() }
    }

    /// The server that a kubeconfig with another one should have, if its own is
    /// not named by the API server's certificate, and that of others is.
    pub(super) fn instead_of(&self, url: &str) -> Option<&str> {
        let url = url.trim_end_matches('/');
        let its = self.of(url);
        let is_named = self.all.iter().any(|it| it.url == url && it.is_named);
        if its == 0 || is_named {
            return None;
        }
        let named = self.all.iter().filter(|it| it.is_named);
        let best = named.max_by_key(|it| (!it.is_own, self.of(&it.url)))?;
        // A kubelet of its own host says nothing of what the others share.
        (!best.is_own || self.of(&best.url) >= its).then_some(&best.url)
    }

    /// The kubeconfigs that have this server.
    pub(super) fn with(&self, url: &str) -> Vec<&'static str> {
        let theirs = self.all.iter().filter(|it| it.url == url);
        theirs.map(|it| it.path).collect()
    }

    fn of(&self, url: &str) -> usize {
        self.all.iter().filter(|it| it.url == url).count()
    }
}
