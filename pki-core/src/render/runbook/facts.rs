//! What the runbook says about this cluster.

use serde::Serialize;

use super::command::on_host;
use super::network::NetworkFacts;
use crate::catalog::{CatalogEntry, FileRole};
use crate::cluster::{Etcd, EtcdPeers, Host, KubernetesVersion};
use crate::name::SubjectAltName;
use crate::render::control_plane::url_host;
use crate::render::etcd_flags::{file, peers_authority};
use crate::render::kube_vip::kubeconfig;
use crate::render::member::Member;
use crate::render::{RenderError, RenderInput, RenderPlace, RenderedFile, RenderedKind};
use crate::setup::{EtcdService, LoadBalancer};

/// Everything that the sections name.
#[derive(Serialize)]
pub(super) struct Facts {
    cluster: String,
    version: String,
    hosts: Vec<HostFacts>,
    masters: Vec<HostFacts>,
    has_several_masters: bool,
    /// Hosts that certificates were made for.
    certified: Vec<HostFacts>,
    /// Hosts whose certificates `kpki copy` does not bring.
    by_hand: Vec<HostFacts>,
    /// The host of `kubeadm init`.
    pub(super) first: Option<HostFacts>,
    pub(super) further_inits: Vec<HostFacts>,
    pub(super) further_joins: Vec<HostFacts>,
    pub(super) workers: Vec<HostFacts>,
    pub(super) etcd: Option<EtcdFacts>,
    balancer: Option<BalancerFacts>,
    kube_vip: Option<KubeVipFacts>,
    /// The file of the description, as it is reached from the output.
    description: Option<String>,
    endpoint: String,
    /// The name in it, if it is one.
    endpoint_name: Option<String>,
    /// Where that name has to lead.
    shared_ip: Option<String>,
    /// The hosts that ask for it.
    kubernetes: Vec<HostFacts>,
    api_servers: Vec<String>,
    has_pin: bool,
    network: NetworkFacts,
    /// What keeps other pods off the hosts of the control plane.
    taints: Vec<&'static str>,
    /// Whether kubeadm joins no host in whose directory of static pods anything
    /// is, as kube-vip's is.
    refuses_manifests: bool,
}

#[derive(Serialize, Clone)]
pub(super) struct HostFacts {
    name: String,
    address: String,
    /// For ssh.
    target: String,
    /// For `kpki copy --to`.
    to: String,
    runs: String,
    /// Rendered files below its directory.
    files: Vec<&'static str>,
    /// Whether its certificates and other files come in one go, and not by
    /// `kpki copy`.
    by_hand: bool,
}

#[derive(Serialize)]
pub(super) struct EtcdFacts {
    members: Vec<HostFacts>,
    version: String,
    /// Without a third number nobody can fetch it.
    exact: bool,
    binary: String,
    user: String,
    is_root: bool,
    /// Commands that give the user what is etcd's.
    ownership: Vec<String>,
    state: &'static str,
    health: String,
    peers: &'static str,
    probe: Option<String>,
}

#[derive(Serialize)]
struct BalancerFacts {
    virtual_ip: String,
    haproxy_port: Option<u16>,
    /// Where the virtual IP is first.
    master: Option<HostFacts>,
    router_id: u8,
}

#[derive(Serialize)]
struct KubeVipFacts {
    virtual_ip: String,
    /// The kubeconfig that the first host's pod starts with, if another than
    /// admin.conf.
    first_kubeconfig: Option<&'static str>,
}

impl Facts {
    pub(super) fn new(
        input: &RenderInput<'_>,
        members: &[Member<'_>],
        files: &[RenderedFile],
    ) -> Result<Self, RenderError> {
        let cluster = input.cluster;
        let version = cluster.kubernetes_version;
        let host = |index: usize, host: &Host| HostFacts::new(index, host, files);
        let hosts: Vec<_> = cluster.hosts.iter().enumerate().collect();
        let all = |wanted: &dyn Fn(&Host) -> bool| -> Vec<HostFacts> {
            let hosts = hosts.iter().filter(|(_, it)| wanted(it));
            hosts.map(|(index, it)| host(*index, it)).collect()
        };
        let masters = all(&|it| it.roles.control_plane);
        let further = masters.get(1..).unwrap_or_default();
        let is_init = |it: &&HostFacts| it.files.contains(&RenderedKind::KubeadmInit.path());
        let (inits, joins): (Vec<_>, Vec<_>) = further.iter().cloned().partition(|it| is_init(&it));
        let workers = all(&|it| !it.roles.control_plane && !it.roles.etcd);
        let port = hosts.iter().find(|(_, it)| it.roles.control_plane);
        let port = port.map_or(Host::DEFAULT_BIND_PORT, |(_, it)| it.bind_port);
        let endpoint = match (&cluster.control_plane_endpoint, masters.first()) {
            (Some(endpoint), _) => endpoint.url(port),
            (None, Some(first)) => format!("https://{}:{port}", first.address),
            (None, None) => String::new(),
        };
        let endpoint_name = match cluster.control_plane_endpoint.as_ref().map(|it| it.host()) {
            Some(SubjectAltName::Dns(name)) => Some(name.to_string()),
            _ => None,
        };
        let balancer = BalancerFacts::new(input, files);
        let kube_vip = KubeVipFacts::new(input);
        let shared_ip = balancer.as_ref().map(|it| it.virtual_ip.clone());
        let shared_ip = shared_ip.or_else(|| Some(kube_vip.as_ref()?.virtual_ip.clone()));
        let service = input.setup.etcd.as_ref().filter(|_| !members.is_empty());
        let etcd = service.map(|service| EtcdFacts::new(input, service, members, files));
        Ok(Self {
            cluster: cluster.name.clone(),
            version: version.to_string(),
            hosts: all(&|_| true),
            by_hand: all(&|it| it.roles.etcd && !it.roles.control_plane),
            certified: all(&|it| it.roles.control_plane || it.roles.etcd),
            first: masters.first().cloned(),
            further_inits: inits,
            further_joins: joins,
            workers,
            etcd: etcd.transpose()?,
            balancer,
            kube_vip,
            description: input.description.map(str::to_owned),
            endpoint,
            endpoint_name,
            shared_ip,
            kubernetes: all(&|it| it.roles.control_plane || !it.roles.etcd),
            api_servers: input
                .control_plane()
                .map(|(_, it)| format!("{}:{}", url_host(it.advertise_address), it.bind_port))
                .collect(),
            has_pin: !input.ca_hashes.is_empty(),
            network: NetworkFacts::new(input),
            taints: taints(version),
            // kubernetes#104942
            refuses_manifests: !version.is_at_least(23),
            has_several_masters: masters.len() > 1,
            masters,
        })
    }
}

/// kubeadm of 1.24 sets the old and the new one.
fn taints(version: KubernetesVersion) -> Vec<&'static str> {
    const OLD: &str = "node-role.kubernetes.io/master-";
    const NEW: &str = "node-role.kubernetes.io/control-plane-";
    match version.minor() {
        ..=23 => vec![OLD],
        24 => vec![NEW, OLD],
        _ => vec![NEW],
    }
}

impl HostFacts {
    fn new(index: usize, host: &Host, files: &[RenderedFile]) -> Self {
        let own = files
            .iter()
            .filter(|file| file.place == RenderPlace::Host(index));
        let mut files: Vec<_> = own.map(|file| file.kind.path()).collect();
        files.sort_unstable();
        let address = url_host(host.advertise_address);
        let runs = match (host.roles.control_plane, host.roles.etcd) {
            (true, true) => "control plane, etcd",
            (true, false) => "control plane",
            (false, true) => "etcd",
            (false, false) => "worker",
        };
        Self {
            name: host.name.to_string(),
            target: format!("root@{}", host.advertise_address),
            to: format!("{}=root@{address}", host.name),
            address,
            runs: runs.to_owned(),
            files,
            by_hand: host.roles.etcd && !host.roles.control_plane,
        }
    }
}

impl EtcdFacts {
    fn new(
        input: &RenderInput<'_>,
        service: &EtcdService,
        members: &[Member<'_>],
        files: &[RenderedFile],
    ) -> Result<Self, RenderError> {
        let key = |row: &str| file(input, row, FileRole::PrivateKey);
        let keys = [key("etcd/server")?, key("etcd/peer")?];
        let peers = match &input.cluster.etcd {
            Etcd::External(external) => external.peers,
            Etcd::Stacked { .. } => EtcdPeers::AnyClient,
        };
        let (health, probe) = questions(input, members, peers)?;
        Ok(Self {
            members: members
                .iter()
                .map(|member| HostFacts::new(member.index, member.host, files))
                .collect(),
            version: service.version.to_string(),
            exact: service.version.patch().is_some(),
            binary: service.binary.to_string(),
            user: service.user.to_string(),
            is_root: service.user.as_str() == "root",
            state: service.state.word(),
            ownership: ownership(service, members, &keys),
            health,
            peers: peers.word(),
            probe: probe.filter(|_| peers != EtcdPeers::AnyClient),
        })
    }
}

fn ownership(service: &EtcdService, members: &[Member<'_>], keys: &[String; 2]) -> Vec<String> {
    let user = service.user.as_str();
    let data = service.data_dir.as_str();
    let [server, peer] = keys;
    let commands = |member: &Member<'_>| {
        let target = format!("root@{}", member.host.advertise_address);
        [
            on_host(&target, &["useradd", "--system", "--user-group", user]),
            on_host(
                &target,
                &["install", "-d", "-m", "0700", "-o", user, "-g", user, data],
            ),
            on_host(&target, &["chown", user, server, peer]),
        ]
    };
    members.iter().flat_map(commands).collect()
}

const API_SERVER: &str = "apiserver-etcd-client";

/// Whether etcd is healthy, and whether its peer port refuses clients, asked
/// from a host that has a client certificate.
fn questions(
    input: &RenderInput<'_>,
    members: &[Member<'_>],
    peers: EtcdPeers,
) -> Result<(String, Option<String>), RenderError> {
    let row = |name: &'static str| {
        let entry = CatalogEntry::find(name)?;
        (!entry.files(input.naming).is_empty()).then_some(name)
    };
    let first = members.first().map(|member| member.host);
    let master = input.control_plane().map(|(_, host)| host).next();
    let both = master.filter(|host| host.roles.etcd);
    // With cfssl's names the API server's certificate is the only one for clients, and
    // etcdctl is on members.
    let asked = match (row("etcd/healthcheck-client"), both) {
        (Some(client), _) => first.map(|host| (host, client)),
        (None, Some(both)) => Some((both, API_SERVER)),
        (None, None) => first.map(|host| (host, "etcd/server")),
    };
    // An API server's host that is no member has no CA of the peers.
    let probing = match (asked, master) {
        (Some((_, "etcd/server")), Some(master)) if peers != EtcdPeers::OwnCa => {
            Some((master, API_SERVER))
        }
        _ => asked,
    };
    let (Some((from, client)), Some((probe_from, probe_client))) = (asked, probing) else {
        return Ok((String::new(), None));
    };
    let ca = file(input, "etcd/ca", FileRole::Certificate)?;
    let certificate = file(input, client, FileRole::Certificate)?;
    let key = file(input, client, FileRole::PrivateKey)?;
    let target = format!("root@{}", from.advertise_address);
    let urls: Vec<_> = members.iter().map(Member::client_url).collect();
    let health = on_host(
        &target,
        &[
            "env",
            "ETCDCTL_API=3",
            "etcdctl",
            &format!("--endpoints={}", urls.join(",")),
            &format!("--cacert={ca}"),
            &format!("--cert={certificate}"),
            &format!("--key={key}"),
            "endpoint",
            "health",
        ],
    );
    // The server has to be taken for genuine, or the answer says nothing of clients.
    let peers_ca = file(input, peers_authority(peers), FileRole::Certificate)?;
    let certificate = file(input, probe_client, FileRole::Certificate)?;
    let key = file(input, probe_client, FileRole::PrivateKey)?;
    let target = format!("root@{}", probe_from.advertise_address);
    let peer = members.first().map(|member| {
        let peer = member.peer();
        let url = peer.split_once('=').map_or(peer.as_str(), |(_, url)| url);
        on_host(
            &target,
            &[
                "curl",
                // etcd ends HTTP/2 on this port in any case.
                "--http1.1",
                "--silent",
                "--show-error",
                "--cacert",
                &peers_ca,
                "--cert",
                &certificate,
                "--key",
                &key,
                &format!("{url}/members"),
            ],
        )
    });
    Ok((health, peer))
}

impl BalancerFacts {
    fn new(input: &RenderInput<'_>, files: &[RenderedFile]) -> Option<Self> {
        let balancer = &input.setup.load_balancer;
        let keepalived = balancer.keepalived()?;
        let master = keepalived
            .members
            .iter()
            .max_by_key(|member| member.priority);
        let host = master.and_then(|member| {
            let host = input.cluster.hosts.get(member.host)?;
            Some(HostFacts::new(member.host, host, files))
        });
        Some(Self {
            virtual_ip: keepalived.virtual_ip.address().to_string(),
            haproxy_port: match balancer {
                LoadBalancer::KeepalivedHaproxy { port, .. } => Some(*port),
                _ => None,
            },
            master: host,
            router_id: keepalived.router_id.number(),
        })
    }
}

impl KubeVipFacts {
    fn new(input: &RenderInput<'_>) -> Option<Self> {
        let LoadBalancer::KubeVip { virtual_ip, .. } = &input.setup.load_balancer else {
            return None;
        };
        let version = input.cluster.kubernetes_version;
        let first = kubeconfig(version, true);
        Some(Self {
            virtual_ip: virtual_ip.to_string(),
            first_kubeconfig: (first != kubeconfig(version, false)).then_some(first),
        })
    }
}
