//! Who checks whom with which CA, by the flags that name it.

use super::{AuthorityNode, HostNode};
use crate::catalog::{Authority, CatalogEntry, FileRole};
use crate::static_pod::Component;
use crate::verify::TreeRole;
use crate::verify::uses::{USES, Use};

/// A component that relies on a CA, or on the keys of the service accounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trust {
    /// Who: `kube-apiserver`, `etcd`, `kubelet`, `kubeconfigs`.
    pub component: &'static str,
    /// The flag or field that names the file: `--client-ca-file`.
    pub by: String,
    /// What it does with it.
    pub kind: TrustKind,
    /// The place among the authorities of the graph.
    pub authority: usize,
    /// The rows of the catalog that it checks.
    pub checks: &'static [&'static str],
    /// The hosts that it runs on.
    pub hosts: Vec<usize>,
}

/// What a component does with an authority.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TrustKind {
    /// It believes what the authority signed.
    Trusts,
    /// It signs with the authority's key.
    SignsWith,
}

impl TrustKind {
    /// The stable name.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Trusts => "trusts",
            Self::SignsWith => "signs-with",
        }
    }
}

/// What no flag of a static pod names: the kubelet's configuration, and what
/// kubeconfigs carry in themselves.
const BESIDES: &[(&str, &str, &str, &[&str])] = &[
    (
        "kubelet",
        "clientCAFile",
        "ca",
        &["apiserver-kubelet-client"],
    ),
    (
        "kubeconfigs",
        "certificate-authority-data",
        "ca",
        &["apiserver"],
    ),
];

/// All of them, as kubeadm sets components up.
pub(super) fn trusts(authorities: &[AuthorityNode], hosts: &[HostNode]) -> Vec<Trust> {
    let mut trusts = Vec::new();
    for (place, authority) in authorities.iter().enumerate() {
        let row = authority.entry.base_name;
        let mut add = |component, by, kind, checks, runs_on: &dyn Fn(TreeRole) -> bool| {
            let runs = |host: &usize| {
                let role = hosts.get(*host).and_then(|host| host.role);
                role.is_some_and(runs_on)
            };
            let holders = authority.holders.iter().map(|holder| holder.host);
            let hosts: Vec<_> = holders.filter(runs).collect();
            if !hosts.is_empty() {
                trusts.push(Trust {
                    component,
                    by,
                    kind,
                    authority: place,
                    checks,
                    hosts,
                });
            }
        };
        for it in USES.iter().filter(|it| file_of(it, authorities) == row) {
            let kind = match it.role {
                FileRole::PrivateKey => TrustKind::SignsWith,
                FileRole::PublicKey => TrustKind::Trusts,
                FileRole::Certificate if !it.verifies.is_empty() => TrustKind::Trusts,
                FileRole::Certificate | FileRole::Kubeconfig => continue,
            };
            let by = format!("--{}", it.flag);
            let runs = |role| runs_on(it.component, role);
            add(it.component.name(), by, kind, it.verifies, &runs);
        }
        for (component, by, _, checks) in BESIDES.iter().filter(|it| it.2 == row) {
            let is_node = |role| !matches!(role, TreeRole::Authorities | TreeRole::EtcdMember);
            let by = (*by).to_owned();
            add(component, by, TrustKind::Trusts, checks, &is_node);
        }
    }
    trusts
}

/// The row that a flag names: the members of an etcd may have a CA of their own.
fn file_of(it: &Use, authorities: &[AuthorityNode]) -> &'static str {
    let own = CatalogEntry::of_authority(Authority::EtcdPeers);
    let has_own = authorities.iter().any(|node| node.entry == own);
    let of_peers = it.of_peers().filter(|_| has_own);
    of_peers.unwrap_or(it.row)
}

/// Whether hosts of this role run the component.
fn runs_on(component: Component, role: TreeRole) -> bool {
    match component {
        Component::Etcd => matches!(role, TreeRole::ControlPlaneWithEtcd | TreeRole::EtcdMember),
        Component::ApiServer | Component::ControllerManager | Component::Scheduler => {
            matches!(
                role,
                TreeRole::ControlPlaneWithEtcd | TreeRole::ControlPlane
            )
        }
    }
}
