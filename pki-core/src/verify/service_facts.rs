//! What the files of a host's services say that has to fit what other hosts have:
//! taken out of a tree, so that the tree need not stay in memory.

use std::net::IpAddr;

use super::command::FileLine;
use super::kubeadm_configuration::KubeadmFacts;
use super::manifests::Manifests;
use super::role::TreeRole;
use super::set_up::SetUpFiles;
use super::{
    Expectation, Tree, TreeContent, derived, etcd_flags, haproxy, keepalived, kube_vip,
    kubeadm_configuration, load_balancer,
};
use crate::cluster::Host;
use crate::haproxy::Proxy;
use crate::keepalived::{AuthPass, KeepalivedConf, Told, VrrpInstance};
use crate::kube_vip::KubeVip;
use crate::static_pod::Component::Etcd;
use crate::static_pod::Url;

/// What a comparison with other hosts needs to know of this one's services.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServiceFacts {
    /// The host's own address, if it is known.
    pub(super) address: Option<IpAddr>,
    pub(super) is_control_plane: bool,
    /// How many hosts of the control plane a description has; one may be all that
    /// flags say.
    pub(super) described_masters: usize,
    /// Where the API server of the host listens, if it runs there.
    pub(super) port: Option<u16>,
    /// What the API server's certificate names.
    pub(super) api_names: Vec<String>,
    pub(super) member: Option<EtcdMember>,
    pub(super) routers: Vec<VirtualRouter>,
    pub(super) backends: Vec<Proxy>,
    /// kube-vip's manifest and its path.
    pub(super) virtual_pod: Option<(String, KubeVip)>,
    /// The control plane's endpoint, and the file that says it.
    pub(super) endpoint: Option<(String, &'static str)>,
    pub(super) kubeadm: KubeadmFacts,
    pub(super) files: SetUpFiles,
}

/// What the unit of an etcd says of the cluster of etcd.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct EtcdMember {
    pub(super) path: String,
    /// That which everything else of the member says it has.
    pub(super) name: Option<String>,
    /// What `--name` says, unless all settings are another host's.
    pub(super) told_name: Option<String>,
    /// `name=url`, sorted; `None` if it is not known.
    pub(super) cluster: Option<Vec<String>>,
    pub(super) token: Option<String>,
    /// Whether it makes a cluster rather than joining one.
    pub(super) is_new: bool,
    /// The variable that the list stands in, and its file.
    pub(super) list_in: Option<(String, String)>,
    pub(super) list: Option<ListOfMembers>,
    /// Where other members reach it.
    pub(super) peer: PeerDoor,
}

/// `--initial-cluster` as it is written, and the line that it stands in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ListOfMembers {
    pub(super) text: String,
    pub(super) line: Option<FileLine>,
}

/// By what other members may dial a member.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct PeerDoor {
    /// Its own URL, with the host's address if it has another one by mistake;
    /// `None` if it has several.
    pub(super) url: Option<String>,
    /// `IP:10.0.0.11`: what its URLs, its certificate and the description have.
    pub(super) names: Vec<String>,
    pub(super) ports: Vec<String>,
    pub(super) has_tls: bool,
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
    /// As it is written.
    pub(super) auth_type: String,
    /// Of VRRP.
    pub(super) version: u8,
    /// The largest change of the priority by a check; `None` if there is no check, or
    /// one that takes the host out.
    pub(super) weight: Option<u32>,
    /// Seconds between two messages.
    pub(super) advert_int: String,
    /// Whom it writes to, where that is not everybody.
    pub(super) peers: Option<Vec<IpAddr>>,
    /// The address that it writes from, if it is said.
    pub(super) source: Option<IpAddr>,
    pub(super) lines: RouterLines,
}

/// Where an instance says what; its own line where it does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RouterLines {
    pub(super) id: usize,
    pub(super) addresses: usize,
    pub(super) password: usize,
    pub(super) auth_type: usize,
    pub(super) version: usize,
    pub(super) advert_int: usize,
    pub(super) peers: usize,
    pub(super) priority: usize,
    /// Of the check that changes the priority most.
    pub(super) weight: usize,
}

impl RouterLines {
    fn of(conf: &KeepalivedConf, instance: &VrrpInstance) -> Self {
        let line = |told: Option<usize>| told.unwrap_or(instance.line);
        Self {
            id: line(instance.router_id.as_ref().map(|it| it.1)),
            addresses: line(instance.addresses.first().map(|it| it.1)),
            password: line(instance.auth_pass.as_ref().map(|it| it.1)),
            auth_type: line(instance.auth_type.as_ref().map(|it| it.1)),
            version: line(conf.version(instance).1),
            advert_int: line(instance.advert_int.as_ref().map(|it| it.1)),
            peers: line(instance.unicast.as_ref().map(|it| it.line)),
            priority: line(instance.priority.line),
            weight: line(heaviest(conf, instance).and_then(|it| it.line)),
        }
    }
}

/// The weight of the check that changes the priority most; `None` if there is no check,
/// or one without a weight, which takes the host out whatever others do.
fn heaviest(conf: &KeepalivedConf, instance: &VrrpInstance) -> Option<Told<i32>> {
    let weights = conf.weights(instance);
    let takes_out = weights.iter().any(|it| it.value == 0);
    let heaviest = weights.into_iter().max_by_key(|it| it.value.unsigned_abs());
    heaviest.filter(|_| !takes_out)
}

/// Seconds as they are compared: `1.0` and `1` are the same.
fn seconds(told: &str) -> String {
    let number = told.parse::<f64>();
    number.map_or_else(|_| told.to_owned(), |it| it.to_string())
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
    pub(super) fn of(tree: &Tree, told: Option<&AuthPass>) -> Self {
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

    /// What is known of one that stands in a description, to be compared with those of a
    /// tree.
    pub(super) fn described(tree: &Tree, told: Option<&str>) -> Self {
        let told = told.map(AuthPass::of_description);
        match (told, &tree.password_seal) {
            (None, _) => Self::None,
            (Some(told), Some(seal)) => Self::Known(told.sealed(seal)),
            (Some(told), None) => Self::Known(told),
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
        let endpoint = kubeadm_configuration::endpoint(tree);
        let apiserver = derived::certificate(tree, &derived::served(manifests, "apiserver"));
        let api_names = apiserver.map(|it| it.subject_alt_names().to_vec());
        Self {
            api_names: api_names.unwrap_or_default(),
            address: load_balancer::own_address(tree, expectation),
            is_control_plane: role.is_control_plane(),
            described_masters: expectation.described().map_or(0, |(cluster, _)| {
                let hosts = cluster.hosts.iter();
                hosts.filter(|host| host.roles.control_plane).count()
            }),
            port: load_balancer::own_port(tree, manifests),
            member: EtcdMember::of(tree, manifests, etcd_flags::said_of(expectation)),
            routers: VirtualRouter::all(tree),
            backends: haproxy::read(tree).unwrap_or_default().proxies,
            virtual_pod: kube_vip::find(tree).map(|(path, pod)| (path.to_owned(), pod)),
            endpoint: endpoint.map(|(endpoint, path)| (endpoint.to_string(), path)),
            kubeadm: KubeadmFacts::of(tree),
            files: SetUpFiles::of(tree, manifests, expectation, role),
        }
    }
}

impl EtcdMember {
    fn of(tree: &Tree, manifests: &Manifests, host: Option<&Host>) -> Option<Self> {
        let unit = manifests.unit().filter(|unit| !unit.is_refused())?;
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
        let told = manifests.flag(Etcd, "initial-cluster");
        let variable = told.and_then(|told| unit.variable(|value| value == told.flag.value));
        let list = told.map(|told| {
            let of_variable = variable
                .as_ref()
                .map(|(_, file, line)| (file.as_str(), *line));
            let (file, line) = of_variable.unwrap_or((told.path, told.flag.value_line));
            ListOfMembers {
                text: told.flag.value.clone(),
                line: FileLine::of(tree, file, line),
            }
        });
        let list_in = variable.map(|(name, file, _)| (name.to_owned(), file));
        let mistaken = etcd_flags::Mistaken::of_host(tree, manifests, host);
        let name = etcd_flags::meant_name(tree, manifests, mistaken);
        Some(Self {
            path: unit.command_file().to_owned(),
            name: name.map(ToOwned::to_owned),
            told_name: match mistaken {
                Some(_) => name.map(ToOwned::to_owned),
                None => value("name"),
            },
            cluster: members,
            token: value("initial-cluster-token"),
            is_new: etcd_flags::is_new(manifests),
            list_in,
            list,
            peer: PeerDoor::of(tree, manifests, mistaken, host),
        })
    }
}

impl PeerDoor {
    fn of(
        tree: &Tree,
        manifests: &Manifests,
        mistaken: Option<etcd_flags::Mistaken>,
        host: Option<&Host>,
    ) -> Self {
        let urls = |flag| {
            let told = manifests.flag(Etcd, flag);
            let urls = told.into_iter().flat_map(|told| told.flag.value.split(','));
            urls.filter_map(Url::parse).collect::<Vec<_>>()
        };
        let mut advertised = urls("initial-advertise-peer-urls");
        let listens = urls("listen-peer-urls");
        let ports = advertised.iter().chain(&listens);
        let mut ports: Vec<_> = ports.filter_map(|url| Some(url.port?.to_owned())).collect();
        ports.sort_unstable();
        ports.dedup();
        // An address that the description or the certificates contradict is none.
        let wrong = mistaken.map(|it| it.wrong);
        let url = match (&advertised[..], mistaken) {
            ([only], Some(it)) if only.address() == wrong => {
                let url = only.to_string();
                Some(url.replacen(only.host, &it.right.to_string(), 1))
            }
            ([only], _) => Some(only.to_string()),
            _ => None,
        };
        advertised.retain(|url| url.address().is_none() || url.address() != wrong);
        let mut names: Vec<String> = advertised.iter().map(Url::subject_alt_name).collect();
        let certificate = derived::certificate(tree, &derived::served(manifests, "etcd/peer"));
        let certified = certificate.iter().flat_map(|it| it.subject_alt_names());
        names.extend(certified.cloned());
        names.extend(host.map(|host| format!("IP:{}", host.advertise_address)));
        Self {
            url,
            names,
            ports,
            has_tls: listens.iter().any(|url| url.has_tls),
        }
    }
}

impl VirtualRouter {
    fn all(tree: &Tree) -> Vec<Self> {
        let conf = keepalived::read(tree).unwrap_or_default();
        // What keepalived makes of it is something else.
        if conf.braces.is_some() {
            return Vec::new();
        }
        let routers = conf.instances.iter().map(|instance| {
            let unicast = instance.unicast.as_ref();
            let told = instance.advert_int.as_ref().map_or("1", |(told, _)| told);
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
                auth_type: instance
                    .auth_type
                    .as_ref()
                    .map_or_else(String::new, |(told, _)| told.clone()),
                version: conf.version(instance).0,
                weight: heaviest(&conf, instance).map(|it| it.value.unsigned_abs()),
                advert_int: seconds(told),
                peers: unicast.map(|it| it.peers.iter().map(|(peer, _)| *peer).collect()),
                lines: RouterLines::of(&conf, instance),
                source: unicast.and_then(|it| it.source).map(|(source, _)| source),
            }
        });
        routers.collect()
    }
}
