//! What the files of a host's services say that has to fit what other hosts have:
//! taken out of a tree, so that the tree need not stay in memory.

use std::net::IpAddr;

use super::manifests::Manifests;
use super::role::TreeRole;
use super::{Expectation, Tree, TreeContent, haproxy, keepalived, kubeadm_configuration};
use crate::haproxy::Backend;
use crate::keepalived::AuthPass;
use crate::static_pod::Component::Etcd;

/// What a comparison with other hosts needs to know of this one's services.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServiceFacts {
    /// The host's own address, if it is known.
    pub(super) address: Option<IpAddr>,
    pub(super) is_control_plane: bool,
    pub(super) member: Option<EtcdMember>,
    pub(super) routers: Vec<VirtualRouter>,
    pub(super) backends: Vec<Backend>,
    /// The control plane's endpoint, and the file that says it.
    pub(super) endpoint: Option<(String, &'static str)>,
}

/// What the unit of an etcd says of the cluster of etcd.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct EtcdMember {
    pub(super) path: String,
    pub(super) name: Option<String>,
    /// `name=url`, sorted; `None` if it is not known.
    pub(super) cluster: Option<Vec<String>>,
    pub(super) token: Option<String>,
    /// Whether it makes a cluster rather than joining one.
    pub(super) is_new: bool,
}

/// An instance of VRRP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct VirtualRouter {
    pub(super) name: String,
    pub(super) line: usize,
    pub(super) id: Option<String>,
    pub(super) addresses: Vec<IpAddr>,
    pub(super) priority: u32,
    pub(super) is_master: bool,
    pub(super) password: VrrpPassword,
    /// The largest change of the priority by a check; `None` if there is no check, or
    /// one that takes the host out.
    pub(super) weight: Option<u32>,
}

/// What is known of the password of an instance.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum VrrpPassword {
    /// There is none.
    None,
    /// What counts of it, or what stands for that.
    Known(AuthPass),
    /// It stays on its host.
    Withheld,
}

impl VrrpPassword {
    fn of(tree: &Tree, told: Option<&AuthPass>) -> Self {
        let is_view = tree
            .get(keepalived::PATH)
            .is_some_and(|file| matches!(file.content, TreeContent::PublicView(_)));
        match (told, &tree.password_seal) {
            (None, _) => Self::None,
            (Some(told), _) if is_view && told.is_withheld() => Self::Withheld,
            (Some(told), Some(seal)) if !is_view => Self::Known(told.sealed(seal)),
            (Some(told), _) => Self::Known(told.counting()),
        }
    }
}

impl ServiceFacts {
    pub(super) fn of(
        tree: &Tree,
        manifests: &Manifests,
        expectation: &Expectation,
        role: TreeRole,
    ) -> Self {
        let addressed = expectation.addressed();
        let endpoint = kubeadm_configuration::endpoint(tree);
        Self {
            address: addressed.map(|(_, host)| host.advertise_address),
            is_control_plane: matches!(
                role,
                TreeRole::ControlPlane | TreeRole::ControlPlaneWithEtcd
            ),
            member: EtcdMember::of(manifests),
            routers: VirtualRouter::all(tree),
            backends: haproxy::read(tree).unwrap_or_default(),
            endpoint: endpoint.map(|(endpoint, path)| (endpoint.to_string(), path)),
        }
    }
}

impl EtcdMember {
    fn of(manifests: &Manifests) -> Option<Self> {
        let unit = manifests.unit()?;
        let value = |name| {
            manifests
                .flag(Etcd, name)
                .map(|told| told.flag.value.clone())
        };
        let members = value("initial-cluster").map(|members| {
            let members = members.split(',').map(|it| it.trim().to_owned());
            let mut members: Vec<_> = members.filter(|it| !it.is_empty()).collect();
            members.sort_unstable();
            members.dedup();
            members
        });
        Some(Self {
            path: unit.command_file().to_owned(),
            name: value("name"),
            cluster: members,
            token: value("initial-cluster-token"),
            is_new: value("initial-cluster-state").is_none_or(|state| state == "new"),
        })
    }
}

impl VirtualRouter {
    fn all(tree: &Tree) -> Vec<Self> {
        let conf = keepalived::read(tree).unwrap_or_default();
        let routers = conf.instances.iter().map(|instance| {
            let weights = instance.tracks.iter().map(|(name, own)| {
                let of_script = || conf.script(name).map_or(0, |script| script.weight.value);
                own.unwrap_or_else(of_script).unsigned_abs()
            });
            let weight = weights.max().filter(|weight| *weight > 0);
            let mut addresses: Vec<IpAddr> = instance.addresses.iter().map(|it| it.0).collect();
            addresses.sort_unstable();
            Self {
                name: instance.name.clone(),
                line: instance.line,
                id: instance.router_id.as_ref().map(|(id, _)| id.clone()),
                addresses,
                priority: instance.priority.value,
                is_master: instance.is_master.value,
                password: VrrpPassword::of(tree, instance.auth_pass.as_ref().map(|it| &it.0)),
                weight,
            }
        });
        routers.collect()
    }
}
