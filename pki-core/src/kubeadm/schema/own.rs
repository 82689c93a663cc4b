//! Our own documents: what kubeadm has no place for.

use super::{Field, Kind, Shape, field};
use crate::cluster::EtcdPeers;
use crate::setup::{InitialClusterState, LoadBalancerKind, PodNetwork};

/// What `apiVersion` says; kubeadm warns about a document that it does not
/// know, and goes on.
pub(in crate::kubeadm) const OWN_API_VERSION: &str = "kpki.dev/v1alpha1";

/// The list of hosts, and what a set-up needs besides certificates.
pub(in crate::kubeadm) const OWN_KINDS: &[Kind] = &[
    Kind {
        name: "Hosts",
        description: "The hosts of a cluster, which kubeadm has no place for.",
        fields: Some(HOSTS),
    },
    Kind {
        name: "Setup",
        description: "What a set-up needs besides certificates.",
        fields: Some(SETUP),
    },
];

/// What [`crate::setup::InterfaceName`] takes.
const INTERFACE_NAME: &str = r"^([A-Za-z0-9_:][A-Za-z0-9_.:-]{0,14}|\.[A-Za-z0-9_:-][A-Za-z0-9_.:-]{0,13}|\.\.[A-Za-z0-9_.:-]{1,13})$";

/// What [`crate::setup::HostPath`] takes, but for its length: parts that are not `..`.
const HOST_PATH: &str = r"^/+(\.|\.?[^./\x00-\x1f\x7f-\x9f][^/\x00-\x1f\x7f-\x9f]*|\.\.[^/\x00-\x1f\x7f-\x9f]+)(/+(\.|\.?[^./\x00-\x1f\x7f-\x9f][^/\x00-\x1f\x7f-\x9f]*|\.\.[^/\x00-\x1f\x7f-\x9f]+))*/*$";

/// What could be a [`crate::setup::VirtualIp`].
const VIRTUAL_IP: &str = r"^([0-9]{1,3}(\.[0-9]{1,3}){3}(/([1-9]|[12][0-9]|3[0-2]))?|[0-9A-Fa-f]*:[0-9A-Fa-f:.]*(/([1-9]|[1-9][0-9]|1[01][0-9]|12[0-8]))?)$";

const HOSTS: &[Field] = &[field("hosts", Shape::Objects(HOST))
    .means("The hosts of the cluster, in the order in which they join")
    .required()];

const HOST: &[Field] = &[
    field("name", Shape::Text).means("The node name").required(),
    field("address", Shape::Text)
        .means("The address under which other hosts reach it")
        .defaults_to("the first of addresses"),
    field("addresses", Shape::Texts)
        .means("Addresses; those after the first are further names of its certificates"),
    field("names", Shape::Texts).means("Further DNS names of its certificates"),
    field("roles", Shape::Words(|| ROLES.to_vec()))
        .means("What runs there")
        .defaults_to("control-plane; etcd as well where an endpoint of etcd.external lies, if no host has roles"),
    field("bindPort", Shape::Number)
        .means("The port of its API server")
        .between(1, 65_535)
        .defaults_to("localAPIEndpoint.bindPort, else 6443"),
    field("interface", Shape::Text)
        .means("The network interface that gets the virtual IP")
        .matching(INTERFACE_NAME)
        .defaults_to("loadBalancer.interface of Setup"),
    field("priority", Shape::Number)
        .means("keepalived's priority, 1 to 254: the highest one of those that work has the virtual IP")
        .between(1, 254)
        .defaults_to("150, 140, 130 and so on in the order of the control plane hosts"),
];

/// What may run on a host.
pub(in crate::kubeadm) const ROLES: [&str; 3] = ["control-plane", "etcd", "worker"];

const SETUP: &[Field] = &[
    field("loadBalancer", Shape::Object(LOAD_BALANCER))
        .means("What stands in front of the API servers"),
    field("etcd", Shape::Object(ETCD)).means("The service of an external etcd"),
    field("podNetwork", Shape::Object(POD_NETWORK)).means("The network of the pods"),
];

const LOAD_BALANCER: &[Field] = &[
    field("type", Shape::Word(|| LoadBalancerKind::ALL.map(LoadBalancerKind::word).to_vec()))
        .means("Who moves the virtual IP, and whether haproxy spreads the connections")
        .defaults_to("keepalived, with haproxy if controlPlaneEndpoint has another port than the API servers; nothing for one control plane host"),
    field("virtualIP", Shape::Text)
        .means("The address that moves between the control plane hosts, with the bits of its network or without")
        .matching(VIRTUAL_IP)
        .defaults_to("the address in controlPlaneEndpoint"),
    field("interface", Shape::Text)
        .means("The network interface that gets the virtual IP, on every host that names none")
        .matching(INTERFACE_NAME),
    field("routerID", Shape::Number)
        .means("The number of the virtual router, 1 to 255, which no other cluster in the same network may have")
        .between(1, 255)
        .defaults_to("51"),
    field("authPass", Shape::Secret)
        .means("The password of the virtual router, at most 8 letters, digits and _ . + -")
        .matching("^[A-Za-z0-9_.+-]{1,8}$")
        .defaults_to("none"),
    field("unicast", Shape::Flag)
        .means("Whether the routers write to each other rather than to a multicast group")
        .defaults_to("false"),
];

const ETCD: &[Field] = &[
    field("version", Shape::Version)
        .means("The version of etcd, 3.2 to 3.6, which decides its flags")
        .defaults_to("that of the cluster's kubeadm"),
    field("peers", Shape::Word(|| EtcdPeers::ALL.map(EtcdPeers::word).to_vec()))
        .means("Whom the members take for one of theirs: a common name that peer certificates share, a CA of their own, or any certificate of etcd's CA, a client's included")
        .defaults_to("common-name"),
    field("token", Shape::Text)
        .means("What keeps members of two clusters apart while they start")
        .matching("^[A-Za-z0-9_.][A-Za-z0-9_.-]{0,252}$")
        .defaults_to("clusterName"),
    field("state", Shape::Word(|| InitialClusterState::ALL.map(InitialClusterState::word).to_vec()))
        .means("Whether the members make a cluster or join one")
        .defaults_to("new"),
    field("dataDir", Shape::Text)
        .means("Where etcd keeps its data")
        .matching(HOST_PATH)
        .defaults_to("/var/lib/etcd"),
    field("binary", Shape::Text)
        .means("The program on the hosts")
        .matching(HOST_PATH)
        .defaults_to("/usr/local/bin/etcd"),
    field("user", Shape::Text)
        .means("Who runs etcd")
        .matching("^[a-z_][a-z0-9_-]{0,30}$")
        .defaults_to("root"),
];

const POD_NETWORK: &[Field] = &[field(
    "plugin",
    Shape::Word(|| PodNetwork::ALL.map(PodNetwork::word).to_vec()),
)
.means("What connects the pods")
.defaults_to("calico, before Kubernetes 1.21 flannel")];
